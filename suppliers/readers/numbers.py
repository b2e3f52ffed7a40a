"""Numbers as suppliers write them: read strictly, or refused with a reason."""

import re
from collections.abc import Iterable
from decimal import Decimal

from purchasing.errors import N_

EMPTY = N_("Nothing is filled in here.")
TEXTUAL = N_("This is not a number.")
NEGATIVE = N_("This number is below zero.")
ENORMOUS = N_("This number is too large.")
AMBIGUOUS = N_("This can be a thousand or a number with three decimals. Say which sign is used.")

LONGEST = 40  # characters; a longer “number” is a mistake or an attack

_CURRENCY = re.compile(r"^(?:€|¤|eur|euro)\s*|\s*(?:€|¤|eur|euro)$", re.IGNORECASE)
_NO_CENTS = re.compile(r",[-–—]{1,2}$")  # "12,-" is twelve
_BELOW_ZERO = re.compile(r"^[-−–(]\s*(?:€|eur)?\s*[0-9.,]|[0-9]-$", re.IGNORECASE)
_SHAPE = re.compile(r"[0-9][0-9., ]*|[.,][0-9]+")


class Figure(str):
    """A number as a spreadsheet stores it: always with a decimal point, never ambiguous."""

    __slots__ = ()


class NotANumber(ValueError):
    """`message` is the msgid of the reason."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


def decimal(text: str, sign: str = "") -> Decimal:
    """Read a number that is zero or more.

    Accepts a euro sign, spaces, thousands in groups of three, comma or point: "€ 1.234,50",
    "1 234,50", "12,5", "€8.95", "12,-". One mark followed by exactly three digits ("12.345") can
    mean two things: `sign`, the decimal sign of the rest of the list, decides; without it the
    number is refused rather than guessed. "0.345" and "1234.567" can only be decimals.
    Raises NotANumber.
    """
    if isinstance(text, Figure):
        return _figure(text)
    if len(text) > LONGEST:
        raise NotANumber(ENORMOUS if _SHAPE.fullmatch(text) else TEXTUAL)
    bare = _CURRENCY.sub("", text.strip().removeprefix("'").strip())
    bare = _NO_CENTS.sub("", bare)
    if not bare:
        raise NotANumber(EMPTY)
    if _BELOW_ZERO.search(bare):
        raise NotANumber(NEGATIVE)
    if not _SHAPE.fullmatch(bare):
        raise NotANumber(TEXTUAL)
    return _assemble(bare, _decimal_mark(bare, sign))


def usual_sign(texts: Iterable[str]) -> str:
    """The decimal sign these numbers agree upon: "," or "."; "" if they do not show one."""
    seen = {mark for text in texts if (mark := _evidence(text))}
    return seen.pop() if len(seen) == 1 else ""


def _figure(text: str) -> Decimal:
    value = Decimal(text)
    if value < 0:
        raise NotANumber(NEGATIVE)
    return value


def _evidence(text: str) -> str:
    if isinstance(text, Figure) or len(text) > LONGEST:
        return ""
    bare = _CURRENCY.sub("", text.strip())
    if not _SHAPE.fullmatch(bare):
        return ""
    try:
        return _decimal_mark(bare, "")
    except NotANumber:
        return ""


def _decimal_mark(bare: str, sign: str) -> str:
    marks = [character for character in bare if character in ".,"]
    if not marks:
        return ""
    if len(marks) > 1:
        mixed = len(set(marks)) == 2
        if mixed and marks.count(marks[-1]) > 1:
            raise NotANumber(TEXTUAL)
        return marks[-1] if mixed else ""
    whole, _, fraction = bare.partition(marks[0])
    if len(fraction) != 3 or not 1 <= len(whole) <= 3 or whole.startswith("0"):
        return marks[0]
    if not sign:
        raise NotANumber(AMBIGUOUS)
    return sign if sign == marks[0] else ""


def _assemble(bare: str, mark: str) -> Decimal:
    whole, _, fraction = bare.rpartition(mark) if mark else (bare, "", "")
    groups = re.split("[., ]", whole)
    wrong = len(groups) > 1 and (
        not 1 <= len(groups[0]) <= 3
        or any(len(group) != 3 for group in groups[1:])
        or len(set(re.findall("[., ]", whole))) > 1
    )
    if wrong or (mark and not fraction.isdigit()):
        raise NotANumber(TEXTUAL)
    return Decimal(f"{''.join(groups) or '0'}.{fraction or '0'}")

"""Answers as people type them, read into numbers, dates and codes; every problem at its question.

`Answers` goes on after a wrong answer, so that a form shows all that is wrong at once.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping
from datetime import date
from enum import Enum
from typing import TypeVar

from purchasing.errors import N_, Refused
from purchasing.money import Millionths

T = TypeVar("T")
E = TypeVar("E", bound=Enum)

LONGEST = 60
YES = frozenset({"1", "y", "yes", "on", "true", "ja"})
NO = frozenset({"0", "n", "no", "off", "false", "nee"})


class NotRight(Refused):
    """What `Answers.check` raises; `problems` has one refusal for each wrong question."""

    message = N_("Something is missing or cannot be right. Look at the marked answers.")

    def __init__(self, problems: Mapping[str, Refused]) -> None:
        super().__init__()
        self.problems = dict(problems)


class Missing(Refused):
    message = N_("This is needed.")


class NotAChoice(Refused):
    message = N_("Choose one of the answers.")


class NotWhole(Refused):
    message = N_("“%(text)s” is not a whole number. Write it like this: 2500")


class BelowZero(Refused):
    message = N_("“%(text)s” is less than zero. That cannot be.")


class NotARate(Refused):
    message = N_("“%(text)s” is not a price. Write it in euros, like this: 0.12345")


class RateTooHigh(Refused):
    message = N_("“%(text)s” is too high a price. Write it in euros, not in cents.")


class NotADate(Refused):
    message = N_("“%(text)s” is not a date. Write it like this: 2026-12-31")


class NotAPostcode(Refused):
    message = N_("“%(text)s” is not a Dutch postcode, such as 2036 AB.")


class NotAHouseNumber(Refused):
    message = N_("“%(text)s” is not a house number.")


class NotAnEan(Refused):
    message = N_("“%(text)s” is not an EAN code: it has 18 digits and begins with 87.")


class WrongCheckDigit(NotAnEan):
    message = N_("The last digit of “%(text)s” does not fit the others. Look at it once more.")


class NotAKvk(Refused):
    message = N_("“%(text)s” is not a Chamber of Commerce number: it has 8 digits.")


class Answers:
    """The raw answers of one form, and what was wrong with them."""

    def __init__(self, raw: Mapping[str, str]) -> None:
        self._raw = raw
        self.problems: dict[str, Refused] = {}

    def text(self, key: str) -> str:
        return " ".join(self._raw.get(key, "").split())

    def refuse(self, key: str, refusal: Refused) -> None:
        """The first problem of a question is the one to show."""
        self.problems.setdefault(key, refusal)

    def read(self, key: str, parse: Callable[[str], T], *, needed: bool = False) -> T | None:
        """The answer, or None where there is none or it was refused."""
        text = self.text(key)
        if not text:
            if needed:
                self.refuse(key, Missing())
            return None
        try:
            return parse(text)
        except Refused as refusal:
            self.refuse(key, refusal)
            return None

    def choice(self, key: str, choices: type[E], default: E | None = None) -> E | None:
        """One of an enumeration's values; needed where there is no default."""
        text = self.text(key)
        if not text and default is not None:
            return default
        found = next((choice for choice in choices if choice.value == text), None)
        if found is None:
            self.refuse(key, NotAChoice() if text else Missing())
        return found

    def yes(self, key: str, *, default: bool = False) -> bool:
        text = self.text(key).lower()
        if text and text not in YES | NO:
            self.refuse(key, NotAChoice())
        return text in YES if text else default

    def check(self) -> None:
        """Raise NotRight if any answer was refused."""
        if self.problems:
            raise NotRight(self.problems)


def whole(text: str) -> int:
    """A whole number of at most seven digits, with or without separators of thousands."""
    plain = western(text)
    if re.fullmatch(r"-[\d., ]+", plain):
        raise BelowZero(text=shown(text))
    if not re.fullmatch(r"\d{1,7}|[1-9]\d{0,2}([., ])\d{3}(\1\d{3})?", plain):
        raise NotWhole(text=shown(text))
    return int(re.sub(r"\D", "", plain))


def rate(most: Millionths) -> Callable[[str], Millionths]:
    """A reader of prices in euros with up to six decimals, at most so many millionths."""

    def read(text: str) -> Millionths:
        plain = re.sub(r"^(-?) ?(?:€|EUR) ?| ?(?:€|EUR)$", r"\1", western(text))
        if re.fullmatch(r"-\d*[.,]?\d*", plain):
            raise BelowZero(text=shown(text))
        found = re.fullmatch(r"(\d{1,6})(?:[.,](\d{1,6}))?", plain)
        if not found:
            raise NotARate(text=shown(text))
        millionths = int(found[1]) * 10**6 + int((found[2] or "").ljust(6, "0"))
        if millionths > most:
            raise RateTooHigh(text=shown(text))
        return millionths

    return read


def day(text: str) -> date:
    """A date as browsers send it, or as the Dutch write it: 31-12-2026."""
    plain = western(text)
    dutch = re.fullmatch(r"(\d{1,2})[-/. ](\d{1,2})[-/. ](\d{4})", plain)
    try:
        if dutch:
            return date(int(dutch[3]), int(dutch[2]), int(dutch[1]))
        return date.fromisoformat(plain)
    except ValueError:
        raise NotADate(text=shown(text)) from None


def postcode(text: str) -> str:
    """Four digits and two letters, written "2036 AB". The post never uses SA, SD and SS."""
    found = re.fullmatch(r"([1-9]\d{3}) ?([A-Z]{2})", western(text))
    if not found or found[2] in ("SA", "SD", "SS"):
        raise NotAPostcode(text=shown(text))
    return f"{found[1]} {found[2]}"


def house_number(text: str) -> int:
    if not re.fullmatch(r"[1-9]\d{0,4}", western(text)):
        raise NotAHouseNumber(text=shown(text))
    return int(western(text))


def kvk(text: str) -> str:
    if not re.fullmatch(r"\d{8}", digits := western(text).replace(" ", "")):
        raise NotAKvk(text=shown(text))
    return digits


def ean(text: str) -> str:
    """The 18 digits of a Dutch connection. The code does not tell power from gas.

    Check digit of GS1: from the right, the first 17 digits times 3, 1, 3, …; the last digit makes
    the sum a multiple of ten.
    """
    digits = western(text).replace(" ", "")
    if not re.fullmatch(r"87\d{16}", digits):
        raise NotAnEan(text=shown(text))
    weighed = sum(int(d) * (1 if i % 2 else 3) for i, d in enumerate(reversed(digits[:-1])))
    if (weighed + int(digits[-1])) % 10:
        raise WrongCheckDigit(text=shown(text))
    return digits


def western(text: str) -> str:
    """Upper case, single blanks, digits of every script as 0 to 9, one kind of minus and comma."""
    if len(text) > LONGEST:
        return "?"
    signs = text.upper().translate({0x2212: "-", 0x2013: "-", 0x066B: ",", 0x066C: "."})
    visible = (sign for sign in signs if unicodedata.category(sign) != "Cf")
    return " ".join("".join(str(unicodedata.decimal(sign, sign)) for sign in visible).split())


def shown(text: str) -> str:
    return text if len(text) <= LONGEST else text[:LONGEST] + "…"

"""MT940, as Dutch banks write it: statements between `:20:` and `:62F:`, and their lines."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

from app.bank.mt940_text import told_in
from app.bank.refusals import (
    BreaksOff,
    NoStatement,
    TooManyLines,
    WrongAmount,
    WrongBankLine,
)
from app.bank.values import MOST_LINES, account, cents, day, euros_only, one_line
from purchasing.books.bank_file import BankFile, Line, Statement
from purchasing.money import Cents

_TAG = re.compile(r"^:([0-9]{2}[A-Z]?):", re.MULTILINE)
_HEAD = re.compile(r"^:20:", re.MULTILINE)
_BALANCE = re.compile(r"([CD])([0-9]{6})([A-Z]{3})([0-9]+,[0-9]*)")
_LINE = re.compile(
    r"([0-9]{6})([0-9]{4})?(RC|RD|C|D)[A-Z]?([0-9]+,?[0-9]*)([A-Z][A-Z0-9]{3})(.*)", re.DOTALL
)
_IBAN = re.compile(r"[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}")
_SIGN = {"C": 1, "D": -1, "RC": -1, "RD": 1}  # R takes back: of a credit, money goes out
NO_REFERENCE = frozenset({"NONREF", "EREF", "PREF", "MARF", ""})


def looks_like(text: str) -> bool:
    return bool(_HEAD.search(text[:2000])) and ":25:" in text


def read(text: str) -> BankFile:
    """Raises UnreadableBankFile. A statement that stands twice is taken once."""
    statements: list[Statement] = []
    places = iter(range(1, MOST_LINES + 2))
    for block in _HEAD.split(text)[1:]:
        statement = _statement(block, places)
        if statement not in statements[-50:]:
            statements.append(statement)
    if not statements:
        raise NoStatement
    return BankFile("mt940", tuple(statements))


@dataclass
class _Draft:
    account: str = ""
    number: str = ""
    lines: list[Line] = field(default_factory=list)
    texts: list[list[str]] = field(default_factory=list)
    opening: Cents | None = None
    closing: Cents | None = None


def _statement(block: str, places: Iterator[int]) -> Statement:
    draft = _Draft()
    for tag, value in _tags(block):
        if tag in _HEADS:
            _HEADS[tag](draft, value)
        elif tag == "61":
            draft.lines.append(_line(value, _next(places)))
            draft.texts.append([])
        elif tag == "86" and draft.texts and draft.closing is None:
            draft.texts[-1].append(value)
    if draft.closing is None:
        raise BreaksOff(number=draft.number)
    return Statement(
        account=draft.account,
        number=draft.number,
        lines=tuple(map(_with_text, draft.lines, draft.texts)),
        opening=draft.opening,
        closing=draft.closing,
    )


def _take_account(draft: _Draft, value: str) -> None:
    draft.account = account(value.rpartition("/")[2])  # a bank's name may stand before it


def _take_number(draft: _Draft, value: str) -> None:
    draft.number = "".join(value.split())[:80]


def _take_opening(draft: _Draft, value: str) -> None:
    draft.opening = _balance(value, len(draft.lines))


def _take_closing(draft: _Draft, value: str) -> None:
    draft.closing = _balance(value, len(draft.lines))


_HEADS: dict[str, Callable[[_Draft, str], None]] = {
    "25": _take_account,
    "28": _take_number,
    "28C": _take_number,
    "60F": _take_opening,
    "60M": _take_opening,
    "62F": _take_closing,
    "62M": _take_closing,
}


def _next(places: Iterator[int]) -> int:
    place = next(places)
    if place > MOST_LINES:
        raise TooManyLines(limit=MOST_LINES)
    return place


def _tags(block: str) -> Iterator[tuple[str, str]]:
    """Tag and value; a value goes on over the lines until the next tag.

    A lone "-" ends a message, but wrapped text has it too; what follows the last balance is
    not looked at.
    """
    pieces = _TAG.split(block)
    return zip(pieces[1::2], (value.strip("\n") for value in pieces[2::2]), strict=True)


def _balance(value: str, place: int) -> Cents:
    read_ = _BALANCE.match(value.strip())
    if read_ is None:
        raise WrongAmount(text=one_line(value), place=place)
    euros_only(read_[3], place)
    return _SIGN[read_[1]] * cents(read_[4], place)


def _line(value: str, place: int) -> Line:
    read_ = _LINE.match(value)
    if read_ is None:
        raise WrongBankLine(place=place, text=one_line(value)[:60])
    amount = _SIGN[read_[3]] * cents(read_[4], place)
    own, _, rest = read_[6].partition("\n")
    customer, _, bank = own.partition("//")
    return Line(
        booked_on=day(read_[1], "%y%m%d", place),
        cents=amount,
        entry_cents=amount,
        name=one_line(rest),
        end_to_end="" if customer.strip() in NO_REFERENCE else one_line(customer),
        bank_reference=one_line(bank),
        returned=read_[3] in ("RC", "RD"),
        place=place,
    )


def _with_text(line: Line, texts: list[str]) -> Line:
    told = told_in("\n".join(texts))
    named = "" if line.name.startswith("/") or line.name.isdigit() else line.name
    return replace(
        line,
        name=told.name or named,
        iban=told.iban if _IBAN.fullmatch(told.iban) else "",
        text=told.text,
        reference=told.reference,
        end_to_end=told.end_to_end or line.end_to_end,
        returned=line.returned or bool(told.reason),
        reason=told.reason,
    )

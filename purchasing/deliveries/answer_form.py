"""What a supplier typed about an order, read line by line: cases, prices, why. Pure.

A line is wanted as it was ordered until something else is typed; an empty box means "as ordered".
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from purchasing.errors import N_, Refused
from purchasing.money import (
    BasisPoints,
    Cents,
    Millionths,
    VatTotals,
    amount,
    parse_quantity,
    vat_per_rate,
)

LONGEST_NOTE = 300
MANY_TIMES = 10  # a price so many times higher or lower is a slip of the decimal sign
BOXES = {"count": "c", "price": "p", "why": "w", "note": "n"}


class Verdict(StrEnum):
    ALL = "all"  # as ordered
    SOME = "some"  # some lines otherwise
    NONE = "none"  # cannot deliver


class Why(StrEnum):
    """Why a line is otherwise, in words that participants get to read in their own language."""

    UNSAID = ""
    SOLD_OUT = "sold_out"
    LATER = "later"
    GONE = "gone"
    DEARER = "dearer"


class NoVerdict(Refused):
    message = N_("Say whether you can deliver: all, some of it, or nothing.")


class VerdictContradicted(Refused):
    message = N_("You say that all is right, but a line differs. Which of the two is it?")


class NothingDiffers(Refused):
    message = N_("No line differs from the order. Change a line, or say that all is right.")


class UnknownLine(Refused):
    message = N_("This form has a line that is not in the order. Open the page again.")


class NotSoMany(Refused):
    message = N_("“%(text)s” is not a number. Write it like this: 3")


class NotSoManyCases(Refused):
    message = N_(
        "“%(text)s” is not a number of cases. Write it like this: 3. Or 3+2: 3 cases and 2 loose."
    )


class MoreThanOrdered(Refused):
    message = N_("“%(text)s” is more than we ordered. Have you got more? Say so in the remark.")


class NotAPrice(Refused):
    message = N_("“%(text)s” is not a price. Write it like this: 8.21")


class UnlikelyPrice(Refused):
    message = N_("“%(text)s” differs more than tenfold from the price we know. Is that right?")


class WrongAnswer(Refused):
    """What is wrong, by the name of the box; under "" what is wrong with the whole."""

    message = N_("Something in this answer is not right yet.")

    def __init__(self, problems: Mapping[str, Refused]) -> None:
        super().__init__()
        self.problems = dict(problems)


@dataclass(frozen=True)
class Terms:
    """One line as it was ordered. `unit_price` in millionths per unit, without VAT."""

    line_id: int
    pieces: int
    unit_price: Millionths
    case_pieces: int = 1
    piece_milli: int = 1000
    vat_bp: BasisPoints = 900
    deposit_cents: Cents = 0

    @property
    def in_cases(self) -> bool:
        """Whether one counts it in cases; else in units, which may be half kilos."""
        return self.case_pieces > 1

    @property
    def as_ordered(self) -> AnsweredLine:
        return AnsweredLine(self.line_id, self.pieces, self.unit_price)


@dataclass(frozen=True)
class AnsweredLine:
    """What the supplier says of one line: so many pieces, at this price per unit."""

    line_id: int
    pieces: int
    unit_price: Millionths
    why: Why = Why.UNSAID
    note: str = ""

    def differs(self, terms: Terms) -> bool:
        """Whether less comes, or at another price; a price of nothing is no price."""
        return (self.pieces, self.unit_price) != (terms.pieces, terms.unit_price)


@dataclass(frozen=True)
class Answered:
    """A whole answer, every line of the order in it."""

    verdict: Verdict
    lines: tuple[AnsweredLine, ...]
    said_by: str = ""
    note: str = ""


@dataclass(frozen=True)
class AnswerTotals:
    """What comes by an answer, in cents without VAT, and the VAT over it."""

    goods: Cents
    deposits: Cents
    delivery: Cents
    vat: VatTotals = field(default_factory=lambda: vat_per_rate([]))

    @property
    def net(self) -> Cents:
        return self.goods + self.deposits + self.delivery


def box(kind: str, line_id: int) -> str:
    """The name of a box of the form: `kind` is count, price, why or note."""
    return f"{BOXES[kind]}{line_id}"


def read_answer(ordered: Sequence[Terms], raw: Mapping[str, str]) -> Answered:
    """Read a whole form. Raises WrongAnswer with a sentence for every box that is wrong."""
    problems: dict[str, Refused] = {}
    if _strange_lines(ordered, raw):
        problems[""] = UnknownLine()
    lines = tuple(_read_line(terms, raw, problems) for terms in ordered)
    verdict = _verdict(raw, problems)
    note = tidy_note(raw.get("note", ""))
    differing = any(line.differs(terms) for line, terms in zip(lines, ordered, strict=True))
    if verdict == Verdict.ALL and differing:
        problems.setdefault("answer", VerdictContradicted())
    if verdict == Verdict.SOME and not (differing or note or problems):
        problems["answer"] = NothingDiffers()
    if problems:
        raise WrongAnswer(problems)
    assert verdict is not None
    if verdict == Verdict.NONE:
        lines = tuple(_not_at_all(terms, line) for terms, line in zip(ordered, lines, strict=True))
    return Answered(verdict, lines, " ".join(raw.get("by", "").split())[:120], note)


def parse_count(text: str, terms: Terms) -> int:
    """Pieces, from "3" or "3+2" cases, "2,5" cases, or units where there are no cases.

    What is loose beside cases is in units too, as on the sheet: "1+1,5" of goods by the half kilo.
    Raises NotSoMany, NotSoManyCases, MoreThanOrdered.
    """
    shown = text.strip()[:40]
    try:
        pieces = _cases(shown, terms) if terms.in_cases else _units(shown, terms)
    except Refused:
        raise (NotSoManyCases if terms.in_cases else NotSoMany)(text=shown) from None
    if pieces > terms.pieces:
        raise MoreThanOrdered(text=shown)
    return pieces


def parse_price(text: str, terms: Terms) -> Millionths:
    """A price per unit in millionths: "8,21", "€ 8.2125". Up to six decimals.

    Raises NotAPrice, UnlikelyPrice.
    """
    shown = text.strip()[:40]
    read = re.fullmatch(r"(?:€ ?)?(\d{1,7})(?:[.,](\d{1,6}))?", shown, re.ASCII)
    if not read:
        raise NotAPrice(text=shown)
    price = int(read[1]) * 1_000_000 + int((read[2] or "").ljust(6, "0"))
    known = terms.unit_price
    if known and not known <= price * MANY_TIMES <= known * MANY_TIMES**2:
        raise UnlikelyPrice(text=shown)
    return price


def totals(
    ordered: Sequence[Terms],
    lines: Sequence[AnsweredLine],
    *,
    delivery_cents: Cents,
    delivery_vat_bp: BasisPoints,
) -> AnswerTotals:
    """What an answer comes to. Where nothing comes, nothing is brought."""
    terms_of = {terms.line_id: terms for terms in ordered}
    nets: list[tuple[BasisPoints | None, Cents]] = []
    goods = deposits = 0
    for line in lines:
        terms = terms_of[line.line_id]
        net = amount(line.unit_price, line.pieces * terms.piece_milli)
        goods, deposits = goods + net, deposits + line.pieces * terms.deposit_cents
        nets.append((terms.vat_bp, net))
    delivery = delivery_cents if any(line.pieces for line in lines) else 0
    nets += [(delivery_vat_bp, delivery)] if delivery else []
    return AnswerTotals(goods, deposits, delivery, vat_per_rate([*nets, (None, deposits)]))


def tidy_note(text: str) -> str:
    """One line of visible signs, as long as its column."""
    visible = "".join(sign if sign.isprintable() else " " for sign in text)
    return " ".join(visible.split())[:LONGEST_NOTE]


def _verdict(raw: Mapping[str, str], problems: dict[str, Refused]) -> Verdict | None:
    said = raw.get("answer", "")
    if said in list(Verdict):
        return Verdict(said)
    problems["answer"] = NoVerdict()
    return None


def _read_line(terms: Terms, raw: Mapping[str, str], problems: dict[str, Refused]) -> AnsweredLine:
    read: dict[str, int] = {}
    for kind, parse, usual in (
        ("count", parse_count, terms.pieces),
        ("price", parse_price, terms.unit_price),
    ):
        name = box(kind, terms.line_id)
        text = raw.get(name, "").strip()
        try:
            read[kind] = parse(text, terms) if text else usual
        except Refused as refusal:
            problems[name], read[kind] = refusal, usual
    said = raw.get(box("why", terms.line_id), "")
    note = tidy_note(raw.get(box("note", terms.line_id), ""))
    price = read["price"] if read["count"] else terms.unit_price
    why = Why(said) if said in list(Why) else Why.UNSAID
    return AnsweredLine(terms.line_id, read["count"], price, why, note)


def _not_at_all(terms: Terms, line: AnsweredLine) -> AnsweredLine:
    return AnsweredLine(terms.line_id, 0, terms.unit_price, line.why, line.note)


def _strange_lines(ordered: Sequence[Terms], raw: Mapping[str, str]) -> bool:
    known = {terms.line_id for terms in ordered}
    named = {int(found[1]) for name in raw if (found := re.fullmatch(r"[cpwn](\d{1,18})", name))}
    return bool(named - known)


def _cases(text: str, terms: Terms) -> int:
    """ "3+2" is three cases and two pieces (two kilos, of half kilos); "2,5" cases where that is
    a whole number of pieces.
    """
    cases, plus, loose = text.partition("+")
    if plus and cases.strip() and loose.strip():
        return parse_quantity(cases) * terms.case_pieces + _units(loose, terms)
    read = re.fullmatch(r"(\d{1,6})(?:[.,](\d{1,2}))?", text, re.ASCII)
    if not read:
        raise NotSoManyCases(text=text)
    hundredths = int(read[1]) * 100 + int((read[2] or "").ljust(2, "0"))
    if hundredths * terms.case_pieces % 100:
        raise NotSoManyCases(text=text)
    return hundredths * terms.case_pieces // 100


def _units(text: str, terms: Terms) -> int:
    if not text:
        raise NotSoMany(text=text)
    return parse_quantity(text, terms.piece_milli)

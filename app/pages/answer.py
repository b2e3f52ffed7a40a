"""An order's lines beside what its supplier says of them, as the pages about answers show it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from flask_babel import get_locale

from app.i18n import sentence
from app.ui import in_units
from purchasing.deliveries.answer_form import AnsweredLine, Why, WrongAnswer, box
from purchasing.errors import N_
from purchasing.money import amount
from purchasing.ordering import SupplierOrder, SupplierOrderLine
from purchasing.rounds import RoundItem

WHY_WORDS = {
    Why.SOLD_OUT: N_("Sold out"),
    Why.LATER: N_("Comes later"),
    Why.GONE: N_("No longer sold"),
    Why.DEARER: N_("Price has risen"),
}


@dataclass(frozen=True)
class PageLine:
    """One line of an order: as ordered, as said, and what stands in the boxes."""

    line: SupplierOrderLine
    said: AnsweredLine
    typed: Mapping[str, str] = field(default_factory=dict)
    problems: Mapping[str, str] = field(default_factory=dict)  # sentences, by box

    @property
    def item(self) -> RoundItem:
        return self.line.item

    @property
    def in_cases(self) -> bool:
        return self.item.case_pieces > 1

    @property
    def fewer(self) -> int:
        """Pieces that do not come."""
        return self.line.pieces - self.said.pieces

    @property
    def dearer(self) -> int:
        """How much more a unit costs, in millionths; below zero where it costs less."""
        return self.said.unit_price - self.line.unit_price if self.said.pieces else 0

    @property
    def differs(self) -> bool:
        return bool(self.fewer or self.dearer)

    @property
    def why_words(self) -> str:
        """A msgid, or nothing."""
        return WHY_WORDS.get(self.said.why, "")

    @property
    def cents(self) -> int:
        return amount(self.said.unit_price, self.said.pieces * self.item.piece_milli)

    @property
    def is_open(self) -> bool:
        """Whether its boxes lie open: something was changed in them, or is wrong."""
        return bool(self.problems) or self.differs or bool(self.said.why or self.said.note)

    def name(self, kind: str) -> str:
        return box(kind, self.line.id)

    def text(self, kind: str) -> str:
        """What stands in a box: what was typed, else what was said."""
        usual = {
            "count": counted(self.said.pieces, self.item),
            "price": price_text(self.said.unit_price),
            "why": str(self.said.why),
            "note": self.said.note,
        }
        return self.typed.get(self.name(kind), usual[kind])


def page_lines(
    order: SupplierOrder,
    said: Sequence[AnsweredLine] = (),
    *,
    typed: Mapping[str, str] | None = None,
    wrong: WrongAnswer | None = None,
) -> list[PageLine]:
    """All lines of an order; without an answer each is said to come as ordered."""
    by_line = {one.line_id: one for one in said}
    problems = {name: sentence(why) for name, why in wrong.problems.items()} if wrong else {}
    lines = []
    for line in order.lines:
        usual = AnsweredLine(line.id, line.pieces, line.unit_price)
        mine = {k: v for k, v in problems.items() if k[:1] in "cp" and k[1:] == str(line.id)}
        lines.append(PageLine(line, by_line.get(line.id, usual), typed or {}, mine))
    return lines


def counted(pieces: int, item: RoundItem) -> str:
    """Pieces as one types them: "4" or "3+2" cases, or units where there are no cases.

    What is loose is in units too: seven half kilos in cases of four are "1+1,5".
    """
    if item.case_pieces == 1:
        return in_units(pieces, item.piece_milli)
    cases, loose = divmod(pieces, item.case_pieces)
    return f"{cases}+{in_units(loose, item.piece_milli)}" if loose else str(cases)


def price_text(unit_price: int) -> str:
    """A unit price as one types it: two decimals where that is exact, else as many as needed."""
    exact = Decimal(unit_price) / 1_000_000
    cents = exact.quantize(Decimal("0.01"))
    text = f"{cents if cents == exact else exact.normalize():f}"
    return text if str(get_locale()) == "en" else text.replace(".", ",")

"""A supplier's bill as a coordinator sees it: its lines as typed, and what was passed on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from sqlalchemy.orm import Session

from purchasing.billed import Billed, BilledLine, Expected
from purchasing.books import bill_comparing, passed_on, settlement
from purchasing.books.supplier_bills import SupplierBill
from purchasing.money import Cents, Millionths, half_up, parse_cents
from purchasing.ordering import SupplierOrder
from purchasing.papers import Paper


@dataclass(frozen=True)
class PassedLine:
    """One participant: `back` flows back, `asked` is asked for (cents as charges are counted).

    `agreed` is None while nothing was said.
    """

    name: str
    back: int
    asked: int
    agreed: bool | None
    without_vat: bool
    papers: tuple[Paper, ...]


@dataclass(frozen=True)
class TypedLine:
    """One article of an order: what is expected of it in cents, and what was typed."""

    id: int
    number: str
    name: str
    expected: Cents
    typed: str


def typed_lines(
    order: SupplierOrder, expected: Expected, raw: Mapping[str, str]
) -> list[TypedLine]:
    """The articles that can be typed one by one, as `l<id>`; none where numbers are not unique."""
    numbers = [line.item.number for line in order.lines]
    if len(set(numbers)) != len(numbers):
        return []
    return [
        TypedLine(
            id=line.id,
            number=line.item.number,
            name=line.item.name,
            expected=expected.lines[line.item.number][1],
            typed=raw.get(f"l{line.id}", "").strip()[:40],
        )
        for line in order.lines
    ]


def with_lines(billed: Billed, lines: Sequence[TypedLine]) -> Billed:
    """The bill with its lines, where one was typed; an empty one is as expected, or not credited.

    Raises NotAnAmount.
    """
    if not any(line.typed for line in lines):
        return billed
    sign = -1 if billed.is_credit else 1
    told = [
        BilledLine(line.number, line.name, sign * parse_cents(line.typed))
        if line.typed
        else BilledLine(line.number, line.name, 0 if billed.is_credit else line.expected)
        for line in lines
    ]
    return replace(billed, lines=tuple(told))


@dataclass(frozen=True)
class HowMuch:
    """Of one article: thousandths that are billed, at millionths each, and that came."""

    billed: int
    price: Millionths
    came: int


def how_much(session: Session, order: SupplierOrder, billed: Billed) -> dict[str, HowMuch]:
    """Where a bill says how much it is for, beside what came; by the part of a difference."""
    came = bill_comparing.came_of(session, order)
    found: dict[str, HowMuch] = {}
    for line in billed.lines:
        part = f"line:{line.number}"[:60]
        if line.milli and part in came and part not in found:
            price = 100 * half_up(abs(line.net_cents) * 100_000, abs(line.milli))
            found[part] = HowMuch(abs(line.milli), price, came[part])
    return found


def passed_lines(session: Session, bill: SupplierBill) -> list[PassedLine]:
    """In the order of names."""
    shares = passed_on.shares_of(session, bill.id)
    papers = passed_on.papers_of(session, bill.id)
    said = passed_on.replies_of(session, bill.id)
    without_vat = settlement.states_vat(settlement.list_charges(session, bill.order.round_id))
    people = {one.participant_id: one.participant.name for one in shares}
    return [
        PassedLine(
            name=name,
            back=-sum(s.cents for s in shares if s.participant_id == who and s.cents < 0),
            asked=sum(s.cents for s in shares if s.participant_id == who and s.cents > 0),
            agreed=said[who].agreed if who in said else None,
            without_vat=without_vat,
            papers=tuple(one.paper for one in papers if one.participant_id == who),
        )
        for who, name in sorted(people.items(), key=lambda item: (item[1].casefold(), item[0]))
    ]

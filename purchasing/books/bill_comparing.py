"""A supplier's bill beside what we count on: where it differs, or why it cannot be booked here."""

from __future__ import annotations

from sqlalchemy import (
    func,
    select,
)
from sqlalchemy.orm import Session

from purchasing.billed import Billed, Difference, Expected, check, differences
from purchasing.books.bill_rows import BillReversal, SupplierBill
from purchasing.books.differences import outcome_of
from purchasing.books.settlement import Asked
from purchasing.errors import N_, Refused
from purchasing.money import Cents
from purchasing.ordering import OrderChange, SupplierOrder, list_changes
from purchasing.people import the_network
from purchasing.rounds import Round, RoundState


class NotSettledYet(Refused):
    message = N_("Settle the round first: only then is known what came, and what to pay.")


class BilledAlready(Refused):
    message = N_("Bill %(number)s of this supplier is in the books already.")


class OrderBilledAlready(Refused):
    message = N_("For this order bill %(number)s is in the books. Take that one back first.")


class OtherBuyer(Refused):
    message = N_("This bill is not for us: it names its buyer by %(numbers)s.")


class OtherOrder(Refused):
    message = N_("This bill is for order %(number)s. Enter it there.")


class CreditBeforeBill(Refused):
    message = N_("This is a credit note. Enter the bill first that it belongs to.")


def expected_of(session: Session, order: SupplierOrder) -> Expected:
    """What we count on for an order: what came of each line, and as it changed since."""
    asked: list[Asked] = [order, *_changes(session, order)]
    return Expected(
        lines=_lines(session, order),
        goods_cents=sum(one.goods_cents for one in asked),
        delivery_cents=sum(one.delivery_cents for one in asked),
        deposit_cents=sum(one.deposit_cents for one in asked),
        vat_cents=sum(one.vat_cents for one in asked),
    )


def compare(session: Session, order: SupplierOrder, billed: Billed) -> tuple[Difference, ...]:
    """Where a bill differs from what is expected; a credit note, from nothing.

    Raises UnreadableBill, NotSettledYet, BilledAlready, OrderBilledAlready, CreditBeforeBill,
    OtherBuyer, OtherOrder.
    """
    check(billed)
    _refuse_others(session, order, billed)
    _refuse(session, order, billed)
    expected = Expected() if billed.is_credit else expected_of(session, order)
    return differences(expected, billed)


def _refuse(session: Session, order: SupplierOrder, billed: Billed) -> None:
    if session.get_one(Round, order.round_id).state != RoundState.SETTLED:
        raise NotSettledYet
    standing = (
        select(SupplierBill)
        .outerjoin(BillReversal, BillReversal.bill_id == SupplierBill.id)
        .where(SupplierBill.supplier_id == order.supplier_id, BillReversal.id.is_(None))
    )
    same = standing.where(func.lower(SupplierBill.number) == billed.number.lower())
    if session.scalar(same.limit(1)) is not None:
        raise BilledAlready(number=billed.number)
    mine = SupplierBill.supplier_order_id == order.id, SupplierBill.total_cents > 0
    other = session.scalar(standing.where(*mine).limit(1))
    if billed.is_credit and other is None:
        raise CreditBeforeBill
    if other is not None and not billed.is_credit:
        raise OrderBilledAlready(number=other.number)


def _refuse_others(session: Session, order: SupplierOrder, billed: Billed) -> None:
    """What is for somebody else, or for another order of ours, as far as the bill says so."""
    network = the_network(session)
    ours = [_bare(one) for one in (network.kvk, network.vat_id) if one]
    named = [_bare(one) for one in billed.buyer_ids]
    if ours and named and not any(a.endswith(b) for a in ours for b in named):
        raise OtherBuyer(numbers=", ".join(billed.buyer_ids))
    other = session.scalar(
        select(SupplierOrder.number).where(
            SupplierOrder.number == billed.order_number, SupplierOrder.id != order.id
        )
    )
    if other is not None:
        raise OtherOrder(number=other)


def _bare(number: str) -> str:
    return "".join(sign for sign in number.upper() if sign.isalnum()).removeprefix("NL")


def came_of(session: Session, order: SupplierOrder) -> dict[str, int]:
    """By the part of a difference, how much came: thousandths of our unit, as weighed if it was.

    Articles that share a number are left out.
    """
    arrival = outcome_of(session, session.get_one(Round, order.round_id)).arrival
    mine = (one for one in arrival.orders if one.supplier_id == order.supplier_id)
    pieces = {line.item_id: line.pieces for draft in mine for line in draft.lines}
    weighed: dict[int, int] = {}
    for (item_id, _), weight in arrival.weights.items():
        weighed[item_id] = weighed.get(item_id, 0) + weight
    numbers = [line.item.number for line in order.lines]
    return {
        f"line:{line.item.number}"[:60]: weighed.get(
            line.item_id, pieces.get(line.item_id, 0) * line.item.piece_milli
        )
        for line in order.lines
        if numbers.count(line.item.number) == 1
    }


def _lines(session: Session, order: SupplierOrder) -> dict[str, tuple[str, Cents]]:
    """By article number its name, and what it costs by what came of it."""
    round_ = session.get_one(Round, order.round_id)
    came = {
        line.item_id: line.net_cents
        for draft in outcome_of(session, round_).arrival.orders
        for line in draft.lines
        if draft.supplier_id == order.supplier_id
    }
    found: dict[str, tuple[str, Cents]] = {}
    for line in order.lines:
        name, cents = found.get(line.item.number, (line.item.name, 0))
        found[line.item.number] = (name, cents + came.get(line.item_id, line.net_cents))
    return found


def _changes(session: Session, order: SupplierOrder) -> list[OrderChange]:
    changes = list_changes(session, order.round_id)
    return [one for one in changes if one.supplier_order_id == order.id]

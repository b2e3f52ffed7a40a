"""Bills of suppliers: what we owe becomes what is billed, and every difference is decided about.

A bill is entered when its round has been settled, for only then is known what came. Accepted is
paid and carried by the network; disputed is not booked, and so not paid. A bill is never edited:
a wrong one is reversed, and may then be entered again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    ForeignKey,
    String,
    Text,
    UniqueConstraint,
    func,
    select,
)
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from purchasing.base import Base
from purchasing.billed import Billed, Difference, Expected, Outcome, check, differences, from_plain
from purchasing.books import accounts, ledger, settlement
from purchasing.books.ledger import Booking
from purchasing.books.settlement import Asked
from purchasing.errors import N_, Refused
from purchasing.money import Cents
from purchasing.ordering import OrderChange, SupplierOrder, list_changes
from purchasing.rounds import Round, RoundState


class NotSettledYet(Refused):
    message = N_("Settle the round first: only then is known what came, and what to pay.")


class BilledAlready(Refused):
    message = N_("Bill %(number)s of this supplier is in the books already.")


class OrderBilledAlready(Refused):
    message = N_("For this order bill %(number)s is in the books. Take that one back first.")


class Undecided(Refused):
    message = N_("Say of each difference what is done with it.")


class ReversedAlready(Refused):
    message = N_("This bill has been taken back already.")


class ReasonForReversal(Refused):
    message = N_("Say why the bill is taken back.")


class SupplierBill(Base):
    """A bill as entered; `attempt` counts those with the same number that were taken back."""

    __tablename__ = "supplier_bill"
    __table_args__ = (
        UniqueConstraint("supplier_id", "number", "attempt", name="uq_supplier_bill_once"),
    )

    supplier_order_id: Mapped[int] = mapped_column(ForeignKey("supplier_order.id"), index=True)
    supplier_id: Mapped[int] = mapped_column(ForeignKey("supplier.id"))
    number: Mapped[str] = mapped_column(String(40))
    attempt: Mapped[int]
    issued_on: Mapped[date]
    due_on: Mapped[date | None]
    total_cents: Mapped[int] = mapped_column(BigInteger)
    content: Mapped[dict[str, Any]] = mapped_column(JSON)
    found: Mapped[list[dict[str, Any]]] = mapped_column(JSON)  # differences, and what is done
    entered_at: Mapped[datetime]
    entered_by: Mapped[str] = mapped_column(String(120))

    order: Mapped[SupplierOrder] = relationship()
    reversal: Mapped[BillReversal | None] = relationship(back_populates="bill")

    @property
    def billed(self) -> Billed:
        return from_plain(self.content)

    @property
    def differences(self) -> list[tuple[Difference, Outcome]]:
        kept = [(dict(one), Outcome(one["outcome"])) for one in self.found]
        return [
            (Difference(one["part"], one["name"], one["expected"], one["billed"]), outcome)
            for one, outcome in kept
        ]

    @property
    def disputed_cents(self) -> Cents:
        """What is billed and not paid; below zero where too little was billed."""
        return sum(one.cents for one, done in self.differences if done == Outcome.DISPUTED)


class BillReversal(Base):
    __tablename__ = "bill_reversal"

    bill_id: Mapped[int] = mapped_column(ForeignKey("supplier_bill.id"), unique=True)
    reason: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime]
    by: Mapped[str] = mapped_column(String(120))

    bill: Mapped[SupplierBill] = relationship(back_populates="reversal")


def expected_of(session: Session, order: SupplierOrder) -> Expected:
    """What we count on for an order: as ordered, and as it changed since."""
    asked: list[Asked] = [order, *_changes(session, order)]
    return Expected(
        lines={line.item.number: (line.item.name, line.net_cents) for line in order.lines},
        goods_cents=sum(one.goods_cents for one in asked),
        delivery_cents=sum(one.delivery_cents for one in asked),
        deposit_cents=sum(one.deposit_cents for one in asked),
        vat_cents=sum(one.vat_cents for one in asked),
    )


def compare(session: Session, order: SupplierOrder, billed: Billed) -> tuple[Difference, ...]:
    """Where a bill differs. Raises UnreadableBill, NotSettledYet, BilledAlready."""
    check(billed)
    _refuse(session, order, billed)
    return differences(expected_of(session, order), billed)


def enter(
    session: Session,
    order: SupplierOrder,
    billed: Billed,
    outcomes: Mapping[str, str],
    *,
    actor: str,
    now: datetime,
) -> SupplierBill:
    """Book a bill: what we owe becomes what is billed, but for what is disputed.

    `outcomes` by the part of each difference. Raises what `compare` raises, and Undecided.
    """
    session.scalars(
        select(SupplierOrder).where(SupplierOrder.id == order.id).with_for_update()
    ).one()
    found = compare(session, order, billed)
    if any(outcomes.get(one.part) not in list(Outcome) for one in found):
        raise Undecided
    bill = SupplierBill(
        supplier_order_id=order.id,
        supplier_id=order.supplier_id,
        number=billed.number,
        attempt=_attempts(session, order.supplier_id, billed.number),
        issued_on=billed.issued_on,
        due_on=billed.due_on,
        total_cents=billed.total_cents,
        content=billed.plain(),
        found=[{**vars(one), "outcome": outcomes[one.part]} for one in found],
        entered_at=now,
        entered_by=actor,
    )
    session.add(bill)
    session.flush()
    _book(session, bill, 1, f"bill:{bill.id}", now=now)
    return bill


def reverse(
    session: Session, bill: SupplierBill, *, reason: str, actor: str, now: datetime
) -> None:
    """Take a bill back: what it booked is booked the other way. Raises ReversedAlready,
    ReasonForReversal."""
    session.scalars(
        select(SupplierOrder).where(SupplierOrder.id == bill.supplier_order_id).with_for_update()
    ).one()
    session.refresh(bill)
    if bill.reversal is not None:
        raise ReversedAlready
    if not reason.strip():
        raise ReasonForReversal
    session.add(BillReversal(bill_id=bill.id, reason=reason.strip()[:500], at=now, by=actor))
    session.flush()
    session.refresh(bill)
    _book(session, bill, -1, f"bill-back:{bill.id}", now=now)


def list_bills(session: Session, order_id: int) -> list[SupplierBill]:
    """All bills of an order, those taken back too; the oldest first."""
    query = select(SupplierBill).where(SupplierBill.supplier_order_id == order_id)
    return list(session.scalars(query.order_by(SupplierBill.id)))


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
    other = session.scalar(standing.where(SupplierBill.supplier_order_id == order.id).limit(1))
    if other is not None:
        raise OrderBilledAlready(number=other.number)


def _attempts(session: Session, supplier_id: int, number: str) -> int:
    mine = SupplierBill.supplier_id == supplier_id, SupplierBill.number == number
    return session.scalar(select(func.count(SupplierBill.id)).where(*mine)) or 0


def _book(session: Session, bill: SupplierBill, sign: int, key: str, *, now: datetime) -> None:
    """The order becomes as accepted; what that costs more, or less, the network carries."""
    order, round_ = bill.order, session.get_one(Round, bill.order.round_id)
    apart = settlement.states_vat(settlement.list_charges(session, round_.id))
    taken = _accepted(bill.differences, sign)
    change = OrderChange(supplier_order_id=order.id, key=key, at=now, **taken)
    if not any(taken.values()):
        return
    session.add(change)
    session.flush()
    cost = taken["goods_cents"] + taken["delivery_cents"] + (0 if apart else taken["vat_cents"])
    carried = {accounts.of_round(round_.id): -cost, accounts.CARRIED: cost}
    memo = f"{bill.number} {order.supplier.name}"[:200]
    owed = settlement.owed_for(round_, order, change, apart)
    bookings = [Booking(key, memo, owed.amounts), Booking(f"carried-{key}", memo, carried)]
    ledger.post(session, bookings, round_id=round_.id, at=now)


def _accepted(found: Sequence[tuple[Difference, Outcome]], sign: int) -> dict[str, Cents]:
    sums = dict.fromkeys(("goods_cents", "delivery_cents", "deposit_cents", "vat_cents"), 0)
    for one, done in found:
        kind = one.part if f"{one.part}_cents" in sums else "goods"
        if done == Outcome.ACCEPTED:
            sums[f"{kind}_cents"] += sign * one.cents
    return sums


def _changes(session: Session, order: SupplierOrder) -> list[OrderChange]:
    changes = list_changes(session, order.round_id)
    return [one for one in changes if one.supplier_order_id == order.id]

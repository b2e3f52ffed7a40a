"""A supplier's bill as it was entered, and that it was taken back; neither ever changes."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    ForeignKey,
    String,
    Text,
    UniqueConstraint,
    select,
)
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from purchasing.base import Base
from purchasing.billed import Billed, Difference, DisputeEnd, Outcome, from_plain
from purchasing.money import Cents
from purchasing.ordering import SupplierOrder


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
    ends: Mapped[list[BillDisputeEnd]] = relationship(order_by="BillDisputeEnd.id")

    @property
    def billed(self) -> Billed:
        return from_plain(self.content)

    @property
    def is_credit(self) -> bool:
        """Whether it is a credit note."""
        return self.total_cents < 0

    @property
    def differences(self) -> list[tuple[Difference, Outcome]]:
        kept = [(dict(one), Outcome(one["outcome"])) for one in self.found]
        return [
            (Difference(one["part"], one["name"], one["expected"], one["billed"]), outcome)
            for one, outcome in kept
        ]

    @property
    def in_force(self) -> list[tuple[Difference, Outcome]]:
        """The same as it is now: a dispute that ended in paying is accepted."""
        paid = {one.part for one in self.ends if one.end == DisputeEnd.PAID}
        return [
            (one, Outcome.ACCEPTED if one.part in paid else done) for one, done in self.differences
        ]

    @property
    def disputed_cents(self) -> Cents:
        """What is billed and not paid; below zero where too little was billed."""
        return sum(one.cents for one, done in self.in_force if done == Outcome.DISPUTED)


class BillReversal(Base):
    __tablename__ = "bill_reversal"

    bill_id: Mapped[int] = mapped_column(ForeignKey("supplier_bill.id"), unique=True)
    reason: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime]
    by: Mapped[str] = mapped_column(String(120))

    bill: Mapped[SupplierBill] = relationship(back_populates="reversal")


class BillDisputeEnd(Base):
    """How the dispute about one difference of a bill ended."""

    __tablename__ = "bill_dispute_end"
    __table_args__ = (UniqueConstraint("bill_id", "part", name="uq_bill_dispute_end_once"),)

    bill_id: Mapped[int] = mapped_column(ForeignKey("supplier_bill.id"))
    part: Mapped[str] = mapped_column(String(60))
    end: Mapped[str] = mapped_column(String(10))
    reason: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime]
    by: Mapped[str] = mapped_column(String(120))


def list_bills(session: Session, order_id: int) -> list[SupplierBill]:
    """All bills of an order, those taken back too; the oldest first."""
    query = select(SupplierBill).where(SupplierBill.supplier_order_id == order_id)
    return list(session.scalars(query.order_by(SupplierBill.id)))


def list_standing(session: Session, round_id: int) -> list[SupplierBill]:
    """The bills and credit notes of a round that were not taken back; the oldest first."""
    query = (
        select(SupplierBill)
        .join(SupplierOrder, SupplierOrder.id == SupplierBill.supplier_order_id)
        .outerjoin(BillReversal, BillReversal.bill_id == SupplierBill.id)
        .where(SupplierOrder.round_id == round_id, BillReversal.id.is_(None))
        .order_by(SupplierBill.id)
    )
    return list(session.scalars(query))

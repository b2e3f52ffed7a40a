"""Paying suppliers: what is owed and not asked of the bank yet, and orders to the bank.

An order to the bank books nothing; the line with which it comes back does. Until then it counts
as under way, so that nobody is paid twice because the bank is slow.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, String, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from purchasing import numbers
from purchasing.base import Base
from purchasing.books import accounts, deciding, open_items
from purchasing.books.bank import BankLine, LineState
from purchasing.catalogue import Supplier
from purchasing.errors import N_, Refused
from purchasing.money import Cents
from purchasing.people import the_network


class NoAccountToPayFrom(Refused):
    message = N_("Fill in the network's own bank account (IBAN) first.")


class NothingToPay(Refused):
    message = N_("There is nothing to pay to whom you chose.")


class NotCancelled(Refused):
    message = N_("This order to the bank was called off already.")


class PaymentOrder(Base):
    """One file for the bank; `cancelled_at` when it did not go there after all."""

    __tablename__ = "payment_order"

    number: Mapped[str] = mapped_column(String(24), unique=True)
    execute_on: Mapped[date]
    made_at: Mapped[datetime]
    made_by: Mapped[str] = mapped_column(String(120))
    cancelled_at: Mapped[datetime | None]
    cancelled_by: Mapped[str] = mapped_column(String(120), default="")

    lines: Mapped[list[PaymentOrderLine]] = relationship(order_by="PaymentOrderLine.id")

    @property
    def total(self) -> Cents:
        return sum(line.cents for line in self.lines)


class PaymentOrderLine(Base):
    __tablename__ = "payment_order_line"
    __table_args__ = (CheckConstraint("cents > 0", name="more_than_nothing"),)

    order_id: Mapped[int] = mapped_column(ForeignKey("payment_order.id"), index=True)
    supplier_id: Mapped[int] = mapped_column(ForeignKey("supplier.id"), index=True)
    name: Mapped[str] = mapped_column(String(120))
    iban: Mapped[str] = mapped_column(String(34))
    cents: Mapped[int] = mapped_column(BigInteger)
    text: Mapped[str] = mapped_column(String(140))


@dataclass(frozen=True)
class Payable:
    """What one supplier is owed, and how much of it was asked of the bank and not seen yet."""

    supplier: Supplier
    owed: Cents
    under_way: Cents

    @property
    def to_pay(self) -> Cents:
        return max(self.owed - self.under_way, 0)


def list_payable(session: Session) -> list[Payable]:
    """Suppliers that are owed something, by name."""
    owed = {who: -cents for who, cents in open_items.balances(session, "supplier").items()}
    ids = [who for who, cents in owed.items() if cents > 0]
    asked, seen = _asked(session), _seen(session)
    query = select(Supplier).where(Supplier.id.in_(ids)).order_by(Supplier.name)
    return [
        Payable(one, owed[one.id], max(asked.get(one.id, 0) - seen.get(one.id, 0), 0))
        for one in session.scalars(query)
    ]


def make_order(
    session: Session,
    supplier_ids: Collection[int],
    *,
    execute_on: date,
    actor: str,
    now: datetime,
) -> PaymentOrder:
    """Order the bank to pay these suppliers all that is owed and not under way.

    Raises NoAccountToPayFrom, NothingToPay. Who has no account number is left out.
    """
    deciding.hold_books(session)
    network = the_network(session)
    if not network.iban:
        raise NoAccountToPayFrom
    chosen = [
        one
        for one in list_payable(session)
        if one.supplier.id in supplier_ids and one.to_pay and one.supplier.iban
    ]
    if not chosen:
        raise NothingToPay
    year = now.astimezone(ZoneInfo(network.timezone)).year
    number = f"P-{year}-{numbers.take(session, f'payment:{year}'):04d}"
    order = PaymentOrder(number=number, execute_on=execute_on, made_at=now, made_by=actor)
    order.lines = [_line(one, number) for one in chosen]
    session.add(order)
    session.flush()
    return order


def call_off(session: Session, order: PaymentOrder, *, actor: str, now: datetime) -> None:
    """The file did not go to the bank: what it asked is to be paid again. Raises NotCancelled."""
    deciding.hold_books(session)
    session.refresh(order)
    if order.cancelled_at is not None:
        raise NotCancelled
    order.cancelled_at, order.cancelled_by = now, actor
    session.flush()


def _line(one: Payable, number: str) -> PaymentOrderLine:
    ours = f" {one.supplier.customer_number}" if one.supplier.customer_number else ""
    return PaymentOrderLine(
        supplier_id=one.supplier.id,
        name=one.supplier.name,
        iban=one.supplier.iban,
        cents=one.to_pay,
        text=f"{number}{ours}"[:140],
    )


def _asked(session: Session) -> dict[int, Cents]:
    """What was asked of the bank for each supplier, of orders that were not called off."""
    query = (
        select(PaymentOrderLine.supplier_id, func.sum(PaymentOrderLine.cents))
        .join(PaymentOrder, PaymentOrder.id == PaymentOrderLine.order_id)
        .where(PaymentOrder.cancelled_at.is_(None))
        .group_by(PaymentOrderLine.supplier_id)
    )
    return {who: int(cents) for who, cents in session.execute(query)}


def _seen(session: Session) -> dict[int, Cents]:
    """What the bank told it paid each supplier since the first order to the bank."""
    since = select(func.min(PaymentOrder.made_at)).scalar_subquery()
    query = (
        select(BankLine.account, -func.sum(BankLine.cents))
        .where(
            BankLine.state == LineState.BOOKED,
            BankLine.account.startswith("supplier:"),
            BankLine.decided_at >= since,
        )
        .group_by(BankLine.account)
    )
    rows = session.execute(query)
    found = ((accounts.owner_id(account, "supplier"), int(cents)) for account, cents in rows)
    return {who: cents for who, cents in found if who is not None}

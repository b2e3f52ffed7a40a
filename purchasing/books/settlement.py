"""What each participant owes for a round, and the proof that it adds up to what we owe."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Index, String, insert, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from purchasing.base import Base
from purchasing.books import accounts, ledger
from purchasing.books.ledger import Booking
from purchasing.category import ChargeDraft, ChargeKind
from purchasing.money import Cents, vat_of
from purchasing.ordering import OrderChange, SupplierOrder, list_changes, list_orders
from purchasing.rounds import Round

Asked = SupplierOrder | OrderChange  # an order as placed, and how it changed


class Charge(Base):
    """What one participant owes for one line of a round.

    `cents` is without VAT where `vat_bp` names a rate, and the whole amount where it does not.
    """

    __tablename__ = "charge"
    __table_args__ = (Index("ix_charge_round_participant", "round_id", "participant_id"),)

    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"))
    participant_id: Mapped[int] = mapped_column(ForeignKey("participant.id"), index=True)
    kind: Mapped[ChargeKind] = mapped_column(String(12))
    supplier_id: Mapped[int | None] = mapped_column(ForeignKey("supplier.id"))
    item_id: Mapped[int | None] = mapped_column(ForeignKey("round_item.id"))
    pieces: Mapped[int]
    unit_price: Mapped[int] = mapped_column(BigInteger)
    cents: Mapped[int] = mapped_column(BigInteger)
    vat_bp: Mapped[int | None]
    name: Mapped[str] = mapped_column(String(120), default="", server_default="")  # a msgid
    milli: Mapped[int | None]  # what it weighed, in thousandths of a unit


@dataclass(frozen=True)
class Reconciliation:
    """What a round costs us and what participants are charged, in cents.

    Where the network states VAT all is without VAT, else all is with it. `ordered` is what came
    of it, once that is settled; `carried` is what the network pays itself.
    """

    ordered: Cents
    fees: Cents
    charged: Cents
    carried: Cents = 0

    @property
    def difference(self) -> Cents:
        return self.charged + self.carried - self.ordered - self.fees


def write_charges(session: Session, round_: Round, charges: Sequence[ChargeDraft]) -> None:
    if charges:
        session.execute(
            insert(Charge.__table__),  # type: ignore[arg-type]
            [{"round_id": round_.id, **vars(charge)} for charge in charges],
        )


def list_charges(session: Session, round_id: int) -> list[ChargeDraft]:
    """The charges of a round as they were decided, and their corrections, in paper order."""
    names = [field.name for field in fields(ChargeDraft)]
    columns = [getattr(Charge, name) for name in names]
    query = select(*columns).where(Charge.round_id == round_id)
    rows = session.execute(query.order_by(Charge.participant_id, Charge.id))
    return [ChargeDraft(*row) for row in rows]


def book_orders(
    session: Session,
    round_: Round,
    orders: Iterable[SupplierOrder],
    *,
    vat_apart: bool,
    now: datetime,
) -> None:
    """Book what we owe each supplier against the round; `vat_apart` where we get VAT back."""
    ledger.post(
        session,
        [_owe_supplier(round_, order, vat_apart) for order in orders],
        round_id=round_.id,
        at=now,
    )


def book_charges(
    session: Session,
    round_: Round,
    charges: Iterable[ChargeDraft],
    *,
    now: datetime,
    part: str = "charges",
) -> None:
    """Book what each participant owes: the round is paid back, fees and VAT go to their own.

    `part` tells the postings of one round apart, where it asks for its money in two parts.
    """
    by_participant: dict[int, list[ChargeDraft]] = defaultdict(list)
    for charge in charges:
        by_participant[charge.participant_id].append(charge)
    ledger.post(
        session,
        [_owed_by(round_, part, who, lines) for who, lines in sorted(by_participant.items())],
        round_id=round_.id,
        at=now,
    )


def states_vat(charges: Iterable[ChargeDraft]) -> bool:
    return any(charge.vat_bp is not None for charge in charges)


def bookings_of(session: Session, participant_id: int) -> list[tuple[datetime, str, Cents]]:
    """What was booked for one participant: when, about what, how much; owed is positive."""
    return ledger.entries_of(session, f"participant:{participant_id}")


def reconcile(session: Session, round_: Round) -> Reconciliation:
    """Charged and carried = ordered + fees, to the cent: the difference must be zero."""
    charges = list_charges(session, round_.id)
    vat_apart = states_vat(charges)
    orders: list[Asked] = [*list_orders(session, round_.id), *list_changes(session, round_.id)]
    booked = ledger.totals_of_round(session, round_.id)
    return Reconciliation(
        ordered=sum(o.net_cents + (0 if vat_apart else o.vat_cents) for o in orders),
        fees=sum(charge.cents for charge in charges if charge.kind == ChargeKind.FEE),
        charged=sum(charge.cents for charge in charges),
        carried=booked.get(accounts.CARRIED, 0),
    )


def _owe_supplier(round_: Round, order: SupplierOrder, vat_apart: bool) -> Booking:
    memo = f"{order.number} {round_.title}"[:200]
    return Booking(f"order:{order.id}", memo, _owed(round_, order.supplier_id, order, vat_apart))


def owed_for(round_: Round, order: SupplierOrder, change: OrderChange, vat_apart: bool) -> Booking:
    """What we owe a supplier more (or less) since an order changed; its key is the change's."""
    memo = f"{order.number} {round_.title}"[:200]
    return Booking(change.key, memo, _owed(round_, order.supplier_id, change, vat_apart))


def _owed(round_: Round, supplier_id: int, asked: Asked, vat_apart: bool) -> dict[str, Cents]:
    """Deposit is no cost of the round: it comes back, so it stands apart on both sides."""
    bought = asked.net_cents - asked.deposit_cents
    amounts = {
        accounts.of_supplier(supplier_id): -(asked.net_cents + asked.vat_cents),
        accounts.of_round(round_.id): bought if vat_apart else bought + asked.vat_cents,
        accounts.DEPOSITS_PAID: asked.deposit_cents,
    }
    if vat_apart:
        amounts[accounts.VINPUT] = asked.vat_cents
    return amounts


_OWN = {
    ChargeKind.FEE: accounts.FEES,
    ChargeKind.DEPOSIT: accounts.DEPOSITS_HELD,
    ChargeKind.PREPAYMENT: accounts.AHEAD,
}


def account_of(round_: Round, charge: ChargeDraft) -> str:
    """Where a charge is booked: fees and deposits to their own, all else pays the round back."""
    return _OWN.get(charge.kind, accounts.of_round(round_.id))


def _owed_by(round_: Round, part: str, who: int, charges: list[ChargeDraft]) -> Booking:
    amounts: dict[str, Cents] = defaultdict(int)
    nets: dict[int, Cents] = defaultdict(int)
    for charge in charges:
        amounts[account_of(round_, charge)] -= charge.cents
        if charge.vat_bp is not None:
            nets[charge.vat_bp] += charge.cents
    for rate, net in nets.items():
        amounts[f"{accounts.VOUTPUT}:{rate}"] -= vat_of(net, rate)
    amounts[accounts.of_participant(who)] = -sum(amounts.values())
    return Booking(f"{part}:{round_.id}:{who}", round_.title[:200], dict(amounts))

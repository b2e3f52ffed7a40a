"""What a supplier brought instead of an article that was ordered. Append-only; the newest counts.

Who was to get the article gets what came for it, and pays what was agreed or less, never more: a
higher price is between the supplier and us. Who does not want it is given none, by hand.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from purchasing.base import Base, insert_if_absent
from purchasing.deliveries import counting
from purchasing.errors import N_, Refused
from purchasing.money import Millionths
from purchasing.ordering import SupplierOrder, SupplierOrderLine
from purchasing.rounds import Round

LONGEST_NAME = 120


class NoName(Refused):
    message = N_("Say what came instead.")


class DearerThanOrdered(Refused):
    message = N_(
        "What came instead costs more than was ordered. Nobody pays that without having said yes: "
        "fill in the agreed price or a lower one, and settle the rest with the supplier."
    )


class Substitute(Base):
    """What came for one line of an order; without a name it came as it was ordered after all."""

    __tablename__ = "substitute"

    line_id: Mapped[int] = mapped_column(ForeignKey("supplier_order_line.id"), index=True)
    name: Mapped[str] = mapped_column(String(LONGEST_NAME))
    unit_price: Mapped[int] = mapped_column(BigInteger)  # millionths per unit of what was ordered
    at: Mapped[datetime]
    by: Mapped[str] = mapped_column(String(120))
    key: Mapped[str] = mapped_column(String(120), unique=True)


def substitute(
    session: Session,
    round_: Round,
    line: SupplierOrderLine,
    name: str,
    *,
    unit_price: Millionths | None = None,
    key: str,
    actor: str,
    now: datetime,
) -> bool:
    """Note what came instead; whether this was news. Without a price it costs as much.

    Raises NotCountedNow, NoName, DearerThanOrdered.
    """
    named = " ".join(name.split())[:LONGEST_NAME]
    if not named:
        raise NoName
    if unit_price is not None and unit_price > line.unit_price:
        raise DearerThanOrdered
    price = line.unit_price if unit_price is None else unit_price
    return _note(session, round_, line, named, price, key=key, actor=actor, now=now)


def take_back(
    session: Session,
    round_: Round,
    line: SupplierOrderLine,
    *,
    key: str,
    actor: str,
    now: datetime,
) -> bool:
    """It came as it was ordered after all. Raises NotCountedNow."""
    return _note(session, round_, line, "", line.unit_price, key=key, actor=actor, now=now)


def in_force(session: Session, round_id: int) -> dict[int, Substitute]:
    """What came instead, by article."""
    query = (
        select(SupplierOrderLine.item_id, Substitute)
        .join(Substitute, Substitute.line_id == SupplierOrderLine.id)
        .join(SupplierOrder, SupplierOrder.id == SupplierOrderLine.supplier_order_id)
        .where(SupplierOrder.round_id == round_id)
        .order_by(Substitute.id)
    )
    newest = {item_id: one for item_id, one in session.execute(query)}
    return {item_id: one for item_id, one in newest.items() if one.name}


def names_of(session: Session, round_id: int) -> dict[int, str]:
    """The names of what came instead, by article."""
    return {item_id: one.name for item_id, one in in_force(session, round_id).items()}


def _note(
    session: Session,
    round_: Round,
    line: SupplierOrderLine,
    name: str,
    unit_price: Millionths,
    *,
    key: str,
    actor: str,
    now: datetime,
) -> bool:
    counting.refuse_unless_counting(session, round_)
    return insert_if_absent(
        session,
        Substitute,
        line_id=line.id,
        name=name,
        unit_price=unit_price,
        at=now,
        by=actor,
        key=key,
    )

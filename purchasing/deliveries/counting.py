"""What came of an order: counted at the door, by several people, and never edited.

Every count is a row of its own, with who and when. A count replaces those that its writer had
seen, and that person's own earlier ones; two that did not know of each other both stand. Where
they say different things somebody must choose before the round can be settled. An article that
nobody counted came as it was ordered.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    Select,
    String,
    select,
)
from sqlalchemy.orm import Mapped, Session, mapped_column, selectinload

from purchasing.base import Base, insert_if_absent
from purchasing.decision import OrderDraft, OrderLine
from purchasing.deliveries.pile import Came
from purchasing.errors import N_, Refused
from purchasing.money import MOST_PIECES
from purchasing.ordering import SupplierOrder, SupplierOrderLine
from purchasing.rounds import Round, RoundItem, RoundState

COUNTED_IN = (RoundState.ORDERED, RoundState.DELIVERED)
MOST_OFF = 4  # a weight is at most so many times, and at least a so-manyth of, what it should be


class DeliveryCount(Base):
    """Somebody's count of one line of an order.

    `seen` is the newest count of the line that its writer knew of (0: none). `milli` is a weight
    in thousandths of a unit, for weighed articles only.
    """

    __tablename__ = "delivery_count"
    __table_args__ = (
        CheckConstraint("pieces >= 0", name="pieces"),
        CheckConstraint("milli IS NULL OR milli > 0", name="weight"),
    )

    line_id: Mapped[int] = mapped_column(ForeignKey("supplier_order_line.id"), index=True)
    pieces: Mapped[int]
    milli: Mapped[int | None]
    seen: Mapped[int] = mapped_column(default=0)
    at: Mapped[datetime]
    by: Mapped[str] = mapped_column(String(120))
    key: Mapped[str] = mapped_column(String(120), unique=True)


class NotCountedNow(Refused):
    message = N_("What came is noted from the order until the round is settled.")


class NotSoMany(Refused):
    message = N_("%(name)s: so many cannot have come.")


class MoreThanOrdered(Refused):
    message = N_(
        "%(name)s: %(pieces)s were ordered. Did more come? Then tick that, and save again."
    )


class NotWeighed(Refused):
    message = N_("%(name)s is not sold by weight.")


class NoWeight(Refused):
    message = N_("%(name)s: a weight of nothing. Did none come? Then say 0 pieces.")


class UnlikelyWeight(Refused):
    message = N_("%(name)s: it should weigh about %(about)s %(unit)s. Look at the weight again.")


@dataclass(frozen=True)
class Counted:
    """The counts of a line that stand, the newest first; several that differ are a conflict."""

    heads: tuple[DeliveryCount, ...]

    @property
    def newest(self) -> DeliveryCount:
        return self.heads[0]

    @property
    def in_conflict(self) -> bool:
        return len({(one.pieces, one.milli) for one in self.heads}) > 1


def count(
    session: Session,
    round_: Round,
    line: SupplierOrderLine,
    pieces: int,
    *,
    milli: int | None = None,
    seen: int,
    key: str,
    sure: bool = False,
    actor: str,
    now: datetime,
) -> bool:
    """Note how many pieces of a line came, and their weight; whether this was news.

    The same key again changes nothing. `sure` lets more in than was ordered.
    """
    refuse_unless_counting(session, round_)
    _refuse_pieces(line, pieces, sure)
    if milli is not None:
        refuse_weight(line.item, pieces, milli)
    return insert_if_absent(
        session,
        DeliveryCount,
        line_id=line.id,
        pieces=pieces,
        milli=milli if pieces else None,
        seen=seen,
        at=now,
        by=actor,
        key=key,
    )


def standing(session: Session, line_ids: Iterable[int]) -> dict[int, Counted]:
    """The counts that stand, by order line; a line that nobody counted is left out."""
    query = select(DeliveryCount).where(DeliveryCount.line_id.in_(list(line_ids)))
    by_line: dict[int, list[DeliveryCount]] = defaultdict(list)
    for one in session.scalars(query.order_by(DeliveryCount.id.desc())):
        by_line[one.line_id].append(one)
    return {line_id: Counted(tuple(_heads(counts))) for line_id, counts in by_line.items()}


def _heads(counts: list[DeliveryCount]) -> Iterable[DeliveryCount]:
    """Those that no later one has seen, or comes from the same hand; `counts` is newest first."""
    seen, hands = 0, set[str]()
    for one in counts:
        if one.id > seen and one.by not in hands:
            yield one
        seen = max(seen, one.seen)
        hands.add(one.by)


def came_of(session: Session, round_id: int) -> dict[int, Came]:
    """What was counted, by article; the newest count where two differ."""
    lines = {line_id: item_id for line_id, item_id in session.execute(_lines_of(round_id))}
    return {
        lines[line_id]: Came(counted.newest.pieces, counted.newest.milli)
        for line_id, counted in standing(session, lines).items()
    }


def conflicts(session: Session, round_id: int) -> list[str]:
    """The articles of which two people counted differently."""
    lines = {line_id: item_id for line_id, item_id in session.execute(_lines_of(round_id))}
    differ = [lines[i] for i, one in standing(session, lines).items() if one.in_conflict]
    query = select(RoundItem.name).where(RoundItem.id.in_(differ))
    return list(session.scalars(query.order_by(RoundItem.position, RoundItem.id)))


def as_placed(session: Session, round_id: int) -> tuple[OrderDraft, ...]:
    """The orders of a round as they were placed, as plain numbers."""
    query = select(SupplierOrder).where(SupplierOrder.round_id == round_id)
    orders = session.scalars(
        query.options(selectinload(SupplierOrder.lines)).order_by(SupplierOrder.id)
    )
    return tuple(
        OrderDraft(
            supplier_id=order.supplier_id,
            lines=tuple(_draft(line) for line in order.lines),
            goods_cents=order.goods_cents,
            deposit_cents=order.deposit_cents,
            delivery_cents=order.delivery_cents,
            delivery_vat_bp=order.delivery_vat_bp,
            vat_cents=order.vat_cents,
        )
        for order in orders
    )


def _draft(line: SupplierOrderLine) -> OrderLine:
    return OrderLine(
        item_id=line.item_id,
        cases=line.cases,
        pieces=line.pieces,
        unit_price=line.unit_price,
        net_cents=line.net_cents,
        deposit_cents=line.deposit_cents,
    )


def _lines_of(round_id: int) -> Select[int, int]:
    return (
        select(SupplierOrderLine.id, SupplierOrderLine.item_id)
        .join(SupplierOrder, SupplierOrder.id == SupplierOrderLine.supplier_order_id)
        .where(SupplierOrder.round_id == round_id)
    )


def refuse_unless_counting(session: Session, round_: Round) -> None:
    """Hold the round as it is: who settles it waits, and who comes after that is told."""
    state = session.scalar(
        select(Round.state).where(Round.id == round_.id).with_for_update(read=True)
    )
    if state not in COUNTED_IN:
        raise NotCountedNow


def _refuse_pieces(line: SupplierOrderLine, pieces: int, sure: bool) -> None:
    if not 0 <= pieces <= MOST_PIECES:
        raise NotSoMany(name=line.item.name)
    if pieces > line.pieces and not sure:
        raise MoreThanOrdered(name=line.item.name, pieces=line.pieces)


def refuse_weight(item: RoundItem, pieces: int, milli: int) -> None:
    """Raises NotWeighed, NoWeight, or UnlikelyWeight."""
    if not item.weighed:
        raise NotWeighed(name=item.name)
    if milli <= 0:
        raise NoWeight(name=item.name)
    about = pieces * item.piece_milli
    if pieces and not about <= milli * MOST_OFF <= about * MOST_OFF * MOST_OFF:
        raise UnlikelyWeight(
            name=item.name, about=in_units(about), unit=item.unit.removeprefix("1 ")
        )


def in_units(milli: int) -> str:
    """Thousandths of a unit as a plain number: 1500 is "1.5"."""
    whole, part = divmod(milli, 1000)
    return f"{whole}.{part:03d}".rstrip("0").rstrip(".")

"""What somebody decided that one participant gets of what came, whatever the round's rule says."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from purchasing.base import Base, insert_if_absent
from purchasing.deliveries import counting
from purchasing.deliveries.pile import Came, Place
from purchasing.errors import N_, Refused
from purchasing.ordering import AllocatedShare, SupplierOrder, SupplierOrderLine
from purchasing.rounds import Round, RoundItem


class HandShare(Base):
    """What somebody decided that one gets of an article, and why; the newest counts."""

    __tablename__ = "hand_share"
    __table_args__ = (
        CheckConstraint("pieces >= 0", name="pieces"),
        CheckConstraint("milli IS NULL OR milli > 0", name="weight"),
        Index("ix_hand_share_place", "round_id", "item_id", "participant_id"),
    )

    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"))
    item_id: Mapped[int] = mapped_column(ForeignKey("round_item.id"))
    participant_id: Mapped[int] = mapped_column(ForeignKey("participant.id"), index=True)
    pieces: Mapped[int]
    milli: Mapped[int | None]
    reason: Mapped[str] = mapped_column(String(200))
    at: Mapped[datetime]
    by: Mapped[str] = mapped_column(String(120))
    key: Mapped[str] = mapped_column(String(120), unique=True)


class NotShared(Refused):
    message = N_("Nobody ordered this article for that participant.")


class MoreThanCame(Refused):
    message = N_("%(name)s: only %(pieces)s came, so not so many can be given.")


class MoreThanWanted(Refused):
    message = N_("%(name)s: at most %(pieces)s were wanted.")


class NoReason(Refused):
    message = N_("Say why. Who it is for gets to read it.")


def give(
    session: Session,
    round_: Round,
    item: RoundItem,
    participant_id: int,
    pieces: int,
    *,
    milli: int | None = None,
    reason: str,
    key: str,
    actor: str,
    now: datetime,
) -> bool:
    """Decide what one participant gets of an article, whatever the rule says.

    Who is weighed apart needs no reason: the scale is one.
    Raises MoreThanCame, MoreThanWanted, NoReason, NotShared or the refusals of a weight.
    """
    counting.refuse_unless_counting(session, round_)
    if milli is None and not reason.strip():
        raise NoReason
    _refuse_share(session, round_, item, participant_id, pieces)
    if milli is not None:
        counting.refuse_weight(item, pieces, milli)
    return insert_if_absent(
        session,
        HandShare,
        round_id=round_.id,
        item_id=item.id,
        participant_id=participant_id,
        pieces=pieces,
        milli=milli if pieces else None,
        reason=reason.strip()[:200],
        at=now,
        by=actor,
        key=key,
    )


def given_by_hand(session: Session, round_id: int) -> dict[Place, HandShare]:
    """What somebody decided, by article and participant."""
    rows = session.scalars(
        select(HandShare).where(HandShare.round_id == round_id).order_by(HandShare.id)
    )
    return {(row.item_id, row.participant_id): row for row in rows}


def _refuse_share(
    session: Session, round_: Round, item: RoundItem, participant_id: int, pieces: int
) -> None:
    share = session.scalar(
        select(AllocatedShare).where(
            AllocatedShare.round_id == round_.id,
            AllocatedShare.item_id == item.id,
            AllocatedShare.participant_id == participant_id,
        )
    )
    if share is None:
        raise NotShared
    if not 0 <= pieces <= share.wanted + share.extra:
        raise MoreThanWanted(name=item.name, pieces=share.wanted + share.extra)
    there = _there(session, round_, item)
    by_hand = given_by_hand(session, round_.id)
    had = by_hand.get((item.id, participant_id))
    others = sum(
        one.pieces
        for (item_id, who), one in by_hand.items()
        if item_id == item.id and who != participant_id
    )
    is_more = pieces > (had.pieces if had else 0)  # to give less is always possible
    if is_more and others + pieces > there:
        raise MoreThanCame(name=item.name, pieces=there)


def _there(session: Session, round_: Round, item: RoundItem) -> int:
    """How many pieces of an article came, as far as we know."""
    came = counting.came_of(session, round_.id).get(item.id)
    if came is not None:
        return came.pieces
    ordered = session.scalar(
        select(SupplierOrderLine.pieces)
        .join(SupplierOrder, SupplierOrder.id == SupplierOrderLine.supplier_order_id)
        .where(SupplierOrder.round_id == round_.id, SupplierOrderLine.item_id == item.id)
    )
    return int(ordered or 0)


def by_hand(found: Mapping[Place, HandShare]) -> dict[Place, Came]:
    """The same as plain numbers."""
    return {place: Came(one.pieces, one.milli) for place, one in found.items()}

"""What each participant gets: as it was decided at ordering, and as it came in the end."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, func, select, text
from sqlalchemy.orm import Mapped, Session, mapped_column

from purchasing.allocation import Reason
from purchasing.base import Base
from purchasing.rounds import Round, RoundState


class AllocatedShare(Base):
    """What one participant gets of one item, and why."""

    __tablename__ = "allocation"
    __table_args__ = (
        UniqueConstraint("round_id", "item_id", "participant_id", name="uq_allocation_once"),
        Index(
            "ix_allocation_lost",
            *("participant_id", "round_id", "wanted", "given"),
            sqlite_where=text("given < wanted"),
            postgresql_where=text("given < wanted"),
        ),
    )

    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"))
    item_id: Mapped[int] = mapped_column(ForeignKey("round_item.id"))
    participant_id: Mapped[int] = mapped_column(ForeignKey("participant.id"), index=True)
    wanted: Mapped[int]
    extra: Mapped[int]
    given: Mapped[int]
    reason: Mapped[Reason] = mapped_column(String(20))
    cases: Mapped[int]
    case_pieces: Mapped[int]


class DeliveredShare(Base):
    """What one participant got in the end, where that is not what was decided at ordering.

    `lost` are pieces that were decided, and still wanted, and did not come: the rule that rotates
    gives them back later.
    """

    __tablename__ = "delivered_share"
    __table_args__ = (
        UniqueConstraint("round_id", "item_id", "participant_id", name="uq_delivered_share_once"),
    )

    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"))
    item_id: Mapped[int] = mapped_column(ForeignKey("round_item.id"))
    participant_id: Mapped[int] = mapped_column(ForeignKey("participant.id"), index=True)
    given: Mapped[int]
    milli: Mapped[int | None]
    lost: Mapped[int]
    at: Mapped[datetime]


def lost_before(session: Session, round_: Round) -> Mapping[int, int]:
    """Pieces that each participant asked for and did not get in earlier rounds of the kind.

    Of a round that has closed the answer stays the same, whatever comes of others later.
    """
    lost = Counter(_not_given(session, round_))
    lost.update(_not_come(session, round_))
    return lost


def _not_given(session: Session, round_: Round) -> dict[int, int]:
    """At ordering."""
    rows = session.execute(
        select(
            AllocatedShare.participant_id,
            func.sum(AllocatedShare.wanted - AllocatedShare.given),
        )
        .join(Round, Round.id == AllocatedShare.round_id)
        .where(
            Round.category_key == round_.category_key,
            Round.id != round_.id,
            *([Round.closed_at <= round_.closed_at] if round_.closed_at else []),
            Round.state != RoundState.CANCELLED,
            AllocatedShare.given < AllocatedShare.wanted,
        )
        .group_by(AllocatedShare.participant_id)
    )
    return {who: int(lost) for who, lost in rows}


def _not_come(session: Session, round_: Round) -> dict[int, int]:
    """At delivery, as it was known when this round closed."""
    rows = session.execute(
        select(DeliveredShare.participant_id, func.sum(DeliveredShare.lost))
        .join(Round, Round.id == DeliveredShare.round_id)
        .where(
            Round.category_key == round_.category_key,
            Round.id != round_.id,
            *([DeliveredShare.at <= round_.closed_at] if round_.closed_at else []),
            DeliveredShare.lost > 0,
        )
        .group_by(DeliveredShare.participant_id)
    )
    return {who: int(lost) for who, lost in rows}

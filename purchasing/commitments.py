"""One participant's part in one round, and the rule that it changes only while that is open."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import (
    JSON,
    CheckConstraint,
    ForeignKey,
    Index,
    String,
    UniqueConstraint,
    bindparam,
    func,
    select,
    update,
)
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from purchasing.base import Base, insert_if_absent
from purchasing.errors import N_, Refused
from purchasing.people import Participant
from purchasing.rounds import Round, RoundState

MOST_PIECES = 100_000


class OrderState(StrEnum):
    NOTHING = "nothing"
    DRAFT = "draft"  # chosen, not ordered
    ORDERED = "ordered"
    CHANGED = "changed"  # ordered, and changed since without ordering again


class NotOpenYet(Refused):
    message = N_("This round opens on %(opens_at)s.")


class TooLate(Refused):
    message = N_("This round closed on %(closes_at)s. Your change arrived on %(received_at)s.")


class NotSavedInTime(Refused):
    message = N_("Your change arrived in time, but could not be saved before the round closed.")


class RoundCancelled(Refused):
    message = N_("This round was cancelled.")


class Commitment(Base):
    """One participant's part in one round. `version` grows with every change."""

    __tablename__ = "commitment"
    __table_args__ = (UniqueConstraint("round_id", "participant_id", name="uq_commitment_once"),)

    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"))
    participant_id: Mapped[int] = mapped_column(ForeignKey("participant.id"), index=True)
    version: Mapped[int] = mapped_column(default=0)
    changed_at: Mapped[datetime]
    changed_by: Mapped[str] = mapped_column(String(120), default="")
    ordered_at: Mapped[datetime | None]

    participant: Mapped[Participant] = relationship()
    wants: Mapped[list[Want]] = relationship(back_populates="commitment")


class Want(Base):
    """At least `quantity` pieces of one item, and up to `extra` more to fill a case.

    The first pair is the draft on the screen, the second what was ordered and will count.
    `queue` dates the ordered quantity: [[microseconds since 1970, pieces], …], oldest first.
    """

    __tablename__ = "want"
    __table_args__ = (
        UniqueConstraint("commitment_id", "item_id", name="uq_want_once"),
        CheckConstraint(f"quantity BETWEEN 0 AND {MOST_PIECES}", name="quantity"),
        CheckConstraint(f"extra BETWEEN 0 AND {MOST_PIECES}", name="extra"),
        CheckConstraint(f"ordered_quantity BETWEEN 0 AND {MOST_PIECES}", name="ordered"),
        # Also what was ordered: the sums of a page with 300 articles are read from it alone.
        Index("ix_want_ordered", "round_id", "item_id", "ordered_quantity", "ordered_extra"),
    )

    commitment_id: Mapped[int] = mapped_column(ForeignKey("commitment.id"))
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"))
    item_id: Mapped[int] = mapped_column(ForeignKey("round_item.id"))
    quantity: Mapped[int] = mapped_column(default=0)
    extra: Mapped[int] = mapped_column(default=0)
    ordered_quantity: Mapped[int] = mapped_column(default=0)
    ordered_extra: Mapped[int] = mapped_column(default=0)
    queue: Mapped[list[list[int]]] = mapped_column(JSON, default=list)

    commitment: Mapped[Commitment] = relationship(back_populates="wants")


# The hot path: built once, for building a statement costs more than running it; and of tables,
# for making entities costs as much again.
_rounds, _commitments = Round.__table__.c, Commitment.__table__.c
_ROUND = (
    select(_rounds.state, _rounds.opens_at, _rounds.closes_at)
    .where(_rounds.id == bindparam("round_id"))
    .with_for_update(read=True)
)
_TOUCH = (
    update(Commitment.__table__)  # type: ignore[arg-type]
    .where(
        _commitments.round_id == bindparam("round_id_"),
        _commitments.participant_id == bindparam("participant_id_"),
    )
    .values(
        version=_commitments.version + 1,
        changed_at=bindparam("at"),
        changed_by=bindparam("by"),
    )
    .returning(_commitments.id, _commitments.version)
)


def hold_open(session: Session, round_id: int, *, now: datetime) -> None:
    """Make sure that the round is open, and stays so until our transaction ends."""
    session.flush()  # a change of the round that waits in the session comes first
    row = session.execute(_ROUND, {"round_id": round_id}).one()
    if row.state == RoundState.CANCELLED:
        raise RoundCancelled
    if now >= row.closes_at:
        raise TooLate(closes_at=row.closes_at, received_at=now)
    if row.state == RoundState.PLANNED or now < row.opens_at:
        raise NotOpenYet(opens_at=row.opens_at)
    if row.state != RoundState.OPEN:
        raise NotSavedInTime


def touch(
    session: Session, round_id: int, participant_id: int, *, actor: str, now: datetime
) -> tuple[int, int]:
    """The commitment's id and new version; its row is ours until the transaction ends."""
    values = {
        "round_id_": round_id,
        "participant_id_": participant_id,
        "at": now,
        "by": actor,
    }
    row = session.execute(_TOUCH, values).one_or_none()
    if row is None:
        insert_if_absent(
            session,
            Commitment,
            round_id=round_id,
            participant_id=participant_id,
            version=0,
            changed_at=now,
            changed_by=actor,
        )
        row = session.execute(_TOUCH, values).one()
    return row.id, row.version


def find_commitment(session: Session, round_id: int, participant_id: int) -> Commitment | None:
    return session.scalar(
        select(Commitment).where(
            Commitment.round_id == round_id, Commitment.participant_id == participant_id
        )
    )


def last_change(session: Session, round_id: int, *, default: datetime) -> datetime:
    """When the last change that was saved in this round had been received."""
    query = select(func.max(Commitment.changed_at)).where(Commitment.round_id == round_id)
    return session.scalar(query) or default


def state_of(wants: list[Want]) -> OrderState:
    """The one word for the state of an order."""
    chosen = any(want.quantity for want in wants)
    ordered = any(want.ordered_quantity for want in wants)
    same = all(
        (want.quantity, want.extra) == (want.ordered_quantity, want.ordered_extra)
        for want in wants
    )
    if ordered:
        return OrderState.ORDERED if same else OrderState.CHANGED
    return OrderState.DRAFT if chosen else OrderState.NOTHING

"""What a survey found at each home: a coordinator writes it down between closing and the offer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    ColumnElement,
    ForeignKey,
    String,
    UniqueConstraint,
    bindparam,
    delete,
    select,
    update,
)
from sqlalchemy.orm import Mapped, Session, mapped_column

from purchasing.base import Base
from purchasing.commitments import MOST_PIECES, Commitment, Want
from purchasing.errors import N_, Refused
from purchasing.rounds import Round, RoundState
from purchasing.surveyed import Line

MOST_EXTRA_CENTS = 10_000_000
LONGEST_REASON = 300
KEEP_DAYS = 180  # what was found at a home, after the end of the round


class NoSurvey(Refused):
    message = N_("There is no survey in this round.")


class SurveyNotNow(Refused):
    message = N_("What was found can be written down between closing and the offer.")


class NotOrdered(Refused):
    message = N_("This was not ordered in this round.")


class WhyMissing(Refused):
    message = N_("Say why, wherever it is not as it was ordered. The participant reads it.")


class NotAFinding(Refused):
    message = N_("This number or amount cannot be right.")


class SurveyFinding(Base):
    """What was found for one article at one home; cents without VAT."""

    __tablename__ = "survey_finding"
    __table_args__ = (
        UniqueConstraint("round_id", "participant_id", "item_id", name="uq_survey_finding_once"),
        CheckConstraint(f"quantity BETWEEN 0 AND {MOST_PIECES}", name="quantity"),
        CheckConstraint("extra_cents >= 0", name="extra"),
    )

    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"))
    participant_id: Mapped[int] = mapped_column(ForeignKey("participant.id"), index=True)
    item_id: Mapped[int] = mapped_column(ForeignKey("round_item.id"))
    quantity: Mapped[int]
    extra_cents: Mapped[int] = mapped_column(default=0)
    reason: Mapped[str] = mapped_column(String(LONGEST_REASON), default="")
    noted_at: Mapped[datetime]
    noted_by: Mapped[str] = mapped_column(String(120), default="")


@dataclass(frozen=True)
class Found:
    """What a coordinator writes down of one article: `extra_cents` without VAT."""

    quantity: int
    extra_cents: int = 0
    reason: str = ""


def note_findings(
    session: Session,
    round_: Round,
    participant_id: int,
    found: Mapping[int, Found],
    *,
    actor: str,
    now: datetime,
) -> None:
    """Write down, or over, what was found at one home: by article, of those that it ordered.

    Raises NoSurvey, SurveyNotNow, NotOrdered, NotAFinding, WhyMissing.
    """
    if not round_.choose_days:
        raise NoSurvey
    if hold(session, round_.id).state != RoundState.CLOSED:
        raise SurveyNotNow
    ordered = ordered_by(session, round_.id, participant_id)
    if set(found) - set(ordered):
        raise NotOrdered
    for item_id, one in found.items():
        _check(one, ordered[item_id])
    mine = SurveyFinding.round_id == round_.id, SurveyFinding.participant_id == participant_id
    session.execute(delete(SurveyFinding).where(*mine, SurveyFinding.item_id.in_(list(found))))
    session.add_all(
        SurveyFinding(
            round_id=round_.id,
            participant_id=participant_id,
            item_id=item_id,
            quantity=one.quantity,
            extra_cents=one.extra_cents,
            reason=one.reason.strip(),
            noted_at=now,
            noted_by=actor,
        )
        for item_id, one in found.items()
    )
    session.flush()


def _check(one: Found, ordered: int) -> None:
    if not (0 <= one.quantity <= MOST_PIECES and 0 <= one.extra_cents <= MOST_EXTRA_CENTS):
        raise NotAFinding
    if len(one.reason) > LONGEST_REASON:
        raise NotAFinding
    if not one.reason.strip() and (one.quantity != ordered or one.extra_cents):
        raise WhyMissing


def ordered_by(session: Session, round_id: int, participant_id: int) -> dict[int, int]:
    """The pieces that one participant ordered, by article."""
    rows = session.execute(
        select(Want.item_id, Want.ordered_quantity)
        .join(Commitment, Commitment.id == Want.commitment_id)
        .where(
            Want.round_id == round_id,
            Commitment.participant_id == participant_id,
            Want.ordered_quantity > 0,
        )
    )
    return {item_id: quantity for item_id, quantity in rows}


def findings_of(session: Session, round_id: int) -> dict[Line, SurveyFinding]:
    rows = session.scalars(select(SurveyFinding).where(SurveyFinding.round_id == round_id))
    return {(row.participant_id, row.item_id): row for row in rows}


def reasons_of(session: Session, round_: Round) -> dict[Line, str]:
    """What was said of each article at each home; nothing where there was no survey."""
    if not round_.choose_days:
        return {}
    return {key: row.reason for key, row in findings_of(session, round_.id).items()}


_HELD = (
    select(Round.state, Round.offers_until, Round.choose_days)
    .where(Round.id == bindparam("round_id"))
    .with_for_update(read=True)
)


def hold(session: Session, round_id: int) -> Any:
    """The round as it is, and as it stays until our transaction ends."""
    return session.execute(_HELD, {"round_id": round_id}).one()


def forget(session: Session, participant_id: int) -> None:
    """Delete what was found at one home, in words; the numbers stay with what was ordered."""
    _forget(session, SurveyFinding.participant_id == participant_id)


def forget_round(session: Session, round_: Round, *, now: datetime) -> None:
    """Delete what was found at all homes, in words, when its days are over."""
    if round_.id in rounds_to_forget(session, now=now):
        _forget(session, SurveyFinding.round_id == round_.id)


def _forget(session: Session, mine: ColumnElement[bool]) -> None:
    session.execute(
        update(SurveyFinding)
        .where(mine, SurveyFinding.reason != "")
        .values(reason="")
        .execution_options(synchronize_session="fetch")
    )


def rounds_to_forget(session: Session, *, now: datetime) -> list[int]:
    """Ended rounds of which it still stands in words what was found, and must no longer."""
    over = now - timedelta(days=KEEP_DAYS)
    query = select(Round.id).where(
        Round.choose_days > 0,
        Round.ended_at <= over,
        select(SurveyFinding.id)
        .where(SurveyFinding.round_id == Round.id, SurveyFinding.reason != "")
        .exists(),
    )
    return list(session.scalars(query.order_by(Round.id)))

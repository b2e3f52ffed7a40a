"""Who chose but did not order is reminded: a day before closing, and three hours before."""

from datetime import datetime, timedelta

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from purchasing import errands
from purchasing.demand import Commitment, Want
from purchasing.people import Participant
from purchasing.rounds import Round

BEFORE = (timedelta(hours=24), timedelta(hours=3))
NAMES = ("first", "last")


def reminder_due(round_: Round, *, now: datetime) -> bool:
    return round_.reminders < _passed(round_, now)


def remind(session: Session, round_: Round, *, now: datetime) -> int:
    """Ask for one mail to each who has a draft that would not count; returns how many.

    A reminder whose hour passed while the clock stood still is not sent beside the next one.
    """
    due = _passed(round_, now)
    if round_.reminders >= due:
        return 0
    round_.reminders = due
    drafts = with_a_draft(session, round_)
    for commitment_id, name in drafts:
        errands.ask(
            session,
            errands.Kind.MAIL_REMINDER,
            f"{NAMES[due - 1]}:{commitment_id}:{round_.closes_at:%Y%m%d%H%M%S}",
            priority=errands.Priority.AWAITED,
            round_id=round_.id,
            recipient=name,
            now=now,
        )
    return len(drafts)


def _passed(round_: Round, now: datetime) -> int:
    """How many reminders should have gone by now; none for a round that was open more briefly."""
    return sum(
        round_.opens_at <= round_.closes_at - before <= now < round_.closes_at for before in BEFORE
    )


def with_a_draft(session: Session, round_: Round) -> list[tuple[int, str]]:
    """Who has a draft that would not count: the commitment's id, and the participant's name."""
    differs = or_(Want.quantity != Want.ordered_quantity, Want.extra != Want.ordered_extra)
    rows = session.execute(
        select(Commitment.id, Participant.name)
        .join(Participant, Participant.id == Commitment.participant_id)
        .where(
            Commitment.round_id == round_.id,
            Commitment.id.in_(
                select(Want.commitment_id).where(Want.round_id == round_.id, differs)
            ),
        )
        .order_by(Commitment.id)
    )
    return [(commitment_id, name) for commitment_id, name in rows]

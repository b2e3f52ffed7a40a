"""A later deadline: asked for, or by the round's own rule; always at an hour on the wall."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from purchasing import news
from purchasing.calendar import planned_utc, to_local
from purchasing.errors import N_, Refused
from purchasing.people import the_network
from purchasing.rounds import Round, note


class NoWindow(Refused):
    message = N_("A round must close after it opens, and in the future.")


def extend_by_rule(session: Session, round_: Round, *, actor: str, now: datetime) -> None:
    """The same hour on a later day, on the clock on the wall."""
    zone = ZoneInfo(the_network(session).timezone)
    local = to_local(round_.closes_at, zone)
    until = round_.closes_at
    while until <= now:  # also after a long standstill: never a deadline in the past
        local += timedelta(days=max(1, round_.extend_days))
        until = planned_utc(local.date(), local.time(), zone)
    round_.extended += 1
    new_deadline(session, round_, until, actor=actor, now=now)


def new_deadline(
    session: Session, round_: Round, until: datetime, *, actor: str, now: datetime
) -> None:
    """Move the closing of a round, tell everybody who takes part, and remind anew.

    Raises NoWindow where bids would be opened before it.
    """
    before = round_.closes_at
    _move_along(session, round_, until)
    round_.closes_at, round_.reminders = until, 0  # remind anew, of the new moment
    details = {"before": before.isoformat(), "after": until.isoformat()}
    note(round_, "extend", actor=actor, now=now, details=details)
    event = f"extended-{until:%Y%m%d%H%M%S%f}"
    news.tell(session, round_, event, news.who_takes_part(session, round_), now=now)


def _move_along(session: Session, round_: Round, until: datetime) -> None:
    """The moments after a tender's closing come as many days later, at the same hour."""
    zone = ZoneInfo(the_network(session).timezone)
    days = to_local(until, zone).date() - to_local(round_.closes_at, zone).date()
    for name in ("bids_until", "offers_until"):
        moment = getattr(round_, name)
        if moment is not None:
            local = to_local(moment, zone)
            setattr(round_, name, planned_utc(local.date() + days, local.time(), zone))
    if round_.bids_until is not None and until >= round_.bids_until:
        raise NoWindow

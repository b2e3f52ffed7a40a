"""What a database must be told that comes from a backup: the world went on without it.

Mail waits for a person, an order that may have reached its supplier is in doubt, a mail that may
have gone says so, and no number is issued that may have been issued before.
"""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import update
from sqlalchemy.orm import Session

from purchasing import mail_pause, numbers
from purchasing.errands import Errand, ErrandState, Kind
from purchasing.errors import N_
from purchasing.numbers import NumberGap

RESTORED = N_("A backup was put back. Some of these mails may have gone before.")
PERHAPS = N_("This mail may have gone already. Ask the supplier, then send it again or not.")
LOST = "issued after the backup was taken that was put back; the papers are not in this database"

WAITING = (ErrandState.WAITING, ErrandState.LEASED)


def wake(
    session: Session, marks: Mapping[str, int], *, actor: str, now: datetime
) -> list[NumberGap]:
    """Make a restored database safe to go on with. `marks`: the last number known of a series.

    Returns the gaps in the numbers that are now on record.
    """
    mail_pause.pause(session, RESTORED, actor=actor, now=now, doubts=True)
    _doubt_mails(session)
    return numbers.lift(session, marks, reason=LOST, actor=actor, now=now)


def resume_mail(session: Session, *, actor: str, now: datetime) -> int:
    """Let the mail go again; returns how many pauses that ended.

    An order that came about since a backup was put back may be one that its supplier has: each
    needs somebody's yes.
    """
    paused = mail_pause.current(session)
    if paused is not None and paused.doubts:
        _doubt_mails(session)
    return mail_pause.resume(session, actor=actor, now=now)


def _doubt_mails(session: Session) -> None:
    waiting = update(Errand).where(Errand.state.in_(WAITING))
    session.execute(
        waiting.where(Errand.key.startswith(f"{Kind.MAIL_SHEET}:")).values(
            state=ErrandState.UNCERTAIN,
            lease_until=None,
            repeat=True,
            last_error=PERHAPS,
        )
    )
    session.execute(
        waiting.where(~Errand.key.startswith(f"{Kind.RENDER}:")).values(
            state=ErrandState.WAITING, lease_until=None, sending_since=None, repeat=True
        )
    )

"""A round whose hour has come closes when somebody looks at it, if the clock has not been by."""

import logging
from datetime import UTC, datetime

from flask import request

from app.auth import READING
from app.clock_guard import ClockGuard
from app.database import only_read
from app.extensions import db
from purchasing import lifecycle
from purchasing.clock import ACTOR
from purchasing.errors import Refused
from purchasing.rounds import Round

guard = ClockGuard()
log = logging.getLogger(__name__)


def close_if_overdue(round_: Round, *, now: datetime) -> bool:
    """Close `round_` in a transaction of its own, without grace; whether that was tried.

    The lock comes first and the moment after it, so that what was saved in time is in. Whatever
    this request had read is read anew afterwards. On a clock that has just jumped nothing is
    closed. Where it fails, say because the disk is full, the round is left to the clock.
    """
    if not round_.is_overdue(now) or not guard.trusts():
        return False
    session, round_id = db.session(), round_.id
    session.rollback()
    only_read(False)
    try:
        lifecycle.lock(session, round_)
        lifecycle.close(session, round_, actor=ACTOR, now=datetime.now(UTC))
        session.commit()
    except Refused:  # another was quicker, or the clock on the wall is not that far
        session.rollback()
    except Exception:  # the page can be shown all the same, and the clock closes it later
        log.exception("round %s could not be closed by who looked at it", round_id)
        session.rollback()
    finally:
        only_read(request.method in READING)
    return True

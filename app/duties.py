"""Does what falls due: each duty in a transaction of its own, so that no failure stops another."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from sqlalchemy.orm import Session

from app import mishaps, seals
from app.database import reading
from app.extensions import db
from app.mishaps import Mishaps
from purchasing import clock
from purchasing.clock import What
from purchasing.errors import Refused

log = logging.getLogger(__name__)

Now = Callable[[], datetime]


def real_time() -> datetime:
    return datetime.now(UTC)


@dataclass
class Outcome:
    """The names of the duties that were done, and of those that failed and stay due."""

    done: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)


def do_what_is_due(
    *, now: Now = real_time, grace: timedelta, known: Mishaps = mishaps.NONE
) -> Outcome:
    """Do every duty, and what becomes due by that, until nothing is.

    A round that closes is ordered in the same go. What fails is left for the next time. What is
    `known` to have been a clock's death is done last, or waits.
    """
    outcome = Outcome()
    tried: set[str] = set()
    while duties := _in_turn(known, _look(now(), grace), tried):
        tried.update(duties)
        for name, what in duties.items():
            with known.under_way(name):
                _do(name, what, now, grace, outcome)
    return outcome


def _in_turn(known: Mishaps, found: dict[str, What], tried: set[str]) -> dict[str, What]:
    return {name: found[name] for name in known.in_turn([n for n in found if n not in tried])}


def _look(moment: datetime, grace: timedelta) -> dict[str, What]:
    with reading(), Session(db.engine) as session:
        return {duty.name: duty.what for duty in clock.due(session, now=moment, grace=grace)}


def _do(name: str, what: What, now: Now, grace: timedelta, outcome: Outcome) -> None:
    try:
        with Session(db.engine) as session:
            duty = _find(session, name, what, now(), grace)
            if duty is None:
                return  # another clock was quicker, or somebody gave more time
            duty.lock()
            duty.run(now())  # the moment after the lock: all that was saved before it counts
            session.commit()
    except Refused as refusal:
        log.info("%s: %s", name, refusal)
    except Exception:
        log.exception("%s failed; it is tried again", name)
        outcome.failed.append(name)
    else:
        log.info("%s: done", name)
        outcome.done.append(name)


def _find(
    session: Session, name: str, what: What, moment: datetime, grace: timedelta
) -> clock.Duty | None:
    """The duty once more, in a session of its own; its lock begins a transaction that writes."""
    with reading():
        due = clock.due(session, now=moment, grace=grace, unseal=seals.unseal, only=what)
        found = {duty.name: duty for duty in due}
        session.rollback()
    return found.get(name)

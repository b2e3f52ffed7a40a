"""Is it alive? What probes, scrapers and coordinators ask, read from the database."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache

from alembic.script import ScriptDirectory
from flask import current_app
from sqlalchemy import and_, func, or_, select, text
from sqlalchemy.orm import Session

from app import workforce
from app.heartbeat import clock_age
from purchasing import mail_pause
from purchasing.errands import Errand, ErrandState, Kind
from purchasing.rounds import Round, RoundState

CLOCK = timedelta(minutes=2)
ERRAND = timedelta(minutes=10)
ROUND = timedelta(minutes=5)
NONE = timedelta(0)


@dataclass(frozen=True)
class Signs:
    """How long each thing has been waiting; `clock` is None if it never ran here."""

    clock: timedelta | None
    workers: int
    needs_workers: bool
    errand: timedelta
    round_: timedelta
    mail_paused: bool
    in_step: bool

    def faults(self) -> Iterator[str]:
        """What is wrong, in a word each; nothing when all is well. A pause of mail is meant."""
        if self.clock is None or self.clock > CLOCK:
            yield "clock"
        if self.needs_workers and not self.workers:
            yield "workers"
        if self.errand > ERRAND:
            yield "errands"
        if self.round_ > ROUND:
            yield "round"
        if not self.in_step:
            yield "migrations"


def take(session: Session, *, now: datetime) -> Signs:
    """Read them all; raises SQLAlchemyError where the database does not answer."""
    paused = mail_pause.current(session) is not None
    overdue = select(func.min(Round.closes_at)).where(Round.state == RoundState.OPEN)
    return Signs(
        clock=clock_age(),
        workers=workforce.count_alive(session, now=now),
        needs_workers=not workforce.clock_runs_errands(current_app.config),
        errand=_since(_oldest(session, now, only_papers=paused), now),
        round_=_since(session.scalar(overdue), now),
        mail_paused=paused,
        in_step=is_in_step(session),
    )


def mail_waits(session: Session, *, now: datetime) -> timedelta:
    """How long the oldest mail has waited that should have gone."""
    return _since(_oldest(session, now, only_mails=True), now)


def is_in_step(session: Session) -> bool:
    """Whether the database has the schema that this code was written for."""
    found = set(session.scalars(text("SELECT version_num FROM alembic_version")))
    return found == heads()


@lru_cache(maxsize=1)
def heads() -> frozenset[str]:
    """The newest revisions that this code knows."""
    return frozenset(_scripts().get_heads())


def revisions() -> frozenset[str]:
    """Every revision that this code knows the way from."""
    return frozenset(script.revision for script in _scripts().walk_revisions())


def _scripts() -> ScriptDirectory:
    return ScriptDirectory.from_config(current_app.extensions["migrate"].migrate.get_config())


def _oldest(
    session: Session, now: datetime, *, only_papers: bool = False, only_mails: bool = False
) -> datetime | None:
    """Since when the oldest errand waits that is due. One that failed waits since it was asked.

    A payment provider that is away is no fault of ours: asking it waits as long as it takes.
    """
    render = Errand.key.startswith(f"{Kind.RENDER}:")
    of_kind = [~Errand.key.startswith(f"{Kind.HEAR_PAYMENT}:")]
    of_kind += [render] if only_papers else [~render] if only_mails else []
    due = and_(Errand.state == ErrandState.WAITING, Errand.not_before <= now)
    lost = and_(Errand.state == ErrandState.LEASED, Errand.lease_until < now)
    first = session.scalar(select(func.min(Errand.not_before)).where(or_(due, lost), *of_kind))
    failed = and_(Errand.state == ErrandState.WAITING, Errand.last_error != "")
    again = session.scalar(select(func.min(Errand.asked_at)).where(failed, *of_kind))
    return min((moment for moment in (first, again) if moment), default=None)


def _since(moment: datetime | None, now: datetime) -> timedelta:
    return NONE if moment is None else max(NONE, now - moment)

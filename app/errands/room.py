"""What every room that runs errands has in common: leases, and ends that name their lease."""

import logging
import time
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from threading import Event, Lock
from typing import TypeVar

from flask import Flask
from sqlalchemy.engine import Connection
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.orm import Session

from app.database import reading
from app.duties import Now, real_time
from app.extensions import db
from purchasing import errands, handing_out
from purchasing.errands import Errand, Kind

log = logging.getLogger(__name__)

T = TypeVar("T")
DatabaseAway = (OperationalError, InterfaceError)
AGAIN = 0.5  # seconds until the database is asked again that was away


@dataclass(frozen=True)
class Task:
    """An errand in our hands. `begun`: it was begun before, and nobody knows how that ended."""

    id: int
    token: int
    tries: int
    key: str
    kind: Kind
    ref: str
    recipient: str
    round_id: int | None
    asked_at: datetime
    begun: bool
    repeat: bool


class Room:
    """Runs errands of some kinds, one batch after another.

    It looks by itself now and then, and at once when somebody lets it `look`. `call_others` is
    told, once in a look, when it has found more than it takes in hand itself.
    """

    name = ""
    kinds: Collection[Kind] = ()
    call_others: Callable[[Connection, str], None] | None = None

    def __init__(self, app: Flask, stopping: Event | None = None, *, now: Now = real_time) -> None:
        self.app = app
        self.stopping = stopping or Event()
        self.now = now
        self._turn = Lock()
        self._called = False

    def keep_running(self, seconds: float) -> None:
        """Run what is due, look again every so many seconds, until told to stop."""
        while not self.stopping.is_set():
            try:
                with self._turn:
                    self._called = False
                    busy = self.run_due()
            except Exception:
                log.exception("A room stumbled; it goes on")
                busy = 0
            if not busy:
                self.stopping.wait(seconds)
                self._idle()
        with self._turn:
            self.close()

    def look(self) -> None:
        """Run what is due until nothing is, or until told to stop; one at a time."""
        with self._turn:
            self._called = False
            while not self.stopping.is_set() and self.run_due():
                pass

    def run_due(self) -> int:
        """Run what is due now; returns how many errands were taken in hand."""
        raise NotImplementedError

    def _idle(self) -> None:
        try:
            with self._turn:
                self.idle()
        except Exception:
            log.exception("A room could not put its things away; it goes on")

    def idle(self) -> None:
        """Nothing to do just now."""

    def close(self) -> None:
        """Let go of what the room holds."""

    def _claim(self, limit: int) -> list[Task]:
        with reading(), Session(db.engine) as session:
            if not handing_out.has_due(session, now=self.now(), kinds=self.kinds):
                return []
        with transaction() as session:
            claimed = handing_out.claim(session, now=self.now(), limit=limit, kinds=self.kinds)
            if self.call_others and len(claimed) == limit and not self._called:
                self.call_others(session.connection(), self.name)
                self._called = True
            return [_task(errand) for errand in claimed]

    def _give_back(self, tasks: Iterable[Task]) -> None:
        def give_back(session: Session) -> None:
            for task in tasks:
                errands.give_back(session, task.id, task.token, now=self.now())

        tasks = list(tasks)
        self._note(give_back)

    def _fail(
        self, task: Task, error: str, *, for_good: bool = False, counts: bool = True
    ) -> None:
        log.warning("%s: %s", task.key, error)
        self._note(
            lambda session: errands.failed(
                session,
                task.id,
                task.token,
                error,
                tries=task.tries,
                now=self.now(),
                for_good=for_good,
                counts=counts,
            )
        )

    def _succeed(self, task: Task) -> None:
        if not self._note(
            lambda session: errands.succeeded(session, task.id, task.token, now=self.now())
        ):
            log.warning("%s took longer than its lease: another room has it", task.key)

    def _note(self, verb: Callable[[Session], T]) -> T:
        """Do it in a transaction, and again while the database is away: see `_patiently`.

        It must name its lease, so that it does no harm if only the answer was lost.
        """

        def noted() -> T:
            with transaction() as session:
                return verb(session)

        return self._patiently(noted)

    def _patiently(self, do: Callable[[], T]) -> T:
        """What it returns. While the database is away, try again as long as a lease goes.

        A room that let go at once would forget what went well, and keep what it has in hand from
        others until their lease is over.
        """
        until = time.monotonic() + errands.LEASE.total_seconds()
        while True:
            try:
                return do()
            except DatabaseAway as problem:
                if self.stopping.is_set() or time.monotonic() > until:
                    raise
                log.warning("The database is away, a room waits for it: %s", problem.orig)
                self.stopping.wait(AGAIN)


@contextmanager
def transaction() -> Iterator[Session]:
    with Session(db.engine) as session:
        yield session
        session.commit()


def _task(errand: Errand) -> Task:
    return Task(
        id=errand.id,
        token=errand.lease_token,
        tries=errand.tries,
        key=errand.key,
        kind=errand.kind,
        ref=errand.ref,
        recipient=errand.recipient,
        round_id=errand.round_id,
        asked_at=errand.asked_at,
        begun=errand.sending_since is not None,
        repeat=errand.repeat,
    )

"""The application on a virtual clock: it may die at any statement, and is started again."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, event
from sqlalchemy.orm import Session

from app import create_app, seals
from app.clock_guard import ClockGuard
from app.documents.press import Job, Printed
from app.duties import do_what_is_due
from app.errands import PostRoom, PressRoom
from app.extensions import db
from app.mail import Message
from app.mail.errors import MaybeSent, NotNow, Unreachable
from purchasing.errands import Errand

BEAT = timedelta(seconds=5)


class Dies(BaseException):
    """The process is no more. No `except Exception` hears of it."""


class Fate:
    """At the chosen statement or commit the process dies, and does nothing more until reborn."""

    def __init__(self) -> None:
        self.left, self.dead, self.deaths = 0, False, 0

    def one_step_nearer(self, *_: object) -> None:
        if self.dead:
            raise Dies
        self.left -= 1
        if self.left == 0:
            self.dead = True
            self.deaths += 1
            raise Dies

    def before_commit(self, connection: Connection) -> None:
        """To die here is to die before the database has heard of it: it undoes all."""
        try:
            self.one_step_nearer()
        except Dies:
            connection.connection.rollback()
            raise

    @contextmanager
    def strikes(self, at: int) -> Iterator[None]:
        """What is done within ends, silently, at its statement number `at`; never if 0."""
        self.left = at
        try:
            yield
        except Dies:
            db.session.remove()
            db.engine.dispose()  # its connections end with it, and undo what they began
        finally:
            self.left, self.dead = 0, False


class QuickPress:
    """Prints what is in the record, as it stands: the same record, the same bytes."""

    workers = 2

    def render_many(self, jobs: Iterable[Job]) -> Iterator[Printed]:
        for job in jobs:
            told = json.dumps([job.kind, job.snapshot], sort_keys=True, default=str)
            yield Printed(job.key, b"%PDF " + told.encode())

    def close(self) -> None:
        """Nothing is held."""


@dataclass
class Box:
    """Where all mails land, by Message-ID. `troubles` come over the next ones, one each."""

    mails: Counter[str] = field(default_factory=Counter)
    unsure: set[str] = field(default_factory=set)  # those that may rightly come again
    troubles: list[str] = field(default_factory=list)
    last: str = ""

    def connect(self) -> None:
        if self.troubles and self.troubles[0] == "away":
            self.troubles.pop(0)
            raise Unreachable("nobody answers")

    def send(self, message: Message) -> None:
        self.last = str(message.content["Message-ID"])
        trouble = self.troubles.pop(0) if self.troubles else ""
        if trouble == "busy":
            raise NotNow("try later")
        self.mails[self.last] += 1
        if trouble == "silent":
            self.unsure.add(self.last)
            raise MaybeSent("it said nothing")

    def close(self) -> None:
        """Nothing is held."""

    def received(self, errand: Errand) -> bool:
        """Whether the mail of this errand came, once or more often."""
        return any(id_.partition("@")[0] == name_of(errand) for id_ in self.mails)


def name_of(errand: Errand) -> str:
    """How the Message-ID of its mail begins."""
    name = errand.key.replace("_", "-").replace(":", ".")
    return f"<{name}.{errand.asked_at:%Y%m%d%H%M%S%f}"


class House:
    """One installation. `now` is the only time there is."""

    def __init__(
        self, url: str, place: Path, start: datetime, prepare: Callable[[Engine], None]
    ) -> None:
        self.now, self.steady, self.skew = start, 0.0, timedelta(0)
        self.fate, self.box = Fate(), Box()
        self.guard = self._new_guard()
        self.app = create_app(
            TESTING=True,
            SECRET_KEY="no secret",
            SQLALCHEMY_DATABASE_URI=url,
            INSTANCE_FOLDER=str(place),
            DOCUMENTS_FOLDER=str(place / "documents"),
            PRESS_WORKERS=0,
        )
        self._context = self.app.app_context()
        self._context.push()
        prepare(db.engine)
        event.listen(db.engine, "before_cursor_execute", self.fate.one_step_nearer)
        event.listen(db.engine, "commit", self.fate.before_commit)
        self.session = Session(db.engine)

    def close(self) -> None:
        self.session.close()
        db.session.remove()
        db.engine.dispose()
        self._context.pop()

    def restart(self) -> None:
        """All processes end and come back; what was leased runs out."""
        self.session.close()
        db.session.remove()
        db.engine.dispose()
        self.session = Session(db.engine)
        self.guard = self._new_guard()
        self.passes(timedelta(minutes=8))

    # --- time

    def passes(self, time: timedelta) -> None:
        self.now += time
        self.steady += time.total_seconds()

    @property
    def wall(self) -> datetime:
        """What the clock on the wall shows, right or wrong."""
        return self.now + self.skew

    def _new_guard(self) -> ClockGuard:
        return ClockGuard(lambda: self.wall.timestamp(), lambda: self.steady)

    def tick(self, grace: timedelta, fatal: int = 0) -> list[str]:
        """The clock comes by; it may die on the way, and comes by again. What was done."""
        self.session.rollback()  # whoever looked at something lets go of it
        done: list[str] = []
        for at in (fatal, 0) if fatal else (0,):
            self.passes(BEAT)
            if self.guard.trusts():
                with self.fate.strikes(at):
                    outcome = do_what_is_due(now=lambda: self.wall, grace=grace)
                    assert not outcome.failed, f"the clock could not: {outcome.failed}"
                    done += outcome.done
        return done

    def jumps(self, by: timedelta, beats: int) -> list[str]:
        """The clock on the wall is wrong for some beats. What was done meanwhile."""
        self.guard.trusts()
        self.skew = by
        done = [name for _ in range(beats) for name in self.tick(timedelta(0))]
        self.skew = timedelta(0)
        for _ in range(4):
            self.passes(BEAT)
            self.guard.trusts()
        return done

    # --- errands

    def errands_run(self, fatal: int = 0) -> int:
        """Printing and mailing until nothing is due, perhaps with a death on the way."""
        self.session.rollback()
        count = 0
        with self.fate.strikes(fatal):
            while more := self._rooms_run():
                count += more
        if fatal and self.box.last:
            self.box.unsure.add(self.box.last)  # it may have died before it could note it
        return count

    def _rooms_run(self) -> int:
        press, post = PressRoom(self.app, now=self._time), PostRoom(self.app, now=self._time)
        press.press.close()
        press.press, post.transport = QuickPress(), self.box  # type: ignore[assignment]
        self.box.last = ""
        return press.run_due() + post.run_due()

    def _time(self) -> datetime:
        return self.now

    # --- acts

    def do(self, act: Callable[[], Any], fatal: int = 0) -> Any:
        """Do it in one transaction, perhaps after a death in which it was undone."""
        if fatal:
            with self.fate.strikes(fatal):
                answer = self._do(act)
                self.fate.left = 0
                return answer
        return self._do(act)

    def _do(self, act: Callable[[], Any]) -> Any:
        try:
            answer = act()
            self.session.commit()
        except BaseException:
            self.session.rollback()
            raise
        return answer

    seal = staticmethod(seals.seal)

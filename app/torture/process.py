"""What victims run: the application as it is, with points at which they may die.

The points are laid from outside, around statements, commits, the archive, what a worker takes in
hand and the mail server's yes; the application knows nothing of them. Where one dies is written
down first, in a journal that many processes may append to.
"""

import json
import os
import signal
import time
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any

from flask import Flask
from sqlalchemy import event

from app import create_app, duties, mishaps, worker
from app.database import prepare
from app.documents import press
from app.documents.archives.folder import FolderArchive
from app.errands import PostRoom, PressRoom, Room, run_until_done
from app.errands.room import Task
from app.extensions import db
from app.torture import controls
from purchasing import handing_out
from purchasing.errands import Kind

LEASE = timedelta(seconds=1)  # short, so that what a dead worker held is taken over soon
DEATHS = 10**6
DAWDLES = {"sqlite": (0.1, 0.1), "postgresql": (0.3, 0.6)}  # how many commits wait, how long
LOOKS = 1.0  # seconds between two looks of a worker that is woken: it looks for lost leases too
DOZE = 3.0  # seconds: longer than a lease
SELDOM = 0.3  # over other errands than sheets
DICE = Random()  # noqa: S311
WOKEN = "woken"  # in the journal: the engine woke a room


@dataclass
class Fate:
    """How likely it is that a point is fatal, by the role one was given; and the journal."""

    chances: dict[str, float] = field(default_factory=dict)
    chance: float = 0.0
    dozes: float = 0.0  # how many of those who took sheets in hand
    journal: Path = Path(os.devnull)

    def note(self, line: str) -> None:
        handle = os.open(self.journal, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        os.write(handle, f"{line}\n".encode())
        os.close(handle)


FATE = Fate()


def made_ready(told: dict[str, Any]) -> Flask:
    """The application, made once before any victim is forked; nobody dies before `be`.

    It has done everything once, as one has that runs for some days: a life of half a second
    would pass with building statements.
    """
    app = _application(told)
    with app.app_context():
        duties.do_what_is_due(grace=timedelta(0))
        run_until_done(app)
        db.session.remove()
        controls.CONTROLS[told["control"]](app)
        FATE.chances, FATE.dozes, FATE.journal = (
            told["chances"],
            told["dozes"],
            Path(told["journal"]),
        )
        _lay()
        db.engine.dispose()  # no connection of ours goes along with a victim
    return app


def be(role: str) -> None:
    """Be as mortal from now on as this role is."""
    FATE.chance = FATE.chances.get(role, 0.0)


def _application(told: dict[str, Any]) -> Flask:
    app = create_app(**told["settings"])
    handing_out.claim.__kwdefaults__ = {**(handing_out.claim.__kwdefaults__ or {}), "lease": LEASE}
    mishaps.WAITS = (0.0,)
    worker.LOOK_BESIDE_ENGINE = LOOKS
    blame_nobody()
    print_quickly()
    with app.app_context():
        prepare(db.engine)
    return app


def blame_nobody() -> None:
    """An errand is not given up for the deaths of those who held it: here they all die young."""
    handing_out.MOST_DEATHS = DEATHS


def print_quickly() -> None:
    """A paper is its record: when a process dies is what matters here, not how it looks."""

    def render(kind: str, snapshot: Any) -> bytes:
        return b"%PDF " + json.dumps([kind, snapshot], sort_keys=True).encode()

    press.__dict__["render"] = render


def _lay() -> None:
    """Let each point be fatal by chance; statements, of which there are many, more rarely."""
    engine = db.engine
    event.listen(engine, "before_cursor_execute", lambda *_: _may_die("statement", 30))
    event.listen(engine, "commit", lambda *_: _dawdle())
    event.listen(engine, "commit", lambda *_: _may_die("before commit"))
    event.listen(engine, "checkin", lambda *_: _may_die("after commit", 4))
    _around(FolderArchive, "keep", after="paper stored")
    _lose_leases()
    _around(PostRoom, "_begin", after="mail begun")
    _around(PostRoom, "_succeed", before="mail taken")
    _around(PressRoom, "_hand_on", before="paper printed")
    _around(Room, "look", before=WOKEN)


def _dawdle() -> None:
    """Some take their time between their last statement and the commit: races need room."""
    often, longest = DAWDLES[db.engine.dialect.name]
    if FATE.chance and DICE.random() < often:
        time.sleep(DICE.uniform(0.02, longest))


def _lose_leases() -> None:
    """Who has taken errands in hand may die, or doze until others have taken them over.

    It dozes over suppliers' sheets, of which none may come twice, more often than over others.
    """
    whole = Room._claim

    def claim(room: Room, limit: int) -> list[Task]:
        taken = whole(room, limit)
        if taken:
            _may_die("errands claimed")
            _doze(any(task.kind == Kind.MAIL_SHEET for task in taken))
        return taken

    setattr(Room, "_claim", claim)  # noqa: B010


def _doze(over_sheets: bool) -> None:
    likely = FATE.dozes * (1 if over_sheets else SELDOM)
    if FATE.chance and DICE.random() < likely:
        time.sleep(DOZE)


def _around(owner: Any, name: str, *, before: str = "", after: str = "", part: int = 1) -> None:
    whole = getattr(owner, name)

    def around(*args: Any, **named: Any) -> Any:
        if before:
            _may_die(before, part)
        result = whole(*args, **named)
        if after:
            _may_die(after, part)
        return result

    setattr(owner, name, around)


def _may_die(point: str, part: int = 1) -> None:
    """With one `part` of the chance of its role. That somebody was woken is noted in any case."""
    if point == WOKEN:
        FATE.note(WOKEN)
    if DICE.random() < FATE.chance / part:
        FATE.note(f"at {point}")
        os.kill(os.getpid(), signal.SIGKILL)

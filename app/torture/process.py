"""What a victim runs: the application as it is, with points at which it may die.

The points are laid from outside, around statements, commits, the archive and the mail server's
yes; the application knows nothing of them. Where it dies is written down first, in a file that
many processes may append to.
"""

import importlib
import json
import logging
import os
import signal
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any

from flask import Flask
from sqlalchemy import event

from app import create_app, duties, mishaps
from app.database import prepare
from app.documents import press
from app.documents.archives.folder import FolderArchive
from app.errands import postroom, run_until_done
from app.extensions import db
from app.torture import controls
from purchasing import handing_out

ORDERS = "KOOPKRACHT_TORTURE"  # what a process is told, as JSON in its environment
LEASE = timedelta(seconds=1)  # short, so that what a dead worker held is taken over soon
DEATHS = 10**6
DAWDLES = {"sqlite": (0.1, 0.1), "postgresql": (0.3, 0.6)}  # how many commits wait, how long
DICE = Random()  # noqa: S311


def web() -> Flask:
    """The site, for a web server that asks for an application."""
    told = json.loads(os.environ[ORDERS])
    app = _application(told)
    _make_mortal(app, told)
    return app


def clockwork() -> Flask:
    """What a clock needs, made once before any clock is forked.

    It has done everything once, as a clock has that runs for some days: a life of half a second
    would pass with building statements.
    """
    told = json.loads(os.environ[ORDERS])
    app = _application(told)
    importlib.import_module("app.scheduler")  # so that no clock spends its life importing it
    with app.app_context():
        duties.do_what_is_due(grace=timedelta(0))
        run_until_done(app)
        db.session.remove()
        db.engine.dispose()  # no connection of ours goes along with a clock
    _make_mortal(app, told)
    return app


def tick_until_killed(app: Flask) -> None:
    """A clock with its workers, which does what is due in an order of its own.

    Clocks that live half a second and all begin with the oldest round get in each other's way.
    """
    from app.scheduler import Clock

    logging.getLogger("apscheduler").setLevel(logging.ERROR)
    DICE.seed()
    look = duties._look
    duties._look = lambda *moment: DICE.sample(names := look(*moment), len(names))
    Clock(app).run()


def _application(told: dict[str, Any]) -> Flask:
    app = create_app(**told["settings"])
    handing_out.claim.__kwdefaults__ = {**(handing_out.claim.__kwdefaults__ or {}), "lease": LEASE}
    mishaps.WAITS = (0.0,)
    blame_nobody()
    print_quickly()
    with app.app_context():
        prepare(db.engine)
    return app


def _make_mortal(app: Flask, told: dict[str, Any]) -> None:
    with app.app_context():
        controls.CONTROLS[told["control"]](app)
        if told["chance"]:
            _lay(Path(told["deaths"]), told["chance"])
        db.engine.dispose()


def blame_nobody() -> None:
    """An errand is not given up for the deaths of those who held it: here they all die young."""
    handing_out.MOST_DEATHS = DEATHS


def print_quickly() -> None:
    """A paper is its record: when a process dies is what matters here, not how it looks."""

    def render(kind: str, snapshot: Any) -> bytes:
        return b"%PDF " + json.dumps([kind, snapshot], sort_keys=True).encode()

    press.__dict__["render"] = render


def _lay(deaths: Path, chance: float) -> None:
    """Let each point be fatal with this chance; statements, of which there are many, with less."""
    engine = db.engine

    def may_die(point: str, likely: float) -> None:
        if DICE.random() < likely:
            _die(deaths, point)

    event.listen(engine, "before_cursor_execute", lambda *_: may_die("statement", chance / 30))
    event.listen(engine, "commit", lambda *_: _dawdle())
    event.listen(engine, "commit", lambda *_: may_die("before commit", chance))
    event.listen(engine, "checkin", lambda *_: may_die("after commit", chance / 4))
    _around(FolderArchive, "keep", lambda: may_die("paper stored", chance))
    _around(postroom.PostRoom, "_succeed", lambda: may_die("mail taken", chance), before=True)


def _dawdle() -> None:
    """Some take their time between their last statement and the commit: races need room."""
    often, longest = DAWDLES[db.engine.dialect.name]
    if DICE.random() < often:
        time.sleep(DICE.uniform(0.02, longest))


def _around(owner: Any, name: str, die: Callable[[], None], *, before: bool = False) -> None:
    whole = getattr(owner, name)

    def around(*args: Any, **named: Any) -> Any:
        if before:
            die()
        result = whole(*args, **named)
        if not before:
            die()
        return result

    setattr(owner, name, around)


def _die(deaths: Path, point: str) -> None:
    handle = os.open(deaths, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.write(handle, f"{point}\n".encode())
    os.kill(os.getpid(), signal.SIGKILL)

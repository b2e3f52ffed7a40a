"""What each kind of victim does with its life, from the moment it was forked.

The application has been made before: a life of half a second would pass with making it.
"""

import logging
import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from flask import Flask
from granian import Granian
from granian.constants import Interfaces
from granian.log import LogLevels

from app import duties
from app.errands import run_until_done
from app.scheduler import Clock
from app.torture import process
from app.worker import Worker
from purchasing.clock import What

THREADS = 4
MUCH_LATER = timedelta(hours=1)  # no wait and no lease holds anything up then

_made: list[Flask] = []


def site() -> Flask:
    """For the web server, which asks for an application; it was forked from who has one."""
    random.seed()
    process.DICE.seed()
    return _made[0]


def _serve(app: Flask, port: str) -> None:
    _made.append(app)
    Granian(
        f"{__name__}:site",
        address="127.0.0.1",
        port=int(port),
        interface=Interfaces.WSGI,
        workers=1,
        blocking_threads=THREADS,
        websockets=False,
        log_level=LogLevels.critical,
        factory=True,
    ).serve()


def _tick(app: Flask, _: str) -> None:
    """A clock that does what is due in an order of its own.

    Clocks that live half a second and all begin with the oldest round get in each other's way.
    """
    logging.getLogger("apscheduler").setLevel(logging.ERROR)
    look = duties._look

    def look_about(moment: datetime, grace: timedelta) -> dict[str, What]:
        found = list(look(moment, grace).items())
        return dict(process.DICE.sample(found, len(found)))

    duties._look = look_about
    Clock(app).run()


def _work(app: Flask, _: str) -> None:
    Worker(app).run()


def _finish(app: Flask, _: str) -> None:
    """Nobody kills any more: run all errands there are, and end."""
    later = datetime.now(UTC) + MUCH_LATER
    run_until_done(app, now=lambda: later)


WEB, CLOCK, WORKER, FINISHER = "web", "clock", "worker", "finisher"
_LIVES: dict[str, Callable[[Flask, str], None]] = {
    WEB: _serve,
    CLOCK: _tick,
    WORKER: _work,
    FINISHER: _finish,
}


def live(app: Flask, role: str) -> None:
    """Live it, in a process of its own. `role` is what it is, and for a web server its port."""
    name, _, port = role.partition(" ")
    random.seed()
    process.DICE.seed()
    process.be(name)
    _LIVES[name](app, port)

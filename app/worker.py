"""A process that runs errands and nothing else: `flask --app app worker`.

Any number of them may run, on any machine that reaches the database and the folder of papers:
the rows of the errands, with their lease and token, decide who does what. Closing is not their
business, so none of their deaths delays one.
"""

import logging
from threading import Event, Thread
from typing import Any

from flask import Flask
from sqlalchemy.orm import Session

from app import engine, workforce
from app.duties import real_time
from app.errands import all_rooms
from app.extensions import db

log = logging.getLogger(__name__)

LOOK_BESIDE_ENGINE = 10.0  # seconds, at least: the engine wakes, looking only catches what it lost


class Worker:
    """Rooms that run errands, each in a thread of its own, until it is stopped."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.name = workforce.a_name()
        self.seconds = float(app.config["CLOCK_SECONDS"])
        self.stopping = Event()
        self.rooms = all_rooms(app, self.stopping)
        self._crew: Any = self._engaged() if engine.is_on(app.config) else None

    def run(self) -> None:
        """Work until `stop`; then end what is in hand, give back the rest, and return."""
        threads = [Thread(target=room.keep_running, args=(self.seconds,)) for room in self.rooms]
        for thread in threads:
            thread.start()
        if self._crew:
            self._crew.start()
        log.info("The worker runs.")
        while not self.stopping.is_set():
            self._beat()
            self.stopping.wait(workforce.BEATS.total_seconds())
        if self._crew:
            self._crew.stop()
        for thread in threads:
            thread.join()
        self._leave()
        log.info("The worker has stopped.")

    def stop(self, *_signal: object) -> None:
        self.stopping.set()

    def _engaged(self) -> Any:
        from app.engine import wakeups
        from app.engine.crew import Crew

        self.seconds = max(self.seconds, LOOK_BESIDE_ENGINE)
        for room in self.rooms:
            room.call_others = wakeups.call
        return Crew(str(self.app.config["SQLALCHEMY_DATABASE_URI"]), self.rooms)

    def _beat(self) -> None:
        """A database that is away for a while ends no worker."""
        try:
            with self.app.app_context(), Session(db.engine) as session:
                workforce.beat(session, self.name, now=real_time())
                session.commit()
        except Exception:
            log.exception("The worker cannot note that it is alive; it goes on")

    def _leave(self) -> None:
        try:
            with self.app.app_context(), Session(db.engine) as session:
                workforce.leave(session, self.name)
                session.commit()
        except Exception:
            log.exception("The worker cannot take its leave")

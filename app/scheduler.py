"""The one process that keeps time: `flask --app app clock run`. A second does no harm.

APScheduler gives a beat and nothing else: one job, in memory. What is due stands in the
database. Beside the beat rooms run errands, so that no paper, mail or payment delays a closing;
where workers of their own do that (`app.worker`), the clock leaves it to them.
"""

import logging
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event, Thread
from typing import Any

from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.base import BaseTrigger
from flask import Flask

from app import heartbeat, trail
from app.clock_guard import ClockGuard
from app.duties import do_what_is_due
from app.errands import Room, all_rooms
from app.mishaps import Mishaps
from app.workforce import clock_runs_errands

log = logging.getLogger(__name__)


class Every(BaseTrigger):
    """So many seconds after the last time, however long ago that seems to be.

    APScheduler's own interval counts every beat that a stopped or corrected clock has missed.
    """

    def __init__(self, seconds: float) -> None:
        self.wait = timedelta(seconds=seconds)

    def get_next_fire_time(self, previous: datetime | None, now: datetime) -> datetime:
        return now if previous is None else now + self.wait


class Clock:
    """A beat that does what is due, and rooms that run errands, until it is stopped."""

    def __init__(self, app: Flask, *, guard: ClockGuard | None = None) -> None:
        self.app = app
        self.seconds = float(app.config["CLOCK_SECONDS"])
        self.grace = timedelta(seconds=float(app.config["GRACE_SECONDS"]))
        self.stopping = Event()
        self._guard = guard or ClockGuard()
        self._mishaps = Mishaps(Path(app.instance_path) / "under_way")
        self._ticked = time.monotonic()
        self._ticking = False
        runs_errands = clock_runs_errands(app.config)
        self.rooms: list[Room] = all_rooms(app, self.stopping) if runs_errands else []

    def run(self) -> None:
        """Beat until `stop`; then end what is under way, and return."""
        threads = [Thread(target=room.keep_running, args=(self.seconds,)) for room in self.rooms]
        scheduler = BackgroundScheduler(timezone=UTC)
        job = scheduler.add_job(
            self.tick,
            Every(self.seconds),
            max_instances=1,
            coalesce=True,
            misfire_grace_time=None,
        )
        scheduler.start()
        for thread in threads:
            thread.start()
        log.info("The clock runs.")
        while not self.stopping.wait(self.seconds):
            self._rouse(job)
        scheduler.shutdown(wait=True)
        for thread in threads:
            thread.join()
        log.info("The clock has stopped.")

    def stop(self, *_signal: object) -> None:
        self.stopping.set()

    def tick(self) -> None:
        """Do what is due now, and note that the clock is alive."""
        self._ticking = True
        try:
            with self.app.app_context():
                heartbeat.beat()
                if self._guard.trusts():
                    do_what_is_due(grace=self.grace, known=self._mishaps)
                trail.seal()
        except Exception:
            log.exception("A tick failed; the next one tries again")
        finally:
            self._ticked, self._ticking = time.monotonic(), False

    def _rouse(self, job: Any) -> None:
        """APScheduler sleeps by the wall clock: put back an hour, it would sleep an hour."""
        if not self._ticking and time.monotonic() - self._ticked > 3 * self.seconds:
            job.modify(next_run_time=datetime.now(UTC))

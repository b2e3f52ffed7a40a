"""The clock's heartbeat: a file that it touches, so that pages can say whether it still runs."""

import logging
import time
from datetime import timedelta
from pathlib import Path

from flask import current_app

log = logging.getLogger(__name__)


def beat() -> None:
    """Note that the clock has just looked. A full disk must not keep it from looking."""
    try:
        _file().touch()
    except OSError:
        log.exception("The clock cannot note that it runs; it goes on")


def clock_age() -> timedelta | None:
    """How long ago the clock last looked; None if it never did.

    A moment that is still to come was noted before the machine's time was put back: it says no
    more of now than one that is as long ago.
    """
    try:
        looked_at = _file().stat().st_mtime
    except FileNotFoundError:
        return None
    return timedelta(seconds=abs(time.time() - looked_at))


def _file() -> Path:
    return Path(current_app.instance_path) / "clock_heartbeat"

"""What a process does that dies at a chosen statement. Run by tests, in processes of their own."""

import json
import os
import signal
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from multiprocessing import get_context
from typing import Any

from flask import Flask
from sqlalchemy import event

from app import create_app
from app.documents import press
from app.duties import do_what_is_due
from app.errands import run_until_done
from app.extensions import db

Settings = dict[str, Any]
KILLED = -signal.SIGKILL

# A clean process that has imported everything; each that is to die is forked from it.
_processes = get_context("forkserver")
_processes.set_forkserver_preload([__name__, "app.views", "app.documents.press"])


def close_and_order(app: Flask, at: datetime) -> None:
    do_what_is_due(now=lambda: at, grace=timedelta(0))


def run_errands(app: Flask, at: datetime) -> None:
    """Print and mail; printing is quick here, for when it dies is what matters, not its looks."""
    press.render = set_in_lead
    run_until_done(app, now=lambda: at)


def set_in_lead(kind: str, snapshot: Mapping[str, Any]) -> bytes:
    return b"%PDF " + json.dumps([kind, snapshot], sort_keys=True).encode()


def run_until(
    fatal: int, work: Callable[[Flask, datetime], None], settings: Settings, at: datetime
) -> int:
    """Do the work in a process that is killed before its `fatal`-th statement or commit.

    Returns the exit code: KILLED, or 0 if the work was done before it came to that.
    """
    process = _processes.Process(target=_live, args=(fatal, work, settings, at))
    process.start()
    process.join(timeout=60)
    assert process.exitcode is not None, "the process neither died nor ended"
    return process.exitcode


def _live(
    fatal: int, work: Callable[[Flask, datetime], None], settings: Settings, at: datetime
) -> None:
    app = create_app(**settings)
    with app.app_context():
        left = [fatal]

        def one_step_nearer(*_: object) -> None:
            left[0] -= 1
            if left[0] == 0:
                os.kill(os.getpid(), signal.SIGKILL)

        event.listen(db.engine, "before_cursor_execute", one_step_nearer)
        event.listen(db.engine, "commit", one_step_nearer)
        work(app, at)

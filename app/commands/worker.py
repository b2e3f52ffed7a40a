"""`worker`: a process that runs errands beside the clock, as many as one likes."""

import logging
import signal

import click
from flask import current_app
from flask.cli import with_appcontext

from app import logs


@click.command("worker")
@with_appcontext
def work() -> None:
    """Print papers and send mails, until stopped with Ctrl-C or SIGTERM. Closes no rounds.

    Any number may run, on several machines, beside the clock. With KOOPKRACHT_ERRANDS=workers
    the clock leaves errands to them.
    """
    from app.worker import Worker  # the web needs no threads that print

    logs.tell_from(logging.INFO)
    worker = Worker(current_app._get_current_object())  # type: ignore[attr-defined]
    signal.signal(signal.SIGTERM, worker.stop)
    signal.signal(signal.SIGINT, worker.stop)
    worker.run()

"""`clock run` keeps time; `clock tick` does once what is due, for scripts and timers."""

import logging
import signal
from datetime import UTC, datetime, timedelta
from typing import Any

import click
from flask import current_app

from app import errands, heartbeat, logs, trail
from app.commands.group import Group
from app.database import reading
from app.duties import do_what_is_due, real_time
from app.extensions import db
from app.i18n import zone

group = Group("clock", help="Close rounds and run errands.")


@group.command("run")
def run() -> None:
    """Do what falls due, until stopped with Ctrl-C or SIGTERM. A second clock does no harm."""
    from app.scheduler import Clock  # only this process needs APScheduler

    _log_to_terminal(logging.INFO)
    try:
        clock = Clock(current_app._get_current_object())  # type: ignore[attr-defined]
    except ValueError as problem:
        raise click.ClickException(str(problem)) from problem
    signal.signal(signal.SIGTERM, clock.stop)
    signal.signal(signal.SIGINT, clock.stop)
    clock.run()


@group.command("tick")
@click.option("--at", "text", metavar="TIME", help="As if it were TIME: ISO, local or with zone.")
def tick(text: str | None) -> None:
    """Do once what is due, then run errands until none is due."""
    _log_to_terminal(logging.WARNING)
    at = _moment(text) if text else None
    grace = timedelta(0 if at else float(current_app.config["GRACE_SECONDS"]))
    outcome = do_what_is_due(now=lambda: at or real_time(), grace=grace)
    heartbeat.beat()
    for name in outcome.done:
        click.echo(name)
    app: Any = current_app._get_current_object()  # type: ignore[attr-defined]
    ran = errands.run_until_done(app, now=lambda: max(at, real_time()) if at else real_time())
    trail.seal(now=lambda: at or real_time())
    click.echo(f"{ran} errands run")
    if outcome.failed:
        raise click.ClickException(f"failed, and still due: {', '.join(outcome.failed)}")


def _moment(text: str) -> datetime:
    """ISO; without a zone it is the network's wall time."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise click.BadParameter(f"{text!r} is not a time such as 2026-12-03T20:00.") from error
    if moment.tzinfo is None:
        with reading():  # and let go, for the duties want to write
            moment = moment.replace(tzinfo=zone())
            db.session.rollback()
    return moment.astimezone(UTC)


def _log_to_terminal(level: int) -> None:
    logs.tell_from(level)
    logging.getLogger("apscheduler").setLevel(logging.ERROR)

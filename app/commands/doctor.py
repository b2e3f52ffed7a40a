"""`doctor`: look the whole installation over."""

from collections.abc import Callable
from dataclasses import asdict

import click
from flask.cli import with_appcontext
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from app.commands.group import say_json
from app.database import reading
from app.doctor import machine, series, truth
from app.doctor.findings import Finding, Findings, Grade, wrong
from app.extensions import db

Look = Callable[[Session], Findings]
LOOKS: tuple[Look, ...] = (
    machine.settings,
    machine.time_zones,
    machine.fonts,
    machine.database,
    machine.mail,
    machine.online_payments,
    machine.disk,
    machine.clock,
    machine.workers,
    machine.errands,
    truth.documents,
    truth.books,
    series.given_numbers,
    truth.trail,
)


@click.command("doctor")
@click.option("--json", "as_json", is_flag=True)
@with_appcontext
def doctor(as_json: bool) -> None:
    """Look at settings, time zones, fonts, database, mail, disk, clock, errands, papers, books,
    numbers and the trail.

    Ends with 1 if something is wrong; a warning does not count.
    """
    with reading():
        found = [finding for look in LOOKS for finding in _looked(look)]
    if as_json:
        say_json([asdict(finding) for finding in found])
    else:
        for finding in found:
            click.echo(f"{finding.grade:8} {finding.about:10} {finding.told}")
    if any(finding.grade == Grade.WRONG for finding in found):
        raise SystemExit(1)


def _looked(look: Look) -> list[Finding]:
    try:
        return list(look(db.session()))
    except SQLAlchemyError as problem:
        db.session.rollback()
        return [wrong("database", f"{_name(look)}: {_told(problem)}")]
    except (OSError, ValueError) as problem:  # a folder that is none, a setting that is no number
        return [wrong(_name(look), _told(problem))]


def _name(look: Look) -> str:
    return look.__name__.replace("_", " ")


def _told(problem: Exception) -> str:
    return str(problem).partition("\n")[0]

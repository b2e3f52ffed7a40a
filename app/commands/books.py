"""`books`: are they true, a year as a file, and closing a year."""

import sys
from datetime import UTC, datetime
from pathlib import Path

import click

from app.bookkeeping import FORMATS
from app.commands.group import Group
from app.database import reading
from app.extensions import db
from purchasing.books import journal, overview, years

group = Group("books", help="The books: check them, hand them over, close a year.")
A_YEAR = click.IntRange(years.FIRST_YEAR, years.LAST_YEAR)
ACTOR = "command line"


@group.command("check")
def check() -> None:
    """Look for what cannot be. Ends with 1 if something is not true."""
    with reading():
        faults = overview.faults(db.session())
    for fault in faults:
        click.echo(f"{fault.about}: {fault.sentence} ({fault.cents / 100:.2f})", err=True)
    if faults:
        raise SystemExit(1)
    click.echo("The books are true.")


@group.command("export")
@click.argument("year", type=A_YEAR)
@click.option("--format", "format_key", type=click.Choice(list(FORMATS)), default="csv")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="Else to stdout.")
def export(year: int, format_key: str, out: Path | None) -> None:
    """Write all that was booked in YEAR."""
    with reading():
        found = journal.of_year(db.session(), year)
    written = FORMATS[format_key]
    content = written.write(found, datetime.now(UTC).date())
    if out is None:
        sys.stdout.buffer.write(content)
        return
    try:
        out.write_bytes(content)
    except OSError as error:
        raise click.ClickException(f"{out} cannot be written: {error.strerror}") from error
    click.echo(f"{out}: {len(found.booked)} postings of {year}")


@group.command("close")
@click.argument("year", type=A_YEAR)
@click.confirmation_option(prompt="Nothing can be booked in that year any more. Go on?")
def close(year: int) -> None:
    """Close YEAR: what was earned becomes its result."""
    row = years.close(db.session(), year, actor=ACTOR, now=datetime.now(UTC))
    db.session.commit()
    click.echo(f"{year} is closed; result {row.result_cents / 100:.2f}")

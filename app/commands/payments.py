"""`payments`: read a bank's file and show it, import it, list what waits; ask the provider.

`bank` says the same of files.
"""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
from flask import current_app
from sqlalchemy import select

from app import bank
from app.commands.group import Group, say_json
from app.database import reading
from app.errands.room import transaction
from app.extensions import db
from app.online import Away, Provider, Refusing, provider
from app.pages import payments
from purchasing.books import intake, online_found
from purchasing.books.bank import BankLine, LineState
from purchasing.books.bank_file import BankFile, Line
from purchasing.books.online_found import Found, Whose

group = Group("payments", help="Who paid: files of the bank, and what waits for a decision.")
bank_group = Group("bank", help="The same as `payments`, for the files of the bank.")
A_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
ACTOR = "command line"
MOST_SHOWN = 50


@group.command("read")
@click.argument("file", type=A_FILE)
@click.option("--json", "as_json", is_flag=True)
def read(file: Path, as_json: bool) -> None:
    """Read a bank's file and show what it says. Nothing is kept."""
    told = bank.read(_bytes(file))
    if as_json:
        say_json(_file_facts(told))
        return
    for statement in told.statements:
        click.echo(f"{statement.account} {statement.number}: {len(statement.lines)} lines")
        for line in statement.lines[:MOST_SHOWN]:
            click.echo(f"  {line.booked_on} {_euros(line.cents):>12}  {line.name}  {line.text}")
        if statement.missing:
            click.echo(f"note: {_euros(statement.missing)} is missing", err=True)
    click.echo(f"{told.format}: {len(told.statements)} statements")


@group.command("import")
@click.argument("file", type=A_FILE)
def import_(file: Path) -> None:
    """Keep, book and match what is new in FILE. Reading a file twice changes nothing."""
    taken = intake.take_in(
        db.session(),
        bank.read(_bytes(file)),
        file_name=file.name,
        actor=ACTOR,
        now=datetime.now(UTC),
    )
    db.session.commit()
    for number, cents in taken.missing:
        click.echo(f"note: statement {number} lacks {_euros(cents)}", err=True)
    states = ", ".join(f"{taken.states[state]} {state}" for state in LineState)
    click.echo(f"{taken.new} new, {taken.known} known before; of what was undecided: {states}")


@group.command("list")
@click.option(
    "--state", type=click.Choice([str(state) for state in LineState]), help="Only these lines."
)
@click.option("--json", "as_json", is_flag=True)
def list_(state: str | None, as_json: bool) -> None:
    """List the lines of the bank, with whose they are and why; the newest last."""
    query = select(BankLine).order_by(BankLine.booked_on, BankLine.id)
    if state:
        query = query.where(BankLine.state == state)
    with reading():
        lines = list(db.session.scalars(query))
        whose = payments.whose(db.session(), lines)
        facts = [_line_facts(line, whose) for line in lines]
    if as_json:
        say_json(facts)
        return
    for one in facts:
        of = " ".join([one["for"], *one["papers"]])
        click.echo(
            f"{one['id']:6} {one['day']} {_euros(one['cents']):>12} {one['state']:9}"
            f" {one['name'][:30]:30} {of}"
        )


@group.command("ask-online")
@click.option(
    "--since", type=click.DateTime(), required=True, help="In UTC: when the backup was taken."
)
def ask_online(since: datetime) -> None:
    """Note online payments that the provider knows and we do not, after a backup was put back.

    They are asked about and booked as if they had been known all the time; asking twice changes
    nothing. Ends with 1 where there are some that are nobody's here.
    """
    ask = provider(current_app.config)
    if ask is None:
        raise click.ClickException("Nobody pays online here: KOOPKRACHT_MOLLIE_KEY is not set.")
    found: dict[Whose, list[Found]] = {whose: [] for whose in Whose}
    try:
        for one in ask.made_since(since.replace(tzinfo=UTC)):
            found[_taken_back(ask, one)].append(one)
    except (Away, Refusing) as problem:
        raise click.ClickException(f"The provider: {problem}. Ask again later.") from problem
    click.echo(
        f"{len(found[Whose.OURS])} were unknown and are noted again,"
        f" {len(found[Whose.KNOWN])} were known, {len(found[Whose.NOBODY])} are nobody's here."
    )
    for one in found[Whose.NOBODY]:
        told = f"{one.told.provider_id} {_euros(one.told.cents)} {one.told.currency}"
        click.echo(f"LOOK: {told}, {one.made_at:%Y-%m-%d %H:%M} UTC, {one.about}", err=True)
    if found[Whose.NOBODY]:
        raise SystemExit(1)


def _taken_back(ask: Provider, one: Found) -> Whose:
    """Each in a transaction of its own: what is noted stays, whatever happens to the next."""
    with transaction() as session:
        return online_found.take_back(session, one, provider=ask.name, now=datetime.now(UTC))


for _command in (read, import_, list_):
    bank_group.add_command(_command)


def _bytes(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise click.ClickException(f"{file} cannot be read: {error.strerror}") from error


def _euros(cents: int) -> str:
    return f"{'-' if cents < 0 else ''}{abs(cents) // 100}.{abs(cents) % 100:02}"


def _file_facts(told: BankFile) -> dict[str, Any]:
    return {
        "format": told.format,
        "statements": [
            {
                "account": one.account,
                "number": one.number,
                "opening_cents": one.opening,
                "closing_cents": one.closing,
                "missing_cents": one.missing,
                "lines": [_told(line) for line in one.lines],
            }
            for one in told.statements
        ],
    }


def _told(line: Line) -> dict[str, Any]:
    return vars(line) | {"booked_on": line.booked_on.isoformat()}


def _line_facts(line: BankLine, whose: payments.Whose) -> dict[str, Any]:
    return {
        "id": line.id,
        "day": line.booked_on.isoformat(),
        "cents": line.cents,
        "name": line.name,
        "iban": line.iban,
        "text": line.text,
        "state": str(line.state),
        "why": str(line.match),
        "for": whose.of(line) or line.account,
        "papers": whose.numbers(line),
    }

"""`errands`: what must happen outside the database, what went wrong, and again."""

from typing import Any

import click
from flask import current_app
from sqlalchemy import select

from app import errands as rooms
from app.commands.group import Group, iso, say_json
from app.database import reading
from app.duties import real_time
from app.extensions import db
from purchasing import errands
from purchasing.errands import Errand, ErrandState

group = Group("errands", help="Papers to print and mails to send.")
STUCK = (ErrandState.DEAD, ErrandState.UNCERTAIN)
UNFINISHED = (*STUCK, ErrandState.WAITING, ErrandState.LEASED)


@group.command("list")
@click.option("--all", "everything", is_flag=True, help="Also what is done or cancelled.")
@click.option("--state", type=click.Choice([str(state) for state in ErrandState]))
@click.option("--json", "as_json", is_flag=True)
def list_(everything: bool, state: str | None, as_json: bool) -> None:
    """List errands that are not finished, the most urgent first."""
    query = select(Errand).order_by(Errand.priority, Errand.id)
    if state:
        query = query.where(Errand.state == state)
    elif not everything:
        query = query.where(Errand.state.in_(UNFINISHED))
    with reading():
        found = list(db.session.scalars(query))
        if as_json:
            say_json([_facts(errand) for errand in found])
            return
        for errand in found:
            line = f"{errand.state:10} {errand.tries} tries  {errand.key}"
            click.echo(f"{line}  {errand.last_error}".rstrip())


@group.command("retry")
@click.argument("key", required=False)
@click.option("--all", "everything", is_flag=True, help="All that gave up; not the uncertain.")
def retry(key: str | None, everything: bool) -> None:
    """Try an errand again that gave up, waits, or is uncertain (it then says REPEAT)."""
    if bool(key) == everything:
        raise click.UsageError("Name one errand by its key, or use --all.")
    query = select(Errand).where(
        Errand.state == ErrandState.DEAD if everything else Errand.key == key
    )
    found = list(db.session.scalars(query))
    if key and not found:
        raise click.ClickException(f"There is no errand {key}.")
    for errand in found:
        if key and errand.state not in (*STUCK, ErrandState.WAITING):
            raise click.ClickException(f"{key} is {errand.state}: there is nothing to retry.")
        errands.retry(db.session(), errand, now=real_time())
    db.session.commit()
    click.echo(f"{len(found)} to be tried again")


@group.command("run")
def run() -> None:
    """Run errands until none is due. Any number of these, and of clocks, may run at once."""
    app: Any = current_app._get_current_object()  # type: ignore[attr-defined]
    click.echo(f"{rooms.run_until_done(app)} errands run")


def _facts(errand: Errand) -> dict[str, object]:
    return {
        "key": errand.key,
        "kind": errand.kind,
        "state": errand.state,
        "round_id": errand.round_id,
        "recipient": errand.recipient,
        "asked_at": iso(errand.asked_at),
        "not_before": iso(errand.not_before),
        "done_at": iso(errand.done_at),
        "tries": errand.tries,
        "repeat": errand.repeat,
        "last_error": errand.last_error,
    }

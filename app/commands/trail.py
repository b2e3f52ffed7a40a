"""`trail`: who did what, whether anybody went round the house, and the seal to write down."""

from datetime import datetime
from itertools import islice

import click

from app import trail
from app.commands.group import Group, say_json
from app.database import reading
from app.doctor import truth
from app.doctor.findings import Grade
from app.extensions import db
from app.i18n import zone
from purchasing.trail import sealing, telling
from purchasing.trail.telling import Told, Wanted

group = Group("trail", help="The audit trail: look at it, and check it.")


@group.command("verify")
def verify() -> None:
    """Walk the chain, and compare it with what it vouches for. Ends with 1 if it is broken."""
    with reading():
        session = db.session()
        told = [str(fault) for fault in trail.check(session)]
        told += [one.told for one in truth.documents(session) if one.grade == Grade.WRONG]
        cuts = trail.cuts(session)
        head, waiting = sealing.head(session), sealing.waiting(session)
    for cut in cuts:
        click.echo(f"note: {cut}")
    for fault in told:
        click.echo(fault, err=True)
    if told:
        raise SystemExit(1)
    if waiting is not None:
        click.echo("note: not everything is sealed yet; the clock does that within seconds")
    click.echo(f"The trail is whole: {head.seq} acts.")


@group.command("show")
@click.option("--since", type=click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M"]), help="Local time.")
@click.option("--who", default="", help="Part of the name of who did it.")
@click.option("--round", "round_id", type=int, help="The number of a round.")
@click.option("--most", type=click.IntRange(1), default=200, show_default=True)
@click.option("--json", "as_json", is_flag=True)
def show(since: datetime | None, who: str, round_id: int | None, most: int, as_json: bool) -> None:
    """Tell what was done, the newest first."""
    with reading():
        after = since.replace(tzinfo=zone()) if since else None
        wanted = Wanted(round_id=round_id)
        found = list(islice(telling.tell(db.session(), wanted, since=after, who=who), most))
        local = zone()
    if as_json:
        say_json([vars(one) for one in found])
        return
    for one in found:
        click.echo(_line(one, one.at.astimezone(local)))


@group.command("head")
def head() -> None:
    """Say the number and the seal of the last act: write them down somewhere else."""
    with reading():
        last = sealing.head(db.session())
    click.echo(f"{last.seq} {last.seal}")


@group.command("seal")
def seal() -> None:
    """Seal now what was noted; the clock does so by itself."""
    click.echo(f"{trail.seal()} sealed")


def _line(one: Told, at: datetime) -> str:
    number = "·" if one.seq is None else str(one.seq)
    where = f" round {one.round_id}" if one.round_id else ""
    facts = " ".join(f"{name}={value}" for name, value in one.facts.items())
    did = f"{one.hand or '–'}: {one.about}{where} {facts}"
    return f"{number:>6} {at:%Y-%m-%d %H:%M:%S} {did}"

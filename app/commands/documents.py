"""`documents`: is every paper still there, and still the same? And how all move elsewhere."""

import click
from flask import current_app
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from app.commands.group import Group
from app.database import reading
from app.documents import archives
from app.documents.archives import moving
from app.documents.archives.contract import StoreAway
from app.documents.errors import Damaged
from app.extensions import db
from purchasing.papers import Paper

group = Group("documents", help="The stored papers.")


@group.command("verify")
def verify() -> None:
    """Read every stored paper and compare its hash. Ends with 1 if one is gone or changed."""
    archive = archives.current()
    whole, damaged, waiting = 0, 0, 0
    query = select(Paper).options(joinedload(Paper.document), joinedload(Paper.data))
    query = query.order_by(Paper.id)
    with reading():
        for paper in db.session.scalars(query):
            if paper.document is None:
                waiting += 1
                click.echo(f"not printed yet: {paper.kind} {paper.number}")
                continue
            try:
                archive.read(paper.document.path, paper.document.sha256)
                if paper.data is not None:
                    archive.read(paper.data.path, paper.data.sha256)
                whole += 1
            except StoreAway as error:
                raise click.ClickException(str(error)) from error
            except (Damaged, OSError) as error:
                damaged += 1
                click.echo(f"DAMAGED: {paper.kind} {paper.number}: {error}", err=True)
    click.echo(f"{whole} whole, {damaged} damaged, {waiting} not printed yet")
    if damaged:
        raise SystemExit(1)


@group.command("move")
@click.option("--to", "where", required=True, help="s3://bucket/prefix, or a folder.")
def move(where: str) -> None:
    """Copy every paper and photo to another place, and read each there again.

    Nothing is taken away, and it can be run again. Ends with 1 if one could not be copied.
    """
    try:
        target = archives.at(current_app, where)
        moved = moving.copy(archives.current(), target)
    except OSError as error:
        raise click.ClickException(f"{error}. Run it again: what was copied stays.") from error
    for fault in moved.faults:
        click.echo(f"NOT COPIED: {fault}", err=True)
    click.echo(f"{moved.copied} copied, {moved.there} were there, {len(moved.faults)} not copied")
    if moved.faults:
        raise SystemExit(1)
    click.echo(
        f"Stop the site and the clock, run this once more, {archives.told_where(where)}, start"
        " them again, and look with `documents verify`."
    )

"""`documents verify`: is every paper that was stored still there, and still the same?"""

import click
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from app.commands.group import Group
from app.database import reading
from app.documents import archives
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
            except (Damaged, OSError) as error:
                damaged += 1
                click.echo(f"DAMAGED: {paper.kind} {paper.number}: {error}", err=True)
    click.echo(f"{whole} whole, {damaged} damaged, {waiting} not printed yet")
    if damaged:
        raise SystemExit(1)

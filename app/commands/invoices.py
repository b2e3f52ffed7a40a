"""`invoices export`: the invoices of a period as files, for a bookkeeper or an archive."""

import zipfile
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path

import click

from app import durable
from app.commands.group import Group
from app.database import reading
from app.documents import archives, einvoice
from app.documents.archives.contract import StoreAway
from app.documents.errors import Damaged
from app.extensions import db
from purchasing import papers
from purchasing.papers import Paper

group = Group("invoices", help="Invoices, credit notes and supplements.")
A_DAY = click.DateTime(["%Y-%m-%d"])
_MADE = (1980, 1, 1, 0, 0, 0)  # of every file in a ZIP: the same invoices, the same bytes


@group.command("export")
@click.option("--from", "first", type=A_DAY, required=True, help="The first day of issue.")
@click.option("--until", "last", type=A_DAY, required=True, help="The last day of issue.")
@click.option("--out", type=click.Path(path_type=Path), required=True, help="A folder or a .zip.")
def export(first: datetime, last: datetime, out: Path) -> None:
    """Write each invoice of a period as it was stored: its PDF, and its XML in UBL 2.1.

    Ends with 1 if one has not been printed yet or is damaged; the others are written.
    """
    if last < first:
        raise click.BadParameter("The last day is before the first.", param_hint="--until")
    missing: list[str] = []
    with reading():
        files = dict(_files(first.date(), last.date(), missing))
    try:
        (_write_zip if out.suffix == ".zip" else _write_folder)(out, files)
    except OSError as error:
        raise click.ClickException(f"{out} cannot be written: {error.strerror}") from error
    for fault in missing:
        click.echo(fault, err=True)
    count = sum(name.endswith(".pdf") for name in files)
    click.echo(f"{out}: {count} invoices, {len(files) - count} with XML")
    if missing:
        raise SystemExit(1)


def _files(first: date, last: date, missing: list[str]) -> Iterator[tuple[str, bytes]]:
    for paper in papers.list_issued(db.session(), first, last):
        if not einvoice.is_invoice(paper.snapshot):
            continue
        name = f"{paper.kind}-{paper.number}"
        if paper.document is None:
            missing.append(f"not printed yet: {name}")
            continue
        try:
            found = _of(paper)
        except StoreAway as error:
            raise click.ClickException(str(error)) from error
        except (Damaged, OSError) as damage:
            missing.append(f"DAMAGED: {name}: {damage}")
            continue
        yield from ((f"{name}{suffix}", content) for suffix, content in found.items())


def _of(paper: Paper) -> dict[str, bytes]:
    """The files of one invoice. An XML of who got none is written now, of the same record."""
    archive, document, data = archives.current(), paper.document, paper.data
    assert document is not None
    found = {".pdf": archive.read(document.path, document.sha256)}
    if data is not None:
        found[".xml"] = archive.read(data.path, data.sha256)
    elif xml := einvoice.as_ubl(paper.snapshot):
        found[".xml"] = xml
    return found


def _write_folder(out: Path, files: dict[str, bytes]) -> None:
    out.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        durable.write(out / name, content)


def _write_zip(out: Path, files: dict[str, bytes]) -> None:
    with durable.writing(out) as file, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in files.items():
            packed.writestr(zipfile.ZipInfo(name, _MADE), content, zipfile.ZIP_DEFLATED)

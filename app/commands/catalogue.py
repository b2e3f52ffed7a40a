"""`catalogue`: which price lists can be read, read one, import one."""

from datetime import UTC, datetime
from pathlib import Path

import click
from sqlalchemy import func, or_, select

from app.commands.group import Group, say_json
from app.extensions import db
from purchasing.catalogue import CatalogueImport, Supplier
from suppliers import catalogue_import, readers
from suppliers.read_list import errors_in, warnings_in
from suppliers.readers.pricelist import PriceList, Problem

group = Group("catalogue", help="Price lists of suppliers.")
A_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
MOST_SHOWN = 20
ACTOR = "command line"


@group.command("formats")
@click.option("--json", "as_json", is_flag=True)
def formats(as_json: bool) -> None:
    """List the price lists that can be read; the last is any file, by its columns."""
    known = readers.formats()
    if as_json:
        say_json([{"key": f.key, "name": f.name, "complete": f.complete} for f in known])
        return
    for one in known:
        click.echo(f"{one.key:20} {one.name}")


@group.command("read")
@click.argument("file", type=A_FILE)
@click.option("--format", "format_key", help="One of `catalogue formats`; else it is recognised.")
@click.option("--json", "as_json", is_flag=True)
def read(file: Path, format_key: str | None, as_json: bool) -> None:
    """Read a price list and show what it says. Nothing is kept. Ends with 1 if rows are wrong."""
    price_list = readers.read(_bytes(file), filename=file.name, format_key=format_key)
    if as_json:
        say_json(readers.as_json(price_list))
    else:
        _show(price_list)
    if price_list.errors:
        raise SystemExit(1)


@group.command("import")
@click.argument("supplier")
@click.argument("file", type=A_FILE)
@click.option("--format", "format_key", help="One of `catalogue formats`; else it is recognised.")
@click.option("--apply/--preview", default=True, help="--preview shows the difference only.")
@click.option("--good-rows", is_flag=True, help="Apply although some rows are wrong.")
@click.option("--new", is_flag=True, help="Make the supplier if there is none of this name.")
def import_(
    supplier: str, file: Path, format_key: str | None, apply: bool, good_rows: bool, new: bool
) -> None:
    """Import a price list of SUPPLIER (name or id): all of it, or nothing."""
    session, now = db.session(), datetime.now(UTC)
    found = _supplier(supplier, make=new)
    made = catalogue_import.preview(
        session,
        found,
        _bytes(file),
        filename=file.name,
        actor=ACTOR,
        now=now,
        format_key=format_key,
    )
    _show_difference(made)
    if apply:
        catalogue_import.apply(
            session, made, actor=ACTOR, now=now, good_rows=good_rows, on_progress=_progress
        )
        session.commit()
        click.echo(f"Imported for {found.name}.")
    else:
        session.rollback()
        click.echo("Nothing was changed.")


def _bytes(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise click.ClickException(f"{file} cannot be read: {error.strerror}") from error


def _supplier(named: str, *, make: bool) -> Supplier:
    by_name = func.lower(Supplier.name) == named.lower()
    known = or_(by_name, Supplier.id == int(named)) if named.isdecimal() else by_name
    found = db.session.scalar(select(Supplier).where(known))
    if found is None and make:
        found = Supplier(name=named)
        db.session.add(found)
        db.session.flush()
    if found is None:
        names = ", ".join(db.session.scalars(select(Supplier.name).order_by(Supplier.name)))
        raise click.ClickException(
            f"There is no supplier {named!r}. Known: {names or 'none yet'}. Use --new to make it."
        )
    return found


def _show(price_list: PriceList) -> None:
    for row in price_list.rows[:MOST_SHOWN]:
        price = f"€ {row.price.normalize():f} per {row.unit or 'unit'}"
        click.echo(
            f"{row.number:12} {row.name}  {price}, case of {row.case_size}, {row.vat} % VAT"
        )
    if len(price_list.rows) > MOST_SHOWN:
        click.echo(f"... and {len(price_list.rows) - MOST_SHOWN} more")
    _show_problems(price_list.errors, price_list.warnings)
    click.echo(f"{price_list.format}: {len(price_list.rows)} articles")


def _show_difference(made: CatalogueImport) -> None:
    _show_problems(errors_in(made), warnings_in(made))
    counts = made.counts
    words = ("new", "changed", "gone", "unchanged", "errors")
    click.echo(f"{made.format_key}: " + ", ".join(f"{counts.get(w, 0)} {w}" for w in words))


def _show_problems(
    errors: tuple[Problem, ...] | list[Problem], warnings: tuple[Problem, ...] | list[Problem]
) -> None:
    for problem in errors:
        where = f"row {problem.row}, {problem.column or 'the row'}"
        click.echo(f"{where}: {problem.value!r}: {problem.in_words()}", err=True)
    for warning in warnings:
        click.echo(f"note: {warning.in_words()}", err=True)


def _progress(done: int, total: int) -> None:
    if total > 1000:
        click.echo(f"{done} of {total}", err=True)

"""`bills`: read a supplier's bill, compare and book it, list those of a round."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
from sqlalchemy import func, or_, select

from app.commands.group import Group, iso, say_json
from app.database import reading
from app.extensions import db
from app.pages.bills import passed_lines
from purchasing.billed import Billed, Difference, Outcome
from purchasing.books import supplier_bills
from purchasing.books.supplier_bills import SupplierBill
from purchasing.catalogue import Supplier
from purchasing.ordering import SupplierOrder, list_orders
from purchasing.rounds import Round
from suppliers import bills as bill_files

group = Group("bills", help="Bills and credit notes of suppliers.")
A_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
ACTOR = "command line"
Facts = dict[str, Any]


@group.command("read")
@click.argument("file", type=A_FILE)
@click.option("--json", "as_json", is_flag=True)
def read(file: Path, as_json: bool) -> None:
    """Read FILE (UBL, CII, or a PDF that carries CII) and show what it says. Nothing is kept."""
    billed = _read(file)
    if as_json:
        say_json(billed.plain() | {"credit": billed.is_credit, "vat_cents": billed.vat_cents})
        return
    kind = "credit note" if billed.is_credit else "bill"
    click.echo(f"{kind} {billed.number} of {billed.issued_on}: {_euros(billed.total_cents)}")
    for line in billed.lines:
        click.echo(f"  {_euros(line.net_cents):>12}  {line.number:10} {line.name}")
    for name, cents in (("delivery", billed.delivery_cents), ("deposit", billed.deposit_cents)):
        if cents:
            click.echo(f"  {_euros(cents):>12}  {name}")
    for rate in billed.rates:
        click.echo(f"  {_euros(rate.vat_cents):>12}  VAT {rate.vat_bp / 100:g}%")


@group.command("enter")
@click.argument("round_id", type=int)
@click.argument("supplier")
@click.argument("file", type=A_FILE)
@click.option("--decide", multiple=True, metavar="PART=OUTCOME",
              help="What is done with one difference: accepted, disputed or passed.")  # fmt: skip
@click.option("--others", type=click.Choice([str(one) for one in Outcome]),
              help="What is done with all other differences.")  # fmt: skip
@click.option("--preview", is_flag=True, help="Show the differences only.")
@click.option("--json", "as_json", is_flag=True)
def enter(
    round_id: int,
    supplier: str,
    file: Path,
    decide: tuple[str, ...],
    others: str | None,
    preview: bool,
    as_json: bool,
) -> None:
    """Book the bill in FILE for what ROUND_ID ordered from SUPPLIER (name or id).

    Each difference must be decided about; without that nothing is booked, and it ends with 1.
    """
    session, billed = db.session(), _read(file)
    order = _order(round_id, supplier)
    found = supplier_bills.compare(session, order, billed)
    if preview:
        _show(found, as_json)
        return
    outcomes = {one.part: others or "" for one in found} | dict(_decided(decide))
    if any(not outcomes[one.part] for one in found):
        _show(found, as_json)
        raise supplier_bills.Undecided
    bill = supplier_bills.enter(
        session, order, billed, outcomes, actor=ACTOR, now=datetime.now(UTC)
    )
    session.commit()
    if as_json:
        say_json(_facts(bill))
    else:
        click.echo(f"{bill.number} is in the books: {_euros(bill.total_cents)}")


@group.command("list")
@click.argument("round_id", type=int)
@click.option("--json", "as_json", is_flag=True)
def list_(round_id: int, as_json: bool) -> None:
    """List the bills of a round, and what was done with each difference; the oldest first."""
    with reading():
        session = db.session()
        _round(round_id)
        facts = [
            _facts(bill)
            for order in list_orders(session, round_id)
            for bill in supplier_bills.list_bills(session, order.id)
        ]
    if as_json:
        say_json(facts)
        return
    for one in facts:
        state = "taken back" if one["taken_back_at"] else "in the books"
        click.echo(
            f"{one['number']:20} {one['supplier'][:30]:30} {_euros(one['total_cents']):>12}"
            f" {_euros(one['disputed_cents']):>10} disputed  {state}"
        )


def _read(file: Path) -> Billed:
    try:
        return bill_files.read(file.read_bytes())
    except OSError as error:
        raise click.ClickException(f"{file} cannot be read: {error.strerror}") from error


def _round(round_id: int) -> Round:
    round_ = db.session.get(Round, round_id)
    if round_ is None:
        raise click.ClickException(f"There is no round {round_id}.")
    return round_


def _order(round_id: int, supplier: str) -> SupplierOrder:
    _round(round_id)
    named = func.lower(Supplier.name) == supplier.lower()
    same = or_(named, Supplier.id == int(supplier)) if supplier.isdecimal() else named
    found = db.session.scalar(
        select(SupplierOrder)
        .join(Supplier, Supplier.id == SupplierOrder.supplier_id)
        .where(SupplierOrder.round_id == round_id, same)
    )
    if found is None:
        raise click.ClickException(f"Nothing was ordered from “{supplier}” in round {round_id}.")
    return found


def _decided(decide: tuple[str, ...]) -> list[tuple[str, str]]:
    pairs = [one.rpartition("=")[::2] for one in decide]
    for part, outcome in pairs:
        if not part or outcome not in list(Outcome):
            raise click.ClickException(f"“{part}={outcome}” is not PART=OUTCOME.")
    return pairs


def _show(found: tuple[Difference, ...], as_json: bool) -> None:
    if as_json:
        say_json([vars(one) | {"cents": one.cents} for one in found])
        return
    for one in found:
        click.echo(f"{one.part:30} {_euros(one.cents):>12}  {one.name}")
    click.echo(f"{len(found)} differences")


def _facts(bill: SupplierBill) -> Facts:
    """Amounts in whole cents; what is passed on by participant, as charges are counted."""
    return {
        "number": bill.number,
        "supplier": bill.order.supplier.name,
        "order": bill.order.number,
        "credit": bill.is_credit,
        "issued_on": bill.issued_on.isoformat(),
        "due_on": bill.due_on.isoformat() if bill.due_on else None,
        "total_cents": bill.total_cents,
        "disputed_cents": bill.disputed_cents,
        "differences": [
            vars(one) | {"cents": one.cents, "outcome": str(done)}
            for one, done in bill.differences
        ],
        "passed_on": [
            vars(line) | {"papers": [paper.number for paper in line.papers]}
            for line in passed_lines(db.session(), bill)
        ],
        "entered_at": iso(bill.entered_at),
        "entered_by": bill.entered_by,
        "taken_back_at": iso(bill.reversal.at) if bill.reversal else None,
    }


def _euros(cents: int) -> str:
    return f"{'-' if cents < 0 else ''}{abs(cents) // 100}.{abs(cents) % 100:02}"

"""Bank lines out of a CSV: the layout is recognised by its titles, or by its width."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from app.bank.refusals import (
    DoubledFile,
    NoStatement,
    NotABankFile,
    TooManyLines,
    UnknownColumns,
    WrongBankLine,
    WrongCells,
    WrongDate,
    WrongDirection,
)
from app.bank.table_layout import LAYOUTS, TableLayout
from app.bank.values import MOST_LINES, account, cents, day, euros_only, one_line
from purchasing.books.bank_file import BankFile, Line, Statement
from purchasing.money import Cents

TITLES_WITHIN = 5  # lines
Cells = list[str]


@dataclass(frozen=True)
class _Table:
    """The rows below the titles, each with its number; where each field stands."""

    layout: TableLayout
    titles: Cells
    places: Mapping[str, Sequence[int]]
    rows: Sequence[tuple[int, Cells]]
    width: int


def read(text: str) -> BankFile:
    """Raises UnreadableBankFile, naming the row."""
    try:
        table = _recognise(text)
    except csv.Error as error:  # a cell of more than a hundred thousand characters
        raise NotABankFile from error
    by_account: dict[str, list[tuple[Cells, Line]]] = {}
    for number, cells in table.rows:
        line = _line(table, number, cells)
        by_account.setdefault(account(_cell(table, cells, "account")), []).append((cells, line))
    if not by_account:
        raise NoStatement
    statements = [_statement(table, own, lines) for own, lines in by_account.items()]
    return BankFile(table.layout.key, tuple(statements))


def _statement(table: _Table, own: str, lines: list[tuple[Cells, Line]]) -> Statement:
    """The rows of one account: a CSV may hold several, and has no numbers of statements."""
    if table.layout.newest_first:
        lines.reverse()
    opening, closing = _balances(table, lines)
    days = [line.booked_on for _, line in lines]
    return Statement(
        account=own,
        number=f"{min(days):%Y%m%d}-{max(days):%Y%m%d}",
        lines=tuple(line for _, line in lines),
        opening=opening,
        closing=closing,
    )


def _recognise(text: str) -> _Table:
    for layout in LAYOUTS:
        head = list(islice(_rows(text, layout.quote, strict=False), TITLES_WITHIN))
        if layout.width:
            if head and len(head[0][1]) == layout.width and _has_day(layout, head[0][1]):
                return _Table(layout, [], layout.places, _all_rows(text, layout), layout.width)
            continue
        for at, (_, cells) in enumerate(head):
            titles = [cell.strip().lower() for cell in cells]
            places = _places(layout, titles)
            if all(places.get(need) for need in layout.needs):
                rows = _all_rows(text, layout)[at + 1 :]
                return _Table(layout, cells, places, rows, len(titles))
    raise UnknownColumns


def _all_rows(text: str, layout: TableLayout) -> list[tuple[int, Cells]]:
    """Quotation marks inside a cell are taken as they stand; one never closed is refused."""
    try:
        return list(_rows(text, layout.quote, strict=True))
    except csv.Error as error:
        if "end of data" in str(error):
            last = text.rstrip("\n").count("\n") + 1
            raise WrongBankLine(place=last, text=text.splitlines()[-1][:60]) from error
    return list(_rows(text, layout.quote, strict=False))


def _rows(text: str, quote: str, *, strict: bool) -> Iterator[tuple[int, Cells]]:
    first = text.partition("\n")[0]
    separator = max(";,\t", key=first.count)
    source = io.StringIO(text, newline="\n")
    reader = csv.reader(source, delimiter=separator, quotechar=quote, strict=strict)
    for count, cells in enumerate(reader):
        if count > MOST_LINES:
            raise TooManyLines(limit=MOST_LINES)
        if any(cell.strip() for cell in cells):
            yield reader.line_num, cells


def _has_day(layout: TableLayout, cells: Cells) -> bool:
    """Without titles the first cells must be what they should be."""
    try:
        day(cells[layout.places["day"][0]], layout.days, 1)
    except WrongDate:
        return False
    return True


def _places(layout: TableLayout, titles: Cells) -> dict[str, list[int]]:
    return {
        field: [titles.index(name) for name in names if name in titles]
        for field, names in layout.columns.items()
    }


def _cell(table: _Table, cells: Cells, field: str) -> str:
    places = table.places.get(field, ())
    return cells[places[0]].strip() if places else ""


def _line(table: _Table, number: int, cells: Cells) -> Line:
    if cells == table.titles:
        raise DoubledFile(place=number)
    if len(cells) != table.width:
        raise WrongCells(place=number, found=len(cells), expected=table.width)
    euros_only(_cell(table, cells, "currency"), number)
    amount = _amount(table, cells, number)
    reason = one_line(_cell(table, cells, "reason"))
    return Line(
        booked_on=day(_cell(table, cells, "day"), table.layout.days, number),
        cents=amount,
        name=one_line(_cell(table, cells, "name")),
        iban=account(_cell(table, cells, "iban"))[:34],
        text=one_line(" ".join(cells[at] for at in table.places.get("text", ()))),
        reference=one_line(_cell(table, cells, "reference")),
        end_to_end=one_line(_cell(table, cells, "end_to_end")),
        bank_reference=one_line(_cell(table, cells, "bank_reference")).strip("0"),
        entry_cents=amount,
        returned=bool(reason),
        reason=reason,
        place=number,
    )


def _amount(table: _Table, cells: Cells, number: int) -> Cents:
    amount = cents(_cell(table, cells, "amount"), number)
    if "direction" not in table.places:
        return amount
    word = _cell(table, cells, "direction").lower()
    if word in table.layout.came_in:
        return amount
    if word in table.layout.went_out:
        return -amount
    raise WrongDirection(place=number)


def _balances(
    table: _Table, lines: Sequence[tuple[Cells, Line]]
) -> tuple[Cents | None, Cents | None]:
    """Before the first line and after the last, where every line tells one of them."""
    (first, oldest), (last, newest) = lines[0], lines[-1]
    if table.places.get("balance_after"):
        opening = cents(_cell(table, first, "balance_after"), oldest.place) - oldest.cents
        return opening, cents(_cell(table, last, "balance_after"), newest.place)
    if table.places.get("balance_before"):
        closing = cents(_cell(table, last, "balance_before"), newest.place) + newest.cents
        return cents(_cell(table, first, "balance_before"), oldest.place), closing
    return None, None

"""A tender's papers as plain tables, for CSV: the lot sheet, and the list of who switches."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from purchasing.errors import N_
from suppliers.ordersheet import Column, Holds, OrderSheet, Translate

FEWER = N_("fewer than 10")
LOT_COLUMNS = (
    ("segment", N_("Segment")),
    ("figure", N_("What")),
    ("detail", N_("Detail")),
    ("value", N_("Number")),
    ("unit", N_("Unit")),
)


def lot_sheet(record: Mapping[str, Any], translate: Translate = str) -> OrderSheet:
    """The table of a lot sheet's record of `tenders.lots`. What is hidden says so in words."""
    titles = tuple(Column(key, translate(title), Holds.TEXT) for key, title in LOT_COLUMNS)
    rows = (_lot_row(row, record["labels"], translate) for row in record["rows"])
    return _table(record, titles, tuple(rows))


def switch_list(record: Mapping[str, Any], translate: Translate = str) -> OrderSheet:
    """The table of a switch list's record of `tenders.switching.take_along`, all text."""
    titles = tuple(
        Column(f"c{at}", translate(column["title"]), Holds.TEXT)
        for at, column in enumerate(record["columns"])
    )
    rows = tuple(tuple(_text(cell, translate) for cell in row) for row in record["rows"])
    return _table(record, titles, rows)


def _table(
    record: Mapping[str, Any], columns: tuple[Column, ...], rows: tuple[tuple[str, ...], ...]
) -> OrderSheet:
    return OrderSheet(
        number=record["number"],
        heading=(),
        columns=columns,
        rows=rows,
        totals=(),
        ordered_on=date.fromisoformat(record["issued_on"]),
    )


def _lot_row(
    row: Mapping[str, Any], labels: Mapping[str, Mapping[str, str]], translate: Translate
) -> tuple[str, ...]:
    detail = labels["details"].get(row["detail"])
    return (
        translate(labels["segments"][row["segment"]]),
        translate(labels["figures"][row["figure"]]),
        translate(detail) if detail else row["detail"],
        translate(FEWER) if row["value"] is None else str(row["value"]),
        row["unit"],
    )


def _text(cell: Mapping[str, Any], translate: Translate) -> str:
    if "words" in cell:
        return ", ".join(translate(word) for word in cell["words"])
    return str(cell["text"])

"""A supplier's order as a plain table: its columns, its rows and its totals, for CSV and XLSX.

Made from the frozen record of the order sheet, so that what is attached is what was printed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any

from purchasing.errors import N_

Cell = str | int | Decimal
Translate = Callable[[str], str]


class Holds(StrEnum):
    """What a column holds; a text is never anything else, whatever it looks like."""

    TEXT = "text"
    COUNT = "count"
    MONEY = "money"


@dataclass(frozen=True)
class Column:
    key: str
    title: str
    holds: Holds


@dataclass(frozen=True)
class OrderSheet:
    """One order: a heading of (label, text), columns with rows, and totals of (label, euros)."""

    number: str
    heading: tuple[tuple[str, str], ...]
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    totals: tuple[tuple[str, Decimal], ...]
    ordered_on: date

    def filename(self, suffix: str) -> str:
        """ "B-2026-0001.csv": only letters, digits, dashes and the dot."""
        stem = "".join(sign if sign.isalnum() and sign.isascii() else "-" for sign in self.number)
        return f"{stem}.{suffix}"


# The columns a category may name in `Category.sheet_columns`.
COLUMNS = {
    "number": Column("number", N_("Article number"), Holds.TEXT),
    "name": Column("name", N_("Article"), Holds.TEXT),
    "brand": Column("brand", N_("Brand"), Holds.TEXT),
    "unit": Column("unit", N_("Unit"), Holds.TEXT),
    "case_pieces": Column("case_pieces", N_("Pieces in a case"), Holds.COUNT),
    "cases": Column("cases", N_("Cases"), Holds.COUNT),
    "pieces": Column("pieces", N_("Pieces"), Holds.COUNT),
    "quantity": Column("quantity", N_("Quantity"), Holds.TEXT),
    "case_price": Column("case_price", N_("Price of a case"), Holds.MONEY),
    "amount": Column("amount", N_("Amount without VAT"), Holds.MONEY),
    # Of a round that people sign up to: how many ask for what.
    "policy": Column("policy", N_("Insurance"), Holds.TEXT),
    "policies": Column("policies", N_("Policies"), Holds.COUNT),
    "premium": Column("premium", N_("Premium of one"), Holds.MONEY),
    "premiums": Column("premiums", N_("Premium"), Holds.MONEY),
    "premium_tax": Column("premium_tax", N_("Premium tax"), Holds.MONEY),
    "with_tax": Column("with_tax", N_("With premium tax"), Holds.MONEY),
}
TO_TRANSLATE = frozenset({"policy"})  # its cells are msgids


def from_record(record: Mapping[str, Any], translate: Translate = str) -> OrderSheet:
    """The table of an order sheet's frozen record (purchasing.sheets.order_sheet).

    Columns are those of the category; where something goes by parts of a unit, the quantity in
    units stands behind the pieces. `translate` puts titles into the supplier's language.
    """
    columns = tuple(_named(COLUMNS[key], translate) for key in _column_keys(record))
    return OrderSheet(
        number=record["number"],
        heading=tuple((translate(label), text) for label, text in _heading(record) if text),
        columns=columns,
        rows=tuple(
            tuple(_cell(column, line, translate) for column in columns) for line in record["lines"]
        ),
        totals=tuple((translate(label), _euros(cents)) for label, cents in _totals(record)),
        ordered_on=date.fromisoformat(record["ordered_on"]),
    )


def _column_keys(record: Mapping[str, Any]) -> list[str]:
    keys = [key for key in record["columns"] if key in COLUMNS]
    if any(line.get("quantity") for line in record["lines"]) and "quantity" not in keys:
        keys.insert(keys.index("pieces") + 1 if "pieces" in keys else len(keys), "quantity")
    return keys


def _named(column: Column, translate: Translate) -> Column:
    return Column(column.key, translate(column.title), column.holds)


def _cell(column: Column, line: Mapping[str, Any], translate: Translate) -> Cell:
    value = line.get(column.key)
    if column.key in TO_TRANSLATE or (column.key == "name" and line.get("named")):
        return translate(str(value or ""))
    if column.key == "quantity":
        return _measured(line, line["quantity"]["milli"]) if line.get("quantity") else ""
    if column.key == "unit" and line.get("quantity"):
        return part_of(line)
    if column.holds == Holds.MONEY:
        return _euros(int(value or 0))
    return int(value or 0) if column.holds == Holds.COUNT else str(value or "")


def part_of(line: Mapping[str, Any]) -> str:
    """ "0,5 kg": what a piece is where it is a part of a unit. Eight of them are four kilos."""
    return _measured(line, line["quantity"]["milli"] // line["pieces"])


def _measured(line: Mapping[str, Any], milli: int) -> str:
    units = f"{(Decimal(milli) / 1000).normalize():f}".replace(".", ",")
    return f"{units} {line['quantity']['unit']}".strip()


def _heading(record: Mapping[str, Any]) -> list[tuple[str, str]]:
    supplier, sender, contact = record["supplier"], record["sender"], record["contact"]
    deliver: Mapping[str, Any] = record.get("deliver") or {}
    address = ", ".join(filter(None, (deliver.get("place"), deliver.get("address"))))
    return [
        (N_("Order number"), record["number"]),
        (N_("Ordered on"), record["ordered_on"]),
        (N_("From"), sender["name"]),
        (N_("For"), supplier["name"]),
        (N_("Customer number"), supplier.get("customer_number", "")),
        (N_("Deliver on"), deliver.get("on") or ""),
        (N_("Deliver to"), address),
        (N_("Contact"), ", ".join(filter(None, (contact.get("name"), contact.get("phone"))))),
    ]


def _totals(record: Mapping[str, Any]) -> list[tuple[str, int]]:
    lines = [
        (N_("Articles"), record["goods"]),
        (N_("Deposit"), record["deposits"]),
        (N_("Delivery"), record["delivery"]),
    ]
    if any("with_tax" in line for line in record["lines"]):
        return [(N_("Total with premium tax"), record["total"])]
    parts = [(label, cents) for label, cents in lines if cents]
    whole = (N_("Total without VAT"), record["total"])
    return [whole] if len(parts) < 2 else [*parts, whole]


def _euros(cents: int) -> Decimal:
    return Decimal(cents) / 100

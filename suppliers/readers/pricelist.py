"""What reading a price list yields: rows, and what is wrong or odd about the file."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong or odd. `message` is a msgid; `details` are the values in its sentence.

    `row` counts as a spreadsheet program does, from 1 (XML: the articles); 0 is the whole file.
    `details` are plain, fit for JSON.
    """

    row: int
    column: str
    value: str
    message: str
    details: Mapping[str, object] = field(default_factory=dict, hash=False)

    def in_words(self, translate: Callable[[str], str] = str) -> str:
        return translate(self.message) % self.details


@dataclass(frozen=True, slots=True)
class Row:
    """One article. Prices and deposit are euros per `unit`, excluding VAT; `vat` is in percent.

    `case_size` is in units and may be broken (a cheese of 4.5 kg). `tiers` are (from this
    number of units, price per unit). `number` is the supplier's own, with its leading zeros, or
    ":" and a hash of name and unit where the list has none.
    """

    number: str
    name: str
    unit: str
    case_size: Decimal
    price: Decimal
    vat: Decimal
    deposit: Decimal = Decimal(0)
    available: bool = True
    brand: str = ""
    origin: str = ""
    category: str = ""
    note: str = ""
    ean: str = ""
    weighed: bool = False
    tiers: tuple[tuple[Decimal, Decimal], ...] = ()
    line: int = 0


@dataclass(frozen=True, slots=True)
class FormatInfo:
    """A layout that can be read: `key` is stored and typed, `name` is for people."""

    key: str
    name: str
    complete: bool


@dataclass(frozen=True, slots=True)
class PriceList:
    """A file that was read. Rows with an error are not among `rows`.

    `complete`: this is the supplier's whole assortment, what is not in it is gone.
    `header` and `sample` are the first lines as they stand in the file, `mapping` which column
    was taken for what (only where the columns were guessed or chosen, else None).
    """

    format: str
    rows: tuple[Row, ...]
    errors: tuple[Problem, ...] = ()
    warnings: tuple[Problem, ...] = ()
    header: tuple[str, ...] = ()
    sample: tuple[tuple[str, ...], ...] = ()
    mapping: Mapping[str, Any] | None = None
    complete: bool = False


def as_json(price_list: PriceList, translate: Callable[[str], str] = str) -> dict[str, Any]:
    """The price list as plain data; `price` and `deposit` as decimal strings."""
    return {
        "format": price_list.format,
        "rows": [_row(row) for row in price_list.rows],
        "errors": [_problem(problem, translate) for problem in price_list.errors],
        "warnings": [problem.in_words(translate) for problem in price_list.warnings],
    }


def _row(row: Row) -> dict[str, Any]:
    return {
        "number": row.number,
        "name": row.name,
        "unit": row.unit,
        "case_size": _plain(row.case_size),
        "price": _money(row.price),
        "vat": _plain(row.vat),
        "deposit": _money(row.deposit),
        "available": row.available,
        "brand": row.brand,
        "origin": row.origin,
        "category": row.category,
        "note": row.note,
        "ean": row.ean,
        "weighed": row.weighed,
        "tiers": [[_plain(quantity), _money(price)] for quantity, price in row.tiers],
    }


def _problem(problem: Problem, translate: Callable[[str], str]) -> dict[str, Any]:
    return {
        "row": problem.row,
        "column": problem.column,
        "value": problem.value,
        "message": problem.in_words(translate),
    }


def _plain(number: Decimal) -> int | float:
    return int(number) if number == number.to_integral_value() else float(number)


def _money(amount: Decimal) -> str:
    """At least two decimals: "2.80", "4.231667"."""
    shown = f"{amount.normalize():f}"
    _, _, decimals = shown.partition(".")
    return shown if len(decimals) >= 2 else f"{amount:.2f}"


class Remarks:
    """Warnings in the making: one sentence however many rows it is about.

    A sentence may use %(count)d, how often it was said, and %(row)d, where first.
    """

    def __init__(self) -> None:
        self._said: dict[tuple[str, tuple[tuple[str, object], ...]], list[int]] = {}

    def add(self, message: str, row: int = 0, **details: object) -> None:
        tally = self._said.setdefault((message, tuple(sorted(details.items()))), [row, 0])
        tally[1] += 1

    def problems(self) -> tuple[Problem, ...]:
        return tuple(
            Problem(0, "", "", message, {**dict(details), "row": row, "count": count})
            for (message, details), (row, count) in self._said.items()
        )


def first_lines(lines: Sequence[tuple[int, Sequence[str]]]) -> tuple[tuple[str, ...], ...]:
    return tuple(tuple(cells) for _, cells in lines[:20])

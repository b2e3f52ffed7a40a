"""Price lists in: bytes of a file go in, rows come out. No database, no web, no clock.

`read` does it all; a known layout is a declaration in `layouts/`, and any other file is read by
its column titles or by a mapping. A row that is wrong is reported and left out; a file that
cannot be read at all raises Unreadable with a sentence for people.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from purchasing.errors import N_
from suppliers.readers import columns, intake, table
from suppliers.readers.grid import Grid
from suppliers.readers.layouts import LAYOUTS
from suppliers.readers.pricelist import (
    FormatInfo,
    PriceList,
    Problem,
    Row,
    as_json,
    first_lines,
)
from suppliers.readers.refusals import AnotherFormat, UnknownFormat, Unreadable

__all__ = [
    "FormatInfo", "PriceList", "Problem", "Row", "Unreadable", "as_json", "formats", "read",
    "recognise",
]  # fmt: skip

ANY_FILE = N_("Any CSV, XLSX or ODS, by its columns")


def formats() -> list[FormatInfo]:
    """All that can be read; the last is any file, by its columns."""
    known = [FormatInfo(one.key, one.name, one.complete) for one in LAYOUTS]
    return [*known, FormatInfo(columns.KEY, ANY_FILE, False)]


def recognise(data: bytes, *, filename: str) -> FormatInfo | None:
    """Which known layout this file has; None if it has none of them. Raises Unreadable."""
    found = table.find(intake.grids(data, filename=filename, layouts=LAYOUTS), LAYOUTS)
    return (
        FormatInfo(found.layout.key, found.layout.name, found.layout.complete) if found else None
    )


def read(
    data: bytes,
    *,
    filename: str,
    format_key: str | None = None,
    mapping: Mapping[str, Any] | None = None,
) -> PriceList:
    """Read a price list. Raises Unreadable.

    Without `format_key` and `mapping` the layout is recognised by itself; if it is none of the
    known ones, the columns are guessed and the guess is in `PriceList.mapping`, to be confirmed
    or changed and handed in again. `mapping` is described at `columns.propose`.
    """
    if format_key not in (None, columns.KEY, *(one.key for one in LAYOUTS)):
        raise UnknownFormat(format=format_key)
    grids = intake.grids(data, filename=filename, layouts=LAYOUTS)
    if mapping is None and format_key != columns.KEY:
        wanted = [one for one in LAYOUTS if format_key in (None, one.key)]
        found = table.find(grids, wanted)
        if found:
            return table.read(found)
        if format_key:
            raise AnotherFormat(format=wanted[0].name)
    return _by_columns(grids, mapping)


def _by_columns(grids: list[Grid], mapping: Mapping[str, Any] | None) -> PriceList:
    grid = max(grids, key=lambda one: len(one.lines), default=Grid([]))
    if mapping is not None:
        price_list = table.read(columns.found(grid, mapping))
        return replace(price_list, mapping=dict(mapping))
    proposal = columns.propose(grid)
    if not proposal:
        problem = Problem(0, "", "", columns.NO_COLUMNS)
        header = tuple(grid.lines[0][1]) if grid.lines else ()
        sample = first_lines(grid.lines)
        return PriceList(columns.KEY, (), (problem,), header=header, sample=sample, mapping={})
    price_list = table.read(columns.found(grid, proposal))
    warning = Problem(0, "", "", columns.GUESSED)
    return replace(price_list, mapping=proposal, warnings=(warning, *price_list.warnings))

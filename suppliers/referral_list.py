"""The list of who signed up as a plain table, for CSV: the same rows as its PDF."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from suppliers.ordersheet import Column, Holds, OrderSheet, Translate


def from_record(record: Mapping[str, Any], translate: Translate = str) -> OrderSheet:
    """The table of a list's record (purchasing.referral.take_along), all of it text."""
    return OrderSheet(
        number=record["number"],
        heading=(),
        columns=tuple(
            Column(f"c{at}", translate(title), Holds.TEXT)
            for at, title in enumerate(record["columns"])
        ),
        rows=tuple(tuple(_text(cell, translate) for cell in row) for row in record["rows"]),
        totals=(),
        ordered_on=date.fromisoformat(record["issued_on"]),
    )


def _text(cell: Mapping[str, Any], translate: Translate) -> str:
    if "words" in cell:
        return ", ".join(translate(word) for word in cell["words"])
    return str(cell["text"])

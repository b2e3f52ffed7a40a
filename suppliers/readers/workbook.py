"""Workbooks (XLSX, XLSB, ODS, XLS): their visible sheets, opened in a process of its own."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from suppliers.readers import archive
from suppliers.readers.grid import MAX_CELL, MAX_COLUMNS, MAX_ROWS, Grid
from suppliers.readers.numbers import Figure
from suppliers.readers.refusals import (
    BrokenWorkbook,
    Locked,
    TooHeavy,
    TooManyColumns,
    TooManyRows,
    Unreadable,
)

OLE_SIGNATURE = b"\xd0\xcf\x11\xe0"
PATIENCE = 30  # seconds
_PROGRAM = Path(__file__).with_name("workbook_process.py")
_LIMITS = (str(MAX_ROWS), str(MAX_COLUMNS), str(MAX_CELL))


def grids(data: bytes) -> list[Grid]:
    """The sheets that hold anything. Raises Unreadable."""
    if data.startswith(archive.SIGNATURE):
        archive.check(data)
    try:
        done = subprocess.run(
            [sys.executable, "-I", str(_PROGRAM), *_LIMITS],
            input=data,
            capture_output=True,
            timeout=PATIENCE,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise TooHeavy from error
    if done.returncode < 0:  # ended by the system: its memory or its time was used up
        raise TooHeavy
    if done.returncode > 0:
        raise BrokenWorkbook
    # A cell that holds no number at all (NaN, infinity) is a text, refused where a number must be.
    answer = json.loads(done.stdout, parse_float=Figure, parse_int=Figure, parse_constant=str)
    if "refused" in answer:
        raise _refusal(answer["refused"])
    return [_grid(sheet) for sheet in answer["sheets"] if sheet["lines"]]


def _grid(sheet: dict[str, Any]) -> Grid:
    return Grid([(int(number), cells) for number, cells in sheet["lines"]], name=sheet["name"])


def _refusal(reason: str) -> Unreadable:
    return {
        "locked": Locked(),
        "rows": TooManyRows(limit=MAX_ROWS),
        "columns": TooManyColumns(limit=MAX_COLUMNS),
        "heavy": TooHeavy(),
    }.get(reason) or BrokenWorkbook()

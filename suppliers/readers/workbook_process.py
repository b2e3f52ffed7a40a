"""Run by itself, kept small in memory and time: a workbook comes in, its cells go out as JSON.

The library that opens workbooks lays a sheet out in full, so one cell far away can ask for all
memory there is. Here that ends this process and nothing else. Speaks to `workbook.py` only.
"""

import contextlib
import io
import json
import sys
from typing import Any

import python_calamine as calamine

MEMORY = 1 << 30
SECONDS = 20
MAX_TEXT = 60_000_000  # characters in all
EMPTY_LINES = 5  # times as many lines as may be filled
LOCKED, BROKEN, ROWS, COLUMNS, HEAVY = "locked", "broken", "rows", "columns", "heavy"


def limit() -> None:
    """Bound memory and time of this process, where the system can."""
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource  # not on every system

        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))


def read(data: bytes, max_rows: int, max_columns: int, max_cell: int) -> dict[str, Any]:
    try:
        book = calamine.load_workbook(io.BytesIO(data))
        return {"sheets": _sheets(book, max_rows, max_columns, max_cell)}
    except calamine.PasswordError:
        return {"refused": LOCKED}
    except _Exceeded as reason:
        return {"refused": str(reason)}
    except MemoryError:
        return {"refused": HEAVY}
    except Exception:  # whatever is wrong with it, the workbook is not readable
        return {"refused": BROKEN}


class _Exceeded(Exception):
    pass


def _sheets(
    book: calamine.CalamineWorkbook, max_rows: int, max_columns: int, max_cell: int
) -> list[dict[str, Any]]:
    sheets, budget = [], MAX_TEXT
    for about in book.sheets_metadata:
        if about.typ != calamine.SheetTypeEnum.WorkSheet:
            continue
        if about.visible != calamine.SheetVisibleEnum.Visible:
            continue
        sheet = book.get_sheet_by_name(about.name)
        if sheet.total_width > max_columns:
            raise _Exceeded(COLUMNS)
        if sheet.total_height > EMPTY_LINES * max_rows:
            raise _Exceeded(ROWS)
        lines = _lines(sheet, max_rows, max_cell)
        budget -= sum(len(cell) for _, cells in lines for cell in cells if isinstance(cell, str))
        if budget < 0:
            raise _Exceeded(HEAVY)
        sheets.append({"name": about.name, "lines": lines})
    return sheets


def _lines(
    sheet: calamine.CalamineSheet, max_rows: int, max_cell: int
) -> list[tuple[int, list[object]]]:
    """The lines that hold anything, numbered as they are in the sheet, from 1."""
    lines: list[tuple[int, list[object]]] = []
    for number, values in enumerate(sheet.to_python(skip_empty_area=False), start=1):
        cells = [_cell(value, max_cell) for value in values]
        if any(cell != "" for cell in cells):
            if len(lines) >= max_rows:
                raise _Exceeded(ROWS)
            lines.append((number, cells))
    return lines


def _cell(value: object, max_cell: int) -> object:
    """Text stays text; a number keeps the fifteen digits a spreadsheet shows."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        exact = float(f"{value:.15g}")
        return int(exact) if exact.is_integer() and abs(exact) < 1e15 else exact
    if isinstance(value, int):
        return value
    return str(value)[: max_cell + 1]


if __name__ == "__main__":
    limit()
    answer = read(sys.stdin.buffer.read(), *(int(argument) for argument in sys.argv[1:4]))
    json.dump(answer, sys.stdout)

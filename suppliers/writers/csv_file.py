"""CSV as Dutch spreadsheet programs open it: UTF-8 with BOM, semicolons, decimal comma."""

import csv
import io
from decimal import Decimal

from suppliers.ordersheet import Cell, OrderSheet
from suppliers.writers.formulas import defused


def write(sheet: OrderSheet) -> bytes:
    """One heading row and one row for each article; the same sheet gives the same bytes."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=";", lineterminator="\r\n")
    writer.writerow([defused(column.title) for column in sheet.columns])
    writer.writerows([_written(cell) for cell in row] for row in sheet.rows)
    return text.getvalue().encode("utf-8-sig")


def _written(cell: Cell) -> str:
    if isinstance(cell, Decimal):
        return f"{cell:.2f}".replace(".", ",")
    return defused(cell) if isinstance(cell, str) else str(cell)

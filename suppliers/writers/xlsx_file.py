"""XLSX: the order with its heading and totals; numbers are numbers, texts are never formulas."""

import io
from datetime import UTC, datetime, time
from decimal import Decimal
from typing import Any

import xlsxwriter

from suppliers.ordersheet import Cell, Holds, OrderSheet
from suppliers.writers.formulas import looks_like_formula

WIDTHS = {"name": 44, "number": 16, "brand": 20, "unit": 14, "quantity": 14}
USUAL_WIDTH = 12
SAFE = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
EURO = "#,##0.00"


def write(sheet: OrderSheet) -> bytes:
    """One worksheet; the same sheet gives the same bytes."""
    file = io.BytesIO()
    book = xlsxwriter.Workbook(file, {"in_memory": True, **SAFE})
    made = datetime.combine(sheet.ordered_on, time(0), UTC).replace(tzinfo=None)
    book.set_properties({"title": sheet.number, "created": made})
    page = book.add_worksheet()
    page.set_landscape()
    page.fit_to_pages(1, 0)
    _Filler(book, page).fill(sheet)
    book.close()
    return file.getvalue()


class _Filler:
    """Writes a sheet from top to bottom."""

    def __init__(self, book: Any, page: Any) -> None:
        self.page = page
        self.plain = book.add_format()
        self.quoted = book.add_format({"quote_prefix": True})
        self.bold = book.add_format({"bold": True})
        self.money = book.add_format({"num_format": EURO})
        self.bold_money = book.add_format({"num_format": EURO, "bold": True, "top": 1})

    def fill(self, sheet: OrderSheet) -> None:
        row = 0
        for label, text in sheet.heading:
            self.page.write_string(row, 0, label, self.bold)
            self._text(row, 1, text)
            row += 1
        row += 1
        for at, column in enumerate(sheet.columns):
            self.page.set_column(at, at, WIDTHS.get(column.key, USUAL_WIDTH))
            self.page.write_string(row, at, column.title, self.bold)
        self.page.repeat_rows(row)
        for cells in sheet.rows:
            row += 1
            for at, cell in enumerate(cells):
                self._cell(row, at, cell)
        self._totals(sheet, row + 2)

    def _totals(self, sheet: OrderSheet, row: int) -> None:
        last = max((at for at, c in enumerate(sheet.columns) if c.holds == Holds.MONEY), default=1)
        for index, (label, euros) in enumerate(sheet.totals):
            whole = index == len(sheet.totals) - 1
            self.page.write_string(row + index, 1, label, self.bold if whole else self.plain)
            style = self.bold_money if whole else self.money
            self.page.write_number(row + index, max(last, 2), euros, style)

    def _cell(self, row: int, at: int, cell: Cell) -> None:
        if isinstance(cell, Decimal):
            self.page.write_number(row, at, cell, self.money)
        elif isinstance(cell, int):
            self.page.write_number(row, at, cell)
        else:
            self._text(row, at, cell)

    def _text(self, row: int, at: int, text: str) -> None:
        """As text, and marked so that editing the cell does not wake a formula either."""
        style = self.quoted if looks_like_formula(text) else self.plain
        self.page.write_string(row, at, text, style)

"""The order as a table, and as the files a supplier can work with."""

import csv
import io
from datetime import date
from decimal import Decimal
from xml.etree import ElementTree
from zipfile import ZipFile

import pytest
from python_calamine import CalamineWorkbook

from purchasing.categories import CATEGORIES
from suppliers import ordersheet
from suppliers.writers import WRITERS, markup
from suppliers.writers.formulas import defused

HOSTILE = [
    '=HYPERLINK("http://kwaad.example";"Klik")',
    "+31 6 12345678",
    "-2+3",
    "@SUM(A1)",
    "\t=1+1",
    "\r=1+1",
    " =1+1",
    "＝1+1",
]


def a_record(*lines, **details):
    """The frozen record of an order sheet."""
    record = {
        "number": "B-2026-0001",
        "ordered_on": "2026-03-06",
        "columns": ["number", "name", "unit", "cases", "pieces", "case_price", "amount"],
        "deliver": {"on": "2026-03-14", "place": "Buurthuis", "address": ""},
        "contact": {"name": "Ada", "phone": "023 000 00 00"},
        "sender": {"name": "Samen Testwijk"},
        "supplier": {"name": "Groothandel Test", "customer_number": "77"},
        "lines": list(lines) or [a_line()],
        "goods": 4800,
        "deposits": 0,
        "delivery": 0,
        "total": 4800,
    }
    return record | details


def a_line(**details):
    line = {
        "number": "0204",
        "name": "Rijst",
        "brand": "",
        "unit": "zak 1 kg",
        "case_pieces": 6,
        "cases": 2,
        "pieces": 12,
        "quantity": None,
        "case_price": 2400,
        "amount": 4800,
    }
    return line | details


def rows_of(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig")), delimiter=";"))


def cells_of(content: bytes) -> list[list[object]]:
    return CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0).to_python()


@pytest.mark.parametrize("key", [key for key, room in CATEGORIES.items() if room.sells_articles])
def test_every_column_a_category_names_is_known(key: str) -> None:
    assert set(CATEGORIES[key].sheet_columns()) <= set(ordersheet.COLUMNS)


def test_the_category_chooses_the_columns() -> None:
    sheet = ordersheet.from_record(a_record(columns=["cases", "name"]))

    assert [column.key for column in sheet.columns] == ["cases", "name"]
    assert sheet.rows == ((2, "Rijst"),)


def test_what_goes_by_the_half_kilo_tells_its_quantity_in_units() -> None:
    cheese = a_line(name="Kaas", pieces=9, quantity={"milli": 4500, "unit": "kg"})

    sheet = ordersheet.from_record(a_record(a_line(), cheese))

    at = [column.key for column in sheet.columns].index("quantity")
    assert [row[at] for row in sheet.rows] == ["", "4,5 kg"]


def test_what_a_case_of_half_kilos_holds_cannot_be_taken_for_kilos() -> None:
    """Nine pieces of a cheese by the kilo are four and a half kilos, and never nine."""
    measured = {"milli": 9000, "unit": "kg"}
    cheese = a_line(name="Kaas", unit="1 kg", case_pieces=9, pieces=18, quantity=measured)

    sheet = ordersheet.from_record(a_record(cheese))

    unit = [column.key for column in sheet.columns].index("unit")
    assert sheet.rows[0][unit] == "0,5 kg"


def test_totals_add_up_only_where_there_is_more_than_goods() -> None:
    plain = ordersheet.from_record(a_record())
    with_delivery = ordersheet.from_record(a_record(delivery=750, total=5550))

    assert plain.totals == (("Total without VAT", Decimal("48.00")),)
    assert [cents for _, cents in with_delivery.totals] == [Decimal(48), Decimal("7.5"), 55.5]


def test_titles_speak_the_language_of_the_supplier() -> None:
    sheet = ordersheet.from_record(a_record(), translate=str.upper)

    assert sheet.columns[0].title == "ARTICLE NUMBER"
    assert sheet.heading[0] == ("ORDER NUMBER", "B-2026-0001")


def test_csv_opens_in_a_dutch_spreadsheet_program() -> None:
    content = WRITERS["csv"](ordersheet.from_record(a_record()))

    assert content.startswith(b"\xef\xbb\xbf")
    assert rows_of(content)[1] == ["0204", "Rijst", "zak 1 kg", "2", "12", "24,00", "48,00"]


def test_csv_keeps_semicolons_quotes_and_lines_inside_their_cell() -> None:
    name = 'Olie; "extra"\nvierge'

    content = WRITERS["csv"](ordersheet.from_record(a_record(a_line(name=name))))

    assert rows_of(content)[1][1] == name


def test_xlsx_holds_numbers_as_numbers_and_texts_as_texts() -> None:
    content = WRITERS["xlsx"](ordersheet.from_record(a_record()))

    line = next(row for row in cells_of(content) if row[0] == "0204")
    assert line == ["0204", "Rijst", "zak 1 kg", 2, 12, 24, 48]


@pytest.mark.parametrize("text", HOSTILE)
def test_no_text_becomes_a_formula_in_csv(text: str) -> None:
    content = WRITERS["csv"](ordersheet.from_record(a_record(a_line(name=text))))

    assert rows_of(content)[1][1] == f"'{text}"


@pytest.mark.parametrize("text", HOSTILE)
def test_no_text_becomes_a_formula_in_xlsx(text: str) -> None:
    content = WRITERS["xlsx"](ordersheet.from_record(a_record(a_line(name=text))))

    with ZipFile(io.BytesIO(content)) as parts:
        assert b"<f>" not in parts.read("xl/worksheets/sheet1.xml")
        assert b'quotePrefix="1"' in parts.read("xl/styles.xml")


def test_an_ordinary_name_is_left_alone() -> None:
    assert defused("Rijst (1-2 kg) = lekker") == "Rijst (1-2 kg) = lekker"


@pytest.mark.parametrize("suffix", WRITERS)
def test_the_same_order_gives_the_same_bytes(suffix: str) -> None:
    first = WRITERS[suffix](ordersheet.from_record(a_record()))
    again = WRITERS[suffix](ordersheet.from_record(a_record()))

    assert first == again


def test_a_file_name_holds_no_path() -> None:
    sheet = ordersheet.from_record(a_record(number="../B 1/é"))

    assert sheet.filename("csv") == "---B-1--.csv"
    assert sheet.ordered_on == date(2026, 3, 6)


@pytest.mark.parametrize("sign", ["\x0b", "\x01", "\x1f", "\uffff"])
def test_a_name_that_was_pasted_from_a_slide_leaves_xml_that_programs_read(sign: str) -> None:
    file = markup.document("Order", {}, markup.leaf("Name", f"De{sign}Molen & zn"))

    assert ElementTree.fromstring(file).findtext("Name") == "De Molen & zn"

"""Lists that nobody described: their columns are guessed, or told and remembered."""

import io
import json
from decimal import Decimal

import pytest
import xlsxwriter

from suppliers.readers import PriceList, read, refusals

DUTCH = (
    "Prijslijst van de tuin\n"
    "Artikelnr.;Omschrijving;Inhoud;Eenheid;Aantal per doos;Inkoopprijs excl. btw;"
    "Adviesprijs;BTW;Merk;Land van herkomst\n"
    "007;Appelmoes;370;gr;12;1,15;1,79;laag;De Hof;NL\n"
    "008;Afwasborstel;;stuk;6;1,95;2,95;hoog;;DE\n"
)
ENGLISH = (
    "Item number,Description,Unit,Case size,Net price,VAT rate,Category\n"
    "A1,Rice,1 kg,10,2.15,9%,Dry\n"
)
GERMAN = (
    "Artikelnummer;Bezeichnung;Einheit;Gebinde;Nettopreis;MwSt;Hersteller\n"
    "5;Hafer;1 kg;6;1,95;7;Mühle\n"
)


def _read(text: str, mapping: dict[str, object] | None = None) -> PriceList:
    return read(text.encode(), filename="lijst.csv", mapping=mapping)


# --- guessing ----------------------------------------------------------------------------------


def test_columns_are_guessed_from_dutch_titles_under_a_heading() -> None:
    price_list = _read(DUTCH)
    assert price_list.format == "columns"
    assert price_list.mapping == {
        "header_row": 2,
        "number": "Artikelnr.",
        "name": "Omschrijving",
        "content": "Inhoud",
        "unit": "Eenheid",
        "case_size": "Aantal per doos",
        "price": "Inkoopprijs excl. btw",
        "vat": "BTW",
        "brand": "Merk",
        "origin": "Land van herkomst",
    }
    assert [(row.number, row.name, row.unit, int(row.case_size)) for row in price_list.rows] == [
        ("007", "Appelmoes", "370 g", 12),
        ("008", "Afwasborstel", "stuk", 6),
    ]
    assert [(str(row.price), int(row.vat)) for row in price_list.rows] == [
        ("1.150000", 9),
        ("1.950000", 21),
    ]
    assert price_list.errors == ()
    assert price_list.warnings  # that it was guessed


@pytest.mark.parametrize(("text", "name"), [(ENGLISH, "Rice"), (GERMAN, "Hafer")])
def test_columns_are_guessed_from_english_and_german_titles(text: str, name: str) -> None:
    (row,) = _read(text).rows
    assert (row.name, row.unit, row.vat) == (name, "1 kg", 9)
    assert row.case_size in (10, 6)


def test_a_retail_price_is_never_guessed_to_be_ours() -> None:
    price_list = _read("Naam;Adviesprijs;Verkoopprijs incl. btw\nui;1,99;2,99\n")
    assert price_list.rows == ()
    assert price_list.mapping == {}
    assert len(price_list.errors) == 1


def test_only_a_price_per_case_is_guessed_to_be_that() -> None:
    price_list = _read("Product;Colli;Prijs per doos;BTW\nKiwi;10;12,50;9\n")
    assert price_list.mapping is not None
    assert price_list.mapping["price_is"] == "case"
    assert price_list.rows[0].price == Decimal("1.25")


def test_a_guess_is_plain_data_and_gives_the_same_when_handed_in_again() -> None:
    guessed = _read(DUTCH)
    again = _read(DUTCH, json.loads(json.dumps(guessed.mapping)))
    assert again.rows == guessed.rows
    assert len(again.warnings) == len(guessed.warnings) - 1


def test_a_file_without_titles_shows_its_first_lines() -> None:
    price_list = _read("ui;1,25\nprei;2,10\n")
    assert price_list.rows == ()
    assert price_list.sample == (("ui", "1,25"), ("prei", "2,10"))
    assert [problem.row for problem in price_list.errors] == [0]


def test_a_missing_rate_is_taken_to_be_the_low_one_and_warned_of() -> None:
    price_list = _read("Naam;Prijs\nui;1,25\nprei;2,10\n")
    assert {row.vat for row in price_list.rows} == {Decimal(9)}
    assert any(warning.details.get("rate") == 9 for warning in price_list.warnings)


def test_a_line_with_one_text_is_the_heading_of_what_follows() -> None:
    price_list = _read("Naam;Prijs;BTW\nKolen;;\nspitskool;1,25;9\nFruit;;\nappel;2,10;9\n")
    assert [(row.name, row.category) for row in price_list.rows] == [
        ("spitskool", "Kolen"),
        ("appel", "Fruit"),
    ]
    assert price_list.errors == ()


def test_a_workbook_is_guessed_from_its_fullest_sheet() -> None:
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    book.add_worksheet("voorblad").write(0, 0, "Welkom")
    sheet = book.add_worksheet("prijzen")
    percent = book.add_format({"num_format": "0%"})
    sheet.write_row(0, 0, ["Art.nr.", "Product", "Prijs", "BTW"])
    sheet.write_row(1, 0, [1234, "Ui", 12.345])
    sheet.write(1, 3, 0.09, percent)
    book.close()
    (row,) = read(out.getvalue(), filename="lijst.xlsx").rows
    assert (row.number, row.name, row.price, row.vat) == ("1234", "Ui", Decimal("12.345"), 9)


# --- told --------------------------------------------------------------------------------------


def test_columns_are_told_by_position_where_there_is_no_header() -> None:
    mapping: dict[str, object] = {
        "header_row": 0, "number": 0, "name": 1, "price": 2, "vat_default": "hoog",
    }  # fmt: skip
    price_list = _read("17;ui;1,25\n18;prei;2,10\n", mapping)
    assert [(row.number, row.name, row.vat) for row in price_list.rows] == [
        ("17", "ui", 21),
        ("18", "prei", 21),
    ]


def test_titles_are_found_again_when_the_header_moved() -> None:
    mapping = _read(DUTCH).mapping
    assert mapping is not None
    moved = "Nieuw adres\nNieuwe telefoon\n" + DUTCH
    assert [row.number for row in _read(moved, dict(mapping)).rows] == ["007", "008"]


def test_a_price_per_case_is_divided() -> None:
    mapping: dict[str, object] = {
        "header_row": 1, "name": "wat", "price": "kost", "case_size": "in", "price_is": "case",
    }  # fmt: skip
    price_list = _read("wat;in;kost\nui;6;10,00\nprei;0;10,00\nbiet;;3,00\n", mapping)
    assert [(row.name, str(row.price)) for row in price_list.rows] == [
        ("ui", "1.666667"),
        ("biet", "3.000000"),
    ]
    assert [(one.row, one.column) for one in price_list.errors] == [(3, "in")]


def test_the_decimal_sign_is_told_where_the_list_does_not_show_it() -> None:
    text = "naam;prijs;btw\nui;1.250;9\n"
    mapping: dict[str, object] = {"header_row": 1, "name": "naam", "price": "prijs", "vat": "btw"}
    assert [one.row for one in _read(text, mapping).errors] == [2]
    assert _read(text, {**mapping, "decimal": "."}).rows[0].price == Decimal("1.25")
    assert _read(text, {**mapping, "decimal": ","}).rows[0].price == 1250


def test_a_case_may_be_written_as_what_is_in_it() -> None:
    text = "naam;colli;prijs;btw\nsap;6 x 1 L;1,25;9\nei;30 stuks;0,20;9\nthee;een paar;1,00;9\n"
    price_list = _read(text)
    assert [int(row.case_size) for row in price_list.rows] == [6, 30]
    assert [(one.row, one.column) for one in price_list.errors] == [(4, "colli")]


@pytest.mark.parametrize("status", ["x", "nee", "Nein", "no", "0"])
def test_an_article_may_be_said_to_be_out(status: str) -> None:
    mapping: dict[str, object] = {
        "header_row": 1, "name": "naam", "price": "prijs", "vat": "btw", "status": "er",
    }  # fmt: skip
    rows = _read(f"naam;prijs;btw;er\nui;1,25;9;{status}\nprei;1,25;9;ja\n", mapping).rows
    assert [row.available for row in rows] == [False, True]


def test_a_column_that_is_gone_is_named() -> None:
    mapping: dict[str, object] = {"header_row": 1, "name": "naam", "price": "tarief"}
    with pytest.raises(refusals.ColumnMissing) as refused:
        _read("naam;prijs\nui;1,25\n", mapping)
    assert refused.value.details == {"column": "tarief"}


@pytest.mark.parametrize(
    "mapping",
    [
        {},
        {"name": "naam"},
        {"name": "naam", "price": "prijs", "price_is": "kilo"},
        {"name": "naam", "price": "prijs", "decimal": ";"},
        {"name": "naam", "price": "prijs", "vat_default": "13"},
        {"name": "naam", "price": "prijs", "header_row": "eerste"},
    ],
)
def test_a_mapping_that_makes_no_sense_is_refused(mapping: dict[str, object]) -> None:
    with pytest.raises(refusals.WrongMapping):
        _read("naam;prijs\nui;1,25\n", mapping)

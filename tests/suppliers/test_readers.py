"""Every known layout is recognised by itself, and read with its quirks."""

import io
import subprocess
import sys
import zipfile
from decimal import Decimal
from pathlib import Path

import pytest
import xlsxwriter

from suppliers.readers import (
    PriceList,
    Row,
    Unreadable,
    as_json,
    formats,
    read,
    recognise,
    refusals,
)

PRICE_LISTS = Path(__file__).parent / "price_lists"
DEMO = Path(__file__).parents[2] / "app" / "demo" / "price_lists"
FORMATS = {
    "bdtotaal.csv": "bdtotaal",
    "bioromeo_a.csv": "bioromeo",
    "bioromeo_b.csv": "bioromeo",
    "bioromeo_c.csv": "bioromeo",
    "bnn.BNN": "bnn",
    "foodcoop_nl.csv": "foodcoop-nl",
    "foodsoft_5.csv": "foodsoft-5",
    "foodsoft_classic.csv": "foodsoft",
    "nieuwe_band.csv": "nieuwe-band-csv",
    "nieuwe_band.xml": "nieuwe-band-xml",
    "terrasana.csv": "terrasana",
    "willem_drees_a.csv": "willem-drees",
    "willem_drees_b.csv": "willem-drees",
}


def _bytes(name: str) -> bytes:
    return (PRICE_LISTS / name).read_bytes()


def _read(name: str) -> PriceList:
    return read(_bytes(name), filename=name)


def _rows(name: str) -> dict[str, Row]:
    """The rows of a sample by number, or by name where the list has no numbers."""
    return {
        (row.name if row.number.startswith(":") else row.number): row for row in _read(name).rows
    }


def _terms(row: Row) -> tuple[str, str, str]:
    return row.unit, str(row.case_size), f"{row.price:.2f}"


# --- all of them -------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "key"), FORMATS.items())
def test_a_list_is_recognised_whatever_it_is_called(name: str, key: str) -> None:
    found = recognise(_bytes(name), filename="prijslijst.dat")
    assert found is not None
    assert found.key == key
    assert _read(name).format == key


@pytest.mark.parametrize("name", FORMATS)
def test_a_good_list_has_no_errors(name: str) -> None:
    price_list = _read(name)
    assert price_list.rows
    assert price_list.errors == ()


@pytest.mark.parametrize("name", FORMATS)
def test_a_list_reads_the_same_when_its_format_is_told(name: str) -> None:
    assert read(_bytes(name), filename=name, format_key=FORMATS[name]) == _read(name)


@pytest.mark.parametrize("name", FORMATS)
def test_no_number_stands_twice(name: str) -> None:
    numbers = [row.number for row in _read(name).rows]
    assert len(numbers) == len(set(numbers))


def test_every_layout_has_a_sample() -> None:
    assert {one.key for one in formats()} == {*FORMATS.values(), "columns"}


def test_another_format_than_told_is_refused() -> None:
    with pytest.raises(refusals.AnotherFormat):
        read(_bytes("terrasana.csv"), filename="x", format_key="bnn")
    with pytest.raises(refusals.UnknownFormat):
        read(_bytes("terrasana.csv"), filename="x", format_key="onbekend")


@pytest.mark.parametrize("path", sorted(DEMO.iterdir()), ids=lambda path: path.suffix)
def test_the_lists_of_the_demonstration_are_clean(path: Path) -> None:
    price_list = read(path.read_bytes(), filename=path.name)
    assert len(price_list.rows) >= 40
    assert (price_list.errors, price_list.warnings) == ((), ())
    assert {row.vat for row in price_list.rows} == {Decimal(9), Decimal(21)}
    assert any(row.weighed for row in price_list.rows)
    assert any(row.deposit for row in price_list.rows)


def test_a_list_is_plain_data_for_other_programs() -> None:
    data = as_json(_read("nieuwe_band.xml"))
    assert data["format"] == "nieuwe-band-xml"
    assert {key: data["rows"][1][key] for key in ("number", "case_size", "price", "vat")} == {
        "number": "0102",
        "case_size": 4.5,
        "price": "11.25",
        "vat": 9,
    }
    assert data["rows"][2]["deposit"] == "2.50"
    assert (data["errors"], data["warnings"]) == ([], [])


def test_an_error_names_row_column_value_and_reason() -> None:
    text = _bytes("foodcoop_nl.csv").decode().replace("€ 1,05", "per stuk").replace("21%", "13%")
    data = as_json(read(text.encode(), filename="x"))
    assert data["rows"] == []
    assert [(one["row"], one["column"], one["value"]) for one in data["errors"]] == [
        (3, "netto prijs", "per stuk"),
        (4, "btw", "13%"),
    ]
    assert all(one["message"] for one in data["errors"])


def test_an_old_rate_is_understood_and_warned_of_once() -> None:
    text = _bytes("foodcoop_nl.csv").decode().replace("9.00%", "6.00%")
    price_list = read(text.encode(), filename="x")
    assert [row.vat for row in price_list.rows] == [9, 21]
    (warning,) = price_list.warnings
    assert warning.details == {"named": "6", "rate": 9, "row": 0, "count": 1}


def test_a_number_that_stands_for_two_articles_is_an_error() -> None:
    text = _bytes("foodcoop_nl.csv").decode().replace("011,", "010,")
    price_list = read(text.encode(), filename="x")
    assert [row.name for row in price_list.rows] == ["Volle melk"]
    assert [(one.row, one.value) for one in price_list.errors] == [(4, "010")]


def test_a_line_that_stands_twice_counts_once() -> None:
    lines = _bytes("foodcoop_nl.csv").decode().splitlines()
    price_list = read("\n".join([*lines, lines[-1]]).encode(), filename="x")
    assert [row.number for row in price_list.rows] == ["010", "011"]
    assert price_list.errors == ()
    assert len(price_list.warnings) == 1


def test_an_article_without_number_keeps_its_key_when_the_list_changes() -> None:
    def keys(text: str) -> list[str]:
        return [row.number for row in read(text.encode(), filename="x").rows]

    text = _bytes("bioromeo_a.csv").decode()
    shorter = "\n".join(line for line in text.splitlines() if "Boerenkool" not in line)
    dearer = shorter.replace("€ 1.10", "€ 1.20").replace("€ 8.80", "€ 9.60")
    assert keys(text)[1:] == keys(shorter) == keys(dearer)
    assert all(key.startswith(":") and len(key) < 20 for key in keys(text))


# --- kinds of files ----------------------------------------------------------------------------


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252", "cp850"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_alphabet_and_line_ends_do_not_matter(encoding: str, line_end: str) -> None:
    text = _bytes("foodcoop_nl.csv").decode().replace("€ ", "").replace("Volle melk", "Crème ïnkt")
    data = text.replace("\n", line_end).encode(encoding)
    price_list = read(data, filename="x")
    assert price_list.format == "foodcoop-nl"
    assert [row.name for row in price_list.rows] == ["Crème ïnkt", "Handzeep"]


def test_a_mixed_alphabet_is_read_as_far_as_it_goes_and_warned_of() -> None:
    data = "naam;prijs;btw\ncrème fraîche;1,00;9\nknäckebröd;1,00;9\n".encode() + b"taboul\xe9;1;9"
    price_list = read(data, filename="x")
    assert [row.name for row in price_list.rows] == ["crème fraîche", "knäckebröd", "taboul\ufffd"]
    assert any("\ufffd" in warning.in_words() for warning in price_list.warnings)


def test_a_stray_nul_is_left_out() -> None:
    data = b"naam;prijs;btw\nu\x00i;1,00;9\n" + b"".join(b"prei %d;1,00;9\n" % n for n in range(9))
    assert [row.name for row in read(data, filename="x").rows][:2] == ["ui", "prei 0"]


def test_a_line_break_in_a_cell_keeps_the_row_numbers_of_a_spreadsheet() -> None:
    data = b'naam;prijs;btw\n"rode\nui";1,00;9\n\nprei;2,00;9\n'
    rows = read(data, filename="x").rows
    assert [(row.name, row.line) for row in rows] == [("rode ui", 2), ("prei", 4)]


def test_quotation_marks_inside_a_name_stay() -> None:
    data = b'naam;prijs;btw\npan 24";1,00;9\n"oude" kaas;2,00;9\n'
    assert [row.name for row in read(data, filename="x").rows] == ['pan 24"', "oude kaas"]


def test_many_commas_in_a_text_are_not_taken_for_separators() -> None:
    data = b"naam;prijs;btw;opmerking\n" + b"soep;1,00;9;ui, prei, wortel, selderij, zout\n" * 20
    (row,) = read(data, filename="x").rows
    assert (row.name, row.note) == ("soep", "ui, prei, wortel, selderij, zout")


def test_a_hint_about_the_separator_is_followed() -> None:
    data = b"sep=|\nnaam|prijs|btw\nui, rood; los|1,00|9\n"
    assert [(row.name, row.line) for row in read(data, filename="x").rows] == [
        ("ui, rood; los", 3)
    ]


def test_a_list_in_a_zip_is_read() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("__MACOSX/._lijst.xml", b"rommel")
        packed.writestr("lijst.xml", _bytes("nieuwe_band.xml"))
    assert read(out.getvalue(), filename="lijst.zip") == _read("nieuwe_band.xml")


def _workbook(name: str) -> bytes:
    """A CSV sample as a workbook, numbers as numbers, behind a sheet of another kind."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    book.add_worksheet("uitleg").write(0, 0, "Lees dit eerst.")
    hidden = book.add_worksheet("oud")
    hidden.write(0, 0, "verborgen")
    hidden.hide()
    sheet = book.add_worksheet("lijst")
    for row, line in enumerate(_bytes(name).decode().splitlines()):
        for column, cell in enumerate(line.split(";")):
            number = cell.replace(".", "", 1).isdigit() and not cell.startswith("0")
            sheet.write(row, column, float(cell) if number else cell)
    book.close()
    return out.getvalue()


def test_a_workbook_reads_as_the_same_list_in_text() -> None:
    assert (
        read(_workbook("foodsoft_5.csv"), filename="x.xlsx").rows == _read("foodsoft_5.csv").rows
    )


def test_a_workbook_in_a_zip_is_read() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as packed:
        packed.writestr("prijzen/lijst.xlsx", _workbook("foodsoft_5.csv"))
    assert read(out.getvalue(), filename="lijst.zip").rows == _read("foodsoft_5.csv").rows


def test_reading_needs_no_database_and_no_web() -> None:
    program = "import sys, suppliers.readers; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    heavy = {"sqlalchemy", "flask", "python_calamine", "defusedxml", "xml.sax.expatreader"}
    assert not heavy & set(done.stdout.split())


# --- each layout -------------------------------------------------------------------------------


def test_foodsoft_5_takes_the_unit_of_the_group() -> None:
    rows = _rows("foodsoft_5.csv")
    assert {number: _terms(row) for number, row in rows.items()} == {
        "0042": ("500 g", "12", "1.85"),  # a list from before version 5
        "43": ("kg", "6", "2.40"),  # a crate of 6 kg costs 14.40
        "44": ("l", "12", "1.10"),  # priced by the piece, which is a litre
        "45": ("stuk", "1", "2.20"),
    }
    assert rows["44"].deposit == Decimal("0.15")
    assert [row.available for row in rows.values()] == [True, True, True, False]


def test_classic_foodsoft_is_read_in_its_dutch_edition() -> None:
    rows = _rows("foodsoft_classic.csv")
    assert {name: _terms(row) for name, row in rows.items()} == {
        "0007": ("1 kg", "10", "1.95"),
        "0008": ("500 g", "6", "2.15"),
        "Bruin bier": ("33 cl", "24", "1.20"),
    }
    assert rows["0007"].tiers == ((Decimal(30), Decimal("1.80")),)
    assert not rows["0008"].available
    assert rows["Bruin bier"].deposit == Decimal("0.10")


def test_the_xml_of_the_new_band_knows_weight_deposit_and_what_is_gone() -> None:
    rows = _rows("nieuwe_band.xml")
    assert {number: _terms(row) for number, row in rows.items()} == {
        "0101": ("200 g", "6", "1.20"),
        "0102": ("kg", "4.5", "11.25"),
        "0103": ("5 l", "1", "8.00"),
        "0104": ("st", "10", "0.95"),
    }
    assert rows["0101"].name == "crème fraîche"
    assert rows["0101"].category == "Verswaren"
    assert [number for number, row in rows.items() if row.weighed] == ["0102"]
    assert [number for number, row in rows.items() if not row.available] == ["0103"]
    assert rows["0103"].deposit == Decimal("2.50")
    assert _read("nieuwe_band.xml").complete


def test_the_csv_of_the_new_band_numbers_the_classes_of_vat() -> None:
    rows = _rows("nieuwe_band.csv")
    assert [int(row.vat) for row in rows.values()] == [9, 9, 21, 0]
    assert [row.unit for row in rows.values()] == ["l", "5 kg", "500 ml", "st"]
    assert rows["0203"].deposit == Decimal("0.25")


def test_terrasana_has_headings_between_the_articles() -> None:
    rows = _rows("terrasana.csv")
    assert [row.category for row in rows.values()] == ["MISO SOEPEN", "ZEEP", "THEE"]
    assert [_terms(row) for row in rows.values()] == [
        ("300 g", "6", "3.10"),
        ("100 g", "4", "1.90"),
        ("kg", "1", "12.40"),
    ]
    assert [row.ean for row in rows.values()] == ["8712345678906", "", ""]


def test_bdtotaal_finds_out_what_the_price_is_of() -> None:
    assert {number: _terms(row) for number, row in _rows("bdtotaal.csv").items()} == {
        "501": ("1 kg", "10", "2.20"),  # ten bags
        "502": ("500 g", "6", "1.50"),  # priced by the bag
        "503": ("15 kg", "1", "18.00"),  # priced by the kilo
        "504": ("4x125 g", "1", "1.60"),
        "505": ("10 plak", "1", "2.00"),  # the other price is per kilo
        "506": ("12x1 bos", "1", "10.00"),  # nothing fits: the whole case
        "507": ("stuk", "1", "2.10"),
        "508": ("2 kg", "1", "36.00"),
        "509": ("50x90 cm", "1", "7.50"),
    }
    assert any(warning.details["row"] == 10 for warning in _read("bdtotaal.csv").warnings)


def test_bdtotaal_says_of_the_article_what_stands_in_the_brand() -> None:
    rows = _rows("bdtotaal.csv")
    assert (rows["501"].name, rows["501"].brand) == ("Peren (los)", "")
    assert (rows["502"].name, rows["502"].brand) == ("Havermout", "Molen Oost")
    assert rows["509"].name == "Schort (rood)"
    assert [rows[number].origin for number in ("501", "504", "507")] == [
        "IT",
        "BE",
        "Zuid-Amerika",
    ]
    assert [number for number, row in rows.items() if row.weighed] == ["508"]


def test_bioromeo_has_the_unit_in_the_name() -> None:
    rows = _read("bioromeo_a.csv").rows
    assert [(row.name, *_terms(row)) for row in rows] == [
        ("Boerenkool", "5 kg", "1", "7.00"),
        ("Spitskool", "st", "8", "1.10"),
        ("Spitskool", "st", "1", "1.10"),
        ("Bietensap", "0.75 l", "6", "2.10"),
        ("Kruisbes  (rood)", "250 g", "4", "1.50"),
        ("Aardbei", "125 g", "8", "1.75"),
        ("Rode kool", "3 kg", "1", "1.80"),
        ("Peterselie", "bos", "10", "0.80"),
        ("Eieren", "6, 10 of 30 st", "1", "1.80"),
        ("Radijs", "st", "1", "0.90"),
        ("Prei", "10 st", "1", "9.99"),  # the prices do not fit: the whole case
    ]
    assert [row.category for row in rows[:4]] == ["Kolen", "Kolen", "Kolen", "Overig"]
    assert rows[0].note == "Beschikbaar: okt t/m feb (beperkt)"
    assert {row.vat for row in rows} == {Decimal(9)}


def test_bioromeo_has_three_editions() -> None:
    certified = _read("bioromeo_b.csv").rows
    assert [(row.name, *_terms(row)) for row in certified] == [
        ("Vroege aardappels", "5 kg", "1", "5.00"),
        ("Witte kool 500-800 gram", "st", "6", "0.75"),
        ("Appelsap", "0.75 l", "6", "1.65"),
        ("Appels", "11 kg", "1", "11.00"),
    ]
    assert certified[0].note == "BIO; Skal 1234; Demeter 56789; (Kopervrij)"
    numbered = _read("bioromeo_c.csv").rows
    assert [(row.number, row.name, *_terms(row)) for row in numbered] == [
        ("012", "Andijvie", "6 kg", "1", "15.00"),
        ("013", "Meloen", "st", "15", "1.00"),
    ]


def test_willem_drees_has_a_list_by_the_case_and_one_by_the_piece() -> None:
    by_case = _read("willem_drees_a.csv").rows
    assert [(row.name, *_terms(row)) for row in by_case] == [
        ("appels los Elstar", "kg", "7", "1.20"),
        ("seizoensappel in zak", "1.5 kg", "8", "1.50"),
        ("pastinaak wit (groot)", "kg", "5", "1.23"),
        ("sla", "st", "12", "0.90"),
        ("uien", "10 st", "1", "7.00"),  # only by the case
    ]
    assert by_case[2].note == "biologisch; doos; (extra leverdag)"
    assert {row.category for row in by_case} == {"Hardfruit"}
    by_piece = _read("willem_drees_b.csv").rows
    assert [(row.name, *_terms(row)) for row in by_piece] == [
        ("witte asperges klasse AA", "500 g", "5", "5.67"),
        ("appels op schaal", "6 st", "1", "1.23"),
    ]


def test_willem_drees_warns_of_prices_that_disagree() -> None:
    warnings = _read("willem_drees_a.csv").warnings
    assert [(one.details["row"], one.details["count"]) for one in warnings] == [(0, 5), (8, 1)]


def test_the_template_of_the_foodcoops_explains_itself_in_its_second_line() -> None:
    rows = _rows("foodcoop_nl.csv")
    assert {number: _terms(row) for number, row in rows.items()} == {
        "010": ("l", "6", "1.05"),
        "011": ("250 ml", "1", "3.20"),
    }
    assert rows["010"].deposit == Decimal("0.25")
    assert rows["010"].origin == "Haarlem, NL"


# --- BNN ---------------------------------------------------------------------------------------


def _bnn(*replacements: tuple[str, str]) -> PriceList:
    text = _bytes("bnn.BNN").decode("cp850")
    for old, new in replacements:
        assert old in text
        text = text.replace(old, new)
    return read(text.encode("cp850"), filename="PL.BNN")


def test_bnn_looks_a_deposit_up_as_an_article() -> None:
    rows = _rows("bnn.BNN")
    assert rows["1002"].deposit == Decimal("0.15")
    assert not rows["9001"].available  # nobody orders a deposit by itself
    assert rows["9001"].category == "Statiegeld"


def test_bnn_warns_of_a_deposit_that_is_not_in_the_list() -> None:
    price_list = _bnn((";9001;", ";9009;"))
    assert {row.number: row.deposit for row in price_list.rows}["1002"] == 0
    assert any("9009" in warning.in_words() for warning in price_list.warnings)


def test_bnn_has_tiers_weight_and_articles_that_are_out() -> None:
    rows = _rows("bnn.BNN")
    assert rows["1001"].tiers == ((Decimal(50), Decimal("1.70")), (Decimal(100), Decimal("1.65")))
    assert [number for number, row in rows.items() if row.weighed] == ["1006"]
    assert [number for number, row in rows.items() if not row.available] == [
        "1005", "1006", "9001", "9002",
    ]  # fmt: skip
    assert rows["1001"].name == "Käse gerieben"
    assert [rows[number].origin for number in ("1001", "1003")] == ["DE", "IT"]
    assert [int(rows[number].vat) for number in ("1001", "1002", "1006")] == [9, 21, 9]


def test_bnn_takes_a_promotion_that_holds_and_leaves_one_that_does_not_yet() -> None:
    prices = {row.number: f"{row.price:.2f}" for row in _read("bnn.BNN").rows}
    assert (prices["1003"], prices["1004"]) == ("0.85", "2.10")
    later = {
        row.number: f"{row.price:.2f}" for row in _bnn((";EUR;20260901", ";EUR;20261001")).rows
    }
    assert (later["1003"], later["1004"]) == ("0.95", "1.90")


def test_bnn_keeps_an_article_that_is_only_promoted() -> None:
    lines = _bytes("bnn.BNN").split(b"\r\n")
    normal = next(line for line in lines if line.startswith(b"1004") and b"2,10" in line)
    lines.remove(normal)
    prices = {row.number: row.price for row in read(b"\r\n".join(lines), filename="x").rows}
    assert prices["1004"] == Decimal("1.90")


def test_bnn_says_whether_it_is_the_whole_assortment() -> None:
    assert _read("bnn.BNN").complete
    assert not _bnn((";V;Trocken", ";T;Trocken")).complete
    continued = _bnn((";;99", ";;02"))
    assert not continued.complete
    assert len(continued.warnings) == len(_read("bnn.BNN").warnings) + 1


def test_bnn_declares_its_alphabet() -> None:
    windows = _bytes("bnn.BNN").decode("cp850").replace("BNN;3;0;", "BNN;3.1;1;").encode("cp1252")
    rows = read(windows, filename="PL.BNN").rows
    assert rows[0].name == "Käse gerieben"


def test_bnn_in_another_currency_is_refused() -> None:
    with pytest.raises(Unreadable):
        _bnn((";EUR;", ";CHF;"))

"""Files that cannot be read get a clear answer, quickly, and do no harm."""

import io
import zipfile
from collections.abc import Callable

import pytest
import xlsxwriter

from suppliers.readers import PriceList, Unreadable, archive, intake, read, refusals
from suppliers.readers.grid import MAX_CELL, MAX_COLUMNS, MAX_ROWS

HEADER = b"naam;prijs;btw\n"


def _read(data: bytes, filename: str = "lijst.csv") -> PriceList:
    return read(data, filename=filename)


def _zip(*members: tuple[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in members:
            packed.writestr(name, content)
    return out.getvalue()


def _sheet(*cells: tuple[int, int, object]) -> bytes:
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False})
    sheet = book.add_worksheet()
    for row, column, value in cells:
        sheet.write(row, column, value)
    book.close()
    return out.getvalue()


def _ods(table: str) -> bytes:
    names = "urn:oasis:names:tc:opendocument:xmlns"
    content = (
        f'<office:document-content xmlns:office="{names}:office:1.0" '
        f'xmlns:table="{names}:table:1.0" xmlns:text="{names}:text:1.0"><office:body>'
        f'<office:spreadsheet><table:table table:name="lijst">{table}</table:table>'
        "</office:spreadsheet></office:body></office:document-content>"
    )
    kind = "application/vnd.oasis.opendocument.spreadsheet"
    manifest = (
        f'<manifest:manifest xmlns:manifest="{names}:manifest:1.0"><manifest:file-entry '
        f'manifest:full-path="/" manifest:media-type="{kind}"/></manifest:manifest>'
    )
    return _zip(
        ("mimetype", kind.encode()),
        ("META-INF/manifest.xml", manifest.encode()),
        ("content.xml", content.encode()),
    )


def _ods_cell(text: str, attributes: str = "") -> str:
    return (
        f'<table:table-cell office:value-type="string" {attributes}>'
        f"<text:p>{text}</text:p></table:table-cell>"
    )


REFUSED: dict[str, tuple[Callable[[], bytes], type[Unreadable]]] = {
    "nothing": (lambda: b"", refusals.EmptyFile),
    "only white space": (lambda: b" \r\n\t\n", refusals.EmptyFile),
    "too large": (lambda: b"a;b\n" * (intake.MAX_BYTES // 4 + 1), refusals.FileTooLarge),
    "a PDF": (lambda: b"%PDF-1.7\nprijslijst", refusals.ItIsPdf),
    "a picture": (lambda: b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 9, refusals.NotAPriceList),
    "a web page": (lambda: b"<html><table><tr><td>appel", refusals.ItIsAWebPage),
    "a web page with XML": (lambda: b'<?xml version="1.0"?><html></html>', refusals.ItIsAWebPage),
    "XML of another kind": (lambda: b"<catalogus></catalogus>", refusals.UnknownXml),
    "XML that breaks off": (lambda: b"<xmlproduct><product>", refusals.BrokenXml),
    "XML with a bare ampersand": (
        lambda: b"<xmlproduct>\n<product><merk>A & B</merk></product></xmlproduct>",
        refusals.BrokenXml,
    ),
    "a document in a ZIP": (
        lambda: _zip(("[Content_Types].xml", b"<x/>"), ("word/document.xml", b"<x/>")),
        refusals.NothingInside,
    ),
    "an empty ZIP": (lambda: _zip(("map/", b""), (".verborgen", b"x")), refusals.NothingInside),
    "two lists in a ZIP": (
        lambda: _zip(("PL.BNN", b"BNN"), ("PLF.BNN", b"BNN")),
        refusals.SeveralLists,
    ),
    "a ZIP in a ZIP": (
        lambda: _zip(("a.zip", _zip(("a.csv", HEADER)))),
        refusals.NestedArchive,
    ),
    "an old workbook that is none, in a ZIP": (
        lambda: _zip(("a.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600))),
        refusals.BrokenWorkbook,
    ),
    "a damaged ZIP": (lambda: _zip(("a.csv", HEADER))[:-9], refusals.BrokenArchive),
    "a damaged workbook": (lambda: _zip(("xl/workbook.xml", b"<x")), refusals.BrokenWorkbook),
    "an old workbook that is none": (
        lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600),
        refusals.BrokenWorkbook,
    ),
    "too many members": (
        lambda: _zip(*((f"{n}.csv", b"x") for n in range(archive.MAX_MEMBERS + 1))),
        refusals.TooManyMembers,
    ),
    "a line without end": (lambda: b"a;" * 100_000, refusals.LineTooLong),
    "too many columns": (lambda: b"a;" * MAX_COLUMNS + b"b\n", refusals.TooManyColumns),
    "too many rows": (lambda: HEADER + b"ui;1,00;9\n" * MAX_ROWS, refusals.TooManyRows),
    "a quotation mark never closed": (
        lambda: HEADER + b'"ui;1,00;9\nprei;2,00;9\n',
        refusals.OpenQuote,
    ),
    "a quotation mark never closed after a crooked one": (
        lambda: HEADER + b'"ui" los;1,00;9\n"prei;2,00;9\n',
        refusals.OpenQuote,
    ),
}


@pytest.mark.parametrize("what", REFUSED)
def test_an_unreadable_file_is_refused_with_its_reason(what: str) -> None:
    make, reason = REFUSED[what]
    with pytest.raises(reason) as refused:
        _read(make(), "bestand")
    assert type(refused.value) is reason
    assert str(refused.value)


def test_a_zip_with_a_password_is_refused_as_such() -> None:
    locked = bytearray(_zip(("lijst.csv", HEADER)))
    locked[6] |= 1  # the flag in the header of the member, and in the directory
    locked[locked.index(b"PK\x01\x02") + 8] |= 1
    with pytest.raises(refusals.Locked):
        _read(bytes(locked), "lijst.zip")


# --- what is made to do harm -------------------------------------------------------------------


@pytest.mark.parametrize("value", ["NaN", "inf", "-inf", "1e999"])
def test_a_cell_that_claims_to_be_a_number_and_is_none_is_one_wrong_row(value: str) -> None:
    honest = _sheet(*enumerate_cells(("naam", "prijs", "btw"), ("ui", 7654321, 9), ("prei", 2, 9)))
    with zipfile.ZipFile(io.BytesIO(honest)) as packed:
        members = {name: packed.read(name) for name in packed.namelist()}
    sheet = "xl/worksheets/sheet1.xml"
    members[sheet] = members[sheet].replace(b"<v>7654321</v>", f"<v>{value}</v>".encode())

    found = _read(_zip(*members.items()), "lijst.xlsx")

    assert [row.name for row in found.rows] == ["prei"]
    assert [problem.row for problem in found.errors] == [2]


def enumerate_cells(*rows: tuple[object, ...]) -> list[tuple[int, int, object]]:
    return [(at, column, value) for at, row in enumerate(rows) for column, value in enumerate(row)]


@pytest.mark.parametrize(
    "doctype",
    [
        '<!DOCTYPE a [<!ENTITY b "lach"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;">]>',
        '<!DOCTYPE a [<!ENTITY c SYSTEM "file:///etc/hostname">]>',
        '<!DOCTYPE a SYSTEM "http://voorbeeld.invalid/a.dtd">',
    ],
)
def test_xml_with_entities_is_refused(doctype: str) -> None:
    body = "<xmlproduct><product><merk>&c;</merk></product></xmlproduct>"
    with pytest.raises(refusals.EntitiesInXml):
        _read(f'<?xml version="1.0"?>{doctype}{body}'.encode(), "lijst.xml")


@pytest.mark.parametrize("member", ["xl/worksheets/sheet1.xml", "content.xml", "lijst.csv"])
def test_what_unpacks_too_large_is_stopped_on_the_way(member: str) -> None:
    bomb = _zip((member, b"0" * (archive.MAX_UNPACKED + 1)))
    assert len(bomb) < archive.MAX_UNPACKED // 100
    with pytest.raises(refusals.UnpacksTooLarge):
        _read(bomb, "lijst.zip")


def test_members_are_counted_together() -> None:
    noise = bytes(range(256)) * 4096  # packs badly enough to escape the ratio
    members = [(f"xl/{n}.xml", noise * 9) for n in range(12)]
    with pytest.raises(refusals.UnpacksTooLarge):
        _read(_zip(*members), "lijst.xlsx")


def test_the_size_a_zip_claims_is_not_believed() -> None:
    honest = _zip(("lijst.csv", b"0" * (40 * 2**20)))
    lying = honest.replace((40 * 2**20).to_bytes(4, "little"), (40).to_bytes(4, "little"))
    assert lying != honest
    with pytest.raises(Unreadable):
        _read(lying, "lijst.zip")


def test_a_cell_far_away_takes_no_memory_of_ours() -> None:
    with pytest.raises((refusals.TooHeavy, refusals.TooManyColumns)):
        _read(_sheet((0, 0, "naam"), (1_048_575, 16_383, "ver")), "lijst.xlsx")


def test_a_cell_far_below_is_refused() -> None:
    with pytest.raises(refusals.TooManyRows):
        _read(_sheet((0, 0, "naam"), (1_048_575, 0, "ver")), "lijst.xlsx")


def test_repeated_cells_of_an_ods_take_no_memory_of_ours() -> None:
    bomb = _ods_cell("x", 'table:number-columns-repeated="16384"')
    with pytest.raises(Unreadable):
        _read(
            _ods(f'<table:table-row table:number-rows-repeated="1048576">{bomb}</table:table-row>')
        )


def test_an_ods_that_ends_in_repeated_nothing_is_read() -> None:
    def row(*texts: str) -> str:
        return "<table:table-row>" + "".join(map(_ods_cell, texts)) + "</table:table-row>"

    nothing = (
        '<table:table-row table:number-rows-repeated="1048000">'
        '<table:table-cell table:number-columns-repeated="16384"/></table:table-row>'
    )
    price_list = _read(_ods(row("naam", "prijs", "btw") + row("ui", "1,25", "9") + nothing))
    assert [(row.name, str(row.price)) for row in price_list.rows] == [("ui", "1.250000")]


def test_formulas_in_texts_stay_texts_and_in_prices_are_errors() -> None:
    texts = ["=HYPERLINK(1)", "+31", "@ui", "-prei"]
    good = _read(HEADER + "".join(f"{text};1,00;9\n" for text in texts).encode())
    assert [row.name for row in good.rows] == texts

    bad = _read(HEADER + b"ui;=1+1;9\nprei;+1,00;9\n")
    assert [(one.row, one.column, one.value) for one in bad.errors] == [
        (2, "prijs", "=1+1"),
        (3, "prijs", "+1,00"),
    ]
    assert bad.rows == ()


def test_a_formula_text_in_a_workbook_is_a_text() -> None:
    cells = [(0, 0, "naam"), (0, 1, "prijs"), (0, 2, "btw"), (1, 0, "ui"), (1, 2, 9)]
    price_list = _read(_sheet(*cells, (1, 1, "=1+1")), "lijst.xlsx")
    assert [(one.row, one.column, one.value) for one in price_list.errors] == [
        (2, "prijs", "=1+1")
    ]


def test_a_cell_that_is_too_long_is_an_error_of_its_row() -> None:
    long = b"x" * (MAX_CELL + 1)
    price_list = _read(HEADER + b"ui;1,00;9\n" + long + b";1,00;9\n")
    assert [row.name for row in price_list.rows] == ["ui"]
    assert [(one.row, one.column) for one in price_list.errors] == [(3, "naam")]


@pytest.mark.parametrize(
    "price", ["-1,00", "", "\u200b", "op aanvraag", "100001", "1" * 50, "€ -", "0,0,0"]
)
def test_a_price_that_is_none_is_an_error_of_its_row(price: str) -> None:
    price_list = _read(HEADER + f"ui;{price};9\nprei;2,50;9\n".encode())
    assert [row.name for row in price_list.rows] == ["prei"]
    assert [one.row for one in price_list.errors] == [2]


def test_a_price_of_nothing_is_warned_of() -> None:
    price_list = _read(HEADER + b"folder;0,00;9\n")
    assert [row.price for row in price_list.rows] == [0]
    assert any("zero" in warning.in_words() for warning in price_list.warnings)


def test_html_in_a_name_is_a_name() -> None:
    name = "<script>alert(1)</script>"
    assert _read(HEADER + f"{name};1,00;9\n".encode()).rows[0].name == name


def test_a_name_that_is_too_long_is_cut_off_and_warned_of() -> None:
    price_list = _read(HEADER + b"ui " * 300 + b";1,00;9\n")
    (row,) = price_list.rows
    assert len(row.name) <= 200
    assert row.name.endswith("…")
    assert any("cut off" in warning.in_words() for warning in price_list.warnings)


def test_no_quirk_looks_at_a_text_that_is_too_long_to_be_meant() -> None:
    """A pattern that is quick on a unit can take very long on a page of text."""
    titles = (
        "Artikelcode;Artikelomschrijving;Hoofdgroep;Subgroep;Merknaam;Inhoud;Colloprijs;"
        "Eenheidsprijs;BTW-%\n"
    )
    line = "{number};ui;agf;groente;;{packed};1,00;1,00;9\n"
    long = "1x" * 300 + "1 kg"
    data = titles + line.format(number=1, packed=long) + line.format(number=2, packed="1x1 kg")
    price_list = _read(data.encode())
    assert [row.number for row in price_list.rows] == ["2"]
    assert [(one.row, one.column) for one in price_list.errors] == [(2, "Inhoud")]

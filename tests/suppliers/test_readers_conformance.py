"""Real files of real suppliers, compared in every field with what they are known to say."""

import json
import re
from decimal import Decimal
from pathlib import Path

import pytest

from suppliers.readers import PriceList, Row, read, units

DUTCH = (
    "bdtotaal_file_01.csv",
    "bioromeo_a_file_01.csv",
    "dnb_csv_file_01.csv",
    "dnb_xml_file_01.xml",
    "foodcoopnl_file_01.csv",
    "foodsoft_file_01.csv",
    "foodsoft_file_03.csv",
    "terrasana_file_01.csv",
    "willemdrees_file_01.csv",
)
TODAY = {"6": Decimal(9), "21": Decimal(21)}  # the files date from before 2019

# Fields that differ on purpose, and why. Everything else must be the same.
DIFFERENT = {
    # The expected result leaves the category out; the file has it, as a number of a group.
    "dnb_xml_file_01.xml": {"category"},
}


@pytest.fixture
def catalogues(shared_data: Path) -> Path:
    return shared_data / "catalogues"


def _read(path: Path) -> PriceList:
    return read(path.read_bytes(), filename=path.name)


def _expected(path: Path) -> list[dict[str, str]]:
    """The `.yml` beside a file: a flat list of articles, each a few lines `:field: value`."""
    articles: list[dict[str, str]] = []
    for line in path.with_suffix(".yml").read_text(encoding="utf-8").splitlines():
        match = re.fullmatch(r"([- ]) :?(\w+):(?: (.*))?", line)
        if match is None:
            continue
        if match[1] == "-":
            articles.append({})
        articles[-1][match[2]] = _unquoted((match[3] or "").strip())
    return articles


def _unquoted(text: str) -> str:
    return text[1:-1] if text[:1] == text[-1:] == "'" and len(text) > 1 else text


def _same_unit(text: str) -> str:
    """ "50gr" and "50 g", "ltr" and "1 l", "kg" and "1 kg", "stuk" and "st" are the same."""
    tidy = units.tidy(text).replace("stuk", "st").rstrip(".")
    return re.sub(r"^1 (?=\w+$)", "", tidy)


def _as_expected(row: Row) -> dict[str, object]:
    return {
        "number": "" if row.number.startswith(":") else row.number,
        "name": row.name,
        "unit": _same_unit(row.unit),
        "price": row.price,
        "unit_quantity": row.case_size,
        "tax": row.vat,
        "deposit": row.deposit,
        "manufacturer": row.brand,
        "origin": row.origin,
        "category": row.category,
        "note": row.note,
    }


def _in_our_words(article: dict[str, str]) -> dict[str, object]:
    said = {**dict.fromkeys(_as_expected(_ANY_ROW), ""), **article}
    said.pop("quantity", None)
    return {
        **said,
        "unit": _same_unit(said["unit"]),
        "price": Decimal(said["price"]).quantize(Decimal("0.000001")),
        "unit_quantity": Decimal(said["unit_quantity"]),
        "tax": TODAY[said["tax"].removesuffix(".0")],
        "deposit": Decimal(said["deposit"] or 0),
    }


_ANY_ROW = Row("1", "a", "kg", Decimal(1), Decimal(1), Decimal(9))


@pytest.mark.parametrize("name", DUTCH)
def test_a_real_list_is_read_as_it_is_known_to_be_meant(catalogues: Path, name: str) -> None:
    path = catalogues / "dutch" / name
    price_list = _read(path)

    on_purpose = DIFFERENT.get(name, set())
    found = [_as_expected(row) for row in price_list.rows]
    meant = [_in_our_words(article) for article in _expected(path)]
    for side in (*found, *meant):
        for field in on_purpose:
            side.pop(field)

    assert price_list.errors == ()
    assert found == meant


@pytest.mark.parametrize("name", DUTCH)
def test_an_old_rate_that_stands_in_the_file_is_warned_of(catalogues: Path, name: str) -> None:
    price_list = _read(catalogues / "dutch" / name)
    said = {str(warning.details.get("named", "")) for warning in price_list.warnings}
    names_a_rate = name not in (
        "bioromeo_a_file_01.csv",  # has no VAT at all
        "willemdrees_file_01.csv",  # nor has this
        "dnb_csv_file_01.csv",  # has a code for the low rate, which is right today too
    )
    assert ("6" in said) is names_a_rate


def test_all_dutch_files_are_compared(catalogues: Path) -> None:
    files = {path.name for path in (catalogues / "dutch").iterdir()}
    assert {name for name in files if not name.endswith((".yml", ".opts"))} == set(DUTCH)


@pytest.mark.parametrize("suffix", ["csv", "ods", "xls", "xlsx"])
def test_a_list_of_foodsoft_says_the_same_in_every_kind_of_file(
    catalogues: Path, suffix: str
) -> None:
    price_list = _read(catalogues / "foodcoops_foodsoft" / f"foodsoft_file_01.{suffix}")

    assert price_list.format == "foodsoft-5"
    assert price_list.errors == ()
    assert [
        (row.number, row.name, row.unit, str(row.case_size), str(row.price), str(row.deposit))
        for row in price_list.rows
    ] == [
        ("29932", "Walnoten (ongeroosterd)", "kg", "1", "2.340000", "0"),
        ("28391", "Pijnboompitten", "100 g", "10", "5.560000", "0"),
        ("1829", "Appelsap (verpakt)", "4x250 ml", "10", "3.210000", "0.40"),
        ("177813", "Tomaten", "500 g", "20", "1.200000", "0"),
    ]
    assert {row.vat for row in price_list.rows} == {Decimal(9)}
    assert price_list.rows[3].brand == "De röde hof"
    assert price_list.rows[0].note == "bio ◎"


def test_the_other_list_of_foodsoft_is_read(catalogues: Path) -> None:
    (row,) = _read(catalogues / "foodcoops_foodsoft" / "foodsoft_file_02.csv").rows
    assert (row.number, row.name, row.unit, row.case_size) == ("1", "Tomatoes", "500 g", 20)


def test_a_bnn_list_is_read_as_it_is_known_to_be_meant(catalogues: Path) -> None:
    path = catalogues / "synthetic" / "PL_SYNTHETIC.BNN"
    price_list = _read(path)
    meant = json.loads(path.with_suffix(".expected.json").read_text(encoding="utf-8"))
    prices = {article["number"]: article["net_price_per_shop_unit"] for article in meant}

    assert (price_list.format, price_list.errors) == ("bnn", ())
    assert price_list.complete
    assert [
        (
            row.number,
            row.name,
            _same_unit(row.unit),
            float(row.case_size),
            float(row.price),
            int(row.vat),
            float(row.deposit),
            row.weighed,
            row.brand,
            row.origin,
            [[float(quantity), float(price)] for quantity, price in row.tiers],
        )
        for row in price_list.rows
    ] == [
        (
            article["number"],
            article["name"],
            _same_unit(article["shop_unit"]),
            article["case_qty"],
            article["net_price_per_shop_unit"],
            {"1": 9, "2": 21}[article["vat_code"]],
            prices.get(article["deposit_article_unit"], 0),
            article["weight_article"],
            article["brand"],
            article["origin"],
            [article["scale1"]] if article["scale1"] else [],
        )
        for article in meant
    ]
    # Gone, out for now, or a deposit, which nobody orders by itself.
    assert {row.number for row in price_list.rows if not row.available} == {
        *(article["number"] for article in meant if article["status"] in "XV"),
        "998000",
        "998720",
    }

"""Files as real banks write them: each is read, or refused for the reason it deserves."""

from pathlib import Path

import pytest

from app.bank import read
from app.bank.refusals import BreaksOff, NoStatement, OtherCurrency
from purchasing.books.bank_file import BankFile

# file: format, statements, lines, cents that came in, cents that went out
READ = {
    "camt/genkgo-camt053.v2.all-balance-types.xml": ("camt.053", 1, 1, 885, 0),
    "camt/genkgo-camt053.v2.five.decimals.xml": ("camt.053", 1, 1, 885, 0),
    "camt/genkgo-camt053.v2.minimal.ultimate.xml": ("camt.053", 1, 1, 885, 0),
    "camt/genkgo-camt053.v2.minimal.xml": ("camt.053", 1, 1, 885, 0),
    "camt/genkgo-camt053.v2.multi.statement.xml": ("camt.053", 2, 2, 885, 700),
    "camt/genkgo-camt053.v2.with-account-name.xml": ("camt.053", 1, 1, 885, 0),
    "camt/genkgo-camt053.v2.with-party-ids.xml": ("camt.053", 1, 1, 885, 0),
    "camt/genkgo-camt053.v3.xml": ("camt.053", 1, 1, 885, 0),
    "camt/genkgo-camt053.v4.xml": ("camt.053", 1, 1, 885, 0),
    "camt/genkgo-camt053.v8.xml": ("camt.053", 1, 1, 885, 0),
    "camt/genkgo-camt53.only-Dt-with-DtTm.xml": ("camt.053", 1, 0, 0, 0),
    "camt/mpdroog-rabobank-CAMT053.xml": ("camt.053", 132, 9, 1774875, 2577528),
    "camt/oca16-test-camt053-no-ntry.xml": ("camt.053", 1, 0, 0, 0),
    "camt/oca16-test-camt053.xml": ("camt.053", 1, 4, 140531, 141830),
    "camt/oca16-test-camt054.xml": ("camt.054", 1, 1, 500, 0),
    "csv/bank2ynab-2018-04-14_10-52-13_bunq-transactieoverzicht.csv": (
        "bunq-csv",
        1,
        3,
        75000,
        2146,
    ),
    "csv/bank2ynab-2019-03-02_11-50-46_bunq-statement.csv": ("bunq-csv", 1, 7, 1586, 3968),
    "csv/bank2ynab-CSV_A_20180414_112204.csv": ("rabobank-csv", 1, 3, 5000, 108749),
    "csv/ofxdutch-Knab_transactieoverzicht_ok.csv": ("knab-csv", 1, 28, 2083477, 2082776),
    "csv/ofxdutch-ing_ok.csv": ("ing-csv", 1, 6, 2125, 187),
    "csv/ofxdutch-ing_ok_Mutatiesoort.csv": ("ing-csv", 1, 6, 2125, 187),
    "csv/ofxdutch-ing_ok_Mutatiesoort_Extra.csv": ("ing-csv", 1, 6, 2125, 187),
    "csv/ofxdutch-transactie-historie_NL00ASNB9999999999_20220717204133.csv": (
        "asn-csv",
        1,
        11,
        328692,
        333312,
    ),
    "mt940/oca10-test-ing-old.940": ("mt940", 1, 8, 3658, 13446),
    "mt940/oca10-test-ing.940": ("mt940", 1, 8, 3658, 13446),
    "mt940/oca10-test-rabo.swi": ("mt940", 4, 2, 40000, 3461),
    "mt940/wolph-ASNB-mt940.txt": ("mt940", 31, 8, 282890, 277196),
    "mt940/wolph-jejik-abnamro.sta": ("mt940", 2, 10, 0, 34593),
    "mt940/wolph-jejik-generic.sta": ("mt940", 2, 2, 0, 2000),
    "mt940/wolph-jejik-ing.sta": ("mt940", 1, 7, 468, 5027),
    "mt940/wolph-jejik-knab.sta": ("mt940", 2, 3, 100000, 726000),
    "mt940/wolph-jejik-rabobank-iban.sta": ("mt940", 2, 4, 0, 7000),
    "mt940/wolph-jejik-rabobank.sta": ("mt940", 4, 5, 0, 158909),
    "mt940/wolph-jejik-sns.sta": ("mt940", 2, 2, 0, 2500),
    "mt940/wolph-jejik-triodos.sta": ("mt940", 1, 2, 0, 71570),
}
REFUSED = {
    "camt/genkgo-camt053.v2.wrong.xml": NoStatement,
    "camt/genkgo-camt054.v2.with-account-name.xml": OtherCurrency,
    "camt/genkgo-camt054.v2.xml": OtherCurrency,
    "camt/genkgo-camt054.v4.xml": OtherCurrency,
    "camt/genkgo-camt054.v8.xml": OtherCurrency,
    "camt/genkgo-camt054.v8-with-UETR.xml": OtherCurrency,
    "camt/genkgo-camt054.v8-with-financial-institution.xml": OtherCurrency,
    "camt/oca16-test-camt053-txdtls.xml": OtherCurrency,
    "mt940/oca10-test-sns.940": BreaksOff,  # the sample lost its end
}


@pytest.fixture
def bank(shared_data: Path) -> Path:
    return shared_data / "bank"


def _figures(file: BankFile) -> tuple[str, int, int, int, int]:
    cents = [line.cents for statement in file.statements for line in statement.lines]
    came_in = sum(one for one in cents if one > 0)
    return file.format, len(file.statements), len(cents), came_in, came_in - sum(cents)


@pytest.mark.parametrize("name", READ)
def test_a_real_file_is_read_to_the_cent(bank: Path, name: str) -> None:
    assert _figures(read((bank / name).read_bytes())) == READ[name]


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_booked_is_refused_with_its_reason(bank: Path, name: str) -> None:
    with pytest.raises(REFUSED[name]):
        read((bank / name).read_bytes())


def test_every_real_file_is_accounted_for(bank: Path) -> None:
    folders = ("camt", "csv", "mt940")
    files = {f"{folder}/{path.name}" for folder in folders for path in (bank / folder).iterdir()}
    assert files == {*READ, *REFUSED}


def test_a_dutch_payment_reference_is_found_where_rabobank_puts_it(bank: Path) -> None:
    file = read((bank / "camt/mpdroog-rabobank-CAMT053.xml").read_bytes())
    lines = [line for statement in file.statements for line in statement.lines]

    (tax,) = [line for line in lines if line.reference]
    assert (tax.reference, tax.cents) == ("4202600001230001", -407600)
    assert tax.name.startswith("Belastingdienst")


def test_a_returned_debit_is_taken_apart_and_says_why(bank: Path) -> None:
    file = read((bank / "camt/oca16-test-camt053.xml").read_bytes())

    returned = [line for line in file.statements[0].lines if line.returned]
    assert [(line.cents, line.part, line.reason) for line in returned] == [
        (-56405, 1, "AC06"),
        (-10000, 2, "AC06"),
    ]


def test_who_paid_is_found_in_the_text_of_old_formats(bank: Path) -> None:
    ing = read((bank / "mt940/oca10-test-ing.940").read_bytes()).statements[0].lines
    asn = read((bank / "mt940/wolph-ASNB-mt940.txt").read_bytes())
    knab = read((bank / "mt940/wolph-jejik-knab.sta").read_bytes()).statements[1].lines

    assert (ing[6].iban, ing[6].reference) == ("NL94INGB3120696005", "9001123412341234")
    assert asn.statements[0].lines[0].iban == "NL86INGB6234358222"
    assert (knab[0].name, knab[0].iban) == ("PICQER", "NL77INGB3744808085")


def test_the_statements_that_do_not_add_up_are_known(bank: Path) -> None:
    """Samples were cut by who shared them: what is missing is told, and hides nothing."""
    lacking = {
        name
        for name in READ
        if any(one.missing for one in read((bank / name).read_bytes()).statements)
    }
    assert lacking == {
        "camt/genkgo-camt053.v2.all-balance-types.xml",
        "camt/genkgo-camt053.v2.five.decimals.xml",
        "camt/oca16-test-camt053.xml",
        "csv/bank2ynab-CSV_A_20180414_112204.csv",
        "mt940/wolph-jejik-abnamro.sta",
        "mt940/wolph-jejik-ing.sta",
        "mt940/wolph-jejik-knab.sta",
        "mt940/wolph-jejik-rabobank.sta",
        "mt940/wolph-jejik-triodos.sta",
    }

"""The file that asks the bank to pay: whole, in SEPA's letters, and valid."""

from datetime import UTC, date, datetime
from importlib import resources

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from app.bank.credit_transfer import NAMESPACE, Payer, Transfer, write
from app.bank.sepa import sepa_letters

US = Payer("Samen Schalkwijk & Co", "NL91ABNA0417164300")
MILL = Transfer("De Molen B.V.", "NL20INGB0001234567", 123_456, "P-2026-0001")
NOON = datetime(2026, 3, 6, 12, tzinfo=UTC)


def written(*transfers: Transfer) -> bytes:
    return write("P-2026-0001", US, transfers, execute_on=date(2026, 3, 7), made_at=NOON)


def texts(document: etree._Element, name: str) -> list[str]:
    return [str(one.text) for one in document.iter(f"{{{NAMESPACE}}}{name}")]


def test_each_is_paid_its_amount_and_the_sums_agree() -> None:
    document = etree.fromstring(written(MILL, Transfer("Boer", MILL.iban, 5, "x")))

    assert texts(document, "InstdAmt") == ["1234.56", "0.05"]
    assert texts(document, "CtrlSum") == ["1234.61", "1234.61"]
    assert texts(document, "NbOfTxs") == ["2", "2"]
    assert texts(document, "EndToEndId") == ["P-2026-0001-1", "P-2026-0001-2"]


@given(st.text(max_size=200))
def test_names_become_letters_that_sepa_knows(name: str) -> None:
    plain = sepa_letters(name, 70)
    assert 1 <= len(plain) <= 70
    assert set(plain) <= set(
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/-?:().,'+ "
    )


def test_accents_go_and_the_word_stays() -> None:
    assert sepa_letters("Çelik & Yılmaz", 70) == "Celik + Yilmaz"


def test_an_order_that_pays_nobody_is_none() -> None:
    with pytest.raises(ValueError, match="moves something"):
        written()


def test_it_is_valid_by_the_official_schema() -> None:
    schema = resources.files("sepaxml") / "schemas" / "pain.001.001.09.xsd"
    etree.XMLSchema(etree.fromstring(schema.read_bytes())).assertValid(
        etree.fromstring(written(MILL))
    )

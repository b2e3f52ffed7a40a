"""The file that asks the bank to collect: whole, in SEPA's letters, and valid."""

from datetime import UTC, date, datetime
from importlib import resources

import pytest
from lxml import etree

from app.bank.direct_debit import NAMESPACE, Creditor, Debit, write

US = Creditor("Samen Schalkwijk & Co", "NL91ABNA0417164300", "NL79ZZZ999999990000")
NOON = datetime(2026, 3, 6, 12, tzinfo=UTC)


def a_debit(n: int, sequence: str, cents: int) -> Debit:
    return Debit(
        name="Ç. Yılmaz",
        iban="NL20INGB0001234567",
        mandate=f"M100{n}-1",
        signed_on=date(2026, 1, 31),
        sequence=sequence,
        end_to_end=f"I-2026-0001-{n}",
        cents=cents,
        text="2026-0001 RF3120260001",
    )


def written(*debits: Debit) -> bytes:
    return write("I-2026-0001", US, debits, collect_on=date(2026, 3, 12), made_at=NOON)


ALL = written(a_debit(1, "RCUR", 1250), a_debit(2, "FRST", 5), a_debit(3, "RCUR", 123_456))


def texts(name: str) -> list[str]:
    return [str(one.text) for one in etree.fromstring(ALL).iter(f"{{{NAMESPACE}}}{name}")]


def test_first_and_next_collections_stand_apart_and_the_sums_agree() -> None:
    assert texts("SeqTp") == ["FRST", "RCUR"]
    assert texts("CtrlSum") == ["1247.11", "0.05", "1247.06"]
    assert texts("NbOfTxs") == ["3", "1", "2"]
    assert texts("InstdAmt") == ["0.05", "12.50", "1234.56"]


def test_who_is_collected_from_agreed_to_it_on_a_day() -> None:
    assert texts("MndtId") == ["M1002-1", "M1001-1", "M1003-1"]
    assert set(texts("DtOfSgntr")) == {"2026-01-31"}
    assert US.creditor_id in texts("Id")


def test_an_order_that_collects_nothing_is_none() -> None:
    with pytest.raises(ValueError, match="moves something"):
        written()


def test_it_is_valid_by_the_official_schema() -> None:
    schema = resources.files("sepaxml") / "schemas" / "pain.008.001.08.xsd"
    etree.XMLSchema(etree.fromstring(schema.read_bytes())).assertValid(etree.fromstring(ALL))

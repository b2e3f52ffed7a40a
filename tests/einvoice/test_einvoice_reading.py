"""What programs read of an invoice is what people read on it."""

import xml.etree.ElementTree as ET
from datetime import date
from decimal import Decimal
from random import Random

import pytest

from app.documents import correction_samples, samples, signup_samples
from app.documents.einvoice import CannotState, cii_of, read, ubl, ubl_of
from app.documents.einvoice.model import Heading, TypeCode
from app.documents.einvoice.ubl import CORE, PEPPOL
from tests.einvoice import records

every_kind = pytest.mark.parametrize("make", records.KINDS)
CBC = "{urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2}"


def texts(xml: bytes, name: str) -> list[str]:
    return [element.text or "" for element in ET.fromstring(xml).iter(f"{CBC}{name}")]


def some(make):
    return [make(Random(seed)) for seed in range(50)]


# --- to the cent -------------------------------------------------------------------------------


@every_kind
def test_the_sums_are_those_of_the_paper(make) -> None:
    for record in some(make):
        invoice = read(record)
        sign = -1 if invoice.type_code == TypeCode.CREDIT_NOTE and record["total"] < 0 else 1

        assert invoice.gross == sign * record["total"]
        assert invoice.vat == sign * sum(row["vat"] for row in record["vat"])
        assert [line.net for line in invoice.lines] == [sign * x["net"] for x in record["lines"]]


@every_kind
def test_quantity_times_price_explains_every_line(make) -> None:
    for record in some(make):
        for line in read(record).lines:
            assert line.price >= 0
            assert abs(line.quantity * line.price - Decimal(line.net) / 100) <= Decimal("0.02")


def test_a_shop_reads_the_price_that_is_printed_where_it_explains_the_line() -> None:
    line = {"kind": "article", "name": "Rijst", "unit": "zak", "pieces": 3, "vat_bp": 900}
    line |= {"net": 370, "gross": 403, "unit_price": 1_233_300}
    vat = [{"vat_bp": 900, "net": 370, "vat": 33, "gross": 403}]
    record = samples.invoice(shop=True, lines=0) | {"lines": [line], "vat": vat, "total": 403}

    [read_line] = read(record).lines

    assert read_line.price == Decimal("1.2333")


def test_goods_by_weight_are_in_kilos() -> None:
    cheese = next(line for line in read(samples.invoice(shop=True)).lines if "kaas" in line.name)

    assert (cheese.quantity, cheese.unit) == (Decimal("0.512"), "KGM")


def test_a_paper_that_does_not_add_up_is_printed_without() -> None:
    record = samples.invoice() | {"total": 1}

    with pytest.raises(CannotState):
        read(record)
    assert cii_of(record) is None


# --- who, what and why -------------------------------------------------------------------------


def test_only_invoices_are_for_programs() -> None:
    assert cii_of(samples.settlement()) is None
    assert cii_of(correction_samples.credit_note(refers_to_kind="settlement")) is None
    assert cii_of(samples.order_sheet()) is None
    assert cii_of(signup_samples.receipt()) is None


def test_only_shops_get_ubl() -> None:
    assert ubl_of(samples.invoice()) is None
    assert ubl_of(samples.invoice(shop=True))


def test_a_buyer_with_a_kvk_number_gets_the_identifiers_of_peppol() -> None:
    xml = ubl.write(read(samples.invoice(shop=True)))

    assert texts(xml, "CustomizationID") == [PEPPOL]
    assert texts(xml, "EndpointID") == [samples.SENDER["kvk"], samples.SHOP["kvk"]]


@pytest.mark.parametrize(
    "changes",
    [
        {"recipient": {**samples.SHOP, "kvk": ""}},
        {"recipient": {**samples.SHOP, "street": ""}},
        {"sender": {**samples.SENDER, "kvk": ""}},
        {"payment": None},
    ],
)
def test_what_peppol_would_refuse_gets_the_plain_identifier(changes) -> None:
    xml = ubl.write(read(samples.invoice(shop=True) | changes))

    assert texts(xml, "CustomizationID") == [CORE]
    assert texts(xml, "EndpointID") == texts(xml, "ProfileID") == []


def test_a_credit_note_names_its_invoice_and_has_positive_amounts() -> None:
    record = records.credit(Random(1))

    invoice = read(record)

    assert record["total"] < 0 < invoice.gross
    assert invoice.preceding[0].number == "2026-0217"
    assert invoice.preceding[0].issued_on == date(2026, 11, 20)
    assert b"<CreditNote " in ubl.write(invoice)


def test_what_is_paid_ahead_is_called_so_and_the_rest_names_it() -> None:
    first, second = read(records.ahead(Random(1))), read(records.rest(Random(1)))

    assert first.type_code == TypeCode.PREPAYMENT
    assert second.type_code == TypeCode.INVOICE
    assert second.preceding[0].number == "2026-0217"
    assert second.lines[-1].quantity < 0


def test_no_vat_has_a_reason() -> None:
    kor = samples.invoice(language="en") | records.small_business(Random(1))
    for record, said in (
        (kor | {"language": "en", "sender": samples.SENDER}, "small businesses scheme"),
        (signup_samples.premium_invoice(language="en"), "Insurance is exempt from VAT"),
        (samples.invoice(language="en", lines=5), "There is no VAT on deposits."),
    ):
        total = read(record).totals[-1]

        assert total.heading == Heading.EXEMPT
        assert said in total.reason


def test_who_has_no_vat_id_names_none_and_states_no_vat() -> None:
    sender = samples.SENDER | {"vat_id": ""}
    small = records.small_business(Random(1)) | {"sender": sender}

    invoice = read(small)

    assert invoice.totals[0].heading == Heading.OUTSIDE
    assert not invoice.buyer.vat_id
    with pytest.raises(CannotState):
        read(samples.invoice() | {"sender": sender})


def test_what_somebody_typed_cannot_break_the_file() -> None:
    line = samples.invoice()["lines"][0] | {"name": "<b>&amp;\x00\ud800]]>"}
    record = samples.invoice(shop=True)
    record["lines"][0] = line

    assert "<b>&amp; ]]>" in "".join(ET.fromstring(ubl_of(record)).itertext())

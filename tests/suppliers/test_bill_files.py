"""A supplier's UBL invoice is read to the cent, or refused with a clear reason."""

import pytest

from purchasing.billed import DoesNotAddUp, LinesDoNotAddUp, UnknownRate, from_plain
from suppliers import bills
from suppliers.bills.refusals import (
    BillTooLarge,
    BrokenPdf,
    NotAnEInvoice,
    NotInEuros,
    SomethingMissing,
)
from suppliers.readers.refusals import BrokenXml, EmptyFile, EntitiesInXml

LINE = """
<cac:InvoiceLine><cbc:ID>{n}</cbc:ID>
 <cbc:InvoicedQuantity unitCode="C62">1</cbc:InvoicedQuantity>
 <cbc:LineExtensionAmount currencyID="EUR">{net}</cbc:LineExtensionAmount>
 <cac:Item><cbc:Name>{name}</cbc:Name>
  <cac:SellersItemIdentification><cbc:ID>{number}</cbc:ID></cac:SellersItemIdentification>
  <cac:ClassifiedTaxCategory><cbc:ID>{category}</cbc:ID></cac:ClassifiedTaxCategory></cac:Item>
</cac:InvoiceLine>"""
INVOICE = """<?xml version="1.0" encoding="UTF-8"?>
<Invoice xmlns="urn:oasis:names:specification:ubl:schema:xsd:Invoice-2"
 xmlns:cac="urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2"
 xmlns:cbc="urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2">
<cbc:ID>2026-118</cbc:ID><cbc:IssueDate>2026-03-15</cbc:IssueDate>
<cbc:DueDate>2026-04-14</cbc:DueDate>
<cbc:DocumentCurrencyCode>EUR</cbc:DocumentCurrencyCode>
<cac:AllowanceCharge><cbc:ChargeIndicator>true</cbc:ChargeIndicator>
 <cbc:Amount currencyID="EUR">10.00</cbc:Amount></cac:AllowanceCharge>
<cac:TaxTotal><cbc:TaxAmount currencyID="EUR">5.88</cbc:TaxAmount>
 <cac:TaxSubtotal><cbc:TaxableAmount currencyID="EUR">42.00</cbc:TaxableAmount>
  <cbc:TaxAmount currencyID="EUR">3.78</cbc:TaxAmount>
  <cac:TaxCategory><cbc:ID>S</cbc:ID><cbc:Percent>9.00</cbc:Percent></cac:TaxCategory>
 </cac:TaxSubtotal>
 <cac:TaxSubtotal><cbc:TaxableAmount currencyID="EUR">10.00</cbc:TaxableAmount>
  <cbc:TaxAmount currencyID="EUR">2.10</cbc:TaxAmount>
  <cac:TaxCategory><cbc:ID>S</cbc:ID><cbc:Percent>21</cbc:Percent></cac:TaxCategory>
 </cac:TaxSubtotal>
 <cac:TaxSubtotal><cbc:TaxableAmount currencyID="EUR">2.50</cbc:TaxableAmount>
  <cbc:TaxAmount currencyID="EUR">0.00</cbc:TaxAmount>
  <cac:TaxCategory><cbc:ID>O</cbc:ID></cac:TaxCategory></cac:TaxSubtotal>
</cac:TaxTotal>
<cac:LegalMonetaryTotal><cbc:LineExtensionAmount currencyID="EUR">44.50</cbc:LineExtensionAmount>
 <cbc:TaxExclusiveAmount currencyID="EUR">54.50</cbc:TaxExclusiveAmount>
 <cbc:TaxInclusiveAmount currencyID="EUR">60.38</cbc:TaxInclusiveAmount>
 <cbc:PayableAmount currencyID="EUR">60.38</cbc:PayableAmount></cac:LegalMonetaryTotal>
{lines}
</Invoice>"""
LINES = (
    LINE.format(n=1, net="12.00", name="Rijst", number="71", category="S")
    + LINE.format(n=2, net="30.00", name="Olie", number="72", category="S")
    + LINE.format(n=3, net="2.50", name="Statiegeld", number="", category="O")
)


def a_file() -> bytes:
    return INVOICE.format(lines=LINES).encode()


def changed(old: str, new: str) -> bytes:
    text = INVOICE.format(lines=LINES)
    assert old in text
    return text.replace(old, new).encode()


def test_a_bill_is_read_to_the_cent() -> None:
    bill = bills.read(a_file())

    assert (bill.number, bill.issued_on.isoformat()) == ("2026-118", "2026-03-15")
    assert (bill.goods_cents, bill.delivery_cents, bill.deposit_cents) == (4200, 1000, 250)
    assert (bill.vat_cents, bill.total_cents) == (588, 6038)
    assert [(line.number, line.net_cents) for line in bill.lines] == [("71", 1200), ("72", 3000)]
    assert [rate.vat_bp for rate in bill.rates] == [900, 2100]


@pytest.mark.parametrize("category", ["E", "Z"])
def test_a_deposit_may_be_a_line_that_is_not_taxed(category) -> None:
    """What EN 16931 lets stand beside taxed lines: recognised by its name."""
    text = INVOICE.format(lines=LINES).replace(">O<", f">{category}<")
    told = f"<cbc:ID>{category}</cbc:ID></cac:TaxCategory>"
    text = text.replace(told, told.replace("</cac:", "<cbc:Percent>0</cbc:Percent></cac:"))

    assert bills.read(text.encode()) == bills.read(a_file())


def test_what_is_taken_off_in_all_is_a_line_of_its_own() -> None:
    off = """<cac:AllowanceCharge><cbc:ChargeIndicator>false</cbc:ChargeIndicator>
     <cbc:AllowanceChargeReason>Korting</cbc:AllowanceChargeReason>
     <cbc:Amount currencyID="EUR">2.00</cbc:Amount></cac:AllowanceCharge><cac:TaxTotal>"""
    text = INVOICE.format(lines=LINES).replace("<cac:TaxTotal>", off)
    for old, new in (("42.00", "40.00"), ("3.78", "3.60"), ("54.50", "52.50"), ("60.38", "58.20")):
        text = text.replace(old, new)

    bill = bills.read(text.encode())

    assert (bill.lines[-1].name, bill.lines[-1].net_cents) == ("Korting", -200)
    assert bill.goods_cents == 4000


@pytest.mark.parametrize(
    ("data", "refusal"),
    [
        (b"  ", EmptyFile),
        (b"%PDF-1.7 ...", BrokenPdf),
        (b"<html><body>Login</body></html>", NotAnEInvoice),
        (INVOICE.format(lines=LINES).encode()[:900], BrokenXml),
        (b'<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>', EntitiesInXml),
        (b"<" + b" " * (5 * 2**20 + 1), BillTooLarge),
        (changed(">EUR<", ">USD<"), NotInEuros),
        (changed('currencyID="EUR">12.00', 'currencyID="GBP">12.00'), NotInEuros),
        (changed("<cbc:ID>2026-118</cbc:ID>", ""), SomethingMissing),
        (changed("2026-03-15", "15 maart"), SomethingMissing),
        (changed(">12.00<", ">twaalf<"), SomethingMissing),
        (changed(">12.00<", ">NaN<"), SomethingMissing),
        (changed(">12.00<", ">12.001<"), SomethingMissing),
        (changed(">12.00<", ">13.00<"), LinesDoNotAddUp),
        (changed(">60.38<", ">61.38<"), DoesNotAddUp),
        (changed(">9.00<", ">19<"), UnknownRate),
    ],
)
def test_what_cannot_be_booked_is_refused_with_the_reason(data, refusal) -> None:
    with pytest.raises(refusal):
        bills.read(data)


def test_how_much_is_billed_is_told_where_the_bill_says_so() -> None:
    assert [line.milli for line in bills.read(a_file()).lines] == [1000, 1000]
    bare = changed('<cbc:InvoicedQuantity unitCode="C62">1</cbc:InvoicedQuantity>', "")
    assert [line.milli for line in bills.read(bare).lines] == [None, None]


def test_lines_below_zero_and_no_lines_at_all_are_read() -> None:
    turned = changed(">12.00<", ">-12.00<").replace(b">30.00<", b">54.00<")
    assert [line.net_cents for line in bills.read(turned).lines] == [-1200, 5400]

    text = INVOICE.format(lines="").replace(">54.50<", ">52.00<").replace(">60.38<", ">57.88<")
    bill = bills.read(text.encode())
    assert (bill.lines, bill.goods_cents, bill.total_cents) == ((), 4200, 5788)


def test_a_credit_note_has_its_amounts_below_zero() -> None:
    text = INVOICE.format(lines=LINES).replace("InvoiceLine", "CreditNoteLine")
    text = text.replace("<Invoice", "<CreditNote").replace("</Invoice>", "</CreditNote>")

    note = bills.read(text.replace("Invoice-2", "CreditNote-2").encode())

    assert note.is_credit and note == bills.read(a_file()).turned()
    assert (note.total_cents, note.lines[0].net_cents) == (-6038, -1200)


def test_for_whom_it_is_and_for_which_order_is_read() -> None:
    told = """<cac:OrderReference><cbc:ID>B-2026-0003</cbc:ID></cac:OrderReference>
     <cac:AccountingCustomerParty><cac:Party>
      <cac:PartyTaxScheme><cbc:CompanyID>NL001234567B01</cbc:CompanyID></cac:PartyTaxScheme>
      <cac:PartyLegalEntity><cbc:CompanyID>12345678</cbc:CompanyID></cac:PartyLegalEntity>
     </cac:Party></cac:AccountingCustomerParty><cac:TaxTotal>"""

    bill = bills.read(changed("<cac:TaxTotal>", told))

    assert bill.order_number == "B-2026-0003"
    assert bill.buyer_ids == ("12345678", "NL001234567B01")
    assert from_plain(bill.plain()) == bill

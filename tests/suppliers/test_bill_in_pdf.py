"""A PDF that carries its bill for programs is read as what it carries, or refused with why.

The papers that we make ourselves are what a supplier's program makes: so they are read back.
"""

import io
from functools import cache
from random import Random

import pikepdf
import pytest

from app.documents import correction_samples, einvoice, render, samples
from purchasing.billed import DoesNotAddUp, UnreadableBill
from suppliers import bills
from suppliers.bills import pdf
from suppliers.bills.refusals import (
    BillTooLarge,
    BrokenPdf,
    LockedPdf,
    NoBillInside,
    NotInEuros,
    NotThisKind,
    SomethingMissing,
)
from suppliers.readers.refusals import EntitiesInXml
from tests.einvoice import records

PAPERS = {
    "household": samples.invoice(),
    "shop": samples.invoice(shop=True),
    "credit note": correction_samples.credit_note(shop=True),
    "settlement": samples.settlement(),
}


@cache
def printed(name: str) -> bytes:
    return render(PAPERS[name]["kind"], PAPERS[name])


def with_file(name: str, content: bytes, **saved) -> bytes:
    """A PDF of one empty page that carries a file."""
    made, out = pikepdf.new(), io.BytesIO()
    made.add_blank_page()
    made.attachments[name] = content
    made.save(out, **saved)
    return out.getvalue()


def changed(old: str, new: str) -> bytes:
    xml = einvoice.cii_of(PAPERS["shop"])
    assert xml is not None and old.encode() in xml
    return with_file("factur-x.xml", xml.replace(old.encode(), new.encode()))


@pytest.mark.parametrize("name", ["household", "shop"])
def test_an_invoice_is_read_back_out_of_its_pdf(name) -> None:
    paper = PAPERS[name]

    bill = bills.read(printed(name))

    assert (bill.number, bill.total_cents) == (paper["number"], paper["total"])
    assert bill.issued_on.isoformat() == paper["issued_on"]
    stated = [(row["vat_bp"], row["net"], row["vat"]) for row in paper["vat"]]
    assert sorted((r.vat_bp, r.net_cents, r.vat_cents) for r in bill.rates) == sorted(stated)
    assert bill.deposit_cents == paper["untaxed"]


def test_a_credit_note_is_read_below_zero_with_the_bill_that_it_credits() -> None:
    paper = PAPERS["credit note"]

    note = bills.read(printed("credit note"))

    assert note.is_credit and note.total_cents == paper["total"]
    assert note.refers_to == paper["refers_to"]


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("kind", [records.household, records.shop, records.credit])
def test_both_forms_of_a_random_invoice_say_the_same(kind, seed) -> None:
    record = kind(Random(seed))
    cii, ubl = einvoice.cii_of(record), einvoice.as_ubl(record)
    assert cii is not None and ubl is not None

    one, other = bills.read(cii), bills.read(ubl)

    assert one.total_cents == other.total_cents == record["total"]
    assert (one.rates, one.lines) == (other.rates, other.lines)
    assert (one.goods_cents, one.deposit_cents) == (other.goods_cents, other.deposit_cents)


@pytest.mark.parametrize("name", ["factur-x.xml", "ZUGFeRD-invoice.xml", "xrechnung.xml"])
def test_the_names_of_all_three_standards_are_known(name) -> None:
    xml = einvoice.cii_of(PAPERS["shop"])
    assert xml is not None

    assert bills.read(with_file(name, xml)) == bills.read(xml)


def damaged() -> bytes:
    return printed("shop")[:4000]


REFUSED = {
    "nothing attached": (lambda: printed("settlement"), NoBillInside),
    "something else": (lambda: with_file("photo.xml", b"<a/>"), NoBillInside),
    "locked": (
        lambda: with_file("factur-x.xml", b"<a/>",
                          encryption=pikepdf.Encryption(owner="a", user="b")),
        LockedPdf,
    ),
    "half of it": (damaged, BrokenPdf),
    "too large": (lambda: b"%PDF-1.7" + b" " * 6 * 2**20, BillTooLarge),
    "unpacks too large": (
        lambda: with_file("factur-x.xml", b"<a>" + b" " * 6 * 2**20),
        BillTooLarge,
    ),
    "entities": (
        lambda: with_file("factur-x.xml", b'<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>'),
        EntitiesInXml,
    ),
    "another currency": (lambda: changed(">EUR<", ">USD<"), NotInEuros),
    "an amount in another": (lambda: changed('currencyID="EUR"', 'currencyID="GBP"'), NotInEuros),
    "no invoice": (lambda: changed(">380<", ">325<"), NotThisKind),
    "no number": (lambda: changed(f"<ram:ID>{PAPERS['shop']['number']}</ram:ID>", ""),
                  SomethingMissing),
    "wrong total": (lambda: changed("<ram:GrandTotalAmount>", "<ram:GrandTotalAmount>9"),
                    DoesNotAddUp),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_bill_is_refused_with_the_reason(name) -> None:
    make, refusal = REFUSED[name]

    with pytest.raises(refusal):
        bills.read(make())


@pytest.mark.parametrize("seed", range(30))
def test_a_torn_pdf_is_refused_and_never_breaks_us(seed) -> None:
    """Bytes changed at random: it is read, or refused."""
    lot, data = Random(seed), bytearray(printed("shop"))
    for _ in range(lot.randint(1, 40)):
        data[lot.randrange(len(data))] = lot.randrange(256)
    try:
        pdf.attached(bytes(data))
    except UnreadableBill:
        return

"""A PDF carries its invoice for programs, in the way that PDF/A-3 and Factur-X want it."""

import io
from functools import cache
from random import Random

import pikepdf
import pytest

from app.documents import correction_samples, einvoice, render, samples, signup_samples
from tests.einvoice import records

INVOICES = {
    "household": samples.invoice(),
    "shop": samples.invoice(shop=True, language="en"),
    "premium": signup_samples.premium_invoice(),
    "exempt": records.small_business(Random(3)),
    "credit note": correction_samples.credit_note(shop=True),
    "supplement": correction_samples.supplement(),
}
every_invoice = pytest.mark.parametrize("name", INVOICES)
FACTUR_X = "{urn:factur-x:pdfa:CrossIndustryDocument:invoice:1p0#}"


@cache
def printed(name: str) -> bytes:
    return render(INVOICES[name]["kind"], INVOICES[name])


@every_invoice
def test_what_is_read_out_of_the_pdf_is_what_was_written(name) -> None:
    with pikepdf.open(io.BytesIO(printed(name))) as pdf:
        [(file_name, attached)] = pdf.attachments.items()

        assert file_name == "factur-x.xml"
        assert attached.get_file().read_bytes() == einvoice.cii_of(INVOICES[name])


@every_invoice
def test_the_file_is_associated_once_as_the_same_in_another_form(name) -> None:
    with pikepdf.open(io.BytesIO(printed(name))) as pdf:
        [associated] = pdf.Root.AF

        assert associated.AFRelationship == "/Alternative"
        assert associated.EF.F.Subtype == "/text/xml"
        assert str(associated.EF.F.Params.ModDate).startswith("D:202612")


@every_invoice
def test_the_metadata_names_the_file_and_its_profile_in_one_block(name) -> None:
    with pikepdf.open(io.BytesIO(printed(name))) as pdf, pdf.open_metadata() as metadata:
        assert metadata[f"{FACTUR_X}DocumentFileName"] == "factur-x.xml"
        assert metadata[f"{FACTUR_X}DocumentType"] == "INVOICE"
        assert metadata[f"{FACTUR_X}Version"] == "1.0"
        assert metadata[f"{FACTUR_X}ConformanceLevel"] == "EN 16931"
        assert metadata["pdfaid:part"] == "3"
        assert metadata["pdfaid:conformance"] == "A"
        whole = bytes(pdf.Root.Metadata.read_bytes())
        assert whole.count(b"<rdf:RDF") == whole.count(b"<pdfaExtension:schemas>") == 1


def test_the_same_record_gives_the_same_bytes() -> None:
    assert render("invoice", INVOICES["shop"]) == printed("shop")


def test_a_paper_that_is_no_invoice_carries_nothing() -> None:
    with pikepdf.open(io.BytesIO(render("settlement", samples.settlement()))) as pdf:
        assert "/AF" not in pdf.Root
        assert not pdf.attachments
        assert b"factur-x" not in bytes(pdf.Root.Metadata.read_bytes())

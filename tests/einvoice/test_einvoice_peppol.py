"""What Peppol BIS Billing 3 and NLCIUS ask of Dutch parties above EN 16931, stated by ourselves.

The rules of both come with no package, so the hard ones stand here: whoever gets the identifier
of Peppol must hold to them.
"""

import xml.etree.ElementTree as ET
from decimal import Decimal
from random import Random

import pytest

from app.documents.einvoice import read, ubl
from app.documents.einvoice.ubl import PEPPOL, PEPPOL_PROCESS
from tests.einvoice import records

_BASE = "urn:oasis:names:specification:ubl:schema:xsd:Common"
NAMES = {"c": f"{_BASE}BasicComponents-2", "a": f"{_BASE}AggregateComponents-2"}
TO_SHOPS = (
    records.shop,
    records.credit,
    records.supplement,
    records.rest,
    records.small_business,
    records.reverse_charge,
)
PARTIES = ("AccountingSupplierParty", "AccountingCustomerParty")
TYPES = {"380", "381", "384", "389"}
MEANS = {"30", "48", "49", "57", "58", "59"}


def peppol_invoices(make) -> list[ET.Element]:
    found = []
    for seed in range(100):
        root = ET.fromstring(ubl.write(read(make(Random(seed)))))
        if root.findtext("c:CustomizationID", "", NAMES) == PEPPOL:
            found.append(root)
    return found


@pytest.fixture(params=TO_SHOPS, ids=lambda make: make.__name__)
def invoices(request) -> list[ET.Element]:
    found = peppol_invoices(request.param)
    assert found, "some of them travel by Peppol"
    return found


def test_the_process_is_named(invoices) -> None:
    for root in invoices:
        assert root.findtext("c:ProfileID", "", NAMES) == PEPPOL_PROCESS


def test_both_parties_have_an_address_an_endpoint_and_a_kvk_number(invoices) -> None:
    for root in invoices:
        for name in PARTIES:
            party = root.find(f"a:{name}/a:Party", NAMES)
            endpoint = party.find("c:EndpointID", NAMES)
            company = party.find("a:PartyLegalEntity/c:CompanyID", NAMES)
            address = party.find("a:PostalAddress", NAMES)
            assert endpoint.get("schemeID") == company.get("schemeID") == "0106"
            assert len(endpoint.text) == len(company.text) == 8
            assert all(
                address.findtext(f"c:{part}", "", NAMES)
                for part in ("StreetName", "CityName", "PostalZone")
            )


def test_there_is_a_reference_a_known_kind_and_a_means_to_pay(invoices) -> None:
    for root in invoices:
        kinds = [e.text for e in root if e.tag.endswith("TypeCode")]
        assert root.findtext("c:BuyerReference", "", NAMES)
        assert len(kinds) == 1 and set(kinds) <= TYPES
        means = root.findtext("a:PaymentMeans/c:PaymentMeansCode", "", NAMES)
        payable = Decimal(root.findtext("a:LegalMonetaryTotal/c:PayableAmount", "", NAMES))
        assert means in MEANS or payable <= 0 or kinds == ["381"]


def test_a_credit_note_names_what_it_corrects() -> None:
    for root in peppol_invoices(records.credit):
        path = "a:BillingReference/a:InvoiceDocumentReference/c:ID"
        assert root.findtext(path, "", NAMES)


def test_nothing_is_empty_and_there_is_one_note(invoices) -> None:
    for root in invoices:
        assert all(len(one) or (one.text or "").strip() for one in root.iter())
        assert len(root.findall("c:Note", NAMES)) <= 1


def test_quantity_times_price_is_the_line(invoices) -> None:
    for root in invoices:
        for line in (e for e in root if e.tag.endswith("Line")):
            [many] = [Decimal(e.text) for e in line if e.tag.endswith("edQuantity")]
            net = Decimal(line.findtext("c:LineExtensionAmount", "", NAMES))
            price = Decimal(line.findtext("a:Price/c:PriceAmount", "", NAMES))
            assert abs(many * price - net) <= Decimal("0.02")


def test_households_do_not_travel_by_peppol() -> None:
    assert peppol_invoices(records.household) == []

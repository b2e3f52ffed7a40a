"""An order as UBL: the types of UBL 2.1, the sums of the sheet, and nobody's name."""

import xml.etree.ElementTree as ET
from decimal import Decimal
from random import Random

import pytest
from lxml import etree
from sqlalchemy import select

from app.documents import samples
from app.documents.signup_samples import premium_order
from purchasing import lifecycle
from purchasing.errands import Kind
from purchasing.papers import Paper, PaperKind
from suppliers.writers import ubl_order
from tests.app.street import NOW, a_street
from tests.app.test_mail import Asked
from tests.builders import DAY, an_order
from tests.einvoice.official import RULES

CBC = "{urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2}"
KVK = {"kvk": "87654321"}
# The packages carry the types of UBL 2.1, and its invoice, but not its order: this is the part of
# it that we write, in the order of the standard. All that is inside is of the official types.
_BASE = "urn:oasis:names:specification:ubl:schema:xsd:"
_ELEMENTS = [
    "cbc:CustomizationID",
    "cbc:ProfileID",
    "cbc:ID",
    "cbc:IssueDate",
    "cbc:OrderTypeCode",
    "cbc:Note",
    "cbc:DocumentCurrencyCode",
    "cac:BuyerCustomerParty",
    "cac:SellerSupplierParty",
    "cac:Delivery",
    "cac:AllowanceCharge",
    "cac:AnticipatedMonetaryTotal",
    "cac:OrderLine",
]


@pytest.fixture(scope="module")
def schema() -> etree.XMLSchema:
    common = RULES / "ubl-2.1/common"
    imports = "".join(
        f'<x:import namespace="{_BASE}{name}-2" schemaLocation="{common}/UBL-{name}-2.1.xsd"/>'
        for name in ("CommonAggregateComponents", "CommonBasicComponents")
    )
    elements = "".join(
        f'<x:element ref="{name}" minOccurs="0" maxOccurs="unbounded"/>' for name in _ELEMENTS
    )
    text = (
        f'<x:schema xmlns:x="http://www.w3.org/2001/XMLSchema" targetNamespace="{_BASE}Order-2"'
        f' xmlns:cac="{_BASE}CommonAggregateComponents-2"'
        f' xmlns:cbc="{_BASE}CommonBasicComponents-2" elementFormDefault="qualified">{imports}'
        f'<x:element name="Order"><x:complexType><x:sequence>{elements}</x:sequence>'
        "</x:complexType></x:element></x:schema>"
    )
    return etree.XMLSchema(etree.fromstring(text))


def an_order_record(**changes):
    record = samples.order_sheet(lines=12)
    supplier = record["supplier"] | KVK
    return record | {"supplier": supplier, "columns": ["number", "name"]} | changes


def a_random_order(lot: Random):
    record = samples.order_sheet(lines=lot.randint(1, 40))
    for line in record["lines"]:
        line["amount"] += lot.choice([0, 0, 1, -1])
    goods, deposits, delivery = (
        sum(line["amount"] for line in record["lines"]),
        lot.choice([0, 1_240]),
        lot.choice([0, 2_500]),
    )
    sums = {"goods": goods, "deposits": deposits, "delivery": delivery}
    return an_order_record(lines=record["lines"], total=sum(sums.values()), **sums)


def texts(xml: bytes, name: str) -> list[str]:
    return [element.text or "" for element in ET.fromstring(xml).iter(f"{CBC}{name}")]


def test_random_orders_are_of_the_types_of_ubl(schema) -> None:
    for seed in range(200):
        schema.assertValid(etree.fromstring(ubl_order.write(a_random_order(Random(seed)))))


def test_the_sums_are_those_of_the_sheet() -> None:
    for seed in range(100):
        record = a_random_order(Random(seed))

        xml = ubl_order.write(record)

        assert texts(xml, "PayableAmount") == [f"{Decimal(record['total']) / 100:.2f}"]
        lines = list(map(Decimal, texts(xml, "LineExtensionAmount")))
        assert lines[0] == sum(lines[1:]) == Decimal(record["goods"]) / 100
        products = zip(texts(xml, "Quantity"), texts(xml, "PriceAmount"), strict=True)
        for line, (many, price) in zip(lines[1:], products, strict=True):
            assert abs(Decimal(many) * Decimal(price) - line) < Decimal("0.005")


def test_a_case_of_half_kilos_is_described_as_such() -> None:
    record = an_order_record()
    cheese = record["lines"][0] | {"unit": "kg", "brand": "", "case_pieces": 9, "pieces": 18}
    cheese["quantity"] = {"milli": 9_000, "unit": "kg"}

    xml = ubl_order.write(record | {"lines": [cheese, *record["lines"][1:]]})

    assert texts(xml, "Description")[0] == "9 × 0,5 kg"


def test_it_says_how_it_travels_and_to_whom() -> None:
    xml = ubl_order.write(an_order_record())

    assert texts(xml, "CustomizationID") == ["urn:fdc:peppol.eu:poacc:trns:order:3"]
    assert texts(xml, "EndpointID") == [samples.SENDER["kvk"], KVK["kvk"]]


@pytest.mark.parametrize(
    "record",
    [
        samples.order_sheet(),
        an_order_record(sender={**samples.SENDER, "kvk": ""}),
        an_order_record(lines=[], goods=0, deposits=0, delivery=0, total=0),
        premium_order() | {"supplier": {"name": "x"} | KVK},
        an_order_record(total=1),
    ],
)
def test_what_cannot_be_said_so_is_not_written(record) -> None:
    assert ubl_order.write(record) is None


@pytest.mark.parametrize(("wants", "suffixes"), [(True, "csv pdf xml"), (False, "csv pdf")])
def test_a_supplier_gets_it_by_mail_if_it_wants_that(app, session, wants, suffixes) -> None:
    from app import mail
    from app.errands import PressRoom

    app.config["PRESS_WORKERS"] = 0
    street = a_street(session)
    supplier = street.round.suppliers[0].supplier
    supplier.kvk, supplier.wants_ubl = KVK["kvk"], wants
    an_order(session, street.round, street.household, {"Rijst": 6, "Kaas": 8}, at=NOW - DAY)
    lifecycle.close_now(session, street.round, actor="t", now=NOW)
    lifecycle.order(session, street.round, actor="t", now=NOW)
    session.commit()
    PressRoom(app).run_due()
    session.expire_all()
    sheet = session.scalars(select(Paper).where(Paper.kind == PaperKind.ORDER_SHEET)).one()

    message = mail.write(session, Asked(Kind.MAIL_SHEET, str(sheet.id)), now=NOW).content

    files = {part.get_filename().rsplit(".")[-1]: part for part in message.iter_attachments()}
    assert sorted(files) == suffixes.split()
    if wants:
        xml = files["xml"].get_content()
        assert texts(xml, "ID")[0] == sheet.number
        assert street.household.name.encode() not in xml

"""An order as UBL 2.1, in the shape of Peppol BIS Ordering 3 (T01), for a supplier's program.

Made from the frozen record of the order sheet (purchasing.sheets.order_sheet), so it says what
is printed: cases, their price and the total, without VAT, and nobody's name. It goes by mail, one
way: the profile is "order only".
"""

from collections.abc import Mapping
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from suppliers.ordersheet import part_of
from suppliers.writers.markup import Node, branch, cents, document, leaf, number, price

TRANSACTION = "urn:fdc:peppol.eu:poacc:trns:order:3"
PROCESS = "urn:fdc:peppol.eu:poacc:bis:order_only:3"
MIME_TYPE = "application/xml"
_BASE = "urn:oasis:names:specification:ubl:schema:xsd:"
_NAMESPACES = {
    "": f"{_BASE}Order-2",
    "cac": f"{_BASE}CommonAggregateComponents-2",
    "cbc": f"{_BASE}CommonBasicComponents-2",
}
_KVK, _COUNTRY, _CURRENCY = "0106", "NL", "EUR"
_ORDER, _CASE, _PIECE = "220", "XCS", "C62"
_MOST_DECIMALS = 6
Record = Mapping[str, Any]


def write(record: Record) -> bytes | None:
    """The order; None of one that orders no goods, or from whom Peppol has no address (KvK)."""
    if not _can_be_addressed(record) or not _goods(record):
        return None
    return document(
        "Order",
        _NAMESPACES,
        *_head(record),
        branch("cac:BuyerCustomerParty", _buyer(record)),
        branch("cac:SellerSupplierParty", _seller(record["supplier"])),
        _delivery(record.get("deliver") or {}),
        _charge("Deposit", record["deposits"]),
        _charge("Delivery", record["delivery"]),
        branch(
            "cac:AnticipatedMonetaryTotal",
            _amount("cbc:LineExtensionAmount", record["goods"]),
            _amount("cbc:ChargeTotalAmount", record["deposits"] + record["delivery"]),
            _amount("cbc:PayableAmount", record["total"]),
        ),
        *(_line(place, line) for place, line in enumerate(record["lines"], start=1)),
    )


def _can_be_addressed(record: Record) -> bool:
    return bool(record["sender"].get("kvk") and record["supplier"].get("kvk"))


def _goods(record: Record) -> bool:
    """Whether the lines are goods that add up to the order."""
    lines = record["lines"]
    if not lines or any("amount" not in line for line in lines):
        return False
    goods, whole = int(record["goods"]), int(record["total"])
    added = int(record["deposits"]) + int(record["delivery"])
    return sum(int(line["amount"]) for line in lines) == goods == whole - added


def _head(record: Record) -> list[Node]:
    return [
        leaf("cbc:CustomizationID", TRANSACTION),
        leaf("cbc:ProfileID", PROCESS),
        leaf("cbc:ID", record["number"]),
        leaf("cbc:IssueDate", date.fromisoformat(record["ordered_on"]).isoformat()),
        leaf("cbc:OrderTypeCode", _ORDER),
        leaf("cbc:Note", record["round"]["title"]),
        leaf("cbc:DocumentCurrencyCode", _CURRENCY),
    ]


def _buyer(record: Record) -> Node:
    sender, contact = record["sender"], record["contact"]
    vat_id = leaf("cbc:CompanyID", sender.get("vat_id", ""))
    return branch(
        "cac:Party",
        leaf("cbc:EndpointID", sender["kvk"], schemeID=_KVK),
        branch(
            "cac:PartyIdentification",
            leaf("cbc:ID", record["supplier"].get("customer_number", "")),
        ),
        *_named(sender),
        branch("cac:PartyTaxScheme", vat_id, _vat()) if vat_id is not None else None,
        _legal(sender),
        branch(
            "cac:Contact",
            leaf("cbc:Name", contact.get("name", "")),
            leaf("cbc:Telephone", contact.get("phone", "")),
            leaf("cbc:ElectronicMail", contact.get("email", "")),
        ),
    )


def _seller(supplier: Record) -> Node:
    return branch(
        "cac:Party",
        leaf("cbc:EndpointID", supplier["kvk"], schemeID=_KVK),
        *_named(supplier),
        _legal(supplier),
    )


def _named(party: Record) -> tuple[Node, Node]:
    return (
        branch("cac:PartyName", leaf("cbc:Name", party["name"])),
        branch(
            "cac:PostalAddress",
            leaf("cbc:StreetName", party.get("street", "")),
            leaf("cbc:CityName", party.get("city", "")),
            leaf("cbc:PostalZone", party.get("postcode", "")),
            _country(),
        ),
    )


def _legal(party: Record) -> Node:
    return branch(
        "cac:PartyLegalEntity",
        leaf("cbc:RegistrationName", party["name"]),
        leaf("cbc:CompanyID", party["kvk"], schemeID=_KVK),
    )


def _country() -> Node:
    return branch("cac:Country", leaf("cbc:IdentificationCode", _COUNTRY))


def _vat() -> Node:
    return branch("cac:TaxScheme", leaf("cbc:ID", "VAT"))


def _delivery(deliver: Record) -> Node:
    if not deliver:
        return None
    return branch(
        "cac:Delivery",
        branch(
            "cac:DeliveryLocation",
            leaf("cbc:Name", deliver.get("place") or ""),
            branch(
                "cac:Address", leaf("cbc:StreetName", deliver.get("address") or ""), _country()
            ),
        ),
        branch(
            "cac:RequestedDeliveryPeriod",
            leaf("cbc:StartDate", deliver["on"]),
            leaf("cbc:EndDate", deliver["on"]),
        ),
    )


def _charge(what: str, amount: int) -> Node:
    if not amount:
        return None
    return branch(
        "cac:AllowanceCharge",
        leaf("cbc:ChargeIndicator", "true"),
        leaf("cbc:AllowanceChargeReason", what),
        _amount("cbc:Amount", amount),
    )


def _line(place: int, line: Record) -> Node:
    cases = line.get("cases") or 0
    many = Decimal(cases or line.get("pieces") or 1)
    return branch(
        "cac:OrderLine",
        branch(
            "cac:LineItem",
            leaf("cbc:ID", str(place)),
            leaf("cbc:Quantity", number(many), unitCode=_CASE if cases else _PIECE),
            _amount("cbc:LineExtensionAmount", line["amount"]),
            branch(
                "cac:Price",
                leaf("cbc:PriceAmount", price(_each(line, many)), currencyID=_CURRENCY),
            ),
            branch(
                "cac:Item",
                leaf("cbc:Description", _what(line)),
                leaf("cbc:Name", line["name"]),
                branch("cac:SellersItemIdentification", leaf("cbc:ID", line.get("number") or "")),
            ),
        ),
    )


def _each(line: Record, many: Decimal) -> Decimal:
    """The price of a case that explains the amount: the printed one where it does."""
    euros, printed = Decimal(line["amount"]) / 100, Decimal(line.get("case_price") or 0) / 100
    if printed * many == euros:
        return printed
    return (euros / many).quantize(Decimal(1).scaleb(-_MOST_DECIMALS), ROUND_HALF_UP)


def _what(line: Record) -> str:
    """ "De Proef, 12 × fles 1 liter": what is in a case."""
    unit, many = line.get("unit") or "", line.get("case_pieces") or 1
    if line.get("quantity"):
        unit = part_of(line)
    content = f"{many} × {unit}" if many > 1 and unit else unit
    return ", ".join(text for text in (line.get("brand"), content) if text)


def _amount(name: str, amount: int) -> Node:
    return leaf(name, cents(amount), currencyID=_CURRENCY)

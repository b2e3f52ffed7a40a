"""UBL 2.1, invoice and credit note: what bookkeeping programs read, and what travels by Peppol.

A buyer with a KvK number gets the identifiers of Peppol BIS Billing 3.0, under which the rules
of NLCIUS are met too (but for the kind 386, of what is paid ahead, which only Peppol knows);
every other gets the plain one of EN 16931, for Peppol wants an address that they do not have.
"""

from app.documents.einvoice.model import (
    COUNTRY,
    CURRENCY,
    Heading,
    Invoice,
    Line,
    Party,
    Preceding,
    TypeCode,
    VatTotal,
)
from suppliers.writers.markup import (
    Node,
    branch,
    cents,
    document,
    iso_day,
    leaf,
    number,
    percent,
    price,
)

CORE = "urn:cen.eu:en16931:2017"
PEPPOL = f"{CORE}#compliant#urn:fdc:peppol.eu:2017:poacc:billing:3.0"
PEPPOL_PROCESS = "urn:fdc:peppol.eu:2017:poacc:billing:01:1.0"
_KVK = "0106"
_SEPA_TRANSFER = "58"
_BASE = "urn:oasis:names:specification:ubl:schema:xsd:"


def write(invoice: Invoice) -> bytes:
    """The same bytes for the same invoice."""
    name = "CreditNote" if _is_credit(invoice) else "Invoice"
    namespaces = {
        "": f"{_BASE}{name}-2",
        "cac": f"{_BASE}CommonAggregateComponents-2",
        "cbc": f"{_BASE}CommonBasicComponents-2",
    }
    return document(
        name,
        namespaces,
        *_head(invoice),
        *(_preceding(one) for one in invoice.preceding),
        branch("cac:AccountingSupplierParty", _party(invoice.seller, invoice)),
        branch("cac:AccountingCustomerParty", _party(invoice.buyer, invoice)),
        branch("cac:Delivery", leaf("cbc:ActualDeliveryDate", iso_day(invoice.supplied_on))),
        _payment(invoice),
        branch("cac:PaymentTerms", leaf("cbc:Note", invoice.terms)),
        branch(
            "cac:TaxTotal",
            _amount("cbc:TaxAmount", invoice.vat),
            *(_total(total) for total in invoice.totals),
        ),
        branch(
            "cac:LegalMonetaryTotal",
            _amount("cbc:LineExtensionAmount", invoice.net),
            _amount("cbc:TaxExclusiveAmount", invoice.net),
            _amount("cbc:TaxInclusiveAmount", invoice.gross),
            _amount("cbc:PayableAmount", invoice.gross),
        ),
        *(_line(place, line, name) for place, line in enumerate(invoice.lines, start=1)),
    )


def _is_credit(invoice: Invoice) -> bool:
    return invoice.type_code == TypeCode.CREDIT_NOTE


def _head(invoice: Invoice) -> list[Node]:
    peppol, credit = invoice.can_travel_by_peppol, _is_credit(invoice)
    kind = "cbc:CreditNoteTypeCode" if credit else "cbc:InvoiceTypeCode"
    return [
        leaf("cbc:CustomizationID", PEPPOL if peppol else CORE),
        leaf("cbc:ProfileID", PEPPOL_PROCESS if peppol else ""),
        leaf("cbc:ID", invoice.number),
        leaf("cbc:IssueDate", iso_day(invoice.issued_on)),
        leaf("cbc:DueDate", "" if credit else iso_day(invoice.due_on)),
        leaf(kind, invoice.type_code),
        leaf("cbc:Note", invoice.note),
        leaf("cbc:DocumentCurrencyCode", CURRENCY),
        leaf("cbc:BuyerReference", invoice.buyer_reference),
    ]


def _preceding(one: Preceding) -> Node:
    return branch(
        "cac:BillingReference",
        branch(
            "cac:InvoiceDocumentReference",
            leaf("cbc:ID", one.number),
            leaf("cbc:IssueDate", iso_day(one.issued_on)),
        ),
    )


def _party(party: Party, invoice: Invoice) -> Node:
    endpoint = party.kvk if invoice.can_travel_by_peppol else ""
    return branch(
        "cac:Party",
        leaf("cbc:EndpointID", endpoint, schemeID=_KVK),
        branch("cac:PartyName", leaf("cbc:Name", party.name)),
        branch(
            "cac:PostalAddress",
            leaf("cbc:StreetName", party.street),
            leaf("cbc:CityName", party.city),
            leaf("cbc:PostalZone", party.postcode),
            branch("cac:Country", leaf("cbc:IdentificationCode", COUNTRY)),
        ),
        _tax_scheme(party),
        branch(
            "cac:PartyLegalEntity",
            leaf("cbc:RegistrationName", party.name),
            leaf("cbc:CompanyID", party.kvk, schemeID=_KVK),
        ),
        branch(
            "cac:Contact",
            leaf("cbc:Name", party.contact),
            leaf("cbc:Telephone", party.phone),
            leaf("cbc:ElectronicMail", party.email),
        ),
    )


def _tax_scheme(party: Party) -> Node:
    if not party.vat_id:
        return None
    return branch("cac:PartyTaxScheme", leaf("cbc:CompanyID", party.vat_id), _vat())


def _vat() -> Node:
    return branch("cac:TaxScheme", leaf("cbc:ID", "VAT"))


def _payment(invoice: Invoice) -> Node:
    payment = invoice.payment
    if payment is None:
        return None
    return branch(
        "cac:PaymentMeans",
        leaf("cbc:PaymentMeansCode", _SEPA_TRANSFER),
        leaf("cbc:PaymentDueDate", iso_day(invoice.due_on) if _is_credit(invoice) else ""),
        leaf("cbc:PaymentID", payment.reference),
        branch(
            "cac:PayeeFinancialAccount",
            leaf("cbc:ID", payment.iban),
            leaf("cbc:Name", payment.account_name),
        ),
    )


def _total(total: VatTotal) -> Node:
    return branch(
        "cac:TaxSubtotal",
        _amount("cbc:TaxableAmount", total.base),
        _amount("cbc:TaxAmount", total.tax),
        branch(
            "cac:TaxCategory",
            leaf("cbc:ID", total.heading),
            _rate(total.heading, total.rate_bp),
            leaf("cbc:TaxExemptionReasonCode", total.reason_code),
            leaf("cbc:TaxExemptionReason", total.reason),
            _vat(),
        ),
    )


def _line(place: int, line: Line, name: str) -> Node:
    quantity = "cbc:CreditedQuantity" if name == "CreditNote" else "cbc:InvoicedQuantity"
    return branch(
        f"cac:{name}Line",
        leaf("cbc:ID", str(place)),
        leaf(quantity, number(line.quantity), unitCode=line.unit),
        _amount("cbc:LineExtensionAmount", line.net),
        branch(
            "cac:Item",
            leaf("cbc:Description", line.description),
            leaf("cbc:Name", line.name),
            branch("cac:SellersItemIdentification", leaf("cbc:ID", line.number)),
            branch(
                "cac:ClassifiedTaxCategory",
                leaf("cbc:ID", line.heading),
                _rate(line.heading, line.rate_bp),
                _vat(),
            ),
        ),
        branch("cac:Price", leaf("cbc:PriceAmount", price(line.price), currencyID=CURRENCY)),
    )


def _rate(heading: Heading, rate_bp: int) -> Node:
    """Outside VAT there is no rate, not even 0 %."""
    return leaf("cbc:Percent", "" if heading == Heading.OUTSIDE else percent(rate_bp))


def _amount(name: str, amount: int) -> Node:
    return leaf(name, cents(amount), currencyID=CURRENCY)

"""Cross Industry Invoice (UN/CEFACT D22B), profile EN 16931 of Factur-X 1.0: what a PDF carries.

Its identifier is the plain one of EN 16931, whoever buys: it is by that that a program sees
which profile of Factur-X it has before it.
"""

from datetime import date

from app.documents.einvoice.model import (
    COUNTRY,
    CURRENCY,
    Heading,
    Invoice,
    Line,
    Party,
    Payment,
    VatTotal,
)
from suppliers.writers.markup import (
    Node,
    basic_day,
    branch,
    cents,
    document,
    leaf,
    number,
    percent,
    price,
)

FILE_NAME = "factur-x.xml"
PROFILE = "urn:cen.eu:en16931:2017"
_KVK = "0106"
_SEPA_TRANSFER = "58"
_BASE = "urn:un:unece:uncefact:data:standard:"
_NAMESPACES = {
    "rsm": f"{_BASE}CrossIndustryInvoice:100",
    "ram": f"{_BASE}ReusableAggregateBusinessInformationEntity:100",
    "qdt": f"{_BASE}QualifiedDataType:100",
    "udt": f"{_BASE}UnqualifiedDataType:100",
}


def write(invoice: Invoice) -> bytes:
    """The same bytes for the same invoice."""
    return document(
        "rsm:CrossIndustryInvoice",
        _NAMESPACES,
        branch(
            "rsm:ExchangedDocumentContext",
            branch("ram:GuidelineSpecifiedDocumentContextParameter", leaf("ram:ID", PROFILE)),
        ),
        branch(
            "rsm:ExchangedDocument",
            leaf("ram:ID", invoice.number),
            leaf("ram:TypeCode", invoice.type_code),
            _day("ram:IssueDateTime", invoice.issued_on),
            branch("ram:IncludedNote", leaf("ram:Content", invoice.note)),
        ),
        branch(
            "rsm:SupplyChainTradeTransaction",
            *(_line(place, line) for place, line in enumerate(invoice.lines, start=1)),
            _agreement(invoice),
            _delivery(invoice),
            _settlement(invoice),
        ),
    )


def _line(place: int, line: Line) -> Node:
    return branch(
        "ram:IncludedSupplyChainTradeLineItem",
        branch("ram:AssociatedDocumentLineDocument", leaf("ram:LineID", str(place))),
        branch(
            "ram:SpecifiedTradeProduct",
            leaf("ram:SellerAssignedID", line.number),
            leaf("ram:Name", line.name),
            leaf("ram:Description", line.description),
        ),
        branch(
            "ram:SpecifiedLineTradeAgreement",
            branch("ram:NetPriceProductTradePrice", leaf("ram:ChargeAmount", price(line.price))),
        ),
        branch(
            "ram:SpecifiedLineTradeDelivery",
            leaf("ram:BilledQuantity", number(line.quantity), unitCode=line.unit),
        ),
        branch(
            "ram:SpecifiedLineTradeSettlement",
            branch(
                "ram:ApplicableTradeTax",
                leaf("ram:TypeCode", "VAT"),
                leaf("ram:CategoryCode", line.heading),
                _rate(line.heading, line.rate_bp),
            ),
            branch(
                "ram:SpecifiedTradeSettlementLineMonetarySummation",
                leaf("ram:LineTotalAmount", cents(line.net)),
            ),
        ),
    )


def _agreement(invoice: Invoice) -> Node:
    return branch(
        "ram:ApplicableHeaderTradeAgreement",
        leaf("ram:BuyerReference", invoice.buyer_reference),
        _party("ram:SellerTradeParty", invoice.seller),
        _party("ram:BuyerTradeParty", invoice.buyer),
    )


def _party(name: str, party: Party) -> Node:
    return branch(
        name,
        leaf("ram:Name", party.name),
        branch("ram:SpecifiedLegalOrganization", leaf("ram:ID", party.kvk, schemeID=_KVK)),
        branch(
            "ram:DefinedTradeContact",
            leaf("ram:PersonName", party.contact),
            branch("ram:TelephoneUniversalCommunication", leaf("ram:CompleteNumber", party.phone)),
            branch("ram:EmailURIUniversalCommunication", leaf("ram:URIID", party.email)),
        ),
        branch(
            "ram:PostalTradeAddress",
            leaf("ram:PostcodeCode", party.postcode),
            leaf("ram:LineOne", party.street),
            leaf("ram:CityName", party.city),
            leaf("ram:CountryID", COUNTRY),
        ),
        branch("ram:SpecifiedTaxRegistration", leaf("ram:ID", party.vat_id, schemeID="VA")),
    )


def _delivery(invoice: Invoice) -> Node:
    """The standard wants it in any case: where no day is known, at least to whom."""
    day = branch(
        "ram:ActualDeliverySupplyChainEvent", _day("ram:OccurrenceDateTime", invoice.supplied_on)
    )
    if day is None:
        day = branch("ram:ShipToTradeParty", leaf("ram:Name", invoice.buyer.name))
    return branch("ram:ApplicableHeaderTradeDelivery", day)


def _settlement(invoice: Invoice) -> Node:
    return branch(
        "ram:ApplicableHeaderTradeSettlement",
        leaf("ram:PaymentReference", invoice.payment.reference if invoice.payment else ""),
        leaf("ram:InvoiceCurrencyCode", CURRENCY),
        _payment(invoice.payment),
        *(_total(total) for total in invoice.totals),
        branch(
            "ram:SpecifiedTradePaymentTerms",
            leaf("ram:Description", invoice.terms),
            _day("ram:DueDateDateTime", invoice.due_on),
        ),
        branch(
            "ram:SpecifiedTradeSettlementHeaderMonetarySummation",
            leaf("ram:LineTotalAmount", cents(invoice.net)),
            leaf("ram:TaxBasisTotalAmount", cents(invoice.net)),
            leaf("ram:TaxTotalAmount", cents(invoice.vat), currencyID=CURRENCY),
            leaf("ram:GrandTotalAmount", cents(invoice.gross)),
            leaf("ram:DuePayableAmount", cents(invoice.gross)),
        ),
        *(
            branch(
                "ram:InvoiceReferencedDocument",
                leaf("ram:IssuerAssignedID", one.number),
                _day("ram:FormattedIssueDateTime", one.issued_on, "qdt"),
            )
            for one in invoice.preceding
        ),
    )


def _payment(payment: Payment | None) -> Node:
    if payment is None:
        return None
    return branch(
        "ram:SpecifiedTradeSettlementPaymentMeans",
        leaf("ram:TypeCode", _SEPA_TRANSFER),
        branch(
            "ram:PayeePartyCreditorFinancialAccount",
            leaf("ram:IBANID", payment.iban),
            leaf("ram:AccountName", payment.account_name),
        ),
    )


def _total(total: VatTotal) -> Node:
    return branch(
        "ram:ApplicableTradeTax",
        leaf("ram:CalculatedAmount", cents(total.tax)),
        leaf("ram:TypeCode", "VAT"),
        leaf("ram:ExemptionReason", total.reason),
        leaf("ram:BasisAmount", cents(total.base)),
        leaf("ram:CategoryCode", total.heading),
        leaf("ram:ExemptionReasonCode", total.reason_code),
        _rate(total.heading, total.rate_bp),
    )


def _rate(heading: Heading, rate_bp: int) -> Node:
    """Outside VAT there is no rate, not even 0 %."""
    rate = "" if heading == Heading.OUTSIDE else percent(rate_bp)
    return leaf("ram:RateApplicablePercent", rate)


def _day(name: str, day: date | None, prefix: str = "udt") -> Node:
    return branch(name, leaf(f"{prefix}:DateTimeString", basic_day(day), format="102"))

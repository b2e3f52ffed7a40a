"""A supplier's bill or credit note in CII: Factur-X and ZUGFeRD from EN 16931 on, XRechnung.

The slim profiles of Factur-X carry totals without lines; what they say is read, and compared in
all. A credit note says so by its kind, and has amounts above zero.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from purchasing.billed import Billed, BilledLine, BilledRate, check
from purchasing.money import Cents
from suppliers.bills import deposits
from suppliers.bills.markup import cents, day, decimal, milli, only_euros, text, told
from suppliers.bills.refusals import NotThisKind, SomethingMissing

_URN = "urn:un:unece:uncefact:data:standard:"
ROOTS = (f"{{{_URN}CrossIndustryInvoice:100}}CrossIndustryInvoice",)
_R = f"{{{_URN}CrossIndustryInvoice:100}}"
_A = f"{{{_URN}ReusableAggregateBusinessInformationEntity:100}}"
_U = f"{{{_URN}UnqualifiedDataType:100}}"
_Q = f"{{{_URN}QualifiedDataType:100}}"
_DEAL = f"{_R}SupplyChainTradeTransaction"
_AGREED = f"{_A}ApplicableHeaderTradeAgreement"
_SETTLED = f"{_A}ApplicableHeaderTradeSettlement"
_SUMS = f"{_A}SpecifiedTradeSettlementHeaderMonetarySummation"
_LINE = f"{_A}SpecifiedLineTradeSettlement"
INVOICE_KINDS, CREDIT_KINDS = ("380", "384", "389", "751"), ("381", "261")
_LINE_VAT = f"{_LINE}/{_A}ApplicableTradeTax/{_A}CategoryCode"


def billed_of(root: Any) -> Billed:
    """What is billed; a credit note has its amounts below zero. Raises UnreadableBill."""
    kind = text(root, f"{_R}ExchangedDocument/{_A}TypeCode")
    if kind not in (*INVOICE_KINDS, *CREDIT_KINDS):
        raise NotThisKind(code=kind[:10])
    deal, settled = _part(root, _DEAL), _part(root, f"{_DEAL}/{_SETTLED}")
    only_euros(root, text(settled, f"{_A}InvoiceCurrencyCode"))
    found = deal.iterfind(f"{_A}IncludedSupplyChainTradeLineItem")
    lines = [(told(line, _LINE_VAT), _line(line)) for line in found]
    goods, deposit = deposits.apart(lines)
    sums, delivery = _part(settled, _SUMS), _delivery(settled)
    due = f"{_A}SpecifiedTradePaymentTerms/{_A}DueDateDateTime/{_U}DateTimeString"
    billed = Billed(
        number=text(root, f"{_R}ExchangedDocument/{_A}ID")[:40],
        issued_on=day(root, f"{_R}ExchangedDocument/{_A}IssueDateTime/{_U}DateTimeString"),
        due_on=day(settled, due) if told(settled, due) else None,
        goods_cents=cents(sums, f"{_A}TaxBasisTotalAmount") - deposit - delivery,
        delivery_cents=delivery,
        deposit_cents=deposit,
        rates=tuple(deposits.without(_rates(settled), lines)),
        total_cents=cents(sums, f"{_A}GrandTotalAmount"),
        lines=(*goods, *_allowances(settled)),
        buyer_ids=tuple(_buyer_ids(deal)),
        order_number=told(
            deal, f"{_AGREED}/{_A}BuyerOrderReferencedDocument/{_A}IssuerAssignedID"
        )[:60],
        refers_to=told(settled, f"{_A}InvoiceReferencedDocument/{_A}IssuerAssignedID")[:40],
    )
    check(billed)
    return billed.turned() if kind in CREDIT_KINDS else billed


def _part(root: Any, path: str) -> Any:
    found = root.find(path)
    if found is None:
        raise SomethingMissing(element=path.rpartition("}")[2])
    return found


def _buyer_ids(deal: Any) -> Iterable[str]:
    """The numbers by which it names its buyer: in the trade register, and for VAT."""
    buyer = deal.find(f"{_AGREED}/{_A}BuyerTradeParty")
    if buyer is None:
        return
    for path in ("SpecifiedLegalOrganization", "SpecifiedTaxRegistration"):
        if number := told(buyer, f"{_A}{path}/{_A}ID"):
            yield number[:40]


def _rates(settled: Any) -> Iterable[deposits.Rate]:
    """Each VAT rate of the bill with its category; what is outside VAT has none."""
    for tax in settled.iterfind(f"{_A}ApplicableTradeTax"):
        category = told(tax, f"{_A}CategoryCode")
        if category == deposits.OUTSIDE_VAT:
            continue
        percent = decimal(tax, f"{_A}RateApplicablePercent")
        net, vat = cents(tax, f"{_A}BasisAmount"), cents(tax, f"{_A}CalculatedAmount")
        yield category, BilledRate(int(percent * 100), net, vat)


def _line(line: Any) -> BilledLine:
    product = f"{_A}SpecifiedTradeProduct"
    number = told(line, f"{product}/{_A}SellerAssignedID")
    name = told(line, f"{product}/{_A}Name")
    sums = f"{_LINE}/{_A}SpecifiedTradeSettlementLineMonetarySummation"
    many = milli(line, f"{_A}SpecifiedLineTradeDelivery/{_A}BilledQuantity")
    return BilledLine(number[:40], name[:200], cents(line, f"{sums}/{_A}LineTotalAmount"), many)


def _allowances(settled: Any) -> Iterable[BilledLine]:
    """What is taken off besides the lines, as a line of its own."""
    for one in _besides(settled, charged=False):
        yield BilledLine("", told(one, f"{_A}Reason")[:120], -cents(one, f"{_A}ActualAmount"))


def _delivery(settled: Any) -> Cents:
    """What is charged besides the lines."""
    return sum(cents(one, f"{_A}ActualAmount") for one in _besides(settled, charged=True))


def _besides(settled: Any, *, charged: bool) -> Iterable[Any]:
    wanted = "true" if charged else "false"
    return (
        one
        for one in settled.iterfind(f"{_A}SpecifiedTradeAllowanceCharge")
        if text(one, f"{_A}ChargeIndicator/{_U}Indicator") == wanted
    )

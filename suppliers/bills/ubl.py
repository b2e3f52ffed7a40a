"""A supplier's bill or credit note in UBL 2.1, as Peppol BIS 3 and NLCIUS have it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from purchasing.billed import Billed, BilledLine, BilledRate, check
from purchasing.money import Cents
from suppliers.bills import deposits
from suppliers.bills.markup import cents, day, decimal, milli, only_euros, text, told
from suppliers.bills.refusals import SomethingMissing

_URN = "urn:oasis:names:specification:ubl:schema:xsd:"
INVOICE, CREDIT_NOTE = f"{{{_URN}Invoice-2}}Invoice", f"{{{_URN}CreditNote-2}}CreditNote"
ROOTS = (INVOICE, CREDIT_NOTE)
_B, _A = f"{{{_URN}CommonBasicComponents-2}}", f"{{{_URN}CommonAggregateComponents-2}}"
_BUYER = f"{_A}AccountingCustomerParty/{_A}Party"
_LINE_VAT = f"{_A}Item/{_A}ClassifiedTaxCategory"


def billed_of(root: Any) -> Billed:
    """What is billed; a credit note has its amounts below zero. Raises UnreadableBill."""
    is_credit = root.tag == CREDIT_NOTE
    only_euros(root, text(root, f"{_B}DocumentCurrencyCode"))
    found = root.iterfind(f"{_A}{'CreditNoteLine' if is_credit else 'InvoiceLine'}")
    lines = [(_category(line.find(_LINE_VAT)), _line(line)) for line in found]
    goods, deposit = deposits.apart(lines)
    total = root.find(f"{_A}LegalMonetaryTotal")
    if total is None:
        raise SomethingMissing(element="LegalMonetaryTotal")
    net = cents(total, f"{_B}TaxExclusiveAmount") - deposit
    billed = Billed(
        number=text(root, f"{_B}ID")[:40],
        issued_on=day(root, f"{_B}IssueDate"),
        due_on=day(root, f"{_B}DueDate") if told(root, f"{_B}DueDate") else None,
        goods_cents=net - (delivery := _delivery(root)),
        delivery_cents=delivery,
        deposit_cents=deposit,
        rates=tuple(deposits.without(_rates(root), lines)),
        total_cents=cents(total, f"{_B}TaxInclusiveAmount"),
        lines=(*goods, *_allowances(root)),
        buyer_ids=tuple(_buyer_ids(root)),
        order_number=told(root, f"{_A}OrderReference/{_B}ID")[:60],
        refers_to=told(root, f"{_A}BillingReference/{_A}InvoiceDocumentReference/{_B}ID")[:40],
    )
    check(billed)
    return billed.turned() if is_credit else billed


def _buyer_ids(root: Any) -> Iterable[str]:
    """The numbers by which it names its buyer: in the trade register, and for VAT."""
    for path in (f"{_A}PartyLegalEntity/{_B}CompanyID", f"{_A}PartyTaxScheme/{_B}CompanyID"):
        if number := told(root, f"{_BUYER}/{path}"):
            yield number[:40]


def _rates(root: Any) -> Iterable[deposits.Rate]:
    """Each VAT rate of the bill with its category; what is outside VAT has none."""
    for part in root.iterfind(f"{_A}TaxTotal/{_A}TaxSubtotal"):
        category = _category(part.find(f"{_A}TaxCategory"))
        if category == deposits.OUTSIDE_VAT:
            continue
        percent = decimal(part, f"{_A}TaxCategory/{_B}Percent")
        net, vat = cents(part, f"{_B}TaxableAmount"), cents(part, f"{_B}TaxAmount")
        yield category, BilledRate(int(percent * 100), net, vat)


def _delivery(root: Any) -> Cents:
    """What is charged besides the lines."""
    return sum(cents(one, f"{_B}Amount") for one in _besides(root, charged=True))


def _allowances(root: Any) -> Iterable[BilledLine]:
    """What is taken off besides the lines, as a line of its own."""
    for one in _besides(root, charged=False):
        reason = told(one, f"{_B}AllowanceChargeReason")
        yield BilledLine("", reason[:120], -cents(one, f"{_B}Amount"))


def _besides(root: Any, *, charged: bool) -> Iterable[Any]:
    wanted = "true" if charged else "false"
    return (
        one
        for one in root.iterfind(f"{_A}AllowanceCharge")
        if text(one, f"{_B}ChargeIndicator") == wanted
    )


def _line(line: Any) -> BilledLine:
    number = told(line, f"{_A}Item/{_A}SellersItemIdentification/{_B}ID")
    name, net = told(line, f"{_A}Item/{_B}Name"), cents(line, f"{_B}LineExtensionAmount")
    many = milli(line, f"{_B}InvoicedQuantity") or milli(line, f"{_B}CreditedQuantity")
    return BilledLine(number[:40], name[:200], net, many)


def _category(element: Any) -> str:
    return "" if element is None else told(element, f"{_B}ID")

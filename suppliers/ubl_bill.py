"""A supplier's bill in UBL 2.1 (as Peppol BIS 3 and NLCIUS have it): read, or refused with why."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from purchasing.billed import Billed, BilledLine, BilledRate, UnreadableBill, check
from purchasing.errors import N_
from suppliers.readers.refusals import BrokenXml, EmptyFile, EntitiesInXml

MOST_BYTES = 5 * 2**20
INVOICE = "urn:oasis:names:specification:ubl:schema:xsd:Invoice-2"
_B = "{urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2}"
_A = "{urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2}"
OUTSIDE_VAT = "O"  # where suppliers put deposit


class BillTooLarge(UnreadableBill):
    message = N_("This file is larger than a bill can be.")


class NotAUblInvoice(UnreadableBill):
    message = N_("This is no UBL invoice. Ask the supplier for one, or type the totals over.")


class NotInEuros(UnreadableBill):
    message = N_("This bill is in %(currency)s. Only bills in euros can be booked.")


class SomethingMissing(UnreadableBill):
    message = N_("In this bill “%(element)s” is missing, or cannot be read.")


def read(data: bytes) -> Billed:
    """Raises UnreadableBill, EmptyFile, EntitiesInXml, BrokenXml; nothing is guessed."""
    root = _parse(data)
    if root.tag != f"{{{INVOICE}}}Invoice":
        raise NotAUblInvoice
    currency = _text(root, f"{_B}DocumentCurrencyCode")
    if currency != "EUR":
        raise NotInEuros(currency=currency[:10])
    lines = list(root.iterfind(f"{_A}InvoiceLine"))
    deposit = sum(_line_cents(line) for line in lines if _is_outside(line))
    goods = [line for line in lines if not _is_outside(line)]
    total = root.find(f"{_A}LegalMonetaryTotal")
    if total is None:
        raise SomethingMissing(element="LegalMonetaryTotal")
    net = _cents(total, f"{_B}TaxExclusiveAmount") - deposit
    billed = Billed(
        number=_text(root, f"{_B}ID")[:40],
        issued_on=_day(root, f"{_B}IssueDate"),
        due_on=_day(root, f"{_B}DueDate") if root.find(f"{_B}DueDate") is not None else None,
        goods_cents=net - (delivery := _delivery(root)),
        delivery_cents=delivery,
        deposit_cents=deposit,
        rates=tuple(_rates(root)),
        total_cents=_cents(total, f"{_B}TaxInclusiveAmount"),
        lines=(*(_line(line) for line in goods), *_allowances(root)),
    )
    _check_currencies(root)
    check(billed)
    return billed


def _parse(data: bytes) -> Any:
    from xml.etree.ElementTree import ParseError

    from defusedxml.common import DefusedXmlException  # type: ignore[import-untyped]
    from defusedxml.ElementTree import fromstring  # type: ignore[import-untyped]

    if not data.strip():
        raise EmptyFile
    if len(data) > MOST_BYTES:
        raise BillTooLarge
    try:
        return fromstring(data, forbid_dtd=True)
    except DefusedXmlException as error:
        raise EntitiesInXml from error
    except ParseError as error:
        if not data.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
            raise NotAUblInvoice from error
        raise BrokenXml(line=error.position[0]) from error
    except (LookupError, ValueError) as error:  # an encoding that nobody knows
        raise NotAUblInvoice from error


def _rates(root: Any) -> Iterable[BilledRate]:
    """Each VAT rate of the bill; what is outside VAT has none."""
    for part in root.iterfind(f"{_A}TaxTotal/{_A}TaxSubtotal"):
        if _category(part.find(f"{_A}TaxCategory")) == OUTSIDE_VAT:
            continue
        percent = _decimal(part, f"{_A}TaxCategory/{_B}Percent")
        yield BilledRate(
            int(percent * 100), _cents(part, f"{_B}TaxableAmount"), _cents(part, f"{_B}TaxAmount")
        )


def _delivery(root: Any) -> int:
    """What is charged besides the lines."""
    return sum(_cents(one, f"{_B}Amount") for one in _besides(root, charged=True))


def _allowances(root: Any) -> Iterable[BilledLine]:
    """What is taken off besides the lines, as a line of its own."""
    for one in _besides(root, charged=False):
        reason = one.findtext(f"{_B}AllowanceChargeReason") or ""
        yield BilledLine("", reason.strip()[:120], -_cents(one, f"{_B}Amount"))


def _besides(root: Any, *, charged: bool) -> Iterable[Any]:
    wanted = "true" if charged else "false"
    return (
        one
        for one in root.iterfind(f"{_A}AllowanceCharge")
        if _text(one, f"{_B}ChargeIndicator") == wanted
    )


def _line(line: Any) -> BilledLine:
    number = line.findtext(f"{_A}Item/{_A}SellersItemIdentification/{_B}ID") or ""
    name = line.findtext(f"{_A}Item/{_B}Name") or ""
    return BilledLine(number.strip()[:40], name.strip()[:200], _line_cents(line))


def _line_cents(line: Any) -> int:
    return _cents(line, f"{_B}LineExtensionAmount")


def _is_outside(line: Any) -> bool:
    return _category(line.find(f"{_A}Item/{_A}ClassifiedTaxCategory")) == OUTSIDE_VAT


def _category(element: Any) -> str:
    return "" if element is None else (element.findtext(f"{_B}ID") or "").strip()


def _check_currencies(root: Any) -> None:
    """No amount in another currency than the bill says."""
    for element in root.iter():
        currency = element.get("currencyID", "EUR")
        if currency != "EUR":
            raise NotInEuros(currency=currency[:10])


def _text(root: Any, path: str) -> str:
    text = (root.findtext(path) or "").strip()
    if not text:
        raise SomethingMissing(element=path.rpartition("}")[2])
    return text


def _day(root: Any, path: str) -> date:
    try:
        return date.fromisoformat(_text(root, path)[:10])
    except ValueError as error:
        raise SomethingMissing(element=path.rpartition("}")[2]) from error


def _decimal(root: Any, path: str) -> Decimal:
    try:
        value = Decimal(_text(root, path))
    except InvalidOperation as error:
        raise SomethingMissing(element=path.rpartition("}")[2]) from error
    if not value.is_finite() or abs(value) > 10**9:
        raise SomethingMissing(element=path.rpartition("}")[2])
    return value


def _cents(root: Any, path: str) -> int:
    """An amount to the cent; a part of a cent is refused rather than rounded."""
    value = _decimal(root, path) * 100
    if value != int(value):
        raise SomethingMissing(element=path.rpartition("}")[2])
    return int(value)

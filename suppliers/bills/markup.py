"""XML of strangers, read with care: no entities, no outside, bounded; and amounts to the cent."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from purchasing.money import Cents
from suppliers.bills.refusals import (
    MOST_BYTES,
    BillTooLarge,
    NotAnEInvoice,
    NotInEuros,
    SomethingMissing,
)
from suppliers.readers.refusals import BrokenXml, EmptyFile, EntitiesInXml

EURO = "EUR"
LARGEST = 10**9


def parse(data: bytes) -> Any:
    """The root of the document. Raises EmptyFile, BillTooLarge, EntitiesInXml, BrokenXml,
    NotAnEInvoice."""
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
            raise NotAnEInvoice from error
        raise BrokenXml(line=error.position[0]) from error
    except (LookupError, ValueError) as error:  # an encoding that nobody knows
        raise NotAnEInvoice from error


def text(root: Any, path: str) -> str:
    """What stands there. Raises SomethingMissing."""
    found = told(root, path)
    if not found:
        raise SomethingMissing(element=_name(path))
    return found


def told(root: Any, path: str) -> str:
    """What stands there, or nothing."""
    return (root.findtext(path) or "").strip()


def day(root: Any, path: str) -> date:
    """A day as 2026-03-15 or 20260315."""
    said = text(root, path)[:10]
    form = "%Y-%m-%d" if "-" in said else "%Y%m%d"
    try:
        return datetime.strptime(said, form).date()  # noqa: DTZ007 - a day has no zone
    except ValueError as error:
        raise SomethingMissing(element=_name(path)) from error


def decimal(root: Any, path: str) -> Decimal:
    try:
        value = Decimal(text(root, path))
    except InvalidOperation as error:
        raise SomethingMissing(element=_name(path)) from error
    if not value.is_finite() or abs(value) > LARGEST:
        raise SomethingMissing(element=_name(path))
    return value


def cents(root: Any, path: str) -> Cents:
    """An amount to the cent; a part of a cent is refused rather than rounded."""
    value = decimal(root, path) * 100
    if value != int(value):
        raise SomethingMissing(element=_name(path))
    return int(value)


def milli(root: Any, path: str) -> int | None:
    """How much, in thousandths; nothing where it is not told. It is shown, never calculated on."""
    if not told(root, path):
        return None
    return int((decimal(root, path) * 1000).to_integral_value())


def only_euros(root: Any, currency: str) -> None:
    """No amount in another currency than the bill says. Raises NotInEuros."""
    others = [element.get("currencyID", EURO) for element in root.iter()]
    for one in (currency, *others):
        if one != EURO:
            raise NotInEuros(currency=one[:10])


def _name(path: str) -> str:
    return path.rpartition("}")[2]

"""From the frozen record of an invoice (`app.documents.shapes`) to EN 16931's view of it.

The record is exact without VAT, whoever buys: lines are net, VAT is taken over the total of a
rate. So households, who see prices with VAT, get the same sums here as shops do; only the price
of one piece is worked out again from the net line.

A credit note of EN 16931 has positive amounts, for its kind says that they are taken off; one
recorded as the mirror image of its invoice is turned round.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from app.documents.einvoice import vat
from app.documents.einvoice.model import (
    Heading,
    Invoice,
    Line,
    Party,
    Payment,
    Preceding,
    TypeCode,
)
from app.documents.plain import plain
from app.documents.words import Words, words

Record = Mapping[str, Any]
INVOICE, CREDIT_NOTE, SUPPLEMENT = "invoice", "credit_note", "supplement"
SETTLEMENT = "settlement"
PIECE = "C62"
_UNITS = {
    "kg": "KGM",
    "kilo": "KGM",
    "g": "GRM",
    "gram": "GRM",
    "l": "LTR",
    "liter": "LTR",
    "ml": "MLT",
    "m": "MTR",
    "meter": "MTR",
    "m²": "MTK",
    "kWh": "KWH",
}
_FEWEST_DECIMALS, _MOST_DECIMALS = 2, 8
_CENT = Decimal("0.01")


class CannotState(Exception):
    """EN 16931 wants to know what the record does not say; the message is for the log."""


def is_invoice(snapshot: Record) -> bool:
    """A settlement between neighbours is no invoice, whole or corrected; nor is a receipt."""
    if snapshot.get("refers_to_kind") == SETTLEMENT:
        return False
    return snapshot.get("kind") in {INVOICE, CREDIT_NOTE, SUPPLEMENT}


def read(snapshot: Record) -> Invoice:
    """What EN 16931 says of this invoice. Raises CannotState."""
    record = plain(snapshot)
    language = words(record["language"])
    if not record["lines"]:
        raise CannotState("there is nothing on it")
    invoice = Invoice(
        type_code=_type(record),
        number=record["number"],
        issued_on=date.fromisoformat(record["issued_on"]),
        due_on=_day(record.get("due_on")),
        terms=_terms(record, language),
        buyer_reference=record["recipient"].get("number", ""),
        note=_note(record, language),
        seller=_seller(record["sender"]),
        buyer=_party(record["recipient"]),
        supplied_on=_day((record.get("pickup") or {}).get("on")),
        lines=tuple(_line(line, record, language) for line in record["lines"]),
        totals=vat.totals(record, language),
        payment=_payment(record.get("payment")),
        preceding=_preceding(record),
    )
    _must_add_up(invoice, record)
    return _as_told(_lawful(invoice))


def _type(record: Record) -> TypeCode:
    if record["kind"] == CREDIT_NOTE:
        return TypeCode.CREDIT_NOTE
    ahead = (record.get("part") or {}).get("is") == "ahead"
    return TypeCode.PREPAYMENT if ahead else TypeCode.INVOICE


def _terms(record: Record, language: Words) -> str:
    """Where no day is named on which money is due, the standard wants to hear why."""
    if record.get("due_on"):
        return ""
    return language.gettext("It is taken off what you owe, or pays your next bill.")


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def _note(record: Record, language: Words) -> str:
    said = [record["round"]["title"]] if record.get("round") else []
    said += [language.gettext(note) for note in record.get("notes") or () if note]
    return " · ".join(said)


def _seller(sender: Record) -> Party:
    contact = sender["email"] and sender["name"]
    return replace(
        _party(sender), contact=contact, phone=sender.get("phone", ""), email=sender["email"]
    )


def _party(who: Record) -> Party:
    return Party(
        name=who["name"],
        street=who.get("street", ""),
        postcode=who.get("postcode", ""),
        city=who.get("city", ""),
        kvk=_solid(who.get("kvk", "")),
        vat_id=_solid(who.get("vat_id", "")),
    )


def _payment(record: Record | None) -> Payment | None:
    if not record:
        return None
    return Payment(_solid(record["iban"]), record["name"], record["reference"])


def _preceding(record: Record) -> tuple[Preceding, ...]:
    """The first paper of two, or the invoice that a credit note corrects."""
    if number := record.get("refers_to"):
        return (Preceding(number, date.fromisoformat(record["refers_to_on"])),)
    part = record.get("part") or {}
    if part.get("is") != "rest":
        return ()
    return (Preceding(part["number"], date.fromisoformat(part["on"])),)


def _line(line: Record, record: Record, language: Words) -> Line:
    quantity, unit = _quantity(line)
    price = _price(line["net"], quantity, line, record)
    return Line(
        name=_said(line, record, language),
        description=", ".join(text for text in (line.get("brand"), line.get("unit")) if text),
        number=line.get("number", ""),
        quantity=quantity,
        unit=unit,
        price=price,
        net=line["net"],
        heading=vat.heading(line, record),
        rate_bp=line.get("vat_bp") or 0,
    )


def _quantity(line: Record) -> tuple[Decimal, str]:
    """How much, with the sign of the amount: a price may not be negative, a quantity may."""
    measured = line.get("quantity")
    unit = _UNITS.get(measured["unit"]) if measured else None
    many = (
        Decimal(measured["milli"]) / 1000 if measured and unit else Decimal(line.get("pieces", 1))
    )
    many = abs(many) or Decimal(1)
    return (many if line["net"] >= 0 else -many), unit or PIECE


def _price(net: int, quantity: Decimal, line: Record, record: Record) -> Decimal:
    """The price that stands on the paper where it explains the line, else one that does."""
    euros = Decimal(abs(net)) / 100
    printed = Decimal(line.get("unit_price") or 0) / 1_000_000
    if record.get("prices") == "net" and _explains(printed, quantity, euros):
        return _short(printed)
    for decimals in range(_FEWEST_DECIMALS, _MOST_DECIMALS + 1):
        price = (euros / abs(quantity)).quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)
        if _explains(price, quantity, euros):
            break
    return price


def _explains(price: Decimal, quantity: Decimal, euros: Decimal) -> bool:
    return (price * abs(quantity)).quantize(_CENT, ROUND_HALF_UP) == euros


def _short(price: Decimal) -> Decimal:
    """At least two decimals, and no zeros after them."""
    return max(price.normalize(), price.quantize(_CENT), key=_decimals)


def _decimals(price: Decimal) -> int:
    return -int(price.as_tuple().exponent)


def _said(line: Record, record: Record, language: Words) -> str:
    name = language.gettext(line["name"]) if line["name"] else ""
    word = _WORDS.get(line["kind"], lambda *_: "")(line, record, language)
    return ", ".join(text for text in (word, name) if text) or PIECE


def _taken_off(line: Record, record: Record, language: Words) -> str:
    part = record.get("part") or {}
    if line["net"] >= 0 or "number" not in part:
        return language.gettext("Down payment")
    text = language.gettext("Taken off: your down payment, %(number)s of %(day)s")
    return text % {"number": part["number"], "day": language.day(part["on"])}


_WORDS: dict[str, Callable[[Record, Record, Words], str]] = {
    "delivery": lambda line, record, language: language.gettext("Delivery"),
    "deposit": lambda line, record, language: (
        language.gettext("Deposit returned") if line["net"] < 0 else language.gettext("Deposit")
    ),
    "fee": lambda line, record, language: (
        "" if line["name"] else language.gettext("Fee for the network")
    ),
    "tax": lambda line, record, language: language.gettext("Premium tax"),
    "prepayment": _taken_off,
}


def _must_add_up(invoice: Invoice, record: Record) -> None:
    """What programs read must be what people read."""
    bases = sum(total.base for total in invoice.totals)
    if invoice.gross != record["total"] or invoice.net != bases:
        raise CannotState(f"it comes to {invoice.gross} cents, and on paper to {record['total']}")


def _lawful(invoice: Invoice) -> Invoice:
    """Refuse what the rules of EN 16931 refuse, and leave out what they want left out."""
    headings = {total.heading for total in invoice.totals}
    if Heading.OUTSIDE in headings:
        if len(headings) > 1:
            raise CannotState("it states VAT, and its sender has no VAT id")
        seller, buyer = replace(invoice.seller, vat_id=""), replace(invoice.buyer, vat_id="")
        return replace(invoice, seller=seller, buyer=buyer)
    if not invoice.seller.vat_id:
        raise CannotState("it states VAT, and its sender has no VAT id")
    return invoice


def _as_told(invoice: Invoice) -> Invoice:
    """A credit note with its amounts positive."""
    if invoice.type_code != TypeCode.CREDIT_NOTE or invoice.gross >= 0:
        return invoice
    return replace(
        invoice,
        lines=tuple(
            replace(line, net=-line.net, quantity=-line.quantity) for line in invoice.lines
        ),
        totals=tuple(replace(total, base=-total.base, tax=-total.tax) for total in invoice.totals),
    )


def _solid(text: str) -> str:
    return "".join(text.split())

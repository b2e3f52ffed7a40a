"""Random records of invoices, as the books make them: lines without VAT, sums per rate."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any

from app.documents import samples, signup_samples
from purchasing.money import half_up, spread_gross, vat_per_rate

Record = dict[str, Any]
RATES = (900, 900, 900, 2100, 0)
NAMES = ("Aardappelen", "Thee & koffie", "Kaas <jong>", "Şeftali", "خبز", "Öl 3 l", "Pak 'A\"")


def household(lot: Random) -> Record:
    return _record(lot, _articles(lot) + _extras(lot))


def shop(lot: Random) -> Record:
    return _record(lot, _articles(lot) + _extras(lot), shop=True)


def shop_without_an_account_to_pay_to(lot: Random) -> Record:
    return shop(lot) | {"payment": None}


def credit(lot: Random) -> Record:
    """The mirror image of an invoice, which it names."""
    charges = [{**line, "net": -line["net"]} for line in _articles(lot) + _extras(lot)]
    return _correction(lot, charges, "credit_note")


def credit_with_more_and_less(lot: Random) -> Record:
    """Some came short and some more; the VAT of both papers may differ by a cent from its own."""
    charges = [{**line, "net": -line["net"]} for line in _articles(lot)] + _articles(lot)[:1]
    record = _correction(lot, charges, "credit_note")
    for row in record["vat"]:
        odd = lot.choice([-1, 0, 1]) if row["vat_bp"] else 0
        record["total"] += odd
        row |= {"vat": row["vat"] + odd, "gross": row["gross"] + odd}
    return record if record["total"] < 0 else credit(lot)


def supplement(lot: Random) -> Record:
    return _correction(lot, _articles(lot) + _extras(lot), "supplement")


def ahead(lot: Random) -> Record:
    charges = [{**line, "kind": "prepayment", "unit_price": 0} for line in _articles(lot)]
    part = {"is": "ahead", "bp": 4_000, "whole": 100_000, "rest": 60_000}
    return _record(lot, charges, shop=lot.random() < 0.5) | {"part": part}


def rest(lot: Random) -> Record:
    charges = _articles(lot)
    taken = {
        rate: sum(line["net"] for line in charges if line["vat_bp"] == rate) * 4 // 10
        for rate in {line["vat_bp"] for line in charges}
    }
    charges += [
        _line("prepayment", "", 1, -cents, rate) for rate, cents in sorted(taken.items()) if cents
    ]
    part = {"is": "rest", "number": "2026-0217", "on": "2026-11-20", "ahead": sum(taken.values())}
    return _record(lot, charges, shop=lot.random() < 0.5) | {"part": part}


def small_business(lot: Random) -> Record:
    """KOR: no VAT on anything, and perhaps no VAT id."""
    charges = [{**line, "vat_bp": None} for line in _articles(lot) + _extras(lot)]
    record = _record(lot, charges, shop=lot.random() < 0.5)
    vat_id = lot.choice(["", record["sender"]["vat_id"]])
    sender = record["sender"] | {"vat_status": "kor", "vat_id": vat_id}
    return record | {"sender": sender, "exempt_reason": "kor"}


def premium(lot: Random) -> Record:
    """Insurance: exempt from VAT, with premium tax on some."""
    lines = []
    for name in ("Contents of the home", "Liability", "Travel"):
        cents = lot.randint(1, 90_000)
        lines.append({"kind": "premium", "name": name, "net": cents})
        if lot.random() < 0.7:
            lines.append({"kind": "tax", "name": name, "net": half_up(cents * 21, 100)})
    total = sum(line["net"] for line in lines)
    return signup_samples.premium_invoice(lines=lines, total=total)


def reverse_charge(lot: Random) -> Record:
    charges = [{**line, "vat_bp": None} for line in _articles(lot)]
    return _record(lot, charges, shop=True) | {"exempt_reason": "reverse_charge"}


def deposits_only(lot: Random) -> Record:
    """Bottles given back: the sum may be below zero, and no VAT is on it."""
    return _record(lot, [_line("deposit", "krat", 3, lot.randint(-900, 900), None)])


KINDS: tuple[Callable[[Random], Record], ...] = (
    household,
    shop,
    shop_without_an_account_to_pay_to,
    credit,
    credit_with_more_and_less,
    supplement,
    ahead,
    rest,
    small_business,
    premium,
    reverse_charge,
    deposits_only,
)


def _articles(lot: Random) -> list[Record]:
    return [_article(lot) for _ in range(lot.randint(1, 12))]


def _article(lot: Random) -> Record:
    pieces, price = lot.randint(1, 400), lot.randint(1, 40_000_000)
    net = half_up(pieces * price, 10_000) + lot.choice([0, 0, 1, -1])  # a share of a case
    line = _line("article", lot.choice(NAMES), pieces, max(net, 1), lot.choice(RATES))
    line |= {"unit_price": price, "unit": "zak 5 kg", "brand": lot.choice(["", "De Proef"])}
    if lot.random() < 0.2:
        line["quantity"] = {"milli": lot.randint(1, 9_999), "unit": lot.choice(["kg", "bos"])}
    return line


def _extras(lot: Random) -> list[Record]:
    lines = [_line("delivery", "", 0, lot.randint(1, 3_000), 2100)]
    if lot.random() < 0.5:
        lines.append(_line("fee", "", 0, lot.randint(1, 500), 2100))
    if lot.random() < 0.7:
        lines.append(_line("deposit", "fles", lot.randint(1, 24), lot.randint(1, 900), None))
    return lines


def _line(kind: str, name: str, pieces: int, net: int, rate: int | None) -> Record:
    line = {"kind": kind, "name": name, "unit": "", "brand": "", "pieces": pieces, "net": net}
    return line | {"quantity": None, "unit_price": 0, "vat_bp": rate, "explanation": None}


def _correction(lot: Random, charges: list[Record], kind: str) -> Record:
    record = _record(lot, charges, shop=lot.random() < 0.5)
    first = {"refers_to": "2026-0217", "refers_to_kind": "invoice", "refers_to_on": "2026-11-20"}
    due_on = record["due_on"] if record["total"] > 0 else None
    return record | first | {"kind": kind, "due_on": due_on, "pickup": None}


def _record(lot: Random, charges: list[Record], *, shop: bool = False) -> Record:
    totals = vat_per_rate((line["vat_bp"], line["net"]) for line in charges)
    gross = spread_gross({at: (c["vat_bp"], c["net"]) for at, c in enumerate(charges)})
    vat = [
        {"vat_bp": rate.vat_bp, "net": rate.net, "vat": rate.vat, "gross": rate.gross}
        for rate in totals.rates
    ]
    return dict(samples.invoice(shop=shop, lines=0)) | {
        "language": lot.choice(["nl", "en", "ar"]),
        "number": f"2026-{lot.randint(1, 9_999):04}",
        "lines": [line | {"gross": gross[at]} for at, line in enumerate(charges)],
        "vat": vat,
        "untaxed": totals.untaxed,
        "total": totals.gross,
        "payment": samples.payment(totals.gross) if totals.gross > 0 else None,
    }

"""Deposit on a bill: outside VAT, or not taxed and called so; both are found.

EN 16931 knows no deposit, and lets nothing that is outside VAT stand beside what is taxed: so
most suppliers put it in a line of 0 % that says what it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from purchasing.billed import BilledLine, BilledRate
from purchasing.money import Cents

OUTSIDE_VAT = "O"
NOT_TAXED = ("E", "Z")
WORDS = ("statiegeld", "emballage", "deposit", "pfand")
Line = tuple[str, BilledLine]  # with the category of its VAT
Rate = tuple[str, BilledRate]


def apart(lines: Sequence[Line]) -> tuple[tuple[BilledLine, ...], Cents]:
    """The lines of articles, and what is deposit."""
    goods = tuple(line for category, line in lines if not _is_deposit(category, line))
    return goods, sum(line.net_cents for _, line in lines) - sum(g.net_cents for g in goods)


def without(rates: Iterable[Rate], lines: Sequence[Line]) -> Iterable[BilledRate]:
    """The rates of goods and delivery: what is not taxed, less the deposit in it."""
    left = sum(
        line.net_cents
        for category, line in lines
        if category != OUTSIDE_VAT and _is_deposit(category, line)
    )
    for category, rate in rates:
        net = rate.net_cents
        if category in NOT_TAXED:
            net, left = net - left, 0
        if category != OUTSIDE_VAT and (net or rate.vat_cents):
            yield BilledRate(rate.vat_bp, net, rate.vat_cents)


def _is_deposit(category: str, line: BilledLine) -> bool:
    named = any(word in line.name.casefold() for word in WORDS)
    return category == OUTSIDE_VAT or (category in NOT_TAXED and named)

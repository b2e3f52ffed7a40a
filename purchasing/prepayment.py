"""Part of the price now, the rest at delivery: two papers that add up to one. Pure.

VAT is taken over the total of a rate, so two papers could differ by a cent from the one they
replace. They never do: what is asked ahead of each rate is a whole number of steps of which the
VAT is whole cents (a euro at 21 % and at 9 %, a cent at 0 %). Then for every rate

    ahead + rest = whole, VAT(ahead) + VAT(rest) = VAT(whole)

and no more is asked ahead than the promised part.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import gcd

from purchasing.decision import ChargeDraft, ChargeKind
from purchasing.money import BasisPoints, Cents, share_out

WHOLE: BasisPoints = 10_000


@dataclass(frozen=True)
class Split:
    """What one participant pays ahead, and at delivery: everything, less what was paid ahead."""

    ahead: tuple[ChargeDraft, ...]
    rest: tuple[ChargeDraft, ...]


def split(charges: Sequence[ChargeDraft], part_bp: BasisPoints) -> Split:
    """Divide the charges of one participant; only the price of articles is asked ahead."""
    by_rate: dict[BasisPoints | None, list[ChargeDraft]] = defaultdict(list)
    for charge in charges:
        if charge.kind == ChargeKind.ARTICLE:
            by_rate[charge.vat_bp].append(charge)
    asked = {rate: _ahead(lines, rate, part_bp) for rate, lines in by_rate.items()}
    ahead = [line for rate, lines in by_rate.items() for line in _lines(lines, asked[rate])]
    return Split(tuple(ahead), (*charges, *_taken_off(charges[0].participant_id, asked)))


def taken_off(one: Split) -> tuple[ChargeDraft, ...]:
    """The lines by which what was asked ahead is taken off, whatever came of the order."""
    return tuple(line for line in one.rest if line.kind == ChargeKind.PREPAYMENT)


def _ahead(lines: Iterable[ChargeDraft], rate: BasisPoints | None, part_bp: BasisPoints) -> Cents:
    step = WHOLE // gcd(rate, WHOLE) if rate else 1
    part = sum(line.cents for line in lines) * part_bp // WHOLE
    return max(part, 0) // step * step


def _lines(lines: Sequence[ChargeDraft], cents: Cents) -> list[ChargeDraft]:
    """Each article with its part, for a paper must say for which goods it is."""
    parts = share_out(cents, {index: max(line.cents, 0) for index, line in enumerate(lines)})
    return [
        replace(lines[index], kind=ChargeKind.PREPAYMENT, cents=part, unit_price=0)
        for index, part in parts.items()
        if part
    ]


def _taken_off(who: int, asked: Mapping[BasisPoints | None, Cents]) -> list[ChargeDraft]:
    return [
        ChargeDraft(who, ChargeKind.PREPAYMENT, -cents, rate, pieces=1)
        for rate, cents in asked.items()
        if cents
    ]

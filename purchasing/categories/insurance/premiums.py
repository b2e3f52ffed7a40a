"""Premiums by product and headcount, as the licensed party states them, and the tax over them.

A premium is whole cents a year, without tax. Premium tax (Wet op belastingen van rechtsverkeer,
art. 20-25) is taken over each policy; sickness insurance is exempt. There is no VAT (art. 11 Wet
OB). A travel policy with exempt parts is taxed whole: ask the licensed party to state it as two.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from purchasing.categories.insurance.products import PRODUCTS
from purchasing.errors import N_, Refused
from purchasing.money import Cents, half_up
from purchasing.questions import Option

TAX_BP = 2100
EXEMPT = frozenset({"health_supplement"})
NO_INSURANCE = frozenset({"broodfonds"})
SOLD = tuple(option for option in PRODUCTS if option.key not in NO_INSURANCE)
PREFIX = "premium_"
STEP = re.compile(r"(?:([0-9]{1,5}) *: *)?([0-9]{1,6})(?:[.,]([0-9]{2}))?")


class NotAPremium(Refused):
    message = N_("Write the premium like this: 120,00 or, cheaper from 10 people, 120; 10: 110,50")


class PremiumRises(Refused):
    message = N_("Each step begins at more people and has a lower premium than the one before.")


class NoPremium(Refused):
    message = N_("Fill in the premium of one product at least.")


@dataclass(frozen=True)
class Premium:
    """What one policy costs a year. `steps`: from so many people, so many cents, falling."""

    product: Option
    steps: tuple[tuple[int, Cents], ...]

    @property
    def tax_bp(self) -> int:
        return 0 if self.product.key in EXEMPT else TAX_BP

    def at(self, people: int) -> Cents:
        """The premium without tax that all pay when so many take it: more never raises it."""
        return min(cents for start, cents in self.steps if start <= max(people, 1))

    def tax(self, cents: Cents) -> Cents:
        return half_up(cents * self.tax_bp, 10_000)


def read(text: str) -> tuple[tuple[int, Cents], ...]:
    """ "120; 10: 110,50" as steps. Raises NotAPremium, PremiumRises."""
    steps = tuple(_step(part) for part in text.split(";"))
    starts, cents = [start for start, _ in steps], [cents for _, cents in steps]
    if starts[0] != 1 or cents[-1] <= 0:
        raise NotAPremium
    if sorted(set(starts)) != starts or sorted(set(cents), reverse=True) != cents:
        raise PremiumRises
    return steps


def stated(particulars: Mapping[str, object]) -> tuple[Premium, ...]:
    """The premiums that a round states, in the order of the products; none it cannot read."""
    return tuple(_stated(particulars))


def _stated(particulars: Mapping[str, object]) -> Iterator[Premium]:
    for product in SOLD:
        text = str(particulars.get(PREFIX + product.key, ""))
        try:
            if text:
                yield Premium(product, read(text))
        except Refused:
            continue


def _step(part: str) -> tuple[int, Cents]:
    found = STEP.fullmatch(part.strip())
    if found is None:
        raise NotAPremium
    start, euros, cents = found.groups()
    return int(start or 1), int(euros) * 100 + int(cents or 0)

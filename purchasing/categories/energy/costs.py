"""What a year of energy costs, as it is shown: lines, totals, and what they rest on."""

from dataclasses import dataclass
from enum import StrEnum

from purchasing.errors import N_
from purchasing.money import Cents


class LineKind(StrEnum):
    DELIVERY_POWER = "delivery_power"
    DELIVERY_GAS = "delivery_gas"
    FIXED = "fixed"
    FEED_IN = "feed_in"  # compensation: zero or less
    FEED_IN_COST = "feed_in_cost"
    GRID = "grid"
    TAX_POWER = "tax_power"
    TAX_GAS = "tax_gas"
    TAX_CREDIT = "tax_credit"  # zero or less


LINE_WORDS = {
    LineKind.DELIVERY_POWER: N_("Electricity"),
    LineKind.DELIVERY_GAS: N_("Gas"),
    LineKind.FIXED: N_("Fixed delivery costs"),
    LineKind.FEED_IN: N_("Compensation for power fed in"),
    LineKind.FEED_IN_COST: N_("Costs of feeding in"),
    LineKind.GRID: N_("Grid operator"),
    LineKind.TAX_POWER: N_("Energy tax on electricity"),
    LineKind.TAX_GAS: N_("Energy tax on gas"),
    LineKind.TAX_CREDIT: N_("Tax credit"),
}
SUPPLIERS_OWN = tuple(LineKind)[:5]  # the rest is the same at every supplier


class Assumption(StrEnum):
    """What a figure rests on; the offer says each in words."""

    EVEN_USE = "even_use"  # the twelve months cross 1 January
    TAX_OF_EARLIER_YEAR = "tax_of_earlier_year"
    GRID_ESTIMATED = "grid_estimated"
    NETTING_ENDS = "netting_ends"
    FEED_IN_FLOOR = "feed_in_floor"  # the law's minimum is above the supplier's compensation
    FEED_IN_COST_CAPPED = "feed_in_cost_capped"
    CONTRACT_GOES_ON = "contract_goes_on"  # nobody knows what comes after the present contract
    CONTRACT_FOLLOWED = "contract_followed"  # the present contract ends, then other terms hold


ASSUMPTION_WORDS = {
    Assumption.EVEN_USE: N_("Use is spread evenly over the days, across 1 January."),
    Assumption.TAX_OF_EARLIER_YEAR: N_(
        "Not all taxes of that time are known yet: the last known ones were used."
    ),
    Assumption.GRID_ESTIMATED: N_("The grid operator's price is an estimate."),
    Assumption.NETTING_ENDS: N_("From 1 January 2027 power fed in is no longer netted."),
    Assumption.FEED_IN_FLOOR: N_("Power fed in earns at least half of the bare delivery price."),
    Assumption.FEED_IN_COST_CAPPED: N_("Feeding in costs no more than it earns."),
    Assumption.CONTRACT_GOES_ON: N_("After its end the present contract goes on as it is."),
    Assumption.CONTRACT_FOLLOWED: N_("After the present contract its successor was counted."),
}


@dataclass(frozen=True, slots=True)
class CostLine:
    """One kind of cost in one calendar year. Cents, both with VAT and without."""

    kind: LineKind
    year: int
    gross: Cents
    net: Cents


@dataclass(frozen=True, slots=True)
class YearlyCost:
    """Twelve months in lines, zero lines left out; cents.

    `total` (with VAT) and `total_net` leave the bonus out, which stands apart. A total may be
    less than zero: the tax credit is paid out. `years` adds up to `total`.
    """

    lines: tuple[CostLine, ...]
    total: Cents
    total_net: Cents
    years: tuple[tuple[int, Cents], ...]
    bonus: Cents = 0
    assumptions: frozenset[Assumption] = frozenset()

    @property
    def total_with_bonus(self) -> Cents:
        return self.total - self.bonus

    @property
    def rounding(self) -> Cents:
        """What the rounded lines and the rounded total differ."""
        return self.total - sum(line.gross for line in self.lines)

    def of(self, kind: LineKind) -> Cents:
        return sum(line.gross for line in self.lines if line.kind is kind)

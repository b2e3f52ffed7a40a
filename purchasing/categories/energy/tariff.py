"""What power and gas cost in twelve months, exact to the cent: use and terms in, lines out.

The count of days. Twelve months have N days (365 or 366); a calendar year has d of them. Every
line of a year is d/N of what twelve whole months would cost at that year's rates: use, fixed
amounts, brackets and the credit alike. So twelve months never cost more or less than one year of
each, and a period within one calendar year is that year's table unchanged. Use is spread evenly
over the days: summer and winter are not told apart.

Rounding: every line (one for each kind and calendar year) and the total are rounded once, half up,
each from its exact figure; where the lines add up to a cent more or less, `rounding` is that cent.
Until then amounts of a whole year are `Fine`: whole 10⁻¹⁰ euro, without VAT.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from itertools import groupby, pairwise

from purchasing.categories.energy.connection import Connection
from purchasing.categories.energy.costs import (
    SUPPLIERS_OWN,
    Assumption,
    CostLine,
    LineKind,
    YearlyCost,
)
from purchasing.categories.energy.rates import RateKind, RateRow, Rates, YearRates, taxed
from purchasing.categories.energy.terms import Discount, TariffOffer, Usage
from purchasing.money import BasisPoints, Cents, half_up

Fine = int  # 10⁻¹⁰ euro a year, without VAT
PER_CENT = 10**8
PER_MILLIONTH = 10**4
WHOLE = 10_000  # basis points


@dataclass(frozen=True, slots=True)
class Part:
    """So many of the N days, all in one calendar year and under one tariff."""

    year: int
    days: int
    tariff: TariffOffer


def anniversary(day: date) -> date:
    """The same day a year later; 1 March where there is no 29 February."""
    try:
        return day.replace(year=day.year + 1)
    except ValueError:
        return date(day.year + 1, 3, 1)


def parts(tariff: TariffOffer, start: date, until: date) -> list[Part]:
    """The days from `start` up to but not including `until`, per calendar year."""
    cut = [start, *(date(year, 1, 1) for year in range(start.year + 1, until.year + 1)), until]
    days = [(a.year, (b - a).days) for a, b in pairwise(cut)]
    return [Part(year, count, tariff) for year, count in days if count > 0]


def yearly_cost(
    usage: Usage, connection: Connection, tariff: TariffOffer, *, start: date, rates: Rates
) -> YearlyCost:
    """What twelve months from `start` cost under one tariff."""
    stretch = parts(tariff, start, anniversary(start))
    return cost_of_parts(usage, connection, stretch, rates)


def cost_of_parts(
    usage: Usage, connection: Connection, stretch: Sequence[Part], rates: Rates
) -> YearlyCost:
    """What the parts cost together, in order of time; their days are the whole period."""
    exact = supplier_lines(usage, connection, stretch, rates)
    exact += public_lines(usage, connection, stretch, rates)
    exact.sort(key=lambda line: (line.year, ORDER[line.kind]))
    unit = scale(stretch)
    return YearlyCost(
        lines=tuple(line.rounded(unit) for line in exact),
        total=half_up(sum(line.gross for line in exact), unit),
        total_net=_without_vat(exact, unit),
        years=_years(exact, unit),
        bonus=stretch[0].tariff.bonus_of_a_year,
        assumptions=_assumptions(usage, connection, stretch, rates),
    )


ORDER = {kind: place for place, kind in enumerate(LineKind)}


@dataclass(frozen=True, slots=True)
class ExactLine:
    """A line before rounding; `gross` in cents times the `scale` of its period, with VAT."""

    kind: LineKind
    year: int
    gross: int
    vat_bp: BasisPoints

    def rounded(self, unit: int) -> CostLine:
        net = half_up(self.gross * WHOLE, unit * (WHOLE + self.vat_bp))
        return CostLine(self.kind, self.year, half_up(self.gross, unit), net)


def scale(stretch: Sequence[Part]) -> int:
    """What exact lines of this period must be divided by to be cents."""
    return PER_CENT * WHOLE * sum(part.days for part in stretch)


def supplier_lines(
    usage: Usage, connection: Connection, stretch: Sequence[Part], rates: Rates
) -> list[ExactLine]:
    """The lines by which suppliers differ: delivery, fixed, feed-in."""
    lines: list[ExactLine] = []
    for year, of_year in groupby(stretch, key=lambda part: part.year):
        rules = rates.year(year)
        sums = dict.fromkeys(SUPPLIERS_OWN, 0)
        for part in of_year:
            for kind, fine in _supplier_year(usage, part.tariff, rules).items():
                sums[kind] += fine * part.days
        for kind, fine in sums.items():
            private = kind is LineKind.FEED_IN and not connection.business
            lines += _line(kind, year, fine, 0 if private else rules.vat_bp)
    return lines


def public_lines(
    usage: Usage, connection: Connection, stretch: Sequence[Part], rates: Rates
) -> list[ExactLine]:
    """The lines that are the same at every supplier: grid and tax."""
    lines: list[ExactLine] = []
    for year, of_year in groupby(stretch, key=lambda part: part.year):
        rules, days = rates.year(year), sum(part.days for part in of_year)
        for kind, fine in _public_year(usage, connection, rules).items():
            lines += _line(kind, year, fine * days, rules.vat_bp)
        grid = sum(row.value for row in _grid_rows(usage, connection, rules))
        lines.append(ExactLine(LineKind.GRID, year, grid * days * PER_CENT * WHOLE, rules.vat_bp))
    return lines


def _line(kind: LineKind, year: int, net: int, vat_bp: BasisPoints) -> list[ExactLine]:
    return [ExactLine(kind, year, net * (WHOLE + vat_bp), vat_bp)] if net else []


def _without_vat(exact: Sequence[ExactLine], unit: int) -> Cents:
    net = Fraction(0)
    for vat_bp in {line.vat_bp for line in exact}:
        gross = sum(line.gross for line in exact if line.vat_bp == vat_bp)
        net += Fraction(gross * WHOLE, unit * (WHOLE + vat_bp))
    return half_up(net.numerator, net.denominator)


def _years(exact: Sequence[ExactLine], unit: int) -> tuple[tuple[int, Cents], ...]:
    """Each year's share: what the running total, rounded, grows by. So they add up."""
    years: list[tuple[int, Cents]] = []
    running = shown = 0
    for year, lines in groupby(exact, key=lambda line: line.year):
        running += sum(line.gross for line in lines)
        years.append((year, half_up(running, unit) - shown))
        shown = half_up(running, unit)
    return tuple(years)


# --- one whole year --------------------------------------------------------------------------


def _supplier_year(usage: Usage, tariff: TariffOffer, rules: YearRates) -> dict[LineKind, Fine]:
    """A whole year at the supplier's terms, before VAT."""
    off = tariff.discount
    bill = usage.netted if rules.netting and usage.fed_in else usage.unnetted
    (normal, low), (normal_rate, low_rate) = bill.use, tariff.power_rates(usage)
    power = normal * (normal_rate - off.power) + low * (low_rate - off.power)
    gas = usage.gas * ((tariff.gas or 0) - off.gas) if usage.gas else 0
    earned = cost = 0
    if usage.fed_in:
        earned, cost = _feed_in(usage, tariff, rules, bill.surplus, (normal_rate, low_rate))
    return {
        LineKind.DELIVERY_POWER: power * PER_MILLIONTH,
        LineKind.DELIVERY_GAS: gas * PER_MILLIONTH,
        LineKind.FIXED: _fixed(usage, tariff, off) * PER_CENT,
        LineKind.FEED_IN: -earned,
        LineKind.FEED_IN_COST: cost,
    }


def _fixed(usage: Usage, tariff: TariffOffer, off: Discount) -> Cents:
    return tariff.fixed_power - off.fixed + (tariff.fixed_gas if usage.gas is not None else 0)


def _feed_in(
    usage: Usage,
    tariff: TariffOffer,
    rules: YearRates,
    surplus: tuple[int, int],
    registers: tuple[int, int],
) -> tuple[Fine, Fine]:
    """What power fed in earns and costs in a year.

    The law's minimum is of the rate before any group discount, so that a discount never makes
    anybody's compensation smaller.
    """
    earned = sum(
        kwh * max(tariff.feed_in * WHOLE, rate * rules.feed_in_floor_bp)
        for kwh, rate in zip(surplus, registers, strict=True)
    )
    cost = tariff.feed_in_cost_of(usage.fed_in)
    return earned, min(cost, earned) if rules.feed_in_never_costs else cost


def _public_year(usage: Usage, connection: Connection, rules: YearRates) -> dict[LineKind, Fine]:
    bill = usage.netted if rules.netting else usage.unnetted
    credit = rules.tax_credit if connection.dwelling else 0
    return {
        LineKind.TAX_POWER: taxed(rules.tax_power, sum(bill.use)) * PER_MILLIONTH,
        LineKind.TAX_GAS: taxed(rules.tax_gas, usage.gas or 0) * PER_MILLIONTH,
        LineKind.TAX_CREDIT: -credit * PER_CENT,
    }


def _grid_rows(usage: Usage, connection: Connection, rules: YearRates) -> list[RateRow]:
    rows = [rules.grid_row(RateKind.GRID_POWER, connection.power.tariff_group, usage.power)]
    if connection.gas is not None:
        rows.append(rules.grid_row(RateKind.GRID_GAS, connection.gas.value, usage.gas or 0))
    return rows


def _assumptions(
    usage: Usage, connection: Connection, stretch: Sequence[Part], rates: Rates
) -> frozenset[Assumption]:
    rules = [rates.year(part.year) for part in stretch]
    found = {
        Assumption.EVEN_USE: len({part.year for part in stretch}) > 1,
        Assumption.TAX_OF_EARLIER_YEAR: any(year.borrowed for year in rules),
        Assumption.GRID_ESTIMATED: any(
            year.grid_is_estimated(row)
            for year in rules
            for row in _grid_rows(usage, connection, year)
        ),
    }
    if usage.fed_in:
        found |= _feed_in_assumptions(usage, stretch, rules)
    return frozenset(assumption for assumption, holds in found.items() if holds)


def _feed_in_assumptions(
    usage: Usage, stretch: Sequence[Part], rules: Iterable[YearRates]
) -> dict[Assumption, bool]:
    free = [
        (part.tariff, year) for part, year in zip(stretch, rules, strict=True) if not year.netting
    ]
    return {
        Assumption.NETTING_ENDS: bool(free),
        Assumption.FEED_IN_FLOOR: any(
            max(tariff.power_rates(usage)) * year.feed_in_floor_bp > tariff.feed_in * WHOLE
            for tariff, year in free
        ),
        Assumption.FEED_IN_COST_CAPPED: any(
            _feed_in(usage, tariff, year, usage.unnetted.surplus, tariff.power_rates(usage))[1]
            < tariff.feed_in_cost_of(usage.fed_in)
            for tariff, year in free
        ),
    }

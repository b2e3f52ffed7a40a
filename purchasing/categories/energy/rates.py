"""What the state and the grid operator ask per calendar year: dated rows, each with its source.

A row holds from 1 January of its year until a later row of the same kind, group and band
replaces it.
The rows below are shipped; an administrator's table can hand in its own: `Rates` takes any rows.
A year without rows of its own borrows the nearest earlier ones, and says so (`borrowed`).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from purchasing.money import BasisPoints, Cents, Millionths

__all__ = ["RATES", "ROWS", "Bracket", "RateKind", "RateRow", "Rates", "YearRates"]


class RateKind(StrEnum):
    VAT = "vat"  # basis points
    TAX_POWER = "tax_power"  # millionths of a euro per kWh, without VAT, above so many kWh
    TAX_GAS = "tax_gas"  # millionths of a euro per m³, without VAT, above so many m³
    TAX_CREDIT = "tax_credit"  # cents a year, without VAT, for a dwelling
    GRID_POWER = "grid_power"  # cents a year, VAT included; group: the tariff group
    GRID_GAS = "grid_gas"  # the same; `above` where the group's price depends on use
    NETTING = "netting"  # 1: fed-in power is taken off the use before anything is counted
    FEED_IN_FLOOR = "feed_in_floor"  # basis points of the bare delivery rate, at least
    FEED_IN_NEVER_COSTS = "feed_in_never_costs"  # 1: the cost of feeding in eats no more than it


YEARLY = (RateKind.TAX_POWER, RateKind.TAX_GAS, RateKind.TAX_CREDIT)
GRID = (RateKind.GRID_POWER, RateKind.GRID_GAS)


@dataclass(frozen=True, slots=True)
class RateRow:
    """One figure. `estimated` marks what no operator has published in this form."""

    from_year: int
    kind: RateKind
    value: int
    source: str
    above: int = 0
    group: str = ""
    estimated: bool = False


@dataclass(frozen=True, slots=True)
class Bracket:
    """From so many units on, this rate in millionths per unit."""

    above: int
    rate: Millionths


@dataclass(frozen=True, slots=True)
class YearRates:
    """All that holds in one calendar year. `borrowed`: the taxes are those of another year."""

    year: int
    vat_bp: BasisPoints
    tax_power: tuple[Bracket, ...]
    tax_gas: tuple[Bracket, ...]
    tax_credit: Cents
    grid: tuple[RateRow, ...]
    netting: bool
    feed_in_floor_bp: BasisPoints
    feed_in_never_costs: bool
    borrowed: bool

    def grid_row(self, kind: RateKind, group: str, used: int) -> RateRow:
        """The yearly price of a connection with this use, VAT included. KeyError if unknown."""
        rows = [r for r in self.grid if r.kind is kind and r.group == group and r.above <= used]
        if not rows:
            raise KeyError(f"no grid price for {kind.value} {group}")
        return max(rows, key=lambda row: row.above)

    def grid_is_estimated(self, row: RateRow) -> bool:
        return row.estimated or row.from_year != self.year


def taxed(brackets: tuple[Bracket, ...], units: int) -> int:
    """The tax on so many whole units in a year, in millionths of a euro, without VAT."""
    due = 0
    for bracket, end in zip(brackets, [b.above for b in brackets[1:]] + [units], strict=True):
        due += max(0, min(units, end) - bracket.above) * bracket.rate
    return due


class Rates:
    """The rows, sorted out per year. Two of these with the same rows are equal."""

    def __init__(self, rows: Iterable[RateRow]) -> None:
        self.rows = tuple(sorted(rows, key=lambda r: (r.kind, r.group, r.from_year, r.above)))
        self._years: dict[int, YearRates] = {}

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Rates) and self.rows == other.rows

    def __hash__(self) -> int:
        return hash(self.rows)

    def year(self, year: int) -> YearRates:
        """What holds in this calendar year."""
        if year not in self._years:
            self._years[year] = self._sort_out(year)
        return self._years[year]

    def _sort_out(self, year: int) -> YearRates:
        taxes = {kind: self._bands(year, kind) for kind in YEARLY}
        return YearRates(
            year=year,
            vat_bp=self._figure(year, RateKind.VAT),
            tax_power=_brackets(taxes[RateKind.TAX_POWER]),
            tax_gas=_brackets(taxes[RateKind.TAX_GAS]),
            tax_credit=self._figure(year, RateKind.TAX_CREDIT),
            grid=tuple(row for kind in GRID for row in self._grid(year, kind)),
            netting=bool(self._figure(year, RateKind.NETTING)),
            feed_in_floor_bp=self._figure(year, RateKind.FEED_IN_FLOOR),
            feed_in_never_costs=bool(self._figure(year, RateKind.FEED_IN_NEVER_COSTS)),
            borrowed=any(
                row.estimated or row.from_year != year for rows in taxes.values() for row in rows
            ),
        )

    def _holding(
        self, year: int, kind: RateKind, group: str = "", above: int | None = None
    ) -> list[RateRow]:
        """The newest rows of this kind, group and, if named, band that are not of a later year.

        Before the first row there is, the first holds: an estimate is better than no answer.
        """
        rows = [row for row in self.rows if row.kind is kind and row.group == group]
        rows = [row for row in rows if above is None or row.above == above]
        if not rows:
            raise KeyError(f"no rates of the kind {kind.value}")
        past = [row.from_year for row in rows if row.from_year <= year]
        since = max(past) if past else min(row.from_year for row in rows)
        return [row for row in rows if row.from_year == since]

    def _figure(self, year: int, kind: RateKind) -> int:
        return self._holding(year, kind)[-1].value

    def _bands(self, year: int, kind: RateKind) -> list[RateRow]:
        """Of each band its newest row: who enters one band of a new year has not lost the others.

        A band that begins to exist in a later year does not yet.
        """
        rows = [row for row in self.rows if row.kind is kind and not row.group]
        known = [row for row in rows if row.from_year <= year] or self._holding(year, kind)
        newest = {row.above: row for row in known}  # they are in the order of years
        return [newest[above] for above in sorted(newest)]

    def _grid(self, year: int, kind: RateKind) -> list[RateRow]:
        """Each band of use on its own: a year's price may have been published for one only."""
        bands = sorted({(row.group, row.above) for row in self.rows if row.kind is kind})
        return [row for band in bands for row in self._holding(year, kind, *band)]


def _brackets(rows: Iterable[RateRow]) -> tuple[Bracket, ...]:
    return tuple(Bracket(row.above, row.value) for row in rows)


def _taxes(
    year: int, source: str, *, power: tuple[int, int, int, int], gas: int, credit: int
) -> tuple[RateRow, ...]:
    """A year of energiebelasting: four brackets of power, one rate of gas up to 170,000 m³."""
    power_rows = (
        RateRow(year, RateKind.TAX_POWER, rate, source, above)
        for above, rate in zip((0, 2_900, 10_000, 50_000), power, strict=True)
    )
    gas_rows = (RateRow(year, RateKind.TAX_GAS, gas, source, above) for above in (0, 1_000))
    return (*power_rows, *gas_rows, RateRow(year, RateKind.TAX_CREDIT, credit, source))


# The law on energiebelasting, by way of the pages named. The tax office's own table was not at
# hand: compare before the first real round. Rates without VAT.
_2024 = "engie.nl/zakelijk/klantenservice/energiebelasting/tarieven"
_2025 = (
    "0.10154 gelijkvergelijk.nl/?p=7585, 0.5782 rendement.nl, credit engie.nl; the rest a broker"
)
_2026 = "government table of the 2026 tax changes; gelijkvergelijk.nl, selectra.nl, engie.nl"
_LIANDER_2024 = "Liander 2024, with meter: eerlijkverbruik.nl/netbeheerkosten"
_LIANDER_METER = "Liander 2025, with meter, rounded: a public list of cost components"
_LIANDER_2025 = "Liander 2025, without meter: a broker's list that says it is the official one"
_LIANDER_2026 = "2025 with Liander's own +5 % and +11 %: metronieuws.nl 2025-11-28"


def _grid_2025(
    kind: RateKind, group: str, cents: int, above: int = 0, source: str = _LIANDER_2025
) -> RateRow:
    return RateRow(2025, kind, cents, source, above, group, estimated=True)


ROWS: tuple[RateRow, ...] = (
    RateRow(2023, RateKind.VAT, 2_100, "21 % again since 1 January 2023"),
    *_taxes(2024, _2024, power=(108_800, 108_800, 90_370, 39_430), gas=583_010, credit=52_181),
    *_taxes(2025, _2025, power=(101_540, 101_540, 69_370, 38_680), gas=578_160, credit=52_495),
    *_taxes(2026, _2026, power=(91_610, 91_610, 66_710, 37_350), gas=600_660, credit=51_980),
    RateRow(2024, RateKind.GRID_POWER, 40_090, _LIANDER_2024, group="3x25A"),
    _grid_2025(RateKind.GRID_POWER, "3x25A", 47_100, source=_LIANDER_METER),
    RateRow(2026, RateKind.GRID_POWER, 49_500, _LIANDER_2026, group="3x25A", estimated=True),
    _grid_2025(RateKind.GRID_POWER, "3x35A", 187_123),
    _grid_2025(RateKind.GRID_POWER, "3x40A", 187_123),
    _grid_2025(RateKind.GRID_POWER, "3x50A", 274_569),
    _grid_2025(RateKind.GRID_POWER, "3x63A", 363_085),
    _grid_2025(RateKind.GRID_POWER, "3x80A", 450_532),
    _grid_2025(RateKind.GRID_GAS, "G4", 17_692),
    _grid_2025(RateKind.GRID_GAS, "G4", 24_800, above=500, source=_LIANDER_METER),
    RateRow(2026, RateKind.GRID_GAS, 27_500, _LIANDER_2026, 500, "G4", estimated=True),
    _grid_2025(RateKind.GRID_GAS, "G4", 36_454, above=4_001),
    _grid_2025(RateKind.GRID_GAS, "G10", 63_584),
    _grid_2025(RateKind.GRID_GAS, "G16", 88_599),
    _grid_2025(RateKind.GRID_GAS, "G25", 152_692),
    # Wet beëindiging salderingsregeling (36611): netting until the end of 2026; then, until
    # 2030, at least half of the bare delivery rate, and never less than nothing on balance.
    RateRow(2004, RateKind.NETTING, 1, "until 31 December 2026: Kamerstuk 36611, 3"),
    RateRow(2027, RateKind.NETTING, 0, "Kamerstuk 36611, 3"),
    RateRow(2004, RateKind.FEED_IN_FLOOR, 0, "no minimum while there is netting"),
    RateRow(2027, RateKind.FEED_IN_FLOOR, 5_000, "amendment to 36611, until 1 January 2030"),
    RateRow(2030, RateKind.FEED_IN_FLOOR, 0, "a reasonable compensation: no figure yet"),
    RateRow(2004, RateKind.FEED_IN_NEVER_COSTS, 0, "no such rule while there is netting"),
    RateRow(2027, RateKind.FEED_IN_NEVER_COSTS, 1, "tweakers.net 2025-06 on the law of 2027"),
)

RATES = Rates(ROWS)

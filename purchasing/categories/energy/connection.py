"""The wire and the pipe into a building: sizes, what they can carry, and whether they fit.

Figures: 3 × 230 V, and the cubic metres an hour in the name of a gas meter. A small user has at
most 3x80A and 40 m³ an hour; larger connections have another law and are refused by the sign-up.
"""

from dataclasses import dataclass
from enum import StrEnum

from purchasing.categories.energy.rates import RateKind, Rates
from purchasing.money import Cents

HOURS = 8_760
SUN_HOURS = 1_200  # more than a panel of one kW makes in kWh in the sunniest Dutch year
FULL_HOURS = 1_000  # rule of thumb: who uses less of its peak than this has room to spare


class PowerSize(StrEnum):
    A1X10 = "1x10A"
    A3X25 = "3x25A"  # and everything below it: 1x25A, 1x35A, 1x40A
    A3X35 = "3x35A"
    A3X40 = "3x40A"
    A3X50 = "3x50A"
    A3X63 = "3x63A"
    A3X80 = "3x80A"

    @property
    def watts(self) -> int:
        phases, ampere = self.value.removesuffix("A").split("x")
        return int(phases) * int(ampere) * 230

    @property
    def tariff_group(self) -> str:
        """The grid operator's price group; 1x10A is counted with "up to 3x25A"."""
        return PowerSize.A3X25.value if self is PowerSize.A1X10 else self.value


class GasSize(StrEnum):
    G4 = "G4"  # and G6: one price group
    G10 = "G10"
    G16 = "G16"
    G25 = "G25"

    @property
    def m3_per_hour(self) -> int:
        return {"G4": 10, "G10": 16, "G16": 25, "G25": 40}[self.value]


@dataclass(frozen=True, slots=True)
class Connection:
    """`dwelling`: has a dwelling function, which earns the tax credit. No gas size: no gas."""

    power: PowerSize = PowerSize.A3X25
    gas: GasSize | None = None
    dwelling: bool = True
    business: bool = False

    @property
    def most_kwh(self) -> int:
        """What the wire can carry in a year."""
        return self.power.watts * HOURS // 1000

    @property
    def most_feed_in(self) -> int:
        """What the sun can push through the wire in a year, in kWh."""
        return self.power.watts * SUN_HOURS // 1000

    @property
    def most_m3(self) -> int:
        return self.gas.m3_per_hour * HOURS if self.gas else 0


@dataclass(frozen=True, slots=True)
class SizeHint:
    """A smaller connection would probably do; about so many cents a year less, VAT included."""

    now: PowerSize
    enough: PowerSize
    yearly_saving: Cents


def size_hint(
    connection: Connection, kwh: int, feed_in: int, *, year: int, rates: Rates
) -> SizeHint | None:
    """Whether the power connection looks too large for its use: a reason to ask an electrician.

    Rule of thumb, no calculation: a connection is large enough when the yearly use (or feed-in)
    takes at most 1,000 hours of its full power.
    """
    needed = max(kwh, feed_in) * 1000
    sizes = [size for size in PowerSize if size is not PowerSize.A1X10]
    enough = next((size for size in sizes if size.watts * FULL_HOURS >= needed), connection.power)
    if enough.watts >= connection.power.watts:
        return None
    grid = rates.year(year)
    now, then = (
        grid.grid_row(RateKind.GRID_POWER, size.tariff_group, 0).value
        for size in (connection.power, enough)
    )
    return SizeHint(connection.power, enough, now - then) if now > then else None

"""What somebody uses in a year, and on which terms: usage, a tariff, the present contract.

Rates are whole millionths of a euro per kWh or m³ and fixed amounts whole cents a year, both
without VAT and tax; a bonus is cents with VAT, as it is paid out.
"""

from dataclasses import dataclass, fields
from datetime import date
from enum import StrEnum

from purchasing.money import Cents, Millionths, half_up

MONTHS = 12
Registers = tuple[int, int]  # normal (or all of it) and low


@dataclass(frozen=True, slots=True)
class Billed:
    """The kWh that are billed and those that are paid for, per register."""

    use: Registers
    surplus: Registers


@dataclass(frozen=True, slots=True)
class Usage:
    """Twelve months in whole kWh and m³, as the meter counts them: in, and out again.

    `kwh_low` is None where the meter has one register. `gas` is None where there is no gas.
    """

    kwh: int
    kwh_low: int | None = None
    gas: int | None = None
    feed_in: int = 0
    feed_in_low: int = 0

    def __post_init__(self) -> None:
        if min(self.kwh, self.kwh_low or 0, self.gas or 0, self.feed_in, self.feed_in_low) < 0:
            raise ValueError("nobody uses less than nothing")
        if self.kwh_low is None and self.feed_in_low:
            raise ValueError("a single meter has no low register")

    @property
    def power(self) -> int:
        return self.kwh + (self.kwh_low or 0)

    @property
    def fed_in(self) -> int:
        return self.feed_in + self.feed_in_low

    @property
    def unnetted(self) -> Billed:
        return Billed((self.kwh, self.kwh_low or 0), (self.feed_in, self.feed_in_low))

    @property
    def netted(self) -> Billed:
        """Each register is netted by itself; what is left of one then nets the other."""
        normal, low = self.kwh - self.feed_in, (self.kwh_low or 0) - self.feed_in_low
        if normal < 0 < low or low < 0 < normal:
            moved = min(abs(normal), abs(low))
            normal, low = (
                normal + (moved if normal < 0 else -moved),
                low + (moved if low < 0 else -moved),
            )
        return Billed((max(0, normal), max(0, low)), (max(0, -normal), max(0, -low)))

    def scaled(self, use_bp: int, feed_in_bp: int) -> "Usage":
        """The same household with so many ten-thousandths of its use and of its feed-in."""
        return Usage(
            kwh=half_up(self.kwh * use_bp, 10_000),
            kwh_low=None if self.kwh_low is None else half_up(self.kwh_low * use_bp, 10_000),
            gas=None if self.gas is None else half_up(self.gas * use_bp, 10_000),
            feed_in=half_up(self.feed_in * feed_in_bp, 10_000),
            feed_in_low=half_up(self.feed_in_low * feed_in_bp, 10_000),
        )


@dataclass(frozen=True, slots=True)
class Discount:
    """What a group takes off each rate, and off the fixed costs of power in cents a year."""

    power: Millionths = 0
    gas: Millionths = 0
    fixed: Cents = 0


@dataclass(frozen=True, slots=True)
class TariffOffer:
    """A supplier's terms. A rate is None where it is not offered.

    `feed_in_steps` is a cost of feeding in by steps: from so many kWh a year, so many cents a
    year; it comes on top of `feed_in_cost` per kWh. `term_months` 0: no fixed term.
    """

    single: Millionths | None = None
    normal: Millionths | None = None
    low: Millionths | None = None
    gas: Millionths | None = None
    fixed_power: Cents = 0
    fixed_gas: Cents = 0
    feed_in: Millionths = 0
    feed_in_cost: Millionths = 0
    feed_in_steps: tuple[tuple[int, Cents], ...] = ()
    bonus: Cents = 0
    term_months: int = MONTHS
    discount: Discount = Discount()

    def __post_init__(self) -> None:
        numbers = (getattr(self, field.name) for field in fields(self))
        if any(isinstance(number, int) and number < 0 for number in numbers):
            raise ValueError("a tariff has no negative amounts")
        rates = [rate for rate in (self.single, self.normal, self.low) if rate is not None]
        if rates and min(rates) < self.discount.power:
            raise ValueError("a discount cannot be more than the rate")

    def power_rates(self, usage: Usage) -> Registers:
        """The rates of the registers. ValueError if this meter cannot be billed on these terms."""
        if usage.kwh_low is not None and self.normal is not None and self.low is not None:
            return self.normal, self.low
        if self.single is None:
            raise ValueError("no rate for a single meter")
        return self.single, self.single

    def fits(self, usage: Usage) -> bool:
        """Whether there is a rate for everything this household uses."""
        double = self.normal is not None and self.low is not None
        power = self.single is not None or (double and usage.kwh_low is not None)
        return power and (usage.gas is None or self.gas is not None)

    def feed_in_cost_of(self, fed_in: int) -> int:
        """What feeding in costs in a year, in 10⁻¹⁰ euro, without VAT."""
        return fed_in * self.feed_in_cost * 10**4 + self.feed_in_step(fed_in) * 10**8

    def feed_in_step(self, fed_in: int) -> Cents:
        """What the step that is reached costs in a year, without VAT; 0 below the first."""
        steps = [cents for since, cents in sorted(self.feed_in_steps) if fed_in >= since]
        return steps[-1] if steps and fed_in else 0

    @property
    def bonus_of_a_year(self) -> Cents:
        """A bonus is spread over the term; a term shorter than a year has all of it."""
        return half_up(self.bonus * MONTHS, max(MONTHS, self.term_months))


class ContractKind(StrEnum):
    FIXED = "fixed"
    VARIABLE = "variable"
    DYNAMIC = "dynamic"


@dataclass(frozen=True, slots=True)
class Contract:
    """What somebody has now; as much of it as is known.

    `ends` is the last day of a fixed term. `yearly` is the all-in amount of the last yearly bill,
    in cents with VAT. `exit_fee` is what the supplier said it asks; `today` its present terms for
    a comparable contract; `after` what follows the end.
    """

    kind: ContractKind
    tariff: TariffOffer | None = None
    yearly: Cents | None = None
    ends: date | None = None
    exit_fee: Cents | None = None
    today: TariffOffer | None = None
    after: TariffOffer | None = None

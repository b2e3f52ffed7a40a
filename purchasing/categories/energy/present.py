"""The questions about the contract somebody has now: all may be left open, none may be half.

A bill states prices with or without VAT, and sometimes with energy tax; `prices_are` says which,
and what is kept is always without both.
"""

from collections.abc import Callable
from datetime import date
from enum import StrEnum

from purchasing.categories.energy.rates import Rates
from purchasing.categories.energy.reading import Answers, day, rate
from purchasing.categories.energy.terms import Contract, ContractKind, TariffOffer, Usage
from purchasing.errors import N_, Refused
from purchasing.money import Cents, Millionths, half_up, parse_cents

MOST_POWER: Millionths = 2_000_000
MOST_GAS: Millionths = 6_000_000
MOST_AMOUNT: Cents = 100_000_000  # a year, or to leave: no small user comes near it
MOST_MONTH: Cents = 1_000_000  # of fixed costs
LONGEST_YEARS = 10
WHOLE = 10_000
PER_CENT = 10_000  # millionths of a euro
PRICES = (
    "rate_single",
    "rate_normal",
    "rate_low",
    "rate_gas",
    "fixed_power_month",
    "fixed_gas_month",
)
PAID = ("yearly_amount", *PRICES)
MONTHS = 12


class PricesAre(StrEnum):
    BARE = "bare"  # without VAT and without energy tax
    WITH_VAT = "with_vat"
    ALL_IN = "all_in"  # with VAT and with energy tax


class EndInThePast(Refused):
    message = N_("Your contract ended on %(ends)s. Which one do you have now?")


class EndTooFar(Refused):
    message = N_("%(ends)s is more than ten years from now.")


class EndNeeded(Refused):
    message = N_("A fixed contract has a last day. You find it in your contract or on your bill.")


class KindNeeded(Refused):
    message = N_("Say which kind of contract you have. Without it we cannot compare what you pay.")


class PricesIncomplete(Refused):
    message = N_("Fill in all prices of your present contract, or none.")


class TooLowForTax(Refused):
    message = N_("This is less than the energy tax alone. Is it a price without tax?")


class TooMuch(Refused):
    message = N_("This is too high to be right. Look at your bill once more.")


def read_contract(answers: Answers, usage: Usage, *, today: date, rates: Rates) -> Contract | None:
    """The present contract; None where no kind is chosen. Problems go to `answers`."""
    if not answers.text("contract"):
        if any(answers.text(key) for key in PAID):
            answers.refuse("contract", KindNeeded())
        return None
    kind = answers.choice("contract", ContractKind)
    if kind is None:
        return None
    ends = _ends(answers, kind, today)
    tariff = None
    if kind is not ContractKind.DYNAMIC:
        tariff = _tariff(answers, usage, rates, today.year)
    return Contract(
        kind=kind,
        tariff=tariff,
        yearly=answers.read("yearly_amount", _amount(MOST_AMOUNT, negative=True)),
        ends=ends,
        exit_fee=answers.read("exit_fee", _amount(MOST_AMOUNT)),
    )


def _amount(most: Cents, *, negative: bool = False) -> Callable[[str], Cents]:
    def read(text: str) -> Cents:
        cents = parse_cents(text, negative=negative)
        if abs(cents) > most:
            raise TooMuch
        return cents

    return read


def _ends(answers: Answers, kind: ContractKind, today: date) -> date | None:
    if kind is not ContractKind.FIXED:
        return None
    ends = answers.read("contract_end", day)
    if not answers.text("contract_end"):
        answers.refuse("contract_end", EndNeeded())
    elif ends is not None and ends < today:
        answers.refuse("contract_end", EndInThePast(ends=ends))
    elif ends is not None and ends.year - today.year > LONGEST_YEARS:
        answers.refuse("contract_end", EndTooFar(ends=ends))
    return ends


def _tariff(answers: Answers, usage: Usage, rates: Rates, year: int) -> TariffOffer | None:
    """The present prices, if all that this household needs are there."""
    power = ("rate_single",) if usage.kwh_low is None else ("rate_normal", "rate_low")
    needed = [*power, "fixed_power_month"]
    if usage.gas is not None:
        needed += ["rate_gas", "fixed_gas_month"]
    if not any(answers.text(key) for key in needed):
        return None
    for key in needed:
        if not answers.text(key):
            answers.refuse(key, PricesIncomplete())
    before = len(answers.problems)
    bare = _Bare(answers, rates, year)
    prices = {key: bare.price(key, gas=key == "rate_gas") for key in needed if "rate" in key}
    fixed = {key: bare.yearly(key) for key in needed if "fixed" in key}
    earned = answers.read("rate_feed_in", rate(MOST_POWER)) or 0
    cost = bare.cost("cost_feed_in")
    used = zip(_used(usage), (*power, "rate_gas"), strict=True)
    if sum(units * prices.get(key, 0) for units, key in used) > MOST_AMOUNT * PER_CENT:
        answers.refuse(power[0], TooMuch())
    if len(answers.problems) > before or any(answers.problems.get(key) for key in needed):
        return None
    return TariffOffer(
        single=prices.get("rate_single"),
        normal=prices.get("rate_normal"),
        low=prices.get("rate_low"),
        gas=prices.get("rate_gas"),
        fixed_power=fixed["fixed_power_month"],
        fixed_gas=fixed.get("fixed_gas_month", 0),
        feed_in=earned,
        feed_in_cost=cost,
    )


def _used(usage: Usage) -> tuple[int, ...]:
    """Per register, and the gas."""
    double = () if usage.kwh_low is None else (usage.kwh_low,)
    return (usage.kwh, *double, usage.gas or 0)


class _Bare:
    """Takes VAT and tax off what somebody copied from a bill."""

    def __init__(self, answers: Answers, rates: Rates, year: int) -> None:
        self._answers = answers
        self._year = rates.year(year)
        self._are = answers.choice("prices_are", PricesAre, PricesAre.WITH_VAT)

    def price(self, key: str, *, gas: bool) -> Millionths:
        """A rate per kWh or m³ without VAT and tax; 0 where it was refused."""
        price = self._net(self._answers.read(key, rate(MOST_GAS if gas else MOST_POWER)) or 0)
        if self._are is not PricesAre.ALL_IN:
            return price
        tax = (self._year.tax_gas if gas else self._year.tax_power)[0].rate
        if price <= tax:
            self._answers.refuse(key, TooLowForTax())
        return max(0, price - tax)

    def cost(self, key: str) -> Millionths:
        return self._net(self._answers.read(key, rate(MOST_POWER)) or 0)

    def yearly(self, key: str) -> Cents:
        """A fixed amount a month, as a year without VAT."""
        return self._net((self._answers.read(key, _amount(MOST_MONTH)) or 0) * MONTHS)

    def _net(self, amount: int) -> int:
        if self._are is PricesAre.BARE:
            return amount
        return half_up(amount * WHOLE, WHOLE + self._year.vat_bp)

"""The sign-up: raw answers in, a checked and frozen profile out.

`read_profile` refuses with every problem at its own question (`reading.NotRight.problems`). The
present contract's questions are read in `present.py`. Bank account and date of birth are never
asked: the supplier does that.
"""

from collections.abc import Mapping
from datetime import date

from purchasing.categories.energy.averages import FED_IN_PER_KW, Dwelling
from purchasing.categories.energy.connection import Connection, GasSize, PowerSize
from purchasing.categories.energy.present import read_contract
from purchasing.categories.energy.profile import (
    Address,
    Heating,
    Meter,
    Product,
    Profile,
    Source,
    estimate,
)
from purchasing.categories.energy.rates import RATES, Rates
from purchasing.categories.energy.reading import (
    Answers,
    Missing,
    ean,
    house_number,
    kvk,
    postcode,
    whole,
)
from purchasing.categories.energy.terms import Usage
from purchasing.errors import N_, Refused

MOST_HOUSEHOLD_KWH = 50_000  # beyond these a household mistyped, or is no household
MOST_HOUSEHOLD_M3 = 12_000
MOST_PANELS_KW = 55  # what fits behind 3x80A
LONGEST_ADDITION = 8
LONGEST_NAME = 80


class ImpossibleUse(Refused):
    """More than this connection, or any household, can use."""


class TooMuchForTheWire(ImpossibleUse):
    message = N_("A connection of %(size)s cannot carry %(units)s kWh a year.")


class TooMuchForThePipe(ImpossibleUse):
    message = N_("A gas connection %(size)s cannot carry %(units)s m³ a year.")


class TooMuchForAHousehold(ImpossibleUse):
    message = N_("%(units)s a year is more than a household uses. Look at your bill once more.")


class TwoTotals(Refused):
    message = N_("Fill in either one total, or normal and low. Not both.")


class NoGasHere(Refused):
    message = N_("You chose electricity only. Leave the gas empty, or choose gas as well.")


class UseOrDwelling(Refused):
    message = N_("Fill in your use of a year, or choose your kind of home for an estimate.")


class MoreThanAll(Refused):
    message = N_("This cannot be more than what you feed in in all hours together.")


class SameCode(Refused):
    message = N_("Electricity and gas each have an EAN code of their own.")


class TooLong(Refused):
    message = N_("This is too long: at most %(most)s signs.")


def read_profile(
    raw: Mapping[str, str], *, shop: bool, today: date, rates: Rates = RATES
) -> Profile:
    """The answers of a sign-up. Raises NotRight with all that is wrong with them."""
    answers = Answers(raw)
    address = _address(answers)
    connection = _connection(answers, shop=shop)
    found = _usage(answers, connection)
    usage = found[0] if found else _nothing(answers, connection)
    contract = read_contract(answers, usage, today=today, rates=rates)
    codes = _codes(answers, connection)
    heating = answers.choice("heating", Heating, Heating.BOILER)
    meter = answers.choice("meter", Meter, Meter.SMART)
    trade_name = _short(answers, "trade_name", LONGEST_NAME) if shop else ""
    number = answers.read("kvk", kvk) if shop else None
    answers.check()
    assert address and found and heating and meter
    return Profile(
        address=address,
        connection=connection,
        usage=usage,
        source=found[1],
        heating=heating,
        meter=meter,
        contract=contract,
        ean_power=codes[0],
        ean_gas=codes[1],
        trade_name=trade_name,
        kvk=number or "",
    )


def _address(answers: Answers) -> Address | None:
    code = answers.read("postcode", postcode, needed=True)
    number = answers.read("house_number", house_number, needed=True)
    addition = _short(answers, "addition", LONGEST_ADDITION)
    return Address(code, number, addition) if code and number else None


def _short(answers: Answers, key: str, most: int) -> str:
    text = answers.text(key)
    if len(text) > most:
        answers.refuse(key, TooLong(most=most))
    return text


def _connection(answers: Answers, *, shop: bool) -> Connection:
    """A shop must say its size, which decides what it pays; a home has 3x25A or less."""
    product = answers.choice("product", Product)
    size = answers.choice("power_size", PowerSize, None if shop else PowerSize.A3X25)
    gas = answers.choice("gas_size", GasSize, GasSize.G4)
    return Connection(
        power=size or PowerSize.A3X80,
        gas=None if product is Product.POWER else gas,
        dwelling=answers.yes("dwelling", default=not shop),
        business=shop,
    )


def _usage(answers: Answers, connection: Connection) -> tuple[Usage, Source] | None:
    """The use of a year and where it comes from; what is not filled in is estimated."""
    before = len(answers.problems)
    single = answers.read("kwh", whole)
    double = _is_double(answers)
    normal = answers.read("kwh_normal", whole, needed=double)
    low = answers.read("kwh_low", whole, needed=double)
    gas = answers.read("gas_m3", whole)
    if double and answers.text("kwh"):
        answers.refuse("kwh", TwoTotals())
    if connection.gas is None and gas:
        answers.refuse("gas_m3", NoGasHere())
    power = normal if double else single
    average = _average(answers, connection, power=power, gas=gas)
    sun = _feed_in(answers, double=double)
    source = answers.choice("use_from", Source, Source.BILL)
    if len(answers.problems) > before or source is None:
        return None
    estimated = average is not None or sun[2]
    usage = Usage(
        kwh=power if power is not None else _of(average).kwh,
        kwh_low=low if double else None,
        gas=(gas if gas is not None else _of(average).gas) if connection.gas else None,
        feed_in=sun[0],
        feed_in_low=sun[1],
    )
    _check_possible(answers, usage, connection)
    return usage, Source.ESTIMATE if estimated else source


def _is_double(answers: Answers) -> bool:
    return any(answers.text(key) for key in ("kwh_normal", "kwh_low"))


def _nothing(answers: Answers, connection: Connection) -> Usage:
    """Stands in for a use that was refused, so that the questions after it are looked at too."""
    low = 0 if _is_double(answers) else None
    return Usage(0, kwh_low=low, gas=0 if connection.gas else None)


def _of(average: Usage | None) -> Usage:
    assert average is not None, "whoever has no use of their own has an estimate"
    return average


def _average(
    answers: Answers, connection: Connection, *, power: int | None, gas: int | None
) -> Usage | None:
    """The estimate, where something is not filled in. There is none for shops."""
    if answers.problems.keys() & {"kwh", "kwh_normal", "kwh_low", "gas_m3"}:
        return None
    if power is not None and (gas is not None or connection.gas is None):
        return None
    key = "kwh" if power is None else "gas_m3"
    if connection.business:
        answers.refuse(key, Missing())
    elif not answers.text("dwelling_type"):
        answers.refuse(key, UseOrDwelling())
    elif dwelling := answers.choice("dwelling_type", Dwelling):
        return estimate(dwelling, gas=connection.gas is not None)
    return None


def _feed_in(answers: Answers, *, double: bool) -> tuple[int, int, bool]:
    """Fed in per register, and whether that was estimated from the size of the panels.

    What is asked is the feed-in of all hours, and of that what falls in low hours.
    """
    fed_in = answers.read("feed_in", whole)
    low = answers.read("feed_in_low", whole) if double else None
    panels = answers.read("panels_kw", whole)
    if panels is not None and panels > MOST_PANELS_KW:
        answers.refuse("panels_kw", TooMuchForAHousehold(units=f"{panels} kW"))
    if fed_in is None and low is None and panels:
        return panels * FED_IN_PER_KW, 0, True
    if fed_in is None or low is None:
        return fed_in or 0, low or 0, False
    if low > fed_in:
        answers.refuse("feed_in_low", MoreThanAll())
    return max(0, fed_in - low), low, False


def _check_possible(answers: Answers, usage: Usage, connection: Connection) -> None:
    power_key = "kwh" if usage.kwh_low is None else "kwh_normal"
    size = connection.power.value
    if usage.power > connection.most_kwh:
        answers.refuse(power_key, TooMuchForTheWire(size=size, units=usage.power))
    if usage.fed_in > connection.most_feed_in:
        answers.refuse("feed_in", TooMuchForTheWire(size=size, units=usage.fed_in))
    if connection.gas and (usage.gas or 0) > connection.most_m3:
        answers.refuse("gas_m3", TooMuchForThePipe(size=connection.gas.value, units=usage.gas))
    if connection.business:
        return
    if usage.power > MOST_HOUSEHOLD_KWH:
        answers.refuse(power_key, TooMuchForAHousehold(units=f"{usage.power} kWh"))
    if (usage.gas or 0) > MOST_HOUSEHOLD_M3:
        answers.refuse("gas_m3", TooMuchForAHousehold(units=f"{usage.gas} m³"))


def _codes(answers: Answers, connection: Connection) -> tuple[str, str]:
    """The EAN codes, if given; a gas code is not kept where there is no gas."""
    power = answers.read("ean_power", ean) or ""
    gas = (answers.read("ean_gas", ean) or "") if connection.gas else ""
    if power and power == gas:
        answers.refuse("ean_gas", SameCode())
    return power, gas

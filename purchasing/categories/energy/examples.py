"""Example homes and an example shop: averages of Haarlem, published before the bidding."""

from collections.abc import Iterable
from datetime import date

from purchasing.categories.energy.averages import HAARLEM_2024, Dwelling
from purchasing.categories.energy.bids import Bid
from purchasing.categories.energy.connection import Connection, GasSize
from purchasing.categories.energy.profile import SEGMENT_WORDS, Segment
from purchasing.categories.energy.rates import Rates
from purchasing.categories.energy.tariff import yearly_cost
from purchasing.categories.energy.tender import Entrant
from purchasing.categories.energy.terms import Usage
from purchasing.errors import N_
from purchasing.questions import Said
from purchasing.tendering import ExampleCost

POWER_ONLY = N_("%(kwh)s kWh a year")
WITH_GAS = N_("%(kwh)s kWh and %(gas)s m³ a year")
FEEDS_IN = N_("%(kwh)s kWh and %(gas)s m³ a year, %(fed)s kWh fed in")


def example_costs(bid: Bid, start: date, rates: Rates) -> Iterable[ExampleCost]:
    """What the bid costs those of the examples that it is for, in cents a year."""
    for example in EXAMPLES:
        if example.segment in bid.segments:
            cost = yearly_cost(
                example.usage, example.connection, bid.tariff, start=start, rates=rates
            )
            yield ExampleCost(SEGMENT_WORDS[example.segment], _hint(example.usage), cost.total)


def _hint(usage: Usage) -> Said:
    values = {"kwh": str(usage.power), "gas": str(usage.gas), "fed": str(usage.fed_in)}
    if usage.fed_in:
        return Said(FEEDS_IN, values)
    return Said(POWER_ONLY if usage.gas is None else WITH_GAS, values)


def _example(segment: Segment, usage: Usage, connection: Connection) -> Entrant:
    return Entrant(f"example {segment.value}", 0, segment, usage, connection)


_HOME, _FLAT = HAARLEM_2024[Dwelling.ANY], HAARLEM_2024[Dwelling.APARTMENT]
# The example homes and the example shop of the rule `lowest_reference`: averages of Haarlem.
EXAMPLES = (
    _example(Segment.POWER, Usage(_FLAT.supplied_kwh), Connection()),
    _example(
        Segment.POWER_AND_GAS,
        Usage(_HOME.supplied_kwh, gas=_HOME.gas_m3),
        Connection(gas=GasSize.G4),
    ),
    _example(
        Segment.FEED_IN,
        Usage(_HOME.supplied_kwh, gas=_HOME.gas_m3, feed_in=1_800),
        Connection(gas=GasSize.G4),
    ),
    _example(
        Segment.SHOP,
        Usage(8_000, gas=1_500),
        Connection(gas=GasSize.G4, dwelling=False, business=True),
    ),
)

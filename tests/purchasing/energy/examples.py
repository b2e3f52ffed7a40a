"""Households, tariffs, bids and cases for the tests of the energy room."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from purchasing.categories.energy.award_case import Applicant, AwardCase, BidTerms, Rule
from purchasing.categories.energy.bids import Bid, SubmittedBid
from purchasing.categories.energy.connection import Connection, GasSize
from purchasing.categories.energy.profile import Segment
from purchasing.categories.energy.terms import TariffOffer, Usage

NEW_YEAR = date(2026, 1, 1)
OPENING = datetime(2026, 3, 1, 12, tzinfo=UTC)
BOTH = Connection(gas=GasSize.G4)
POWER_ONLY = Connection()

# The tariffs of the worked example, without VAT: invented, and no market quotation.
CURRENT = TariffOffer(
    single=135_000,
    gas=435_000,
    fixed_power=8_200,
    fixed_gas=8_200,
    feed_in=50_000,
    feed_in_cost=55_000,
)
BID_A = TariffOffer(
    single=123_000,
    gas=405_000,
    fixed_power=5_950,
    fixed_gas=5_950,
    feed_in=30_000,
    feed_in_cost=45_000,
)
BID_B = TariffOffer(
    single=105_000,
    gas=350_000,
    fixed_power=12_000,
    fixed_gas=12_000,
    feed_in=10_000,
    feed_in_cost=60_000,
)
AVERAGE = Usage(1_880, gas=800)
FLAT = Usage(1_000)
SOLAR = Usage(3_000, gas=900, feed_in=1_800)


def full(tariff: TariffOffer) -> TariffOffer:
    """The same for double meters: a bid names all rates."""
    assert tariff.single is not None
    return replace(tariff, normal=tariff.single + 10_000, low=tariff.single - 10_000)


def a_bid(tariff: TariffOffer = BID_A, **changes: object) -> Bid:
    bid = Bid("round-7", "Noord", frozenset(Segment), full(tariff))
    return replace(bid, **changes)


def submitted(key: str, bid: Bid, *, minute: int = 0) -> SubmittedBid:
    return SubmittedBid(key, bid, OPENING + timedelta(minutes=minute))


def terms(key: str, *, minute: int = 0, supplier: str = "", **changes: object) -> BidTerms:
    at = OPENING + timedelta(minutes=minute)
    return replace(BidTerms(key, supplier or key, frozenset(Segment), at), **changes)


def an_applicant(key: str, costs: dict[str, int], now: int | None = None, place: int = 0):
    return Applicant(key, Segment.POWER_AND_GAS, place, costs, now)


def a_case(
    costs: dict[str, dict[str, int]],
    bids: list[BidTerms],
    *,
    now: dict[str, int] | None = None,
    rule: Rule = Rule.PERSONAL_BEST,
    most_suppliers: int = 3,
) -> AwardCase:
    """Applicants by key, in line as they are named, with what each bid costs them."""
    people = tuple(
        an_applicant(key, row, (now or {}).get(key), place)
        for place, (key, row) in enumerate(costs.items())
    )
    return AwardCase(rule, people, tuple(bids), most_suppliers)

"""A tender from usage and opened bids to the award, and once more from its text."""

from dataclasses import replace
from datetime import date

import pytest

from purchasing.categories.energy.award_case import Outcome, Rule
from purchasing.categories.energy.connection import Connection
from purchasing.categories.energy.plain import canonical, from_canonical
from purchasing.categories.energy.profile import Address, Profile, Segment, Source
from purchasing.categories.energy.rates import RATES, ROWS
from purchasing.categories.energy.saving import compare
from purchasing.categories.energy.tender import (
    Entrant,
    Tender,
    case_of,
    entrant,
    hold,
    market_of,
    replay_tender,
)
from purchasing.categories.energy.terms import Contract, ContractKind, TariffOffer, Usage
from tests.purchasing.energy.examples import (
    AVERAGE,
    BID_A,
    BID_B,
    BOTH,
    CURRENT,
    FLAT,
    NEW_YEAR,
    POWER_ONLY,
    SOLAR,
    a_bid,
    submitted,
)

PRESENT = Contract(ContractKind.VARIABLE, CURRENT)
BIDS = (submitted("A", a_bid(BID_A)), submitted("B", a_bid(BID_B, supplier="Zuid"), minute=1))


def somebody(key: str, usage: Usage, contract: Contract | None = PRESENT, place: int = 0):
    segment = Segment.POWER if usage.gas is None else Segment.POWER_AND_GAS
    if usage.fed_in:
        segment = Segment.FEED_IN
    here = POWER_ONLY if usage.gas is None else BOTH
    return Entrant(key, place, segment, usage, here, contract)


def a_tender(*entrants: Entrant, **changes) -> Tender:
    everybody = entrants or (
        somebody("average", AVERAGE, place=1),
        somebody("large", Usage(4_000, gas=2_000), place=2),
        somebody("flat", FLAT, place=3),
        somebody("solar", SOLAR, place=4),
    )
    tender = Tender(Rule.PERSONAL_BEST, NEW_YEAR, everybody, BIDS, ROWS)
    return replace(tender, **changes)


def test_the_worked_example_has_two_winners():
    result = hold(a_tender())

    assert {offer.applicant: offer.bid for offer in result.offers} == {
        "average": "A",
        "large": "B",
        "flat": "A",
        "solar": "A",
    }
    assert {offer.applicant: offer.saving for offer in result.offers} == {
        "average": 110_78,
        "large": 258_94,
        "flat": 41_74,
        "solar": 126_32,
    }


def test_by_the_lowest_total_a_segment_has_one_winner():
    result = hold(a_tender(rule=Rule.LOWEST_TOTAL))

    assert {offer.applicant: offer.bid for offer in result.offers} == {
        "average": "B",
        "large": "B",
        "flat": "A",
        "solar": "A",
    }


def test_by_reference_the_example_homes_decide():
    example = replace(somebody("example", AVERAGE), contract=None)
    result = hold(a_tender(rule=Rule.LOWEST_REFERENCE, examples=(example,)))

    assert next(o.bid for o in result.offers if o.applicant == "large") == "A"


def test_bid_b_alone_would_harm_the_flat_and_says_so():
    result = hold(a_tender(somebody("flat", FLAT), somebody("large", Usage(4_000)), bids=BIDS[1:]))
    flat = next(offer for offer in result.offers if offer.applicant == "flat")

    assert (flat.worse_off, flat.saving) == (True, -9_68)


@pytest.mark.parametrize("start", [NEW_YEAR, date(2026, 7, 1), date(2027, 3, 1)])
@pytest.mark.parametrize(
    "contract",
    [
        None,
        PRESENT,
        Contract(ContractKind.VARIABLE, yearly=1_900_00),
        Contract(ContractKind.FIXED, CURRENT, ends=date(2027, 9, 30)),
        Contract(ContractKind.FIXED, CURRENT, ends=date(2026, 9, 30), exit_fee=30_00),
        Contract(ContractKind.DYNAMIC),
    ],
)
def test_the_award_sees_the_saving_that_the_offer_shows(start, contract):
    tender = a_tender(somebody("solar", SOLAR, contract), start=start)
    applicant = case_of(tender).applicants[0]
    market = market_of(s.bid.tariff for s in BIDS)

    for key, bid in (("A", BIDS[0].bid), ("B", BIDS[1].bid)):
        shown = compare(SOLAR, BOTH, contract, bid.tariff, start=start, rates=RATES, market=market)
        assert applicant.costs[key] == shown.new.total + (shown.fee.cents or 0)
        saving = None if applicant.now is None else applicant.now - applicant.costs[key]
        assert saving == shown.saving


def test_a_bid_counts_only_for_its_segments():
    only_gas = replace(BIDS[0], bid=replace(BIDS[0].bid, segments=frozenset({Segment.POWER})))
    case = case_of(a_tender(bids=(only_gas,)))

    assert [list(a.costs) for a in case.applicants] == [[], [], ["A"], []]


def test_the_market_is_the_lowest_of_each_rate():
    first = TariffOffer(single=5, normal=9, gas=7)

    assert market_of([first, TariffOffer(single=6, normal=8)]) == TariffOffer(
        single=5, normal=8, gas=7
    )
    assert market_of([]) is None


def test_no_bids_is_no_deal():
    assert hold(a_tender(bids=())).outcome is Outcome.NO_BIDS


def test_anybody_can_recompute_the_award_from_the_text():
    tender = a_tender(
        somebody("fixed", AVERAGE, Contract(ContractKind.FIXED, CURRENT, ends=date(2026, 9, 30))),
        somebody("new", FLAT, None),
    )

    assert from_canonical(Tender, canonical(tender)) == tender
    assert replay_tender(canonical(tender)) == hold(tender)


def test_the_text_of_a_tender_names_nobody():
    profile = Profile(
        Address("2036 AB", 12345, "bis"),
        Connection(business=True),
        AVERAGE,
        Source.BILL,
        contract=PRESENT,
        ean_power="871687100000123453",
        trade_name="Bakkerij",
        kvk="12345678",
    )

    text = canonical(a_tender(entrant("7", 1, profile))).decode()

    for secret in ("2036", "12345", "bis", "871687100000123453", "Bakkerij"):
        assert secret not in text

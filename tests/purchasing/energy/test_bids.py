"""Sealed bids: complete, plausible, unchangeable; tiers that only ever lower a price."""

import json
from dataclasses import replace
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from purchasing.categories.energy import bids, reading
from purchasing.categories.energy.bid_form import read_bid
from purchasing.categories.energy.bids import (
    Bid,
    Condition,
    GreenLabel,
    Tier,
    check_bid,
    commitment,
    is_what_was_committed,
    missing_conditions,
    next_tier,
    tariff_at,
)
from purchasing.categories.energy.plain import canonical, from_canonical
from purchasing.categories.energy.profile import Segment
from purchasing.categories.energy.rates import RATES
from purchasing.categories.energy.reading import NotRight
from purchasing.categories.energy.tariff import yearly_cost
from purchasing.categories.energy.terms import Discount, TariffOffer, Usage
from purchasing.errors import Refused
from purchasing.money import NegativeAmount
from tests.purchasing.energy.examples import AVERAGE, BID_A, BOTH, NEW_YEAR, a_bid, full

NONCE = bytes(range(32))
FORM = {
    "segment_power": "on",
    "segment_power_gas": "on",
    "single": "0,123",
    "normal": "0.133",
    "low": "0.113",
    "gas": "0,405",
    "fixed_power": "59,50",
    "fixed_gas": "59,50",
    "condition_phone": "on",
    "green": "dutch",
    "minimum": "50",
    "maximum": "2.000",
}
TIERS = (Tier(100, Discount(1_000, 0, 0)), Tier(500, Discount(3_000, 5_000, 500)))


def read(answers: dict[str, str]) -> Bid:
    return read_bid(answers, round_ref="round-7", supplier="Noord")


def problems(answers: dict[str, str]) -> dict[str, type[Refused]]:
    with pytest.raises(NotRight) as refused:
        read(answers)
    return {key: type(problem) for key, problem in refused.value.problems.items()}


# --- reading a bid


def test_a_bid_is_read_from_its_form():
    assert read(FORM) == Bid(
        round_ref="round-7",
        supplier="Noord",
        segments=frozenset({Segment.POWER, Segment.POWER_AND_GAS}),
        tariff=TariffOffer(
            single=123_000,
            normal=133_000,
            low=113_000,
            gas=405_000,
            fixed_power=5_950,
            fixed_gas=5_950,
        ),
        green=GreenLabel.DUTCH,
        minimum=50,
        maximum=2_000,
        conditions=frozenset({Condition.PHONE}),
    )


def test_tiers_and_steps_are_read_in_order():
    answers = FORM | {"step_1_from": "1000", "step_1_cost": "200", "step_2_from": "1"}
    answers |= {"step_2_cost": "100,00", "tier_1_customers": "100", "tier_1_power": "0,001"}
    answers |= {"tier_2_customers": "500", "tier_2_power": "0,003", "tier_2_fixed": "5"}

    bid = read(answers)

    assert bid.tariff.feed_in_steps == ((1, 10_000), (1_000, 20_000))
    assert bid.tiers == (Tier(100, Discount(power=1_000)), Tier(500, Discount(3_000, 0, 500)))


def test_only_power_needs_no_gas_price():
    answers = {key: text for key, text in FORM.items() if "gas" not in key}

    assert read(answers).tariff.gas is None


@pytest.mark.parametrize(
    ("changes", "key", "refusal"),
    [
        ({"single": ""}, "single", bids.RateMissing),
        ({"normal": ""}, "normal", bids.RateMissing),
        ({"low": "0"}, "low", bids.RateMissing),
        ({"gas": ""}, "gas", bids.RateMissing),
        ({"fixed_power": ""}, "fixed_power", reading.Missing),
        ({"fixed_gas": ""}, "fixed_gas", reading.Missing),
        ({"segment_feed_in": "on"}, "feed_in", reading.Missing),
        ({"segment_shop": "on"}, "feed_in", reading.Missing),
        ({"single": "-0,10"}, "single", reading.BelowZero),
        ({"fixed_power": "-5"}, "fixed_power", NegativeAmount),
        ({"fixed_power": "5000,01"}, "fixed_power", bids.OutOfProportion),
        ({"bonus": "-50"}, "bonus", NegativeAmount),
        ({"feed_in_cost": "-0,1"}, "feed_in_cost", reading.BelowZero),
        ({"single": "12,3"}, "single", reading.RateTooHigh),
        ({"minimum": "-1"}, "minimum", reading.BelowZero),
        ({"minimum": "2001"}, "maximum", bids.MoreLowerThanUpper),
        ({"maximum": "0", "minimum": "0"}, "maximum", bids.MoreLowerThanUpper),
        ({"maximum": "100001"}, "maximum", bids.TooMany),
        ({"term_months": "61"}, "term_months", bids.TooMany),
        ({"green": "very"}, "green", reading.NotAChoice),
        ({"segment_power": "", "segment_power_gas": "", "gas": ""}, "segments", bids.NoSegment),
        ({"step_1_cost": "100"}, "step_1_from", reading.Missing),
        ({"step_1_from": "100"}, "step_1_cost", reading.Missing),
        ({"step_1_from": "1", "step_1_cost": "5001"}, "step_1_cost", bids.OutOfProportion),
        ({"bonus": "5001"}, "bonus", bids.OutOfProportion),
        ({"tier_1_customers": "100"}, "tiers", bids.TiersOutOfOrder),
        ({"tier_1_power": "0,01"}, "tier_1_customers", reading.Missing),
        ({"tier_2_fixed": "10"}, "tier_2_customers", reading.Missing),
        ({"tier_1_customers": "0", "tier_1_power": "0,01"}, "tiers", bids.TiersOutOfOrder),
        ({"tier_1_customers": "10", "tier_1_power": "0,12"}, "tiers", bids.TierTooDeep),
    ],
)
def test_a_bid_that_is_incomplete_or_cannot_be_meant_is_refused(changes, key, refusal):
    assert problems(FORM | changes) == {key: refusal}


def test_an_empty_form_says_all_that_is_needed():
    assert problems({}).keys() >= {"segments", "single", "normal", "low", "fixed_power"}


@pytest.mark.parametrize(
    "tiers",
    [
        (Tier(100, Discount(2_000)), Tier(100, Discount(3_000))),
        (Tier(100, Discount(2_000)), Tier(500, Discount(1_000))),
        (Tier(100, Discount(2_000)), Tier(500, Discount(1_000, 9_000))),
        (Tier(100, Discount(2_000)), Tier(500, Discount(2_000))),
    ],
)
def test_a_tier_must_ask_more_and_give_more(tiers):
    with pytest.raises(NotRight) as refused:
        check_bid(a_bid(tiers=tiers))
    assert set(refused.value.problems) == {"tiers"}


def test_what_the_network_asks_and_the_bid_does_not_promise_is_told():
    asked = frozenset({Condition.PHONE, Condition.NO_DEPOSIT})

    assert missing_conditions(read(FORM), asked) == (Condition.NO_DEPOSIT,)


@given(
    st.dictionaries(
        st.sampled_from(
            [*sorted(FORM), "bonus", "tier_1_customers", "tier_1_power", "step_1_from"]
        ),
        st.text("0123456789,.-€ a", max_size=9),
    )
)
def test_whatever_is_typed_a_bid_is_right_or_refused(changes):
    try:
        bid = read(FORM | changes)
    except NotRight as refused:
        assert refused.problems
    else:
        check_bid(bid)


# --- sealed


def test_the_commitment_is_the_hash_of_the_canonical_text_and_the_nonce():
    bid = a_bid()
    text = json.dumps(
        json.loads(canonical(bid)), sort_keys=True, separators=(",", ":"), ensure_ascii=False
    )

    assert canonical(bid) == text.encode()
    assert commitment(bid, NONCE) == sha256(text.encode() + NONCE).hexdigest()


def test_an_opened_bid_must_be_the_one_that_was_sealed():
    published = commitment(a_bid(), NONCE)

    assert is_what_was_committed(a_bid(), NONCE, published)
    assert not is_what_was_committed(a_bid(), bytes(32), published)
    assert not is_what_was_committed(a_bid(), b"", published)


@pytest.mark.parametrize(
    "changes",
    [
        {"round_ref": "round-8"},
        {"supplier": "Zuid"},
        {"segments": frozenset({Segment.POWER})},
        {"tariff": replace(full(BID_A), single=122_999)},
        {"green": GreenLabel.EUROPEAN},
        {"minimum": 1},
        {"maximum": 1},
        {"tiers": TIERS},
        {"conditions": frozenset({Condition.PHONE})},
    ],
)
def test_nothing_of_a_bid_can_be_changed_unseen(changes):
    changed = a_bid(**changes)

    assert not is_what_was_committed(changed, NONCE, commitment(a_bid(), NONCE))


def test_a_short_nonce_is_no_seal():
    with pytest.raises(ValueError, match="32"):
        commitment(a_bid(), b"short")


def test_a_bid_can_be_read_again_from_its_text():
    bid = a_bid(tiers=TIERS, maximum=10, conditions=frozenset(Condition))

    assert from_canonical(Bid, canonical(bid)) == bid


def test_the_same_name_in_another_spelling_of_unicode_is_the_same_bid():
    assert canonical(a_bid(supplier="Zuid\u00e9")) == canonical(a_bid(supplier="Zuide\u0301"))


@pytest.mark.parametrize(
    "change",
    [
        {"minimum": "3"},
        {"minimum": True},
        {"minimum": -3},
        {"segments": ["palace"]},
        {"surprise": 1},
        {"tiers": [[1]]},
    ],
)
def test_a_text_that_is_no_bid_is_not_taken_for_one(change):
    plain = json.loads(canonical(a_bid())) | change

    with pytest.raises((ValueError, TypeError)):
        from_canonical(Bid, json.dumps(plain))


# --- tiers


@pytest.mark.parametrize(
    ("accepted", "off"),
    [
        (0, Discount()),
        (99, Discount()),
        (100, TIERS[0].off),
        (499, TIERS[0].off),
        (500, TIERS[1].off),
        (9_999, TIERS[1].off),
    ],
)
def test_everybody_gets_the_tier_that_was_reached(accepted, off):
    assert tariff_at(a_bid(tiers=TIERS), accepted).discount == off


def test_the_next_tier_is_told_until_the_top():
    bid = a_bid(tiers=TIERS)

    assert [next_tier(bid, n) for n in (0, 100, 500)] == [TIERS[0], TIERS[1], None]


@given(
    usage=st.builds(
        Usage,
        kwh=st.integers(0, 9_000),
        gas=st.integers(0, 3_000),
        feed_in=st.integers(0, 20_000),
    ),
    fewer=st.integers(0, 1_000),
    more=st.integers(0, 1_000),
    start=st.dates(NEW_YEAR, NEW_YEAR.replace(year=2030)),
)
def test_more_acceptances_never_raise_anybodys_price(usage, fewer, more, start):
    bid = a_bid(tiers=TIERS)

    few, many = (
        yearly_cost(usage, BOTH, tariff_at(bid, n), start=start, rates=RATES).total
        for n in (fewer, fewer + more)
    )

    assert many <= few


def test_the_same_use_at_the_same_bid_is_the_same_price():
    bid = a_bid()
    twins = [
        yearly_cost(usage, BOTH, tariff_at(bid, 5), start=NEW_YEAR, rates=RATES)
        for usage in (AVERAGE, replace(AVERAGE))
    ]

    assert twins[0] == twins[1]

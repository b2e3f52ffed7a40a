"""The cost now beside the cost then, the exit fee, and that nobody is worse off by accident."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from purchasing.categories.energy.costs import Assumption
from purchasing.categories.energy.rates import RATES
from purchasing.categories.energy.saving import (
    AcceptReason,
    Basis,
    ExitFee,
    WorseOff,
    check_acceptance,
    compare,
    exit_fee,
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
)

VARIABLE = Contract(ContractKind.VARIABLE, CURRENT)


def fixed(ends: date, **known) -> Contract:
    return Contract(ContractKind.FIXED, CURRENT, ends=ends, **known)


def comparing(contract, offer=BID_A, usage=AVERAGE, **more):
    here = POWER_ONLY if usage.gas is None else BOTH
    return compare(usage, here, contract, offer, start=NEW_YEAR, rates=RATES, **more)


def leaving(contract, usage=AVERAGE, market=None) -> ExitFee:
    return exit_fee(contract, usage, leaves=NEW_YEAR, rates=RATES, market=market)


# --- the saving


def test_the_saving_is_the_difference_of_both_years():
    both = comparing(VARIABLE)

    assert (both.now_total, both.new.total, both.saving) == (1_857_49, 1_746_71, 110_78)
    assert both.basis is Basis.RATES


def test_the_bonus_is_shown_apart():
    both = comparing(VARIABLE, replace(BID_A, bonus=60_00))

    assert (both.saving, both.saving_with_bonus) == (110_78, 170_78)


def test_an_offer_that_only_the_bonus_makes_cheaper_is_worse():
    both = comparing(VARIABLE, replace(BID_B, bonus=50_00), FLAT)

    assert (both.saving, both.saving_with_bonus) == (-9_68, 40_32)
    assert both.worse_off


def test_without_a_present_contract_there_is_no_saving():
    both = comparing(None)

    assert (both.saving, both.saving_with_bonus, both.band) == (None, None, None)
    assert both.basis is Basis.UNKNOWN
    assert not both.worse_off


def test_an_hourly_price_gives_no_saving():
    assert comparing(Contract(ContractKind.DYNAMIC, CURRENT)).basis is Basis.DYNAMIC
    assert comparing(Contract(ContractKind.DYNAMIC, CURRENT)).saving is None


def test_the_amount_of_a_bill_will_do():
    both = comparing(Contract(ContractKind.VARIABLE, yearly=1_800_00))

    assert (both.basis, both.saving, both.now) == (Basis.BILL, 53_29, None)


def test_a_contract_that_runs_on_at_an_unknown_fee_gives_no_saving():
    both = comparing(Contract(ContractKind.FIXED, yearly=1_800_00, ends=date(2026, 9, 1)))

    assert (both.basis, both.saving) == (Basis.FEE_UNKNOWN, None)


def test_what_follows_the_present_contract_counts_from_its_end():
    goes_on = comparing(fixed(date(2026, 6, 30), exit_fee=0))
    followed = comparing(fixed(date(2026, 6, 30), exit_fee=0, after=BID_B))
    long_over = comparing(fixed(date(2025, 6, 30), after=BID_B))

    assert goes_on.now_total == 1_857_49
    assert goes_on.now is not None
    assert Assumption.CONTRACT_GOES_ON in goes_on.now.assumptions
    assert followed.now is not None
    assert Assumption.CONTRACT_FOLLOWED in followed.now.assumptions
    assert 1_798_93 < followed.now_total < 1_857_49
    assert long_over.now_total == 1_798_93


def test_the_band_holds_the_saving_and_is_wider_for_an_estimate():
    bill = comparing(VARIABLE, band_bp=500)
    estimate = comparing(VARIABLE, band_bp=3_000)

    assert estimate.band[0] < bill.band[0] < bill.saving < bill.band[1] < estimate.band[1]


def test_for_a_solar_home_the_feed_in_may_be_off_too():
    home = replace(SOLAR, feed_in=0)

    assert width(comparing(VARIABLE, usage=SOLAR).band) > width(
        comparing(VARIABLE, usage=home).band
    )


def width(band: tuple[int, int]) -> int:
    return band[1] - band[0]


# --- no harm


def test_a_dearer_offer_is_not_accepted_without_a_reason():
    with pytest.raises(WorseOff) as refused:
        check_acceptance(-9_68, None)

    assert refused.value.details == {"more_cents": 9_68}


@pytest.mark.parametrize(
    ("saving", "reason"), [(-9_68, AcceptReason.GREEN), (0, None), (1, None), (None, None)]
)
def test_any_other_offer_is(saving, reason):
    check_acceptance(saving, reason)


@given(saving=st.none() | st.integers(-100_000, 100_000))
def test_no_harm(saving):
    try:
        check_acceptance(saving, None)
        accepted = True
    except WorseOff:
        accepted = False

    assert accepted == (saving is None or saving >= 0)


# --- leaving


@pytest.mark.parametrize(
    "contract",
    [
        None,
        VARIABLE,
        Contract(ContractKind.DYNAMIC),
        fixed(date(2025, 12, 31)),
    ],
)
def test_leaving_costs_nothing_without_a_fixed_term_that_runs(contract):
    assert leaving(contract) == ExitFee(0)


def test_the_fee_is_the_difference_times_what_would_still_be_used():
    whole_year = fixed(date(2026, 12, 31), today=BID_A)
    half = fixed(date(2026, 7, 1), today=BID_A)

    exact = (1_880 * 0.012 + 800 * 0.030) * 1.21 * 100
    assert leaving(whole_year).cents == round(exact)
    assert leaving(half).cents == round(exact * 182 / 365)
    assert not leaving(half).estimated


def test_there_is_no_fee_where_todays_price_is_higher():
    assert leaving(fixed(date(2026, 12, 31), today=replace(CURRENT, single=150_000))).cents == 0


def test_a_lower_gas_price_does_not_pay_for_a_higher_power_price():
    today = replace(CURRENT, single=100_000, gas=900_000)

    assert leaving(fixed(date(2026, 12, 31), today=today)).cents == round(1_880 * 3.5 * 1.21)


def test_without_todays_price_the_market_stands_in_and_it_is_an_estimate():
    fee = leaving(fixed(date(2026, 12, 31)), market=BID_A)

    assert fee == ExitFee(leaving(fixed(date(2026, 12, 31), today=BID_A)).cents, estimated=True)


def test_what_the_supplier_said_it_asks_goes_first():
    assert leaving(fixed(date(2026, 12, 31), exit_fee=75_00, today=BID_A)) == ExitFee(75_00)


def test_nobody_leaves_a_contract_that_is_over_before_the_new_one_begins():
    """Whoever copies the fee from a contract that ends in time would be told to stay."""
    over = fixed(date(2025, 12, 31), exit_fee=75_00)

    assert leaving(over) == ExitFee(0)
    assert leaving(fixed(NEW_YEAR, exit_fee=75_00)) == ExitFee(75_00)


def test_a_fee_that_nobody_can_tell_is_not_taken_for_nothing():
    no_gas_price = TariffOffer(single=100_000)

    assert leaving(fixed(date(2026, 12, 31))) == ExitFee(None)
    assert leaving(fixed(date(2026, 12, 31)), market=no_gas_price) == ExitFee(None)


def test_while_there_is_netting_only_the_rest_would_have_been_billed():
    contract = fixed(date(2026, 12, 31), today=BID_A)
    powered = Usage(3_000, feed_in=1_800)

    assert leaving(contract, powered).cents == round(1_200 * 1.2 * 1.21)


def test_the_fee_comes_off_the_saving():
    contract = fixed(date(2026, 12, 31), exit_fee=111_00)

    assert comparing(contract).saving == 110_78 - 111_00
    assert comparing(contract).worse_off

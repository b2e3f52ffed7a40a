"""What twelve months cost, to the cent: the worked example, netting, and the turn of the year."""

import json
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from purchasing.categories.energy.confirmed import prices
from purchasing.categories.energy.connection import Connection, GasSize, PowerSize
from purchasing.categories.energy.costs import Assumption, LineKind
from purchasing.categories.energy.explained import explain
from purchasing.categories.energy.profile import Address, Profile, Source
from purchasing.categories.energy.rates import RATES
from purchasing.categories.energy.tariff import anniversary, cost_of_parts, parts, yearly_cost
from purchasing.categories.energy.terms import Discount, TariffOffer, Usage
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
    full,
)

APARTMENT = Usage(1_770, gas=630)
LARGE = Usage(4_000, gas=2_000)
IN_2027 = date(2027, 1, 1)

usages = st.builds(
    Usage,
    kwh=st.integers(0, 20_000),
    kwh_low=st.none() | st.integers(0, 20_000),
    gas=st.none() | st.integers(0, 5_000),
    feed_in=st.integers(0, 15_000),
)
rates = st.integers(1, 500_000)
tariffs = st.builds(
    TariffOffer,
    single=rates,
    normal=rates,
    low=rates,
    gas=rates,
    fixed_power=st.integers(0, 20_000),
    fixed_gas=st.integers(0, 20_000),
    feed_in=st.integers(0, 200_000),
    feed_in_cost=st.integers(0, 200_000),
)
days = st.dates(date(2024, 1, 1), date(2031, 12, 31))


def cost(usage, tariff, start=NEW_YEAR, connection=None):
    here = connection or (POWER_ONLY if usage.gas is None else BOTH)
    return yearly_cost(usage, here, tariff, start=start, rates=RATES)


# --- the worked example


@pytest.mark.parametrize(
    ("usage", "current", "bid_a", "bid_b"),
    [
        (AVERAGE, 1_857_49, 1_746_71, 1_798_93),
        (APARTMENT, 1_614_30, 1_511_28, 1_577_21),
        (FLAT, 239_46, 197_72, 249_14),
        (LARGE, 3_942_57, 3_757_44, 3_683_63),
        (SOLAR, 1_916_14, 1_789_82, 1_882_87),
    ],
)
def test_the_worked_example_holds_to_the_cent(usage, current, bid_a, bid_b):
    totals = [cost(usage, tariff).total for tariff in (CURRENT, BID_A, BID_B)]

    assert totals == [current, bid_a, bid_b]


def test_each_line_of_an_average_home_holds_to_the_cent():
    lines = {line.kind: line.gross for line in cost(AVERAGE, CURRENT).lines}

    assert lines == {
        LineKind.DELIVERY_POWER: 307_10,
        LineKind.DELIVERY_GAS: 421_08,
        LineKind.FIXED: 198_44,
        LineKind.GRID: 770_00,
        LineKind.TAX_POWER: 208_39,
        LineKind.TAX_GAS: 581_44,
        LineKind.TAX_CREDIT: -628_96,
    }


def test_a_cent_of_rounding_is_told():
    bid = cost(AVERAGE, BID_A)

    assert bid.rounding == 1
    assert sum(line.gross for line in bid.lines) + bid.rounding == bid.total


def test_the_published_example_holds_line_by_line(shared_data: Path):
    example = json.loads((shared_data / "energy" / "worked_example_2026.json").read_text())
    names = {
        "delivery_e": LineKind.DELIVERY_POWER,
        "delivery_g": LineKind.DELIVERY_GAS,
        "fixed": LineKind.FIXED,
        "tax_e": LineKind.TAX_POWER,
        "tax_g": LineKind.TAX_GAS,
        "credit": LineKind.TAX_CREDIT,
        "grid": LineKind.GRID,
        "feedin_comp": LineKind.FEED_IN,
        "feedin_cost": LineKind.FEED_IN_COST,
    }
    for profile, figures in example["profiles"].items():
        usage = Usage(
            figures["kwh"], gas=figures["gas_m3"] or None, feed_in=figures["feed_in_kwh"]
        )
        for key, tariff in (("current", CURRENT), ("bid_A", BID_A), ("bid_B", BID_B)):
            expected = example["results"][profile][key]
            got = cost(usage, tariff)
            assert got.total == in_cents(expected["total"]), (profile, key)
            for name, kind in names.items():
                assert got.of(kind) == in_cents(expected[name]), (profile, key, name)


def in_cents(text: str) -> int:
    return int(text.replace(".", ""))


# --- feeding in


def test_without_netting_the_solar_home_pays_372_euros_more():
    after = cost(SOLAR, CURRENT, start=IN_2027)

    assert after.total == 2_288_20
    assert after.of(LineKind.FEED_IN) == -121_50  # half of the bare rate is above the 0.05 bid
    assert after.total - cost(SOLAR, CURRENT).total == 372_06


@pytest.mark.parametrize(
    ("fed_in", "billed", "surplus"), [(0, 3_000, 0), (3_000, 0, 0), (4_000, 0, 1_000)]
)
def test_while_there_is_netting_only_the_difference_is_billed_or_paid(fed_in, billed, surplus):
    tariff = replace(CURRENT, feed_in_cost=0)
    year = cost(Usage(3_000, feed_in=fed_in), tariff)

    assert year.of(LineKind.DELIVERY_POWER) == round(billed * 135 * 121 / 1000)
    assert year.of(LineKind.TAX_POWER) == round(billed * 9_161 * 121 / 100_000)
    assert year.of(LineKind.FEED_IN) == -surplus * 5


def test_registers_net_themselves_first_and_then_each_other():
    assert Usage(1_000, 2_000, feed_in=1_500).netted.use == (0, 1_500)
    assert Usage(1_000, 2_000, feed_in=1_500).netted.surplus == (0, 0)
    assert Usage(1_000, 200, feed_in=1_500).netted.surplus == (300, 0)
    assert Usage(1_000, 2_000, feed_in=500, feed_in_low=2_100).netted.use == (400, 0)


def test_compensation_bears_no_vat_at_home_but_does_in_a_shop():
    usage = Usage(0, feed_in=1_000)
    shop = Connection(dwelling=False, business=True)

    assert cost(usage, CURRENT).of(LineKind.FEED_IN) == -50_00
    assert cost(usage, CURRENT, connection=shop).of(LineKind.FEED_IN) == -60_50


def test_the_cost_of_feeding_in_can_go_by_steps():
    tariff = replace(BID_A, feed_in_cost=0, feed_in_steps=((1, 10_000), (1_000, 20_000)))

    for fed_in, net in ((0, 0), (1, 100_00), (999, 100_00), (1_000, 200_00), (9_000, 200_00)):
        assert cost(Usage(3_000, feed_in=fed_in), tariff).of(LineKind.FEED_IN_COST) == round(
            net * 1.21
        )


def test_the_confirmation_names_the_step_that_somebody_pays():
    tariff = replace(BID_A, feed_in_cost=0, feed_in_steps=((1, 10_000), (1_000, 20_000)))
    profile = Profile(Address("2036 AB", 12), BOTH, SOLAR, Source.BILL)
    told = explain(profile, a_bid(tariff), start=NEW_YEAR, rates=RATES, market=None)

    paid = [one for one in prices(told, 2_100) if one["label"] == "Feeding in, you pay"]

    assert paid == [{"label": "Feeding in, you pay", "price": 242_000_000, "unit": "per year"}]


def test_from_2027_feeding_in_never_costs_more_than_it_earns():
    tariff = replace(BID_B, feed_in_cost=400_000)
    year = cost(Usage(3_000, feed_in=1_000), tariff, start=IN_2027)

    cents = {line.kind: line.net for line in year.lines}
    assert cents[LineKind.FEED_IN_COST] == -cents[LineKind.FEED_IN] == 52_50
    assert Assumption.FEED_IN_COST_CAPPED in year.assumptions


def test_from_2030_the_suppliers_own_compensation_counts():
    assert cost(SOLAR, CURRENT, start=date(2030, 1, 1)).of(LineKind.FEED_IN) == -90_00


# --- the calendar


def test_a_contract_across_the_end_of_netting_is_split_by_days():
    year = cost(SOLAR, CURRENT, start=date(2026, 7, 1))

    assert [y for y, _ in year.years] == [2026, 2027]
    assert abs(year.years[0][1] - 1_916_14 * 184 / 365) < 1
    assert year.total == round((1_916_14 * 184 + 2_288_20 * 181) / 365)
    assert {Assumption.EVEN_USE, Assumption.NETTING_ENDS} <= year.assumptions


def test_a_leap_year_still_costs_one_year():
    assert anniversary(date(2028, 2, 29)) == date(2029, 3, 1)
    assert sum(p.days for p in parts(CURRENT, date(2027, 7, 1), date(2028, 7, 1))) == 366
    assert cost(FLAT, CURRENT, start=date(2027, 7, 1)).of(LineKind.GRID) == 495_00


def test_terms_that_change_within_the_year_are_weighed_by_days():
    turn, end = date(2026, 4, 1), date(2027, 1, 1)
    stretch = parts(CURRENT, NEW_YEAR, turn) + parts(BID_A, turn, end)

    both = cost_of_parts(AVERAGE, BOTH, stretch, RATES)

    exact = (1_857_49 * 90 + 1_746_71 * 275) / 365
    assert abs(both.total - exact) < 1


def test_what_a_figure_rests_on_is_told():
    assert cost(AVERAGE, CURRENT).assumptions == {Assumption.GRID_ESTIMATED}
    assert Assumption.TAX_OF_EARLIER_YEAR in cost(AVERAGE, CURRENT, start=IN_2027).assumptions
    assert Assumption.NETTING_ENDS not in cost(AVERAGE, CURRENT, start=IN_2027).assumptions


# --- credit, bonus, discount


def test_the_credit_is_for_dwellings_once():
    shop = Connection(dwelling=False, business=True)

    assert cost(AVERAGE, CURRENT).of(LineKind.TAX_CREDIT) == -628_96
    assert cost(FLAT, CURRENT, connection=shop).of(LineKind.TAX_CREDIT) == 0


def test_a_year_can_cost_less_than_nothing():
    frugal = cost(Usage(0, feed_in=5_000), replace(CURRENT, feed_in=100_000, feed_in_cost=0))

    assert frugal.total == 9_922 + 495_00 - 628_96 - 500_00


@pytest.mark.parametrize(("term", "yearly"), [(0, 120_00), (6, 120_00), (12, 120_00), (36, 40_00)])
def test_a_bonus_stands_apart_and_is_spread_over_the_term(term, yearly):
    tariff = replace(BID_A, bonus=120_00, term_months=term)
    year = cost(AVERAGE, tariff)

    assert (year.total, year.bonus) == (1_746_71, yearly)
    assert year.total_with_bonus == 1_746_71 - yearly


def test_a_group_discount_never_makes_the_compensation_smaller():
    discounted = replace(CURRENT, discount=Discount(power=60_000))
    before, after = (cost(SOLAR, tariff, start=IN_2027) for tariff in (CURRENT, discounted))

    assert after.of(LineKind.FEED_IN) == before.of(LineKind.FEED_IN)
    assert after.of(LineKind.DELIVERY_POWER) < before.of(LineKind.DELIVERY_POWER)


@pytest.mark.parametrize(
    ("tariff", "usage"), [(CURRENT, Usage(100, 100)), (full(CURRENT), Usage(100, 100))]
)
def test_a_double_meter_has_its_own_rates_where_there_are_any(tariff, usage):
    normal, low = tariff.power_rates(usage)

    assert (normal, low) == ((145_000, 125_000) if tariff.normal else (135_000, 135_000))


def test_a_single_meter_cannot_be_billed_by_double_rates():
    with pytest.raises(ValueError, match="single"):
        cost(FLAT, TariffOffer(normal=1, low=1))
    assert not TariffOffer(normal=1, low=1).fits(FLAT)


@pytest.mark.parametrize("wrong", [{"single": -1}, {"bonus": -1}, {"discount": Discount(2, 0, 0)}])
def test_no_tariff_has_negative_amounts(wrong):
    with pytest.raises(ValueError, match=r"tariff|discount"):
        TariffOffer(**({"single": 1} | wrong))


def test_no_use_is_less_than_nothing():
    with pytest.raises(ValueError, match="less than nothing"):
        Usage(-1)


def test_a_larger_wire_costs_more():
    shop = Connection(power=PowerSize.A3X35, dwelling=False, business=True, gas=GasSize.G10)

    assert cost(AVERAGE, CURRENT, connection=shop).of(LineKind.GRID) == 1_871_23 + 635_84


# --- whatever is used, on whatever terms


@given(usage=usages, tariff=tariffs, start=days)
def test_the_years_add_up_and_lines_are_a_few_cents_off_at_most(usage, tariff, start):
    year = cost(usage, tariff, start)

    assert sum(cents for _, cents in year.years) == year.total
    assert abs(year.rounding) <= len(year.lines) / 2 + 0.5
    assert len({(line.kind, line.year) for line in year.lines}) == len(year.lines)
    assert [line.year for line in year.lines] == sorted(line.year for line in year.lines)


@given(usage=usages, tariff=tariffs, start=days)
def test_two_years_crossed_cost_between_the_two(usage, tariff, start):
    whole = [cost(usage, tariff, date(year, 1, 1)).total for year in (start.year, start.year + 1)]

    assert min(whole) - 1 <= cost(usage, tariff, start).total <= max(whole) + 1


@given(usage=usages, tariff=tariffs, start=days, off=st.integers(0, 500_000))
def test_a_discount_never_costs_anybody_anything(usage, tariff, start, off):
    most = min(tariff.single or 0, tariff.normal or 0, tariff.low or 0)
    cheaper = replace(tariff, discount=Discount(min(off, most), min(off, tariff.gas or 0)))

    assert cost(usage, cheaper, start).total <= cost(usage, tariff, start).total


@given(usage=usages, tariff=tariffs, start=days)
def test_vat_is_in_every_line_but_the_compensation_at_home(usage, tariff, start):
    for line in cost(usage, tariff, start).lines:
        if line.kind is LineKind.FEED_IN:
            assert line.gross == line.net
        else:
            assert abs(line.net * 1.21 - line.gross) <= 1.21

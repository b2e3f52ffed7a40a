"""The state's and the grid operator's prices by calendar year."""

import pytest

from purchasing.categories.energy.rates import RATES, ROWS, RateKind, RateRow, Rates, taxed


@pytest.mark.parametrize(
    ("year", "kwh", "millionths"),
    [
        (2025, 0, 0),
        (2025, 2_900, 294_466_000),
        (2025, 2_901, 294_567_540),
        (2025, 10_000, 1_015_400_000),
        (2025, 50_000, 3_790_200_000),
        (2025, 50_001, 3_790_238_680),
        (2026, 0, 0),
        (2026, 2_900, 265_669_000),
        (2026, 2_901, 265_760_610),
        (2026, 10_000, 916_100_000),
        (2026, 15_000, 1_249_650_000),
        (2026, 50_000, 3_584_500_000),
        (2026, 50_001, 3_584_537_350),
    ],
)
def test_each_bracket_of_energy_tax_has_its_own_rate(year, kwh, millionths):
    assert taxed(RATES.year(year).tax_power, kwh) == millionths


@pytest.mark.parametrize(("year", "gas"), [(2024, 583_010), (2025, 578_160), (2026, 600_660)])
def test_gas_has_one_rate_up_to_what_a_small_user_can_use(year, gas):
    assert taxed(RATES.year(year).tax_gas, 1_500) == 1_500 * gas


def test_a_year_without_rates_borrows_the_last_ones_and_says_so():
    next_year = RATES.year(2028)

    assert next_year.tax_power == RATES.year(2026).tax_power
    assert next_year.borrowed
    assert not RATES.year(2026).borrowed


def test_before_the_first_year_the_first_one_holds():
    assert RATES.year(2020).tax_credit == RATES.year(2024).tax_credit
    assert RATES.year(2020).borrowed


@pytest.mark.parametrize(
    ("year", "netting", "floor", "capped"),
    [
        (2026, True, 0, False),
        (2027, False, 5_000, True),
        (2029, False, 5_000, True),
        (2030, False, 0, True),
    ],
)
def test_netting_ends_with_2026(year, netting, floor, capped):
    rules = RATES.year(year)

    assert (rules.netting, rules.feed_in_floor_bp) == (netting, floor)
    assert rules.feed_in_never_costs is capped


@pytest.mark.parametrize(
    ("m3", "cents"), [(0, 17_692), (499, 17_692), (500, 27_500), (4_000, 27_500), (4_001, 36_454)]
)
def test_the_price_of_a_small_gas_connection_depends_on_use(m3, cents):
    assert RATES.year(2026).grid_row(RateKind.GRID_GAS, "G4", m3).value == cents


def test_a_grid_price_of_another_year_is_an_estimate():
    year = RATES.year(2026)

    assert year.grid_is_estimated(year.grid_row(RateKind.GRID_POWER, "3x35A", 0))
    published = RATES.year(2024)
    assert not published.grid_is_estimated(published.grid_row(RateKind.GRID_POWER, "3x25A", 0))


def test_an_unknown_connection_has_no_price():
    with pytest.raises(KeyError):
        RATES.year(2026).grid_row(RateKind.GRID_POWER, "3x630A", 0)


def test_rows_of_a_table_replace_the_shipped_ones():
    later = RateRow(2027, RateKind.TAX_CREDIT, 50_000, "the tax office")

    rates = Rates([*ROWS, later])

    assert rates.year(2027).tax_credit == 50_000
    assert rates.year(2026).tax_credit == 51_980


@pytest.mark.parametrize("above", [0, 2_900, 10_000])
def test_who_enters_one_band_of_a_year_has_not_lost_the_others(above):
    """Else the first kilowatt hours would bear no tax, or the last ones that of the first."""
    entered = RateRow(2027, RateKind.TAX_POWER, 80_000, "the tax office", above)
    before = {bracket.above: bracket.rate for bracket in RATES.year(2026).tax_power}

    year = Rates([*ROWS, entered]).year(2027)

    assert {one.above: one.rate for one in year.tax_power} == before | {above: 80_000}
    assert year.borrowed


def test_a_band_that_begins_later_does_not_hold_before():
    later = RateRow(2027, RateKind.TAX_POWER, 70_000, "the tax office", 5_000)

    rates = Rates([*ROWS, later])

    assert rates.year(2026).tax_power == RATES.year(2026).tax_power
    assert len(rates.year(2027).tax_power) == 5


def test_the_order_of_the_rows_makes_no_difference():
    assert Rates(reversed(ROWS)) == RATES
    assert Rates(reversed(ROWS)).year(2026) == RATES.year(2026)


def test_every_figure_names_its_source():
    assert [row for row in ROWS if not row.source.strip()] == []

"""The lot sheet: the right sums, nothing that points to a person, nothing about fewer than ten."""

from dataclasses import replace
from datetime import date
from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from purchasing.categories.energy.connection import Connection, GasSize, PowerSize
from purchasing.categories.energy.lots import (
    FEWEST,
    NO_END,
    OTHER,
    LotEntry,
    Quantity,
    lot_entry,
    lot_rows,
    lot_sheet,
)
from purchasing.categories.energy.plain import canonical
from purchasing.categories.energy.profile import Address, Profile, Segment, Source
from purchasing.categories.energy.terms import Contract, ContractKind, Usage

letters = st.text("ABCDEFGHJKLMNPRTXZ", min_size=2, max_size=2)
addresses = st.builds(
    Address,
    postcode=st.builds("{} {}".format, st.integers(2030, 2039), letters),
    house_number=st.integers(1, 99_999),
    addition=st.text("abcdefgh", max_size=4),
)
usages = st.builds(
    Usage,
    kwh=st.integers(0, 9_000),
    kwh_low=st.none() | st.integers(0, 5_000),
    gas=st.none() | st.integers(0, 3_000),
    feed_in=st.just(0) | st.integers(0, 5_000),
)
connections = st.builds(
    Connection,
    power=st.sampled_from(PowerSize),
    gas=st.sampled_from(GasSize),
    business=st.booleans(),
)
contracts = st.none() | st.builds(
    Contract,
    kind=st.just(ContractKind.FIXED),
    yearly=st.integers(0, 500_000),
    ends=st.dates(date(2026, 1, 1), date(2026, 4, 30)),
)
digits = st.text("0123456789", min_size=18, max_size=18)
profiles = st.builds(
    Profile,
    address=addresses,
    connection=connections,
    usage=usages,
    source=st.sampled_from(Source),
    contract=contracts,
    ean_power=digits,
    ean_gas=digits,
    trade_name=st.text("xyzüß", min_size=5, max_size=9),
    kvk=st.text("0123456789", min_size=8, max_size=8),
)
groups = st.lists(st.tuples(profiles, profiles, st.integers(1, 14)), max_size=8)
crowds = groups.map(lambda some: [profile for profile, _, count in some for _ in range(count)])


def an_entry(segment=Segment.POWER_AND_GAS, usage=None, size=PowerSize.A3X25, ends=NO_END):
    gas = GasSize.G4 if segment is not Segment.POWER else None
    return LotEntry(segment, usage or Usage(2_000, gas=800 if gas else None), size, gas, ends)


def sheet_of(*groups: tuple[int, LotEntry]):
    return lot_sheet([entry for count, entry in groups for _ in range(count)])


def segment_of(sheet, segment=Segment.POWER_AND_GAS):
    return next(s for s in sheet.segments if s.segment is segment)


def figures_of(segment, quantity):
    return next(f for f in segment.figures if f.quantity is quantity)


# --- what it says


def test_a_segment_has_its_sums_and_quartiles():
    lot = [an_entry(usage=Usage(1_000 + 100 * n, gas=500 + 50 * n)) for n in range(12)]

    figures = figures_of(segment_of(lot_sheet(lot)), Quantity.SINGLE)

    assert (figures.connections, figures.total) == (12, sum(1_000 + 100 * n for n in range(12)))
    assert figures.quartiles == (1_200, 1_500, 1_800)
    assert figures_of(segment_of(lot_sheet(lot)), Quantity.GAS).quartiles == (600, 750, 900)


def test_quartiles_are_rounded_for_each_is_somebodys_figure():
    lot = [an_entry(usage=Usage(1_234 + n)) for n in range(10)]

    assert figures_of(segment_of(lot_sheet(lot)), Quantity.SINGLE).quartiles == (1_200,) * 3


def test_a_contract_end_is_told_by_month():
    sheet = sheet_of((10, an_entry(ends="2026-03")), (12, an_entry(ends="2026-04")))

    assert segment_of(sheet).contract_ends == (("2026-03", 10), ("2026-04", 12))


def test_double_meters_have_figures_of_their_own():
    sheet = sheet_of((10, an_entry(usage=Usage(500, 700, 800))), (11, an_entry()))
    segment = segment_of(sheet)

    assert figures_of(segment, Quantity.NORMAL).total == 5_000
    assert figures_of(segment, Quantity.LOW).total == 7_000
    assert figures_of(segment, Quantity.SINGLE).total == 22_000


def test_the_table_has_a_row_for_every_figure():
    sheet = sheet_of((10, an_entry()), (3, an_entry(Segment.SHOP)))
    rows = {(r.segment, r.figure, r.detail): r.value for r in lot_rows(sheet)}

    assert rows["power_gas", "connections", ""] == 10
    assert rows["power_gas", "gas", "total"] == 8_000
    assert rows["power_gas", "gas", "median"] == 800
    assert rows["shop", "connections", ""] is None
    assert rows["power", "connections", ""] == 0
    assert ("shop", "gas", "total") not in rows
    assert len(rows) == len(lot_rows(sheet))


# --- what it hides


def test_fewer_than_ten_are_hidden_with_all_their_figures():
    sheet = sheet_of((9, an_entry(Segment.SHOP)), (10, an_entry()))
    shop = segment_of(sheet, Segment.SHOP)

    assert (shop.connections, shop.figures, shop.contract_ends) == (None, (), ())


def test_one_hidden_segment_hides_the_total_that_would_uncover_it():
    sheet = sheet_of((9, an_entry(Segment.SHOP)), (10, an_entry()))

    assert sheet.connections is None
    assert dict(sheet.totals)[Quantity.SINGLE] is None


def test_two_hidden_segments_of_ten_together_leave_the_total():
    sheet = sheet_of((5, an_entry(Segment.SHOP)), (5, an_entry(Segment.FEED_IN)), (10, an_entry()))

    assert sheet.connections == 20
    assert dict(sheet.totals)[Quantity.SINGLE] == 40_000


def test_a_quantity_of_a_few_is_hidden_within_a_segment():
    shop = an_entry(Segment.SHOP)
    solar = replace(shop, usage=Usage(2_000, gas=800, feed_in=500))
    sheet = sheet_of((12, shop), (3, solar))
    segment = segment_of(sheet, Segment.SHOP)

    assert figures_of(segment, Quantity.FEED_IN).total is None
    assert dict(sheet.totals)[Quantity.FEED_IN] is None


def test_who_has_no_gas_cannot_be_counted_by_subtraction():
    shop = an_entry(Segment.SHOP)
    sheet = sheet_of((12, shop), (2, replace(shop, usage=Usage(100), gas_size=None)))
    gas = figures_of(segment_of(sheet, Segment.SHOP), Quantity.GAS)

    assert (gas.connections, gas.total) == (None, 9_600)
    assert segment_of(sheet, Segment.SHOP).gas_sizes == ((OTHER, 14),)


def test_a_month_of_a_few_takes_the_smallest_other_with_it():
    sheet = sheet_of(
        (2, an_entry(ends="2026-01")),
        (11, an_entry(ends="2026-02")),
        (20, an_entry(ends="2026-03")),
    )

    assert segment_of(sheet).contract_ends == (("2026-03", 20), (OTHER, 13))


def test_an_empty_round_has_an_empty_sheet():
    sheet = lot_sheet([])

    assert sheet.connections == 0
    assert [segment.connections for segment in sheet.segments] == [0, 0, 0, 0]


# --- whoever takes part


@given(crowds)
def test_no_count_on_the_sheet_is_of_fewer_than_ten(crowd):
    sheet = lot_sheet(map(lot_entry, crowd))

    counts = [sheet.connections, *(s.connections for s in sheet.segments)]
    for segment in sheet.segments:
        counts += [f.connections for f in segment.figures]
        for cells in (segment.contract_ends, segment.power_sizes, segment.gas_sizes):
            counts += [count for _, count in cells]
            assert not cells or sum(count for _, count in cells) == segment.connections
    assert all(count is None or count == 0 or count >= FEWEST for count in counts)


@given(crowds)
def test_no_difference_of_two_counts_uncovers_fewer_than_ten(crowd):
    sheet = lot_sheet(map(lot_entry, crowd))

    if sheet.connections is not None:
        shown = sum(segment.connections or 0 for segment in sheet.segments)
        assert safe(sheet.connections - shown)
    for segment in sheet.segments:
        for figures in segment.figures:
            if segment.connections is not None and figures.connections is not None:
                assert safe(segment.connections - figures.connections)
        for cells in (segment.contract_ends, segment.power_sizes, segment.gas_sizes):
            for size in range(1, len(cells) + 1):
                for some in combinations(cells, size):
                    assert safe(segment.connections - sum(count for _, count in some))


def safe(count: int) -> bool:
    return count == 0 or count >= FEWEST


@given(crowds)
def test_no_total_less_its_shown_parts_is_a_sum_over_fewer_than_ten(crowd):
    entries = [lot_entry(profile) for profile in crowd]
    sheet = lot_sheet(entries)

    for quantity, total in sheet.totals:
        shown = [s.segment for s in sheet.segments if s.figures and told(s, quantity)]
        hidden = [e for e in entries if e.segment not in shown and has(e.usage, quantity)]
        assert total is None or safe(len(hidden))


def told(segment, quantity) -> bool:
    return figures_of(segment, quantity).total is not None


def has(usage: Usage, quantity: Quantity) -> bool:
    return {
        Quantity.SINGLE: usage.kwh_low is None,
        Quantity.NORMAL: usage.kwh_low is not None,
        Quantity.LOW: usage.kwh_low is not None,
        Quantity.GAS: usage.gas is not None,
        Quantity.FEED_IN: usage.fed_in > 0,
    }[quantity]


@given(crowds, st.randoms(use_true_random=False))
def test_the_order_of_participants_makes_no_difference(crowd, chance):
    mixed = list(crowd)
    chance.shuffle(mixed)

    assert lot_sheet(map(lot_entry, mixed)) == lot_sheet(map(lot_entry, crowd))


@given(groups)
def test_the_sheet_does_not_depend_on_who_they_are(some):
    """Other addresses, codes and names, the same numbers: the same sheet to the letter."""
    crowd = [profile for profile, _, count in some for _ in range(count)]
    others = [
        replace(
            profile,
            address=stranger.address,
            ean_power=stranger.ean_power,
            ean_gas=stranger.ean_gas,
            trade_name=stranger.trade_name,
            kvk=stranger.kvk,
            heating=stranger.heating,
            source=stranger.source,
        )
        for profile, stranger, count in some
        for _ in range(count)
    ]

    assert canonical(lot_sheet(map(lot_entry, others))) == canonical(
        lot_sheet(map(lot_entry, crowd))
    )


@given(crowds)
def test_no_personal_data_stand_on_the_sheet(crowd):
    text = canonical(lot_rows(lot_sheet(map(lot_entry, crowd)))).decode()

    for profile in crowd:
        for secret in (
            profile.address.postcode,
            profile.ean_power,
            profile.ean_gas,
            profile.trade_name,
        ):
            assert secret not in text

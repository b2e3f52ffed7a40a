"""The rules of rounding, dividing, VAT, and of reading what people type."""

from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from purchasing.errors import Refused
from purchasing.money import (
    MOST_CENTS,
    MOST_PIECES,
    AmbiguousAmount,
    AmbiguousQuantity,
    AmountTooLarge,
    DoesNotFitPiece,
    NegativeAmount,
    NegativeQuantity,
    NotAnAmount,
    NotAQuantity,
    QuantityTooLarge,
    RateTotal,
    amount,
    cents_of,
    half_up,
    parse_cents,
    parse_quantity,
    piece_price_gross,
    share_out,
    split_gross,
    spread_gross,
    vat_of,
    vat_per_rate,
    with_vat,
)

cents = st.integers(-10_000_000, 10_000_000)
rates = st.sampled_from([0, 600, 900, 2100])
weights = st.dictionaries(st.integers(0, 99), st.integers(0, 1_000), min_size=1, max_size=20)
lines = st.dictionaries(
    st.integers(0, 99), st.tuples(st.none() | rates, st.integers(-50_000, 50_000)), max_size=20
)


# --- rounding


@pytest.mark.parametrize(
    ("numerator", "denominator", "rounded"),
    [
        (5, 2, 3),
        (-5, 2, -3),
        (4, 3, 1),
        (5, 3, 2),
        (-4, 3, -1),
        (0, 7, 0),
        (2_675, 10, 268),
        (7, 1, 7),
    ],
)
def test_a_half_is_rounded_away_from_zero(numerator: int, denominator: int, rounded: int) -> None:
    assert half_up(numerator, denominator) == rounded


@given(numerator=st.integers(-(10**12), 10**12), places=st.integers(1, 6))
def test_rounding_agrees_with_decimal_arithmetic(numerator: int, places: int) -> None:
    exact = Decimal(numerator).scaleb(-places)

    assert half_up(numerator, 10**places) == int(exact.to_integral_value(ROUND_HALF_UP))


@pytest.mark.parametrize("denominator", [0, -2])
def test_rounding_refuses_a_denominator_that_is_not_positive(denominator: int) -> None:
    with pytest.raises(ValueError, match="denominator"):
        half_up(1, denominator)


def test_an_amount_is_rounded_once_at_the_end() -> None:
    assert amount(1_373_000, 10_000) == 1_373  # ten of 1.373, not ten times 1.37
    assert amount(12_345_678, 242) == 299  # 242 grams of something of 12.345678 a kilo
    assert amount(-1_000_000, 1_500) == -150


def test_a_unit_price_is_shown_in_cents_half_up() -> None:
    assert [cents_of(price) for price in (2_665_000, 2_664_999, -2_665_000)] == [267, 266, -267]


def test_the_gross_price_of_a_piece_follows_from_its_part_of_the_unit() -> None:
    assert piece_price_gross(2_000_000, 500, 900) == 1_090_000
    assert piece_price_gross(2_000_000, 1000, None) == 2_000_000
    assert piece_price_gross(99_990_000, 1000, 2100) == 120_987_900  # dear to the millionth


# --- dividing


@given(total=cents, weights=weights)
def test_shares_add_up_to_the_total(total: int, weights: dict[int, int]) -> None:
    assume(sum(weights.values()))

    shares = share_out(total, weights)

    assert sum(shares.values()) == total
    assert list(shares) == list(weights)


@given(total=cents, weights=weights)
def test_a_share_is_less_than_a_cent_from_the_exact_figure(
    total: int, weights: dict[int, int]
) -> None:
    whole = sum(weights.values())
    assume(whole)

    for who, share in share_out(total, weights).items():
        assert abs(share - Fraction(total * weights[who], whole)) < 1


@given(total=cents, weights=weights)
def test_a_zero_weight_gets_zero(total: int, weights: dict[int, int]) -> None:
    shares = share_out(total, weights | {100: 0, 101: 1})

    assert shares[100] == 0


@given(total=cents, weights=weights)
def test_a_negative_total_is_shared_as_the_mirror_image(
    total: int, weights: dict[int, int]
) -> None:
    assume(sum(weights.values()))

    mirrored = {who: -share for who, share in share_out(-total, weights).items()}

    assert share_out(total, weights) == mirrored


@given(total=cents, weights=weights)
def test_who_weighs_more_never_gets_less(total: int, weights: dict[int, int]) -> None:
    assume(sum(weights.values()))
    shares = share_out(abs(total), weights)

    by_weight = sorted(weights, key=lambda who: weights[who])
    for light, heavy in pairwise(by_weight):
        assert weights[light] == weights[heavy] or shares[light] <= shares[heavy]


def test_the_odd_cents_go_to_the_largest_remainders_and_ties_to_the_first() -> None:
    assert share_out(100, {"a": 1, "b": 1, "c": 1}) == {"a": 34, "b": 33, "c": 33}
    assert share_out(6, {"a": 5, "b": 3, "c": 2}) == {"a": 3, "b": 2, "c": 1}


def test_nothing_can_be_divided_over_nobody_and_something_cannot() -> None:
    assert share_out(0, {}) == {}
    assert share_out(0, {"a": 0}) == {"a": 0}
    with pytest.raises(ValueError, match="more than zero"):
        share_out(1, {"a": 0})


def test_a_weight_is_never_negative() -> None:
    with pytest.raises(ValueError, match="weight"):
        share_out(10, {"a": 3, "b": -1})


# --- VAT


def test_vat_is_taken_half_up() -> None:
    assert [vat_of(net, 900) for net in (50, 1000, -50)] == [5, 90, -5]
    assert with_vat(1000, 2100) == 1210


@given(net=cents, vat_bp=rates)
def test_a_gross_total_splits_into_the_net_it_came_from(net: int, vat_bp: int) -> None:
    assert split_gross(with_vat(net, vat_bp), vat_bp) == (net, vat_of(net, vat_bp))


@given(gross=cents, vat_bp=rates)
def test_net_and_vat_add_up_to_the_gross_total(gross: int, vat_bp: int) -> None:
    net, vat = split_gross(gross, vat_bp)

    assert net + vat == gross
    assert vat == half_up(gross * vat_bp, 10_000 + vat_bp)  # the supermarkets' way


def test_vat_is_taken_over_the_total_of_a_rate_and_never_by_line() -> None:
    totals = vat_per_rate([(900, 106)] * 10)  # 9.54 cents each would round to ten by line

    assert totals.rates == (RateTotal(900, 1060, 95),)


def test_a_deposit_is_untaxed_and_the_zero_rate_is_a_rate() -> None:
    totals = vat_per_rate([(2100, 899), (None, 360), (0, 50), (None, 15)])

    assert totals.rates == (RateTotal(0, 50, 0), RateTotal(2100, 899, 189))
    assert (totals.untaxed, totals.net, totals.vat, totals.gross) == (375, 1324, 189, 1513)


def test_a_paper_without_lines_comes_to_nothing() -> None:
    totals = vat_per_rate([])

    assert (totals.rates, totals.net, totals.vat, totals.gross) == ((), 0, 0, 0)


@given(lines=lines)
def test_printed_gross_amounts_add_up_to_the_total_of_their_rate(
    lines: dict[int, tuple[int | None, int]],
) -> None:
    gross = spread_gross(lines)
    totals = vat_per_rate(lines.values())

    assert list(gross) == list(lines)
    assert sum(gross.values()) == totals.gross
    for rate in totals.rates:
        printed = sum(gross[key] for key, (vat_bp, _) in lines.items() if vat_bp == rate.vat_bp)
        assert printed == rate.gross


@given(lines=lines)
def test_a_printed_gross_amount_is_less_than_a_cent_from_the_exact_figure(
    lines: dict[int, tuple[int | None, int]],
) -> None:
    gross = spread_gross(lines)

    for key, (vat_bp, net) in lines.items():
        assert abs(gross[key] - Fraction(net * (10_000 + (vat_bp or 0)), 10_000)) < 1


@given(lines=lines)
def test_a_credit_note_prints_the_mirror_image_of_its_invoice(
    lines: dict[int, tuple[int | None, int]],
) -> None:
    credit = spread_gross({key: (vat_bp, -net) for key, (vat_bp, net) in lines.items()})

    assert credit == {key: -gross for key, gross in spread_gross(lines).items()}


# --- amounts people type


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("50", 5000),
        ("50.00", 5000),
        ("12,5", 1250),
        ("0", 0),
        ("007", 700),
        (",50", 50),
        (".5", 50),
        ("€ 1.234,50", 123450),
        ("€1,234.50", 123450),
        ("1 234,50 €", 123450),
        ("1\u00a0234,50", 123450),
        ("EUR 12,50", 1250),
        ("12,50 eur", 1250),
        ("12,-", 1200),
        ("€ 12,--", 1200),
        ("12,=", 1200),
        ("1.234.567", 123456700),
        ("1,234,567.8", 123456780),
        ("1 234", 123400),
        ("٣٫٥", 350),
        ("\u200f١٬٢٣٤٫٥٠", 123450),
        ("  4,20\t", 420),
        ("-0", 0),
        ("999999999,99", MOST_CENTS),
    ],
)
def test_an_amount_is_read_as_people_write_it(text: str, read: int) -> None:
    assert parse_cents(text) == read


@pytest.mark.parametrize(
    ("text", "refusal"),
    [
        ("", NotAnAmount),
        ("   ", NotAnAmount),
        ("€", NotAnAmount),
        (",", NotAnAmount),
        ("-", NotAnAmount),
        ("5,", NotAnAmount),
        ("twaalf", NotAnAmount),
        ("1e9", NotAnAmount),
        ("nan", NotAnAmount),
        ("0x10", NotAnAmount),
        ("12,345,6", NotAnAmount),
        ("1.234.50", NotAnAmount),
        ("1.23,456", NotAnAmount),
        ("1 23", NotAnAmount),
        ("0.125", NotAnAmount),
        ("12,3456", NotAnAmount),
        ("12²", NotAnAmount),
        ("½", NotAnAmount),
        ("$ 5", NotAnAmount),
        ("--5", NotAnAmount),
        ("=1+1", NotAnAmount),
        ("9" * 5000, NotAnAmount),
        ("1.234", AmbiguousAmount),
        ("€ 12,345", AmbiguousAmount),
        ("1000000000", AmountTooLarge),
        ("-3", NegativeAmount),
        ("− € 3,00", NegativeAmount),
    ],
)
def test_what_is_no_clear_amount_is_refused(text: str, refusal: type[Refused]) -> None:
    with pytest.raises(NotAnAmount) as refused:
        parse_cents(text)

    assert type(refused.value) is refusal
    assert len(str(refused.value)) < 150


def test_a_number_is_read_up_to_forty_signs_and_no_further() -> None:
    assert parse_cents("0" * 39 + "7") == 700
    assert parse_quantity("0" * 39 + "7") == 7
    for read in (parse_cents, parse_quantity):
        with pytest.raises((NotAnAmount, NotAQuantity)):
            read("0" * 40 + "7")


def test_a_refused_text_is_repeated_as_typed_and_cut_only_where_it_is_far_too_long() -> None:
    with pytest.raises(NotAnAmount) as refused:
        parse_cents("x" * 40)
    assert refused.value.details["text"] == "x" * 40
    with pytest.raises(NotAnAmount) as refused:
        parse_cents("x" * 41)
    assert refused.value.details["text"] == "x" * 40 + "…"


@pytest.mark.parametrize("text", ["-12,50", "−12,50", "–12,50", "—12,50", "€ -12,50", "- € 12.50"])
def test_an_amount_below_zero_is_read_only_where_it_is_allowed(text: str) -> None:
    assert parse_cents(text, negative=True) == -1250
    with pytest.raises(NegativeAmount):
        parse_cents(text)


@given(written=st.integers(-MOST_CENTS, MOST_CENTS))
def test_an_amount_written_in_dutch_or_english_is_read_back(written: int) -> None:
    english = f"{Decimal(written) / 100:,.2f}"
    dutch = english.translate(str.maketrans(",.", ".,"))

    assert parse_cents(f"€ {english}", negative=True) == written
    assert parse_cents(f"€ {dutch}", negative=True) == written


@given(text=st.text(max_size=60))
@example("%s %(x)d 100%")
def test_any_text_is_read_or_refused(text: str) -> None:
    for read in (parse_cents, parse_quantity):
        try:
            assert read(text) >= 0
        except (NotAnAmount, NotAQuantity) as refused:
            assert str(refused)


# --- quantities people type


@pytest.mark.parametrize(
    ("text", "piece_milli", "pieces"),
    [
        ("", 1000, 0),
        ("  ", 1000, 0),
        ("0", 1000, 0),
        ("-0", 1000, 0),
        ("3", 1000, 3),
        (" 3 ", 1000, 3),
        ("007", 1000, 7),
        ("2,0", 1000, 2),
        ("1,5", 500, 3),
        ("1.5", 500, 3),
        ("2", 500, 4),
        ("0,125", 125, 1),
        ("٣", 1000, 3),
        ("١٫٥", 500, 3),
        ("۳", 1000, 3),
        ("100000", 1000, MOST_PIECES),
        ("50000", 500, MOST_PIECES),
    ],
)
def test_a_quantity_is_read_in_price_units_and_counted_in_pieces(
    text: str, piece_milli: int, pieces: int
) -> None:
    assert parse_quantity(text, piece_milli) == pieces


@pytest.mark.parametrize(
    ("text", "piece_milli", "refusal"),
    [
        ("-3", 1000, NegativeQuantity),
        ("−0,5", 500, NegativeQuantity),
        ("1e9", 1000, NotAQuantity),
        ("drie", 1000, NotAQuantity),
        ("3 stuks", 1000, NotAQuantity),
        ("1,2,3", 1000, NotAQuantity),
        ("1 000", 1000, NotAQuantity),
        ("²", 1000, NotAQuantity),
        ("½", 500, NotAQuantity),
        ("inf", 1000, NotAQuantity),
        ("0,1255", 500, NotAQuantity),
        ("9" * 5000, 1000, NotAQuantity),
        ("1.000", 1000, AmbiguousQuantity),
        ("1,250", 250, AmbiguousQuantity),
        ("100001", 1000, QuantityTooLarge),
        ("50001", 500, QuantityTooLarge),
        ("9" * 30, 1000, QuantityTooLarge),
        ("1,5", 1000, DoesNotFitPiece),
        ("0,25", 500, DoesNotFitPiece),
    ],
)
def test_what_is_no_clear_quantity_is_refused(
    text: str, piece_milli: int, refusal: type[Refused]
) -> None:
    with pytest.raises(NotAQuantity) as refused:
        parse_quantity(text, piece_milli)

    assert type(refused.value) is refusal


def test_a_quantity_that_splits_a_piece_is_told_the_step() -> None:
    with pytest.raises(DoesNotFitPiece, match=r"steps of 0\.5"):
        parse_quantity("0,7", 500)


@given(pieces=st.integers(0, MOST_PIECES), piece_milli=st.sampled_from([50, 250, 500, 1000]))
def test_every_number_of_pieces_can_be_typed(pieces: int, piece_milli: int) -> None:
    typed = f"{Decimal(pieces * piece_milli) / 1000:.2f}"

    assert parse_quantity(typed, piece_milli) == pieces
    assert parse_quantity(typed.replace(".", ","), piece_milli) == pieces

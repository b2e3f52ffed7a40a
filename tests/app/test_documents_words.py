"""Figures, dates and names in the reader's language."""

import pytest

from app.documents.words import Words


@pytest.mark.parametrize(
    ("language", "cents", "amount", "euro"),
    [
        ("nl", 7074, "70,74", "€\u00a070,74"),
        ("nl", -920, "−9,20", "€\u00a0−9,20"),
        ("nl", 12345678, "123.456,78", "€\u00a0123.456,78"),
        ("en", 7074, "70.74", "€70.74"),
        ("en", -920, "−9.20", "−€9.20"),
        ("en", 5, "0.05", "€0.05"),
    ],
)
def test_cents_read_as_euros(language, cents, amount, euro):
    words = Words(language)
    assert words.amount(cents) == amount
    assert words.euro(cents) == euro


@pytest.mark.parametrize(
    ("millionths", "shown"),
    [
        (1_450_000, "1,45"),
        (1_455_000, "1,455"),
        (333_333, "0,3333"),
        (333_350, "0,3334"),  # half up, where Babel alone would round to even
        (2_665_000, "2,665"),
        (10_000_000, "10,00"),
    ],
)
def test_a_unit_price_shows_cents_where_exact_else_up_to_four_decimals(millionths, shown):
    assert Words("nl").price(millionths) == shown


@pytest.mark.parametrize(
    ("language", "day", "weekday", "clock"),
    [
        ("nl", "4 december 2026", "vrijdag 4 december 2026", "7.30"),
        ("en", "4 December 2026", "Friday 4 December 2026", "7:30"),
    ],
)
def test_dates_and_times_read_as_people_write_them(language, day, weekday, clock):
    words = Words(language)
    assert words.day("2026-12-04") == day
    assert words.weekday("2026-12-04") == weekday
    assert words.clock("07:30") == clock


def test_a_month_is_written_out_and_what_is_none_stays():
    assert Words("nl").month("2027-01") == "januari 2027"
    assert Words("en").month("2027-12") == "December 2027"
    assert Words("nl").month("3x25A") == "3x25A"


def test_rates_have_no_needless_decimals():
    assert [Words("nl").percent(rate) for rate in (900, 2100, 550)] == ["9%", "21%", "5,5%"]


def test_figures_are_western_in_arabic_too():
    assert Words("ar").number(1234).isascii()


def test_an_unknown_language_is_served_in_english():
    assert Words("xx").day("2026-12-04") == "4 December 2026"


def test_only_what_could_turn_its_surroundings_is_isolated():
    dutch, arabic = Words("nl"), Words("ar")
    assert dutch.isolate("Uien") == "Uien"
    assert dutch.isolate("بصل") == '<bdi dir="rtl">بصل</bdi>'
    assert arabic.isolate("2026-0318") == "<bdi>2026-0318</bdi>"
    assert arabic.isolate("") == ""


def test_isolating_keeps_html_text():
    for words in (Words("nl"), Words("ar")):
        assert "<b>" not in words.isolate("<b>x</b>")

"""Banks move money from Monday to Friday, but not on six days of the year."""

from datetime import date

import pytest

from purchasing.banking_days import banking_day_from, is_banking_day


@pytest.mark.parametrize(
    "day",
    [
        date(2026, 1, 1),
        date(2026, 4, 3),  # Good Friday
        date(2026, 4, 6),  # Easter Monday
        date(2026, 5, 1),
        date(2026, 12, 25),
        date(2028, 12, 26),
        date(2027, 3, 26),
        date(2027, 3, 29),
        date(2026, 11, 28),
        date(2026, 11, 29),
    ],
)
def test_banks_are_closed(day: date) -> None:
    assert not is_banking_day(day)


@pytest.mark.parametrize(
    "day",
    [
        date(2026, 4, 2),
        date(2026, 4, 7),
        date(2026, 4, 27),  # King's Day: the banks' system is open
        date(2026, 5, 5),
        date(2026, 5, 14),  # Ascension Day
        date(2026, 5, 25),  # Whit Monday
        date(2026, 12, 24),
        date(2026, 12, 31),
    ],
)
def test_banks_are_open(day: date) -> None:
    assert is_banking_day(day)


@pytest.mark.parametrize(
    ("day", "first"),
    [
        (date(2026, 4, 3), date(2026, 4, 7)),
        (date(2026, 12, 25), date(2026, 12, 28)),
        (date(2027, 1, 1), date(2027, 1, 4)),
        (date(2026, 11, 30), date(2026, 11, 30)),
    ],
)
def test_the_first_banking_day_from_a_day(day: date, first: date) -> None:
    assert banking_day_from(day) == first

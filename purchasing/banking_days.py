"""The days on which banks in the euro area move money (TARGET): not at weekends, nor on six days.

Source: European Central Bank, long-term calendar for TARGET closing days.
"""

from datetime import date, timedelta

from dateutil.easter import easter

SATURDAY = 5
ALWAYS_CLOSED = {(1, 1), (5, 1), (12, 25), (12, 26)}  # month and day


def is_banking_day(day: date) -> bool:
    return day.weekday() < SATURDAY and not _is_closed(day)


def banking_day_from(day: date) -> date:
    """This day, or the first one after it on which banks move money."""
    while not is_banking_day(day):
        day += timedelta(days=1)
    return day


def _is_closed(day: date) -> bool:
    since_easter = (day - easter(day.year)).days
    good_friday, easter_monday = -2, 1
    return (day.month, day.day) in ALWAYS_CLOSED or since_easter in (good_friday, easter_monday)

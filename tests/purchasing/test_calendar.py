"""The rules of wall time: clock changes, and rounds that come back."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from purchasing.calendar import (
    ClockChange,
    ClosesTooLate,
    ImpossibleRhythm,
    NoSuchStart,
    NoSuchTime,
    NoSuchWeekday,
    NotEveryWeek,
    OpensTooEarly,
    OpensTooLate,
    Planned,
    Rhythm,
    clock_changes_between,
    is_ambiguous,
    plan,
    planned_utc,
    to_local,
    to_utc,
)

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
FORWARD = date(2026, 3, 29)
BACK = date(2026, 10, 25)
WEEKLY = Rhythm(
    every_weeks=1,
    delivery_weekday=3,
    anchor=date(2026, 1, 1),
    close_days_before=2,
    close_at=time(20),
    open_days_before=9,
    open_at=time(7, 30),
)

days = st.dates(date(2024, 1, 1), date(2035, 12, 31))
times = st.times().map(lambda at: at.replace(second=0, microsecond=0))


@st.composite
def rhythms(draw: st.DrawFn) -> Rhythm:
    close_days_before = draw(st.integers(1, 10))
    anchor = draw(days)
    near = st.integers(0, 200).map(lambda ahead: anchor + timedelta(days=ahead))
    return Rhythm(
        every_weeks=draw(st.integers(1, 6)),
        delivery_weekday=draw(st.integers(0, 6)),
        anchor=anchor,
        close_days_before=close_days_before,
        close_at=draw(times),
        open_days_before=close_days_before + draw(st.integers(1, 20)),
        open_at=draw(times),
        skip=draw(st.frozensets(near, max_size=30)),
    )


def last_sunday(year: int, month: int) -> date:
    end = date(year, month, 31)
    return end - timedelta(days=(end.weekday() + 1) % 7)


# --- one moment


@pytest.mark.parametrize(
    ("day", "at", "moment"),
    [
        (date(2026, 1, 15), time(20), datetime(2026, 1, 15, 19, tzinfo=UTC)),
        (date(2026, 7, 15), time(20), datetime(2026, 7, 15, 18, tzinfo=UTC)),
        (FORWARD, time(1, 59), datetime(2026, 3, 29, 0, 59, tzinfo=UTC)),
        (FORWARD, time(3), datetime(2026, 3, 29, 1, tzinfo=UTC)),
        (BACK, time(1, 59), datetime(2026, 10, 24, 23, 59, tzinfo=UTC)),
        (BACK, time(3), datetime(2026, 10, 25, 2, tzinfo=UTC)),
    ],
)
def test_wall_time_becomes_utc(day: date, at: time, moment: datetime) -> None:
    assert to_utc(day, at, AMSTERDAM) == moment
    assert to_utc(day, at, AMSTERDAM).tzinfo is UTC


@given(day=days, at=times)
def test_a_wall_time_comes_back_as_it_was_or_is_refused_because_it_does_not_exist(
    day: date, at: time
) -> None:
    skipped = day == last_sunday(day.year, 3) and at.hour == 2
    try:
        moment = to_utc(day, at, AMSTERDAM)
    except NoSuchTime:
        assert skipped
    else:
        assert not skipped
        assert to_local(moment, AMSTERDAM).replace(tzinfo=None) == datetime.combine(day, at)


@given(year=st.integers(2024, 2035), minute=st.integers(0, 59))
def test_a_time_in_the_skipped_hour_is_refused_every_year(year: int, minute: int) -> None:
    with pytest.raises(NoSuchTime):
        to_utc(last_sunday(year, 3), time(2, minute), AMSTERDAM)


@given(year=st.integers(2024, 2035), minute=st.integers(0, 59))
def test_a_time_that_comes_twice_is_the_first_unless_the_later_is_chosen(
    year: int, minute: int
) -> None:
    day, at = last_sunday(year, 10), time(2, minute)

    first = to_utc(day, at, AMSTERDAM)

    assert first == datetime(year, 10, day.day, 0, minute, tzinfo=UTC)
    assert to_utc(day, at, AMSTERDAM, later=True) - first == timedelta(hours=1)


@given(day=days, at=times)
def test_only_the_hour_that_comes_twice_is_ambiguous(day: date, at: time) -> None:
    twice = day == last_sunday(day.year, 10) and at.hour == 2

    assert is_ambiguous(day, at, AMSTERDAM) == twice


@pytest.mark.parametrize(
    ("day", "at", "ambiguous"),
    [(BACK, time(2), True), (BACK, time(3), False), (FORWARD, time(2, 30), False)],
)
def test_the_edges_of_the_changed_hour_are_clear(day: date, at: time, ambiguous: bool) -> None:
    assert is_ambiguous(day, at, AMSTERDAM) is ambiguous


@given(day=days, at=times)
def test_a_planned_time_is_never_refused_and_is_the_wall_time_where_that_exists(
    day: date, at: time
) -> None:
    skipped = day == last_sunday(day.year, 3) and at.hour == 2

    planned = planned_utc(day, at, AMSTERDAM)

    if skipped:
        assert planned == to_utc(day, at.replace(hour=3), AMSTERDAM)
    else:
        assert planned == to_utc(day, at, AMSTERDAM)


def test_a_time_of_no_zone_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="naive"):
        to_local(datetime(2026, 1, 1), AMSTERDAM)  # noqa: DTZ001


# --- clock changes


def test_clock_changes_are_found_to_the_second() -> None:
    year = clock_changes_between(
        datetime(2026, 1, 1, 12, 34, 56, 789, tzinfo=UTC),
        datetime(2027, 1, 1, tzinfo=UTC),
        AMSTERDAM,
    )

    assert year == [
        ClockChange(datetime(2026, 3, 29, 1, tzinfo=UTC), timedelta(hours=1)),
        ClockChange(datetime(2026, 10, 25, 1, tzinfo=UTC), timedelta(hours=-1)),
    ]


def test_a_change_counts_after_the_start_and_up_to_the_end() -> None:
    change = datetime(2026, 3, 29, 1, tzinfo=UTC)
    second = timedelta(seconds=1)

    assert clock_changes_between(change - second, change, AMSTERDAM)
    assert not clock_changes_between(change, change + timedelta(days=9), AMSTERDAM)
    assert not clock_changes_between(change - timedelta(days=9), change - second, AMSTERDAM)


# --- rounds that come back


def test_a_round_is_planned_back_from_its_delivery() -> None:
    assert plan(WEEKLY, after=date(2026, 1, 1), count=2, zone=AMSTERDAM) == [
        Planned(
            delivery_on=date(2026, 1, 8),
            opens_at=datetime(2025, 12, 30, 6, 30, tzinfo=UTC),
            closes_at=datetime(2026, 1, 6, 19, tzinfo=UTC),
        ),
        Planned(
            delivery_on=date(2026, 1, 15),
            opens_at=datetime(2026, 1, 6, 6, 30, tzinfo=UTC),
            closes_at=datetime(2026, 1, 13, 19, tzinfo=UTC),
        ),
    ]


def test_the_closing_time_on_the_wall_stays_the_same_over_summer_time() -> None:
    closing = [
        planned.closes_at
        for planned in plan(WEEKLY, after=date(2026, 3, 20), count=2, zone=AMSTERDAM)
    ]

    assert closing == [
        datetime(2026, 3, 24, 19, tzinfo=UTC),
        datetime(2026, 3, 31, 18, tzinfo=UTC),
    ]


def test_a_skipped_date_is_dropped_and_the_rhythm_does_not_shift() -> None:
    rhythm = replace(
        WEEKLY, every_weeks=2, skip=frozenset({date(2026, 12, 31), date(2026, 12, 30)})
    )

    rounds = plan(rhythm, after=date(2026, 12, 10), count=3, zone=AMSTERDAM)

    assert [planned.delivery_on for planned in rounds] == [
        date(2026, 12, 17),
        date(2027, 1, 14),
        date(2027, 1, 28),
    ]


def test_deliveries_start_on_the_first_such_weekday_from_the_anchor() -> None:
    friday = replace(WEEKLY, delivery_weekday=4, anchor=date(2026, 5, 4))

    rounds = plan(friday, after=date(2020, 1, 1), count=1, zone=AMSTERDAM)

    assert rounds[0].delivery_on == date(2026, 5, 8)


@given(rhythm=rhythms(), after=days, count=st.integers(0, 30))
def test_a_plan_keeps_its_rhythm(rhythm: Rhythm, after: date, count: int) -> None:
    deliveries = [
        planned.delivery_on for planned in plan(rhythm, after=after, count=count, zone=AMSTERDAM)
    ]

    assert len(deliveries) == count
    for day in deliveries:
        assert day > after
        assert day >= rhythm.anchor
        assert day.weekday() == rhythm.delivery_weekday
        assert day not in rhythm.skip
    first = rhythm.anchor + timedelta(days=(rhythm.delivery_weekday - rhythm.anchor.weekday()) % 7)
    for day in deliveries:
        assert (day - first).days % (7 * rhythm.every_weeks) == 0
    for one, other in pairwise(deliveries):
        between = (other - one) // timedelta(weeks=rhythm.every_weeks)
        skipped = [one + timedelta(weeks=rhythm.every_weeks) * n for n in range(1, between)]
        assert between >= 1
        assert set(skipped) <= rhythm.skip


@given(rhythm=rhythms(), after=days)
def test_a_plan_shows_the_promised_time_on_the_wall(rhythm: Rhythm, after: date) -> None:
    for planned in plan(rhythm, after=after, count=25, zone=AMSTERDAM):
        for moment, days_before, at in (
            (planned.opens_at, rhythm.open_days_before, rhythm.open_at),
            (planned.closes_at, rhythm.close_days_before, rhythm.close_at),
        ):
            day = planned.delivery_on - timedelta(days=days_before)
            skipped = day == last_sunday(day.year, 3) and at.hour == 2
            shown = datetime.combine(day, at) + timedelta(hours=int(skipped))
            assert moment.utcoffset() == timedelta(0)
            assert to_local(moment, AMSTERDAM).replace(tzinfo=None) == shown


@given(rhythm=rhythms(), after=days)
def test_a_planned_round_opens_then_closes_then_is_delivered(rhythm: Rhythm, after: date) -> None:
    for planned in plan(rhythm, after=after, count=20, zone=AMSTERDAM):
        assert planned.opens_at < planned.closes_at
        assert to_local(planned.closes_at, AMSTERDAM).date() < planned.delivery_on


@given(rhythm=rhythms(), after=days, count=st.integers(1, 20))
def test_a_plan_goes_on_where_it_stopped(rhythm: Rhythm, after: date, count: int) -> None:
    begun = plan(rhythm, after=after, count=count, zone=AMSTERDAM)
    resumed = plan(rhythm, after=begun[-1].delivery_on, count=3, zone=AMSTERDAM)

    assert begun + resumed == plan(rhythm, after=after, count=count + 3, zone=AMSTERDAM)


@given(year=st.integers(2024, 2035))
def test_a_closing_time_that_the_clock_skips_moves_forward_by_that_hour(year: int) -> None:
    change = last_sunday(year, 3)
    night = replace(WEEKLY, anchor=date(year, 1, 1), delivery_weekday=1, close_at=time(2, 30))

    (planned,) = plan(night, after=change, count=1, zone=AMSTERDAM)

    assert planned.delivery_on == change + timedelta(days=2)
    assert planned.closes_at == datetime(year, 3, change.day, 1, 30, tzinfo=UTC)
    assert len(clock_changes_between(planned.opens_at, planned.closes_at, AMSTERDAM)) == 1


@given(year=st.integers(2024, 2035))
def test_a_closing_time_that_comes_twice_is_the_first(year: int) -> None:
    change = last_sunday(year, 10)
    at = time(2, 30, fold=1)
    night = replace(WEEKLY, anchor=date(year, 1, 1), delivery_weekday=1, close_at=at)

    (planned,) = plan(night, after=change, count=1, zone=AMSTERDAM)

    assert planned.closes_at == datetime(year, 10, change.day, 0, 30, tzinfo=UTC)


def test_a_round_that_shrinks_to_nothing_in_the_skipped_hour_is_refused() -> None:
    flash = replace(
        WEEKLY,
        anchor=FORWARD + timedelta(days=2),
        delivery_weekday=1,
        open_days_before=2,
        open_at=time(2, 30),
        close_at=time(3),
    )

    with pytest.raises(OpensTooLate):
        plan(flash, after=FORWARD, count=1, zone=AMSTERDAM)


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        ({"every_weeks": 0}, NotEveryWeek),
        ({"every_weeks": 53}, NotEveryWeek),
        ({"delivery_weekday": 7}, NoSuchWeekday),
        ({"delivery_weekday": -1}, NoSuchWeekday),
        ({"anchor": date(9999, 12, 31)}, NoSuchStart),
        ({"close_days_before": 0}, ClosesTooLate),
        ({"open_days_before": 1}, OpensTooLate),
        ({"open_days_before": 2, "open_at": time(20)}, OpensTooLate),
        ({"open_days_before": 10**9}, OpensTooEarly),
    ],
)
def test_an_impossible_rhythm_is_refused(
    change: dict[str, object], refusal: type[ImpossibleRhythm]
) -> None:
    with pytest.raises(ImpossibleRhythm) as refused:
        replace(WEEKLY, **change)  # type: ignore[arg-type]

    assert type(refused.value) is refusal
    assert str(refused.value)


def test_a_round_may_open_on_the_day_it_closes() -> None:
    flash = replace(WEEKLY, open_days_before=2, open_at=time(19, 59))

    (planned,) = plan(flash, after=date(2026, 1, 1), count=1, zone=AMSTERDAM)

    assert planned.closes_at - planned.opens_at == timedelta(minutes=1)


@given(day=days, at=times)
def test_another_zone_has_its_own_clock(day: date, at: time) -> None:
    kolkata = ZoneInfo("Asia/Kolkata")

    assert not is_ambiguous(day, at, kolkata)
    assume(day > date(2024, 1, 1))
    local = datetime.combine(day, at, UTC)
    assert to_utc(day, at, kolkata) == local - timedelta(hours=5, minutes=30)

"""Rounds that come back."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from sqlalchemy import select

from purchasing import clock
from purchasing.rounds import Round, RoundRhythm
from tests.app.coordinator import village
from tests.app.coordinator.village import NOW

TODAY = NOW.date()


@pytest.fixture
def here(session, visitor):
    made = village.build(session)
    visitor.sign_in(made.coordinator)
    return made


def make(visitor, here, status=200, **fields):
    path = f"/coordinator/rhythms/new/{here.round.id}"
    return visitor.submit(visitor.get(path), path, status, **fields)


def a_rhythm(session, here, **details):
    values = {
        "title": "Elke week",
        "template_round_id": here.round.id,
        "every_weeks": 1,
        "anchor_on": TODAY + timedelta(days=20),
        "close_days_before": 9,
        "close_at": time(20),
        "open_days_before": 16,
        "open_at": time(9),
        "skipped": [],
    }
    rhythm = RoundRhythm(**values | details)
    session.add(rhythm)
    session.commit()
    return rhythm


def days_on(page) -> list[str]:
    return [button["value"] for button in page.select("#days ~ ul input[name=day]")]


def test_a_round_becomes_a_rhythm_with_its_own_hours(session, visitor, here) -> None:
    make(visitor, here, every_weeks="3")

    rhythm = session.scalars(select(RoundRhythm)).one()
    assert (rhythm.every_weeks, rhythm.anchor_on) == (3, here.round.delivery_on)
    assert rhythm.template_round_id == here.round.id
    assert session.get(Round, here.round.id).rhythm_id == rhythm.id


@pytest.mark.parametrize(
    ("fields", "where"),
    [
        ({"every_weeks": "0"}, "every_weeks"),
        ({"open_days_before": "2", "close_days_before": "5"}, "open_days_before"),
        ({"anchor_on": "1999-01-01"}, "open_days_before"),
        ({"close_at": "25:00"}, "close_at"),
        ({"ahead": "100"}, "ahead"),
    ],
)
def test_what_cannot_follow_is_said_at_its_field(session, visitor, here, fields, where) -> None:
    page = make(visitor, here, 422, **fields)

    assert page.select_one(f"#{where}-error")
    assert session.scalars(select(RoundRhythm)).all() == []


def test_the_next_six_days_are_shown(session, visitor, here) -> None:
    rhythm = a_rhythm(session, here)

    days = days_on(visitor.get(f"/coordinator/rhythms/{rhythm.id}"))

    assert len(days) == 6
    first, second = map(date.fromisoformat, days[:2])
    assert second - first == timedelta(days=7)


def test_a_day_is_skipped_and_taken_in_again(session, visitor, here) -> None:
    rhythm = a_rhythm(session, here)
    path = f"/coordinator/rhythms/{rhythm.id}"
    second = days_on(visitor.get(path))[1]

    page = visitor.post(f"{path}/skip", day=second)
    assert second not in days_on(page)
    assert page.select_one("#skipped")

    page = visitor.post(f"{path}/unskip", day=second)
    assert days_on(page)[1] == second


def test_a_change_of_the_clock_is_told_beforehand(session, visitor, here) -> None:
    autumn = date(2031, 10, 30)
    rhythm = a_rhythm(session, here, anchor_on=autumn, close_days_before=3, open_days_before=10)

    page = visitor.get(f"/coordinator/rhythms/{rhythm.id}")

    assert "the clock goes back" in page.select_one("#days ~ ul .less").text


def test_a_stopped_rhythm_plans_nothing(session, visitor, here) -> None:
    rhythm = a_rhythm(session, here)
    path = f"/coordinator/rhythms/{rhythm.id}"

    visitor.post(f"{path}/stop")
    assert not session.get(RoundRhythm, rhythm.id).active
    assert not [d for d in clock.due(session, now=datetime.now(UTC)) if "rhythm" in d.name]

    visitor.post(f"{path}/resume")
    assert session.get(RoundRhythm, rhythm.id).active


def test_a_day_that_is_none_is_a_bad_request(session, visitor, here) -> None:
    rhythm = a_rhythm(session, here)

    visitor.post(f"/coordinator/rhythms/{rhythm.id}/skip", 400, day="morgen")

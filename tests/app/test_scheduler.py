"""The clock: what falls due is done once, late or on time, by one clock or by several."""

import errno
import os
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Thread

import pytest
from sqlalchemy import func, select

from app import heartbeat
from app.clock_guard import CALM_SECONDS, ClockGuard
from app.duties import do_what_is_due
from app.mishaps import Mishaps
from app.scheduler import Clock, Every
from purchasing import demand, lifecycle
from purchasing.errands import Errand
from purchasing.papers import Paper
from purchasing.rounds import Round, RoundEvent, RoundState, ShortfallRule
from tests.builders import (
    ACTOR,
    DAY,
    NOON,
    a_household,
    a_network,
    a_product,
    a_round,
    a_supplier,
    an_order,
)

NO_GRACE = timedelta(0)
SECOND = timedelta(seconds=1)
ROOT = Path(__file__).parents[2]


def at(moment):
    return do_what_is_due(now=lambda: moment, grace=NO_GRACE)


def state_of(session, round_id):
    session.expire_all()
    state = session.scalar(select(Round.state).where(Round.id == round_id))
    session.rollback()
    return state


def moves_of(session, round_id):
    query = select(RoundEvent.move).where(RoundEvent.round_id == round_id)
    moves = session.scalars(query.order_by(RoundEvent.id)).all()
    session.rollback()
    return moves


@pytest.fixture
def rice(session):
    a_network(session)
    return a_product(session, a_supplier(session))


def an_open_round(session, rice, **details):
    """A round with one full case ordered, open, and saved."""
    round_ = a_round(session, rice, **details)
    number = session.scalar(select(func.count(Round.id)))
    an_order(session, round_, a_household(session, f"Huishouden{number}"), {"Rijst": 6})
    session.commit()
    id_ = round_.id
    session.rollback()
    return id_


# --- what is due ---------------------------------------------------------------------------------


def test_a_round_closes_at_its_second_and_is_ordered_in_the_same_go(app, session, rice):
    id_ = an_open_round(session, rice)

    at(NOON - SECOND / 1000)
    assert state_of(session, id_) == RoundState.OPEN
    assert at(NOON).done == [f"close round {id_}", f"order round {id_}"]

    assert state_of(session, id_) == RoundState.ORDERED
    assert at(NOON + DAY).done == []


def test_the_clock_waits_out_the_grace(app, session, rice):
    id_ = an_open_round(session, rice)
    grace = timedelta(seconds=2)

    do_what_is_due(now=lambda: NOON + SECOND, grace=grace)
    assert state_of(session, id_) == RoundState.OPEN
    do_what_is_due(now=lambda: NOON + grace, grace=grace)

    assert state_of(session, id_) == RoundState.ORDERED


def test_after_a_long_standstill_a_round_opens_closes_and_ends(app, session, rice):
    round_ = a_round(session, rice, state=RoundState.PLANNED)
    lifecycle.publish(session, round_, actor=ACTOR, now=NOON - 8 * DAY)
    session.commit()
    id_ = round_.id
    session.rollback()

    at(NOON + 400 * DAY)

    assert moves_of(session, id_) == ["publish", "open", "close", "order"]


def test_a_round_that_falls_short_is_held_for_a_coordinator_once(app, session, rice):
    id_ = an_open_round(session, rice, minimum_cents=10_000, shortfall_rule=ShortfallRule.WAIT)

    at(NOON)
    at(NOON + DAY)

    assert moves_of(session, id_)[-2:] == ["close", "hold"]
    asked = select(func.count(Errand.id)).where(Errand.key == f"mail_coordinators:held:{id_}")
    assert session.scalar(asked) == 1


def test_one_round_that_fails_does_not_hold_up_another(app, session, rice, monkeypatch, caplog):
    bad, good = an_open_round(session, rice), an_open_round(session, rice)
    close = lifecycle.close

    def stumbles(session_, round_, **more):
        if round_.id == bad:
            raise RuntimeError("a fault of ours")
        close(session_, round_, **more)

    monkeypatch.setattr(lifecycle, "close", stumbles)
    outcome = at(NOON)
    monkeypatch.undo()

    assert outcome.failed == [f"close round {bad}"]
    assert state_of(session, good) == RoundState.ORDERED
    assert "a fault of ours" in caplog.text
    at(NOON + SECOND)
    assert state_of(session, bad) == RoundState.ORDERED


def test_a_round_closes_although_the_clock_cannot_note_that_it_runs(app, session, monkeypatch):
    rounds_looked_at = []
    monkeypatch.setattr("app.scheduler.do_what_is_due", lambda **_: rounds_looked_at.append(1))
    monkeypatch.setattr(Path, "touch", _no_space)

    Clock(app).tick()

    assert rounds_looked_at


def _no_space(_path):
    raise OSError(errno.ENOSPC, "No space left on device")


def test_what_is_being_saved_at_the_deadline_is_waited_for_and_counts(app, session, rice):
    """The order came in before NOON, its transaction ends after the clock has come."""
    id_ = an_open_round(session, rice)
    late = a_household(session, "Laat")
    session.commit()
    late_id = late.id
    session.rollback()
    item_id = session.scalar(select(Round).where(Round.id == id_)).items[0].id
    session.rollback()
    in_time = NOON - SECOND / 100
    choice = {item_id: demand.Choice(6)}
    demand.choose(session, id_, late_id, choice, key="c", actor=ACTOR, now=in_time)
    demand.place(session, id_, late_id, key="p", actor=ACTOR, now=in_time)

    def tick():
        with app.app_context():
            at(NOON)

    clock = Thread(target=tick)
    clock.start()
    time.sleep(0.5)
    assert clock.is_alive()
    session.commit()
    clock.join()

    assert state_of(session, id_) == RoundState.ORDERED
    billed = select(func.count(Paper.id)).where(Paper.participant_id == late_id)
    assert session.scalar(billed) == 1


def test_what_was_extended_in_the_meantime_is_not_closed(app, session, rice, monkeypatch):
    id_ = an_open_round(session, rice)
    lock = lifecycle.lock

    def after_an_extension(session_, round_):
        lock(session_, round_)
        if round_.closes_at == NOON:
            round_.closes_at = NOON + DAY

    monkeypatch.setattr(lifecycle, "lock", after_an_extension)
    outcome = at(NOON)

    assert outcome.done == []
    assert state_of(session, id_) == RoundState.OPEN


# --- a clock one can trust -----------------------------------------------------------------------


class Time:
    """A clock on the wall and one that only goes on."""

    def __init__(self):
        self.wall = self.steady = 1000.0

    def goes_on(self, seconds):
        self.wall += seconds
        self.steady += seconds


@pytest.mark.parametrize("jump", [3600, -3600, 61, 365 * 86_400])
def test_after_a_jump_nothing_is_closed_for_some_seconds(jump):
    time_ = Time()
    guard = ClockGuard(lambda: time_.wall, lambda: time_.steady)
    assert guard.trusts()

    time_.wall += jump
    assert not guard.trusts()
    time_.goes_on(CALM_SECONDS - 1)
    assert not guard.trusts()
    time_.goes_on(1)
    assert guard.trusts()


def test_a_second_jump_begins_the_wait_anew():
    time_ = Time()
    guard = ClockGuard(lambda: time_.wall, lambda: time_.steady)
    time_.wall += 3600
    guard.trusts()

    time_.goes_on(CALM_SECONDS - 1)
    time_.wall -= 3600
    assert not guard.trusts()
    time_.goes_on(CALM_SECONDS - 1)
    assert not guard.trusts()


def test_who_looks_seldom_sees_a_jump_that_came_before_the_first_look():
    time_ = Time()
    guard = ClockGuard(lambda: time_.wall, lambda: time_.steady)
    time_.goes_on(86_400)
    time_.wall += 3600

    assert not guard.trusts()


def test_a_slow_tick_and_small_corrections_are_no_jump():
    time_ = Time()
    guard = ClockGuard(lambda: time_.wall, lambda: time_.steady)

    for _ in range(5):
        time_.goes_on(900)
        time_.wall += 30
        assert guard.trusts()


def test_a_clock_that_jumped_closes_nothing(app, session, rice):
    id_ = an_open_round(session, rice)
    session.rollback()
    time_ = Time()
    clock = Clock(app, guard=ClockGuard(lambda: time_.wall, lambda: time_.steady))

    time_.wall += 7200
    clock.tick()
    assert state_of(session, id_) == RoundState.OPEN

    time_.goes_on(CALM_SECONDS)
    clock.tick()
    assert state_of(session, id_) == RoundState.ORDERED


def test_missed_beats_are_not_made_up_for():
    every = Every(2)

    assert every.get_next_fire_time(None, NOON) == NOON
    assert every.get_next_fire_time(NOON - 365 * DAY, NOON) == NOON + 2 * SECOND


# --- the process ---------------------------------------------------------------------------------


@pytest.fixture
def quick(app):
    app.config |= {"CLOCK_SECONDS": 0.1, "GRACE_SECONDS": 0, "PRESS_WORKERS": 0}


def until(done, seconds=60.0):
    deadline = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.05)


def test_the_clock_goes_on_beating_when_the_wall_clock_is_put_back(app, session, quick):
    """APScheduler then believes that its next beat is an hour away."""
    clock = Clock(app)
    thread = Thread(target=clock.run)
    asked = []

    def rouse(job):
        if not asked:
            asked.append(time.monotonic())
            job.modify(next_run_time=datetime.now(UTC) + timedelta(hours=1))
        Clock._rouse(clock, job)

    clock._rouse = rouse
    thread.start()
    try:
        until(lambda: asked)
        until(lambda: clock._ticked > asked[0] + 0.3)
    finally:
        clock.stop()
        thread.join()


def test_a_clock_in_this_process_closes_a_round_and_sends_its_mails(app, session, quick, rice):
    id_ = an_open_round(session, rice)
    clock = Clock(app)
    thread = Thread(target=clock.run)
    thread.start()
    mails = Path(app.config["MAIL_FOLDER"])
    try:
        until(lambda: len(list(mails.glob("mail-*.eml"))) == 3, seconds=60)
    finally:
        clock.stop()
        thread.join()

    assert state_of(session, id_) == RoundState.ORDERED
    assert heartbeat.clock_age() < timedelta(seconds=30)


def test_who_never_saw_a_clock_says_so(app):
    assert heartbeat.clock_age() is None


DEADLY = """
import os
import signal
import sys
from app import create_app, mishaps
from app.scheduler import Clock
from purchasing import lifecycle

mishaps.WAITS = (0.0, 0.0, 600.0)  # however slow this machine is, the test is over by then
close = lifecycle.close


def deadly(session, round_, **more):
    if round_.id == int(sys.argv[1]):
        os.abort()
    close(session, round_, **more)


lifecycle.close = deadly
clock = Clock(create_app())
signal.signal(signal.SIGTERM, clock.stop)
clock.run()
"""


def test_a_duty_that_kills_the_clock_holds_up_no_other(app, session, rice, tmp_path):
    """Started again as a service manager would, it does all the others, then waits with that."""
    bad, *good = [an_open_round(session, rice) for _ in range(3)]
    clocks = []
    for _ in range(2):
        clocks.append(start_clock(app, tmp_path, "-c", DEADLY, str(bad)))
        clocks[-1].communicate(timeout=60)
    assert [clock.returncode for clock in clocks] == [-signal.SIGABRT] * 2
    assert [state_of(session, id_) for id_ in good] == [RoundState.ORDERED] * 2
    late = an_open_round(session, rice)
    waiting = start_clock(app, tmp_path, "-c", DEADLY, str(bad))
    try:
        until(lambda: state_of(session, late) == RoundState.ORDERED)
        assert waiting.poll() is None
    finally:
        waiting.terminate()
        waiting.communicate(timeout=60)

    assert state_of(session, bad) == RoundState.OPEN
    at(NOON)  # the fault is mended
    assert state_of(session, bad) == RoundState.ORDERED


def dies_at(known: Mishaps, name: str) -> None:
    """Its lock goes with the process, and its file stays."""
    handle, _ = known._hold(name)
    os.close(handle)


def test_only_what_nobody_holds_any_more_is_a_mishap(tmp_path, monkeypatch):
    known, both = Mishaps(tmp_path / "under_way"), ["close round 1", "open round 2"]
    with known.under_way("close round 1"):
        assert known.in_turn(both) == both
    dies_at(known, "close round 1")

    assert known.in_turn(both) == ["open round 2"]
    assert known.in_turn(["close round 1"]) == ["close round 1"]
    assert known.in_turn(["close round 12"]) == ["close round 12"]
    dies_at(known, "close round 1")
    assert known.in_turn(["close round 1"]) == []
    monkeypatch.setattr("app.mishaps.time.time", lambda: time.time_ns() / 1e9 + 11)
    assert known.in_turn(["close round 1"]) == ["close round 1"]
    with known.under_way("close round 1"):
        pass
    assert not any(known.folder.iterdir())


def test_of_two_clocks_that_die_at_the_same_duty_each_is_counted(tmp_path):
    one, other = Mishaps(tmp_path / "under_way"), Mishaps(tmp_path / "under_way")
    held = [clock._hold("close round 1") for clock in (one, other)]
    for handle, _ in held:
        os.close(handle)

    assert one.in_turn(["close round 1"]) == []


def test_who_dies_while_another_lives_through_the_same_duty_is_counted(tmp_path):
    one, other = Mishaps(tmp_path / "under_way"), Mishaps(tmp_path / "under_way")
    with one.under_way("close round 1"):
        handle, _ = other._hold("close round 1")
    os.close(handle)

    assert one.in_turn(["close round 1", "open round 2"]) == ["open round 2"]


def start_clock(app, tmp_path, *command):
    settings = {
        "INSTANCE": str(tmp_path),
        "SQLALCHEMY_DATABASE_URI": app.config["SQLALCHEMY_DATABASE_URI"],
        "CLOCK_SECONDS": "0.05",
        "GRACE_SECONDS": "0",
        "PRESS_WORKERS": "0",
    }
    return subprocess.Popen(
        [sys.executable, *(command or ("-m", "flask", "--app", "app", "clock", "run"))],
        cwd=ROOT,
        env={**os.environ, **{f"KOOPKRACHT_{key}": value for key, value in settings.items()}},
        stderr=subprocess.PIPE,
        text=True,
    )


def test_two_clocks_close_each_round_once_and_stop_when_asked(app, session, rice, tmp_path):
    """They start while some rounds are overdue and others fall due one after another."""
    now = datetime.now(UTC)
    rounds = [
        an_open_round(
            session, rice, opens_at=NOON - 7 * DAY, closes_at=now + timedelta(seconds=n / 2 - 5)
        )
        for n in range(12)
    ]
    clocks = [start_clock(app, tmp_path) for _ in range(2)]
    ordered = select(func.count(Round.id)).where(Round.state == RoundState.ORDERED)

    def all_ordered():
        count = session.scalar(ordered)
        session.rollback()
        return count == len(rounds)

    try:
        until(all_ordered, seconds=60)
        time.sleep(0.5)
    finally:
        for clock in clocks:
            clock.send_signal(signal.SIGTERM)
        said = [clock.communicate(timeout=60)[1] for clock in clocks]

    assert [clock.returncode for clock in clocks] == [0, 0], said
    assert not any("Traceback" in text for text in said), said
    assert all("The clock has stopped" in text for text in said)
    for id_ in rounds:
        assert moves_of(session, id_) == ["publish", "open", "close", "order"]
    numbers = session.scalars(select(Paper.number).where(Paper.kind == "invoice")).all()
    assert sorted(numbers) == [f"{now.year}-{n:04}" for n in range(1, len(rounds) + 1)]

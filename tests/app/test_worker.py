"""Workers: errands by any number of processes, of which what kills one holds up no other."""

import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event, Thread

import pytest
from sqlalchemy import select, update

from app import workforce
from app.engine import NAME, wakeups
from app.engine.crew import Crew
from app.errands import Room, run_until_done
from app.worker import LOOK_BESIDE_ENGINE, Worker
from app.workforce import WorkerBeat
from purchasing import errands, handing_out
from purchasing.errands import LEASE, Errand, ErrandState, Kind, Priority
from purchasing.papers import StoredDocument
from tests.app.post_office import free_port
from tests.app.test_errands import an_ordered_round, post_office, print_in_this_process
from tests.builders import DAY, NOON

__all__ = ["post_office", "print_in_this_process"]
ROOT = Path(__file__).parents[2]
SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)
WAITING, LEASED, DONE, DEAD = (
    ErrandState.WAITING, ErrandState.LEASED, ErrandState.DONE, ErrandState.DEAD,
)  # fmt: skip


def ask(session, *refs, kind=Kind.MAIL_NEWS, priority=Priority.NEWS):
    for ref in refs:
        errands.ask(session, kind, ref, now=NOON, priority=priority)
    session.commit()


def taken(session, at, limit=20):
    """The keys of what is handed out at that moment, as to a worker that then dies."""
    keys = [errand.ref for errand in handing_out.claim(session, now=at, limit=limit)]
    session.commit()
    return keys


def states(session, kind=""):
    """Asked and let go: a transaction of ours that stays open keeps SQLite from all others."""
    session.rollback()
    query = select(Errand.key, Errand.state).where(Errand.key.startswith(kind))
    found = {key: state for key, state in session.execute(query)}
    session.rollback()
    return found


def until(done, seconds=60.0):
    deadline = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.05)


# --- what kills goes alone -----------------------------------------------------------------------


def test_what_somebody_died_with_goes_alone_from_then_on(session):
    ask(session, "a", "b", "c")
    assert taken(session, NOON) == ["a", "b", "c"]
    ask(session, "d", "e")
    over = NOON + LEASE + SECOND

    assert [taken(session, over) for _ in range(4)] == [["a"], ["b"], ["c"], ["d", "e"]]


def test_what_is_fresh_and_more_urgent_goes_first_and_without_the_suspects(session):
    ask(session, "a")
    taken(session, NOON)
    ask(session, "sheet", priority=Priority.SHEET)
    over = NOON + LEASE + SECOND

    assert [taken(session, over) for _ in range(2)] == [["sheet"], ["a"]]


def test_after_some_deaths_an_errand_is_left_to_a_person(session):
    ask(session, "a")
    at = NOON
    for _ in range(handing_out.MOST_DEATHS + 1):
        assert taken(session, at) == ["a"]
        at += LEASE + SECOND

    assert taken(session, at) == []
    errand = session.scalars(select(Errand)).one()
    assert (errand.state, errand.last_error) == (DEAD, handing_out.KILLS)


def test_what_was_given_back_by_whom_it_might_have_killed_still_goes_alone(session):
    ask(session, "a")
    taken(session, NOON)
    over = NOON + LEASE + SECOND
    (errand,) = handing_out.claim(session, now=over, limit=20)
    errands.give_back(session, errand.id, errand.lease_token, now=over)
    ask(session, "b")

    assert [taken(session, over) for _ in range(2)] == [["b"], ["a"]]


@pytest.mark.parametrize(
    ("kind", "since", "end"),
    [
        (Kind.MAIL_SHEET, NOON, ErrandState.UNCERTAIN),
        (Kind.MAIL_SHEET, None, DEAD),
        (Kind.MAIL_PAPER, NOON, DEAD),
    ],
)
def test_a_sheet_that_may_have_gone_is_not_called_dead(session, kind, since, end):
    ask(session, "1", kind=kind)
    gone = {"state": LEASED, "lease_until": NOON, "sending_since": since}
    session.execute(update(Errand).values(deaths=handing_out.MOST_DEATHS, **gone))

    assert taken(session, NOON + SECOND) == []
    assert states(session) == {f"{kind}:1": end}


def test_who_is_heard_of_again_clears_the_errand_and_a_person_may_try_it_again(session):
    ask(session, "a")
    taken(session, NOON)
    (errand,) = handing_out.claim(session, now=NOON + LEASE + SECOND, limit=20)
    assert errand.deaths == 1
    errands.failed(session, errand.id, errand.lease_token, "no", tries=1, now=NOON)
    session.refresh(errand)
    assert errand.deaths == 0

    errand.deaths, errand.state = 6, DEAD
    session.flush()
    errands.retry(session, errand, now=NOON)
    session.refresh(errand)
    assert (errand.deaths, errand.state) == (0, WAITING)


# --- who is there --------------------------------------------------------------------------------


def test_a_worker_counts_as_alive_until_it_was_silent_for_two_minutes(session):
    workforce.beat(session, "here:1", now=NOON)
    workforce.beat(session, "there:2", now=NOON + MINUTE)

    after = (timedelta(0), 2 * MINUTE - SECOND, 2 * MINUTE, 3 * MINUTE - SECOND, 3 * MINUTE)
    alive_then = [workforce.count_alive(session, now=NOON + time) for time in after]
    assert alive_then == [2, 2, 1, 1, 0]


def test_who_beats_again_is_the_same_worker_and_who_leaves_is_gone_at_once(session):
    for name, at in [("here:1", NOON), ("there:2", NOON), ("here:1", NOON + MINUTE)]:
        workforce.beat(session, name, now=at)
    assert heard(session) == {"here:1": NOON + MINUTE, "there:2": NOON}

    workforce.leave(session, "here:1")
    assert heard(session) == {"there:2": NOON}


def test_of_whom_nobody_heard_for_a_day_is_forgotten_when_another_comes(session):
    workforce.beat(session, "older", now=NOON - SECOND)
    workforce.beat(session, "old", now=NOON)
    workforce.beat(session, "new", now=NOON + DAY)

    assert set(heard(session)) == {"old", "new"}


def heard(session):
    return dict(session.execute(select(WorkerBeat.name, WorkerBeat.seen_at)).all())


def test_no_two_workers_have_one_name():
    here = socket.gethostname()[:80]
    first, second = workforce.a_name(), workforce.a_name()

    assert first != second
    assert first.startswith(f"{here}:{os.getpid()}:")


def test_the_clock_runs_errands_or_workers_do_and_nothing_else_is_an_answer():
    assert workforce.clock_runs_errands({"ERRANDS": "clock"}) is True
    assert workforce.clock_runs_errands({"ERRANDS": "workers"}) is False
    with pytest.raises(ValueError, match="'nobody'"):
        workforce.clock_runs_errands({"ERRANDS": "nobody"})


# --- a room --------------------------------------------------------------------------------------


class Pauses(Event):
    """Does not wait, but notes how long it would have."""

    def __init__(self, diary):
        super().__init__()
        self.diary = diary

    def wait(self, seconds=None):
        self.diary.append(seconds)


class Diligent(Room):
    """Finds so much to do at each look, and notes what it is asked; then it is stopped."""

    def __init__(self, app, *found):
        self.diary = []
        super().__init__(app, Pauses(self.diary))
        self.found = list(found)

    def run_due(self):
        self.diary.append("run")
        if not self.found:
            raise SystemExit("asked again after it was stopped")
        if len(self.found) == 1:
            self.stopping.set()
        if (count := self.found.pop(0)) is None:
            raise OSError("away")
        return count

    def idle(self):
        self.diary.append("idle")

    def close(self):
        self.diary.append("close")


def test_a_room_goes_on_while_there_is_work_and_pauses_where_there_is_none_or_it_stumbled(app):
    room = Diligent(app, 2, 1, 0, None, 3)
    room.keep_running(7)

    assert room.diary == ["run", "run", "run", 7, "idle", "run", 7, "idle", "run", "close"]


class Untidy(Diligent):
    def idle(self):
        super().idle()
        raise OSError("no room on the disk")


def test_a_room_that_cannot_put_its_things_away_goes_on(app):
    room = Untidy(app, 0, 3)
    room.keep_running(7)

    assert room.diary == ["run", 7, "idle", "run", "close"]


def test_a_room_that_is_woken_runs_until_nothing_is_due_or_it_is_stopped(app):
    woken, stopped = Diligent(app, 2, 1, 0, 9), Diligent(app, 2, 1)
    woken.look()
    stopped.look()

    assert (woken.diary, woken.found) == (["run"] * 3, [9])
    assert stopped.diary == ["run"] * 2


def test_what_runs_until_nothing_is_due_counts_it_and_closes_its_rooms(app, monkeypatch):
    """Among them processes that render, which nobody else would end."""
    room = Diligent(app, 2, 1, 0)
    monkeypatch.setattr("app.errands.all_rooms", lambda *_, **__: [room])

    assert run_until_done(app) == 3
    assert room.diary == ["run", "run", "run", "close"]


class TwoAtOnce(Room):
    """Takes two errands in hand and does them."""

    name = "mail"
    kinds = frozenset({Kind.MAIL_NEWS})

    def run_due(self):
        with self.app.app_context():
            tasks = self._claim(2)
            for task in tasks:
                self._succeed(task)
        if not tasks:
            self.stopping.set()
        return len(tasks)


@pytest.fixture
def room(app):
    """A room that calls others, and whom it called."""
    two = TwoAtOnce(app, now=lambda: NOON)
    two.called = []
    two.call_others = lambda _connection, name: two.called.append(name)
    return two


def test_who_is_woken_and_finds_more_than_it_takes_calls_others_once(session, room):
    for refs, calls in [("abcd", 1), ("e", 1), ("fg", 2)]:
        room.stopping.clear()
        ask(session, *refs)
        room.look()
        assert room.called == ["mail"] * calls
        assert set(states(session).values()) == {DONE}


def test_who_looks_by_itself_calls_others_at_each_look_that_found_more(session, room):
    ask(session, *"abcde")
    room.keep_running(0)

    assert room.called == ["mail"] * 2
    assert set(states(session).values()) == {DONE}


# --- a worker ------------------------------------------------------------------------------------


@contextmanager
def at_work(worker):
    thread = Thread(target=worker.run, daemon=True)
    thread.start()
    try:
        yield
    finally:
        worker.stop()
        thread.join(timeout=20)
    assert not thread.is_alive()


def test_a_signal_stops_a_worker_and_all_its_rooms(app):
    worker = Worker(app)
    assert not worker.stopping.is_set()

    worker.stop(signal.SIGTERM, None)

    assert worker.stopping.is_set()
    assert len(worker.rooms) == 3
    assert all(room.stopping.is_set() for room in worker.rooms)


class Dull(Room):
    """Does nothing until it is stopped, and then takes a moment to end."""

    def keep_running(self, _seconds):
        self.stopping.wait()
        time.sleep(0.1)
        self.diary.append("a room ends")


class NotedCrew:
    def __init__(self, diary):
        self.start = lambda: diary.append("the crew comes")
        self.stop = lambda: diary.append("the crew goes")


def test_a_worker_takes_its_leave_when_all_who_work_for_it_have_ended(app, monkeypatch):
    diary, worker = [], Worker(app)
    dull = Dull(app, worker.stopping)
    worker.rooms, worker._crew, dull.diary = [dull], NotedCrew(diary), diary
    monkeypatch.setattr(workforce, "beat", lambda *_, **__: worker.stop())
    monkeypatch.setattr(workforce, "leave", lambda *_: diary.append("it leaves"))
    worker.run()

    assert diary == ["the crew comes", "the crew goes", "a room ends", "it leaves"]


class ThreePauses(Pauses):
    def wait(self, seconds=None):
        super().wait(seconds)
        if self.diary.count(seconds) == 3:
            self.set()


def test_a_worker_says_every_twenty_seconds_that_it_is_there(app, monkeypatch):
    diary, worker = [], Worker(app)

    def beat(_session, name, **_):
        diary.append("here" if name == worker.name else name)
        if len(diary) > 9:
            raise SystemExit("it goes on after it was stopped")

    worker.rooms, worker.stopping = [], ThreePauses(diary)
    monkeypatch.setattr(workforce, "beat", beat)
    worker.run()

    assert diary == ["here", 20.0] * 3


def test_what_a_worker_says_of_itself_others_read(app, session):
    worker = Worker(app)
    worker._beat()
    assert alive(session) == 1

    worker._leave()
    assert alive(session) == 0


def test_a_worker_is_counted_while_it_runs_does_what_is_due_and_takes_its_leave(app, session):
    app.config |= {"PRESS_WORKERS": 0}
    ask(session, "7", kind=Kind.RENDER)  # a paper that is not there
    worker = Worker(app)
    assert worker.seconds == app.config["CLOCK_SECONDS"]
    with at_work(worker):
        until(lambda: alive(session) == 1, 20)
        until(lambda: states(session) == {"render:7": DEAD}, 20)

    assert alive(session) == 0


def test_a_worker_whose_engine_is_away_works_all_the_same_and_looks_less_often(
    app, session, caplog
):
    """It is there to be woken, and calls others; looking catches only what the engine lost."""
    nobody = f"postgresql+psycopg://nobody@127.0.0.1:{free_port()}/nothing"
    app.config |= {"ENGINE": NAME, "SQLALCHEMY_DATABASE_URI": nobody, "PRESS_WORKERS": 0}
    ask(session, "7", kind=Kind.RENDER)  # a paper that is not there
    worker = Worker(app)
    assert worker.seconds == LOOK_BESIDE_ENGINE > app.config["CLOCK_SECONDS"]
    assert all(room.call_others == wakeups.call for room in worker.rooms)
    assert isinstance(worker._crew, Crew)
    with at_work(worker):
        until(lambda: "The engine is away" in caplog.text, 20)
        until(lambda: states(session) == {"render:7": DEAD}, 20)


# --- processes -----------------------------------------------------------------------------------

POISONED = """
import os
import signal
import sys
from datetime import timedelta
from app import create_app, mail
from app.worker import Worker
from purchasing import handing_out

handing_out.MOST_DEATHS = int(sys.argv[2])
handing_out.claim.__kwdefaults__["lease"] = timedelta(seconds=0.5)
write = mail.write


def deadly(session, task, **more):
    if task.key == sys.argv[1]:
        os.abort()
    return write(session, task, **more)


mail.write = deadly
worker = Worker(create_app())
signal.signal(signal.SIGTERM, worker.stop)
worker.run()
"""


@pytest.fixture
def environment(app, post_office, tmp_path):
    app.config |= {"CLOCK_SECONDS": 0.1}
    settings = {
        "INSTANCE": tmp_path,
        "SQLALCHEMY_DATABASE_URI": app.config["SQLALCHEMY_DATABASE_URI"],
        "DOCUMENTS_FOLDER": app.config["DOCUMENTS_FOLDER"],
        "CLOCK_SECONDS": 0.05,
        "GRACE_SECONDS": 0,
        "PRESS_WORKERS": 0,
        "SMTP_HOST": app.config["SMTP_HOST"],
        "SMTP_PORT": app.config["SMTP_PORT"],
        "SMTP_STARTTLS": "false",
    }
    return os.environ | {f"KOOPKRACHT_{key}": str(value) for key, value in settings.items()}


def start(environment, *command):
    return subprocess.Popen(
        [sys.executable, *command], cwd=ROOT, env=environment, stderr=subprocess.PIPE, text=True
    )


def flask(*words):
    return ("-m", "flask", "--app", "app", *words)


def test_an_errand_that_kills_every_worker_holds_up_no_other_and_ends_dead(
    session, environment, post_office
):
    """As a service manager would: who is dead is started again."""
    an_ordered_round(session, *(f"Huishouden{n}" for n in range(6)))
    session.execute(update(Errand).values(asked_at=NOON, not_before=NOON))
    session.commit()
    newest = select(Errand.key).where(Errand.key.startswith("render:")).order_by(Errand.id.desc())
    poison = f"mail_paper:{session.scalars(newest).first().partition(':')[2]}"
    session.rollback()
    most, deaths = 2, 0
    for _ in range(most + 2):
        worker = start(environment, "-c", POISONED, poison, str(most))
        until(lambda w=worker: w.poll() is not None or states(session).get(poison) == DEAD)
        worker.terminate()
        said = worker.communicate(timeout=30)[1]
        assert worker.returncode in (0, -signal.SIGABRT), said
        deaths += worker.returncode == -signal.SIGABRT

    others = {key: state for key, state in states(session, "mail_").items() if key != poison}
    assert deaths == most + 1
    assert set(others.values()) <= {DONE, ErrandState.CANCELLED}
    assert len(post_office.ids) == len(set(post_office.ids)) == 6  # a sheet, five invoices


def test_two_workers_share_the_errands_and_leave_closing_to_the_clock(
    app, session, environment, post_office
):
    an_ordered_round(session, *(f"Huishouden{n}" for n in range(10)))
    workers = [start(environment, *flask("worker")) for _ in range(2)]
    try:
        until(lambda: alive(session) == 2)
        # Papers first, for each asks for its mail.
        until(lambda: set(states(session, "render").values()) == {DONE})
        until(lambda: set(states(session, "mail_").values()) <= {DONE, ErrandState.CANCELLED})
    finally:
        for worker in workers:
            worker.send_signal(signal.SIGTERM)
        said = [worker.communicate(timeout=60)[1] for worker in workers]

    assert [worker.returncode for worker in workers] == [0, 0], said
    assert all("The worker has stopped" in text for text in said), said
    assert len(post_office.ids) == len(set(post_office.ids)) == 11
    assert session.query(StoredDocument).count() == 12
    assert alive(session) == 0


def alive(session):
    count = workforce.count_alive(session, now=datetime.now(UTC))
    session.rollback()
    return count

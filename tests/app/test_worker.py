"""Workers: errands by any number of processes, of which what kills one holds up no other."""

import os
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update

from app import workforce
from purchasing import errands, handing_out
from purchasing.errands import LEASE, Errand, ErrandState, Kind, Priority
from purchasing.papers import StoredDocument
from tests.app.test_errands import an_ordered_round, post_office, print_in_this_process
from tests.builders import NOON

__all__ = ["post_office", "print_in_this_process"]
ROOT = Path(__file__).parents[2]
SECOND = timedelta(seconds=1)
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


def test_a_sheet_that_may_have_gone_is_not_called_dead(session):
    ask(session, "1", kind=Kind.MAIL_SHEET)
    gone = {"state": LEASED, "lease_until": NOON, "sending_since": NOON}
    session.execute(update(Errand).values(deaths=handing_out.MOST_DEATHS, **gone))

    assert taken(session, NOON + SECOND) == []
    assert states(session) == {"mail_sheet:1": ErrandState.UNCERTAIN}


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

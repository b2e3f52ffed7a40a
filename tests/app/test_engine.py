"""The task engine wakes workers at once; off, away or robbed of its jobs, it costs nothing."""

import signal

import psycopg
import pytest
from sqlalchemy import event, select, text
from sqlalchemy.exc import OperationalError

from app import create_app
from app.engine import NAME, schema, wakeups
from app.extensions import db
from purchasing import errands, mail_pause
from purchasing.errands import Errand, ErrandState, Kind, Priority
from tests.app.test_errands import an_ordered_round, post_office, print_in_this_process
from tests.app.test_worker import alive, environment, flask, start, states, until
from tests.builders import NOON

__all__ = ["environment", "post_office", "print_in_this_process"]


@pytest.fixture(params=[pytest.param("postgres", marks=pytest.mark.postgres)])
def database_url(request, tmp_path):
    """The engine is at home on PostgreSQL only."""
    databases = request.getfixturevalue(f"_{request.param}")
    url = databases.copy_to(tmp_path)
    yield url
    databases.forget(url)


@pytest.fixture
def engaged(app, database_url, tmp_path):
    """The site with the engine on; its tables are not there before a worker has been."""
    site = create_app(
        TESTING=True,
        ENGINE=NAME,
        SQLALCHEMY_DATABASE_URI=database_url,
        INSTANCE_FOLDER=str(tmp_path),
        DOCUMENTS_FOLDER=app.config["DOCUMENTS_FOLDER"],
    )
    with site.app_context():
        yield site
        db.session.remove()
        db.engine.dispose()


def ask(ref, *, kind=Kind.MAIL_NEWS, commit=True):
    """As the site does it, in a transaction of its own."""
    session = db.session()
    errands.ask(session, kind, ref, now=NOON)
    session.commit() if commit else session.rollback()


def plain(url):
    return url.replace("+psycopg", "")


def jobs(url):
    """The queues that something waits in, or was held in."""
    with psycopg.connect(plain(url)) as connection:
        found = connection.execute(
            f"SELECT queue_name FROM {schema.NAME}.procrastinate_jobs ORDER BY id"
        )
        return [name for (name,) in found]


@pytest.fixture
def with_tables(engaged, database_url):
    schema.make(plain(database_url))
    return database_url


# --- wake-ups ------------------------------------------------------------------------------------


def test_a_wake_up_comes_with_its_errand_or_not_at_all(engaged, with_tables):
    ask("a", commit=False)
    assert jobs(with_tables) == []

    ask("a")
    ask("1", kind=Kind.RENDER)
    assert jobs(with_tables) == ["mail", "print"]


def test_a_thousand_errands_of_one_transaction_are_one_wake_up(engaged, with_tables):
    refs = [(number, "somebody") for number in range(1000)]
    errands.ask_many(
        db.session(), Kind.RENDER, refs, now=NOON, priority=Priority.PAPER, round_id=None
    )
    db.session.commit()

    assert jobs(with_tables) == ["print"]


def test_where_no_worker_comes_wake_ups_do_not_pile_up(engaged, with_tables, monkeypatch):
    monkeypatch.setattr(wakeups, "MOST_WAITING", 3)
    for number in range(5):
        ask(number)
    ask(5, kind=Kind.RENDER)

    assert jobs(with_tables) == ["mail"] * 3 + ["print"]


def test_what_is_tried_again_wakes_a_worker_too(engaged, with_tables):
    ask("1", kind=Kind.RENDER)
    schema.make(plain(with_tables))  # throws away what lies there
    session = db.session()

    errands.retry(session, session.scalars(select(Errand)).one(), now=NOON)
    session.commit()

    assert jobs(with_tables) == ["print"]


def test_mail_that_is_let_go_again_wakes_a_worker_too(engaged, with_tables):
    session = db.session()
    mail_pause.pause(session, "", actor="Coor", now=NOON)
    session.commit()
    assert jobs(with_tables) == []

    mail_pause.resume(session, actor="Coor", now=NOON)
    session.commit()

    assert jobs(with_tables) == ["mail"]


def test_without_the_engines_tables_an_errand_is_saved_all_the_same(engaged, caplog):
    ask("a")

    assert db.session.scalars(select(Errand.key)).all() == ["mail_news:a"]
    assert "they will look by themselves" in caplog.text


@pytest.mark.parametrize("before", ["SELECT 1", "INSERT INTO errand", ""])
def test_a_lost_connection_is_called_one(engaged, with_tables, before):
    """So that a page says that nothing was saved, and a room waits for the database."""
    driver = db.session.connection().connection.driver_connection

    def end(*said):
        if said[2:3] == () or (before and said[2].startswith(before)):
            with psycopg.connect(plain(with_tables), autocommit=True) as killer:
                killer.execute("SELECT pg_terminate_backend(%s, 5000)", [driver.info.backend_pid])

    event.listen(db.engine, "before_cursor_execute" if before else "commit", end, insert=True)
    with pytest.raises(OperationalError):
        db.session.execute(text("SELECT 1"))
        ask("a")
    db.session.rollback()

    event.remove(db.engine, "before_cursor_execute" if before else "commit", end)
    ask("b")
    assert db.session.scalars(select(Errand.key)).all() == ["mail_news:b"]
    assert db.engine.pool.checkedout() == 1


def test_what_another_version_of_the_engine_made_is_made_anew(engaged, with_tables):
    ask("a")
    with psycopg.connect(plain(with_tables)) as connection:
        connection.execute(f"COMMENT ON SCHEMA {schema.NAME} IS 'procrastinate 1.0'")

    schema.make(plain(with_tables))

    assert jobs(with_tables) == []
    ask("b")
    assert jobs(with_tables) == ["mail"]


# --- workers -------------------------------------------------------------------------------------

# Beside an engine a worker looks by itself after ten seconds; a test need not wait so long.
IMPATIENT = """
from flask.cli import cli

from app import worker

worker.LOOK_BESIDE_ENGINE = 0.5
cli(["--app", "app", "worker"])
"""
CALM = {"KOOPKRACHT_ENGINE": NAME, "KOOPKRACHT_CLOCK_SECONDS": "600"}  # nobody looks by himself


def working(environment, session, count=1, command=None, **settings):
    command = command or flask("worker")
    workers = [start(environment | settings, *command) for _ in range(count)]
    until(lambda: alive(session) == count)
    return workers


def stop(*workers):
    for worker in workers:
        worker.send_signal(signal.SIGTERM)
    said = [worker.communicate(timeout=60)[1] for worker in workers]
    assert [worker.returncode for worker in workers] == [0] * len(workers), said
    assert not any("Traceback" in text for text in said), said


def all_done(session):
    found = states(session)
    mailed = any(key.startswith("mail_sheet") for key in found)
    return mailed and set(found.values()) <= {ErrandState.DONE, ErrandState.CANCELLED}


def recipients_of_ten(engaged, session, environment, post_office, workers):
    """Of the mails of a round of ten, in the order in which they came; nobody looks by himself."""
    started = working(environment, session, workers, **CALM)
    try:
        until(lambda: _listens(engaged))
        an_ordered_round(db.session(), *(f"Huishouden{n}" for n in range(10)))
        until(lambda: all_done(session))
    finally:
        stop(*started)
    assert len(post_office.ids) == len(set(post_office.ids)) == 11
    return [message["To"] for message in post_office.messages]


def test_a_worker_that_never_looks_is_woken_and_sends_the_supplier_first_of_all(
    engaged, session, environment, post_office
):
    first, *others = recipients_of_ten(engaged, session, environment, post_office, 1)

    assert "groothandel" in first
    assert not any("groothandel" in whom for whom in others)


def test_of_workers_that_never_look_each_is_woken_and_no_mail_goes_twice(
    engaged, session, environment, post_office
):
    """Which of two processes is the faster is not ours to promise; who is first served is."""
    recipients = recipients_of_ten(engaged, session, environment, post_office, 2)

    assert sum("groothandel" in whom for whom in recipients) == 1


def test_robbed_of_all_wake_ups_workers_find_what_is_due(
    engaged, session, environment, post_office
):
    often = CALM | {"KOOPKRACHT_CLOCK_SECONDS": "0.1"}
    workers = working(environment, session, command=("-c", IMPATIENT), **often)
    try:
        until(lambda: _listens(engaged))
        with psycopg.connect(plain(str(engaged.config["SQLALCHEMY_DATABASE_URI"]))) as connection:
            connection.execute(f"DROP SCHEMA {schema.NAME} CASCADE")
        an_ordered_round(db.session(), "Ada")
        until(lambda: all_done(session))
    finally:
        for worker in workers:
            worker.terminate()
            worker.communicate(timeout=60)

    assert len(post_office.ids) == 2


def _listens(site):
    with psycopg.connect(plain(str(site.config["SQLALCHEMY_DATABASE_URI"]))) as connection:
        found = connection.execute("SELECT to_regclass(%s)", [f"{schema.NAME}.procrastinate_jobs"])
        if found.fetchone() == (None,):
            return False
        query = f"SELECT count(*) FROM {schema.NAME}.procrastinate_workers"
        return connection.execute(query).fetchone()[0] > 0

"""What a visitor meets when the database or its disk fails: a clear page, nothing half done.

The same form, sent once more when all is well, does what it should have done; once.
"""

import errno
import shutil
import subprocess
from contextlib import closing
from pathlib import Path

import pytest
from flask import request
from sqlalchemy import event, select
from sqlalchemy.exc import OperationalError

from app import create_app, database, high_water
from app.extensions import db
from purchasing.commitments import Want
from purchasing.people import Participant, find_person
from tests.app.coordinator import village
from tests.app.street import a_street
from tests.pages import Visitor

SORRY = "The database is busy or its disk is full. Nothing was saved. Try again."
KEPT = "What you saved before is kept. Try again."
BEWAARD = "Wat u eerder bewaarde, is er nog."
HELAAS = "Het is te druk, of de schijf is vol. Er is niets bewaard."  # while nobody is known


@pytest.fixture
def street(session):
    return a_street(session)


def ordered(session) -> list[int]:
    session.rollback()
    return list(session.scalars(select(Want.ordered_quantity)))


def place(visitor, street, page, status: int = 200):
    """Send this form, with six packs of rice ordered."""
    fields = {f"q{street.item('Rijst')}": "6", "place": "1"}
    return visitor.submit(page, street.grid, status=status, **fields)


def sqlite_only() -> None:
    if db.engine.dialect.name != "sqlite":
        pytest.skip("PostgreSQL keeps its files elsewhere, and locks rows only.")


def test_a_locked_database_is_told_and_the_same_form_works_afterwards(
    app, session, visitor, street, monkeypatch
) -> None:
    sqlite_only()
    monkeypatch.setattr(database, "PRAGMAS", (*database.PRAGMAS, "busy_timeout=100"))
    page = visitor.sign_in(street.ada).get(street.grid)
    session.rollback()
    db.engine.dispose()
    other = database.engine_options("sqlite:")["module"].connect(db.engine.url.database)
    with closing(other):
        other.isolation_level = None
        other.execute("BEGIN IMMEDIATE")
        assert SORRY in place(visitor, street, page, 503).text
        other.execute("ROLLBACK")

    assert ordered(session) == []
    assert place(visitor, street, page).h1.text == "It is ordered"
    assert ordered(session) == [6]


@pytest.mark.parametrize("fatal", [1, 4, 8, 12, 16, 20])
def test_a_server_that_drops_the_line_is_told_and_the_next_request_finds_it_again(
    app, session, visitor, street, fatal
) -> None:
    """PostgreSQL ends our connection before one statement or another, as a restart would."""
    if db.engine.dialect.name == "sqlite":
        pytest.skip("SQLite has no server that could go.")
    import psycopg

    page = visitor.sign_in(street.ada).get(street.grid)
    left = [fatal]
    address = db.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)

    def end(connection, *_):
        left[0] -= 1
        if left[0] == 0:
            pid = connection.connection.driver_connection.info.backend_pid
            with psycopg.connect(address, autocommit=True) as killer:
                killer.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])

    event.listen(db.engine, "before_cursor_execute", end)
    try:
        told = place(visitor, street, page, 503).text
        assert SORRY in told or HELAAS in told
    finally:
        event.remove(db.engine, "before_cursor_execute", end)

    assert left[0] <= 0
    assert ordered(session) in ([], [0])
    assert place(visitor, street, page).h1.text == "It is ordered"
    assert ordered(session) == [6]


def test_who_ordered_and_is_led_to_a_page_that_fails_does_not_read_that_it_was_lost(
    app, session, visitor, street
) -> None:
    page = visitor.sign_in(street.ada).get(street.grid)

    def gone(*_):
        if request.method == "GET":
            raise OperationalError("SELECT", {}, OSError("gone"))

    event.listen(db.engine, "before_cursor_execute", gone)
    try:
        told = place(visitor, street, page, 503).text
    finally:
        event.remove(db.engine, "before_cursor_execute", gone)

    assert ordered(session) == [6]
    assert KEPT in told or BEWAARD in told
    assert SORRY not in told


def test_all_connections_may_be_ended_between_two_requests(app, session, visitor, street) -> None:
    if db.engine.dialect.name == "sqlite":
        pytest.skip("SQLite has no server that could go.")
    import psycopg

    page = visitor.sign_in(street.ada).get(street.grid)
    session.remove()
    address = db.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(address, autocommit=True) as killer:
        killer.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )

    assert place(visitor, street, page).h1.text == "It is ordered"
    assert ordered(session) == [6]


def test_without_any_database_there_is_a_clear_page(tmp_path) -> None:
    """Also for somebody who was signed in: the page that says so needs no database itself."""
    dead = "postgresql+psycopg://nobody@127.0.0.1:9/nothing?connect_timeout=2"
    site = create_app(
        TESTING=True, SECRET_KEY="x", SQLALCHEMY_DATABASE_URI=dead, INSTANCE_FOLDER=str(tmp_path)
    )
    with site.app_context():
        visitor = Visitor(site)
        with visitor.client.session_transaction() as cookie:
            cookie["device"] = "somebody"
        assert BEWAARD in visitor.get("/", status=503).text
        assert visitor.open("/readyz").json == {"ready": False, "faults": ["database"]}
        assert visitor.open("/healthz").status_code == 200
        db.engine.dispose()


@pytest.fixture
def little_disk(tmp_path):
    """A disk of its own, and a way to mount it otherwise."""
    folder = tmp_path / "little"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=64m", "tmpfs", str(folder)]
    if shutil.which("mount") is None or subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("NOT TESTED HERE: A read-only disk: it takes root to mount one.")
    yield (
        folder,
        lambda how: subprocess.run(["mount", "-o", f"remount,{how}", str(folder)], check=True),
    )
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


def test_a_disk_that_became_read_only_is_told_and_mended_without_a_restart(
    app, session, street, little_disk
) -> None:
    sqlite_only()
    folder, remount = little_disk
    email = street.ada.email
    session.remove()
    with closing(db.engine.raw_connection()) as connection:
        connection.cursor().execute(f"VACUUM INTO '{folder / 'moved.sqlite'}'")
    site = create_app(
        TESTING=True,
        SECRET_KEY="no secret",
        SQLALCHEMY_DATABASE_URI=f"sqlite:///{folder / 'moved.sqlite'}",
        INSTANCE_FOLDER=str(folder),
    )
    with site.app_context():
        visitor = Visitor(site).sign_in(find_person(db.session(), email))
        page = visitor.get(street.grid)
        db.session.remove()
        db.engine.dispose()
        remount("ro")
        assert HELAAS in place(visitor, street, page, 503).text
        db.session.remove()
        db.engine.dispose()

        remount("rw")
        assert place(visitor, street, page).h1.text == "It is ordered"
        assert ordered(db.session) == [6]
        db.session.remove()
        db.engine.dispose()


@pytest.mark.parametrize("why", [errno.ENOSPC, errno.EROFS])
def test_a_number_that_cannot_be_noted_is_not_given_and_the_page_says_so(
    app, session, visitor, monkeypatch, why
) -> None:
    """The file of numbers lies on a disk too: without it, no new household has a number."""
    app.config["PROPAGATE_EXCEPTIONS"] = False
    here = village.build(session)
    count = session.query(Participant).count()
    page = visitor.sign_in(here.coordinator).get("/coordinator/people/new")
    fields = {"name": "Nieuw", "kind": "household", "street": "Straat 1", "postcode": "2037 ZZ",
              "city": "Haarlem", "language": "nl"}  # fmt: skip

    def refuse(*_):
        raise OSError(why, "the disk takes nothing more")

    with monkeypatch.context() as broken:
        broken.setattr(high_water.durable, "append", refuse)
        told = visitor.submit(page, "/coordinator/people/new", status=503, **fields)
    assert SORRY in told.text
    session.rollback()
    assert session.query(Participant).count() == count

    visitor.submit(page, "/coordinator/people/new", **fields)
    session.rollback()
    assert session.query(Participant).count() == count + 1
    assert high_water.read(Path(app.config["NUMBERS_FILE"]))["participant"] > 0


def test_a_fault_that_is_no_disk_stays_a_fault(app, visitor, monkeypatch) -> None:
    app.config["PROPAGATE_EXCEPTIONS"] = False

    def fail():
        raise ConnectionResetError(errno.ECONNRESET, "not a disk")

    fail.open_to = ("everybody",)
    monkeypatch.setitem(app.view_functions, "pages.how", fail)

    assert visitor.open("/how-it-works").status_code == 500

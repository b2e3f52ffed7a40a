"""Backups: taken while people order, read from beginning to end, put back, and gone on with."""

import errno
import io
import json
import os
import re
import signal
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path
from threading import Event, Thread

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app import auth, codes, create_app, heartbeat, high_water
from app.backup import BackupError, checking, package, postgres_dump, postgres_tools
from app.devices import Device
from app.documents.archives.folder import FolderArchive
from app.errands import PostRoom
from app.extensions import db
from purchasing import errands, going_back, lifecycle, numbers
from purchasing.errands import Errand, ErrandState, Kind
from purchasing.papers import Paper, PaperKind, StoredDocument
from purchasing.people import Participant, Role, find_person
from tests.app.coordinator import village
from tests.builders import NOON, a_bill, a_household, a_network, a_person

SECRET = "the key that seals bids"
ROOT = Path(__file__).parents[2]


@pytest.fixture
def run(app, session):
    """`run("backup", "create", file)` on this site; ends well unless told otherwise."""
    return lambda *words, **options: command(app, *words, **options)


def command(site, *words, fails=False):
    db.session.commit()
    db.session.remove()
    result = site.test_cli_runner().invoke(args=[str(word) for word in words])
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert bool(result.exit_code) == fails, result.output
    return result.output


@pytest.fixture
def elsewhere(app, empty_database_url, tmp_path):
    """Another machine: an empty database of the same kind, and folders of its own."""
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    site = create_app(
        TESTING=True,
        SECRET_KEY="no secret",
        SQLALCHEMY_DATABASE_URI=empty_database_url,
        INSTANCE_FOLDER=str(folder),
    )
    with inside(site):
        yield site
        db.session.remove()
        db.engine.dispose()


@contextmanager
def inside(site):
    with site.app_context():
        yield


def a_printed_bill(session: Session, whom: Participant, folder: Path) -> Paper:
    """An invoice whose file is on the disk before its row is."""
    bill = a_bill(session, whom, 1250)
    stored = FolderArchive(folder).keep(f"%PDF {bill.number} {time.monotonic_ns()}".encode())
    row = StoredDocument(paper_id=bill.id, renderer="a test", stored_at=NOON, **stored._asdict())
    session.add(row)
    session.flush()
    return bill


def invoices(session: Session) -> list[str]:
    query = select(Paper.number).where(Paper.kind == PaperKind.INVOICE)
    return list(session.scalars(query.order_by(Paper.number)))


@contextmanager
def people_who_buy(app, whom_id: int, threads: int = 3):
    """Invoices are issued and printed all the while; yields the count so far."""
    done, made, problems = Event(), [], []
    folder = Path(app.config["DOCUMENTS_FOLDER"])

    def buy():
        try:
            with app.app_context():
                while not done.is_set():
                    with Session(db.engine) as session:
                        whom = session.get_one(Participant, whom_id)
                        made.append(a_printed_bill(session, whom, folder).number)
                        session.commit()
        except Exception as problem:
            problems.append(problem)

    crowd = [Thread(target=buy) for _ in range(threads)]
    for one in crowd:
        one.start()
    try:
        yield made
    finally:
        done.set()
        for one in crowd:
            one.join()
    assert not problems


# --- taken, checked, put back --------------------------------------------------------------------


def test_a_backup_taken_under_load_is_whole_and_goes_on_where_numbers_ended(
    app, session, elsewhere, run, tmp_path
) -> None:
    with inside(app):
        a_network(session)
        whom = a_household(session, "Ada").id
        session.commit()
        with people_who_buy(app, whom) as made:
            for number in range(3):
                so_far = len(made)
                while len(made) < so_far + 10:
                    time.sleep(0.01)
                run("backup", "create", tmp_path / f"{number}.backup")
                assert "All is as it was put in" in run(
                    "backup", "verify", tmp_path / f"{number}.backup"
                )
        issued = invoices(session)
        session.rollback()
        marks = high_water.read(Path(app.config["NUMBERS_FILE"]))
    assert marks["invoice:2026"] == len(issued) == len(made)

    high_water.write(Path(elsewhere.config["NUMBERS_FILE"]), marks)
    told = command(elsewhere, "backup", "restore", tmp_path / "1.backup")

    kept = invoices(db.session)
    assert 10 < len(kept) < len(issued)
    assert f"invoice:2026: {len(kept) + 1} to {len(issued)} went out since" in told
    assert "whole, 0 damaged, 0 not printed" in command(elsewhere, "documents", "verify")
    folder = Path(elsewhere.config["DOCUMENTS_FOLDER"])
    next_one = a_printed_bill(db.session(), db.session.get_one(Participant, whom), folder)
    assert next_one.number == f"2026-{len(issued) + 1:04d}"
    (gap,) = numbers.gaps(db.session())
    assert (gap.key, gap.first, gap.last) == ("invoice:2026", len(kept) + 1, len(issued))
    assert "issued after the backup was taken" in gap.reason


def test_an_installation_that_lives_is_overwritten_only_when_told(
    app, session, run, tmp_path
) -> None:
    a_network(session)
    a_printed_bill(session, a_household(session, "Ada"), Path(app.config["DOCUMENTS_FOLDER"]))
    run("backup", "create", tmp_path / "a.backup")
    for _ in range(2):
        ada = session.scalars(select(Participant)).one()
        a_printed_bill(session, ada, Path(app.config["DOCUMENTS_FOLDER"]))
    a_household(session, "Bea")
    Path(app.config["NUMBERS_FILE"]).unlink()  # what is overwritten knows its numbers too

    assert "--overwrite" in run("backup", "restore", tmp_path / "a.backup", fails=True)
    assert len(invoices(session)) == 3
    run("backup", "restore", tmp_path / "a.backup", "--overwrite")

    assert invoices(session) == ["2026-0001"]
    ada = session.scalars(select(Participant)).one()
    assert a_bill(session, ada, 100).number == "2026-0004"
    assert a_household(session, "Cas").number == ada.number + 2


def test_nothing_is_put_back_under_a_clock_that_runs(app, session, run, tmp_path) -> None:
    a_network(session)
    run("backup", "create", tmp_path / "a.backup")
    heartbeat.beat()

    told = run("backup", "restore", tmp_path / "a.backup", "--overwrite", fails=True)

    assert "Stop the site and its clock first" in told


def test_a_backup_of_a_newer_version_is_refused_before_anything_changes(
    app, session, run, tmp_path
) -> None:
    a_network(session)
    session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    run("backup", "create", tmp_path / "a.backup")
    session.execute(text("UPDATE alembic_version SET version_num = '0001'"))

    told = run("backup", "restore", tmp_path / "a.backup", "--overwrite", fails=True)

    assert "newer version of the site" in told
    assert session.scalar(text("SELECT version_num FROM alembic_version")) == "0001"


def test_secrets_are_not_in_it_and_only_its_owner_reads_it(app, session, run, tmp_path) -> None:
    a_network(session)
    app.config["BID_KEY"] = SECRET

    told = run("backup", "create", tmp_path / "a.backup")

    assert "Keep a copy of bid_key" in told
    assert (tmp_path / "a.backup").stat().st_mode & 0o077 == 0
    with zipfile.ZipFile(tmp_path / "a.backup") as inside_:
        assert all(SECRET.encode() not in inside_.read(name) for name in inside_.namelist())


def test_another_key_of_seals_is_noticed(app, session, elsewhere, run, tmp_path) -> None:
    with inside(app):
        a_network(session)
        run("backup", "create", tmp_path / "a.backup")

    assert "bid_key) is another" in command(elsewhere, "backup", "restore", tmp_path / "a.backup")


def test_a_restore_that_breaks_off_changes_nothing(
    app, session, run, tmp_path, monkeypatch
) -> None:
    a_network(session)
    run("backup", "create", tmp_path / "a.backup")
    a_bill(session, a_household(session, "Ada"), 100)

    def broken(*_, **__):
        raise OSError(5, "the power went")

    monkeypatch.setattr(going_back, "wake", broken)
    assert "the power went" in run(
        "backup", "restore", tmp_path / "a.backup", "--overwrite", fails=True
    )

    assert invoices(session) == ["2026-0001"]


# --- what is wrong is found ----------------------------------------------------------------------


def test_a_paper_that_is_gone_is_told_and_the_backup_made_all_the_same(
    app, session, run, tmp_path
) -> None:
    a_network(session)
    folder = Path(app.config["DOCUMENTS_FOLDER"])
    bill = a_printed_bill(session, a_household(session, "Ada"), folder)
    path = bill.document.path
    (folder / path).unlink()

    assert f"lost before: {path}" in run("backup", "create", tmp_path / "a.backup", fails=True)

    assert f"names {path}" in run("backup", "verify", tmp_path / "a.backup", fails=True)


def test_a_paper_that_was_damaged_before_keeps_the_others_from_nobody(
    app, session, elsewhere, run, tmp_path
) -> None:
    with inside(app):
        a_network(session)
        folder = Path(app.config["DOCUMENTS_FOLDER"])
        spoilt, whole = (
            a_printed_bill(session, a_household(session, name), folder).document.path
            for name in ("Ada", "Bram")
        )
        (folder / spoilt).write_bytes(b"%PDF with other bytes")
        run("backup", "create", tmp_path / "a.backup", fails=True)

    told = command(elsewhere, "backup", "restore", tmp_path / "a.backup")

    assert "1 papers were lost before" in told
    assert list(FolderArchive(Path(elsewhere.config["DOCUMENTS_FOLDER"])).paths()) == [whole]


@pytest.mark.parametrize("name", ["note.txt", "a note.txt", "Thumbs.db"])
def test_what_somebody_else_left_among_the_papers_stays_out(
    app, session, elsewhere, run, tmp_path, name
) -> None:
    with inside(app):
        a_network(session)
        folder = Path(app.config["DOCUMENTS_FOLDER"])
        a_printed_bill(session, a_household(session, "Ada"), folder)
        (folder / name).write_bytes(b"whatever")
        run("backup", "create", tmp_path / "a.backup")
        run("backup", "verify", tmp_path / "a.backup")

    assert "1 papers" in command(elsewhere, "backup", "restore", tmp_path / "a.backup")


def test_a_paper_on_a_bad_sector_does_not_keep_the_rest_out_of_the_backup(
    app, session, run, tmp_path, monkeypatch
) -> None:
    a_network(session)
    folder = Path(app.config["DOCUMENTS_FOLDER"])
    path = a_printed_bill(session, a_household(session, "Ada"), folder).document.path

    def cannot_be_read(*_):
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(FolderArchive, "content", cannot_be_read)
    told = run("backup", "create", tmp_path / "a.backup", fails=True)

    assert f"lost before: {path}" in told
    assert "All is as" not in run("backup", "verify", tmp_path / "a.backup", fails=True)


@pytest.mark.parametrize("which", ["database", "documents/"])
def test_a_changed_byte_is_found_and_nothing_of_it_put_back(
    app, session, elsewhere, run, tmp_path, which
) -> None:
    with inside(app):
        a_network(session)
        folder = Path(app.config["DOCUMENTS_FOLDER"])
        a_printed_bill(session, a_household(session, "Ada"), folder)
        run("backup", "create", tmp_path / "a.backup")
        with_other_bytes(tmp_path / "a.backup", which)

        told = run("backup", "verify", tmp_path / "a.backup", "--json", fails=True)
    assert which in json.loads(told)["faults"][0]

    refused = command(elsewhere, "backup", "restore", tmp_path / "a.backup", fails=True)

    assert "nothing was put back" in refused
    assert not Path(elsewhere.config["DOCUMENTS_FOLDER"]).exists()


def zipped(manifest: str) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr(package.MANIFEST, manifest)
    return file.getvalue()


def with_other_bytes(file: Path, which: str) -> None:
    """Change one member, as a disk might."""
    with zipfile.ZipFile(file) as read:
        members = {name: read.read(name) for name in read.namelist()}
    with zipfile.ZipFile(file, "w") as written:
        for name, content in members.items():
            content = content[:-1] + b"?" if name.startswith(which) else content
            written.writestr(name, content)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"no zip at all",
        b"PK\x05\x06" + bytes(18),
        zipped("[]"),
        zipped('{"format": "koopkracht backup 1", "members": []}'),
    ],
)
def test_what_is_no_backup_is_refused_in_words(app, session, run, tmp_path, content) -> None:
    (tmp_path / "no.backup").write_bytes(content)

    assert "is no whole backup" in run("backup", "verify", tmp_path / "no.backup", fails=True)


def test_whichever_bit_of_it_changes_it_is_told_in_words(app, session, run, tmp_path) -> None:
    """Packed bytes that cannot be unpacked, a flag that asks for a password: all is damage."""
    a_network(session)
    run("backup", "create", tmp_path / "a.backup")
    whole = (tmp_path / "a.backup").read_bytes()
    database = whole.index(package.DATABASE.encode()) + len(package.DATABASE)
    index = whole.rindex(b"PK\x01\x02", 0, whole.rindex(package.MANIFEST.encode()))
    for place in [*range(database, database + 400, 13), *range(index, index + 40)]:
        spoilt = bytearray(whole)
        spoilt[place] ^= 0xFF
        (tmp_path / "b.backup").write_bytes(spoilt)
        with suppress(BackupError):
            checking.check(tmp_path / "b.backup", tmp_path)


def test_a_disk_that_is_full_while_putting_back_is_not_taken_for_a_bad_backup(
    app, session, run, tmp_path, monkeypatch
) -> None:
    a_network(session)
    a_printed_bill(session, a_household(session, "Ada"), Path(app.config["DOCUMENTS_FOLDER"]))
    run("backup", "create", tmp_path / "a.backup")

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(FolderArchive, "keep", full)
    told = run("backup", "restore", tmp_path / "a.backup", "--overwrite", fails=True)

    assert "No space left" in told
    assert "cannot be read" not in told


def test_no_room_to_unpack_says_where_and_what_to_do(app, session, run, tmp_path, monkeypatch):
    a_network(session)
    run("backup", "create", tmp_path / "a.backup")
    copy = package._copy

    def full(source, target):
        if target is not None:
            raise OSError(errno.ENOSPC, "No space left on device")
        return copy(source, target)

    monkeypatch.setattr(package, "_copy", full)
    for words in (
        ("restore", tmp_path / "a.backup", "--overwrite"),
        ("verify", tmp_path / "a.backup"),
    ):
        told = run("backup", *words, fails=True)
        assert "No space left on device. Name a folder with more room with --unpack-in." in told


@pytest.mark.parametrize("name", ["../evil", "/etc/evil", "documents/../evil", "documents/.evil"])
def test_no_name_inside_leads_out_of_the_folder(tmp_path, name) -> None:
    manifest = package.Manifest("", "sqlite", "", "", {}, "", members={name: ("0", 0)})
    with (tmp_path / "a.backup").open("wb") as file:
        writer = package.Writer(file)
        writer.members = manifest.members
        writer.finish(manifest)

    with pytest.raises(BackupError, match="is called"), package.opened(tmp_path / "a.backup"):
        pass


def test_a_full_disk_leaves_no_half_backup(app, session, run, tmp_path, monkeypatch) -> None:
    a_network(session)
    (tmp_path / "backups").mkdir()

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    told = run("backup", "create", tmp_path / "backups" / "a.backup", fails=True)

    assert "No space left" in told
    assert list((tmp_path / "backups").iterdir()) == []


# --- whoever dies at it --------------------------------------------------------------------------

AT_WORK = """
import os, sys, time
from app import create_app
from app.backup import dumps

def stop(*_, **__):
    os.write(1, b"at work\\n")
    time.sleep(60)

step, url, home, *words = sys.argv[1:]
setattr(dumps, step, stop)
site = create_app(SQLALCHEMY_DATABASE_URI=url, INSTANCE_FOLDER=home, SECRET_KEY="x" * 40)
site.test_cli_runner().invoke(args=["backup", *words])
"""


@contextmanager
def somebody_at_work(app, step: str, *words: object) -> Iterator[subprocess.Popen]:
    """Another process, from when it comes to this step of its work."""
    url = db.engine.url.render_as_string(hide_password=False)
    told = [sys.executable, "-c", AT_WORK, step, url, app.instance_path, *map(str, words)]
    with subprocess.Popen(told, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout.readline() == "at work\n"
            yield process
        finally:
            process.kill()


@pytest.mark.parametrize(
    ("step", "words"),
    [("load", ("restore", "a.backup", "--overwrite")), ("look", ("create", "b.backup"))],
)
def test_no_copy_stays_of_who_was_killed_at_it(app, session, run, tmp_path, step, words) -> None:
    """The next who makes a backup removes it, and leaves alone who is still at work."""
    a_network(session)
    run("backup", "create", tmp_path / "a.backup")
    command, file, *more = words
    told = (step, command, tmp_path / file, *more)

    with somebody_at_work(app, *told) as dying, somebody_at_work(app, *told):
        dying.send_signal(signal.SIGKILL)
        dying.wait()
        left = [file.parent for file in tmp_path.glob(".backup-*/database")]
        assert [room.stat().st_mode & 0o777 for room in left] == [0o700, 0o700]

        run("backup", "create", tmp_path / "c.backup")

        assert len(list(tmp_path.glob(".backup-*/database"))) == 1
    run("backup", "verify", tmp_path / "a.backup")
    assert list(tmp_path.glob(".*")) == []


def test_it_is_unpacked_where_one_says(app, session, run, tmp_path, monkeypatch) -> None:
    a_network(session)
    run("backup", "create", tmp_path / "a.backup")
    (tmp_path / "roomy").mkdir()
    unpacked, look = [], checking.dumps.look

    def noticed(kind, dump, *more):
        unpacked.append(dump.parent.parent.name)
        return look(kind, dump, *more)

    monkeypatch.setattr(checking.dumps, "look", noticed)
    where = ("--unpack-in", tmp_path / "roomy")
    run("backup", "verify", tmp_path / "a.backup", *where)
    run("backup", "restore", tmp_path / "a.backup", "--overwrite", *where)

    assert unpacked == ["roomy", "roomy"]


# --- a database that is damaged ------------------------------------------------------------------


@pytest.fixture
def in_a_file(app):
    """The file of the database that the site has."""
    if db.engine.dialect.name != "sqlite":
        pytest.skip("of SQLite")
    return Path(str(db.engine.url.database))


def spoil(file: Path, *, fully: bool) -> None:
    """Other bytes in one page, or from its beginning, while nobody has it open."""
    db.session.commit()
    db.session.remove()
    with closing(db.engine.raw_connection()) as connection:
        driver = connection.driver_connection
        (page,) = driver.execute(
            "SELECT max(rootpage) FROM sqlite_master WHERE type = 'index'"
        ).fetchone()
        driver.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    db.engine.dispose()
    with file.open("r+b") as pages:
        pages.seek(0 if fully else (page - 1) * 4096)
        pages.write(b"#" * 4096)


def test_a_backup_of_a_database_that_is_damaged_says_so(session, run, in_a_file, tmp_path) -> None:
    """Else a month of good ones goes, and none of those that are left can be put back."""
    a_network(session)
    spoil(in_a_file, fully=False)

    told = run("backup", "create", tmp_path / "a.backup", fails=True)

    assert "WRONG: the database" in told
    assert (tmp_path / "a.backup").exists()
    assert "the database" in run("backup", "verify", tmp_path / "a.backup", fails=True)


def test_a_row_taken_away_by_hand_is_told_and_keeps_no_backup_from_being_put_back(
    app, session, elsewhere, run, in_a_file, tmp_path
) -> None:
    with inside(app):
        a_network(session)
        a_bill(session, a_household(session, "Ada"), 100)
        session.commit()
        with closing(db.engine.raw_connection()) as by_hand:
            by_hand.driver_connection.execute("PRAGMA foreign_keys=OFF")
            by_hand.driver_connection.execute("DELETE FROM participant")
            by_hand.driver_connection.execute("PRAGMA foreign_keys=ON")
        told = run("backup", "create", tmp_path / "a.backup", fails=True)
        assert "leads to nothing in participant" in told
        assert "leads to nothing" in run("backup", "verify", tmp_path / "a.backup", fails=True)

    assert "note: a row of" in command(elsewhere, "backup", "restore", tmp_path / "a.backup")


def test_what_sqlite_refuses_is_told_in_a_sentence_that_says_how_to_go_on(
    session, run, in_a_file, tmp_path
) -> None:
    a_network(session)
    run("backup", "create", tmp_path / "a.backup")
    spoil(in_a_file, fully=True)

    told = run("backup", "create", tmp_path / "b.backup", fails=True)
    assert "No backup was made: The database could not be copied" in told
    assert not (tmp_path / "b.backup").exists()

    told = run("backup", "restore", tmp_path / "a.backup", "--overwrite", fails=True)
    assert f"move {in_a_file}" in told

    in_a_file.unlink()
    run("backup", "restore", tmp_path / "a.backup", "--overwrite")


# --- the tools of PostgreSQL ---------------------------------------------------------------------


def a_tool(folder: Path, version: str) -> Path:
    """It says its version; asked for anything else it says what it was asked, and fails."""
    folder.mkdir()
    for name in ("pg_dump", "pg_restore"):
        told = f'[ "$1" = --version ] && echo "{name} (PostgreSQL) {version}" && exit'
        (folder / name).write_text(f'#!/bin/sh\n{told}\necho "$0 $*" >&2\nexit 1\n')
        (folder / name).chmod(0o755)
    return folder


def test_an_older_dump_tool_is_refused_with_what_there_is(tmp_path) -> None:
    folder = a_tool(tmp_path / "old", "15.18 (Debian 15.18-0+deb12u1)")

    with pytest.raises(BackupError, match=r"no pg_dump of version 16 .*found: 15 in") as problem:
        postgres_tools.find(16, str(folder))

    assert "postgresql-client-16" in str(problem.value)


def test_pg_dump_is_told_no_more_of_the_connection_than_our_setting_says(app, tmp_path) -> None:
    """What the connection says of itself an older pg_dump does not know: sslcertmode, in 15."""
    if db.engine.dialect.name != postgres_dump.KIND:
        pytest.skip("of PostgreSQL")
    tools = a_tool(tmp_path / "new", "99.1")

    with pytest.raises(BackupError) as refused:
        postgres_dump.take(db.engine, tmp_path / "dump", str(tools))

    address = str(refused.value).partition("--dbname=")[2]
    told = {word.partition("=")[0] for word in address.split()}
    assert "dbname" in told
    assert told <= {"host", "port", "user", "dbname"}


def test_a_dump_is_read_by_a_tool_as_new_as_the_one_that_wrote_it(tmp_path, monkeypatch) -> None:
    """Its server, told before, may be older."""
    for version in ("15.18", "18.4"):
        a_tool(tmp_path / version, version)
    monkeypatch.setattr(postgres_tools, "_places", lambda: sorted(tmp_path.glob("1*")))
    dump = tmp_path / "dump"
    server, tool = (b"%c\0\0\0%s\0" % (len(words), words) for words in (b"15.18", b"18.4"))
    dump.write_bytes(b"PGDMP\x01\x10\0\x04\x08\x01\0" + server + tool + b"ENCODING\0")

    assert "18.4/pg_restore" in postgres_dump.look(dump).faults[0]


def test_a_setting_that_only_a_later_server_knows_does_not_end_a_restore(
    app, session, elsewhere, run, tmp_path, monkeypatch
) -> None:
    """pg_dump 17 sets transaction_timeout, also in a dump of a server of before."""
    if db.engine.dialect.name != postgres_dump.KIND:
        pytest.skip("of PostgreSQL")
    with inside(app):
        a_network(session)
        run("backup", "create", tmp_path / "a.backup")
    play = postgres_dump._play
    head = b"SET of_some_later_version = 0;\n"
    monkeypatch.setattr(
        postgres_dump, "_play", lambda cursor, script: play(cursor, chain([head], script))
    )

    assert "Put back" in command(elsewhere, "backup", "restore", tmp_path / "a.backup")


def test_what_wakes_workers_stays_as_it_is_when_a_backup_is_put_back(
    app, session, run, tmp_path
) -> None:
    """Its schema says that it is complete; without its tables nobody would be woken again."""
    if db.engine.dialect.name != postgres_dump.KIND:
        pytest.skip("of PostgreSQL")
    a_network(session)
    session.execute(text(f"CREATE SCHEMA {postgres_dump.ENGINE}"))
    session.execute(text(f"CREATE TABLE {postgres_dump.ENGINE}.jobs (id int)"))
    run("backup", "create", tmp_path / "a.backup")

    run("backup", "restore", tmp_path / "a.backup", "--overwrite")

    assert session.scalar(text(f"SELECT count(*) FROM {postgres_dump.ENGINE}.jobs")) == 0


def test_the_nearest_version_that_is_new_enough_is_taken(tmp_path, monkeypatch) -> None:
    for version in ("15.1", "17.2", "16.4"):
        a_tool(tmp_path / version, version)
    monkeypatch.setattr(postgres_tools, "_places", tmp_path.iterdir)

    assert postgres_tools.find(16).folder == tmp_path / "16.4"
    with pytest.raises(BackupError, match="no pg_dump of version 18"):
        postgres_tools.find(18)


# --- mail, after going back ----------------------------------------------------------------------


def asked(session: Session, kind: Kind, ref: object) -> Errand:
    errands.ask(session, kind, ref, now=NOON)
    return session.scalars(select(Errand).where(Errand.key == f"{kind}:{ref}")).one()


def test_after_going_back_mail_waits_for_a_person_and_orders_are_in_doubt(
    app, session, run, visitor, tmp_path
) -> None:
    here = village.ordered(session)
    sheet = asked(session, Kind.MAIL_SHEET, 999).key
    letter = asked(session, Kind.MAIL_NEWS, "ordered:1").key
    run("backup", "create", tmp_path / "a.backup")
    run("backup", "restore", tmp_path / "a.backup", "--overwrite")

    PostRoom(app).run_due()

    by_key = {errand.key: errand for errand in session.scalars(select(Errand))}
    assert by_key[sheet].state == ErrandState.UNCERTAIN
    assert (by_key[letter].state, by_key[letter].repeat) == (ErrandState.WAITING, True)
    assert not list(Path(app.config["MAIL_FOLDER"]).glob("*.eml"))
    session.rollback()

    coordinator = find_person(session, "coor@example.org")
    page = visitor.sign_in(coordinator).get("/coordinator/")
    assert "Mail is paused" in page.select_one("#mail-paused").text
    assert "A backup was put back" in page.select_one("#mail-paused").text

    run("mail", "resume")
    assert not visitor.get("/coordinator/").select_one("#mail-paused")
    assert PostRoom(app).run_due() > 0
    del here


def test_nobody_is_signed_in_by_going_back(app, session, run, visitor, tmp_path) -> None:
    """Who was signed out since, of a phone that was lost, must not be in again."""
    a_network(session)
    coor = a_person(session, "Coor", role=Role.COORDINATOR)
    asked_for = codes.ask_for_code(session, coor.email, address="", at=datetime.now(UTC))
    code, email = codes.code_of(asked_for), coor.email
    visitor.sign_in(coor)
    assert visitor.get("/coordinator/").select_one("main")
    run("backup", "create", tmp_path / "a.backup")
    auth.forget_all(session, find_person(session, email), at=datetime.now(UTC))
    run("backup", "restore", tmp_path / "a.backup", "--overwrite")

    assert visitor.client.get("/coordinator/").status_code == 302
    with pytest.raises(codes.CodeExpired):
        codes.sign_in(session, email, code, at=datetime.now(UTC))
    assert not session.scalars(select(Device).where(Device.ended_at.is_(None))).all()


def test_codes_to_sign_in_go_out_while_mail_is_paused(app, session, run, visitor) -> None:
    a_network(session)
    a_person(session, "Coor", role=Role.COORDINATOR)
    run("mail", "pause", "--reason", "We move house.")
    page = visitor.get("/sign-in")
    visitor.submit(page, "/sign-in", email="coor@example.org")

    PostRoom(app, now=lambda: datetime.now(UTC)).run_due()

    assert len(list(Path(app.config["MAIL_FOLDER"]).glob("*.eml"))) == 1
    assert "We move house" in run("mail", "status", fails=True)


def test_an_order_made_again_after_going_back_waits_for_a_yes(app, session, run) -> None:
    """The round closes once more after the restore: its supplier may have the first order."""
    here = village.build(session)
    session.commit()
    going_back.wake(session, {}, actor="restore", now=NOON)
    lifecycle.close_now(session, here.round, actor="clock", now=village.NOW)
    lifecycle.order(session, here.round, actor="clock", now=village.NOW, despite_shortfall=True)
    key = asked(session, Kind.MAIL_SHEET, 7).key

    run("mail", "resume")

    assert session.scalars(select(Errand).where(Errand.key == key)).one().state == (
        ErrandState.UNCERTAIN
    )


# --- the file of numbers -------------------------------------------------------------------------


def test_a_mark_is_on_the_disk_before_the_number_is_committed(app, session) -> None:
    a_network(session)
    a_bill(session, a_household(session, "Ada"), 100)
    file = Path(app.config["NUMBERS_FILE"])
    assert "invoice:2026" not in high_water.read(file)

    session.commit()

    assert high_water.read(file)["invoice:2026"] == 1
    assert file.stat().st_mode & 0o077 == 0
    assert re.fullmatch(r"\S+T\S+ \S+ \d+", file.read_text().splitlines()[-1])


def test_a_number_that_was_not_taken_after_all_leaves_no_mark(app, session) -> None:
    a_network(session)
    ada = a_household(session, "Ada")
    session.commit()
    a_bill(session, ada, 100)
    session.rollback()
    session.commit()

    assert "invoice:2026" not in high_water.read(Path(app.config["NUMBERS_FILE"]))


def test_a_torn_line_spoils_nothing(tmp_path) -> None:
    file = tmp_path / "numbers.log"
    high_water.write(file, {"invoice:2026": 7})
    with file.open("a") as torn:
        torn.write("2026-11-25T12:00:00+00:00 invoice:20")

    high_water.write(file, {"invoice:2026": 8, "cash:2026": 2})

    assert high_water.read(file) == {"invoice:2026": 8, "cash:2026": 2}


def test_a_disk_that_cannot_keep_the_mark_keeps_the_number_from_being_taken(
    app, session, monkeypatch
) -> None:
    a_network(session)
    ada = a_household(session, "Ada")
    session.commit()
    a_bill(session, ada, 100)

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(high_water.durable, "append", full)
    with pytest.raises(OSError, match="No space"):
        session.commit()
    session.rollback()

    assert invoices(session) == []
    assert numbers.standing(session).get("invoice:2026") is None

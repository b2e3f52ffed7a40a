"""SQLite in a file: copied by its own backup, never as a file, so that writers need not stop."""

from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine

from app.backup import BackupError, contents
from app.backup.contents import Contents, Row, Tables
from app.database import engine_options, prepare

KIND = "sqlite"
TOOL = "sqlite backup"


def take(engine: Engine, target: Path) -> str:
    """Copy the database as it stands at one moment; returns what it was taken with.

    All pages in one step is one reading transaction: in WAL mode nobody waits for it.
    """
    try:
        with closing(engine.raw_connection()) as source, closing(_open(target)) as copy:
            source.driver_connection.backup(copy)  # type: ignore[union-attr]
            copy.execute("PRAGMA journal_mode=DELETE")  # one file, without a log beside it
    except _module().DatabaseError as error:
        raise BackupError(f"The database could not be copied: {error}.") from error
    return TOOL


def look(dump: Path) -> Contents:
    """Open the copy, let SQLite check it, and read what it says of itself."""
    with closing(_open(dump)) as copy:
        try:
            return contents.of(_tables(copy), _faults(copy), _nowhere(copy))
        except _module().DatabaseError as error:
            return Contents(faults=[f"the database cannot be read: {error}"])


def is_empty(engine: Engine) -> bool:
    """Whether there is no table yet."""
    with closing(engine.raw_connection()) as connection:
        cursor = connection.cursor()
        cursor.execute("SELECT count(*) FROM sqlite_master")
        return cursor.fetchone()[0] == 0  # type: ignore[index]


def load(engine: Engine, dump: Path, finish: Callable[[Connection], None]) -> None:
    """Put the copy in the place of what is there, all of it or nothing.

    `finish` makes it safe before anybody sees it: it is run on the copy. The exchange itself is
    one transaction of SQLite's, which processes that have the database open take notice of.
    """
    made = create_engine(f"sqlite:///{dump}", **engine_options("sqlite:"))
    prepare(made)
    with made.begin() as connection:
        finish(connection)
    made.dispose()
    try:
        with closing(engine.raw_connection()) as target, closing(_open(dump)) as copy:
            copy.execute("PRAGMA journal_mode=DELETE")
            copy.backup(target.driver_connection)
    except _module().DatabaseError as error:
        raise BackupError(
            f"The database could not be put back: {error}. If the one that is here is damaged,"
            f" move {engine.url.database} and what lies beside it (-wal, -shm) away first."
        ) from error


def _tables(copy: Any) -> Tables:
    named = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
    for (name,) in copy.execute(named).fetchall():
        columns = [row[1] for row in copy.execute(f'PRAGMA table_info("{name}")')]
        yield name, columns, partial(_rows, copy, name)


def _rows(copy: Any, name: str) -> Iterator[Row]:
    yield from copy.execute(f'SELECT * FROM "{name}"')  # noqa: S608 - a name of the database's own


def _faults(copy: Any) -> list[str]:
    told = [row[0] for row in copy.execute("PRAGMA integrity_check(10)")]
    return [f"the database is damaged: {line}" for line in told if line != "ok"]


def _nowhere(copy: Any) -> list[str]:
    """Whoever takes a row away by hand, past the site, is not kept from it by SQLite."""
    lost = copy.execute("PRAGMA foreign_key_check").fetchmany(10)
    return [f"a row of {row[0]} leads to nothing in {row[2]}" for row in lost]


def _open(file: Path) -> Any:
    return _module().connect(str(file))


def _module() -> Any:
    return engine_options("sqlite:")["module"]

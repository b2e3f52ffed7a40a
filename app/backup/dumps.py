"""A database in a file: the same words for each kind of database."""

from collections.abc import Callable
from pathlib import Path

from sqlalchemy import Connection, Engine

from app.backup import BackupError, postgres_dump, sqlite_dump
from app.backup.contents import Contents

KINDS = (sqlite_dump.KIND, postgres_dump.KIND)


def take(engine: Engine, target: Path, tools_in: str = "") -> str:
    """Copy the database as it stands at one moment; returns what it was taken with."""
    if engine.dialect.name == sqlite_dump.KIND:
        return sqlite_dump.take(engine, target)
    return postgres_dump.take(engine, target, tools_in)


def look(kind: str, dump: Path, tools_in: str = "") -> Contents:
    """What the copy says of itself, and what is wrong with it."""
    if kind == sqlite_dump.KIND:
        return sqlite_dump.look(dump)
    return postgres_dump.look(dump, tools_in)


def is_empty(engine: Engine) -> bool:
    """Whether there is no table yet."""
    of_kind = sqlite_dump if engine.dialect.name == sqlite_dump.KIND else postgres_dump
    return of_kind.is_empty(engine)


def load(
    engine: Engine,
    kind: str,
    dump: Path,
    finish: Callable[[Connection], None],
    tools_in: str = "",
) -> None:
    """Put the copy in the place of what is there, all of it or nothing; `finish` goes with it."""
    if kind != engine.dialect.name:
        raise BackupError(
            f"This is a backup of {kind}; this installation is {engine.dialect.name}."
        )
    if kind == sqlite_dump.KIND:
        sqlite_dump.load(engine, dump, finish)
    else:
        postgres_dump.load(engine, dump, finish, tools_in)

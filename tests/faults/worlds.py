"""All that a crash can leave behind: every row of every table, and the papers."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Engine
from sqlalchemy.orm import configure_mappers

from purchasing.base import Base

Rows = list[dict[str, Any]]
Tables = Mapping[str, Any]  # as the database hands them over, to be compared as a whole


@dataclass(frozen=True)
class State:
    """What there is outside our processes, at one moment."""

    tables: Tables
    files: Mapping[str, bytes]


class World:
    """One database, its folder of papers and its file of numbers; looked at and put back."""

    def __init__(self, engine: Engine, folder: Path, numbers: Path) -> None:
        configure_mappers()
        self.engine, self.folder, self.numbers = engine, folder, numbers
        self.noted = b""
        self.database = (_Sqlite if engine.dialect.name == "sqlite" else _Postgres)(engine)
        self.first = State({}, {})

    def remember(self) -> None:
        """This is the world to which `put_back` returns."""
        self.engine.dispose()
        self.database.remember()
        self.first = self.look()
        self.noted = self.numbers.read_bytes() if self.numbers.exists() else b""

    def look(self) -> State:
        return State(self.database.look(), self._files())

    def put_back(self, now: State) -> None:
        """Undo all that was done since `remember`; `now` is how it stands."""
        if now.tables != self.first.tables:
            self.engine.dispose()
            self.database.put_back(self.first.tables, now.tables)
        self.numbers.write_bytes(self.noted)
        for name in now.files.keys() - self.first.files.keys():
            (self.folder / name).unlink()
        for name in self.first.files.keys() - now.files.keys():
            (self.folder / name).parent.mkdir(parents=True, exist_ok=True)
            (self.folder / name).write_bytes(self.first.files[name])

    def resume(self) -> None:
        """Another process goes on."""
        self.database.skip_nothing()

    def rows(self, state: State, without: Mapping[str, set[str]]) -> dict[str, Rows]:
        """What there is in each table that is not empty, but for some columns."""
        return {
            table: [
                {name: value for name, value in row.items() if name not in without.get(table, ())}
                for row in rows
            ]
            for table, found in state.tables.items()
            if (rows := self.database.rows(table, found))
        }

    def close(self) -> None:
        self.database.close()

    def _files(self) -> dict[str, bytes]:
        paths = [path for path in self.folder.rglob("*") if path.is_file()]
        return {str(path.relative_to(self.folder)): path.read_bytes() for path in paths}


USED = """
SELECT relname FROM pg_class
WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace
AND pg_relation_size(oid) > 0 AND relname <> 'alembic_version' ORDER BY relname
"""


def tables() -> list[str]:
    return sorted(Base.metadata.tables)


class _Sqlite:
    """A file; put back by copying it, for its triggers would forbid to take back a paper."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.file = Path(str(engine.url.database))
        self.kept = self.file.with_suffix(".kept")
        self.columns: dict[str, list[str]] = {}
        self.connection = self._open()

    def remember(self) -> None:
        self.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        shutil.copyfile(self.file, self.kept)

    def look(self) -> Tables:
        found: dict[str, Any] = {}
        for table in tables():
            rows = self.connection.execute(f'SELECT * FROM "{table}" ORDER BY id')
            found[table] = tuple(rows)
            self.columns[table] = [column[0] for column in rows.description]
        return found

    def rows(self, table: str, found: tuple[tuple[Any, ...], ...]) -> Rows:
        return [dict(zip(self.columns[table], row, strict=True)) for row in found]

    def put_back(self, _first: Tables, _now: Tables) -> None:
        self.close()
        for ending in ("-wal", "-shm"):
            self.file.with_name(self.file.name + ending).unlink(missing_ok=True)
        shutil.copyfile(self.kept, self.file)
        self.connection = self._open()

    def skip_nothing(self) -> None:
        """Its numbers of rows follow the last that is there."""

    def close(self) -> None:
        self.connection.close()

    def _open(self) -> Any:
        return self.engine.dialect.loaded_dbapi.connect(self.file)


class _Postgres:
    """Rows are read and put back as JSON, past triggers and foreign keys, as a restore would."""

    def __init__(self, engine: Engine) -> None:
        import psycopg

        url = engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
        self.connection = psycopg.connect(url, autocommit=True)
        self.connection.execute("SET session_replication_role = replica")

    def remember(self) -> None:
        """What is to be put back is known by its rows."""

    def look(self) -> Tables:
        return dict.fromkeys(tables(), "[]") | dict(self._of_each(_all_of))

    def rows(self, _table: str, found: str) -> Rows:
        return list(json.loads(found))

    def put_back(self, first: Tables, now: Tables) -> None:
        with self.connection.transaction():
            for name in (name for name in tables() if first[name] != now[name]):
                self.connection.execute(f'DELETE FROM "{name}"')
                rows = f'jsonb_populate_recordset(null::"{name}", %s::jsonb)'
                self.connection.execute(
                    f'INSERT INTO "{name}" SELECT * FROM {rows}', [first[name]]
                )

    def skip_nothing(self) -> None:
        """What was rolled back has used up ids; the next one follows the last that is there.

        An id means nothing and may be skipped; where none is, rows can be compared as they are.
        """
        self._of_each(_next_id)

    def close(self) -> None:
        self.connection.close()

    def _of_each(self, asked: Callable[[str], str]) -> list[Any]:
        """The answers to one question about each table that has ever been written to."""
        used = [name for (name,) in self.connection.execute(USED, prepare=True)]
        question = " UNION ALL ".join(map(asked, used))
        return self.connection.execute(question, prepare=True).fetchall()


def _all_of(table: str) -> str:
    rows = "coalesce(jsonb_agg(row ORDER BY row.id), '[]')::text"
    return f"SELECT '{table}', {rows} FROM \"{table}\" AS row"


def _next_id(table: str) -> str:
    sequence = f"pg_get_serial_sequence('\"{table}\"', 'id')"
    return f'SELECT setval({sequence}, coalesce(max(id), 0) + 1, false) FROM "{table}"'

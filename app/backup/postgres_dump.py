"""PostgreSQL in a file: by pg_dump, and put back in one transaction of our own."""

import os
import re
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from typing import IO, Any

import psycopg
from psycopg.conninfo import make_conninfo
from sqlalchemy import Connection, Engine

from app.backup import BackupError, contents, postgres_tools
from app.backup.contents import Contents, Row, Tables

KIND = "postgresql"
COPY = re.compile(rb"COPY (\S+) \((.*)\) FROM stdin;\s*")
SETTING = re.compile(rb"SET (\w+) = .*;\s*")
END = b"\\.\n"
ENGINE = "koopkracht_engine"  # wake-ups of workers: no part of the truth
OURS = (
    f"n.nspname NOT IN ('pg_catalog', 'information_schema', '{ENGINE}')"
    " AND n.nspname NOT LIKE 'pg\\_%'"
)
TABLES = f"""
SELECT format('DROP TABLE IF EXISTS %I.%I CASCADE', n.nspname, c.relname)
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p') AND {OURS}
"""  # noqa: S608
FUNCTIONS = f"""
SELECT format('DROP FUNCTION IF EXISTS %s CASCADE', p.oid::regprocedure)
FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
WHERE p.prokind = 'f' AND {OURS} AND NOT EXISTS (
    SELECT 1 FROM pg_depend d
    WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e')
"""  # noqa: S608


def take(engine: Engine, target: Path, tools_in: str = "") -> str:
    """Dump the database as it stands at one moment; returns what it was taken with."""
    with closing(engine.raw_connection()) as connection:
        info = connection.driver_connection.info  # type: ignore[union-attr]
        tools = postgres_tools.find(info.server_version // 10_000, tools_in)
    address, password = _address(engine)
    words = [tools.dump, "--format=custom", "--no-owner", "--no-privileges"]
    words += [f"--exclude-schema={ENGINE}"]
    secret = {"PGPASSWORD": password} if password else {}
    _run([*words, f"--file={target}", f"--dbname={address}"], os.environ | secret)
    return f"pg_dump {tools.major}"


def _address(engine: Engine) -> tuple[str, str]:
    """Where the database is, in the words of its setting, and the password.

    Not in those of the connection: its library may be newer than pg_dump, which refuses what it
    does not know.
    """
    _, told = engine.dialect.create_connect_args(engine.url)
    known = {key: value for key, value in told.items() if isinstance(value, str | int)}
    password = str(known.pop("password", ""))
    return make_conninfo("", **known), password


def look(dump: Path, tools_in: str = "") -> Contents:
    """Read the dump from beginning to end, as the statements that would make it anew."""
    try:
        with _script(dump, tools_in) as script:
            return contents.of(_tables(script))
    except BackupError as error:
        return Contents(faults=[str(error)])


def is_empty(engine: Engine) -> bool:
    """Whether there is no table yet."""
    with engine.connect() as connection:
        return not connection.exec_driver_sql(TABLES.replace("%", "%%")).first()


def load(
    engine: Engine, dump: Path, finish: Callable[[Connection], None], tools_in: str = ""
) -> None:
    """Put the dump in the place of what is there, all of it or nothing.

    `finish` makes it safe, in the same transaction: nobody sees it before.
    """
    with engine.connect() as connection:
        try:
            with connection.begin(), _script(dump, tools_in) as script:
                _drop(connection)
                driver: Any = connection.connection.driver_connection
                _play(driver.cursor(), script)
                connection.exec_driver_sql("RESET ALL")  # the dump set a search path, for one
                finish(connection)
        except psycopg.Error as error:
            raise BackupError(f"The database could not be put back: {error}") from error


def _drop(connection: Connection) -> None:
    for query in (TABLES, FUNCTIONS):
        for (statement,) in connection.exec_driver_sql(query.replace("%", "%%")).all():
            connection.exec_driver_sql(statement.replace("%", "%%"))


def _play(cursor: Any, script: IO[bytes]) -> None:
    """Run the statements of a dump; rows go in as they come."""
    statements: list[bytes] = []
    lines = _understood(cursor, script)
    for line in lines:
        if COPY.fullmatch(line):
            cursor.execute(b"".join(statements))
            statements = []
            with cursor.copy(line.partition(b";")[0]) as copy:
                for row in _rows_of_copy(lines):
                    copy.write(row)
        elif not line.startswith((b"\\restrict", b"\\unrestrict")):  # words for psql
            statements.append(line)
    cursor.execute(b"".join(statements))


def _understood(cursor: Any, script: IO[bytes]) -> Iterator[bytes]:
    """The dump, without those settings at its head that a server older than pg_dump lacks."""
    cursor.execute("SELECT name FROM pg_settings")
    known = {name.encode() for (name,) in cursor.fetchall()}
    for line in script:
        setting = SETTING.fullmatch(line)
        if setting is None or setting[1] in known:
            yield line
        if line.startswith(b"CREATE "):
            break
    yield from script


def _tables(script: IO[bytes]) -> Tables:
    for line in script:
        if begun := COPY.fullmatch(line):
            name = begun[1].decode().rpartition(".")[2].strip('"')
            columns = [column.strip(' "') for column in begun[2].decode().split(",")]
            rows = _rows_of_copy(script)
            yield name, columns, partial(map, _values, rows)
            for _row in rows:  # whoever did not ask for them
                pass


def _rows_of_copy(script: Iterator[bytes]) -> Iterator[bytes]:
    for line in script:
        if line == END:
            return
        yield line
    raise BackupError("The dump of the database ends too early.")


def _values(row: bytes) -> Row:
    """The values of one line, as they are written: those that we read need no decoding."""
    return row.decode().rstrip("\n").split("\t")


@contextmanager
def _script(dump: Path, tools_in: str) -> Iterator[IO[bytes]]:
    """The dump as statements. Raises BackupError at the end where it could not be read."""
    tools = postgres_tools.find(_written_by(dump), tools_in)
    words = [tools.restore, "--no-owner", "--no-privileges", "--file=-", str(dump)]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as reading:
        assert reading.stdout is not None
        assert reading.stderr is not None
        try:
            yield reading.stdout
        except BaseException:
            reading.kill()
            raise
        said = reading.stderr.read().decode(errors="replace").strip()
    if reading.returncode:
        raise BackupError(f"The dump of the database cannot be read: {said}")


def _written_by(dump: Path) -> int:
    """The major version of the pg_dump that wrote it; 0 where it does not say.

    The name of the database and the server's version stand before it.
    """
    with dump.open("rb") as file:
        told = re.findall(rb"(\d+)\.\d+[^\0]{0,60}\0", file.read(400))
    return int(told[-1]) if told else 0


def _run(words: list[str], environment: dict[str, str]) -> None:
    done = subprocess.run(words, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise BackupError(f"pg_dump failed: {done.stderr.strip()}")

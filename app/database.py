"""How we speak to the database: SQLite's safeguards, writers that take turns, and short farewells.

On SQLite every transaction that may write begins with BEGIN IMMEDIATE, so that two writers wait
for each other at the start and never fail half-way; one lock per process makes the waiting fair.
Reading (`with reading():`, every GET) begins plainly and waits for nobody.

On PostgreSQL who promised to read and did nothing else ends by COMMIT: after a ROLLBACK the driver
forgets every statement it has prepared, and the server plans each of them anew.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from typing import Any

from sqlalchemy import Engine, event
from sqlalchemy.engine import Connection

SAFE_SQLITE = (3, 51, 3)  # before it, two writers at a checkpoint could damage a WAL file
BUSY_MILLISECONDS = 30_000
PRAGMAS = (
    "journal_mode=WAL",
    "synchronous=FULL",
    "foreign_keys=ON",
    f"busy_timeout={BUSY_MILLISECONDS}",
    "trusted_schema=OFF",
    "mmap_size=0",
)
LOOKING = "koopkracht_looking"

_reading: ContextVar[bool] = ContextVar("reading", default=False)


@contextmanager
def reading() -> Iterator[None]:
    """Promise not to write: transactions begun here never wait for a writer."""
    token = _reading.set(True)
    try:
        yield
    finally:
        _reading.reset(token)


def only_read(promise: bool) -> None:
    """The same promise for a whole request."""
    _reading.set(promise)


def engine_options(uri: str) -> dict[str, Any]:
    """Settings for the engine of this address. What is in a statement stays out of the log."""
    if uri.startswith("sqlite"):
        return {"module": _sqlite_module(), "hide_parameters": True}
    return {"pool_size": 20, "max_overflow": 20, "pool_pre_ping": True, "hide_parameters": True}


def _sqlite_module() -> Any:
    """A SQLite without the WAL-reset fault where we have one, else the system's own."""
    try:
        import pysqlite3.dbapi2
    except ImportError:
        import sqlite3

        return sqlite3
    return pysqlite3.dbapi2


def prepare(engine: Engine) -> None:
    """Attach our rules to an engine, once."""
    if getattr(engine, "_koopkracht", False):
        return
    engine._koopkracht = True  # type: ignore[attr-defined]
    if engine.dialect.name == "sqlite":
        _take_turns(engine)
    else:
        _keep_prepared(engine)


def _take_turns(engine: Engine) -> None:
    turn = threading.Lock()
    event.listen(engine, "connect", _on_connect)
    event.listen(engine, "begin", lambda connection: _on_begin(connection, turn))
    event.listen(engine, "checkin", lambda _, record: _give_back(record))


def _on_connect(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # we say BEGIN ourselves
    cursor = connection.cursor()
    for pragma in PRAGMAS:
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _on_begin(connection: Connection, turn: threading.Lock) -> None:
    if _reading.get():  # nothing can go wrong here, so none of SQLAlchemy's care is needed
        connection.connection.driver_connection.execute("BEGIN")  # type: ignore[union-attr]
        return
    record = connection.connection._connection_record
    if "turn" not in record.info and turn.acquire(timeout=BUSY_MILLISECONDS / 1000):
        record.info["turn"] = turn
    try:
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    except Exception:
        _give_back(record)
        raise


def _give_back(record: Any) -> None:
    if (turn := record.info.pop("turn", None)) is not None:
        turn.release()


def _keep_prepared(engine: Engine) -> None:
    event.listen(engine, "begin", _note_promise)
    event.listen(engine, "before_cursor_execute", _note_statement)
    event.listen(engine, "rollback", _end_looking)


def _note_promise(connection: Connection) -> None:
    connection.info[LOOKING] = _reading.get()


def _note_statement(connection: Connection, _cursor: Any, statement: str, *_: Any) -> None:
    if not statement.startswith("SELECT"):
        connection.info[LOOKING] = False


def _end_looking(connection: Connection) -> None:
    """The ROLLBACK that follows finds nothing to do; where this goes wrong, it says so itself."""
    if not connection.invalidated and connection.info.pop(LOOKING, False):
        with suppress(connection.dialect.loaded_dbapi.Error):
            connection.connection.dbapi_connection.commit()  # type: ignore[union-attr]

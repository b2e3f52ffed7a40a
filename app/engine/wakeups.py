"""Puts wake-ups where errands are asked for: in the same transaction, just before its commit."""

import logging
from collections.abc import Iterator
from typing import Any

import procrastinate
from procrastinate import SyncPsycopgConnector
from sqlalchemy import Engine, event
from sqlalchemy.engine import Connection

from app.engine import schema
from purchasing.errands import AGAIN, Kind

log = logging.getLogger(__name__)

INSERT, MAIL_LET_GO = "INSERT INTO errand ", "UPDATE mail_pause "
MOST_WAITING = 100  # in a queue; whoever comes to work in it looks until nothing is due
WAITING = """
SELECT count(*) FROM (
  SELECT FROM procrastinate_jobs WHERE queue_name = %s AND status = 'todo' LIMIT %s) AS found
"""
NOTED = "koopkracht_rooms_to_wake"
ROOMS = {Kind.RENDER: "print", Kind.HEAR_PAYMENT: "listen"}
MAIL = "mail"  # all other kinds

_engine = procrastinate.App(connector=SyncPsycopgConnector())


def attach(engine: Engine) -> None:
    """Listen on this engine from now on. No wake-up that fails takes its errand along."""
    event.listen(engine, "before_cursor_execute", _note)
    event.listen(engine, "commit", _send)
    event.listen(engine, "rollback", _forget)


def call(connection: Connection, room: str) -> None:
    """Let somebody else be woken too with this transaction's commit: there is more to do."""
    connection.info.setdefault(NOTED, set()).add(room)


def task_of(room: str) -> str:
    return f"look_{room}"


def _note(
    connection: Connection, _cursor: Any, statement: str, parameters: Any, context: Any, *_: Any
) -> None:
    rooms = set[str]()
    if statement.startswith(INSERT):
        rooms.update(_rooms(parameters))
    elif statement.startswith(MAIL_LET_GO):
        rooms.add(MAIL)
    elif kind := context.execution_options.get(AGAIN):
        rooms.add(ROOMS.get(kind, MAIL))
    if rooms:
        connection.info.setdefault(NOTED, set()).update(rooms)


def _rooms(parameters: Any) -> Iterator[str]:
    """The rooms of the kinds whose keys are among what is inserted."""
    for row in parameters if isinstance(parameters, list) else [parameters]:
        for value in row.values():
            kind = str(value).partition(":")[0]
            if kind in set(Kind):
                yield ROOMS.get(Kind(kind), MAIL)


def _forget(connection: Connection) -> None:
    """A connection that was lost has forgotten it; asked, it would hide that it was lost."""
    if not connection.invalidated:
        connection.info.pop(NOTED, None)


def _send(connection: Connection) -> None:
    rooms = connection.info.pop(NOTED, None)
    if not rooms:
        return
    driver: Any = connection.connection.driver_connection
    try:
        driver.execute("SAVEPOINT wake")
        driver.execute(f"SET LOCAL search_path TO {schema.NAME}")
        for room in sorted(rooms):
            _wake(driver, room)
    except Exception as problem:
        if not driver.closed:  # else the commit itself will say that the connection was lost
            driver.execute("ROLLBACK TO SAVEPOINT wake")
        log.warning("No worker is woken, they will look by themselves: %s", problem)


def _wake(driver: Any, room: str) -> None:
    """Where no worker comes, nothing piles up."""
    if driver.execute(WAITING, [room, MOST_WAITING]).fetchone()[0] < MOST_WAITING:
        _engine.configure_task(task_of(room), queue=room, connection=driver).defer()

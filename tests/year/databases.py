"""A fresh database for each year, as often as one is asked for."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.databases import Postgres, Sqlite
from tests.year.machine import NewDatabase


def of(databases: Sqlite | Postgres, folder: Path) -> NewDatabase:
    @contextmanager
    def new() -> Iterator[tuple[str, Path]]:
        with TemporaryDirectory(dir=folder) as name:
            place = Path(name)
            url = databases.copy_to(place)
            yield url, place
            databases.forget(url)

    return new

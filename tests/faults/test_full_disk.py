"""A disk that is full: nothing is half written, nothing is forgotten, and space mends it all."""

import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from app import create_app
from app.documents.archives.folder import FolderArchive
from app.errands import PressRoom
from app.extensions import db
from purchasing import errands, lifecycle
from purchasing.books import settlement
from purchasing.errands import ErrandState, Kind
from purchasing.papers import Paper, PaperKind, StoredDocument
from purchasing.rounds import Round
from purchasing.rounds import RoundState as S
from tests.builders import (
    ACTOR,
    NOON,
    a_household,
    a_network,
    a_product,
    a_round,
    a_supplier,
    an_order,
)

HOUR = timedelta(hours=1)
PEOPLE = 6


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[tuple[Path, Callable[[str], None]]]:
    """A disk of 64 kB, and a way to give it another size."""
    folder = tmp_path / "small"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(folder)]
    if shutil.which("mount") is None or subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("NOT TESTED HERE: A full disk: it takes root to mount a small one.")
    yield folder, lambda size: _resize(folder, size)
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


def _resize(folder: Path, size: str) -> None:
    subprocess.run(["mount", "-o", f"remount,size={size}", str(folder)], check=True)


def a_closed_round(session, people: int = PEOPLE) -> Round:
    a_network(session)
    round_ = a_round(session, a_product(session, a_supplier(session)))
    for number in range(people):
        an_order(session, round_, a_household(session, f"Nr{number}"), {"Rijst": 6})
    lifecycle.close(session, round_, actor=ACTOR, now=NOON)
    session.commit()
    return round_


def test_papers_that_find_the_disk_full_are_printed_when_there_is_space(
    app, session, small_disk
) -> None:
    folder, resize = small_disk
    app.config |= {"PRESS_WORKERS": 0, "DOCUMENTS_FOLDER": str(folder)}
    round_ = a_closed_round(session)
    lifecycle.order(session, round_, actor=ACTOR, now=NOON)
    round_id = round_.id
    session.commit()

    PressRoom(app, now=lambda: NOON).run_due()

    rendered = [e for e in errands.list_for_round(session, round_id) if e.kind == Kind.RENDER]
    waiting = [errand for errand in rendered if errand.state == ErrandState.WAITING]
    assert waiting
    assert all("could not be stored: No space left" in e.last_error for e in waiting)
    _nothing_is_half_written(session, folder)
    session.commit()

    resize("8m")
    PressRoom(app, now=lambda: NOON + HOUR).run_due()

    session.expire_all()
    assert {errand.state for errand in rendered} == {ErrandState.DONE}
    assert len(_nothing_is_half_written(session, folder)) == PEOPLE + 2


def _nothing_is_half_written(session, folder: Path) -> list[StoredDocument]:
    stored = list(session.scalars(select(StoredDocument)))
    for document in stored:
        FolderArchive(folder).read(document.path, document.sha256)
    files = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
    assert files == {document.path for document in stored}
    return stored


@contextmanager
def _moved(folder: Path) -> Iterator[Flask]:
    """The same site, with a copy of its database in this folder."""
    with closing(db.engine.raw_connection()) as connection:
        connection.cursor().execute(f"VACUUM INTO '{folder / 'moved.sqlite'}'")
    site = create_app(
        TESTING=True,
        SECRET_KEY="no secret",
        SQLALCHEMY_DATABASE_URI=f"sqlite:///{folder / 'moved.sqlite'}",
        INSTANCE_FOLDER=str(folder),
    )
    with site.app_context():
        yield site
        db.engine.dispose()


def test_a_round_that_finds_the_disk_full_is_ordered_once_there_is_space(
    session, small_disk
) -> None:
    """Only where the database lies on this disk: SQLite."""
    if db.engine.dialect.name != "sqlite":
        pytest.skip("PostgreSQL keeps its files elsewhere.")
    round_ = a_closed_round(session, people=60)
    round_id = round_.id
    session.commit()
    folder, resize = small_disk
    resize("64m")
    with _moved(folder):
        size = sum(path.stat().st_size for path in folder.iterdir())
        resize(str(size + 40_000))

        with Session(db.engine) as own, pytest.raises(OperationalError, match="full"):
            lifecycle.order(own, own.get_one(Round, round_id), actor=ACTOR, now=NOON)
            own.commit()
        with Session(db.engine) as own:
            assert own.get_one(Round, round_id).state == S.CLOSED
            assert own.scalars(select(Paper)).all() == []

        resize("64m")
        with Session(db.engine) as own:
            lifecycle.order(own, own.get_one(Round, round_id), actor=ACTOR, now=NOON)
            own.commit()
            papers = own.scalars(select(Paper).where(Paper.kind == PaperKind.INVOICE)).all()
            assert [p.number for p in papers] == [f"2026-{n:04d}" for n in range(1, 61)]
            assert settlement.reconcile(own, own.get_one(Round, round_id)).difference == 0

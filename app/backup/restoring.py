"""Putting a backup back: checked first, all or nothing, and safe before anybody sees it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import Connection, Engine, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from app import codes, devices
from app.backup import BackupError, checking, dumps, package
from app.backup.package import Manifest, Package
from app.backup.workroom import workroom
from app.documents.archives.contract import Archive, sha256_in
from app.high_water import highest
from purchasing import going_back, numbers

ACTOR = "restore"
STOPPED = timedelta(seconds=30)  # a clock that looked later than this may still be running


@dataclass(frozen=True)
class Gap:
    """Numbers that went out and are not in what was put back."""

    key: str
    first: int
    last: int


@dataclass(frozen=True)
class Restored:
    """What was put back, and the numbers that are now skipped."""

    manifest: Manifest
    gaps: list[Gap]
    signed_out: int  # browsers
    other_seal: bool


def restore(
    file: Path,
    *,
    engine: Engine,
    archive: Archive,
    marks: Mapping[str, int],
    seal: str,
    clock_age: timedelta | None,
    overwrite: bool,
    now: datetime,
    unpack_in: Path,
    tools_in: str = "",
) -> Restored:
    """Put a backup back. It starts with mail paused, and above every number in `marks`.

    Papers first, then the database: what it names is there. Papers that are newer than the backup
    stay. Raises BackupError, with nothing changed: over something that lives only with
    `overwrite`, and never under a clock that runs.
    """
    _refuse_running(clock_age)
    if not overwrite:
        _refuse_living(engine, archive)
    with package.opened(file) as opened, workroom(unpack_in) as room:
        if opened.manifest.kind != engine.dialect.name:
            raise BackupError(
                f"This is a backup of {opened.manifest.kind}; this installation is"
                f" {engine.dialect.name}."
            )
        dump = room / package.DATABASE
        checking.refuse_damaged(opened, dump, tools_in)
        known = highest(marks, _living_numbers(engine))
        _keep(opened, archive)
        gaps: list[Gap] = []
        signed_out: list[int] = []

        def finish(connection: Connection) -> None:
            signed_out.append(_sign_out(connection, now))
            gaps.extend(_wake(connection, known, now))

        dumps.load(engine, opened.manifest.kind, dump, finish, tools_in)
        other_seal = bool(seal) and seal != opened.manifest.seal
        return Restored(opened.manifest, gaps, sum(signed_out), other_seal)


def _wake(connection: Connection, marks: Mapping[str, int], now: datetime) -> list[Gap]:
    with Session(connection, join_transaction_mode="rollback_only") as session:
        gaps = going_back.wake(session, marks, actor=ACTOR, now=now)
        made = [Gap(gap.key, gap.first, gap.last) for gap in gaps]
        session.commit()
    return made


def _sign_out(connection: Connection, now: datetime) -> int:
    """Who signed out, or was signed out, since the backup was taken must not be in again."""
    with Session(connection, join_transaction_mode="rollback_only") as session:
        ended = devices.end_all(session, at=now)
        codes.end_all(session, at=now)
        session.commit()
    return ended


def _refuse_running(clock_age: timedelta | None) -> None:
    if clock_age is not None and clock_age < STOPPED:
        seconds = int(clock_age.total_seconds())
        raise BackupError(
            f"The clock looked {seconds} seconds ago. Stop the site and its clock first, and wait"
            f" {STOPPED.seconds} seconds."
        )


def _refuse_living(engine: Engine, archive: Archive) -> None:
    if not dumps.is_empty(engine) or any(archive.paths()):
        raise BackupError(
            "There is an installation here already. Make a backup of it, then put this one in its"
            " place with --overwrite."
        )


def _living_numbers(engine: Engine) -> dict[str, int]:
    """The numbers of what is overwritten, where it can still be read."""
    try:
        with Session(engine) as session:
            found = session.execute(select(numbers.NumberSeries.key, numbers.NumberSeries.last))
            return {key: last for key, last in found}
    except SQLAlchemyError:
        return {}


def _keep(opened: Package, archive: Archive) -> None:
    """Papers that had been damaged before the backup was taken stay behind: see the manifest."""
    for path, member in opened.documents().items():
        if sha256_in(path) == member.sha256:
            archive.keep(opened.read(f"{package.DOCUMENTS}{path}"), Path(path).suffix)

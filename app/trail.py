"""Who acts, for the audit trail; sealing it; and its head in a file beside the database.

The head goes into the log of issued numbers, which is not in the database and only grows: whoever
cuts off the end of the chain contradicts it.
"""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import click
from flask import Flask, current_app, g, has_app_context, has_request_context
from sqlalchemy import event, select
from sqlalchemy.orm import Session, UOWTransaction

from app import durable
from app.database import reading
from app.duties import Now, real_time
from app.extensions import db
from purchasing import acts
from purchasing.acts import Act
from purchasing.trail import checking, sealing
from purchasing.trail.checking import Fault
from purchasing.trail.rows import Head, Note

KEY = "trail"
RESTORED = "put back"


@dataclass(frozen=True)
class WrittenDown:
    """A head of the chain as it was written down, and when."""

    at: datetime
    head: Head


def register(_app: Flask) -> None:
    """Note the acts of every session, and say who signs what nobody signs."""
    acts.ask_for_actor(lambda: actor() if has_app_context() else None)
    if not event.contains(Session, "after_flush", _note):
        event.listen(Session, "after_flush", _note)


def actor() -> str:
    """Who acts, without a name: a person by id, or what of the house does."""
    if has_request_context():
        person = g.get("asker")
        return f"person {person.id}" if person else "visitor"
    typed = click.get_current_context(silent=True)
    return "command line" if typed else "clock"


def note(session: Session, about: str, about_id: int, what: str) -> None:
    """Put an act on record that no flush shows: by whoever acts, now."""
    acts.note(session, about, about_id, what, actor=actor(), now=real_time())


def seal(*, now: Now = real_time) -> int:
    """Seal all that was noted, and write down each new head; returns how many were sealed."""
    sealed = 0
    while prepared := _prepare():
        with Session(db.engine) as session:
            head = sealing.chain(session, prepared, now=now())
            session.commit()
        write_down(_file(), head, now())
        sealed += len(prepared)
    return sealed


def check(session: Session) -> Iterator[Fault]:
    """Every fault of the chain, also against the heads that were written down."""
    yield from checking.check(session)
    yield from _contradicted(session, list(written_down(_file())))


def cuts(session: Session) -> list[str]:
    """Where backups that were put back have cut the chain, in words."""
    return [
        f"a backup was put back at {act.at}: {act.value} are not here"
        for act in _restored(session)
    ]


def times_put_back(session: Session) -> list[datetime]:
    """When a backup was put back, which cut the chain."""
    return [act.at for act in _restored(session)]


def write_down(file: Path, head: Head, at: datetime) -> None:
    """Note a head, and let it reach the disk."""
    file.parent.mkdir(parents=True, exist_ok=True)
    line = f"{at.isoformat(timespec='seconds')} {KEY} {head.seq}:{head.seal}\n"
    durable.append(file, line.encode())


def written_down(file: Path) -> Iterator[WrittenDown]:
    """The heads that were written down, the oldest first. A line that is none is passed over."""
    with suppress(FileNotFoundError):
        for line in file.read_text(encoding="utf-8", errors="replace").splitlines():
            words = line.split(" ")
            if len(words) == 3 and words[1] == KEY:
                seq, _, seal_ = words[2].partition(":")
                with suppress(ValueError):
                    yield WrittenDown(datetime.fromisoformat(words[0]), Head(int(seq), seal_))


def note_restored(session: Session, *, now: datetime) -> None:
    """Put on record where a backup cut the chain: what was sealed after it is not here."""
    head = sealing.head(session)
    last = max((one.head.seq for one in written_down(_file())), default=0)
    lost = f"after {head.seq} to {last}"
    acts.note(session, KEY, head.seq, RESTORED, value=lost, actor="restore", now=now)
    session.flush()


def _note(session: Session, flushed: UOWTransaction) -> None:
    if has_app_context():
        acts.note_changes(session, flushed, actor=actor(), now=real_time())


def _restored(session: Session) -> list[Act]:
    return list(session.scalars(select(Act).where(Act.what == RESTORED).order_by(Act.id)))


def _prepare() -> list[sealing.Prepared]:
    with reading(), Session(db.engine) as session:
        return sealing.prepare(session)


def _file() -> Path:
    return Path(current_app.config["NUMBERS_FILE"])


def _contradicted(session: Session, heads: list[WrittenDown]) -> Iterator[Fault]:
    seals: dict[int, str] = {}
    for seq, seal_ in session.execute(select(Note.seq, Note.seal).where(Note.seq.is_not(None))):
        seals[int(seq or 0)] = seal_
    known = [_cut(act) for act in _restored(session)]
    wrong = [one for one in heads if seals.get(one.head.seq) != one.head.seal]
    for one in wrong:
        if not any(one.at <= at and first < one.head.seq <= last for at, first, last in known):
            yield Fault(one.head.seq, f"another seal was written down at {one.at.isoformat()}")
            return


def _cut(act: Act) -> tuple[datetime, int, int]:
    last = act.value.rpartition(" ")[2]
    return act.at, act.about_id, int(last) if last.isdecimal() else 0

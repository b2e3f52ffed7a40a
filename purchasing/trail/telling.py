"""Tells what the trail holds: who did what, when, in which round."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from purchasing.trail import watched
from purchasing.trail.rows import Note

AT_ONCE = 500


@dataclass(frozen=True)
class Told:
    """One note in words. `seq` is None while it is not sealed; `who` is empty where a row does
    not say so itself: what was done in the same breath does."""

    seq: int | None
    about: str
    row_id: int
    at: datetime
    who: str
    round_id: int | None
    facts: dict[str, Any]


def tell(
    session: Session,
    *,
    since: datetime | None = None,
    who: str = "",
    round_id: int | None = None,
) -> Iterator[Told]:
    """What was done, the newest first, where it is what was asked for."""
    for told in _everything(session):
        wanted = round_id is None or told.round_id == round_id
        if wanted and who.lower() in told.who.lower() and (since is None or told.at >= since):
            yield told


def _everything(session: Session) -> Iterator[Told]:
    last: int | None = None
    while notes := _before(session, last):
        rows = _rows(session, notes)
        for note in notes:
            if row := rows.get((note.about, note.row_id)):
                yield _told(note, row)
        last = notes[-1].id


def _before(session: Session, last: int | None) -> Sequence[Note]:
    query = select(Note).where(*([] if last is None else [Note.id < last]))
    return session.scalars(query.order_by(Note.id.desc()).limit(AT_ONCE)).all()


def _rows(session: Session, notes: Sequence[Note]) -> dict[tuple[str, int], watched.Values]:
    ids = defaultdict(list)
    for note in notes:
        if note.about in watched.WATCHED:
            ids[note.about].append(note.row_id)
    return {
        (about, id_): row
        for about, some in ids.items()
        for id_, row in watched.read(session, about, some).items()
    }


def _told(note: Note, row: watched.Values) -> Told:
    kind = watched.WATCHED[note.about]
    who, round_id = (row[name] if name else None for name in (kind.who, kind.round))
    facts = {name: row[name] for name in kind.tells if row[name] not in (None, "")}
    at = _moment(row[kind.when])
    return Told(note.seq, note.about, note.row_id, at, str(who or ""), round_id, facts)


def _moment(when: date) -> datetime:
    return when if isinstance(when, datetime) else datetime.combine(when, time(), UTC)

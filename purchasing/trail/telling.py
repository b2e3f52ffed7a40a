"""Tells what the trail holds: who did what, when, in which round."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any

from sqlalchemy import ColumnElement, Select, false, select, union_all
from sqlalchemy.orm import Session

from purchasing.people import Person
from purchasing.trail import belonging, watched
from purchasing.trail.rows import Note

AT_ONCE = 500
PERSON = "person "  # what stands before the number of who acted
# Who does what nobody signs: no button is pressed for it, or its name may be taken back later.
UNSIGNED = {"stored_document": "clock", "item_report": "participant"}
BOOKED = frozenset({"posting", "paid_part", "bank_line"})  # on a day of the books, not of doing


@dataclass(frozen=True)
class Told:
    """One note in words. `seq` is None while it is not sealed; `who` is empty where a row does
    not say so itself: what was done in the same breath does. `name` is that person's, if it is
    one, as it is now."""

    id: int
    seq: int | None
    sealed_at: datetime | None
    about: str
    row_id: int
    at: datetime
    who: str
    name: str
    round_id: int | None
    facts: dict[str, Any]

    @property
    def hand(self) -> str:
        """Who did it, however that is written down: some rows keep a name, others a number."""
        return self.name or self.who

    @property
    def is_dated(self) -> bool:
        """Whether `at` says for which day it was booked, which may be long before it was done."""
        return self.about in BOOKED


@dataclass(frozen=True)
class Wanted:
    """What to tell of; nothing said is everything.

    `kinds` are tables, or `act:` and the table that an act is about. `signed` is who did it, in
    any of the ways in which that is written down. `before`: the id of the note to go on from.
    """

    kinds: Collection[str] = ()
    signed: Collection[str] = ()
    round_id: int | None = None
    before: int | None = None


EVERYTHING = Wanted()


def tell(
    session: Session,
    wanted: Wanted = EVERYTHING,
    *,
    since: datetime | None = None,
    who: str = "",
) -> Iterator[Told]:
    """What was done, the newest first; `who` is a part of a name.

    Reads a few statements for every 500 notes, and no further than it is asked for.
    """
    for told in _everything(session, wanted):
        named = who.lower() in told.who.lower() or who.lower() in told.name.lower()
        if named and (since is None or told.at >= since):
            yield told


def person_of(who: str) -> int | None:
    """The id of a person who acted; None for anybody else."""
    number = who.removeprefix(PERSON)
    return int(number) if number != who and number.isdecimal() else None


def _everything(session: Session, wanted: Wanted) -> Iterator[Told]:
    last, more = wanted.before, True
    while more and (notes := _before(session, last, wanted)):
        yield from _told(session, notes)
        last, more = notes[-1].id, len(notes) == AT_ONCE


def _before(session: Session, last: int | None, wanted: Wanted) -> Sequence[Note]:
    earlier = [] if last is None else [Note.id < last]
    query = select(Note).where(*earlier)
    if wanted.kinds or wanted.signed or wanted.round_id:
        # One question for each kind: with OR between them SQLite asks all of them of every note.
        kinds = [_of_kind(*kind, wanted).where(*earlier) for kind in _kinds(wanted)]
        found = union_all(*kinds).subquery()
        query = select(Note).join(found, found.c.id == Note.id)
    return session.scalars(query.order_by(Note.id.desc()).limit(AT_ONCE)).all()


def _kinds(wanted: Wanted) -> Iterable[tuple[str, list[str]]]:
    """Each table that is asked for, and for `act` what the acts are to be about, if not all."""
    acts: dict[str, list[str]] = defaultdict(list)
    for kind in wanted.kinds or watched.WATCHED:
        about, _, of = kind.partition(":")
        acts[about] += [of] if of else []
    return acts.items()


def _of_kind(about: str, acts: Collection[str], wanted: Wanted) -> Select[int]:
    rows = watched.table(about)
    only: list[ColumnElement[bool]] = [rows.c.about.in_(acts)] if acts else []
    if wanted.round_id:
        only.append(belonging.in_round(about, wanted.round_id))
    if wanted.signed:
        only.append(_signed(about, wanted.signed))
    query = select(Note.id).where(Note.about == about)
    return query.join(rows, rows.c.id == Note.row_id).where(*only) if only else query


def _signed(about: str, signed: Collection[str]) -> ColumnElement[bool]:
    """A kind that nobody signs was done by nobody in particular."""
    if about in UNSIGNED:
        return false() if UNSIGNED[about] not in signed else ~false()
    column = watched.WATCHED[about].who
    return watched.table(about).c[column].in_(signed) if column else false()


def _told(session: Session, notes: Sequence[Note]) -> Iterator[Told]:
    ids = defaultdict(list)
    for note in notes:
        if note.about in watched.WATCHED:
            ids[note.about].append(note.row_id)
    rows = {about: watched.read(session, about, some) for about, some in ids.items()}
    rounds = {about: belonging.rounds_of(session, about, some) for about, some in ids.items()}
    there = [(note, rows[note.about][note.row_id]) for note in notes if _is_there(note, rows)]
    names = _names(session, [_who(note, row) for note, row in there])
    for note, row in there:
        kind, who = watched.WATCHED[note.about], _who(note, row)
        yield Told(
            id=note.id,
            seq=note.seq,
            sealed_at=note.sealed_at,
            about=note.about,
            row_id=note.row_id,
            at=_moment(row[kind.when]),
            who=who,
            name=names.get(who, ""),
            round_id=row[kind.round] if kind.round else rounds[note.about].get(note.row_id),
            facts={name: row[name] for name in kind.tells if row[name] not in (None, "")},
        )


def _is_there(note: Note, rows: Mapping[str, Mapping[int, watched.Values]]) -> bool:
    return note.row_id in rows.get(note.about, {})


def _who(note: Note, row: watched.Values) -> str:
    column = watched.WATCHED[note.about].who
    return str(row[column] or "") if column else UNSIGNED.get(note.about, "")


def _names(session: Session, who: Collection[str]) -> dict[str, str]:
    ids = {person for one in who if (person := person_of(one)) is not None}
    if not ids:
        return {}
    found = session.execute(select(Person.id, Person.name).where(Person.id.in_(ids)))
    return {f"{PERSON}{person}": name for person, name in found}


def _moment(when: date) -> datetime:
    return when if isinstance(when, datetime) else datetime.combine(when, time(), UTC)

"""Walks the chain, and compares it with what it vouches for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import Exists, Table, exists, func, select
from sqlalchemy.orm import Session

from purchasing import acts
from purchasing.acts import Act
from purchasing.trail import sealing, watched
from purchasing.trail.rows import START, Note, seal_of

AT_ONCE = 1000


class Wrong(StrEnum):
    """What can be wrong with the trail, or with what it vouches for."""

    CHANGED = "changed"
    GONE = "gone"
    NOT_NOTED = "not noted"
    NOT_GIVEN = "not given"  # a role
    LACKING = "lacking"
    BROKEN = "broken"  # the seals themselves


@dataclass(frozen=True)
class Fault:
    """Something that nobody did through the house. `seq` is its place; None: not in the chain.

    `told` says it to who runs the site; `wrong` and the table `about` to anybody else.
    """

    seq: int | None
    told: str
    wrong: Wrong = Wrong.BROKEN
    about: str = ""

    def __str__(self) -> str:
        return self.told if self.seq is None else f"broken at {self.seq}: {self.told}"


def check(session: Session) -> Iterator[Fault]:
    """Every fault, in the order of the chain; then what the chain should vouch for and does not.

    After a fault the walk goes on from what is written, so that each is told once.
    """
    seq, seal = 0, START
    while notes := _after(session, seq):
        digests = _digests(session, notes)
        for note in notes:
            assert note.seq is not None
            if note.seq != seq + 1:
                yield Fault(seq + 1, _lacking(seq + 1, note.seq - 1), Wrong.LACKING)
            elif fault := _fault(note, seal, digests[note.id]):
                yield fault
            seq, seal = note.seq, note.seal
            session.expunge(note)  # a long chain need not stand in memory
    yield from _end(session, seq, seal)
    yield from _not_noted(session)
    yield from _roles(session)


def _after(session: Session, seq: int) -> Sequence[Note]:
    query = select(Note).where(Note.seq > seq).order_by(Note.seq).limit(AT_ONCE)
    return session.scalars(query).all()


def _digests(session: Session, notes: Sequence[Note]) -> dict[int, str]:
    """Of each note the digest of its row as it is now; empty where the row is gone."""
    found: dict[int, str] = {}
    for about in {note.about for note in notes if note.about in watched.WATCHED}:
        ours = [note for note in notes if note.about == about]
        contents = watched.contents(session, about, [note.row_id for note in ours])
        for note in ours:
            content = contents.get(note.row_id)
            found[note.id] = "" if content is None else watched.digest(note.salt, content)
    return {note.id: found.get(note.id, "") for note in notes}


def _lacking(first: int, last: int) -> str:
    return f"{first} to {last} are not there" if last > first else "it is not there"


def _fault(note: Note, before: str, digest: str) -> Fault | None:
    row = f"{note.about} {note.row_id}"
    if not note.sealed_at or note.seal != _expected(note, before):
        return Fault(note.seq, f"the seal of {row} does not stand on the one before it")
    if not digest:  # nor was it sealed in peace if it was gone before: no row of these ever goes
        return Fault(note.seq, f"{row} is gone", Wrong.GONE, note.about)
    if note.digest != digest:
        return Fault(note.seq, f"{row} is not what was sealed", Wrong.CHANGED, note.about)
    return None


def _expected(note: Note, before: str) -> str:
    assert note.seq is not None
    assert note.sealed_at is not None
    return seal_of(
        before,
        seq=note.seq,
        about=note.about,
        row_id=note.row_id,
        sealed_at=note.sealed_at,
        digest=note.digest,
    )


def _end(session: Session, seq: int, seal: str) -> Iterator[Fault]:
    head = sealing.head(session)
    if head.seq > seq:
        lacking = f"{_lacking(seq + 1, head.seq)}: the end was cut off"
        yield Fault(seq + 1, lacking, Wrong.LACKING)
    elif (head.seq, head.seal) != (seq, seal):
        yield Fault(head.seq, "the head is not the last seal")


def _not_noted(session: Session) -> Iterator[Fault]:
    """Rows that came while the triggers were off."""
    for about in sorted(watched.WATCHED):
        rows = watched.table(about)
        for row_id in session.scalars(select(rows.c.id).where(~_noted(rows, about))):
            yield Fault(None, f"{about} {row_id} was never noted", Wrong.NOT_NOTED, about)


def _noted(rows: Table, about: str) -> Exists:
    return exists().where(Note.about == about, Note.row_id == rows.c.id)


def _roles(session: Session) -> Iterator[Fault]:
    """Roles in the network that nobody gave."""
    membership = watched.table("membership")
    last = (
        select(func.max(Act.id).label("id"))
        .where(Act.about == "person", Act.what.in_((acts.GIVEN, acts.TAKEN)))
        .group_by(Act.about_id, Act.value)
    )
    given = select(Act.about_id, Act.value).where(Act.id.in_(last), Act.what == acts.GIVEN)
    known = {(person, role) for person, role in session.execute(given)}
    held = select(membership.c.person_id, membership.c.role)
    for person, role in session.execute(held.where(membership.c.participant_id.is_(None))):
        if (person, str(role)) not in known:
            told = f"person {person} is {role}, and nobody made them that"
            yield Fault(None, told, Wrong.NOT_GIVEN, "person")

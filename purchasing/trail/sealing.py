"""Numbers what was noted, and chains it. Interrupted anywhere, or done by two, it is done once.

In two steps, so that nobody who wants to save waits while rows are digested: `prepare` only reads;
`chain` is short, and holds the head. What is vouched for never changes, so a digest stays true.
"""

from __future__ import annotations

import secrets
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, select, update
from sqlalchemy.orm import Session

from purchasing.trail import watched
from purchasing.trail.rows import Head, Note, TrailHead, seal_of

AT_ONCE = 500


@dataclass(frozen=True)
class Prepared:
    """A note and the digest of its row; without one where the row is not there any more."""

    id: int
    about: str
    row_id: int
    salt: str
    digest: str


def head(session: Session) -> Head:
    """How far the chain reaches."""
    row = session.execute(select(TrailHead.seq, TrailHead.seal)).one()
    return Head(row.seq, row.seal)


def waiting(session: Session) -> int | None:
    """The id of the oldest note that is not sealed yet."""
    query = select(Note.id).where(Note.seq.is_(None)).order_by(Note.id).limit(1)
    return session.scalar(query)


def prepare(session: Session, limit: int = AT_ONCE) -> list[Prepared]:
    """Digest what was noted and is not sealed yet, the oldest first."""
    query = select(Note.id, Note.about, Note.row_id).where(Note.seq.is_(None))
    notes = session.execute(query.order_by(Note.id).limit(limit)).all()
    ids = defaultdict(list)
    for _, about, row_id in notes:
        ids[about].append(row_id)
    said = {about: watched.contents(session, about, rows) for about, rows in ids.items()}
    return [_prepared(id_, about, row, said[about].get(row)) for id_, about, row in notes]


def chain(session: Session, prepared: Sequence[Prepared], *, now: datetime) -> Head:
    """Seal what no other sealer has sealed meanwhile; returns the head of the chain."""
    held = session.scalars(select(TrailHead).with_for_update()).one()
    ids = [one.id for one in prepared]
    free = set(session.scalars(select(Note.id).where(Note.id.in_(ids), Note.seq.is_(None))))
    seq, seal, sealed = held.seq, held.seal, []
    for one in prepared:
        if one.id in free:
            seq += 1
            seal = seal_of(
                seal,
                seq=seq,
                about=one.about,
                row_id=one.row_id,
                sealed_at=now,
                digest=one.digest,
            )
            sealed.append(_values(one, seq=seq, sealed_at=now, seal=seal))
    if sealed:
        session.connection().execute(_SEAL, sealed)
        held.seq, held.seal = seq, seal
        session.flush()
    return Head(seq, seal)


_SEAL = (
    update(Note.__table__)  # type: ignore[arg-type]
    .where(Note.__table__.c.id == bindparam("of"), Note.__table__.c.seq.is_(None))
    .values(
        {
            name: bindparam(f"{name}_", type_=Note.__table__.c[name].type)
            for name in ("seq", "sealed_at", "salt", "digest", "seal")
        }
    )
)


def _prepared(id_: int, about: str, row_id: int, content: str | None) -> Prepared:
    salt = secrets.token_hex(16)
    digest = "" if content is None else watched.digest(salt, content)
    return Prepared(id_, about, row_id, salt, digest)


def _values(one: Prepared, **sealed: object) -> dict[str, Any]:
    values = {"of": one.id, "salt_": one.salt, "digest_": one.digest}
    return values | {f"{name}_": value for name, value in sealed.items()}

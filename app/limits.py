"""How often something may be done, counted in the database: exact with any number of processes."""

import hashlib
from datetime import datetime, timedelta
from zlib import crc32

from sqlalchemy import String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from purchasing.base import Base, insert_if_absent

QUARTER = timedelta(minutes=15)  # which the page says that one should wait
LANES = 64


class TooOften(Exception):
    """It was done as often as it may be for now."""


class UseCount(Base):
    """How often one thing was done since a moment. Of what it was, only a hash stands here."""

    __tablename__ = "use_count"

    what: Mapped[str] = mapped_column(String(64), unique=True)
    since: Mapped[datetime]
    uses: Mapped[int] = mapped_column(default=0)


def count(session: Session, what: str, *, most: int, at: datetime) -> None:
    """Count one use of `what`, of at most so many in a quarter of an hour. Raises TooOften.

    Others who count the same wait until the caller's commit.
    """
    row = _held(session, what, at)
    if abs(at - row.since) >= QUARTER:  # also where the machine's time was put back
        row.since, row.uses = at, 0
    if row.uses >= most:
        raise TooOften
    row.uses += 1


def one_at_a_time(session: Session, what: str, whose: str, *, at: datetime) -> None:
    """Let two who do `what` for the same one wait for each other, until the caller's commit.

    Of whose it is nothing is kept: everybody has one of a few lanes, which some share.
    """
    _held(session, f"{what}:{crc32(whose.encode()) % LANES}", at)


def _held(session: Session, what: str, at: datetime) -> UseCount:
    key = hashlib.sha256(what.encode()).hexdigest()
    insert_if_absent(session, UseCount, what=key, since=at, uses=0)
    query = select(UseCount).where(UseCount.what == key).with_for_update()
    return session.scalars(query.execution_options(populate_existing=True)).one()

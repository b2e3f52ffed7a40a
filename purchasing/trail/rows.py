"""The notes and the head of their chain."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from purchasing.base import Base

START = "0" * 64  # what the first seal stands on


class Note(Base):
    """One row that is vouched for: noted by a trigger, sealed by a sealer, then final.

    `salt` is not in the seal, so that a digest can be made meaningless without breaking the chain.
    """

    __tablename__ = "trail"
    __table_args__ = (UniqueConstraint("about", "row_id", name="uq_trail_once"),)

    about: Mapped[str] = mapped_column(String(32))  # a table
    row_id: Mapped[int]
    seq: Mapped[int | None] = mapped_column(unique=True)
    sealed_at: Mapped[datetime | None]
    salt: Mapped[str] = mapped_column(String(32), default="", server_default="")
    digest: Mapped[str] = mapped_column(String(64), default="", server_default="")
    seal: Mapped[str] = mapped_column(String(64), default="", server_default="")


class TrailHead(Base):
    """The last seal. One row; who seals holds it."""

    __tablename__ = "trail_head"

    seq: Mapped[int] = mapped_column(default=0)
    seal: Mapped[str] = mapped_column(String(64), default=START)


@dataclass(frozen=True)
class Head:
    """How far the chain reaches: write it down somewhere else, and no end can be cut off."""

    seq: int
    seal: str


def seal_of(
    before: str, *, seq: int, about: str, row_id: int, sealed_at: datetime, digest: str
) -> str:
    """The seal of a note, standing on the seal before it."""
    said = json.dumps([before, seq, about, row_id, sealed_at.isoformat(), digest])
    return hashlib.sha256(said.encode()).hexdigest()

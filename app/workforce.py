"""Which workers there are, on any machine: each notes in the database that it is alive."""

import os
import socket
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy import String, delete, func, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from purchasing.base import Base, insert_if_absent

BEATS = timedelta(seconds=20)
SILENT = timedelta(minutes=2)
FORGOTTEN = timedelta(days=1)
CLOCK, WORKERS = "clock", "workers"


class WorkerBeat(Base):
    """When a worker was last heard of. Who stops when asked takes its row away."""

    __tablename__ = "worker_beat"

    name: Mapped[str] = mapped_column(String(120), unique=True)
    seen_at: Mapped[datetime]


def clock_runs_errands(config: Mapping[str, Any]) -> bool:
    """Whether the clock runs errands too. Raises ValueError for a setting that is no answer."""
    told = str(config["ERRANDS"])
    if told not in (CLOCK, WORKERS):
        raise ValueError(f"KOOPKRACHT_ERRANDS is {told!r}: say {CLOCK!r} or {WORKERS!r}.")
    return told == CLOCK


def a_name() -> str:
    """A name that no other worker has, with the machine in it."""
    return f"{socket.gethostname()[:80]}:{os.getpid()}:{uuid4().hex[:8]}"


def beat(session: Session, name: str, *, now: datetime) -> None:
    """Note that this worker is alive; forget those that nobody has heard of for a day."""
    heard = update(WorkerBeat).where(WorkerBeat.name == name).values(seen_at=now)
    if not session.execute(heard).rowcount:  # type: ignore[attr-defined]
        session.execute(delete(WorkerBeat).where(WorkerBeat.seen_at < now - FORGOTTEN))
        insert_if_absent(session, WorkerBeat, name=name, seen_at=now)


def leave(session: Session, name: str) -> None:
    session.execute(delete(WorkerBeat).where(WorkerBeat.name == name))


def count_alive(session: Session, *, now: datetime) -> int:
    """How many have been heard of lately."""
    alive = WorkerBeat.seen_at > now - SILENT
    return session.scalar(select(func.count()).select_from(WorkerBeat).where(alive)) or 0

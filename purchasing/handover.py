"""Lists that are taken along once: of every issue one person gets what is on it, ever."""

from __future__ import annotations

from collections.abc import Iterable, Sized
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import String, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from purchasing import numbers
from purchasing.errors import N_, Refused
from purchasing.people import the_network


class ListTaken(Refused):
    message = N_("%(name)s took this list along on %(taken_at)s. A list can be taken once.")


class ListChanged(Refused):
    message = N_("Somebody left the list while it was printed. Take it along once more.")


class ListNotTaken(Refused):
    message = N_("The last list has not been taken along yet.")


class NobodyOnTheList(Refused):
    message = N_("Nobody is on this list, or its answers have been deleted.")


class Issue:
    """The columns of one issue; `people` is how many were on it when it was taken along."""

    number: Mapped[str] = mapped_column(String(24), unique=True)
    issued_at: Mapped[datetime]
    issued_by: Mapped[str] = mapped_column(String(120))
    taken_at: Mapped[datetime | None]
    taken_by: Mapped[str] = mapped_column(String(120), default="")
    people: Mapped[int | None]


def next_number(session: Session, series: str, letter: str, *, now: datetime) -> str:
    """ "L-2026-0001": the next of this series in the network's year."""
    year = now.astimezone(ZoneInfo(the_network(session).timezone)).year
    return f"{letter}-{year}-{numbers.take(session, f'{series}:{year}'):04d}"


def refuse_while_one_waits(issues: Iterable[Issue]) -> None:
    """A new issue comes after the one before it was taken along. Raises ListNotTaken."""
    if any(issue.taken_at is None for issue in issues):
        raise ListNotTaken


def refuse_if_taken(issue: Issue) -> None:
    """Raises ListTaken."""
    if issue.taken_at is not None:
        raise ListTaken(name=issue.taken_by, taken_at=issue.taken_at)


def refuse_if_empty(rows: Sized) -> None:
    """Raises NobodyOnTheList."""
    if not rows:
        raise NobodyOnTheList


def take(session: Session, issue: Any, *, people: int, actor: str, now: datetime) -> None:
    """Note who took this `Issue` of a table along. Of two at once one gets it: ListTaken."""
    kind = type(issue)
    taken = session.execute(
        update(kind)
        .where(kind.id == issue.id, kind.taken_at.is_(None))
        .values(taken_at=now, taken_by=actor, people=people)
        .execution_options(synchronize_session=False)
    )
    session.refresh(issue)
    if taken.rowcount != 1:  # type: ignore[attr-defined]
        raise ListTaken(name=issue.taken_by, taken_at=issue.taken_at)

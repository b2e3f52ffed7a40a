"""What was done that leaves no row of its own: a role given, a setting changed, a file called off.

What does leave one (a posting, a paper, a count, a move of a round) is not noted here again. An
act names rows and persons by their ids, so that nobody's name is in it when a person is erased.

Rows that many verbs write, and that nobody signs, are signed by whoever is `acting`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import String, insert, inspect
from sqlalchemy.orm import Mapped, Session, UOWTransaction, mapped_column

from purchasing.base import Base
from purchasing.people import Membership

# Changes of these are acts: the table, its columns (empty: any of them), and what it is called.
CHANGES = {
    "bank_line": (("state",), "decided"),
    "catalogue_import": (("applied_at", "undone_at"), "applied or undone"),
    "collection": (("cancelled_at",), "called off"),
    "mail_pause": (("resumed_at",), "resumed"),
    "network": ((), "settings changed"),
    "payment_order": (("cancelled_at",), "called off"),
    "person": (("active",), "let in or shut out"),
    "supplier": ((), "changed"),
}
BY_ITSELF = {"reminded_on"}  # the clock's own notes are nobody's act
GIVEN, TAKEN = "role given", "role taken"
LONGEST_ACTOR = 40


class Act(Base):
    """One act. `about` is a table, `value` what changed: names of columns, or a role."""

    __tablename__ = "act"

    about: Mapped[str] = mapped_column(String(32))
    about_id: Mapped[int]
    what: Mapped[str] = mapped_column(String(32))
    value: Mapped[str] = mapped_column(String(400), default="")
    actor: Mapped[str] = mapped_column(String(LONGEST_ACTOR))  # person 12, clock, command line
    at: Mapped[datetime]


_told_by: list[Callable[[], str | None]] = []


def ask_for_actor(who: Callable[[], str | None]) -> None:
    """Let the house around us say who acts: `person 12`, never a name; None where it is nobody."""
    _told_by[:] = [who]


def acting() -> str | None:
    """Who acts at this moment; None where nothing around us knows. The default of a column."""
    return _told_by[0]() if _told_by else None


def note(
    session: Session,
    about: str,
    about_id: int,
    what: str,
    *,
    value: str = "",
    actor: str,
    now: datetime,
) -> None:
    """Put an act on record. No names and no addresses: they would outlive their person."""
    session.add(Act(**_act(about, about_id, what, value), actor=actor, at=now))


def note_changes(session: Session, flushed: UOWTransaction, *, actor: str, now: datetime) -> None:
    """Note what was flushed, where that is an act. For SQLAlchemy's `after_flush`."""
    # Who is taken out of a collection is not in `session.deleted`; what was flushed knows.
    gone = [state.obj() for state, (is_gone, _) in flushed.states.items() if is_gone]
    acts = [*_changes(session.dirty), *_roles(session.new, GIVEN), *_roles(gone, TAKEN)]
    if acts:
        every = {"actor": actor, "at": now}
        session.connection().execute(insert(Act.__table__), [one | every for one in acts])  # type: ignore[arg-type]


def _changes(rows: Iterable[Base]) -> Iterator[dict[str, Any]]:
    for row in rows:
        columns, what = CHANGES.get(row.__tablename__, ((), ""))
        if what and (changed := _changed(row, columns)):
            yield _act(row.__tablename__, row.id, what, ", ".join(sorted(changed)))


def _changed(row: Base, columns: tuple[str, ...]) -> set[str]:
    state = inspect(row)
    return {
        column.key
        for column in state.mapper.column_attrs
        if (not columns or column.key in columns)
        and column.key not in BY_ITSELF
        and state.attrs[column.key].history.has_changes()
    }


def _roles(rows: Iterable[object], what: str) -> Iterator[dict[str, Any]]:
    """Who may do what in the network, and who may order for whom."""
    for row in rows:
        if isinstance(row, Membership):
            whom = f" for participant {row.participant_id}" if row.participant_id else ""
            yield _act("person", row.person_id, what, f"{row.role}{whom}")


def _act(about: str, about_id: int, what: str, value: str) -> dict[str, Any]:
    return {"about": about, "about_id": about_id, "what": what, "value": value[:400]}

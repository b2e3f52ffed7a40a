"""What was agreed about paying a bill in parts: days and amounts, and which of them are still due.

A plan lends nothing and costs nothing: it only moves the days on which a bill is to be paid. What
was paid of the bill counts for the first parts. An agreed plan is never edited; it may be ended.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Collection, Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, select
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from purchasing.base import Base
from purchasing.money import Cents, share_out

Due = tuple[date, Cents]  # so much, to be paid by that day

LEAST_PART = 500  # cents: smaller parts are more work than help
TO_START = timedelta(days=7)  # for the first part, where the bill was due already
ONCE = 500


class InstalmentPlan(Base):
    """One bill is paid in parts. Who asked for it is nobody's business, so it is not kept."""

    __tablename__ = "instalment_plan"

    paper_id: Mapped[int] = mapped_column(ForeignKey("paper.id"), unique=True)
    made_at: Mapped[datetime]
    ended_on: Mapped[date | None]  # from this day on the rest is due at once

    parts: Mapped[list[Instalment]] = relationship(order_by="Instalment.due_on")


class Instalment(Base):
    __tablename__ = "instalment"
    __table_args__ = (CheckConstraint("cents > 0", name="more_than_nothing"),)

    plan_id: Mapped[int] = mapped_column(ForeignKey("instalment_plan.id"), index=True)
    due_on: Mapped[date]
    cents: Mapped[int] = mapped_column(BigInteger)


def in_parts(cents: Cents, count: int, *, first_on: date) -> tuple[Due, ...]:
    """So many parts, a month apart, as equal as cents can be; together exactly `cents`."""
    amounts = share_out(cents, dict.fromkeys(range(count), 1))
    return tuple((_months_after(first_on, n), amounts[n]) for n in range(count))


def choices(cents: Cents, most: int, *, due_on: date | None, today: date) -> list[tuple[Due, ...]]:
    """The plans there are for what is open of a bill: in two parts, in three, up to `most`."""
    first = due_on if due_on and due_on >= today else today + TO_START
    counts = range(2, min(most, cents // LEAST_PART) + 1)
    return [in_parts(cents, count, first_on=first) for count in counts]


def still_due(agreed: Sequence[Due], open_: Cents) -> list[Due]:
    """Which parts are to be paid of what is open: the last ones, for the first are paid first.

    What is open beyond all parts together is due with the first. Adds up to `open_`.
    """
    left, found = open_, list[Due]()
    for day, cents in reversed(agreed):
        if part := min(cents, left):
            found.append((day, part))
            left -= part
    if left:
        found[-1] = (found[-1][0], found[-1][1] + left)
    return found[::-1]


def agreed_of(session: Session, plan_ids: Collection[int]) -> dict[int, list[Due]]:
    """The parts of these plans, by plan, the first first."""
    ids, found = sorted(plan_ids), dict[int, list[Due]]()
    for start in range(0, len(ids), ONCE):
        query = (
            select(Instalment.plan_id, Instalment.due_on, Instalment.cents)
            .where(Instalment.plan_id.in_(ids[start : start + ONCE]))
            .order_by(Instalment.plan_id, Instalment.due_on)
        )
        for plan_id, day, cents in session.execute(query):
            found.setdefault(plan_id, []).append((day, cents))
    return found


def _months_after(day: date, months: int) -> date:
    """The same day of a later month, or its last day: 31 January, 28 February, 31 March."""
    years, month = divmod(day.month - 1 + months, 12)
    year, month = day.year + years, month + 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))

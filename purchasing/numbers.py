"""Numbers without gaps: a counter row that is raised in the transaction that uses the number.

Never a sequence, which leaves gaps, and never the highest plus one, which two can take. The one
gap there can be stands on record with its reason: numbers that went out, and that a backup which
was put back knew nothing of.
"""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import String, Text, bindparam, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from purchasing.base import Base, insert_if_absent

RAISED = "numbers raised"  # in session.info: what this transaction took, {key: last}


class NumberSeries(Base):
    __tablename__ = "number_series"

    key: Mapped[str] = mapped_column(String(40), unique=True)
    last: Mapped[int] = mapped_column(default=0)


class NumberGap(Base):
    """Numbers `first` to `last` of a series that this database does not know, and why."""

    __tablename__ = "number_gap"

    key: Mapped[str] = mapped_column(String(40), index=True)
    first: Mapped[int]
    last: Mapped[int]
    reason: Mapped[str] = mapped_column(Text)
    actor: Mapped[str] = mapped_column(String(120))
    noted_at: Mapped[datetime]


_RAISE = (
    update(NumberSeries)
    .where(NumberSeries.key == bindparam("key_"))
    .values(last=NumberSeries.last + bindparam("count"))
    .returning(NumberSeries.last)
    .execution_options(synchronize_session=False)
)


def take(session: Session, key: str, count: int = 1, *, start: int = 1) -> int:
    """Take `count` numbers of a series at once; returns the first. Holds the series' row."""
    values = {"key_": key, "count": count}
    last = session.scalar(_RAISE, values)
    if last is None:
        insert_if_absent(session, NumberSeries, key=key, last=start - 1)
        last = session.scalars(_RAISE, values).one()
    session.info.setdefault(RAISED, {})[key] = last
    return last - count + 1


def lift(
    session: Session, marks: Mapping[str, int], *, reason: str, actor: str, now: datetime
) -> list[NumberGap]:
    """Let no series issue a number up to its mark again; each gap is put on record."""
    gaps = []
    for key, mark in sorted(marks.items()):
        insert_if_absent(session, NumberSeries, key=key, last=0)
        series = session.scalars(
            select(NumberSeries).where(NumberSeries.key == key).with_for_update()
        ).one()
        if series.last < mark:
            gap = NumberGap(
                key=key, first=series.last + 1, last=mark, reason=reason, actor=actor, noted_at=now
            )
            series.last = mark
            gaps.append(gap)
    session.add_all(gaps)
    session.flush()
    return gaps


def standing(session: Session) -> dict[str, int]:
    """The last number of each series."""
    return {
        key: last for key, last in session.execute(select(NumberSeries.key, NumberSeries.last))
    }


def gaps(session: Session) -> list[NumberGap]:
    """The gaps that are on record."""
    return list(session.scalars(select(NumberGap).order_by(NumberGap.key, NumberGap.first)))

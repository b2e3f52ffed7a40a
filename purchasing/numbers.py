"""Numbers without gaps: a counter row that is raised in the transaction that uses the number.

Never a sequence, which leaves gaps, and never the highest plus one, which two can take.
"""

from sqlalchemy import String, bindparam, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from purchasing.base import Base, insert_if_absent


class NumberSeries(Base):
    __tablename__ = "number_series"

    key: Mapped[str] = mapped_column(String(40), unique=True)
    last: Mapped[int] = mapped_column(default=0)


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
    return last - count + 1

"""Closing a book year: what was earned becomes a result, and nothing is booked in it any more."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from purchasing.books import deciding, ledger, overview
from purchasing.books.bank import BankLine
from purchasing.books.chart import ledger_of
from purchasing.books.ledger import Booking, BookYear, Entry, Posting
from purchasing.errors import N_, Refused
from purchasing.money import Cents
from purchasing.people import the_network

FIRST_YEAR, LAST_YEAR = 2000, 2100


class YearNotOver(Refused):
    message = N_("The year %(year)s is not over yet.")


class YearIsClosed(Refused):
    message = N_("The year %(year)s is closed already.")


class EarlierYearOpen(Refused):
    message = N_("First close the year before it.")


class LinesUndecided(Refused):
    message = N_("First decide about the %(count)s lines of the bank of that year.")


class BooksNotTrue(Refused):
    message = N_("Something in the books is not true. Look at “The books” first.")


def list_closed(session: Session) -> list[BookYear]:
    return list(session.scalars(select(BookYear).order_by(BookYear.year.desc())))


def years_with_books(session: Session) -> list[int]:
    """Years in which something was booked, the newest first."""
    zone = ZoneInfo(the_network(session).timezone)
    first, last = session.execute(select(func.min(Posting.at), func.max(Posting.at))).one()
    if first is None:
        return []
    return list(range(last.astimezone(zone).year, first.astimezone(zone).year - 1, -1))


def close(session: Session, year: int, *, actor: str, now: datetime) -> BookYear:
    """Move what was earned and spent to the result of the year, and lock the year.

    Raises YearNotOver, YearIsClosed, EarlierYearOpen, LinesUndecided, BooksNotTrue.
    """
    deciding.hold_books(session)
    ends_at = _end_of(session, year)
    _check(session, year, ends_at, now)
    amounts = {account: -cents for account, cents in _earned(session, ends_at).items()}
    result = -sum(amounts.values())
    amounts[f"result:{year}"] = result
    last_moment = ends_at - timedelta(microseconds=1)
    posting = Booking(f"close:{year}", str(year), amounts)
    ledger.post(session, [posting], round_id=None, at=last_moment)
    row = BookYear(
        year=year, ends_at=ends_at, result_cents=-result, closed_at=now, closed_by=actor
    )
    session.add(row)
    session.flush()
    return row


def _end_of(session: Session, year: int) -> datetime:
    """The first moment after a year, on the clocks of the network."""
    zone = ZoneInfo(the_network(session).timezone)
    return datetime.combine(date(year + 1, 1, 1), time(), zone).astimezone(UTC)


def _check(session: Session, year: int, ends_at: datetime, now: datetime) -> None:
    if now < ends_at:
        raise YearNotOver(year=str(year))
    closed = {one.year for one in list_closed(session)}
    if year in closed or (closed and year < max(closed)):
        raise YearIsClosed(year=str(year))
    if any(other < year and other not in closed for other in years_with_books(session)):
        raise EarlierYearOpen
    undecided = select(func.count(BankLine.id)).where(
        BankLine.state.in_(deciding.OPEN_STATES), BankLine.booked_on <= date(year, 12, 31)
    )
    if count := session.scalar(undecided):
        raise LinesUndecided(count=count)
    if overview.faults(session):
        raise BooksNotTrue


def _earned(session: Session, ends_at: datetime) -> dict[str, Cents]:
    """Balances of the accounts that a closed year brings to zero."""
    rows = session.execute(
        select(Entry.account, func.sum(Entry.cents))
        .join(Posting, Posting.id == Entry.posting_id)
        .where(Posting.at < ends_at)
        .group_by(Entry.account)
    )
    return {account: int(cents) for account, cents in rows if ledger_of(account).closes}

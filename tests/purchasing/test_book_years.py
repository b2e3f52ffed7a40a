"""Closing a book year: results, a lock that holds, and what comes too late."""

from datetime import UTC, date, datetime

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DatabaseError, IntegrityError
from sqlalchemy.orm import Session

from app.bank import read
from purchasing.books import deciding, intake, journal, ledger, overview, years
from purchasing.books.bank import BankLine
from purchasing.books.ledger import Booking, Entry, Posting
from tests.bank_files import Moved, camt
from tests.builders import ACTOR, a_bill, a_household, a_network

NEW_YEAR = datetime(2027, 1, 5, 9, tzinfo=UTC)


@pytest.fixture(autouse=True)
def books(session: Session):
    """In 2026 a bill was paid, and the bank asked its costs."""
    a_network(session)
    bill = a_bill(session, a_household(session, "Ada"), 1250)
    take(session, Moved(1250, reference=bill.reference), Moved(-200, text="kosten"))
    costs = session.scalars(select(BankLine).where(BankLine.cents < 0)).one()
    deciding.decide(session, costs, account="bank-costs", actor=ACTOR, now=NEW_YEAR)


def take(session: Session, *moved: Moved) -> None:
    file = read(camt(*moved, number=str(moved)[:60]))
    intake.take_in(session, file, file_name="x", actor=ACTOR, now=NEW_YEAR)


def test_what_was_earned_becomes_the_result(session: Session) -> None:
    row = years.close(session, 2026, actor=ACTOR, now=NEW_YEAR)

    assert row.result_cents == 1250 - 200
    for account in ("fees", "bank-costs"):
        assert ledger.balance(session, account) == 0
    assert ledger.balance(session, "result:2026") == -1050
    assert ledger.balance(session, "bank") == 1050
    assert overview.faults(session) == []


def test_what_comes_too_late_is_booked_in_the_new_year(session: Session) -> None:
    years.close(session, 2026, actor=ACTOR, now=NEW_YEAR)

    take(session, Moved(700, text="iets", on=date(2026, 12, 30)))

    late = session.scalars(select(Posting).order_by(Posting.id.desc()).limit(1)).one()
    assert late.at.year == 2026 and late.at == datetime(2026, 12, 31, 23, tzinfo=UTC)
    assert [one.on for one in journal.of_year(session, 2027).booked] == [date(2027, 1, 1)]


def test_the_new_year_begins_with_what_the_old_one_left(session: Session) -> None:
    before = journal.of_year(session, 2027).opening
    years.close(session, 2026, actor=ACTOR, now=NEW_YEAR)
    after = journal.of_year(session, 2027).opening

    assert before == after == {"bank": 1050, "result:2026": -1050}


@pytest.mark.parametrize(
    "tampering",
    [
        "INSERT INTO posting (key, at, memo) VALUES ('x', '2026-05-01 12:00:00', '')",
        "UPDATE book_year SET year = 2020",
        "DELETE FROM book_year",
    ],
)
def test_the_database_keeps_a_closed_year_closed(session: Session, tampering: str) -> None:
    years.close(session, 2026, actor=ACTOR, now=NEW_YEAR)
    session.commit()

    with pytest.raises((DatabaseError, IntegrityError)):
        session.execute(text(tampering))
    session.rollback()


def test_a_year_is_closed_once_and_in_its_turn(session: Session) -> None:
    with pytest.raises(years.YearNotOver):
        years.close(session, 2027, actor=ACTOR, now=NEW_YEAR)
    later = NEW_YEAR.replace(year=2028)
    take(session, Moved(5, text="iets", on=date(2027, 3, 1)))
    with pytest.raises(years.EarlierYearOpen):
        years.close(session, 2027, actor=ACTOR, now=later)
    years.close(session, 2026, actor=ACTOR, now=NEW_YEAR)
    for year in (2026, 2025):
        with pytest.raises(years.YearIsClosed):
            years.close(session, year, actor=ACTOR, now=later)


def test_undecided_lines_come_first(session: Session) -> None:
    take(session, Moved(700, text="iets", on=date(2026, 12, 30)))

    with pytest.raises(years.LinesUndecided) as refused:
        years.close(session, 2026, actor=ACTOR, now=NEW_YEAR)

    assert refused.value.details == {"count": 1}


def test_books_that_are_not_true_are_not_closed(session: Session) -> None:
    wrong = Booking("t", "", {"bank": 5, "fees": -5})
    ledger.post(session, [wrong], round_id=None, at=datetime(2026, 5, 1, tzinfo=UTC))

    with pytest.raises(years.BooksNotTrue):
        years.close(session, 2026, actor=ACTOR, now=NEW_YEAR)


def test_a_decision_of_a_closed_year_can_still_be_taken_back(session: Session) -> None:
    years.close(session, 2026, actor=ACTOR, now=NEW_YEAR)
    costs = session.scalars(select(BankLine).where(BankLine.cents < 0)).one()

    deciding.take_back(session, costs, actor=ACTOR, now=NEW_YEAR)

    assert ledger.balance(session, "bank-costs") == -200
    assert not session.scalar(select(func.sum(Entry.cents)))

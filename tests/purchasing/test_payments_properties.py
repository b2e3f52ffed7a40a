"""Random bills, payments, returns and decisions taken back: the books stay true."""

from contextlib import suppress
from datetime import date

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.bank import read
from purchasing.books import deciding, intake, ledger, open_items
from purchasing.books.bank import BankLine, LineState
from purchasing.books.ledger import Entry
from purchasing.payment_reference import numbers_in, references_in, rf_reference
from tests.bank_files import Moved, camt
from tests.builders import NOON, a_bill, a_household, a_network

ACTOR = "Penningmeester"


def _take(session: Session, data: bytes) -> None:
    intake.take_in(session, read(data), file_name="maart.xml", actor=ACTOR, now=NOON)


def _lines(session: Session) -> list[BankLine]:
    return list(session.scalars(select(BankLine).order_by(BankLine.id)))


@given(data=st.data())
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_is_paid_every_cent_is_somewhere(session: Session, data) -> None:
    session.rollback()  # what an example that was cut short left behind
    a_network(session)
    people = [a_household(session, f"Huis{n}") for n in range(2)]
    amount = st.integers(1, 3000)
    bills = [
        a_bill(session, data.draw(st.sampled_from(people)), data.draw(amount)) for _ in range(4)
    ]
    for n in range(data.draw(st.integers(1, 5))):
        bill = data.draw(st.sampled_from(bills))
        text_ = data.draw(st.sampled_from([bill.reference, bill.number, "iets"]))
        cents = data.draw(st.one_of(st.just(bill.total_cents), amount))
        _take(session, camt(Moved(cents, text=text_, end_to_end=f"E{n}"), number=f"s{n}"))
        if data.draw(st.booleans()):
            back = Moved(-cents, returned=True, end_to_end=f"E{n}", on=date(2026, 3, 25))
            _take(session, camt(back, number=f"b{n}"))
        booked = [line for line in _lines(session) if line.state == LineState.BOOKED]
        if booked and data.draw(st.booleans()):
            one = data.draw(st.sampled_from(booked))
            with suppress(deciding.WasReturned):
                deciding.take_back(session, one, actor=ACTOR, now=NOON)
    _take(session, camt(number="last"))
    assert not session.scalar(select(func.sum(Entry.cents)))
    told = sum(line.cents for line in _lines(session))
    assert ledger.balance(session, "bank") == told
    for person in people:
        mine = open_items.list_open(session, participant_ids=[person.id])
        assert all(0 < item.open <= item.total for item in mine)
        left = sum(item.open for item in mine) - ledger.balance(
            session, f"participant:{person.id}"
        )
        assert left >= 0
        assert not (left and mine), "credit pays what is open"
    session.rollback()


@given(st.integers(1, 10**9).map(str), st.text("0123456789 .-RFrf", max_size=12))
def test_a_reference_is_found_whatever_stands_behind_it(digits: str, behind: str) -> None:
    assert rf_reference(digits) in references_in(f"x {rf_reference(digits).lower()} {behind}")


@given(st.integers(2020, 2099), st.integers(1, 9999), st.sampled_from("- /"))
def test_a_number_is_found_however_it_is_typed(year: int, serial: int, mark: str) -> None:
    number = f"{year}-{serial:04d}"
    assert numbers_in(f"factuur {year}{mark}{serial:04d}, dank") == [number]
    assert numbers_in(f"A-{number}") == [f"A-{number}"]

"""Paying suppliers: all that is owed, once, and nothing booked before the bank says so."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.bank import read
from purchasing.books import deciding, intake, ledger, paying
from purchasing.books.bank import BankLine
from purchasing.books.ledger import Booking
from tests.bank_files import THEIRS, Moved, camt
from tests.builders import ACTOR, NOON, a_network, a_supplier


@pytest.fixture
def mill(session: Session):
    """A supplier with an account that is owed 50 euros."""
    a_network(session)
    supplier = a_supplier(session, "Molen", iban=THEIRS)
    owe(session, supplier, 5000, "o1")
    return supplier


def owe(session: Session, supplier, cents: int, key: str) -> None:
    amounts = {f"supplier:{supplier.id}": -cents, "round:1": cents}
    ledger.post(session, [Booking(key, "", amounts)], round_id=None, at=NOON)


def order(session: Session, *suppliers) -> paying.PaymentOrder:
    return paying.make_order(
        session,
        {one.id for one in suppliers},
        execute_on=NOON.date() + timedelta(days=1),
        actor=ACTOR,
        now=NOON,
    )


def to_pay(session: Session) -> list[tuple[int, int]]:
    return [(one.to_pay, one.under_way) for one in paying.list_payable(session)]


def test_all_that_is_owed_is_ordered_and_then_under_way(session: Session, mill) -> None:
    made = order(session, mill)

    assert (made.number, made.total) == ("P-2026-0001", 5000)
    assert to_pay(session) == [(0, 5000)]
    assert ledger.balance(session, f"supplier:{mill.id}") == -5000
    with pytest.raises(paying.NothingToPay):
        order(session, mill)


def test_what_comes_on_top_can_be_ordered(session: Session, mill) -> None:
    order(session, mill)
    owe(session, mill, 700, "o2")

    assert order(session, mill).total == 700


def test_when_the_bank_paid_nothing_is_under_way(session: Session, mill) -> None:
    order(session, mill)
    owe(session, mill, 700, "o2")
    file = read(camt(Moved(-5000)))
    intake.take_in(session, file, file_name="x", actor=ACTOR, now=NOON)
    line = session.scalars(select(BankLine)).one()

    deciding.accept(session, line, actor=ACTOR, now=NOON)

    assert to_pay(session) == [(700, 0)]


def test_a_file_that_did_not_go_is_called_off_once(session: Session, mill) -> None:
    made = order(session, mill)

    paying.call_off(session, made, actor=ACTOR, now=NOON)

    assert to_pay(session) == [(5000, 0)]
    with pytest.raises(paying.NotCancelled):
        paying.call_off(session, made, actor=ACTOR, now=NOON)


def test_who_has_no_account_is_left_out(session: Session, mill) -> None:
    mill.iban = ""
    with pytest.raises(paying.NothingToPay):
        order(session, mill)


def test_without_an_account_of_our_own_nothing_is_ordered(session: Session, mill) -> None:
    paying.the_network(session).iban = ""
    with pytest.raises(paying.NoAccountToPayFrom):
        order(session, mill)

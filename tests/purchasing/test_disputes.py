"""A disputed difference: the rest is paid, and it ends in paying it or in its withdrawal."""

import pytest
from sqlalchemy import delete, update
from sqlalchemy.exc import DBAPIError

from purchasing.billed import DisputeEnd
from purchasing.books import (
    accounts,
    disputes,
    ledger,
    paying,
    reconciliation,
    settlement,
    supplier_bills,
)
from purchasing.books.bill_rows import BillDisputeEnd
from purchasing.books.disputes import NotInDispute, ReasonForEnd
from tests.purchasing.test_supplier_bills import NOON, a_bill, books, is_explained, owed, settled

LINE = "line:71"


@pytest.fixture
def round_and_order(session, network):
    return settled(session)


@pytest.fixture
def order(round_and_order):
    return round_and_order[1]


@pytest.fixture
def bill(session, order):
    """A euro more for rice than expected, all of it disputed."""
    return books(session, order, a_bill(rice=1300), default="disputed")


def ends(session, bill, how, part=LINE, reason="Gebeld") -> None:
    disputes.end(session, bill, part, how, reason=reason, actor="Coor", now=NOON)


def parts(session, bill) -> list[str]:
    return [one.part for one in disputes.open_disputes(session, bill)]


def carried(session) -> int:
    return ledger.balance(session, accounts.CARRIED)


def test_the_bank_is_asked_for_what_is_not_disputed(session, order, bill) -> None:
    (payable,) = paying.list_payable(session)

    assert payable.to_pay == bill.total_cents - bill.disputed_cents == owed(session, order)
    assert parts(session, bill) == [LINE, "vat"]


def test_what_is_paid_after_all_is_owed_and_carried(session, round_and_order, bill) -> None:
    round_, order = round_and_order
    before = owed(session, order)

    ends(session, bill, DisputeEnd.PAID)
    ends(session, bill, DisputeEnd.PAID, "vat")

    assert owed(session, order) == bill.total_cents > before
    assert (carried(session), bill.disputed_cents, parts(session, bill)) == (100, 0, [])
    assert is_explained(session, round_)


def test_what_is_withdrawn_changes_nothing_in_the_books(session, order, bill) -> None:
    before = owed(session, order)

    ends(session, bill, DisputeEnd.WITHDRAWN)

    assert (owed(session, order), carried(session)) == (before, 0)
    assert parts(session, bill) == ["vat"]


def test_a_credit_note_of_the_supplier_ends_it_too(session, round_and_order, bill) -> None:
    round_, order = round_and_order
    before = owed(session, order)
    more = a_bill(number="C-1", rice=100, oil=0, delivery=0).turned()

    note = books(session, order, more, default="disputed")

    assert (owed(session, order), parts(session, bill)) == (before, [])
    assert is_explained(session, round_)
    supplier_bills.reverse(session, note, reason="Dubbel", actor="Coor", now=NOON)
    assert parts(session, bill) == [LINE, "vat"]


def test_a_credit_note_besides_lowers_what_we_owe(session, round_and_order) -> None:
    round_, order = round_and_order
    bill = books(session, order, a_bill())

    note = books(session, order, a_bill(number="C-1", rice=200, oil=0, delivery=0).turned())

    assert owed(session, order) == bill.total_cents + note.total_cents
    assert carried(session) == -200 and is_explained(session, round_)
    assert settlement.reconcile(session, round_).difference == 0


def test_it_ends_once_and_with_a_reason(session, order, bill) -> None:
    with pytest.raises(ReasonForEnd):
        ends(session, bill, DisputeEnd.PAID, reason=" ")
    ends(session, bill, DisputeEnd.PAID)
    for how in DisputeEnd:
        with pytest.raises(NotInDispute):
            ends(session, bill, how)
    with pytest.raises(NotInDispute):
        ends(session, bill, DisputeEnd.PAID, "line:99")


def test_a_bill_taken_back_takes_back_what_was_paid_after_all(
    session, round_and_order, bill
) -> None:
    round_, order = round_and_order
    before = owed(session, order)
    ends(session, bill, DisputeEnd.PAID)

    supplier_bills.reverse(session, bill, reason="Dubbel", actor="Coor", now=NOON)

    assert (owed(session, order), carried(session), parts(session, bill)) == (before, 0, [])
    assert is_explained(session, round_)
    assert all(one.carried for one in reconciliation.books_of(session, round_).later)


def test_how_it_ended_is_never_changed(session, bill) -> None:
    ends(session, bill, DisputeEnd.WITHDRAWN)
    session.commit()

    for statement in (update(BillDisputeEnd).values(id=1), delete(BillDisputeEnd)):
        with pytest.raises(DBAPIError, match="this row is final"):
            session.execute(statement.execution_options(synchronize_session=False))
        session.rollback()

"""A supplier's bill: what differs is named, decided about, and booked to the cent."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import delete, update
from sqlalchemy.exc import DBAPIError

from purchasing import lifecycle, ordering
from purchasing.billed import (
    Billed,
    BilledLine,
    BilledRate,
    DoesNotAddUp,
    Expected,
    LinesDoNotAddUp,
    OddVat,
    RatesDoNotAddUp,
    check,
    differences,
    from_plain,
)
from purchasing.books import accounts, ledger, reconciliation, settlement
from purchasing.books.supplier_bills import (
    BilledAlready,
    BillReversal,
    NotSettledYet,
    OrderBilledAlready,
    ReasonForReversal,
    ReversedAlready,
    SupplierBill,
    Undecided,
    compare,
    enter,
    expected_of,
    list_bills,
    reverse,
)
from purchasing.money import vat_of
from purchasing.people import VatStatus
from tests.builders import (
    ACTOR,
    NOON,
    a_household,
    a_product,
    a_round,
    a_supplier,
    an_order,
)

HOUR = timedelta(hours=1)


def settled(session, name: str = "Groothandel Test", **details):
    """A settled round: twelve of rice at € 1 and six of oil at € 5, delivery € 10."""
    supplier = a_supplier(session, name, delivery_cents=1000)
    rice = a_product(session, supplier, f"Rijst {name}", number="71")
    oil = a_product(session, supplier, f"Olie {name}", number="72", unit_price=5_000_000)
    round_ = a_round(session, rice, oil, **details)
    home = a_household(session, f"Huis {name}")
    an_order(session, round_, home, {rice.name: 12, oil.name: 6})
    lifecycle.close(session, round_, actor=ACTOR, now=NOON)
    lifecycle.order(session, round_, actor=ACTOR, now=NOON)
    lifecycle.receive(session, round_, actor=ACTOR, now=NOON + HOUR)
    lifecycle.settle(session, round_, actor=ACTOR, now=NOON + HOUR)
    session.commit()
    return round_, ordering.list_orders(session, round_.id)[0]


@pytest.fixture
def round_and_order(session, network):
    return settled(session)


@pytest.fixture
def round_(round_and_order):
    return round_and_order[0]


@pytest.fixture
def order(round_and_order):
    return round_and_order[1]


def a_bill(*, number="F-1", rice=1200, oil=3000, delivery=1000, deposit=0, lines=True) -> Billed:
    """As ordered, unless told otherwise."""
    goods = rice + oil
    rates = (
        BilledRate(900, goods, vat_of(goods, 900)),
        BilledRate(2100, delivery, vat_of(delivery, 2100)),
    )
    total = goods + delivery + deposit + sum(rate.vat_cents for rate in rates)
    told = (BilledLine("71", "Rijst", rice), BilledLine("72", "Olie", oil)) if lines else ()
    day = date(2026, 3, 15)
    return Billed(number, day, None, goods, delivery, deposit, rates, total, told)


def books(session, order, billed, default="accepted", **outcomes):
    found = compare(session, order, billed)
    chosen = {one.part: outcomes.get(one.part.replace(":", "_"), default) for one in found}
    bill = enter(session, order, billed, chosen, actor="Coor", now=NOON + 2 * HOUR)
    session.flush()
    return bill


def owed(session, order) -> int:
    return -ledger.balance(session, accounts.of_supplier(order.supplier_id))


def is_explained(session, round_) -> bool:
    """The round comes to nothing in the books, and by its sums."""
    told = reconciliation.books_of(session, round_)
    return told.is_exact and settlement.reconcile(session, round_).difference == 0


# --- comparing ---------------------------------------------------------------------------------


def test_a_bill_as_expected_differs_in_nothing_and_books_nothing(session, round_, order) -> None:
    before = owed(session, order)

    bill = books(session, order, a_bill())

    assert bill.found == [] and owed(session, order) == before == bill.total_cents
    assert is_explained(session, round_)


def test_differences_are_named_line_by_line(session, order) -> None:
    found = compare(session, order, a_bill(rice=1300, delivery=1500))

    assert [(one.part, one.cents) for one in found] == [
        ("line:71", 100),
        ("delivery", 500),
        ("vat", vat_of(4300, 900) + vat_of(1500, 2100) - vat_of(4200, 900) - vat_of(1000, 2100)),
    ]


def test_totals_alone_are_compared_in_all(session, order) -> None:
    found = compare(session, order, a_bill(rice=1300, lines=False))

    assert [one.part for one in found] == ["goods", "vat"]


def test_a_line_that_nobody_ordered_is_named_too(session, order) -> None:
    strange = replace(
        a_bill(rice=1100), lines=(*a_bill(rice=1000).lines, BilledLine("99", "Doos", 100))
    )

    parts = [one.part for one in compare(session, order, strange)]

    assert parts[:2] == ["line:71", "line:99"]


# --- booking -----------------------------------------------------------------------------------


def test_what_is_accepted_is_paid_and_carried_by_the_network(session, round_, order) -> None:
    bill = books(session, order, a_bill(rice=1300))

    assert owed(session, order) == bill.total_cents
    assert ledger.balance(session, accounts.CARRIED) == 100
    assert is_explained(session, round_)


def test_what_is_disputed_is_not_paid(session, round_, order) -> None:
    before = owed(session, order)

    bill = books(session, order, a_bill(rice=1300), default="disputed")

    assert owed(session, order) == before
    assert bill.total_cents - bill.disputed_cents == before
    assert is_explained(session, round_)


def test_a_deposit_that_was_billed_comes_back_one_day(session, round_, order) -> None:
    books(session, order, a_bill(deposit=250))

    assert ledger.balance(session, accounts.DEPOSITS_PAID) == 250
    assert ledger.balance(session, accounts.CARRIED) == 0


def test_without_a_vat_number_the_network_carries_the_vat_too(session, network) -> None:
    network.vat_status = VatStatus.NONE
    round_, order = settled(session, settlement_mode="shared")

    bill = books(session, order, a_bill(rice=1300))

    assert ledger.balance(session, accounts.CARRIED) == 100 + vat_of(4300, 900) - vat_of(4200, 900)
    assert owed(session, order) == bill.total_cents and is_explained(session, round_)


def test_each_difference_must_be_decided_about(session, order) -> None:
    for outcomes in ({}, {"line:71": "accepted", "vat": "perhaps"}):
        with pytest.raises(Undecided):
            enter(session, order, a_bill(rice=1300), outcomes, actor="Coor", now=NOON)


def test_before_the_round_is_settled_no_bill_is_booked(session, network) -> None:
    supplier = a_supplier(session)
    round_ = a_round(session, a_product(session, supplier, "Rijst"))
    an_order(session, round_, a_household(session, "Ada"), {"Rijst": 6})
    lifecycle.close(session, round_, actor=ACTOR, now=NOON)
    lifecycle.order(session, round_, actor=ACTOR, now=NOON)

    with pytest.raises(NotSettledYet):
        compare(session, ordering.list_orders(session, round_.id)[0], a_bill())


def test_a_number_counts_once_for_a_supplier_and_an_order_has_one_bill(session, order) -> None:
    books(session, order, a_bill())

    with pytest.raises(BilledAlready):
        books(session, order, a_bill(number="f-1"))
    with pytest.raises(OrderBilledAlready):
        books(session, order, a_bill(number="F-2"))


def test_another_supplier_may_use_the_same_number(session, order) -> None:
    _, other = settled(session, "Tuinderij")
    books(session, order, a_bill())

    assert books(session, other, a_bill()).number == "F-1"


def test_a_wrong_bill_is_taken_back_and_may_be_entered_again(session, round_, order) -> None:
    before = owed(session, order)
    wrong = books(session, order, a_bill(rice=1300, deposit=50))

    reverse(session, wrong, reason="Verkeerd gelezen", actor="Coor", now=NOON + 3 * HOUR)

    assert owed(session, order) == before
    assert ledger.balance(session, accounts.CARRIED) == 0
    assert expected_of(session, order).total_cents == before
    right = books(session, order, a_bill(rice=1250))
    assert [one.id for one in list_bills(session, order.id)] == [wrong.id, right.id]
    assert is_explained(session, round_)


def test_a_bill_is_taken_back_once_and_with_a_reason(session, order) -> None:
    bill = books(session, order, a_bill())

    with pytest.raises(ReasonForReversal):
        reverse(session, bill, reason=" ", actor="Coor", now=NOON)
    reverse(session, bill, reason="Dubbel", actor="Coor", now=NOON)
    with pytest.raises(ReversedAlready):
        reverse(session, bill, reason="Dubbel", actor="Coor", now=NOON)


@pytest.mark.parametrize("row", [SupplierBill, BillReversal])
def test_a_bill_in_the_books_is_never_changed(session, order, row) -> None:
    reverse(session, books(session, order, a_bill()), reason="x", actor="Coor", now=NOON)
    session.commit()

    for statement in (update(row).values(id=row.id), delete(row)):
        with pytest.raises(DBAPIError, match="this row is final"):
            session.execute(statement.execution_options(synchronize_session=False))
        session.rollback()


# --- the sums ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wrong", "refusal"),
    [
        ({"total_cents": 1}, DoesNotAddUp),
        ({"rates": (BilledRate(900, 4200, 378), BilledRate(2100, 999, 210))}, RatesDoNotAddUp),
        ({"rates": (BilledRate(900, 4200, 588), BilledRate(2100, 1000, 0))}, OddVat),
        ({"lines": (BilledLine("71", "Rijst", 1),)}, LinesDoNotAddUp),
    ],
)
def test_a_bill_that_does_not_add_up_is_refused(wrong, refusal) -> None:
    check(a_bill())

    with pytest.raises(refusal):
        check(replace(a_bill(), **wrong))


cents = st.integers(-50_000, 500_000)
lines = st.lists(st.tuples(st.sampled_from("abcde"), cents), max_size=6)


@given(lines, lines, st.tuples(cents, cents, cents), st.tuples(cents, cents, cents))
def test_the_differences_are_the_whole_difference(ordered, asked, ours, theirs) -> None:
    """Whatever was ordered, came otherwise and was billed: to the cent."""
    came, delivery, vat = ours
    billed_delivery, billed_deposit, billed_vat = theirs
    known = {number: ("", net) for number, net in ordered}
    expected = Expected(known, sum(n for _, n in known.values()) + came, delivery, 0, vat)
    goods = sum(net for _, net in asked)
    rates = (BilledRate(900, goods + billed_delivery, billed_vat),)
    total = goods + billed_delivery + billed_deposit + billed_vat
    told = tuple(BilledLine(number, "", net) for number, net in asked)
    bill = Billed(
        "1", date(2026, 3, 1), None, goods, billed_delivery, billed_deposit, rates, total, told
    )

    found = differences(expected, bill)

    assert sum(one.cents for one in found) == bill.total_cents - expected.total_cents
    assert from_plain(bill.plain()) == bill

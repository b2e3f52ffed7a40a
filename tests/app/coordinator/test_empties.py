"""Bottles and crates that come back: off what a participant owes, off what we owe a supplier."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from purchasing import lifecycle, own_data
from purchasing.books import accounts, empties, ledger, overview
from purchasing.books.empties import ReturnedDeposit
from purchasing.catalogue import Supplier
from purchasing.people import Participant, Role
from tests.app.coordinator import village
from tests.app.coordinator.village import NOW
from tests.builders import (
    ACTOR,
    a_household,
    a_network,
    a_person,
    a_product,
    a_round,
    a_supplier,
    an_order,
)


@pytest.fixture
def here(session, visitor) -> dict[str, str]:
    """Ada got six bottles of milk (25 cents each) and a crate (4.50); the addresses of both."""
    a_network(session)
    farm = a_supplier(session, "De Melkman")
    milk = a_product(session, farm, "Melk", deposit_cents=25)
    crate = a_product(session, farm, "Krat", deposit_cents=450, case_milli=1000)
    round_ = a_round(session, milk, crate, **village.TIMES)
    ada = a_household(session, "Ada")
    a_person(session, "Ada", ada, language="en")
    an_order(session, round_, ada, {"Melk": 6, "Krat": 1}, at=NOW - village.DAY)
    lifecycle.close_now(session, round_, actor=ACTOR, now=NOW)
    lifecycle.order(session, round_, actor=ACTOR, now=NOW)
    lifecycle.receive(session, round_, actor=ACTOR, now=NOW)
    visitor.sign_in(a_person(session, "Coor", role=Role.COORDINATOR, language="en"))
    session.commit()
    return {
        "Ada": f"/coordinator/empties/participants/{ada.id}",
        "De Melkman": f"/coordinator/empties/suppliers/{farm.id}",
    }


def send(visitor, path: str, status: int = 200, **fields):
    return visitor.submit(visitor.get(path), path, status, **fields)


def balances(session) -> dict[str, int]:
    session.rollback()
    ada, farm = (session.scalars(select(kind.id)).one() for kind in (Participant, Supplier))
    names = {
        "held": accounts.DEPOSITS_HELD, "paid": accounts.DEPOSITS_PAID,
        "Ada": accounts.of_participant(ada), "farm": accounts.of_supplier(farm),
    }  # fmt: skip
    return {name: ledger.balance(session, account) for name, account in names.items()}


def test_what_is_handed_in_is_off_what_they_owe_and_off_what_we_hold(
    session, visitor, here
) -> None:
    before = balances(session)

    page = send(visitor, here["Ada"], n25="4", n450="1")

    assert "€5.50 of deposit went back" in page.text
    assert "2 left of 6" in page.text
    after = balances(session)
    assert {name: after[name] - before[name] for name in after} == {
        "held": 550, "paid": 0, "Ada": -550, "farm": 0,
    }  # fmt: skip
    assert overview.faults(session) == []
    assert "Empties handed in" in visitor.get(here["Ada"].replace(
        "coordinator/empties/participants", "statement"
    )).text  # fmt: skip
    assert "€5.50 went back to participants" in visitor.get("/coordinator/books").text


def test_what_a_supplier_takes_back_is_off_what_we_owe(session, visitor, here) -> None:
    before = balances(session)

    send(visitor, here["De Melkman"], n25="6")

    after = balances(session)
    assert {name: after[name] - before[name] for name in after} == {
        "held": 0, "paid": -150, "Ada": 0, "farm": 150,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({}, "how many came back"),
        ({"n25": "0"}, "how many came back"),
        ({"n25": "many"}, "not a number"),
        ({"n25": "1.5"}, "not a number"),
        ({"n25": "7"}, "say why"),
        ({"n25": "99999"}, "cannot have come back"),
        ({"n25": "-1", "reason": "Wrong"}, "cannot have come back"),
        ({"n30": "1"}, "ever charged here"),
        ({"n25": "1", "n450": "2"}, "say why"),
    ],
)
@pytest.mark.parametrize("who", ["Ada", "De Melkman"])
def test_what_cannot_be_is_said_and_nothing_is_booked(
    session, visitor, here, who, fields, said
) -> None:
    before = balances(session)

    page = send(visitor, here[who], 422, **fields)

    assert said in page.select_one("[role=alert]").text
    assert balances(session) == before
    assert session.scalars(select(ReturnedDeposit)).all() == []


def test_more_than_was_charged_needs_a_reason(session, visitor, here) -> None:
    send(visitor, here["Ada"], n25="8", reason="Two of a neighbour")

    row = session.scalars(select(ReturnedDeposit)).one()
    assert (row.pieces, row.reason) == (8, "Two of a neighbour")


def test_a_wrong_count_is_taken_back_with_a_reason(session, visitor, here) -> None:
    before = balances(session)
    send(visitor, here["Ada"], n25="4")
    assert "say why" in send(visitor, here["Ada"], 422, n25="-4").select_one("[role=alert]").text

    page = send(visitor, here["Ada"], n25="-4", reason="They were Ben's")

    assert balances(session) == before
    assert "6 left of 6" in page.text
    assert overview.faults(session) == []


def test_the_same_form_sent_twice_counts_once(session, visitor, here) -> None:
    page = visitor.get(here["Ada"])
    for _ in range(2):
        visitor.submit(page, here["Ada"], n25="4")

    assert [one.pieces for one in session.scalars(select(ReturnedDeposit))] == [4]


def test_it_is_among_what_they_take_along(session, visitor, here) -> None:
    send(visitor, here["Ada"], n25="4")

    (told,) = own_data.of_participant(session, session.scalars(select(Participant)).one())[
        "empties"
    ]
    assert (told["containers"], told["deposit_cents_each"]) == (4, 25)


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    counts=st.lists(
        st.tuples(st.booleans(), st.sampled_from([25, 450]), st.integers(-8, 8)), max_size=8
    )
)
def test_however_they_come_back_the_books_stay_true(session, here, counts) -> None:
    """What we hold and what was paid are what was charged, less what came back."""
    ada, farm = (session.scalars(select(kind)).one() for kind in (Participant, Supplier))
    before = balances(session)
    for number, (theirs, each, pieces) in enumerate(counts):
        told = {"reason": "So it was", "key": f"k{number}", "actor": ACTOR, "now": NOW}
        try:
            empties.take_back(session, ada if theirs else farm, {each: pieces}, **told)
        except (empties.NothingCounted, empties.NotSoManyEmpties):
            continue
    to_participants, from_suppliers = empties.given_back(session)
    account = accounts.of_participant(ada.id)

    assert ledger.balance(session, accounts.DEPOSITS_HELD) == before["held"] + to_participants
    assert ledger.balance(session, account) == before["Ada"] - to_participants
    assert ledger.balance(session, accounts.DEPOSITS_PAID) == before["paid"] - from_suppliers
    assert min(to_participants, from_suppliers) >= 0
    assert overview.faults(session) == []
    session.rollback()

"""Paying in parts, on a page of one's own that nobody else opens."""

import pytest
from sqlalchemy import select

from purchasing.books.plans import InstalmentPlan
from purchasing.people import Network, Role
from tests.app.street import NOW, a_street, words
from tests.builders import a_bill, a_person


@pytest.fixture
def street(session):
    made = a_street(session)
    session.scalars(select(Network)).one().instalments_most = 3
    session.commit()
    return made


@pytest.fixture
def bill(session, street):
    made = a_bill(session, street.household, 4300, on=NOW.date())
    session.commit()
    return made


@pytest.fixture
def ada(visitor, street):
    return visitor.sign_in(street.ada)


@pytest.fixture
def coordinator(session, street):
    made = a_person(session, "Coor", role=Role.COORDINATOR, language="en")
    session.commit()
    return made


def page_of(bill) -> str:
    return f"/in-parts/{bill.id}"


def test_the_way_leads_from_my_page_to_a_plan(session, ada, street, bill) -> None:
    assert ada.get("/mine").select_one(f"a[href='{page_of(bill)}']")
    assert ada.get(f"/statement/{street.household.id}").select_one(f"a[href='{page_of(bill)}']")
    page = ada.get(page_of(bill))
    assert [one["value"] for one in page.select("input[name=parts]")] == ["2", "3"]

    chosen = ada.submit(page, page_of(bill), parts="2")

    assert "€21.50" in words(chosen, "h1")
    assert len(chosen.select("ol li")) == 2
    assert "€21.50 of €43.00" in ada.get("/mine").text
    (plan,) = session.scalars(select(InstalmentPlan))
    assert [part.cents for part in plan.parts] == [2150, 2150]


def test_a_plan_can_be_ended_and_then_all_is_to_be_paid(ada, bill) -> None:
    page = ada.submit(ada.get(page_of(bill)), page_of(bill), parts="3")

    page = ada.submit(page, f"{page_of(bill)}/end")

    assert words(page, "h1") == "To pay: €43.00"
    assert "Your plan has ended" in page.text
    assert not page.select("main form")
    assert "no plan for this bill any more" in ada.post(f"{page_of(bill)}/end").text


@pytest.mark.parametrize("parts", ["1", "4", "veel", ""])
def test_what_is_not_offered_is_refused(session, ada, bill, parts) -> None:
    assert "cannot be paid in parts" in ada.post(page_of(bill), parts=parts).text
    assert session.scalars(select(InstalmentPlan)).all() == []


@pytest.mark.parametrize("cents", [-1200, 0])
def test_what_asks_for_no_money_is_not_paid_in_parts(session, ada, street, cents) -> None:
    """Money that comes back, and a bill of nothing; but of one cent there is something to say."""
    nothing = a_bill(session, street.household, cents, on=NOW.date())
    a_cent = a_bill(session, street.household, 1, on=NOW.date())
    session.commit()

    ada.get(page_of(nothing), 404)
    ada.get(page_of(a_cent))


def test_nobody_else_sees_or_makes_it(visitor, street, bill, coordinator) -> None:
    for who in (street.bob, coordinator):
        status = 404 if who is street.bob else 403
        visitor.sign_in(who).get(page_of(bill), status)
        visitor.post(page_of(bill), status, parts="2")
        visitor.post(f"{page_of(bill)}/end", status)


def test_a_coordinator_sees_when_it_is_due_and_not_that_it_is_in_parts(
    session, visitor, street, bill, coordinator
) -> None:
    ada = visitor.sign_in(street.ada)
    ada.submit(ada.get(page_of(bill)), page_of(bill), parts="3")
    coor = visitor.sign_in(coordinator)

    for path in (
        "/coordinator/payments/open",
        f"/statement/{street.household.id}",
        f"/coordinator/people/{street.household.id}",
        "/coordinator/",
    ):
        page = coor.get(path)
        assert not page.select("a[href*='in-parts']")
        assert not {word for word in ("in parts", "plan", "14.34") if word in page.main.text}


def test_where_the_network_offers_none_nothing_is_said_of_it(session, ada, bill) -> None:
    session.scalars(select(Network)).one().instalments_most = 0
    session.commit()
    assert not ada.get("/mine").select_one(f"a[href='{page_of(bill)}']")
    assert not ada.get(page_of(bill)).select("main form")

"""Direct debit on the pages: a household agrees and stops; the treasurer makes the file."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from purchasing.books.collections import Collection
from purchasing.books.mandates import Mandate
from purchasing.people import Network, Role
from tests.app.street import NOW, a_street, words
from tests.bank_files import THEIRS
from tests.builders import DAY, a_bill, a_person
from tests.pages import filled_in

CREDITOR = "NL79ZZZ999999990000"
COLLECTING = "/coordinator/collecting/"
YES = {"iban": THEIRS, "holder": "A. de Vries", "how_often": "always", "agreed": "y"}


@pytest.fixture
def street(session):
    made = a_street(session)
    session.scalars(select(Network)).one().creditor_id = CREDITOR
    a_bill(session, made.household, 4300, on=NOW.date(), due_on=NOW.date() + DAY)
    session.commit()
    return made


@pytest.fixture
def coordinator(session, street):
    made = a_person(session, "Coor", role=Role.COORDINATOR, language="en")
    session.commit()
    return made


def page_of(street) -> str:
    return f"/direct-debit/{street.home_id}"


def agree(visitor, street):
    visitor.sign_in(street.ada)
    return visitor.submit(visitor.get(page_of(street)), page_of(street), **YES)


def make(visitor, coordinator):
    """All that is ticked on the page, on the day that it offers."""
    form = visitor.sign_in(coordinator).get(COLLECTING).select_one("main form[method=post]")
    return visitor.post(COLLECTING, **filled_in(form))


def test_a_household_agrees_and_stops(session, visitor, street) -> None:
    visitor.sign_in(street.ada)
    assert visitor.get(f"/statement/{street.home_id}").select_one(f"a[href='{page_of(street)}']")

    page = agree(visitor, street)

    assert words(page, "h1") == "We collect your bills"
    assert THEIRS not in page.text
    page = visitor.submit(page, f"{page_of(street)}/revoke")
    assert words(page, "h1") == "Let us collect your bills"
    assert session.scalars(select(Mandate)).one().revoked_at is not None


@pytest.mark.parametrize(
    ("wrong", "where"),
    [({"iban": "NL1"}, "iban"), ({"holder": " "}, "holder"), ({"agreed": []}, "agreed")],
)
def test_what_is_not_right_is_said_at_its_field(session, visitor, street, wrong, where) -> None:
    visitor.sign_in(street.ada)
    page = visitor.submit(visitor.get(page_of(street)), page_of(street), 422, **YES | wrong)

    assert page.select_one(f"#{where}-error")
    assert session.scalars(select(Mandate)).all() == []


def test_nobody_gives_or_reads_a_mandate_of_somebody_else(visitor, street, coordinator) -> None:
    for who, status in ((street.bob, 404), (coordinator, 403)):
        visitor.sign_in(who).get(page_of(street), status)
        visitor.post(page_of(street), status, **YES)
        visitor.post(f"{page_of(street)}/revoke", status)


def test_the_file_is_made_once_and_taken_along_byte_for_byte(
    session, visitor, street, coordinator
) -> None:
    agree(visitor, street)
    page = make(visitor, coordinator)
    made = session.scalars(select(Collection)).one()
    first = visitor.open(f"{COLLECTING}{made.id}.xml")
    network = session.scalars(select(Network)).one()
    network.name, network.account_name = "Anders", "Anders"
    session.commit()

    assert made.number in page.text
    assert b">43.00<" in first.data
    assert visitor.open(f"{COLLECTING}{made.id}.xml").data == first.data
    assert not visitor.get(COLLECTING).select("input[name=participant]")
    visitor.sign_in(street.ada)
    assert "We collect this on" in visitor.get("/mine").text
    assert "Is collected on" in visitor.get(f"/statement/{street.home_id}").text
    visitor.get(f"{COLLECTING}{made.id}.xml", 403)


def test_a_day_too_soon_is_refused_with_the_first_that_is_not(
    session, visitor, street, coordinator
) -> None:
    agree(visitor, street)
    visitor.sign_in(coordinator)

    page = visitor.post(COLLECTING, participant=street.home_id, day=NOW.date().isoformat())

    assert "The first day is" in page.text
    assert session.scalars(select(Collection)).all() == []


def test_called_off_it_can_be_collected_again(session, visitor, street, coordinator) -> None:
    agree(visitor, street)
    page = make(visitor, coordinator)
    made = session.scalars(select(Collection)).one()

    page = visitor.submit(page, f"{COLLECTING}{made.id}/call-off")

    assert page.select("input[name=participant]")


def test_one_bill_that_the_bank_refused_is_open_again(
    session, visitor, street, coordinator
) -> None:
    agree(visitor, street)
    page = make(visitor, coordinator)
    made = session.scalars(select(Collection)).one()
    refuse = f"{COLLECTING}{made.id}/refused"

    page = visitor.submit(page, refuse, line=made.lines[0].id, reason="AC04 closed")

    assert "AC04 closed" in page.text and page.select("input[name=participant]")
    assert not page.select(f"form[action='{refuse}']")
    visitor.post(refuse, 404, line=2**40)
    visitor.post(f"{COLLECTING}{made.id + 1}/refused", 404, line=made.lines[0].id)


def test_a_network_that_does_not_collect_shows_nothing_of_it(session, visitor, street) -> None:
    session.scalars(select(Network)).one().creditor_id = ""
    session.commit()
    visitor.sign_in(street.ada).get(page_of(street), 404)
    assert not visitor.get("/mine").select("a[href*='direct-debit']")


def test_the_default_day_is_far_enough_ahead(visitor, street, coordinator) -> None:
    visitor.sign_in(coordinator)
    day = visitor.get(COLLECTING).select_one("#day")["value"]
    assert day >= (NOW + timedelta(days=5)).date().isoformat()

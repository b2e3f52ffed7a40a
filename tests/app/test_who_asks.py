"""Who is asking: what follows from it for the page, and how long it stays as it was."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from app import auth
from app.devices import Device
from app.extensions import db
from purchasing.people import Role
from tests.app.street import a_street, words
from tests.builders import a_person


@pytest.fixture
def street(session):
    return a_street(session)


def sign_in_here(person) -> None:
    """In a request that is going on."""
    auth.remember(db.session(), person, label="", at=datetime.now(UTC))
    db.session.flush()


def test_nobody_has_no_name_and_may_change_nobody(app, street):
    with app.test_request_context():
        assert auth.asker() is None
        assert auth.actor() == ""
        assert auth.current_person() is None
        assert not auth.is_coordinator()
        assert not auth.has_own_page()
        assert auth.my_participants() == []


def test_who_asks_acts_under_their_own_name(app, street):
    with app.test_request_context():
        sign_in_here(street.ada)

        assert auth.actor() == "Ada"
        assert auth.current_person().id == street.ada.id


def test_who_only_coordinates_buys_for_nobody(app, session):
    coordinator = a_person(session, "Coor", role=Role.COORDINATOR)
    session.commit()
    with app.test_request_context():
        sign_in_here(coordinator)

        assert auth.asker().buyers == ()


def test_who_asks_stays_the_same_until_the_answer(app, street):
    """Half of a page for one and half for nobody would be neither."""
    with app.test_request_context():
        sign_in_here(street.ada)
        before = auth.asker()
        auth.forget_all(db.session(), street.ada, at=datetime.now(UTC))

        assert auth.asker() is before


def test_a_household_that_has_left_is_ordered_for_no_more(app, visitor, street, session):
    visitor.sign_in(street.ada)
    visitor.get(street.grid_for(street.household))
    session.get_one(type(street.household), street.household.id).active = False
    session.commit()

    visitor.get(street.grid_for(street.household), 404)
    visitor.get(street.grid_for(street.shop))


def test_only_looking_does_not_count_as_being_here(visitor, street, session):
    visitor.sign_in(street.ada)
    device = session.scalars(select(Device)).one()
    came = device.seen_at

    with time_machine.travel(came + timedelta(minutes=11), tick=False):
        visitor.get("/mine")

    session.expire_all()
    assert device.seen_at == came


def test_of_ones_devices_the_one_in_hand_is_named_and_not_offered_for_signing_out(
    visitor, street, session
):
    visitor.sign_in(street.ada)
    visitor.sign_in(street.ada)
    other, this = session.scalars(select(Device.id).order_by(Device.id))

    page = visitor.get("/details")

    assert words(page, "#main").count("this device") == 1
    assert page.select(f"form[action='/devices/{other}/sign-out']")
    assert not page.select(f"form[action='/devices/{this}/sign-out']")


def test_who_buys_or_coordinates_has_a_page_of_their_own(visitor, street, session):
    plain = a_person(session, "Noor", language="en")
    coordinator = a_person(session, "Coor", role=Role.COORDINATOR)
    session.commit()

    for person, has_one in ((street.ada, True), (coordinator, True), (plain, False)):
        visitor.sign_in(person)
        tabs = visitor.get("/details").select("header nav a")
        assert ("/mine" in {tab["href"] for tab in tabs}) is has_one


def test_all_but_who_only_reads_along_are_shown_the_way_into_a_round(visitor, street, session):
    coordinator = a_person(session, "Coor", role=Role.COORDINATOR)
    observer = a_person(session, "Toezicht", role=Role.OBSERVER)
    both = a_person(session, "Beide", street.neighbour, role=Role.OBSERVER)
    session.commit()

    def is_shown() -> bool:
        page = visitor.get(f"/rounds/{street.round.id}")
        return bool(page.select(f"#main a.btn[href='/rounds/{street.round.id}/order']"))

    assert is_shown(), "to who is not known yet"
    for person, shown in (
        (street.ada, True),
        (coordinator, True),
        (both, True),
        (observer, False),
    ):
        visitor.sign_in(person)
        assert is_shown() is shown, person.name


def test_a_page_that_says_what_went_wrong_needs_no_database(visitor, street, monkeypatch):
    visitor.sign_in(street.ada)

    def away(*_: object) -> None:
        raise OperationalError("SELECT 1", {}, Exception("the database is away"))

    monkeypatch.setattr(auth, "find_asker", away)

    page = visitor.get("/no-such-page", 404)

    assert page.select("h1")
    assert "Ada" not in page.text

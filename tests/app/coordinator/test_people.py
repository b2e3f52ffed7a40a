"""Households, shops, persons, and who may do what."""

import pytest
from sqlalchemy import select

from purchasing.people import Membership, Participant, Person, Role
from tests.app.coordinator import village
from tests.builders import a_household, a_person
from tests.pages import Visitor

NEW = "/coordinator/people/new"
STAFF = "/coordinator/people/staff"


@pytest.fixture
def here(session, visitor):
    made = village.build(session)
    visitor.sign_in(made.coordinator)
    return made


@pytest.fixture
def administrator(session, visitor, here):
    person = a_person(session, "Baas", role=Role.ADMINISTRATOR, language="en")
    session.commit()
    visitor.sign_in(person)
    return person


def add(visitor, status=200, **fields):
    return visitor.submit(visitor.get(NEW), NEW, status, **{"name": "Familie Jansen"} | fields)


def the_newest(session) -> Participant:
    return session.scalars(select(Participant).order_by(Participant.id.desc())).first()


def test_a_household_gets_the_next_number(session, visitor, here) -> None:
    last = session.scalars(select(Participant.number).order_by(Participant.number.desc())).first()

    page = add(visitor, email="Jansen@Example.ORG ")

    household = the_newest(session)
    assert (household.number, household.email) == (last + 1, "jansen@example.org")
    assert page.h1.text == "Familie Jansen"


def test_a_shop_is_checked(session, visitor, here) -> None:
    page = add(visitor, 422, kind="shop", kvk="1234", vat_id="NL000000000B00")
    assert {error["id"] for error in page.select("p.error")} == {"kvk-error", "vat_id-error"}

    add(visitor, kind="shop", kvk="1234 5678", vat_id="nl 1234.56.782.B90")

    shop = the_newest(session)
    assert (shop.is_shop, shop.kvk, shop.vat_id) == (True, "12345678", "NL123456782B90")


@pytest.mark.parametrize(
    "fields", [{"name": " "}, {"email": "niet-goed"}, {"kind": "church"}, {"language": "xx"}]
)
def test_what_cannot_be_is_said(session, visitor, here, fields) -> None:
    before = the_newest(session).id

    page = add(visitor, 422, **fields)

    assert page.select_one("#errors")
    assert the_newest(session).id == before


def test_a_household_that_stops_can_no_longer_order(session, visitor, here) -> None:
    household = here.households[0]
    path = f"/coordinator/people/{household.id}/edit"
    page = visitor.get(path)

    visitor.submit(page, path, active=[])

    assert not session.get(Participant, household.id).active
    page = visitor.get(f"/coordinator/people/{household.id}")
    assert not page.select(f"a[href*='for={household.id}']")


def test_somebody_new_may_sign_in_for_a_household(session, visitor, here) -> None:
    household = here.households[0]
    path = f"/coordinator/people/{household.id}"

    visitor.submit(visitor.get(path), f"{path}/persons", name="Bep", email="bep@example.org")

    person = session.scalars(select(Person).where(Person.email == "bep@example.org")).one()
    assert person.participants == [household]


def test_who_is_known_already_is_taken_and_not_made_twice(session, visitor, here) -> None:
    other = a_household(session, "Ander")
    session.commit()
    path = f"/coordinator/people/{other.id}"

    visitor.submit(visitor.get(path), f"{path}/persons", name="X", email="LID10@example.org")

    person = session.scalars(select(Person).where(Person.email == "lid10@example.org")).one()
    assert (person.name, len(person.participants)) == ("Lid10", 2)


def test_a_person_can_be_taken_off_a_household(session, visitor, here) -> None:
    membership = here.households[0].memberships[0]
    person_id, key = membership.person_id, membership.id

    visitor.post(f"/coordinator/people/memberships/{key}/end")

    assert session.get(Membership, key) is None
    assert session.get(Person, person_id) is not None


def test_who_may_not_sign_in_any_more_is_signed_out(app, session, visitor, here) -> None:
    member = session.scalars(select(Person).where(Person.name == "Lid10")).one()
    guest = Visitor(app).sign_in(member)
    assert guest.open("/mine").status_code == 200
    path = f"/coordinator/people/persons/{member.id}"

    visitor.submit(visitor.get(path), path, active=[])

    assert guest.open("/mine").status_code == 302


def test_two_cannot_sign_in_with_one_address(session, visitor, here) -> None:
    member = session.scalars(select(Person).where(Person.name == "Lid10")).one()
    path = f"/coordinator/people/persons/{member.id}"

    page = visitor.submit(visitor.get(path), path, 422, email="coor@example.org")

    assert page.select_one("#email-error")


def test_a_coordinator_cannot_change_an_administrator(session, visitor, here) -> None:
    boss = a_person(session, "Baas", role=Role.ADMINISTRATOR)
    session.commit()
    path = f"/coordinator/people/persons/{boss.id}"
    assert not visitor.get(path).select(f"form[action='{path}']")

    visitor.post(path, 403, name="Ik", email="ik@example.org", language="nl", active="y")
    visitor.post(f"/coordinator/people/memberships/{boss.memberships[0].id}/end", 403)

    assert session.get(Person, boss.id).name == "Baas"


def test_an_administrator_appoints_and_dismisses(session, visitor, administrator) -> None:
    visitor.post(STAFF, name="Nieuw", email="nieuw@example.org", language="nl", role="coordinator")
    person = session.scalars(select(Person).where(Person.email == "nieuw@example.org")).one()
    assert person.roles == {Role.COORDINATOR}

    visitor.post(f"/coordinator/people/memberships/{person.memberships[0].id}/end")

    assert not session.get(Person, person.id).roles


def test_the_last_administrator_stays(session, visitor, administrator) -> None:
    page = visitor.post(f"/coordinator/people/memberships/{administrator.memberships[0].id}/end")

    assert "last administrator" in page.select_one("[role=alert]").text


def test_nobody_shuts_itself_out(session, visitor, administrator) -> None:
    path = f"/coordinator/people/persons/{administrator.id}"

    visitor.submit(visitor.get(path), path, 422, active=[])

    assert session.get(Person, administrator.id).active


def test_no_other_role_can_be_given(visitor, administrator) -> None:
    fields = {"name": "X", "email": "x@example.org", "language": "nl"}

    visitor.post(STAFF, 400, role="member", **fields)


def test_people_are_found_by_any_word_of_them(session, visitor, here) -> None:
    a_household(
        session, "De Vries", street="Briandlaan 3", postcode="2036 AB", email="v@x.example"
    )
    session.commit()

    for words in ("vries", "briandlaan", "2036", "V@X", str(the_newest(session).number)):
        page = visitor.get(f"/coordinator/people/?search={words}")
        assert "De Vries" in page.text, words
    assert "De Vries" not in visitor.get("/coordinator/people/?search=100%25").text


def test_ordering_for_somebody_leads_to_their_form(visitor, here) -> None:
    page = visitor.get(f"/coordinator/people/?round={here.round.id}")
    link = page.select_one(f"a[href$='for={here.households[0].id}']")

    assert visitor.get(link["href"]).select("form")

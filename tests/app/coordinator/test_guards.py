"""Who gets into the coordinator's rooms, and what an address there may name."""

import pytest
from flask import url_for
from sqlalchemy import select
from werkzeug.routing import Rule

from purchasing.people import Participant, Role, appoint
from tests.app.coordinator import village
from tests.builders import a_household, a_network, a_person

EXAMPLES = {"move": "close", "what": "skip", "answer": "retry", "suffix": "csv"}
CHOICES = {"coordinator_rhythms.stop": {"what": "stop"}}
MISSING, GIANT = 999_999, 2**40
ADMINISTRATORS_ONLY = {
    "coordinator_books.close_year",
    "coordinator_figures.change",
    "coordinator_figures.drop",
    "coordinator_figures.index",
    "coordinator_figures.save",
    "coordinator_network.show",
    "coordinator_network.save",
    "coordinator_people.staff",
    "coordinator_people.appoint",
}


def rooms(app) -> list[Rule]:
    """Every address of the coordinator's."""
    found = [rule for rule in app.url_map.iter_rules() if "coordinator_" in rule.endpoint]
    assert len(found) > 40
    return found


def knock(visitor, rule: Rule, which: int = MISSING):
    """The bare answer to a GET, or to a POST with a valid token, at this address."""
    values = {name: EXAMPLES.get(name, which) for name in rule.arguments}
    values |= CHOICES.get(rule.endpoint, {})
    with visitor.app.test_request_context():
        path = url_for(rule.endpoint, **values)
    if "GET" in rule.methods:
        return visitor.open(path)
    return visitor.open(path, method="POST", data={"csrf_token": visitor.token()})


def test_a_stranger_is_asked_to_sign_in(app, session, visitor) -> None:
    a_network(session)
    session.commit()

    for rule in rooms(app):
        answer = knock(visitor, rule)
        assert (answer.status_code, answer.location[:8]) == (302, "/sign-in"), rule


def test_a_member_is_refused_everywhere(app, session, visitor) -> None:
    a_network(session)
    member = a_person(session, "Lid", a_household(session, "Huis"))
    session.commit()
    visitor.sign_in(member)

    assert {rule.endpoint: knock(visitor, rule).status_code for rule in rooms(app)} == {
        rule.endpoint: 403 for rule in rooms(app)
    }


def test_only_administrators_change_the_network_and_its_roles(app, session, visitor) -> None:
    a_network(session)
    coordinator = a_person(session, "Coor", role=Role.COORDINATOR)
    session.commit()
    visitor.sign_in(coordinator)

    refused = {r.endpoint for r in rooms(app) if knock(visitor, r).status_code == 403}

    assert refused == ADMINISTRATORS_ONLY


@pytest.mark.parametrize("which", [MISSING, GIANT])
def test_what_is_not_there_is_not_found(app, session, visitor, which) -> None:
    a_network(session)
    both = a_person(session, "Coor", role=Role.COORDINATOR)
    appoint(both, Role.ADMINISTRATOR)
    session.commit()
    visitor.sign_in(both)
    of_one_thing = [r for r in rooms(app) if any(name.endswith("_id") for name in r.arguments)]

    answers = {rule.endpoint: knock(visitor, rule, which).status_code for rule in of_one_thing}

    assert answers == {rule.endpoint: 404 for rule in of_one_thing}


def test_before_the_network_is_set_up_the_pages_say_what_to_do(app, session, visitor) -> None:
    coordinator = a_person(session, "Coor", role=Role.COORDINATOR, language="en")
    session.commit()

    page = visitor.sign_in(coordinator).get("/coordinator/")

    assert page.h1.text == "First set up the network"
    assert not page.select_one("a[href='/coordinator/network/']")


def test_an_administrator_can_set_up_the_network_from_its_page(app, session, visitor) -> None:
    administrator = a_person(session, "Baas", role=Role.ADMINISTRATOR, language="en")
    session.commit()
    visitor.sign_in(administrator)
    link = visitor.get("/coordinator/").select_one("a[href='/coordinator/network/']")
    page = visitor.get(link["href"])

    visitor.submit(page, "/coordinator/network/", name="Samen Testwijk", vat_status="none")

    assert visitor.get("/coordinator/").h1.text == "Today"


def test_html_in_names_shows_as_text(app, session, visitor) -> None:
    evil = "<script>alert(1)</script><b>vet</b>"
    here = village.build(session, 1, title=evil)
    supplier = here.round.suppliers[0].supplier
    supplier.name = evil
    here.round.items[0].name = evil
    household = session.scalars(select(Participant)).first()
    household.name = evil
    session.commit()
    visitor.sign_in(here.coordinator)

    for path in (
        "/coordinator/",
        "/coordinator/rounds/",
        f"/coordinator/rounds/{here.round.id}",
        f"/coordinator/rounds/{here.round.id}/if-it-closed-now",
        "/coordinator/suppliers/",
        f"/coordinator/suppliers/{supplier.id}",
        "/coordinator/people/",
        f"/coordinator/people/{household.id}",
        "/coordinator/errands/",
    ):
        page = visitor.get(path)
        assert not [tag for tag in page.select("script") if not tag.get("src")], path
        assert not [tag for tag in page.select("b") if tag.text == "vet"], path

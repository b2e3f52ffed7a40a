"""Where a visitor goes next is always a page of ours."""

import pytest

from app.links import own_path, own_path_of
from purchasing.people import Role
from tests.builders import a_network, a_person, a_product, a_round, a_supplier

ELSEWHERE = [
    "",
    "mine",
    "https://evil.example/",
    "//evil.example",
    "/\\evil.example",
    "/\t/evil.example",
    "//[",
    "http://[",
]


@pytest.mark.parametrize("target", ELSEWHERE)
def test_what_leads_elsewhere_or_nowhere_leads_home(app, target):
    with app.test_request_context():
        assert own_path(target) == "/"
        assert own_path_of(target) == "/"


def test_a_page_of_ours_is_gone_on_to(app):
    with app.test_request_context():
        assert own_path("/rounds/3?all") == "/rounds/3?all"
        assert own_path_of("http://localhost/rounds/3?all") == "/rounds/3?all"


def test_an_address_of_ours_that_a_browser_reads_as_another_site_leads_home(app):
    with app.test_request_context():
        assert own_path_of("http://localhost//evil.example/") == "/"


@pytest.mark.parametrize("came_from", ["http://[", "http://localhost//evil.example/"])
def test_a_refusal_leads_to_no_other_site(visitor, session, came_from):

    a_network(session)
    round_ = a_round(session, a_product(session, a_supplier(session)))
    publish = f"/coordinator/rounds/{round_.id}/publish"
    visitor.sign_in(a_person(session, role=Role.COORDINATOR))

    refused = visitor.open(
        publish,
        method="POST",
        data={"csrf_token": visitor.token()},
        headers={"Referer": came_from},
    )

    assert (refused.status_code, refused.location) == (302, "/")


def test_a_page_that_is_refused_too_does_not_lead_to_itself_for_ever(visitor, session):
    a_network(session)
    round_ = a_round(session, a_product(session, a_supplier(session)))
    terms = f"/coordinator/rounds/{round_.id}/terms"
    visitor.sign_in(a_person(session, role=Role.COORDINATOR))
    from_there = {"Referer": f"http://localhost{terms}"}

    data = {"csrf_token": visitor.token()}
    saved = visitor.open(terms, method="POST", data=data, headers=from_there)
    shown = visitor.open(saved.location, headers=from_there)

    assert (saved.location, shown.location) == (terms, "/")

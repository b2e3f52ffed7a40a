"""A household's way to pay as it suits it, on a phone, and pages that everybody can use."""

import pytest
from sqlalchemy import select

from purchasing.people import Network
from tests.app.street import NOW, a_street
from tests.builders import a_bill
from tests.journeys.steps import WIDE, be, hindrances, no_violations, press

pytestmark = pytest.mark.journey


@pytest.fixture
def street(session):
    made = a_street(session)
    session.scalars(select(Network)).one().instalments_most = 4
    session.commit()
    return made


@pytest.fixture
def bill(session, street):
    made = a_bill(session, street.household, 4300, on=NOW.date())
    session.commit()
    return made


@pytest.mark.parametrize("viewport", [None, WIDE], ids=["phone", "desk"])
def test_a_bill_is_paid_in_parts(app, session, tab, live_server, street, bill, viewport) -> None:
    page = tab.open(viewport=viewport) if viewport else tab.open()
    be(page, street.ada, app=app, session=session, address=live_server)
    page.goto("/mine")
    press(page, page.get_by_role("link", name="Pay in parts"))
    no_violations(page)
    page.locator("label", has_text="3 parts").click()
    press(page, page.get_by_role("button", name="Pay like this"))
    assert page.get_by_role("heading", name="Next: €14.34").is_visible()
    no_violations(page)
    page.get_by_text("End this plan").click()
    press(page, page.get_by_role("button", name="Yes, end it"))
    assert hindrances(page) == []

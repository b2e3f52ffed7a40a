"""A coordinator turns on a second step on a phone, and signs in with it."""

from datetime import UTC, datetime, timedelta

import pyotp
import pytest

from purchasing.people import Role
from tests.app.street import a_street
from tests.builders import a_person
from tests.journeys.steps import be, hindrances, no_violations, press, sign_in

pytestmark = pytest.mark.journey


def test_a_second_step_is_turned_on_and_asked_for(app, session, tab, live_server) -> None:
    a_street(session)
    coordinator = a_person(session, "Coor", role=Role.COORDINATOR, language="en")
    session.commit()
    page = tab.open()
    be(page, coordinator, app=app, session=session, address=live_server)
    page.goto("/details")
    press(page, page.get_by_role("link", name="Sign in with a second step"))
    no_violations(page)
    press(page, page.get_by_role("button", name="Begin"))
    no_violations(page)
    phone = pyotp.TOTP(page.locator("b.address bdi").inner_text())
    page.get_by_label("Code of your app").fill(phone.at(datetime.now(UTC) - timedelta(seconds=30)))
    press(page, page.get_by_role("button", name="Turn on"))
    no_violations(page)
    assert page.locator("ol li").count() == 10

    other = tab.open()
    sign_in(other, session, mail="coor@example.org", leads_to="**/sign-in/second?*")
    no_violations(other)
    other.locator("#code").fill(phone.now())
    press(other, other.locator("main form button"))
    assert other.get_by_role("heading", name="Today").is_visible()
    assert hindrances(other) == []

"""A coordinator's way, in a browser: from a price list to a round that people can order from."""

import hashlib
import secrets
from datetime import UTC, datetime, timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe
from flask.sessions import SecureCookieSessionInterface
from sqlalchemy import select

from app.auth import Device
from purchasing.people import Role
from purchasing.rounds import Round, RoundState
from tests.app.coordinator import village
from tests.app.coordinator.village import NOW
from tests.builders import a_network, a_person, a_supplier
from tests.suppliers.made_lists import a_complete_list, an_article

pytestmark = pytest.mark.journey
WIDE = {"width": 1280, "height": 900}


def sign_in(app, session, page, person, address: str) -> None:
    """Let this browser be this person, as if a code had been typed."""
    token, now = secrets.token_urlsafe(32), datetime.now(UTC)
    digest = hashlib.sha256(token.encode()).hexdigest()
    row = Device(person_id=person.id, token_hash=digest, signed_in_at=now, seen_at=now)
    session.add(row)
    session.commit()
    signer = SecureCookieSessionInterface().get_signing_serializer(app)
    value = signer.dumps({"device": token, "_permanent": True})
    page.context.add_cookies([{"name": "session", "value": value, "url": address}])


def test_from_a_price_list_to_an_open_round_on_a_phone(
    app, session, page, live_server, tmp_path
) -> None:
    a_network(session)
    a_supplier(session, "De Molen")
    coordinator = a_person(session, "Coor", role=Role.COORDINATOR, language="en")
    sign_in(app, session, page, coordinator, live_server)
    file = tmp_path / "lijst.csv"
    file.write_bytes(a_complete_list(*[an_article(f"{n}", f"Artikel {n}") for n in range(3)]))

    page.goto("/coordinator/")
    page.get_by_role("link", name="Suppliers").click()
    page.get_by_role("link", name="De Molen").click()
    page.locator("#file").set_input_files(file)
    page.get_by_role("button", name="Upload").click()
    page.get_by_role("button", name="Apply the whole list").click()
    page.get_by_role("link", name="Rounds").click()
    page.get_by_role("link", name="Plan a round").click()
    page.goto("/coordinator/rounds/new?category=food")
    page.get_by_label("Name of the round").fill("Droge waar")
    yesterday = datetime.now() - timedelta(days=1)  # noqa: DTZ005 - what a person would type
    page.get_by_label("Opens on").fill(f"{yesterday:%Y-%m-%d}")
    page.get_by_role("button", name="Save and go on").click()
    page.get_by_role("button", name="Add all 3").click()
    page.get_by_label("Artikel 1").uncheck()
    page.get_by_role("button", name="Save and go on").click()
    page.get_by_role("button", name="Publish the round").click()

    assert page.get_by_role("heading", name="Droge waar").is_visible()
    round_ = session.scalars(select(Round)).one()
    assert round_.state == RoundState.OPEN
    assert [item.name for item in round_.items] == ["Artikel 0", "Artikel 2"]


PAGES = (
    "/coordinator/",
    "/coordinator/rounds/",
    "/coordinator/rounds/{round_id}",
    "/coordinator/rounds/{round_id}/if-it-closed-now",
    "/coordinator/rounds/{round_id}/extend",
    "/coordinator/rounds/{round_id}/cancel",
    "/coordinator/rounds/new?category=food",
    "/coordinator/rhythms/new/{round_id}",
    "/coordinator/suppliers/",
    "/coordinator/suppliers/{supplier_id}",
    "/coordinator/suppliers/{supplier_id}/edit",
    "/coordinator/people/",
    "/coordinator/people/{participant_id}",
    "/coordinator/people/new",
    "/coordinator/errands/",
)


@pytest.mark.parametrize("viewport", [None, WIDE], ids=["phone", "desk"])
def test_the_pages_can_be_used_by_everybody(app, session, tab, live_server, viewport) -> None:
    here = village.build(session, 2, minimum_cents=100_000)
    page = tab.open(viewport=viewport) if viewport else tab.open()
    sign_in(app, session, page, here.coordinator, live_server)

    problems = {}
    for path in PAGES:
        page.goto(path.format(**here.ids))
        found = [violation["id"] for violation in Axe().run(page).response["violations"]]
        width = page.evaluate("document.documentElement.scrollWidth")
        if width > page.viewport_size["width"]:
            found.append(f"{width} px wide")
        if found:
            problems[path] = found

    assert problems == {}
    assert here.round.closes_at > NOW

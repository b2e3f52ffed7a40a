"""A coordinator's way, in a browser: from a price list to a round that people can order from."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from purchasing.people import Role
from purchasing.rounds import Round, RoundState
from tests.app.coordinator import village
from tests.app.coordinator.village import NOW
from tests.builders import a_network, a_person, a_supplier
from tests.journeys.steps import WIDE, be, hindrances_of, press
from tests.suppliers.made_lists import a_complete_list, an_article

pytestmark = pytest.mark.journey


def test_from_a_price_list_to_an_open_round_on_a_phone(
    app, session, page, live_server, tmp_path
) -> None:
    a_network(session)
    a_supplier(session, "De Molen")
    coordinator = a_person(session, "Coor", role=Role.COORDINATOR, language="en")
    be(page, coordinator, app=app, session=session, address=live_server)
    file = tmp_path / "lijst.csv"
    file.write_bytes(a_complete_list(*[an_article(f"{n}", f"Artikel {n}") for n in range(3)]))

    page.goto("/coordinator/")
    press(page, page.get_by_role("link", name="Suppliers"))
    press(page, page.get_by_role("link", name="De Molen"))
    page.locator("#file").set_input_files(file)
    press(page, page.get_by_role("button", name="Upload"))
    press(page, page.get_by_role("button", name="Apply the whole list"))
    press(page, page.get_by_role("link", name="Rounds"))
    press(page, page.get_by_role("link", name="Plan a round"))
    page.goto("/coordinator/rounds/new?category=food")
    page.get_by_label("Name of the round").fill("Droge waar")
    yesterday = datetime.now() - timedelta(days=1)  # noqa: DTZ005 - what a person would type
    page.get_by_label("Opens on").fill(f"{yesterday:%Y-%m-%d}")
    press(page, page.get_by_role("button", name="Save and go on"))
    page.get_by_role("button", name="Add all 3").click()
    page.get_by_label("Artikel 1").uncheck()
    press(page, page.get_by_role("button", name="Save and go on"))
    press(page, page.get_by_role("button", name="Publish the round"))

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
    be(page, here.coordinator, app=app, session=session, address=live_server)

    assert hindrances_of(page, PAGES, **here.ids) == {}
    assert here.round.closes_at > NOW

"""A supplier answers an order on a phone, a coordinator takes it over, a household says yes."""

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from app import tickets
from purchasing import ordering
from purchasing.deliveries import answer_links
from purchasing.deliveries.share_replies import declined_of
from purchasing.people import Person
from tests.app.coordinator import village
from tests.journeys.steps import be, no_violations, press

pytestmark = pytest.mark.journey


@pytest.fixture
def here(session):
    here = village.ordered(session)
    here.round.suppliers[0].supplier.language = "en"
    session.commit()
    return here


def answers(page: Page, address: str, line: int) -> None:
    """All of it in one press is possible; this one brings less, and dearer."""
    page.goto(address)
    no_violations(page)
    expect(page.locator("#all-right")).to_be_visible()
    page.locator(f"#line{line} summary").click()
    page.locator(f"#c{line}").fill("0+4")
    page.locator(f"#p{line}").fill("1.05")
    page.locator(f"#w{line}").select_option("dearer")
    press(page, page.locator("#send"))
    expect(page.locator("h1")).to_have_text("Your answer is in")
    no_violations(page)


def decides(page: Page, order_id: int) -> None:
    page.goto("/coordinator/")
    press(page, page.locator(f"a[href='/coordinator/answers/{order_id}']"))
    no_violations(page)
    press(page, page.locator("#accept"))
    expect(page.locator("main")).to_contain_text("Those affected may reply until")
    no_violations(page)


def says_yes(page: Page, round_id: int) -> None:
    page.goto("/mine")
    no_violations(page)
    press(page, page.locator(f"a[href^='/rounds/{round_id}/changes']"))
    no_violations(page)
    page.locator("input[value=yes]").check(force=True)
    press(page, page.locator("#send"))
    expect(page.locator("input[value=yes]")).to_be_checked()
    no_violations(page)


def test_from_the_link_to_the_yes(app, tab, live_server, session, here) -> None:
    order = ordering.list_orders(session, here.round.id)[0]
    ticket = tickets.ticket("answer", answer_links.standing_link(session, order.id).id)
    order_id, round_id, line = order.id, here.round.id, order.lines[0].id
    coordinator = here.coordinator
    member = session.scalar(select(Person).where(Person.name == "Lid10"))
    session.commit()

    answers(tab.open(), f"/a/{ticket}", line)
    for person, goes_on, thing in ((coordinator, decides, order_id), (member, says_yes, round_id)):
        page = tab.open()
        be(page, person, app=app, session=session, address=live_server)
        goes_on(page, thing)

    assert declined_of(session, ordering.list_orders(session, round_id)[0]) == {}

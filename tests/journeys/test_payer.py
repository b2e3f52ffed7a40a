"""A household's way to pay as it suits it, on a phone, and pages that everybody can use."""

import pytest
from sqlalchemy import select

from app.errands import ListeningRoom
from purchasing.banking_days import banking_day_from
from purchasing.books.online_payments import OnlinePayment, OnlineState
from purchasing.people import Network, Role
from tests.app.street import NOW, a_street
from tests.bank_files import THEIRS
from tests.builders import DAY, a_bill, a_person
from tests.journeys.steps import WIDE, be, hindrances, no_violations, press
from tests.payment_provider import KEY, a_provider

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


def test_a_household_lets_us_collect_and_the_treasurer_makes_the_file(
    app, session, tab, live_server, street, bill
) -> None:
    session.scalars(select(Network)).one().creditor_id = "NL79ZZZ999999990000"
    coordinator = a_person(session, "Coor", role=Role.COORDINATOR, language="en")
    session.commit()
    page = tab.open()
    be(page, street.ada, app=app, session=session, address=live_server)
    page.goto(f"/direct-debit/{street.home_id}")
    no_violations(page)
    page.get_by_label("Your account number (IBAN)").fill(THEIRS)
    page.get_by_label("In the name of").fill("A. de Vries")
    page.get_by_label("Yes, I agree").check()
    press(page, page.get_by_role("button", name="Agree and let us collect"))
    assert page.get_by_role("heading", name="We collect your bills").is_visible()
    no_violations(page)

    desk = tab.open()
    be(desk, coordinator, app=app, session=session, address=live_server)
    desk.goto(f"/coordinator/collecting/?day={banking_day_from(NOW.date() + 20 * DAY)}")
    press(desk, desk.get_by_role("button", name="Make the file for the bank"))
    assert desk.get_by_role("link", name="Take the file").is_visible()
    no_violations(desk)
    desk.get_by_text("The bank refused a bill").click()
    no_violations(desk)
    desk.get_by_label("What the bank says").fill("AC04")
    press(desk, desk.get_by_role("button", name="Refused: open the bill again"))
    assert desk.get_by_text("Refused by the bank").is_visible()
    assert hindrances(desk) == []


def until_it_is_heard(app, session, page) -> None:
    """That it was paid: the first time we ask it may not have been yet."""
    for _ in range(300):
        ListeningRoom(app).run_due()
        heard = session.scalar(select(OnlinePayment.state))
        session.rollback()  # let the site write
        if heard == OnlineState.PAID:
            return
        page.wait_for_timeout(100)
    raise AssertionError("nobody heard that it was paid")


@pytest.fixture
def mollie(app, live_server):
    with a_provider() as made:
        app.config |= {"MOLLIE_KEY": KEY, "MOLLIE_URL": made.address, "BASE_URL": live_server}
        yield made


@pytest.mark.parametrize("java_script", [True, False], ids=["", "without-script"])
def test_a_bill_is_paid_online(
    app, session, tab, live_server, street, bill, mollie, java_script
) -> None:
    page = tab.open(java_script_enabled=java_script)
    be(page, street.ada, app=app, session=session, address=live_server)
    page.goto("/mine")
    press(page, page.get_by_role("button", name="Pay now"))
    page.wait_for_url("**/checkout/*")
    press(page, page.get_by_role("button", name="Yes"))

    assert page.get_by_role("heading", name="We have not heard yet").is_visible()
    if java_script:
        no_violations(page)
    until_it_is_heard(app, session, page)
    if java_script:
        page.get_by_role("heading", name="It is paid").wait_for()  # by itself
        no_violations(page)
    else:
        press(page, page.get_by_role("button", name="Look again"))
    assert page.get_by_role("heading", name="It is paid").is_visible()
    page.goto(f"/statement/{street.home_id}")
    assert page.get_by_role("heading", name="All is paid").is_visible()


def test_the_treasurer_sees_what_was_paid_online(
    app, session, tab, live_server, street, bill, mollie
) -> None:
    coordinator = a_person(session, "Coor", role=Role.COORDINATOR, language="en")
    session.commit()
    page = tab.open()
    be(page, street.ada, app=app, session=session, address=live_server)
    page.goto("/mine")
    press(page, page.get_by_role("button", name="Pay now"))
    page.wait_for_url("**/checkout/*")
    press(page, page.get_by_role("button", name="Yes"))
    until_it_is_heard(app, session, page)

    desk = tab.open(viewport=WIDE)
    be(desk, coordinator, app=app, session=session, address=live_server)
    desk.goto("/coordinator/payments/")
    assert desk.get_by_role("heading", name="Paid online").is_visible()
    no_violations(desk)
    press(desk, desk.get_by_role("link", name="All payments online"))
    no_violations(desk)
    desk.get_by_label("How much did it keep?").fill("0,35")
    press(desk, desk.get_by_role("button", name="Book as costs"))
    assert desk.get_by_text("€42.65").is_visible()

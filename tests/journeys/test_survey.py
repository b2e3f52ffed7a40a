"""After closing: a coordinator writes down at the door what fits, and a household says yes."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from purchasing import lifecycle, surveys
from purchasing.people import Participant, Role, find_person
from purchasing.surveys import Choice
from tests.builders import (
    ACTOR,
    DAY,
    a_household,
    a_network,
    a_person,
    a_product,
    a_round,
    a_supplier,
    an_order,
)
from tests.journeys.steps import WIDE, be, no_violations, press

pytestmark = pytest.mark.journey
NOW = datetime.now(UTC).replace(microsecond=0)
PHONE = {"width": 360, "height": 740}


@pytest.fixture
def round_(session):
    """Closed yesterday: Ada and Bo ordered panels and lamps; somebody comes to look."""
    a_network(session)
    a_person(session, "Coor", role=Role.COORDINATOR, language="en")
    supplier = a_supplier(session, "Zonnedak", delivery_cents=15_000)
    panel = a_product(
        session, supplier, "Zonnepaneel", unit="paneel 430 Wp", unit_price=189_500_000,
        case_milli=1000, vat_bp=0,
    )  # fmt: skip
    lamp = a_product(
        session, supplier, "Ledlamp", unit="stuk", unit_price=3_330_000, case_milli=1000,
        vat_bp=2100,
    )  # fmt: skip
    made = a_round(
        session, panel, lamp, category_key="energy_goods", choose_days=7, prepayment_bp=3000,
        title="Zon op het dak", opens_at=NOW - 8 * DAY, closes_at=NOW - DAY, pickup_place="",
        delivery_on=(NOW + 30 * DAY).date(), contact_phone="023 000 00 01",
    )  # fmt: skip
    for name in ("Ada", "Bo"):
        household = a_household(session, name, language="en")
        a_person(session, name, household, language="en")
        wants = {"Zonnepaneel": 8, "Ledlamp": 12}
        an_order(session, made, household, wants, at=NOW - 2 * DAY)
    lifecycle.close(session, made, actor=ACTOR, now=NOW - DAY)
    session.commit()
    return made


@pytest.mark.parametrize("viewport", [PHONE, WIDE], ids=["phone", "desk"])
def test_what_is_found_is_told_and_chosen(app, session, tab, live_server, round_, viewport):
    ada = session.scalars(select(Participant).where(Participant.name == "Ada")).one()
    articles = {item.name: item.id for item in round_.items}
    panel, lamp = articles["Zonnepaneel"], articles["Ledlamp"]
    here, who = round_.id, ada.id
    by = {"app": app, "session": session, "address": live_server}

    desk = tab.open(viewport=viewport)
    be(desk, find_person(session, "coor@example.org"), **by)
    desk.goto(f"/coordinator/rounds/{here}")
    no_violations(desk)
    press(desk, desk.get_by_role("link", name="To the survey"))
    no_violations(desk)
    press(desk, desk.get_by_role("link", name="Ada"))
    no_violations(desk)
    for item, fits in ((panel, "In another number"), (lamp, "Yes, as ordered")):
        desk.locator(f"#fits_{item} label", has_text=fits).click()
    desk.locator(f"#quantity_{panel}").fill("6")
    desk.locator(f"#extra_{panel}").fill("149,50")
    desk.locator(f"#reason_{panel}").fill("Dakkapel in de weg; nieuwe groep in de meterkast")
    press(desk, desk.locator("#save"))
    press(desk, desk.get_by_role("link", name="Send the offers"))
    no_violations(desk)
    press(desk, desk.locator("#offer"))
    no_violations(desk)

    home = tab.open(viewport=viewport)
    be(home, ada.memberships[0].person, **by)
    home.goto("/mine")
    no_violations(home)
    press(home, home.get_by_role("link", name="Look and choose"))
    no_violations(home)
    press(home, home.get_by_role("button", name="Yes, I am in"))
    no_violations(home)

    session.rollback()
    assert surveys.offer_of(session, here, who).choice == Choice.IN

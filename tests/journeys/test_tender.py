"""A tender from its first sign-up to the confirmation, on a phone: household and supplier."""

from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from app import tickets
from app.duties import do_what_is_due
from app.errands import run_until_done
from purchasing import lifecycle
from purchasing.papers import Paper, PaperKind
from purchasing.rounds import Round
from purchasing.rounds import RoundState as S
from tests.builders import ACTOR, a_household, a_network, a_person
from tests.journeys.steps import no_violations, press, sign_in
from tests.tenders import BID_A, HOME, a_tender, an_invitation

pytestmark = pytest.mark.journey
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
BILL = ("kwh", "gas_m3", "rate_single", "rate_gas", "fixed_power_month", "fixed_gas_month")


@pytest.fixture
def round_id(session) -> int:
    now = datetime.now(UTC)
    a_network(session)
    home = a_household(session, "Ada", street="Hof 12", postcode="2036 AB")
    a_person(session, "Ada", home, language="en")
    round_id = a_tender(
        session,
        opens_at=now - DAY,
        closes_at=now + HOUR,
        bids_until=now + DAY,
        offers_until=now + 2 * DAY,
        particulars={"start_on": f"{now.year + 1}-02-01", "conditions": []},
    ).id
    session.commit()
    return round_id


def unfold(page: Page) -> None:
    page.evaluate("document.querySelectorAll('main details').forEach(d => d.open = true)")


def signs_up(page: Page, address: str) -> None:
    page.goto(f"{address}/sign-up")
    no_violations(page)
    unfold(page)
    page.locator("input[name=product][value=power_gas]").check(force=True)
    page.locator("input[name=contract][value=variable]").check(force=True)
    page.locator("input[name=prices_are][value=bare]").check(force=True)
    for key in BILL:
        page.locator(f"#{key}").fill(HOME[key])
    page.locator("#consent-tender").check()
    press(page, page.get_by_role("button", name="Take part"))
    page.wait_for_url("**/sign-up/placed**")
    no_violations(page)


def bids(page: Page, ticket: str) -> None:
    page.goto(f"/bid/{ticket}")
    no_violations(page)
    unfold(page)
    for box in page.locator("input[name=segments]").all():
        box.check(force=True)
    for key, value in (BID_A | {"normal": "0.123", "low": "0.123", "feed_in": "0.03"}).items():
        page.locator(f"#{key}").fill(value)
    press(page, page.locator("#look"))
    no_violations(page)
    press(page, page.locator("#send"))
    expect(page.locator("#send")).to_have_count(0)
    no_violations(page)


def let_pass(session, round_id: int, moment: str) -> None:
    """The clock reaches a moment of the round."""
    setattr(session.get_one(Round, round_id), moment, datetime.now(UTC))
    session.commit()
    do_what_is_due(grace=timedelta(0))


def state_of(session, round_id: int) -> S:
    session.rollback()
    state = S(session.get_one(Round, round_id).state)
    session.rollback()
    return state


def test_from_signing_up_to_the_confirmation(app, page, session, round_id) -> None:
    app.config["PRESS_WORKERS"] = 0
    address = f"/rounds/{round_id}"
    sign_in(page, session)
    signs_up(page, address)

    round_ = session.get_one(Round, round_id)
    link = an_invitation(session, round_, at=datetime.now(UTC))
    link.supplier.language = "en"
    lifecycle.close_now(session, round_, actor=ACTOR, now=datetime.now(UTC))
    ticket = tickets.ticket("bid", link.id)
    session.commit()
    bids(page, ticket)

    let_pass(session, round_id, "bids_until")
    assert state_of(session, round_id) == S.OFFERED
    page.goto("/mine")
    no_violations(page)
    press(page, page.locator(f"a[href^='{address}/offer']"))
    expect(page.locator("main")).to_contain_text("This saves you")
    no_violations(page)
    press(page, page.locator("#take"))
    no_violations(page)
    page.locator("#consent").check()
    press(page, page.locator("#sign"))
    expect(page.locator("main")).to_contain_text("You take this offer")

    let_pass(session, round_id, "offers_until")
    assert state_of(session, round_id) == S.ORDERED
    run_until_done(app)
    confirmed = select(Paper.number).where(Paper.kind == PaperKind.CONFIRMATION)
    number = session.scalars(confirmed).one()
    session.rollback()
    page.goto("/mine")
    with page.expect_download() as download:
        page.get_by_role("link", name=number).click()
    assert download.value.suggested_filename.endswith(f"{number}.pdf")

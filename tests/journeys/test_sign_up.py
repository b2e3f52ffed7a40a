"""A household signs up on a phone, the round closes, and its receipt lies on its own page."""

from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from app.duties import do_what_is_due
from app.errands import run_until_done
from purchasing import lifecycle
from purchasing.papers import Paper
from purchasing.rounds import Round
from tests.builders import ACTOR, PARTY, a_household, a_network, a_person, an_interest_round
from tests.journeys.steps import no_violations, press, sign_in

pytestmark = pytest.mark.journey
HOUR = timedelta(hours=1)


@pytest.fixture
def round_id(session) -> int:
    """Of an open round; the test holds no row, so that the site can write."""
    now = datetime.now(UTC)
    a_network(session)
    a_person(session, "Ada", a_household(session, "Ada"))
    round_id = an_interest_round(session, opens_at=now - HOUR, closes_at=now + HOUR).id
    session.commit()
    return round_id


def test_from_signing_up_to_the_receipt(app, page, session, round_id) -> None:
    app.config["PRESS_WORKERS"] = 0
    address = f"/rounds/{round_id}"
    sign_in(page, session)
    page.goto(address)
    no_violations(page)
    press(page, page.locator(f"a[href$='{address}/sign-up']"))
    no_violations(page)

    page.locator("input[name=products][value=contents]").check(force=True)
    page.locator("input[name=channel][value=mail]").check(force=True)
    page.locator("#consent-recipient").check()
    press(page, page.locator("main form button.btn"))
    page.wait_for_url("**/sign-up/placed**")
    expect(page.locator("main")).to_contain_text(PARTY["recipient"])
    no_violations(page)

    round_ = session.get_one(Round, round_id)
    lifecycle.close_now(session, round_, actor=ACTOR, now=datetime.now(UTC))
    session.commit()
    do_what_is_due(grace=timedelta(0))
    run_until_done(app)
    number = session.scalars(select(Paper.number)).one()
    session.rollback()

    page.goto("/mine")
    no_violations(page)
    with page.expect_download() as download:
        page.get_by_role("link", name=number).click()
    assert download.value.suggested_filename.endswith(f"{number}.pdf")

"""A coordinator follows a tender on a phone: bids that nobody reads, an award, a list, once."""

from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Locator, Page, expect

from app import seals
from purchasing import lifecycle
from purchasing.people import Role
from purchasing.rounds import Round
from purchasing.tenders import bids, offers
from purchasing.tenders.offers import OfferState
from tests.builders import ACTOR, DAY, a_household, a_network, a_person
from tests.journeys.steps import be, no_violations, press
from tests.journeys.test_tender import let_pass
from tests.tenders import (
    BID_A,
    BID_B,
    DEAR,
    a_tender,
    accepts,
    an_invitation,
    bid_form,
    joins,
)

pytestmark = pytest.mark.journey
HOUR = timedelta(hours=1)
PRICES = {"Noord": BID_A, "Zuid": BID_B, "Oost": DEAR}


@pytest.fixture
def coordinator(session):
    a_network(session)
    return a_person(session, "Coor", role=Role.COORDINATOR, language="en")


@pytest.fixture
def round_(session, coordinator):
    """A tender of three homes that is being bid on, by three suppliers."""
    now = datetime.now(UTC)
    round_ = a_tender(
        session,
        opens_at=now - 2 * DAY,
        closes_at=now + HOUR,
        bids_until=now + DAY,
        offers_until=now + 2 * DAY,
        particulars={"start_on": f"{now.year + 1}-02-01"},
    )
    for name in ("Ada", "Bo", "Cem"):
        joins(session, round_, a_household(session, name), at=now - HOUR)
    lifecycle.close_now(session, round_, actor=ACTOR, now=now)
    for name, prices in PRICES.items():
        bid(session, round_, name, prices)
    session.commit()
    return round_


def bid(session, round_: Round, name: str, prices: dict[str, str]) -> None:
    """As by the supplier's own link, sealed with the site's own key."""
    link = an_invitation(session, round_, name, at=datetime.now(UTC))
    bids.submit(
        session,
        link,
        bid_form(prices),
        nonce=name.encode().ljust(32, b"."),
        seal=seals.seal,
        key=f"bid-{link.id}",
        now=datetime.now(UTC),
    )


def take_offers(session, round_id: int) -> str:
    """Two of three take what they are offered; the name of the supplier who won them."""
    round_ = session.get_one(Round, round_id)
    made = [o for o in offers.offered(session, round_id) if o.state == OfferState.MADE]
    for offer in made[:2]:
        accepts(session, round_, offer.participant, at=datetime.now(UTC))
    winner = str(made[0].bid.supplier.name)
    session.commit()
    return winner


def section(page: Page, name: str) -> Locator:
    return page.locator(f"section[aria-labelledby={name}]")


def won(page: Page) -> set[str]:
    """Whose column in the table of all bids says that it won."""
    heads = section(page, "bids").locator("th[scope=col]").all_inner_texts()
    assert {head.split()[0] for head in heads} == set(PRICES)
    return {head.split()[0] for head in heads if "won" in head}


def test_from_sealed_bids_to_the_list_of_who_comes(
    app, session, page, live_server, coordinator, round_
) -> None:
    app.config["PRESS_WORKERS"] = 0
    round_id, hashes = round_.id, [bid.commitment for bid in bids.list_bids(session, round_.id)]
    be(page, coordinator, app=app, session=session, address=live_server)
    address = f"/coordinator/rounds/{round_id}"

    page.goto(address)
    no_violations(page)
    expect(section(page, "suppliers").get_by_text("Bid is in")).to_have_count(3)
    sealed = page.locator("main").inner_text()
    assert all(commitment in sealed for commitment in hashes)
    assert "All bids, losers too" not in sealed
    rates = {prices[name] for prices in PRICES.values() for name in ("single", "gas")}
    assert not [rate for rate in rates if rate in sealed]

    let_pass(session, round_id, "bids_until")
    page.goto(address)
    no_violations(page)
    award = section(page, "award")
    expect(award).to_contain_text("The hashes of all 3 bids were checked")
    expect(award).to_contain_text("Computed once more from bids and answers: the same.")
    winners = won(page)
    assert winners and "Oost" not in winners  # dearer than all others, for everybody
    page.goto(f"/rounds/{round_id}")  # everybody can read them, losers too
    no_violations(page)
    assert won(page) == winners
    session.rollback()

    winner = take_offers(session, round_id)
    assert winner in winners
    let_pass(session, round_id, "offers_until")
    page.goto(address)
    no_violations(page)
    stands = section(page, "award").locator("dl > div").filter(has_text=winner)
    expect(stands).to_contain_text("2 accepted: the bid stands")
    take = page.get_by_role("button", name="along").first
    with page.expect_download() as download:
        take.click()
    assert download.value.suggested_filename.endswith(".zip")

    press(page, take)  # the page still shows the button
    expect(page.locator("main")).to_contain_text("A list can be taken once.")
    no_violations(page)
    page.goto(address)
    no_violations(page)
    expect(section(page, "lists")).to_contain_text("was taken along on")
    assert section(page, "lists").get_by_role("button", name="along").count() == 0

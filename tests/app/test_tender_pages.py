"""A tender in public and its sign-up: what anybody reads in each phase, and five calm parts."""

from datetime import UTC, datetime, timedelta

import pytest

from purchasing import signups
from tests.builders import a_household, a_network, a_person, a_shop
from tests.tenders import (
    BID_B,
    HOME,
    a_tender,
    accepts,
    bids_on,
    close,
    concludes,
    joins,
    opens_bids,
)

HOUR = timedelta(hours=1)
BILL = tuple(key for key in HOME if key.startswith(("kwh", "gas", "rate", "fixed", "prices")))
NOW = datetime.now(UTC).replace(microsecond=0)


def a_tender_at(session, closes_at):
    a_network(session)
    return a_tender(
        session,
        opens_at=closes_at - 72 * HOUR,
        closes_at=closes_at,
        bids_until=closes_at + 2 * HOUR,
        offers_until=closes_at + 72 * HOUR,
        particulars={"start_on": f"{NOW.year + 1}-02-01"},
    )


@pytest.fixture
def ada(session):
    household = a_household(session, "Ada", street="Korenbloemhof 12 B", postcode="2036 XA")
    a_person(session, "Ada", household, language="en")
    return household


@pytest.fixture
def round_(session):
    return a_tender_at(session, NOW + 5 * HOUR)


@pytest.fixture
def at_home(session, visitor, round_, ada):
    session.commit()
    return visitor.sign_in(ada.memberships[0].person)


def address(round_) -> str:
    return f"/rounds/{round_.id}/sign-up"


def test_the_address_is_known_already(at_home, round_):
    page = at_home.get(address(round_))

    assert page.select_one("#postcode")["value"] == "2036 XA"
    assert page.select_one("#house_number")["value"] == "12"


def test_signing_up_with_a_bill_and_reading_it_back(session, at_home, round_, ada):
    page = at_home.submit(
        at_home.get(address(round_)), address(round_), **HOME, **{"consent-tender": "2026-1"}
    )

    assert "you get your own offer by mail" in page.text and "totals only" in page.text
    assert signups.is_signed_up(session, round_.id, ada.id)


def test_a_folded_part_with_a_mistake_is_open_and_keeps_what_was_typed(at_home, round_):
    wrong = HOME | {"rate_gas": "veel", "consent-tender": "2026-1"}

    page = at_home.submit(at_home.get(address(round_)), address(round_), status=422, **wrong)

    field = page.select_one("#rate_gas")
    assert field["value"] == "veel"
    assert "open" in field.find_parent("details").attrs


def test_who_does_not_know_the_use_says_what_home_it_is(session, at_home, round_, ada):
    form = at_home.get(address(round_))

    at_home.submit(
        form,
        address(round_),
        product="power_gas",
        dwelling_type="apartment",
        **{"consent-tender": "2026-1"},
    )

    assert signups.answers_of(session, round_.id, ada.id)["dwelling_type"] == "apartment"


def test_a_shop_is_asked_for_its_connection(session, visitor, round_):
    shop = a_shop(session)
    a_person(session, "Sam", shop, language="en")
    session.commit()

    page = visitor.sign_in(shop.memberships[0].person).get(address(round_))

    assert page.select("[name=power_size]") and not page.select("[name=dwelling_type]")


def test_in_public_a_sealed_bid_is_a_hash_and_an_opened_one_all_it_says(session, visitor, ada):
    round_ = a_tender_at(session, NOW - 4 * HOUR)
    joins(session, round_, ada, at=NOW - 5 * HOUR)
    close(session, round_, at=NOW - 4 * HOUR)
    bid = bids_on(session, round_, "Noord", at=NOW - 3 * HOUR)
    bids_on(session, round_, "Zuid", BID_B, at=NOW - 3 * HOUR)
    session.commit()
    sealed = visitor.get(f"/rounds/{round_.id}").text
    opens_bids(session, round_, at=NOW - 2 * HOUR)
    session.commit()
    opened = visitor.get(f"/rounds/{round_.id}").text

    assert bid.commitment in sealed and "Noord" not in sealed and "0,123" not in sealed
    assert all(words in opened for words in ("Noord", "Zuid", bid.commitment, bid.nonce))
    assert "Ada" not in opened


def test_in_public_a_few_acceptances_are_not_counted(session, visitor, ada):
    round_ = a_tender_at(session, NOW - 100 * HOUR)
    joins(session, round_, ada, at=NOW - 101 * HOUR)
    close(session, round_, at=NOW - 100 * HOUR)
    bids_on(session, round_, "Noord", at=NOW - 99 * HOUR)
    opens_bids(session, round_, at=NOW - 98 * HOUR)
    accepts(session, round_, ada, at=NOW - 97 * HOUR)
    concludes(session, round_, at=NOW - 28 * HOUR)
    session.commit()

    page = visitor.get(f"/rounds/{round_.id}")

    assert "1 klant" not in page.text and "minder dan 10" in page.text


# --- what was understood


def the_placed_page(session, visitor, round_, who, **answers) -> str:
    joins(session, round_, who, at=NOW, **answers)
    session.commit()
    person = who.memberships[0].person
    page = f"{address(round_)}/placed?for={who.id}"
    return " ".join(visitor.sign_in(person).get(page).text.split())


def test_who_gave_own_figures_reads_them_back(session, visitor, round_, ada):
    text = the_placed_page(session, visitor, round_, ada)

    assert "You are counted with" in text
    assert "1,880 kWh, 800 m³" in text
    assert "Your own figures" in text and "up to 5% more or less" in text
    assert "larger than you need" not in text


def test_who_does_not_know_reads_that_it_is_an_estimate(session, visitor, round_, ada):
    no_bill = dict.fromkeys((*BILL, "use_from"), "")

    text = the_placed_page(
        session, visitor, round_, ada, **no_bill | {"dwelling_type": "apartment"}
    )

    assert "An estimate" in text and "up to 30% more or less" in text


def test_a_shop_with_a_large_connection_hears_that_a_smaller_one_would_do(
    session, visitor, round_
):
    shop = a_shop(session)
    a_person(session, "Sam", shop, language="en")
    text = the_placed_page(session, visitor, round_, shop, kwh="6000", power_size="3x80A")

    assert "You have 3x80A. For your use 3x25A would probably do" in text


def test_after_closing_the_page_still_says_how_many_took_part(session, visitor, ada):
    round_ = a_tender_at(session, NOW - HOUR)
    for number in range(12):
        joins(session, round_, a_household(session, f"Huis{number}"), at=NOW - 2 * HOUR)
    close(session, round_, at=NOW - HOUR)
    session.commit()

    page = visitor.sign_in(ada.memberships[0].person).get(f"/rounds/{round_.id}")

    assert "10 or more took part." in page.text

"""Mails and papers, their state per recipient, and what a coordinator decides."""

import pytest
from sqlalchemy import select

from app.mail.readers import NO_ADDRESS
from app.views.coordinator.errands import WORDS
from purchasing import errands
from purchasing.errands import Errand, ErrandState, Kind
from tests.app.coordinator import village
from tests.app.coordinator.village import NOW
from tests.builders import a_household, a_sign_up, an_interest_round

PATH = "/coordinator/errands/"


@pytest.fixture
def here(session, visitor):
    made = village.ordered(session)
    visitor.sign_in(made.coordinator)
    return made


@pytest.fixture
def errand(session, here):
    """The mail with an order to a supplier."""
    errands.ask(
        session, Kind.MAIL_SHEET, 1, now=NOW, recipient="Groothandel", round_id=here.round.id
    )
    session.commit()
    return session.scalars(select(Errand).where(Errand.key == "mail_sheet:1")).one()


def put(session, errand, state: ErrandState, **more) -> None:
    errand.state = state
    for name, value in more.items():
        setattr(errand, name, value)
    session.commit()


@pytest.mark.parametrize(
    ("error", "shown"),
    [(NO_ADDRESS, "Geen mailadres"), ("550 100% full of %(junk)s", "550 100% full of %(junk)s")],
)
def test_why_a_mail_failed_is_said_in_the_readers_language(
    session, visitor, here, errand, error: str, shown: str
) -> None:
    here.coordinator.language = "nl"
    put(session, errand, ErrandState.DEAD, last_error=error)

    assert shown in visitor.get(PATH).select_one("#main").text


def test_each_errand_shows_its_recipient_and_its_state(session, visitor, here, errand) -> None:
    put(session, errand, ErrandState.DEAD, last_error="550 no such user <b>here</b>")

    page = visitor.get(PATH)

    mine = page.select_one(f"#e{errand.id}")
    assert "Groothandel" in mine.h2.text
    assert mine.select_one(".chip").text == "failed"
    assert "550 no such user <b>here</b>" in mine.text
    placed = [row for row in page.select("li h2") if "Confirmation" in row.text]
    assert "Huis10" in placed[0].text


def test_every_kind_of_errand_has_a_name() -> None:
    assert set(WORDS) == set(Kind)


def test_who_signed_up_is_named_beside_the_mail_that_says_so(session, visitor, here) -> None:
    household = a_household(session, "Aangemeld")
    a_sign_up(session, an_interest_round(session), household)
    session.commit()

    page = visitor.get(PATH)

    assert "Confirmation of a sign-up: Aangemeld" in [title.text for title in page.select("h2")]


def test_what_needs_somebody_stands_on_top(session, visitor, here, errand) -> None:
    put(session, errand, ErrandState.UNCERTAIN)

    assert visitor.get(PATH).select_one("ul.rows > li")["id"] == f"e{errand.id}"


def test_what_failed_is_tried_again(session, visitor, here, errand) -> None:
    put(session, errand, ErrandState.DEAD, tries=10)
    page = visitor.get(PATH)

    visitor.submit(page, f"{PATH}{errand.id}/retry")

    again = session.get(Errand, errand.id)
    assert (again.state, again.tries, again.repeat) == (ErrandState.WAITING, 0, False)


def test_what_is_uncertain_is_sent_again_marked_as_a_repeat(
    session, visitor, here, errand
) -> None:
    put(session, errand, ErrandState.UNCERTAIN, sending_since=NOW)

    visitor.submit(visitor.get(PATH), f"{PATH}{errand.id}/retry")

    again = session.get(Errand, errand.id)
    assert (again.state, again.repeat) == (ErrandState.WAITING, True)


def test_what_had_arrived_is_not_sent_again(session, visitor, here, errand) -> None:
    put(session, errand, ErrandState.UNCERTAIN, sending_since=NOW)

    visitor.submit(visitor.get(PATH), f"{PATH}{errand.id}/arrived")

    assert session.get(Errand, errand.id).state == ErrandState.DONE


def test_all_that_failed_is_tried_again_but_not_what_is_uncertain(
    session, visitor, here, errand
) -> None:
    put(session, errand, ErrandState.UNCERTAIN, sending_since=NOW)
    for number in range(2):
        errands.ask(session, Kind.MAIL_NEWS, f"x:{number}", now=NOW)
    for failed in session.scalars(select(Errand).where(Errand.key.startswith("mail_news:x"))):
        failed.state = ErrandState.DEAD
    session.commit()

    visitor.submit(visitor.get(PATH), f"{PATH}retry-failed")

    states = {errand.key: errand.state for errand in session.scalars(select(Errand))}
    assert states["mail_news:x:0"] == states["mail_news:x:1"] == ErrandState.WAITING
    assert states["mail_sheet:1"] == ErrandState.UNCERTAIN


def test_filters_show_one_state_or_one_round(session, visitor, here, errand) -> None:
    put(session, errand, ErrandState.DEAD)
    errands.ask(session, Kind.MAIL_NEWS, "elders:1", now=NOW, recipient="Elders")
    session.commit()

    failed = visitor.get(f"{PATH}?state=dead")
    of_round = visitor.get(f"{PATH}?round={here.round.id}")

    assert [row["id"] for row in failed.select("ul.rows > li")] == [f"e{errand.id}"]
    assert "Elders" not in of_round.text
    visitor.get(f"{PATH}?state=lost", 404)
    visitor.get(f"{PATH}?round=999999", 404)

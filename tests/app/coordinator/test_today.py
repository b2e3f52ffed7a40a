"""Today: what needs a coordinator, the most urgent first."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from app import heartbeat
from purchasing.errands import Errand, ErrandState
from suppliers.catalogue_import import preview
from tests.app.coordinator import village
from tests.app.coordinator.village import DAY, NOW
from tests.builders import ACTOR
from tests.suppliers.made_lists import a_complete_list, an_article

PATH = "/coordinator/"


def tasks(page) -> list[str]:
    """Where each task leads, in order."""
    return [link["href"] for link in page.select("#needs ~ ul .task > a")]


def test_where_nothing_needs_anybody_it_says_so(session, visitor) -> None:
    here = village.build(session)

    page = visitor.sign_in(here.coordinator).get(PATH)

    assert tasks(page) == []
    assert "All goes by itself" in page.text


def test_what_stands_still_comes_before_what_can_wait(session, visitor) -> None:
    here = village.held(session)
    draft = village.planned(session, 2)
    errand = session.scalars(select(Errand)).first()
    errand.state = ErrandState.DEAD
    session.commit()

    page = visitor.sign_in(here.coordinator).get(PATH)

    assert tasks(page) == [
        f"/coordinator/rounds/{here.round.id}",
        "/coordinator/errands/?state=dead",
        f"/coordinator/rounds/{draft.round.id}/check",
    ]


def test_a_round_that_closes_soon_is_on_the_page(session, visitor) -> None:
    here = village.build(session, closes_at=NOW + timedelta(hours=20))

    page = visitor.sign_in(here.coordinator).get(PATH)

    assert page.select_one(f"#closing ~ ul a[href='/coordinator/rounds/{here.round.id}']")


def test_a_delivery_of_today_asks_to_be_received(session, visitor) -> None:
    here = village.ordered(session, delivery_on=(NOW - DAY).date(), closes_at=NOW - DAY / 2)

    page = visitor.sign_in(here.coordinator).get(PATH)

    assert tasks(page) == [f"/coordinator/rounds/{here.round.id}"]


@pytest.mark.parametrize(
    ("price", "words"), [("duur", "cannot be read"), ("1", "not in force yet")]
)
def test_a_price_list_that_was_read_and_left_is_remembered(session, visitor, price, words) -> None:
    here = village.build(session)
    supplier = here.round.suppliers[0].supplier
    data = a_complete_list(an_article("1", "Rijst"), an_article("2", "Meel", inkoopprijs=price))
    list_ = preview(session, supplier, data, filename="lijst.csv", actor=ACTOR, now=NOW)
    session.commit()

    page = visitor.sign_in(here.coordinator).get(PATH)

    assert tasks(page) == [f"/coordinator/price-lists/{list_.id}"]
    assert words in page.select_one(".task").text


def test_a_clock_that_stands_still_is_told(session, visitor) -> None:
    here = village.build(session)
    visitor.sign_in(here.coordinator)
    assert "The clock stands still" in visitor.get(PATH).text

    heartbeat.beat()

    assert "The clock stands still" not in visitor.get(PATH).text

"""The books on a page: balances, suppliers, and each round to the cent."""

import pytest

from purchasing.books import ledger
from purchasing.books.ledger import Booking
from purchasing.people import Role
from tests.app.coordinator import village
from tests.app.coordinator.village import NOW
from tests.builders import ACTOR, DAY, a_person

PAGE = "/coordinator/books/"


def words(page) -> str:
    return " ".join(page.text.split())


def test_a_round_shows_that_it_is_exact(session, visitor) -> None:
    here = village.ordered(session, fee_cents=100)
    visitor.sign_in(here.coordinator)

    page = visitor.get(f"{PAGE}round/{here.round.id}")

    assert "Exact to the cent" in words(page)
    assert "GoodswithoutVAT€6.00€6.00" in words(page).replace(" ", "")


def test_a_difference_is_shown_with_what_was_booked_later(session, visitor) -> None:
    here = village.ordered(session)
    extra = Booking("t", "Prijs was hoger", {f"round:{here.round.id}": 30, "supplier:1": -30})
    ledger.post(session, [extra], round_id=here.round.id, at=NOW)
    session.commit()
    visitor.sign_in(here.coordinator)

    page = words(visitor.get(f"{PAGE}round/{here.round.id}"))

    assert "there is a difference of −€0.30" in page
    assert "Prijs was hoger" in page


def test_the_books_say_what_is_owed_and_that_they_are_true(session, visitor) -> None:
    here = village.ordered(session, 2)
    visitor.sign_in(here.coordinator)

    page = words(visitor.get(PAGE))

    assert "Every posting adds up" in page
    assert "To suppliers" in page
    assert here.round.title in page


def test_what_cannot_be_is_said_loudly(session, visitor) -> None:
    here = village.ordered(session)
    wrong = Booking("t", ACTOR, {"bank": 5, "fees": -5})
    ledger.post(session, [wrong], round_id=None, at=NOW)
    session.commit()
    visitor.sign_in(here.coordinator)

    assert visitor.get(PAGE).select_one("[role=alert]")


def test_the_books_cost_the_same_queries_for_many_rounds(session, visitor, count_queries) -> None:
    counted = []
    for size in (1, 3):
        here = village.ordered(session, size)
        visitor.sign_in(here.coordinator)
        for path in (PAGE, f"{PAGE}round/{here.round.id}"):
            visitor.get(path)
            with count_queries() as queries:
                visitor.get(path)
            counted.append(len(queries))
    assert counted[:2] == counted[2:]


# --- years -------------------------------------------------------------------------------------


@pytest.mark.parametrize("suffix", ["csv", "journal", "beancount", "xaf"])
def test_a_year_is_handed_over_as_a_file(session, visitor, suffix) -> None:
    here = village.ordered(session)
    visitor.sign_in(here.coordinator)
    links = [a["href"] for a in visitor.get(PAGE).select("a") if a["href"].endswith(suffix)]
    assert links == [f"{PAGE}{NOW.year}.{suffix}"]

    answer = visitor.open(links[0])

    assert answer.status_code == 200
    assert f"koopkracht-{NOW.year}.{suffix}" in answer.headers["Content-Disposition"]


@pytest.mark.parametrize("year", [0, 1999, 2101, 999_999])
def test_a_year_that_cannot_be_is_not_found(session, visitor, year) -> None:
    village.build(session)
    visitor.sign_in(a_person(session, "Baas", role=Role.ADMINISTRATOR, language="en"))
    session.commit()

    visitor.get(f"{PAGE}{year}.csv", 404)
    visitor.post(f"{PAGE}{year}/close", 404)


@pytest.mark.parametrize("year", [2000, 2100])
def test_the_first_and_the_last_year_can_be(session, visitor, year) -> None:
    village.build(session)
    visitor.sign_in(a_person(session, "Baas", role=Role.ADMINISTRATOR, language="en"))
    session.commit()

    assert visitor.open(f"{PAGE}{year}.csv").status_code == 200
    visitor.post(f"{PAGE}{year}/close")


def test_an_administrator_closes_a_year_that_is_over(session, visitor) -> None:
    village.build(session)
    boss = a_person(session, "Baas", role=Role.ADMINISTRATOR, language="en")
    old = Booking("t", "", {"fees": -5, "cash": 5})
    ledger.post(session, [old], round_id=None, at=NOW - 400 * DAY)
    session.commit()
    visitor.sign_in(boss)
    year = (NOW - 400 * DAY).year

    page = visitor.submit(visitor.get(PAGE), f"{PAGE}{year}/close")

    assert f"The year {year} is closed." in words(page)
    assert "Result: €0.05." in words(page)


def test_this_year_cannot_be_closed(session, visitor) -> None:
    village.ordered(session)
    visitor.sign_in(a_person(session, "Baas", role=Role.ADMINISTRATOR, language="en"))
    session.commit()
    assert not visitor.get(PAGE).select("form[action$=close]")

    page = visitor.post(f"{PAGE}{NOW.year}/close")

    assert "is not over yet" in words(page)

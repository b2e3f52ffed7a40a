"""Who reads along sees rounds, sums, orders and books; no household, and no button."""

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import select

from app.documents.archives.folder import FolderArchive
from purchasing.books import ledger
from purchasing.books.ledger import Booking
from purchasing.papers import Paper, PaperKind, StoredDocument
from purchasing.people import Role, appoint, find_person
from purchasing.rounds import RoundState
from tests.app.coordinator import village
from tests.builders import a_household, a_person, a_round, an_interest_round

HOME = "/observer/"
NAME, STREET, MAIL = "Familie Verborgen", "Geheimstraat 7", "verborgen@example.org"
YEAR = datetime.now(UTC).year


@pytest.fixture
def here(app, session, visitor):
    """A round that was ordered, by a household with a name to hide; and who reads along."""
    made = village.ordered(session)
    one = made.households[0]
    one.name, one.street, one.email = NAME, STREET, MAIL
    # As a bank would tell it: with the name of who paid.
    paid = Booking("bank:1", f"{NAME} bedankt", {"bank": 100, f"participant:{one.id}": -100})
    ledger.post(session, [paid], round_id=None, at=village.NOW)
    folder = Path(app.config["DOCUMENTS_FOLDER"])
    for paper in session.scalars(select(Paper)).all():
        stored = FolderArchive(folder).keep(paper.number.encode(), ".pdf")
        kept = {"path": stored.path, "sha256": stored.sha256, "size": stored.size}
        session.add(StoredDocument(paper_id=paper.id, renderer="t", stored_at=village.NOW, **kept))
    visitor.sign_in(a_person(session, "Toezicht", role=Role.OBSERVER, language="en"))
    session.commit()
    return made


def walk(visitor, start: str = HOME) -> dict[str, int]:
    """Every link of every page from here on, with what it answers; and what is sent where."""
    answers: dict[str, int] = {}
    waiting = [start, "/"]
    while waiting:
        path = waiting.pop()
        if path in answers:
            continue
        answer = visitor.open(path)
        answers[path] = answer.status_code
        if "html" in (answer.content_type or ""):
            assert not re.search(f"{NAME}|{STREET}|{MAIL}", answer.text), path
            found = re.findall(r'href="(/[^"#]*)', answer.text)
            waiting += [one.replace("&amp;", "&") for one in found if "/assets/" not in one]
            sent = re.findall(r'<form(?![^>]*method="get")[^>]*action="(/[^"]*)"', answer.text)
            assert {one for one in sent if not one.startswith(OWN)} == set(), path
    return answers


# Their own account, and the language of the page.
OWN = ("/language", "/sign-out", "/details", "/devices", "/my-data")


def test_who_reads_along_comes_nowhere_where_it_is_refused(here, session, visitor) -> None:
    village.planned(session, 2)  # beside one that is open
    an_interest_round(session, **village.TIMES | {"delivery_on": None})
    session.commit()

    answers = walk(visitor)

    assert {path: code for path, code in answers.items() if code != 200} == {}
    assert len([path for path in answers if path.startswith("/observer")]) > 5


def test_a_round_shows_its_sums_and_no_household(here, visitor) -> None:
    page = visitor.get(f"/observer/rounds/{here.round.id}")

    assert "Exact to the cent" in page.text
    assert NAME not in page.text
    assert not page.select("main form")


def test_a_round_is_known_from_when_it_is_announced(here, session, visitor) -> None:
    """Also one that never opened; of what is only being planned nothing is told."""
    planned = {"opens_at": village.NOW + village.DAY, "state": RoundState.PLANNED}
    planning, announced, dropped = (
        a_round(session, *here.products, **village.TIMES | planned | more)
        for more in (
            {"published_at": None},
            {"published_at": village.NOW},
            {"published_at": None, "state": RoundState.CANCELLED},
        )
    )
    session.commit()

    visitor.get(f"/observer/rounds/{planning.id}", 404)
    visitor.get(f"/observer/rounds/{announced.id}")
    visitor.get(f"/observer/rounds/{dropped.id}")


def test_of_the_papers_only_those_that_name_nobody_are_given_out(here, session, visitor) -> None:
    answers = {
        paper.kind: visitor.open(f"/papers/{paper.id}.pdf").status_code
        for paper in session.scalars(select(Paper)).all()
    }

    assert answers.pop(PaperKind.ORDER_SHEET) == 200
    assert len(answers) > 1
    assert set(answers.values()) == {404}


def test_the_books_of_a_year_that_cannot_be_are_not_found(here, visitor) -> None:
    codes = {
        year: visitor.open(f"/observer/books/{year}.csv").status_code
        for year in (1999, 2000, 2100, 2101)
    }
    assert codes == {1999: 404, 2000: 200, 2100: 200, 2101: 404}


@pytest.mark.parametrize("suffix", ["csv", "journal", "beancount", "xaf"])
def test_a_year_goes_along_with_numbers_for_names(here, session, visitor, suffix) -> None:
    mine = visitor.open(f"/observer/books/{YEAR}.{suffix}")
    visitor.sign_in(here.coordinator)
    theirs = visitor.open(f"/coordinator/books/{YEAR}.{suffix}")

    assert NAME in theirs.text or suffix == "beancount"
    assert NAME not in mine.text
    assert str(here.households[0].number) in mine.text
    amounts = r"-?\d+[.,]\d\d\b"
    assert re.findall(amounts, mine.text) == re.findall(amounts, theirs.text)


def test_an_interest_list_shows_no_count_below_ten(here, session, visitor) -> None:
    interest = an_interest_round(session, **village.TIMES | {"delivery_on": None})
    session.commit()

    page = visitor.get(f"/observer/rounds/{interest.id}")

    assert "fewer than 10" in page.text


def test_the_coordinators_rooms_stay_closed(here, visitor) -> None:
    for path in ("/coordinator/", "/coordinator/books/", "/coordinator/people/", "/mine"):
        assert visitor.open(path).status_code == 403, path
    assert visitor.open(f"/statement/{here.households[0].id}").status_code in (403, 404)


def test_who_has_a_household_too_orders_for_it_and_no_more(here, session, visitor) -> None:
    both = a_person(session, "Beide", a_household(session, "Eigen huis"), role=Role.OBSERVER)
    session.commit()
    visitor.sign_in(both)

    assert visitor.open("/mine").status_code == 200
    assert visitor.open(HOME).status_code == 200
    assert visitor.open("/coordinator/").status_code == 403


def test_a_coordinator_who_is_appointed_observer_stays_coordinator(here, session, visitor) -> None:
    appoint(here.coordinator, Role.OBSERVER)
    session.commit()
    visitor.sign_in(here.coordinator)

    assert visitor.get("/coordinator/").h1.text == "Today"


def test_an_administrator_appoints_one(here, session, visitor) -> None:
    boss = a_person(session, "Baas", role=Role.ADMINISTRATOR, language="en")
    session.commit()
    visitor.sign_in(boss)
    page = visitor.get("/coordinator/people/staff")

    page = visitor.submit(
        page, "/coordinator/people/staff", name="Kas", email="kas@example.org", role="observer"
    )

    assert find_person(session, "kas@example.org").roles == {Role.OBSERVER}
    assert "Observer" in page.text


def test_a_coordinator_cannot_change_who_reads_along(here, session, visitor) -> None:
    watcher = find_person(session, "toezicht@example.org")
    visitor.sign_in(here.coordinator)

    page = visitor.get(f"/coordinator/people/persons/{watcher.id}")

    assert "Only an administrator can change this person." in page.text


def test_one_is_made_on_the_command_line(app, session) -> None:
    result = app.test_cli_runner().invoke(
        args=["people", "add", "kas@example.org", "Kas", "--role", "observer"]
    )

    assert (result.exit_code, result.stdout.strip()) == (0, "kas@example.org: observer")


def test_where_a_second_step_is_asked_of_staff_it_is_asked_here_too(app, here, visitor) -> None:
    app.config["SECOND_STEP_FOR_STAFF"] = True

    assert visitor.open(HOME).location.startswith("/details/second-step")

"""One balance and why: a participant's own account, as a page, a table and a paper."""

import pytest
from sqlalchemy import select

from app.bank import read
from app.documents import render
from purchasing.books import intake
from purchasing.papers import Paper, PaperKind
from tests.app.street import NOW, a_street
from tests.bank_files import Moved, camt
from tests.builders import a_bill


@pytest.fixture
def street(session):
    return a_street(session)


@pytest.fixture
def bill(session, street) -> Paper:
    made = a_bill(session, street.household, 1250, on=NOW.date())
    take(session, Moved(1000, reference=made.reference, on=NOW.date()))
    session.commit()
    return made


@pytest.fixture
def ada(visitor, street):
    return visitor.sign_in(street.ada)


def take(session, *moved: Moved) -> None:
    file = read(camt(*moved, number=str(moved)))
    intake.take_in(session, file, file_name="x.xml", actor="t", now=NOW)


def address(street) -> str:
    return f"/statement/{street.household.id}"


def test_the_page_says_what_is_owed_and_why(ada, street, bill) -> None:
    page = ada.get(address(street))

    assert page.h1.text.split() == ["To", "pay:", "€2.50"]
    rows = [" ".join(row.text.split()) for row in page.select("section:first-child tbody tr")]
    assert len(rows) == 2
    assert "Paid by bank" in " ".join(rows)
    assert bill.reference in page.text


def test_my_page_leads_there_and_shows_what_is_left_to_pay(ada, street, bill) -> None:
    page = ada.get("/mine")

    assert page.select_one(f"a[href='{address(street)}']")
    assert "€2.50 of €12.50" in page.text


def test_what_is_paid_is_not_asked_for_any_more(ada, street, bill, session) -> None:
    take(session, Moved(250, reference=bill.reference, on=NOW.date()))
    session.commit()

    assert bill.number not in " ".join(card.text for card in ada.get("/mine").select(".cards"))
    assert ada.get(address(street)).h1.text == "All is paid"


def test_the_table_says_the_same(ada, street, bill) -> None:
    answer = ada.open(f"{address(street)}.csv")

    lines = answer.data.decode("utf-8-sig").splitlines()
    assert answer.mimetype == "text/csv"
    assert sorted(line.split(";")[3] for line in lines[1:]) == ["-10.00", "12.50"]


def test_a_paper_of_it_is_numbered_and_can_be_printed(ada, street, bill, session) -> None:
    ada.submit(ada.get(address(street)), _paper_action(ada, street), 409)

    (paper,) = session.scalars(select(Paper).where(Paper.kind == PaperKind.ACCOUNT))
    assert paper.snapshot["closing"] == 250
    assert [line["what"] for line in paper.snapshot["lines"]].count("bank") == 1
    assert render(str(paper.kind), paper.snapshot).startswith(b"%PDF")


def test_pressed_twice_it_is_one_paper_until_something_changes(ada, street, bill, session) -> None:
    page, action = ada.get(address(street)), _paper_action(ada, street)
    for _ in range(2):
        ada.submit(page, action, 409)
    assert len(papers_of_the_account(session)) == 1

    take(session, Moved(250, reference=bill.reference, on=NOW.date()))
    session.commit()
    ada.submit(page, action, 409)

    before, after = papers_of_the_account(session)
    assert (before.snapshot["closing"], after.snapshot["closing"]) == (250, 0)
    assert int(after.number[-4:]) == int(before.number[-4:]) + 1


def papers_of_the_account(session) -> list[Paper]:
    session.expire_all()
    query = select(Paper).where(Paper.kind == PaperKind.ACCOUNT).order_by(Paper.id)
    return list(session.scalars(query))


def _paper_action(ada, street) -> str:
    page = ada.get(address(street))
    return next(f["action"] for f in page.select("form") if "/paper" in f.get("action", ""))


def test_the_account_of_others_is_not_found(ada, street, bill) -> None:
    for path in (str(street.shop.id + 1000), f"{street.household.id + 1000}.csv"):
        ada.get(f"/statement/{path}", 404)
    ada.post(f"{address(street)}/cash", 403, cents="5", key="k")


@pytest.mark.parametrize("asked", ["gisteren", "2026-99-01", ""])
def test_a_day_that_is_none_counts_as_not_asked(ada, street, bill, asked) -> None:
    ada.get(f"{address(street)}?since={asked}")

"""My page: what needs me, and my papers."""

import pytest

from app.documents.archives.folder import FolderArchive
from purchasing import lifecycle, papers
from purchasing.papers import StoredDocument
from purchasing.people import Role
from tests.app.street import NOW, a_street, words
from tests.builders import DAY, a_person, a_product, a_round, a_supplier, an_order

PDF = b"%PDF-1.7 not really"


@pytest.fixture
def street(session):
    return a_street(session)


@pytest.fixture
def ada(visitor, street):
    return visitor.sign_in(street.ada)


@pytest.fixture
def paper(street, session):
    """Ada's invoice; its PDF has not been made."""
    an_order(session, street.round, street.household, {"Rijst": 6}, at=NOW - DAY)
    lifecycle.close_now(session, street.round, actor="t", now=NOW)
    lifecycle.order(session, street.round, actor="t", now=NOW)
    session.commit()
    return papers.list_for_participants(session, [street.household.id])[0]


@pytest.fixture
def stored(paper, app, session):
    """The file of Ada's invoice."""
    from pathlib import Path

    kept = FolderArchive(Path(app.config["DOCUMENTS_FOLDER"])).keep(PDF)
    session.add(
        StoredDocument(
            paper_id=paper.id,
            sha256=kept.sha256,
            size=kept.size,
            path=kept.path,
            renderer="test",
            stored_at=NOW,
        )
    )
    session.commit()
    return Path(app.config["DOCUMENTS_FOLDER"]) / kept.path


def test_what_is_not_ordered_yet_comes_first(ada, street, session):
    an_order(session, street.round, street.shop, {"Rijst": 6}, at=NOW - DAY)
    an_order(session, street.round, street.household, {"Sap": 1}, at=NOW - DAY, placed=False)
    session.commit()

    cards = [" ".join(card.text.split()) for card in ada.get("/mine").select(".cards .card")]

    assert cards[0].startswith("Not ordered yet")
    assert "Otherwise you get nothing" in cards[0]
    assert cards[1].startswith("Ordered")


def test_a_bill_says_what_to_pay_and_how(ada, paper):
    page = ada.get("/mine")

    card = words(page, ".cards")
    assert paper.number in card
    assert "NL91ABNA0417164300" in card
    assert paper.reference in card
    assert page.select_one(f"#papers ~ div a[href='/papers/{paper.id}.pdf']")


def test_the_neighbours_see_nothing_of_it(visitor, street, paper):
    visitor.sign_in(street.bob)

    page = visitor.get("/mine")

    assert "There is nothing for you to do." in words(page, "#main")
    assert paper.number not in words(page, "#main")


def test_my_page_needs_as_many_queries_for_three_orders_as_for_one(
    ada, street, session, count_queries
):
    an_order(session, street.round, street.household, {"Rijst": 6}, at=NOW - DAY)
    session.commit()
    ada.get("/mine")
    with count_queries() as one:
        ada.get("/mine")
    for title in ("Twee", "Drie"):
        product = a_product(session, a_supplier(session, title), title)
        other = a_round(session, product, opens_at=NOW - DAY, closes_at=NOW + DAY, title=title)
        an_order(session, other, street.household, {title: 6}, at=NOW)
    session.commit()
    ada.get("/mine")
    with count_queries() as three:
        page = ada.get("/mine")

    assert len(page.select(".cards .card")) == 3
    assert len(one) == len(three)


def test_a_paper_is_given_out_as_it_was_stored(ada, paper, stored):
    answer = ada.open(f"/papers/{paper.id}.pdf")

    assert answer.data == PDF
    assert answer.mimetype == "application/pdf"
    assert f"invoice-{paper.number}.pdf" in answer.headers["Content-Disposition"] or (
        f"-{paper.number}.pdf" in answer.headers["Content-Disposition"]
    )
    assert "no-store" in answer.headers["Cache-Control"]


def test_a_paper_of_the_neighbours_is_not_found(visitor, street, paper, stored):
    visitor.sign_in(street.bob)

    answer = visitor.open(f"/papers/{paper.id}.pdf")

    assert answer.status_code == 404
    assert PDF not in answer.data


def test_a_paper_that_does_not_exist_is_not_found(ada, paper, stored):
    assert ada.open(f"/papers/{paper.id + 1}.pdf").status_code == 404


def test_a_paper_is_for_who_signed_in(visitor, paper, stored):
    assert visitor.open(f"/papers/{paper.id}.pdf").status_code == 302


def test_a_coordinator_may_read_every_paper(visitor, paper, stored, session):
    visitor.sign_in(a_person(session, "Coor", role=Role.COORDINATOR))

    assert visitor.open(f"/papers/{paper.id}.pdf").data == PDF


def test_a_paper_that_is_being_made_says_so(ada, paper):
    page = ada.get(f"/papers/{paper.id}.pdf", 409)

    assert words(page, "h1") == "This paper is still being made"


def test_nothing_is_given_out_that_was_changed(ada, paper, stored):
    stored.write_bytes(PDF + b" and more")

    page = ada.get(f"/papers/{paper.id}.pdf", 500)

    assert words(page, "h1") == "We cannot give you this paper now"


def test_a_file_that_is_gone_is_no_crash(ada, paper, stored):
    stored.unlink()

    assert words(ada.get(f"/papers/{paper.id}.pdf", 500), "h1")

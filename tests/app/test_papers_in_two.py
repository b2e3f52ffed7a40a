"""The two papers and mails of who pays in two parts: as people read them, in Dutch and English."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from app import mail
from app.documents import render
from app.documents.archives.folder import FolderArchive
from purchasing import lifecycle
from purchasing.errands import Kind
from purchasing.papers import Paper, PaperKind, StoredDocument
from tests.app.test_documents import text_of
from tests.app.test_mail import Asked, parts_of
from tests.builders import (
    ACTOR,
    NOON,
    a_household,
    a_network,
    a_product,
    a_round,
    a_shop,
    a_supplier,
    an_order,
)

AFTER = NOON + timedelta(hours=1)


@pytest.fixture
def papers(session):
    """Ada (Dutch, at home) and a shop (English) paid 30 % ahead; the goods have come."""
    a_network(session)
    supplier = a_supplier(session, "Zonnedak")
    panel = a_product(
        session, supplier, "Zonnepaneel", unit_price=189_500_000, case_milli=1000, vat_bp=0
    )
    lamp = a_product(
        session, supplier, "Ledlamp", unit_price=3_330_000, case_milli=1000, vat_bp=2100
    )
    round_ = a_round(
        session, panel, lamp, category_key="energy_goods", prepayment_bp=3000,
        pickup_place="", pickup_address="",
    )  # fmt: skip
    an_order(session, round_, a_household(session, "Ada"), {"Zonnepaneel": 10, "Ledlamp": 12})
    an_order(session, round_, a_shop(session, "Bakker", language="en"), {"Ledlamp": 40})
    for move in ("close", "order", "receive", "settle"):
        getattr(lifecycle, move)(session, round_, actor=ACTOR, now=AFTER)
    session.commit()
    rows = session.scalars(select(Paper).where(Paper.participant_id.is_not(None)))
    return {(paper.kind, paper.language): paper for paper in rows}


def printed(paper: Paper) -> str:
    return text_of(render(str(paper.kind), paper.snapshot))


def test_the_first_paper_says_what_it_is_for_and_what_is_to_come(papers) -> None:
    text = printed(papers[PaperKind.PREPAYMENT, "nl"])

    assert "Aanbetaling van 30%. De rest betaalt u bij de levering." in text
    assert "Aanbetaling voor Zonnepaneel" in text
    assert "0% 568,50 0,00 568,50" in text
    assert "21% 11,00 2,31 13,31" in text
    assert "Uw hele bestelling € 1.943,35" in text
    assert "Het btw-tarief nul geldt voor zonnepanelen" in text


def test_what_is_put_up_at_home_is_not_collected(papers) -> None:
    for paper in papers.values():
        text = printed(paper)
        assert ("Bij u thuis" if paper.language == "nl" else "At your home") in text
        assert "Ophalen" not in text and "Collect" not in text


def test_the_second_paper_shows_everything_and_takes_off_the_first(papers) -> None:
    text = printed(papers[PaperKind.INVOICE, "nl"])

    assert "De rest, na uw aanbetaling van € 581,81." in text
    assert "Eraf: uw aanbetaling, 2026-0001 van 6 maart 2026 0% −568,50" in text
    assert "Zonnepaneel, zak 1 kg 10 189,50 0% 1.895,00" in text


def test_a_shop_reads_both_without_vat(papers) -> None:
    first, second = (
        printed(papers[kind, "en"]) for kind in (PaperKind.PREPAYMENT, PaperKind.INVOICE)
    )

    assert "Down payment of 30%. You pay the rest at delivery." in first
    assert "Down payment for Ledlamp" in first
    assert "Taken off: your down payment, 2026-0002 of 6 March 2026 21% −39.00" in second
    assert "zero rate" not in first + second


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        (PaperKind.PREPAYMENT, "This is the bill for your down payment. The rest, €113.98,"),
        (PaperKind.INVOICE, "Your down payment of €47.19 has been taken off."),
    ],
)
def test_the_mail_says_which_part_it_brings(session, app, papers, kind, said) -> None:
    paper = papers[kind, "en"]
    stored = FolderArchive(Path(app.config["DOCUMENTS_FOLDER"])).keep(b"%PDF")._asdict()
    session.add(StoredDocument(paper_id=paper.id, renderer="x", stored_at=AFTER, **stored))
    session.commit()

    message = mail.write(session, Asked(Kind.MAIL_PAPER, str(paper.id)), now=AFTER)

    for text in parts_of(message):
        assert said in " ".join(text.split())

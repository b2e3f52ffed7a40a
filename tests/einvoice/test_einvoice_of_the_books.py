"""What the books really write holds to the rules: corrections, and what is paid in two parts."""

from pathlib import Path

import pytest

from app.documents import einvoice
from app.documents.einvoice.model import TypeCode
from purchasing import lifecycle
from purchasing.papers import Paper, PaperKind
from tests.builders import (
    ACTOR,
    DAY,
    NOON,
    a_household,
    a_network,
    a_product,
    a_round,
    a_shop,
    a_supplier,
    an_order,
)
from tests.einvoice.official import check
from tests.purchasing.test_deliveries import count, ordered, papers, settled


@pytest.fixture
def supplier(session):
    a_network(session)
    return a_supplier(session)


def faults(folder: Path, found: list[Paper]) -> list[str]:
    """What the official rules say of these papers, in both forms."""
    for paper in found:
        for form, xml in (
            ("cii", einvoice.cii_of(paper.snapshot)),
            ("ubl", einvoice.as_ubl(paper.snapshot)),
        ):
            assert xml is not None, paper.number
            (folder / f"{paper.kind}-{paper.number}-{form}.xml").write_bytes(xml)
    return [fault for of_one in check(folder).values() for fault in of_one]


def test_what_came_otherwise(session, supplier, tmp_path) -> None:
    rice = a_product(session, supplier, "Rijst", deposit_cents=25)
    kilo = {"unit": "1 kg", "case_milli": 500, "piece_milli": 500, "weighed": True}
    cheese = a_product(session, supplier, "Kaas", unit_price=10_000_000, **kilo)
    round_ = a_round(session, rice, cheese)
    an_order(session, round_, a_shop(session, "Toko"), {"Rijst": 4})
    an_order(session, round_, a_household(session, "Ben"), {"Rijst": 2, "Kaas": 2})
    an_order(session, round_, a_household(session, "Cem"), {"Kaas": 1})
    ordered(session, round_)
    count(session, round_, "Rijst", 3)
    count(session, round_, "Kaas", 3, 1_620)
    settled(session, round_)

    credits = papers(session, round_, PaperKind.CREDIT_NOTE)
    more = papers(session, round_, PaperKind.SUPPLEMENT)

    assert credits and more
    assert {einvoice.read(one.snapshot).type_code for one in credits} == {TypeCode.CREDIT_NOTE}
    assert all(einvoice.read(one.snapshot).preceding for one in (*credits, *more))
    assert faults(tmp_path, [*credits, *more]) == []


def test_what_is_paid_in_two_parts(session, supplier, tmp_path) -> None:
    panel = a_product(
        session, supplier, "Paneel", unit_price=89_990_000, case_milli=1000, vat_bp=0
    )
    lamp = a_product(session, supplier, "Lamp", unit_price=3_330_000, case_milli=1000, vat_bp=2100)
    terms = {"category_key": "energy_goods", "prepayment_bp": 3000, "fee_cents": 500}
    round_ = a_round(session, panel, lamp, **terms)
    an_order(session, round_, a_household(session, "Ada"), {"Paneel": 10, "Lamp": 7})
    an_order(session, round_, a_shop(session, "Bakker"), {"Lamp": 40})
    for move in ("close", "order", "receive", "settle"):
        getattr(lifecycle, move)(session, round_, actor=ACTOR, now=NOON + DAY)
    session.commit()

    ahead = papers(session, round_, PaperKind.PREPAYMENT)
    rest = papers(session, round_, PaperKind.INVOICE)

    assert {einvoice.read(one.snapshot).type_code for one in ahead} == {TypeCode.PREPAYMENT}
    assert [einvoice.read(one.snapshot).preceding[0].number for one in rest] == [
        one.number for one in ahead
    ]
    assert faults(tmp_path, [*ahead, *rest]) == []

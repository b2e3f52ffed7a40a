"""Something else came: who ordered it gets that, pays no more than was agreed, or gets none."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session, undefer

from purchasing import lifecycle
from purchasing.books import hand_out, reconciliation, settlement
from purchasing.deliveries import counting, hand_shares, substitutes
from purchasing.deliveries.substitutes import DearerThanOrdered, NoName
from purchasing.ordering import SupplierOrderLine
from purchasing.papers import Paper, PaperKind
from purchasing.rounds import InvoiceAt, Round, RoundState
from tests.builders import (
    ACTOR,
    DAY,
    NOON,
    a_household,
    a_product,
    a_round,
    a_supplier,
    an_order,
)

LATER = NOON + 2 * DAY
SAYS = {"actor": ACTOR, "now": LATER}


def lived(session: Session, **changes) -> Round:
    """Ada ordered four bags of rice at a euro, Ben two; it was ordered."""
    round_ = a_round(session, a_product(session, a_supplier(session), "Rijst"), **changes)
    an_order(session, round_, a_household(session, "Ada"), {"Rijst": 4})
    an_order(session, round_, a_household(session, "Ben"), {"Rijst": 2})
    lifecycle.close(session, round_, actor=ACTOR, now=NOON)
    lifecycle.order(session, round_, actor=ACTOR, now=NOON)
    session.flush()
    return round_


@pytest.fixture
def round_(session, network) -> Round:
    return lived(session)


def line_of(session: Session, round_: Round) -> SupplierOrderLine:
    item = round_.items[0].id
    return session.scalars(select(SupplierOrderLine).filter_by(item_id=item)).one()


def came(session: Session, round_: Round, name: str, price: int | None = None, key="k") -> bool:
    line = line_of(session, round_)
    return substitutes.substitute(session, round_, line, name, unit_price=price, key=key, **SAYS)


def settle(session: Session, round_: Round) -> None:
    if round_.state == RoundState.ORDERED:
        lifecycle.receive(session, round_, actor=ACTOR, now=LATER)
    lifecycle.settle(session, round_, actor=ACTOR, now=LATER)
    session.flush()


def papers(session: Session, round_: Round, kind: PaperKind) -> list[Paper]:
    query = select(Paper).where(Paper.round_id == round_.id, Paper.kind == kind)
    return list(session.scalars(query.options(undefer(Paper.snapshot)).order_by(Paper.id)))


def is_explained(session: Session, round_: Round) -> bool:
    books = reconciliation.books_of(session, round_)
    return books.is_exact and settlement.reconcile(session, round_).difference == 0


def test_for_the_same_price_no_paper_changes(session, round_) -> None:
    came(session, round_, "Zilvervliesrijst")

    settle(session, round_)

    assert papers(session, round_, PaperKind.CREDIT_NOTE) == []
    assert is_explained(session, round_)


def test_what_costs_less_is_given_back_and_named(session, round_) -> None:
    came(session, round_, "  Gebroken   rijst ", 800_000)

    settle(session, round_)

    ada, ben = papers(session, round_, PaperKind.CREDIT_NOTE)
    assert (ada.total_cents, ben.total_cents) == (-87, -44)  # 20 cents a bag, with 9 %
    (line,) = ada.snapshot["lines"]
    assert line["correction"] == {"reason": "substitute", "text": "Gebroken rijst"}
    assert is_explained(session, round_)


def test_less_of_it_came_too(session, round_) -> None:
    came(session, round_, "Gebroken rijst", 800_000)
    counting.count(session, round_, line_of(session, round_), 3, seen=0, key="three", **SAYS)

    settle(session, round_)

    ada, ben = papers(session, round_, PaperKind.CREDIT_NOTE)
    assert (ada.total_cents, ben.total_cents) == (-262, -131)
    assert is_explained(session, round_)


def test_nobody_pays_more_for_what_they_did_not_order(session, round_) -> None:
    with pytest.raises(DearerThanOrdered):
        came(session, round_, "Basmati", 1_000_001)
    with pytest.raises(NoName):
        came(session, round_, "  ")
    assert substitutes.in_force(session, round_.id) == {}


def test_who_does_not_want_it_is_given_none(session, round_) -> None:
    came(session, round_, "Gebroken rijst", 800_000)
    ben = next(p for p in papers(session, round_, PaperKind.INVOICE) if p.total_cents == 218)
    item, who = round_.items[0], ben.participant_id
    hand_shares.give(session, round_, item, who, 0, reason="Wil dit niet", key="no", **SAYS)

    settle(session, round_)

    credit = {p.participant_id: p for p in papers(session, round_, PaperKind.CREDIT_NOTE)}[who]
    assert credit.total_cents == -218
    assert credit.snapshot["lines"][0]["correction"]["text"] == "Wil dit niet"
    assert is_explained(session, round_)


def test_the_newest_counts_and_the_same_form_once(session, round_) -> None:
    assert came(session, round_, "Gebroken rijst", 800_000, key="a")
    assert not came(session, round_, "Gebroken rijst", 800_000, key="a")
    came(session, round_, "Basmati", 900_000, key="b")
    assert substitutes.names_of(session, round_.id) == {round_.items[0].id: "Basmati"}

    substitutes.take_back(session, round_, line_of(session, round_), key="c", **SAYS)

    assert substitutes.names_of(session, round_.id) == {}
    settle(session, round_)
    assert papers(session, round_, PaperKind.CREDIT_NOTE) == []


def test_after_settling_it_stands(session, round_) -> None:
    settle(session, round_)
    with pytest.raises(counting.NotCountedNow):
        came(session, round_, "Basmati")


def test_the_list_for_handing_out_names_it(session, round_) -> None:
    came(session, round_, "Basmati")

    hand_out.follow(session, round_, now=LATER)

    newest = papers(session, round_, PaperKind.PACKING_LIST)[-1].snapshot
    assert newest["items"][0]["name"] == "Basmati (Rijst)"
    assert newest["slips"][0]["lines"][0][1].startswith("Basmati (Rijst)")


def test_when_the_goods_are_there_the_list_is_made_anew_by_what_came(session, round_) -> None:
    came(session, round_, "Basmati")
    [before] = papers(session, round_, PaperKind.PACKING_LIST)

    lifecycle.receive(session, round_, **SAYS)

    first, second = papers(session, round_, PaperKind.PACKING_LIST)
    assert (first.id, second.number) == (before.id, f"{before.number}-2")
    assert second.snapshot["items"][0]["name"] == "Basmati (Rijst)"


def test_where_it_is_billed_at_delivery_the_bill_names_it(session, network) -> None:
    round_ = lived(session, invoice_at=InvoiceAt.DELIVERY)
    came(session, round_, "Gebroken rijst", 800_000)

    settle(session, round_)

    ada, ben = papers(session, round_, PaperKind.INVOICE)
    assert (ada.total_cents, ben.total_cents) == (349, 174)
    line = ada.snapshot["lines"][0]
    assert (line["name"], line["instead_of"]) == ("Gebroken rijst", "Rijst")
    assert is_explained(session, round_)


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(price=st.integers(0, 1_000_000), pieces=st.integers(0, 6), at_delivery=st.booleans())
def test_it_adds_up_whatever_came_for_whatever_price(
    session, network, price, pieces, at_delivery
) -> None:
    with session.begin_nested() as nested:
        when = InvoiceAt.DELIVERY if at_delivery else InvoiceAt.CLOSING
        round_ = lived(session, invoice_at=when)
        came(session, round_, "Iets anders", price, key=f"{round_.id}")
        line, key = line_of(session, round_), f"count {round_.id}"
        counting.count(session, round_, line, pieces, seen=0, key=key, **SAYS)

        settle(session, round_)

        assert is_explained(session, round_)
        total = sum(
            paper.total_cents
            for kind in (PaperKind.INVOICE, PaperKind.CREDIT_NOTE)
            for paper in papers(session, round_, kind)
        )
        assert 0 <= total <= 654  # never more than six bags at the agreed price
        nested.rollback()

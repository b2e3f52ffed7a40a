"""The books of a round: charged is ordered plus fees, part by part, on rounds made at random."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.bank import read
from purchasing import lifecycle
from purchasing.books import intake, ledger, overview, reconciliation
from purchasing.books.ledger import Booking, Entry
from purchasing.books.reconciliation import Part
from purchasing.ordering import list_orders
from purchasing.papers import Paper
from purchasing.people import VatStatus
from purchasing.rounds import DeliveryShare, InvoiceAt, Round, RoundState
from tests.bank_files import Moved, camt
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


def decided(session: Session, round_: Round) -> reconciliation.RoundBooks:
    lifecycle.close(session, round_, actor=ACTOR, now=NOON)
    if round_.state == RoundState.CLOSED:
        lifecycle.order(session, round_, actor=ACTOR, now=NOON, despite_shortfall=True)
    session.flush()
    return reconciliation.books_of(session, round_)


@st.composite
def terms(draw) -> dict[str, int]:
    return {
        "unit_price": draw(st.integers(1, 30_000_000)),
        "case_milli": 1000 * draw(st.integers(1, 12)),
        "vat_bp": draw(st.sampled_from([0, 900, 2100])),
        "deposit_cents": draw(st.sampled_from([0, 0, 15, 25])),
    }


@given(
    data=st.data(),
    vat=st.sampled_from([VatStatus.REGISTERED, VatStatus.KOR, VatStatus.NONE]),
    fee=st.sampled_from([0, 0, 125]),
    delivery=st.sampled_from([0, 1234]),
    share=st.sampled_from(list(DeliveryShare)),
)
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_round_adds_up_whatever_was_bought(
    session: Session, data, vat, fee, delivery, share
) -> None:
    session.rollback()
    a_network(session, vat_status=vat)
    sellers = [a_supplier(session, f"S{n}", delivery_cents=delivery) for n in range(2)]
    products = [
        a_product(session, data.draw(st.sampled_from(sellers)), f"P{n}", **data.draw(terms()))
        for n in range(data.draw(st.integers(1, 4)))
    ]
    mode = "shared" if vat == VatStatus.NONE else "resale"
    round_ = a_round(session, *products, settlement_mode=mode, fee_cents=fee, delivery_share=share)
    people = [a_household(session, "Ada"), a_shop(session, "Hoek"), a_household(session, "Bas")]
    for person in people:
        wants = {p.name: (data.draw(st.integers(0, 9)), data.draw(st.integers(0, 3)))
                 for p in products}  # fmt: skip
        wants = {name: want for name, want in wants.items() if want[0]}
        if wants:
            an_order(session, round_, person, wants)

    books = decided(session, round_)

    assert books.is_exact
    assert all(part.difference == 0 for part in books.parts)
    assert books.asked == sum(
        ledger.balance(session, f"participant:{person.id}") for person in people
    )
    for order in list_orders(session, round_.id):
        owed = -ledger.balance(session, f"supplier:{order.supplier_id}")
        assert owed == order.net_cents + order.vat_cents
    held = overview.overview(session)
    assert held.deposits_held == held.deposits_paid
    assert overview.faults(session) == []
    assert not session.scalar(select(func.sum(Entry.cents)))
    session.rollback()


def a_settled_round(session: Session) -> Round:
    a_network(session)
    milk = a_product(session, a_supplier(session), "Melk", deposit_cents=25)
    round_ = a_round(session, milk, fee_cents=100)
    an_order(session, round_, a_household(session, "Ada"), {"Melk": 6})
    return round_


def test_the_parts_say_what_is_what(session: Session) -> None:
    books = decided(session, a_settled_round(session))

    assert [(part.part, part.ordered) for part in books.parts] == [
        (Part.GOODS, 600),
        (Part.DELIVERY, 0),
        (Part.DEPOSIT, 150),
    ]
    assert (books.fees, books.vat_ordered) == (100, 54)
    assert books.asked == 600 + 54 + 150 + 100 + 21


def test_a_difference_is_named_and_says_what_was_booked(session: Session) -> None:
    round_ = a_settled_round(session)
    decided(session, round_)
    extra = {f"round:{round_.id}": 30, "supplier:1": -30}
    dearer = Booking("test:1", "Prijs was hoger", extra)
    ledger.post(session, [dearer], round_id=round_.id, at=NOON)

    books = reconciliation.books_of(session, round_)

    assert not books.is_exact
    assert (books.difference, books.left_over) == (-30, 30)
    assert [(one.memo, one.cents) for one in books.later] == [("Prijs was hoger", 30)]


def test_a_round_that_is_charged_at_delivery_is_not_exact_before(session: Session) -> None:
    round_ = a_settled_round(session)
    round_.invoice_at = InvoiceAt.DELIVERY

    books = decided(session, round_)

    assert (books.charged_at_all, books.is_exact) == (False, False)
    lifecycle.receive(session, round_, actor=ACTOR, now=NOON + DAY)
    lifecycle.settle(session, round_, actor=ACTOR, now=NOON + DAY)
    assert reconciliation.books_of(session, round_).is_exact


def test_what_was_paid_of_a_round_is_told(session: Session) -> None:
    round_ = a_settled_round(session)
    decided(session, round_)
    bill = session.scalars(select(Paper).where(Paper.reference != "")).one()
    file = read(camt(Moved(500, reference=bill.reference)))

    intake.take_in(session, file, file_name="x", actor=ACTOR, now=NOON)

    assert reconciliation.books_of(session, round_).paid == 500


def test_faults_are_found(session: Session) -> None:
    decided(session, a_settled_round(session))
    wrong = Booking("test:1", "", {"bank": 5, "fees": -5})
    ledger.post(session, [wrong], round_id=None, at=NOON)

    assert [fault.sentence for fault in overview.faults(session)] == [overview.BANK_DIFFERS]

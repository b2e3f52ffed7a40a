"""A difference passed on: less flows back by itself, more only with a yes, and all adds up."""

import threading
from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, func, select, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from purchasing.billed import Billed, BilledLine, BilledRate, DisputeEnd
from purchasing.books import (
    accounts,
    bill_replies,
    disputes,
    ledger,
    overview,
    passed_on,
    reconciliation,
    reports,
    settlement,
    supplier_bills,
)
from purchasing.books.bill_replies import (
    BillTakenBack,
    NothingAsked,
    RepliedBefore,
    TooLateToReply,
)
from purchasing.books.ledger import Entry
from purchasing.books.passed_on import BillPaper, BillReply, BillShare, NotToPassOn
from purchasing.books.supplier_bills import BilledAlready
from purchasing.errands import Errand
from purchasing.money import vat_of, vat_per_rate
from purchasing.ordering import SupplierOrder, list_changes, list_orders
from purchasing.papers import PaperKind
from purchasing.people import VatStatus
from purchasing.rounds import RoundState
from tests.builders import (
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
from tests.purchasing.test_deliveries import (
    LATER,
    _anything_comes,
    count,
    ordered,
    papers,
    settled,
    terms,
)

CORRECTIONS = PaperKind.CREDIT_NOTE, PaperKind.SUPPLEMENT
BOOKED = LATER + DAY


def a_round_of_two(session, **details):
    """Ada has four rice of € 1, Ben two; delivery costs € 3."""
    farm = a_supplier(session, "Boerderij", delivery_cents=300)
    round_ = a_round(session, a_product(session, farm, "Rijst", number="71"), **details)
    people = {name: a_household(session, name) for name in ("Ada", "Ben")}
    an_order(session, round_, people["Ada"], {"Rijst": 4})
    an_order(session, round_, people["Ben"], {"Rijst": 2})
    ordered(session, round_)
    return round_, people


@pytest.fixture
def of_two(session, network):
    round_, people = a_round_of_two(session)
    settled(session, round_)
    return round_, people


def as_expected(session, order, *, number="F-1", **nets) -> Billed:
    """A bill of what is expected, but for the lines (l71=…) and the delivery that are told."""
    expected = supplier_bills.expected_of(session, order)
    rates = {line.item.number: line.item.vat_bp for line in order.lines}
    lines = {n: nets.get(f"l{n}", cents) for n, (_, cents) in expected.lines.items()}
    delivery = nets.get("delivery", expected.delivery_cents)
    by_rate: dict[int, int] = {}
    for rate, cents in [*((rates[n], c) for n, c in lines.items()), (2100, delivery)]:
        by_rate[rate] = by_rate.get(rate, 0) + cents
    vat = tuple(BilledRate(r, net, vat_of(net, r)) for r, net in by_rate.items() if net)
    goods, deposit = sum(lines.values()), expected.deposit_cents
    return Billed(
        number=number,
        issued_on=date(2026, 3, 15),
        due_on=None,
        goods_cents=goods,
        delivery_cents=delivery,
        deposit_cents=deposit,
        rates=vat,
        total_cents=goods + delivery + deposit + sum(rate.vat_cents for rate in vat),
        lines=tuple(BilledLine(n, "", cents) for n, cents in lines.items()),
    )


def book(session, order, billed, *, default="passed", vat="accepted"):
    found = supplier_bills.compare(session, order, billed)
    can = passed_on.can_be_passed(session, order, found)
    chosen = {one.part: default if one.part in can else "accepted" for one in found}
    bill = supplier_bills.enter(
        session, order, billed, chosen | {"vat": vat}, actor="Coor", now=BOOKED
    )
    session.flush()
    return bill


def passed(session, of_two, **nets):
    order = list_orders(session, of_two[0].id)[0]
    return book(session, order, as_expected(session, order, **nets))


def owes(session, person) -> int:
    return ledger.balance(session, accounts.of_participant(person.id))


def says(session, bill, person, agreed=True, at=BOOKED + DAY):
    return bill_replies.reply(session, bill, person.id, agreed=agreed, actor="x", now=at)


def carried(session) -> int:
    return ledger.balance(session, accounts.CARRIED)


def is_exact(session, round_) -> bool:
    books = reconciliation.books_of(session, round_)
    return books.is_exact and settlement.reconcile(session, round_).difference == 0


# --- less --------------------------------------------------------------------------------------


def test_a_lower_price_flows_back_in_proportion_to_what_each_received(session, of_two) -> None:
    round_, people = of_two
    before = {name: owes(session, one) for name, one in people.items()}

    passed(session, of_two, l71=540)

    notes = papers(session, round_, *CORRECTIONS)
    assert [(n.kind, n.total_cents) for n in notes] == [("credit_note", -44), ("credit_note", -22)]
    assert [n.snapshot["refers_to_kind"] for n in notes] == ["invoice", "invoice"]
    assert notes[0].snapshot["lines"][0]["correction"] == {"reason": "billed_less"}
    assert [before[n] - owes(session, people[n]) for n in ("Ada", "Ben")] == [44, 22]
    assert carried(session) == 0 and is_exact(session, round_)


def test_who_has_a_paper_of_it_is_mailed_once(session, of_two) -> None:
    before = session.scalar(select(func.count(Errand.id)))

    passed(session, of_two, l71=540)

    keys = session.scalars(select(Errand.key).order_by(Errand.id).offset(before)).all()
    assert len(keys) == len(set(keys)) and all("billed" not in key for key in keys)
    assert bill_replies.list_open(session, [p.id for p in of_two[1].values()], now=BOOKED) == []


def test_who_told_that_a_part_was_broken_received_less(session, of_two) -> None:
    """Ada's two broken bags were credited: she has two, as Ben has."""
    round_, people = of_two
    item = round_.items[0]
    reports.report(session, round_, item, people["Ada"].id, 2, text="stuk", key="k", actor="Ada",
                   now=LATER)  # fmt: skip
    one = reports.list_reports(session, round_.id)[0]
    reports.decide(session, one, credit=True, reason="Gezien", actor="Coor", now=LATER)

    bill = passed(session, of_two, l71=540)

    assert [s.cents for s in passed_on.shares_of(session, bill.id)] == [-30, -30]
    assert is_exact(session, round_)


def test_cheaper_delivery_flows_back_too(session, of_two) -> None:
    bill = passed(session, of_two, delivery=150)

    assert [(s.part, s.item, s.cents) for s in passed_on.shares_of(session, bill.id)] == [
        ("delivery", None, -75),
        ("delivery", None, -75),
    ]  # as it was charged: each the same
    assert is_exact(session, of_two[0])


def test_what_came_is_what_a_line_is_compared_with(session, network) -> None:
    """Four of six came and four are billed: nothing differs, and nothing flows back twice."""
    round_, _ = a_round_of_two(session)
    count(session, round_, "Rijst", 4)
    settled(session, round_)
    order = list_orders(session, round_.id)[0]

    assert supplier_bills.compare(session, order, as_expected(session, order, l71=400)) == ()


def test_what_was_paid_in_two_parts_is_given_back_too(session, network) -> None:
    details = {"prepayment_bp": 4000, "invoice_at": "delivery", "category_key": "energy_goods"}
    round_, people = a_round_of_two(session, **details)
    settled(session, round_)
    before = {name: owes(session, one) for name, one in people.items()}

    bill = passed(session, (round_, people), l71=540, delivery=333)
    says(session, bill, people["Ada"])

    assert owes(session, people["Ada"]) != before["Ada"] and is_exact(session, round_)
    supplier_bills.reverse(session, bill, reason="x", actor="Coor", now=BOOKED)
    assert {name: owes(session, one) for name, one in people.items()} == before
    assert is_exact(session, round_) and overview.faults(session) == []


# --- more --------------------------------------------------------------------------------------


def test_nobody_pays_more_without_a_yes(session, of_two) -> None:
    round_, people = of_two
    before = {name: owes(session, one) for name, one in people.items()}

    bill = passed(session, of_two, l71=660)

    assert {name: owes(session, one) for name, one in people.items()} == before
    assert carried(session) == 60 and is_exact(session, round_)
    assert papers(session, round_, *CORRECTIONS) == []
    asked = session.scalars(select(Errand.key).where(Errand.key.contains("billed-"))).all()
    assert len(asked) == 2 and all(f"billed-{bill.id}:" in key for key in asked)


def test_a_yes_is_charged_with_a_supplement_and_the_network_carries_the_rest(
    session, of_two
) -> None:
    round_, people = of_two
    bill = passed(session, of_two, l71=660)
    (question,) = bill_replies.list_open(session, [people["Ada"].id], now=BOOKED)
    price = bill_replies.asks(session, question)

    says(session, bill, people["Ada"])
    says(session, bill, people["Ben"], agreed=False)

    (paper,) = papers(session, round_, *CORRECTIONS)
    assert (paper.kind, paper.participant_id) == (PaperKind.SUPPLEMENT, people["Ada"].id)
    assert paper.total_cents == price == 44
    assert paper.snapshot["lines"][0]["correction"] == {"reason": "agreed"}
    assert carried(session) == 20 and is_exact(session, round_)


def test_a_reply_is_given_once_and_in_time(session, of_two) -> None:
    _, people = of_two
    bill = passed(session, of_two, l71=660)

    with pytest.raises(TooLateToReply):
        says(session, bill, people["Ada"], at=BOOKED + timedelta(days=7))
    says(session, bill, people["Ada"], agreed=False)
    with pytest.raises(RepliedBefore):
        says(session, bill, people["Ada"])
    with pytest.raises(NothingAsked):
        says(session, bill, a_household(session, "Cas"))
    supplier_bills.reverse(session, bill, reason="x", actor="Coor", now=BOOKED)
    with pytest.raises(BillTakenBack):
        says(session, bill, people["Ben"])


def test_a_line_that_nobody_received_is_not_passed_on(session, of_two) -> None:
    order = list_orders(session, of_two[0].id)[0]
    billed = as_expected(session, order)
    strange = replace(billed, lines=(BilledLine("71", "", 500), BilledLine("99", "Doos", 100)))

    with pytest.raises(NotToPassOn):
        supplier_bills.enter(
            session, order, strange, {"line:71": "passed", "line:99": "passed"}, actor="Coor",
            now=BOOKED,
        )  # fmt: skip


# --- taken back --------------------------------------------------------------------------------


def test_a_bill_taken_back_is_answered_by_papers_the_other_way(session, of_two) -> None:
    round_, people = of_two
    before = {name: owes(session, one) for name, one in people.items()}
    bill = passed(session, of_two, l71=660, delivery=150)
    says(session, bill, people["Ada"])
    assert owes(session, people["Ada"]) != before["Ada"]

    supplier_bills.reverse(session, bill, reason="Dubbel", actor="Coor", now=BOOKED + DAY)

    assert {name: owes(session, one) for name, one in people.items()} == before
    assert sum(p.total_cents for p in papers(session, round_, *CORRECTIONS)) == 0
    steps = [(p.step, p.participant.name) for p in passed_on.papers_of(session, bill.id)]
    assert steps == [
        ("passed", "Ada"), ("passed", "Ben"), ("agreed", "Ada"), ("back", "Ada"), ("back", "Ben"),
    ]  # fmt: skip
    assert carried(session) == 0 and is_exact(session, round_)
    assert passed(session, of_two, l71=540).id != bill.id
    assert is_exact(session, round_)


@pytest.mark.parametrize("row", [BillShare, BillReply, BillPaper])
def test_what_was_passed_on_is_never_changed(session, of_two, row) -> None:
    bill = passed(session, of_two, l71=660)
    says(session, bill, of_two[1]["Ada"])
    session.commit()

    for statement in (update(row).values(id=row.id), delete(row)):
        with pytest.raises(DBAPIError, match="this row is final"):
            session.execute(statement.execution_options(synchronize_session=False))
        session.rollback()


def test_two_coordinators_at_once_one_wins_and_the_other_is_told(app, session, of_two) -> None:
    from app.extensions import db

    round_, order_id = of_two[0], list_orders(session, of_two[0].id)[0].id
    billed = as_expected(session, session.get_one(SupplierOrder, order_id), l71=540)
    session.commit()
    told, both = [], threading.Barrier(2)

    def decide() -> None:
        with app.app_context(), Session(db.engine) as mine:
            both.wait(timeout=10)
            try:
                book(mine, mine.get_one(SupplierOrder, order_id), billed)
                mine.commit()
                told.append("booked")
            except BilledAlready:
                mine.rollback()
                told.append("told")

    threads = [threading.Thread(target=decide) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)

    assert sorted(told) == ["booked", "told"]
    assert len(papers(session, round_, *CORRECTIONS)) == 2 and is_exact(session, round_)


# --- the sums ----------------------------------------------------------------------------------


@given(
    data=st.data(),
    vat=st.sampled_from([VatStatus.REGISTERED, VatStatus.REGISTERED, VatStatus.NONE]),
    fee=st.sampled_from([0, 125]),
    delivery=st.sampled_from([0, 1234]),
    when=st.sampled_from(["closing", "delivery"]),
)
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_is_billed_it_adds_up(session, data, vat, fee, delivery, when) -> None:
    """Charged = billed + announced fees + what the network carries, to the cent, at each step."""
    session.rollback()
    a_network(session, vat_status=vat)
    farm = a_supplier(session, "Boerderij", delivery_cents=delivery)
    products = [
        a_product(session, farm, f"P{n}", **data.draw(terms()))
        for n in range(data.draw(st.integers(1, 3)))
    ]
    mode = "shared" if vat == VatStatus.NONE else "resale"
    round_ = a_round(session, *products, settlement_mode=mode, fee_cents=fee, invoice_at=when)
    people = [a_household(session, "Ada"), a_shop(session, "Hoek"), a_household(session, "Bas")]
    for at, person in enumerate(people):
        wants = {p.name: data.draw(st.integers(0, 9)) for p in products}
        if any(wants.values()):
            an_order(session, round_, person, {n: c for n, c in wants.items() if c},
                     at=NOON - DAY + timedelta(minutes=at))  # fmt: skip
    ordered(session, round_)
    if round_.state != RoundState.ORDERED or not list_orders(session, round_.id):
        return
    _anything_comes(session, round_, data)
    settled(session, round_)
    order = list_orders(session, round_.id)[0]
    before = _sums(session, round_, order, people)
    expected = supplier_bills.expected_of(session, order)

    nets = {f"l{n}": max(c + data.draw(st.integers(-c, c + 500)), 0)
            for n, (_, c) in expected.lines.items()}  # fmt: skip
    asked = max(expected.delivery_cents + data.draw(st.integers(-500, 500)), 0)
    billed = as_expected(session, order, delivery=asked, **nets)
    if not billed.total_cents:
        return
    bill = book(session, order, billed, vat=data.draw(st.sampled_from(["accepted", "disputed"])))
    after = _sums(session, round_, order, people)
    assert all(after[p.id] <= before[p.id] for p in people)
    assert after["supplier"] == billed.total_cents - bill.disputed_cents
    for person in people:
        if bill_replies.list_open(session, [person.id], now=BOOKED):
            _replies(session, bill, person, data.draw(st.booleans()))
    for one in disputes.open_disputes(session, bill):
        disputes.end(session, bill, one.part, DisputeEnd.PAID, reason="x", actor="x", now=BOOKED)
    assert _sums(session, round_, order, people)["supplier"] == billed.total_cents

    supplier_bills.reverse(session, bill, reason="x", actor="Coor", now=BOOKED)
    assert _sums(session, round_, order, people) == before
    session.rollback()


def _replies(session, bill, person, agreed: bool) -> None:
    """A yes costs what was told, and a no nothing."""
    was = owes(session, person)
    (question,) = bill_replies.list_open(session, [person.id], now=BOOKED)
    price = bill_replies.asks(session, question)
    says(session, bill, person, agreed=agreed)
    assert owes(session, person) == was + (price if agreed else 0)


def _sums(session, round_, order, people) -> dict[object, int]:
    """What stands in the books, after it was seen that all of it adds up."""
    session.flush()
    assert is_exact(session, round_)
    assert overview.faults(session) == []
    assert not session.scalar(select(func.sum(Entry.cents)))
    charges = settlement.list_charges(session, round_.id)
    issued = papers(session, round_, PaperKind.INVOICE, PaperKind.SETTLEMENT, *CORRECTIONS)
    for person in people:
        mine = [(c.vat_bp, c.cents) for c in charges if c.participant_id == person.id]
        asked = sum(p.total_cents for p in issued if p.participant_id == person.id)
        assert owes(session, person) == asked == vat_per_rate(mine).gross >= 0
    owed = -ledger.balance(session, accounts.of_supplier(order.supplier_id))
    changed = sum(c.net_cents + c.vat_cents for c in list_changes(session, round_.id))
    assert owed == order.net_cents + order.vat_cents + changed
    found: dict[object, int] = {person.id: owes(session, person) for person in people}
    return found | {"supplier": owed, "carried": carried(session)}

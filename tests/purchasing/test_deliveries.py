"""From what came to money: counts, parts, credit notes and supplements, to the cent."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select
from sqlalchemy.orm import Session, undefer

from purchasing import lifecycle, ordering
from purchasing.books import corrections, ledger, open_items, overview, reconciliation, settlement
from purchasing.books.ledger import Entry
from purchasing.deliveries import counting, hand_shares
from purchasing.deliveries.counting import DeliveryCount
from purchasing.errands import Errand, Kind
from purchasing.money import vat_per_rate
from purchasing.ordering import SupplierOrderLine, list_changes, list_orders
from purchasing.papers import CORRECTIONS, Paper, PaperKind
from purchasing.people import VatStatus
from purchasing.rounds import DeliveryShare, InvoiceAt, Round, RoundState
from purchasing.shares import DeliveredShare
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

LATER = NOON + 2 * DAY


def ordered(session: Session, round_: Round) -> Round:
    lifecycle.close(session, round_, actor=ACTOR, now=NOON)
    if round_.state == RoundState.CLOSED:
        lifecycle.order(session, round_, actor=ACTOR, now=NOON, despite_shortfall=True)
    session.flush()
    return round_


def line_of(session: Session, round_: Round, name: str) -> SupplierOrderLine:
    return next(
        line
        for order in list_orders(session, round_.id)
        for line in order.lines
        if line.item.name == name
    )


def count(
    session: Session,
    round_: Round,
    name: str,
    pieces: int,
    milli: int | None = None,
    *,
    by: str = "Ada",
    seen: int = 0,
    key: str = "",
    sure: bool = False,
) -> bool:
    return counting.count(
        session,
        round_,
        line_of(session, round_, name),
        pieces,
        milli=milli,
        seen=seen,
        key=key or f"{by} {name} {pieces} {milli} {seen}",
        sure=sure,
        actor=by,
        now=LATER,
    )


def settled(session: Session, round_: Round) -> Round:
    if round_.state == RoundState.ORDERED:
        lifecycle.receive(session, round_, actor=ACTOR, now=LATER)
    lifecycle.settle(session, round_, actor=ACTOR, now=LATER)
    session.flush()
    return round_


def papers(session: Session, round_: Round, *kinds: PaperKind) -> list[Paper]:
    query = select(Paper).where(Paper.round_id == round_.id, Paper.kind.in_(kinds))
    return list(session.scalars(query.options(undefer(Paper.snapshot)).order_by(Paper.number)))


@pytest.fixture
def round_(session, network) -> Round:
    """Ada ordered four rice, Ben two; and both cheese by the half kilo, that is weighed."""
    farm = a_supplier(session)
    rice = a_product(session, farm, "Rijst")
    cheese = a_product(
        session, farm, "Kaas", unit="1 kg", unit_price=10_000_000, case_milli=500,
        piece_milli=500, weighed=True,
    )  # fmt: skip
    round_ = a_round(session, rice, cheese)
    an_order(session, round_, a_household(session, "Ada"), {"Rijst": 4, "Kaas": 1})
    an_order(session, round_, a_household(session, "Ben"), {"Rijst": 2, "Kaas": 2})
    return ordered(session, round_)


def test_who_lost_at_the_door_goes_first_next_time(session, network) -> None:
    """Where the round rotates, what did not come counts as what was not ordered."""
    rice = a_product(session, a_supplier(session), "Rijst")
    names = ("Ada", "Ben")
    people = [a_household(session, name) for name in names]
    first = a_round(session, rice, sharing_rule="rotate")
    for one in people:
        an_order(session, first, one, {"Rijst": 3})
    count(session, ordered(session, first), "Rijst", 3)
    settled(session, first)
    lost = dict(session.execute(select(DeliveredShare.participant_id, DeliveredShare.lost)).all())
    assert sum(lost.values()) == 3

    times = {"opens_at": LATER, "closes_at": LATER + DAY, "delivery_on": (LATER + 5 * DAY).date()}
    second = a_round(session, rice, sharing_rule="rotate", **times)
    wants = {w.participant_id: w.lost_before for w in ordering.demand_of(session, second).wants}
    assert wants == {}
    for one in people:
        an_order(session, second, one, {"Rijst": 3}, at=LATER + DAY / 2)

    wants = {w.participant_id: w.lost_before for w in ordering.demand_of(session, second).wants}
    assert wants == {one.id: lost.get(one.id, 0) for one in people}


def test_what_came_of_a_round_later_changes_none_that_closed_before(session, network) -> None:
    """So that sharing it again gives the same on every day."""
    rice = a_product(session, a_supplier(session), "Rijst")
    ada = a_household(session, "Ada")
    first, second = (a_round(session, rice, sharing_rule="rotate") for _ in range(2))
    for round_ in (first, second):
        an_order(session, round_, ada, {"Rijst": 6})
        ordered(session, round_)
    count(session, first, "Rijst", 2)
    settled(session, first)

    assert [w.lost_before for w in ordering.demand_of(session, second).wants] == [0]


# --- counting


def test_what_is_counted_twice_with_one_key_is_counted_once(session, round_) -> None:
    assert count(session, round_, "Rijst", 5, key="k")
    assert not count(session, round_, "Rijst", 5, key="k")

    assert session.scalar(select(func.count(DeliveryCount.id))) == 1


def test_a_later_count_of_the_same_hand_replaces_the_earlier(session, round_) -> None:
    count(session, round_, "Rijst", 5)
    count(session, round_, "Rijst", 4)

    line = line_of(session, round_, "Rijst")
    counted = counting.standing(session, [line.id])[line.id]
    assert [one.pieces for one in counted.heads] == [4]


def test_two_who_did_not_know_of_each_other_both_stand(session, round_) -> None:
    count(session, round_, "Rijst", 5, by="Ada")
    count(session, round_, "Rijst", 4, by="Ben")

    line = line_of(session, round_, "Rijst")
    counted = counting.standing(session, [line.id])[line.id]
    assert counted.in_conflict
    assert [(one.by, one.pieces) for one in counted.heads] == [("Ben", 4), ("Ada", 5)]


def test_two_who_say_the_same_are_no_conflict(session, round_) -> None:
    count(session, round_, "Rijst", 5, by="Ada")
    count(session, round_, "Rijst", 5, by="Ben")

    assert counting.conflicts(session, round_.id) == []


def test_who_has_seen_both_decides(session, round_) -> None:
    count(session, round_, "Rijst", 5, by="Ada")
    count(session, round_, "Rijst", 4, by="Ben")
    newest = session.scalar(select(func.max(DeliveryCount.id)))
    count(session, round_, "Rijst", 5, by="Cas", seen=newest)

    assert counting.conflicts(session, round_.id) == []
    item = line_of(session, round_, "Rijst").item_id
    assert counting.came_of(session, round_.id)[item].pieces == 5


def test_a_round_is_not_settled_while_counts_differ(session, round_) -> None:
    count(session, round_, "Rijst", 5, by="Ada")
    count(session, round_, "Rijst", 4, by="Ben")
    lifecycle.receive(session, round_, actor=ACTOR, now=LATER)

    with pytest.raises(corrections.CountsDiffer, match="Rijst"):
        lifecycle.settle(session, round_, actor=ACTOR, now=LATER)


def test_more_than_was_ordered_is_said_twice(session, round_) -> None:
    with pytest.raises(counting.MoreThanOrdered):
        count(session, round_, "Rijst", 60)

    assert count(session, round_, "Rijst", 60, sure=True)


@pytest.mark.parametrize(
    ("name", "milli", "refusal"),
    [
        ("Kaas", 0, counting.NoWeight),
        ("Kaas", 5_000_000, counting.UnlikelyWeight),
        ("Kaas", 3, counting.UnlikelyWeight),
        ("Rijst", 3_000, counting.NotWeighed),
    ],
)
def test_a_weight_that_cannot_be_is_refused(session, round_, name, milli, refusal) -> None:
    with pytest.raises(refusal):
        count(session, round_, name, 3, milli)


@pytest.mark.parametrize("state", [RoundState.OPEN, RoundState.SETTLED])
def test_nothing_is_counted_before_the_order_or_after_the_end(session, network, state) -> None:
    round_ = a_round(session, a_product(session, a_supplier(session), "Rijst"))
    an_order(session, round_, a_household(session, "Ada"), {"Rijst": 6})
    line = None
    if state == RoundState.SETTLED:
        line = line_of(session, settled(session, ordered(session, round_)), "Rijst")

    with pytest.raises(counting.NotCountedNow):
        counting.count(
            session, round_, line or SupplierOrderLine(pieces=6), 6,
            seen=0, key="k", actor=ACTOR, now=LATER,
        )  # fmt: skip


# --- by hand


def give(session, round_, name, who, pieces, reason="Ada had gasten") -> bool:
    line = line_of(session, round_, name)
    return hand_shares.give(
        session, round_, line.item, who, pieces,
        reason=reason, key=f"{name}{who}{pieces}", actor=ACTOR, now=LATER,
    )  # fmt: skip


def by_name(session: Session, round_: Round) -> dict[str, int]:
    found = papers(session, round_, PaperKind.INVOICE)
    return {p.participant.name: p.participant_id for p in found if p.participant}


def test_what_is_decided_by_hand_says_why_on_the_paper(session, round_) -> None:
    ben = by_name(session, round_)["Ben"]
    count(session, round_, "Rijst", 5)
    give(session, round_, "Rijst", ben, 2)
    give(session, round_, "Rijst", by_name(session, round_)["Ada"], 3, "Een pak was nat")

    settled(session, round_)

    (note,) = papers(session, round_, PaperKind.CREDIT_NOTE)
    assert note.participant.name == "Ada"
    (line,) = note.snapshot["lines"]
    assert (line["pieces"], line["correction"]["text"]) == (-1, "Een pak was nat")


def test_who_was_given_more_than_came_can_be_given_less_step_by_step(session, round_) -> None:
    people = by_name(session, round_)
    for name, pieces in (("Ada", 4), ("Ben", 2)):
        give(session, round_, "Rijst", people[name], pieces)
    count(session, round_, "Rijst", 3)

    assert give(session, round_, "Rijst", people["Ben"], 0)
    assert give(session, round_, "Rijst", people["Ada"], 3)
    with pytest.raises(hand_shares.MoreThanCame):
        give(session, round_, "Rijst", people["Ben"], 1)


def test_who_was_given_what_did_not_come_after_all_is_told_so_and_pays_nothing(session, round_):
    count(session, round_, "Kaas", 3)
    give(session, round_, "Rijst", by_name(session, round_)["Ada"], 4)

    count(session, round_, "Rijst", 0)
    settled(session, round_)

    ada = papers(session, round_, PaperKind.CREDIT_NOTE)[0]
    (line,) = ada.snapshot["lines"]
    assert (line["pieces"], line["correction"]["reason"]) == (-4, "less_came")
    charged = settlement.list_charges(session, round_.id)
    rice = line_of(session, round_, "Rijst").item_id
    assert sum(charge.cents for charge in charged if charge.item_id == rice) == 0


@pytest.mark.parametrize(
    ("pieces", "reason", "refusal"),
    [
        (2, "  ", hand_shares.NoReason),
        (3, "x", hand_shares.MoreThanWanted),
        (2, "x", hand_shares.MoreThanCame),
    ],
)
def test_nobody_is_given_what_is_not_there(session, round_, pieces, reason, refusal) -> None:
    count(session, round_, "Rijst", 1)

    with pytest.raises(refusal):
        give(session, round_, "Rijst", by_name(session, round_)["Ben"], pieces, reason)


# --- money


def test_less_came_gives_a_credit_note_that_refers_to_the_invoice(session, round_) -> None:
    count(session, round_, "Rijst", 3)

    settled(session, round_)

    ada, ben = papers(session, round_, PaperKind.CREDIT_NOTE)
    first = papers(session, round_, PaperKind.INVOICE)
    assert (ada.number, ben.number) == ("C-2026-0001", "C-2026-0002")
    assert (ada.total_cents, ben.total_cents) == (-218, -109)
    assert ada.snapshot["refers_to"] == first[0].number
    assert ada.refers_to_id == first[0].id
    (line,) = ada.snapshot["lines"]
    assert (line["pieces"], line["net"], line["gross"]) == (-2, -200, -218)
    assert line["correction"]["reason"] == "less_came"
    assert line["correction"]["came"]["milli"] == 3_000
    assert {r["vat_bp"]: (r["net"], r["vat"]) for r in ada.snapshot["vat"]} == {900: (-200, -18)}


def test_a_credit_note_pays_the_open_invoice(session, round_) -> None:
    count(session, round_, "Rijst", 3)

    settled(session, round_)

    who = by_name(session, round_)["Ada"]
    (item,) = open_items.list_open(session, participant_ids=[who])
    assert item.kind == PaperKind.INVOICE
    assert item.open == ledger.balance(session, f"participant:{who}")


def test_heavier_gives_a_supplement_from_the_series_of_invoices(session, round_) -> None:
    count(session, round_, "Kaas", 3, 1_620)

    settled(session, round_)

    more = papers(session, round_, PaperKind.SUPPLEMENT)
    assert [paper.number for paper in more] == ["2026-0003", "2026-0004"]
    assert sum(paper.total_cents for paper in more) == 131  # 120 g at ten euro, with 9 %
    assert all(paper.reference and paper.due_on for paper in more)
    line = more[0].snapshot["lines"][0]
    assert line["quantity"] == {"milli": 40, "unit": "kg"}
    assert line["correction"]["reason"] == "weighed"


def test_all_came_writes_no_paper(session, round_) -> None:
    count(session, round_, "Rijst", 6)

    settled(session, round_)

    assert papers(session, round_, *CORRECTIONS) == []
    assert list_changes(session, round_.id) == []


def test_each_correction_is_printed(session, round_) -> None:
    count(session, round_, "Rijst", 3)

    settled(session, round_)

    notes = papers(session, round_, PaperKind.CREDIT_NOTE)
    asked = {one.ref for one in session.scalars(select(Errand)) if one.kind == Kind.RENDER}
    assert {str(paper.id) for paper in notes} <= asked


def test_a_round_that_is_invoiced_at_delivery_is_invoiced_by_what_came(session, network) -> None:
    farm = a_supplier(session, delivery_cents=500)
    cheese = a_product(
        session, farm, "Kaas", unit="1 kg", unit_price=10_000_000, case_milli=500,
        piece_milli=500, weighed=True,
    )  # fmt: skip
    round_ = a_round(session, cheese, invoice_at=InvoiceAt.DELIVERY)
    an_order(session, round_, a_household(session, "Ada"), {"Kaas": 2})
    ordered(session, round_)
    count(session, round_, "Kaas", 2, 1_108)

    settled(session, round_)

    (bill,) = papers(session, round_, PaperKind.INVOICE)
    assert bill.snapshot["lines"][0]["quantity"] == {"milli": 1_108, "unit": "kg"}
    assert bill.snapshot["lines"][0]["net"] == 1_108
    assert papers(session, round_, *CORRECTIONS) == []
    assert reconciliation.books_of(session, round_).is_exact


def test_settlements_are_corrected_as_settlements(session) -> None:
    a_network(session, vat_status=VatStatus.NONE)
    round_ = a_round(
        session, a_product(session, a_supplier(session), "Rijst"), settlement_mode="shared"
    )
    an_order(session, round_, a_household(session, "Ada"), {"Rijst": 6})
    ordered(session, round_)
    count(session, round_, "Rijst", 5)

    settled(session, round_)

    (note,) = papers(session, round_, PaperKind.CREDIT_NOTE)
    assert (note.number, note.snapshot["refers_to_kind"]) == ("AC-2026-0001", "settlement")
    assert (note.total_cents, note.snapshot["vat"]) == (-109, [])


def test_a_household_that_gets_something_only_now_gets_an_invoice(session, network) -> None:
    rice = a_product(session, a_supplier(session), "Rijst")
    round_ = a_round(session, rice, sharing_rule="first_come")
    early = NOON - 3 * DAY
    an_order(session, round_, a_household(session, "Ada"), {"Rijst": 6}, at=early)
    an_order(session, round_, a_household(session, "Ben"), {"Rijst": 2})
    ordered(session, round_)
    count(session, round_, "Rijst", 8, sure=True)

    settled(session, round_)

    assert [p.participant.name for p in papers(session, round_, PaperKind.INVOICE)] == [
        "Ada",
        "Ben",
    ]
    assert reconciliation.books_of(session, round_).is_exact


# --- whatever was ordered and whatever came


@st.composite
def terms(draw: st.DrawFn) -> dict[str, object]:
    piece = draw(st.sampled_from([1000, 500]))
    return {
        "unit_price": draw(st.integers(1, 30_000_000)),
        "case_milli": piece * draw(st.integers(1, 6)),
        "piece_milli": piece,
        "vat_bp": draw(st.sampled_from([0, 900, 2100])),
        "deposit_cents": draw(st.sampled_from([0, 0, 15, 25])),
        "weighed": draw(st.booleans()),
    }


@given(
    data=st.data(),
    vat=st.sampled_from([VatStatus.REGISTERED, VatStatus.REGISTERED, VatStatus.NONE]),
    fee=st.sampled_from([0, 125]),
    delivery=st.sampled_from([0, 1234]),
    share=st.sampled_from(list(DeliveryShare)),
    rule=st.sampled_from(["proportional", "first_come", "rotate"]),
    when=st.sampled_from(list(InvoiceAt)),
)
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_came_it_adds_up(
    session: Session, data, vat, fee, delivery, share, rule, when
) -> None:
    session.rollback()
    a_network(session, vat_status=vat)
    sellers = [a_supplier(session, f"S{n}", delivery_cents=delivery) for n in range(2)]
    products = [
        a_product(session, data.draw(st.sampled_from(sellers)), f"P{n}", **data.draw(terms()))
        for n in range(data.draw(st.integers(1, 3)))
    ]
    mode = "shared" if vat == VatStatus.NONE else "resale"
    round_ = a_round(
        session, *products, settlement_mode=mode, fee_cents=fee, delivery_share=share,
        sharing_rule=rule, invoice_at=when,
    )  # fmt: skip
    people = [a_household(session, "Ada"), a_shop(session, "Hoek"), a_household(session, "Bas")]
    for at, person in enumerate(people):
        wants = {p.name: (data.draw(st.integers(0, 9)), data.draw(st.integers(0, 3)))
                 for p in products}  # fmt: skip
        wants = {name: want for name, want in wants.items() if want[0]}
        if wants:
            an_order(session, round_, person, wants, at=NOON - DAY + timedelta(minutes=at))
    ordered(session, round_)
    if round_.state != RoundState.ORDERED:
        return
    _anything_comes(session, round_, data)

    settled(session, round_)

    books = reconciliation.books_of(session, round_)
    assert books.left_over == 0
    assert books.difference == 0
    assert settlement.reconcile(session, round_).difference == 0
    _suppliers_are_owed_what_came(session, round_)
    issued = papers(session, round_, PaperKind.INVOICE, PaperKind.SETTLEMENT, *CORRECTIONS)
    for person in people:
        mine = [paper for paper in issued if paper.participant_id == person.id]
        _adds_up(session, round_, person.id, mine)
    assert overview.faults(session) == []
    assert not session.scalar(select(func.sum(Entry.cents)))
    session.rollback()


def _anything_comes(session: Session, round_: Round, data: st.DataObject) -> None:
    for order in list_orders(session, round_.id):
        for line in order.lines:
            pieces = data.draw(st.integers(0, line.pieces + 2))
            about = pieces * line.item.piece_milli
            milli = data.draw(st.integers(about // 2 + 1, about * 2)) if about else None
            weight = milli if line.item.weighed and data.draw(st.booleans()) else None
            if data.draw(st.booleans()):
                count(session, round_, line.item.name, pieces, weight, sure=True)


def _suppliers_are_owed_what_came(session: Session, round_: Round) -> None:
    changes: dict[int, int] = defaultdict(int)
    for change in list_changes(session, round_.id):
        changes[change.supplier_order_id] += change.net_cents + change.vat_cents
    for order in list_orders(session, round_.id):
        owed = -ledger.balance(session, f"supplier:{order.supplier_id}")
        assert owed == order.net_cents + order.vat_cents + changes[order.id]


def _adds_up(session: Session, round_: Round, who: int, mine: list[Paper]) -> None:
    """All papers of one participant together are what is owed: in total, and VAT per rate."""
    charges = [c for c in settlement.list_charges(session, round_.id) if c.participant_id == who]
    owed = vat_per_rate((charge.vat_bp, charge.cents) for charge in charges)
    asked = sum(paper.total_cents for paper in mine)
    assert asked == owed.gross == ledger.balance(session, f"participant:{who}")
    assert asked >= 0
    stated: dict[int, list[int]] = defaultdict(lambda: [0, 0])
    for paper in mine:
        assert paper.total_cents == sum(line["gross"] for line in paper.snapshot["lines"])
        for row in paper.snapshot["vat"]:
            assert row["net"] + row["vat"] == row["gross"]
            stated[row["vat_bp"]][0] += row["net"]
            stated[row["vat_bp"]][1] += row["vat"]
    assert _not_nothing(stated.items()) == _not_nothing(
        (rate.vat_bp, [rate.net, rate.vat]) for rate in owed.rates
    )


def _not_nothing(rows: Iterable[tuple[int, list[int]]]) -> dict[int, list[int]]:
    return {rate: sums for rate, sums in rows if any(sums)}

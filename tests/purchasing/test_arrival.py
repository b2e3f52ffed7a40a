"""The rules for what came instead of what was ordered, and what follows from it in money."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from purchasing.allocation import Reason, SharingRule
from purchasing.category import ChargeDraft, ChargeKind, Decision, DeliveryShare, Demand
from purchasing.deliveries.arrival import Arrival, share_again
from purchasing.deliveries.pile import Came

from purchasing.category import ItemTerms, SupplierTerms, Wanted  # isort: skip
from purchasing.money import vat_of
from purchasing.pooling import pool
from tests.purchasing.demands import demands

FARM = 1
ADA, BEN, CAS = 1001, 1002, 1003
RICE, CHEESE = 11, 12
EURO = 1_000_000


def a_demand(*wants: Wanted, delivery: int = 0, fee: int = 0, **rules: object) -> Demand:
    """Rice at a euro in cases of six, and cheese by the half kilo at ten euro a kilo."""
    rice = ItemTerms(RICE, FARM, EURO, case_pieces=6)
    cheese = ItemTerms(CHEESE, FARM, 10 * EURO, piece_milli=500, weighed=True, deposit_cents=25)
    return Demand(
        items=(rice, cheese),
        wants=wants,
        suppliers=(SupplierTerms(FARM, delivery_cents=delivery),),
        fee_cents=fee,
        **rules,  # type: ignore[arg-type]
    )


def given_of(arrival: Arrival, item_id: int) -> dict[int, int]:
    return {s.participant_id: s.given for s in arrival.shares if s.item_id == item_id}


def cents_of(charges: tuple[ChargeDraft, ...], who: int, *kinds: ChargeKind) -> int:
    return sum(
        c.cents for c in charges if c.participant_id == who and (not kinds or c.kind in kinds)
    )


def test_what_came_short_is_shared_by_the_rule_of_the_round() -> None:
    demand = a_demand(Wanted(ADA, RICE, 4), Wanted(BEN, RICE, 2))

    arrival = share_again(demand, pool(demand), {RICE: Came(3)}, charged=True)

    assert given_of(arrival, RICE) == {ADA: 2, BEN: 1}
    assert {share.reason for share in arrival.shares} == {Reason.LESS_CAME}
    assert [line.net_cents for line in arrival.orders[0].lines] == [300]
    assert cents_of(arrival.charges, ADA) == 200


def test_who_came_first_is_served_first_when_that_is_the_rule() -> None:
    wants = Wanted(ADA, RICE, 4, queue=((2, 4),)), Wanted(BEN, RICE, 2, queue=((1, 2),))
    demand = a_demand(*wants, sharing_rule=SharingRule.FIRST_COME)

    arrival = share_again(demand, pool(demand), {RICE: Came(3)}, charged=True)

    assert given_of(arrival, RICE) == {ADA: 1, BEN: 2}


def test_more_than_was_ordered_serves_the_extras_and_what_is_left_is_not_paid() -> None:
    demand = a_demand(Wanted(ADA, RICE, 6, 1))

    arrival = share_again(demand, pool(demand), {RICE: Came(9)}, charged=True)

    assert given_of(arrival, RICE) == {ADA: 7}
    assert arrival.left_over == {RICE: 2}
    assert arrival.orders[0].goods_cents == 700


def test_what_is_weighed_costs_what_it_weighs() -> None:
    demand = a_demand(Wanted(ADA, CHEESE, 1), Wanted(BEN, CHEESE, 2))

    arrival = share_again(demand, pool(demand), {CHEESE: Came(3, 1_630)}, charged=True)

    assert arrival.orders[0].goods_cents == 1_630
    assert arrival.weights == {(CHEESE, ADA): 543, (CHEESE, BEN): 1_087}
    assert cents_of(arrival.charges, ADA, ChargeKind.ARTICLE) == 543
    assert cents_of(arrival.charges, BEN, ChargeKind.DEPOSIT) == 50


def test_who_was_weighed_apart_pays_that_weight() -> None:
    demand = a_demand(Wanted(ADA, CHEESE, 1), Wanted(BEN, CHEESE, 2))
    apart = {(CHEESE, ADA): Came(1, 480)}

    arrival = share_again(
        demand, pool(demand), {CHEESE: Came(3, 1_630)}, charged=True, given=apart
    )

    assert arrival.weights == {(CHEESE, ADA): 480, (CHEESE, BEN): 1_150}


def test_what_somebody_decided_for_one_leaves_the_rest_to_the_others() -> None:
    demand = a_demand(Wanted(ADA, RICE, 4), Wanted(BEN, RICE, 2))

    arrival = share_again(
        demand, pool(demand), {RICE: Came(5)}, charged=True, given={(RICE, BEN): Came(2)}
    )

    assert given_of(arrival, RICE) == {ADA: 3, BEN: 2}


@pytest.mark.parametrize(("came", "gets"), [(3, {ADA: 2, BEN: 1}), (0, {ADA: 0, BEN: 0})])
@pytest.mark.parametrize("charged", [True, False])
def test_what_was_given_by_hand_is_no_more_than_was_counted_later(charged, came, gets) -> None:
    demand = a_demand(Wanted(ADA, RICE, 4), Wanted(BEN, RICE, 2))
    by_hand = {(RICE, ADA): Came(4), (RICE, BEN): Came(2)}

    arrival = share_again(demand, pool(demand), {RICE: Came(came)}, charged=charged, given=by_hand)

    assert given_of(arrival, RICE) == gets
    assert {share.reason for share in arrival.shares} == {Reason.LESS_CAME}
    assert sum(charge.cents for charge in arrival.charges) == came * 100
    assert arrival.orders[0].goods_cents == came * 100


def test_who_gets_nothing_pays_nothing_and_nobody_else_pays_for_it() -> None:
    demand = a_demand(Wanted(ADA, RICE, 6), Wanted(BEN, CHEESE, 1), delivery=501, fee=100)
    decided = pool(demand)

    arrival = share_again(demand, decided, {RICE: Came(0)}, charged=True)

    assert cents_of(arrival.charges, ADA) == 0
    assert cents_of(arrival.charges, BEN) == cents_of(decided.charges, BEN)
    assert arrival.carried == cents_of(decided.charges, ADA, ChargeKind.DELIVERY)


def test_before_papers_are_out_those_who_get_something_share_the_delivery() -> None:
    demand = a_demand(Wanted(ADA, RICE, 6), Wanted(BEN, CHEESE, 1), delivery=501)

    arrival = share_again(demand, pool(demand), {RICE: Came(0)}, charged=False)

    assert cents_of(arrival.charges, BEN, ChargeKind.DELIVERY) == 501
    assert arrival.carried == 0


def test_another_price_is_paid_by_who_agreed_to_it() -> None:
    demand = a_demand(Wanted(ADA, RICE, 4), Wanted(BEN, RICE, 2))
    dearer = {RICE: Came(6, unit_price=2 * EURO)}

    arrival = share_again(demand, pool(demand), dearer, charged=True, at_most={(RICE, ADA): 0})

    assert given_of(arrival, RICE) == {ADA: 0, BEN: 2}
    assert cents_of(arrival.charges, BEN) == 400
    assert arrival.orders[0].goods_cents == 400
    assert arrival.left_over == {RICE: 4}


def test_nothing_came_at_all_costs_nothing_at_all() -> None:
    demand = a_demand(Wanted(ADA, RICE, 6), Wanted(BEN, CHEESE, 1), delivery=501, fee=100)
    nothing = {RICE: Came(0), CHEESE: Came(0)}

    for charged in (True, False):
        arrival = share_again(demand, pool(demand), nothing, charged=charged)

        assert (arrival.orders[0].net_cents, arrival.charges, arrival.carried) == (0, (), 0)


# --- whatever was ordered, and whatever came


@st.composite
def deliveries(draw: st.DrawFn) -> tuple[Demand, Decision, dict[int, Came]]:
    demand = draw(demands())
    decided = pool(demand)
    came = {
        line.item_id: Came(
            draw(st.integers(0, line.pieces) | st.integers(0, line.pieces + 5)),
            draw(st.none() | st.integers(1, 20_000)),
        )
        for order in decided.orders
        for line in order.lines
        if draw(st.booleans())
    }
    return demand, decided, {i: c if c.pieces else Came(0) for i, c in came.items()}


@given(delivery=deliveries(), charged=st.booleans())
def test_charges_and_what_the_network_carries_are_the_orders_and_the_fees(
    delivery: tuple[Demand, Decision, dict[int, Came]], charged: bool
) -> None:
    demand, decided, came = delivery

    arrival = share_again(demand, decided, came, charged=charged)

    vat = any(charge.vat_bp is not None for charge in decided.charges)
    asked = sum(o.net_cents + (0 if vat else o.vat_cents) for o in arrival.orders)
    fees = sum(c.cents for c in arrival.charges if c.kind == ChargeKind.FEE)
    assert sum(c.cents for c in arrival.charges) + arrival.carried == asked + fees
    assert all(charge.cents >= 0 for charge in arrival.charges)
    if not charged:
        assert arrival.carried == 0
    for order in arrival.orders:
        assert order.goods_cents == sum(line.net_cents for line in order.lines)
        assert order.vat_cents >= vat_of(order.delivery_cents, order.delivery_vat_bp)


@given(delivery=deliveries(), charged=st.booleans())
def test_nobody_gets_what_did_not_come_or_was_not_wanted(
    delivery: tuple[Demand, Decision, dict[int, Came]], charged: bool
) -> None:
    demand, decided, came = delivery

    arrival = share_again(demand, decided, came, charged=charged)

    handed: dict[int, int] = defaultdict(int)
    for share in arrival.shares:
        assert 0 <= share.given <= share.wanted + share.extra
        handed[share.item_id] += share.given
    for order in decided.orders:
        for line in order.lines:
            there = came.get(line.item_id, Came(line.pieces)).pieces
            assert handed[line.item_id] + arrival.left_over.get(line.item_id, 0) == there


@given(delivery=deliveries())
def test_what_came_as_ordered_keeps_its_cents(
    delivery: tuple[Demand, Decision, dict[int, Came]],
) -> None:
    demand, decided, came = delivery
    decided = replace(decided, charges=tuple(decided.charges))

    arrival = share_again(demand, decided, came, charged=True)

    ordered = {line.item_id: line.pieces for order in decided.orders for line in order.lines}
    other = {i for i, c in came.items() if c.milli is not None or c.pieces != ordered[i]}
    before = [c for c in decided.charges if c.item_id is not None and c.item_id not in other]
    after = [c for c in arrival.charges if c.item_id is not None and c.item_id not in other]
    assert after == before


@pytest.mark.parametrize("charged", [True, False])
@given(demand=demands())
def test_all_came_changes_nothing(charged: bool, demand: Demand) -> None:
    decided = pool(demand)

    arrival = share_again(demand, decided, {}, charged=charged)

    assert arrival.charges == tuple(decided.charges)
    assert arrival.orders == decided.orders
    assert arrival.shares == tuple(decided.shares)
    assert (arrival.carried, arrival.left_over) == (0, {})


@given(delivery=deliveries())
def test_a_neighbour_who_got_less_costs_nobody_more(
    delivery: tuple[Demand, Decision, dict[int, Came]],
) -> None:
    """Of what did not come otherwise for you, delivery and fee stay, or go."""
    demand, decided, came = delivery

    arrival = share_again(demand, decided, came, charged=True)

    for kind in (ChargeKind.DELIVERY, ChargeKind.FEE):
        before = {(c.participant_id, c.supplier_id): c.cents for c in decided.charges
                  if c.kind == kind}  # fmt: skip
        for charge in arrival.charges:
            if charge.kind == kind and (charge.participant_id, charge.supplier_id) in before:
                assert charge.cents == before[charge.participant_id, charge.supplier_id]


def test_delivery_by_amount_is_kept_too() -> None:
    demand = a_demand(
        Wanted(ADA, RICE, 6), Wanted(BEN, CHEESE, 1), delivery=500,
        delivery_share=DeliveryShare.BY_AMOUNT,
    )  # fmt: skip
    decided = pool(demand)

    arrival = share_again(demand, decided, {RICE: Came(1)}, charged=True)

    assert cents_of(arrival.charges, BEN) == cents_of(decided.charges, BEN)

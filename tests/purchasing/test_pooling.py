"""The rules that turn the demand of a round into cases, orders and charges, to the cent."""

from collections import defaultdict
from dataclasses import replace
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from purchasing.allocation import Reason
from purchasing.category import (
    ChargeDraft,
    ChargeKind,
    Decision,
    DeliveryShare,
    Demand,
    ItemTerms,
    OrderDraft,
    ShareDraft,
    Shortfall,
    SupplierTerms,
    Wanted,
)
from purchasing.money import vat_of
from purchasing.pooling import in_paper_order, pool
from tests.purchasing.demands import demands

FARM, MILL = 1, 2
ADA, BEN, CAS = 1001, 1002, 1003
RICE, BEANS, JUICE = 11, 12, 13
EURO = 1_000_000  # millionths


# --- demands to try the rules on


def rice(**terms: object) -> ItemTerms:
    """A euro a piece, six in a case, from the farm."""
    values = {"id": RICE, "supplier_id": FARM, "unit_price": EURO, "case_pieces": 6}
    return ItemTerms(**values | terms)  # type: ignore[arg-type]


def demand_for(
    *items: ItemTerms,
    wants: dict[tuple[int, int], int | tuple[int, int]],
    suppliers: tuple[SupplierTerms, ...] = (SupplierTerms(FARM),),
    **rules: object,
) -> Demand:
    """`wants`: {(who, item): pieces} or {(who, item): (pieces, extra)}."""
    wanted = [
        Wanted(who, item, *(asked if isinstance(asked, tuple) else (asked, 0)))
        for (who, item), asked in wants.items()
    ]
    return Demand(items=items, wants=tuple(wanted), suppliers=suppliers, **rules)  # type: ignore[arg-type]


def owed(decision: Decision, *kinds: ChargeKind, supplier: int | None = None) -> dict[int, int]:
    """Cents by participant, of these kinds only if any are named."""
    sums: dict[int, int] = defaultdict(int)
    for charge in decision.charges:
        if (not kinds or charge.kind in kinds) and supplier in (None, charge.supplier_id):
            sums[charge.participant_id] += charge.cents
    return dict(sums)


def share_of(decision: Decision, who: int, item: int) -> ShareDraft:
    return next(s for s in decision.shares if (s.participant_id, s.item_id) == (who, item))


def the_order(decision: Decision, supplier: int = FARM) -> OrderDraft:
    return next(order for order in decision.orders if order.supplier_id == supplier)


def charges_of(decision: Decision, kind: ChargeKind) -> list[ChargeDraft]:
    return [charge for charge in decision.charges if charge.kind == kind]


# --- what holds for every demand


@given(demand=demands(), seed=st.integers())
def test_the_order_of_the_demand_never_changes_the_outcome(demand: Demand, seed: int) -> None:
    shuffled = replace(
        demand,
        items=_shuffled(demand.items, seed),
        wants=_shuffled(demand.wants, seed),
        suppliers=_shuffled(demand.suppliers, seed),
    )
    assert pool(shuffled) == pool(demand)


def _shuffled(rows: tuple, seed: int) -> tuple:
    return tuple(Random(seed).sample(rows, len(rows)))


@given(demand=demands())
def test_what_is_charged_is_what_is_ordered_and_the_fees(demand: Demand) -> None:
    decision = pool(demand)
    for order in decision.orders:
        cost = order.net_cents + (0 if demand.states_vat else order.vat_cents)
        assert sum(owed(decision, supplier=order.supplier_id).values()) == cost
    fees = sum(owed(decision, ChargeKind.FEE).values())
    billed = {charge.participant_id for charge in decision.charges}
    assert fees == demand.fee_cents * len(billed)


@given(demand=demands())
def test_whoever_gets_nothing_pays_nothing(demand: Demand) -> None:
    decision = pool(demand)
    receivers = {share.participant_id for share in decision.shares if share.given}
    assert {charge.participant_id for charge in decision.charges} == receivers


@given(demand=demands())
def test_everything_that_is_ordered_is_given_to_somebody_who_asked(demand: Demand) -> None:
    decision = pool(demand)
    given_of: dict[int, int] = defaultdict(int)
    for share in decision.shares:
        assert 0 <= share.given <= share.wanted + share.extra
        given_of[share.item_id] += share.given
    ordered = {line.item_id: line.pieces for order in decision.orders for line in order.lines}
    assert {item: pieces for item, pieces in given_of.items() if pieces} == ordered


@given(demand=demands())
def test_only_whole_cases_are_ordered(demand: Demand) -> None:
    case_of = {item.id: item.case_pieces for item in demand.items}
    for order in pool(demand).orders:
        for line in order.lines:
            assert line.pieces == line.cases * case_of[line.item_id] > 0


@given(demand=demands())
def test_a_deposit_is_paid_for_each_piece_and_bears_no_vat(demand: Demand) -> None:
    decision = pool(demand)
    deposit_of = {item.id: item.deposit_cents for item in demand.items}
    for charge in charges_of(decision, ChargeKind.DEPOSIT):
        assert charge.vat_bp is None
        assert charge.cents == charge.pieces * deposit_of[charge.item_id or 0] > 0
    for order in decision.orders:
        paid = sum(owed(decision, ChargeKind.DEPOSIT, supplier=order.supplier_id).values())
        assert paid == order.deposit_cents


@given(demand=demands())
def test_a_supplier_asks_vat_over_each_rate_s_total_and_none_over_deposits(demand: Demand) -> None:
    rate_of = {item.id: item.vat_bp for item in demand.items}
    for order in pool(demand).orders:
        nets = {order.delivery_vat_bp: order.delivery_cents}
        for line in order.lines:
            nets[rate_of[line.item_id]] = nets.get(rate_of[line.item_id], 0) + line.net_cents
        assert order.vat_cents == sum(vat_of(net, rate) for rate, net in nets.items())


@given(demand=demands())
def test_charges_name_a_vat_rate_exactly_where_the_network_states_vat(demand: Demand) -> None:
    taxed = [c for c in pool(demand).charges if c.kind != ChargeKind.DEPOSIT]
    assert all((charge.vat_bp is not None) == demand.states_vat for charge in taxed)


@given(demand=demands())
def test_delivery_is_divided_to_the_cent_over_who_gets_something_of_that_supplier(
    demand: Demand,
) -> None:
    decision = pool(replace(demand, states_vat=True))
    for order in decision.orders:
        parts = owed(decision, ChargeKind.DELIVERY, supplier=order.supplier_id)
        goods = owed(decision, ChargeKind.ARTICLE, supplier=order.supplier_id)
        assert sum(parts.values()) == order.delivery_cents
        assert not parts or set(parts) == set(goods)
        if parts and demand.delivery_share == DeliveryShare.EQUAL:
            assert max(parts.values()) - min(parts.values()) <= 1


@given(demand=demands())
def test_a_left_out_supplier_gets_no_order_and_charges_nobody(demand: Demand) -> None:
    decision = pool(demand)
    supplier_of = {item.id: item.supplier_id for item in demand.items}
    left_out = demand.without_suppliers
    assert not left_out & {order.supplier_id for order in decision.orders}
    assert not left_out & {charge.supplier_id for charge in decision.charges}
    assert not left_out & {shortfall.supplier_id for shortfall in decision.shortfalls}
    for share in decision.shares:
        if supplier_of[share.item_id] in left_out:
            assert (share.given, share.cases) == (0, 0)
            assert share.reason == Reason.SUPPLIER_SHORT


@given(demand=demands())
def test_a_shortfall_is_told_exactly_where_a_minimum_is_not_reached(demand: Demand) -> None:
    decision = pool(demand)
    asked = {share.item_id for share in decision.shares if share.wanted}
    wanted_from = {item.supplier_id for item in demand.items if item.id in asked}
    minimum_of = {terms.supplier_id: terms.minimum_cents for terms in demand.suppliers}
    short = [
        Shortfall(order.supplier_id, minimum_of[order.supplier_id], order.goods_cents)
        for order in decision.orders
        if order.goods_cents < minimum_of[order.supplier_id]
        and (order.supplier_id in wanted_from or not asked)
    ]
    whole = sum(order.goods_cents for order in decision.orders)
    if whole < demand.minimum_cents:
        short.append(Shortfall(None, demand.minimum_cents, whole))
    assert decision.shortfalls == tuple(short)


# --- cases, shares and their reasons


def test_a_case_that_is_not_full_is_not_ordered() -> None:
    decision = pool(demand_for(rice(), wants={(ADA, RICE): 3, (BEN, RICE): 2}))

    assert the_order(decision).lines == ()
    assert decision.charges == ()
    assert share_of(decision, ADA, RICE).reason == Reason.NOTHING


def test_an_extra_piece_fills_the_case_and_is_paid_by_who_offered_it() -> None:
    decision = pool(demand_for(rice(), wants={(ADA, RICE): 3, (BEN, RICE): (2, 1)}))

    assert share_of(decision, BEN, RICE).given == 3
    assert share_of(decision, BEN, RICE).reason == Reason.HELPED
    assert owed(decision) == {ADA: 300, BEN: 300}


def test_the_net_amount_of_a_line_is_divided_and_not_the_price_of_a_piece_multiplied() -> None:
    third = rice(unit_price=333_333, case_pieces=3)  # three for a euro

    decision = pool(demand_for(third, wants={(ADA, RICE): 1, (BEN, RICE): 1, (CAS, RICE): 1}))

    assert the_order(decision).goods_cents == 100
    assert owed(decision) == {ADA: 34, BEN: 33, CAS: 33}


def test_a_weighed_article_is_priced_by_its_unit_and_ordered_by_the_piece() -> None:
    half_kilos = rice(unit_price=7_990_000, piece_milli=500, case_pieces=5, weighed=True)

    decision = pool(demand_for(half_kilos, wants={(ADA, RICE): 3, (BEN, RICE): 2}))

    assert the_order(decision).goods_cents == 1998  # 2.5 kg at 7.99
    assert owed(decision) == {ADA: 1199, BEN: 799}


# --- tiers


def test_a_tier_that_is_reached_together_lowers_the_price_for_all() -> None:
    tiered = rice(tiers=((12, 900_000),))

    alone = pool(demand_for(tiered, wants={(ADA, RICE): 6}))
    together = pool(demand_for(tiered, wants={(ADA, RICE): 6, (BEN, RICE): 6}))

    assert owed(alone)[ADA] == 600
    assert owed(together) == {ADA: 540, BEN: 540}
    assert {c.unit_price for c in together.charges} == {900_000}


def test_a_tier_counts_what_is_ordered_and_not_what_was_wanted() -> None:
    decision = pool(demand_for(rice(tiers=((7, 900_000),)), wants={(ADA, RICE): 8}))

    assert the_order(decision).lines[0].unit_price == EURO  # one case of six was full


# --- delivery


@pytest.mark.parametrize(("free_from", "delivery"), [(600, 0), (601, 500), (None, 500)])
def test_delivery_is_free_from_the_threshold_on(free_from: int | None, delivery: int) -> None:
    farm = SupplierTerms(FARM, free_delivery_cents=free_from, delivery_cents=500)

    decision = pool(demand_for(rice(), wants={(ADA, RICE): 6}, suppliers=(farm,)))

    assert the_order(decision).delivery_cents == delivery


def test_deposits_do_not_help_to_reach_free_delivery() -> None:
    farm = SupplierTerms(FARM, free_delivery_cents=601, delivery_cents=500)

    decision = pool(demand_for(rice(deposit_cents=25), wants={(ADA, RICE): 6}, suppliers=(farm,)))

    assert the_order(decision).deposit_cents == 150
    assert the_order(decision).delivery_cents == 500


@pytest.mark.parametrize(
    ("rule", "parts"),
    [(DeliveryShare.EQUAL, {ADA: 251, BEN: 250}), (DeliveryShare.BY_AMOUNT, {ADA: 418, BEN: 83})],
)
def test_delivery_is_shared_as_the_round_says(rule: DeliveryShare, parts: dict) -> None:
    farm = SupplierTerms(FARM, delivery_cents=501)

    decision = pool(
        demand_for(
            rice(),
            wants={(ADA, RICE): 5, (BEN, RICE): 1},
            suppliers=(farm,),
            delivery_share=rule,
        )
    )

    assert owed(decision, ChargeKind.DELIVERY) == parts


def test_the_odd_cent_goes_to_the_lowest_number_whatever_it_ordered() -> None:
    farm = SupplierTerms(FARM, delivery_cents=501)

    decision = pool(
        demand_for(
            rice(), rice(id=BEANS), wants={(BEN, RICE): 6, (ADA, BEANS): 6}, suppliers=(farm,)
        )
    )

    assert owed(decision, ChargeKind.DELIVERY) == {ADA: 251, BEN: 250}


def test_free_goods_are_delivered_for_equal_parts() -> None:
    farm = SupplierTerms(FARM, delivery_cents=500)

    decision = pool(
        demand_for(
            rice(unit_price=0),
            wants={(ADA, RICE): 5, (BEN, RICE): 1},
            suppliers=(farm,),
            delivery_share=DeliveryShare.BY_AMOUNT,
        )
    )

    assert owed(decision, ChargeKind.DELIVERY) == {ADA: 250, BEN: 250}


def test_who_gets_free_goods_only_bears_no_delivery_that_is_shared_by_amount() -> None:
    decision = pool(
        demand_for(
            rice(),
            rice(id=BEANS, unit_price=0),
            wants={(ADA, RICE): 6, (BEN, BEANS): 6},
            suppliers=(SupplierTerms(FARM, delivery_cents=500),),
            delivery_share=DeliveryShare.BY_AMOUNT,
        )
    )

    assert owed(decision, ChargeKind.DELIVERY) == {ADA: 500, BEN: 0}


def test_a_supplier_who_brings_nothing_asks_nothing_for_delivery() -> None:
    farm = SupplierTerms(FARM, delivery_cents=500)

    decision = pool(demand_for(rice(), wants={(ADA, RICE): 5}, suppliers=(farm,)))

    assert the_order(decision).net_cents == 0


def test_delivery_is_paid_by_who_gets_something_of_that_supplier_and_nobody_else() -> None:
    flour = rice(id=BEANS, supplier_id=MILL)
    far = SupplierTerms(MILL, delivery_cents=900)

    decision = pool(
        demand_for(
            rice(),
            flour,
            wants={(ADA, RICE): 6, (BEN, BEANS): 6},
            suppliers=(SupplierTerms(FARM), far),
        )
    )

    assert owed(decision, ChargeKind.DELIVERY) == {BEN: 900}


# --- VAT inside


def test_without_vat_on_the_paper_the_supplier_s_whole_bill_is_shared() -> None:
    third = rice(unit_price=333_333, case_pieces=3, deposit_cents=10)

    decision = pool(
        demand_for(
            third,
            wants={(ADA, RICE): 1, (BEN, RICE): 1, (CAS, RICE): 1},
            states_vat=False,
        )
    )

    assert the_order(decision).vat_cents == 9
    assert owed(decision, ChargeKind.ARTICLE) == {ADA: 37, BEN: 36, CAS: 36}
    assert owed(decision, ChargeKind.DEPOSIT) == {ADA: 10, BEN: 10, CAS: 10}


def test_articles_at_two_rates_bear_their_own_vat_only() -> None:
    juice = rice(id=JUICE, vat_bp=2100)

    decision = pool(
        demand_for(rice(), juice, wants={(ADA, RICE): 6, (BEN, JUICE): 6}, states_vat=False)
    )

    assert owed(decision) == {ADA: 654, BEN: 726}


def test_an_article_at_the_zero_rate_bears_no_vat_however_dear() -> None:
    stamps = rice(vat_bp=0, unit_price=99 * EURO, case_pieces=1)

    decision = pool(demand_for(stamps, wants={(ADA, RICE): 1}, states_vat=False))

    assert owed(decision) == {ADA: 99_00}


# --- minimums


@pytest.mark.parametrize(
    ("minimum", "shortfalls"), [(600, ()), (601, (Shortfall(FARM, 601, 600),))]
)
def test_a_supplier_below_its_minimum_falls_short(
    minimum: int, shortfalls: tuple[Shortfall, ...]
) -> None:
    farm = SupplierTerms(FARM, minimum_cents=minimum, delivery_cents=500)
    juicy = rice(deposit_cents=25)  # neither delivery nor deposits count

    decision = pool(demand_for(juicy, wants={(ADA, RICE): 6}, suppliers=(farm,)))

    assert decision.shortfalls == shortfalls


def test_a_supplier_of_whom_nobody_wants_anything_does_not_fall_short() -> None:
    mill = SupplierTerms(MILL, minimum_cents=100_00)

    decision = pool(
        demand_for(rice(), wants={(ADA, RICE): 6}, suppliers=(SupplierTerms(FARM), mill))
    )

    assert decision.shortfalls == ()


def test_a_round_in_which_nobody_orders_falls_short_of_every_minimum() -> None:
    farm = SupplierTerms(FARM, minimum_cents=100_00)

    decision = pool(demand_for(rice(), wants={(ADA, RICE): 0}, suppliers=(farm,)))

    assert decision.shortfalls == (Shortfall(FARM, 100_00, 0),)


def test_a_round_below_its_own_minimum_falls_short_over_all_suppliers() -> None:
    flour = rice(id=BEANS, supplier_id=MILL)

    decision = pool(
        demand_for(
            rice(),
            flour,
            wants={(ADA, RICE): 6, (BEN, BEANS): 6},
            suppliers=(SupplierTerms(FARM), SupplierTerms(MILL)),
            minimum_cents=1201,
        )
    )

    assert decision.shortfalls == (Shortfall(None, 1201, 1200),)


def test_leaving_a_supplier_out_can_bring_the_round_below_its_minimum() -> None:
    flour = rice(id=BEANS, supplier_id=MILL)
    demand = demand_for(
        rice(),
        flour,
        wants={(ADA, RICE): 6, (BEN, BEANS): 6},
        suppliers=(SupplierTerms(FARM), SupplierTerms(MILL)),
        minimum_cents=1200,
    )

    assert pool(demand).shortfalls == ()
    rest = pool(replace(demand, without_suppliers=frozenset({MILL})))
    assert rest.shortfalls == (Shortfall(None, 1200, 600),)
    assert owed(rest) == {ADA: 600}


# --- fees


def test_the_fee_is_paid_once_by_each_who_gets_something() -> None:
    demand = demand_for(
        rice(),
        rice(id=BEANS),
        rice(id=JUICE),
        wants={(ADA, RICE): 6, (ADA, BEANS): 6, (BEN, RICE): 6, (CAS, JUICE): 1},
        fee_cents=150,
    )

    assert owed(pool(demand), ChargeKind.FEE) == {ADA: 150, BEN: 150}
    assert {c.vat_bp for c in charges_of(pool(demand), ChargeKind.FEE)} == {2100}


def test_delivery_and_fee_are_each_a_line_of_one() -> None:
    farm = SupplierTerms(FARM, delivery_cents=500)

    decision = pool(demand_for(rice(), wants={(ADA, RICE): 6}, suppliers=(farm,), fee_cents=150))

    assert [c.pieces for c in charges_of(decision, ChargeKind.DELIVERY)] == [1]
    assert [c.pieces for c in charges_of(decision, ChargeKind.FEE)] == [1]


# --- the paper's lines


def test_charges_come_in_the_order_of_the_papers() -> None:
    farm = SupplierTerms(FARM, delivery_cents=500)

    decision = pool(
        demand_for(
            rice(id=BEANS),
            rice(deposit_cents=25),
            wants={(BEN, RICE): 6, (ADA, RICE): 6, (ADA, BEANS): 6},
            suppliers=(farm,),
            fee_cents=150,
        )
    )

    article, delivery = ChargeKind.ARTICLE, ChargeKind.DELIVERY
    fee, deposit = ChargeKind.FEE, ChargeKind.DEPOSIT
    assert [(c.participant_id, c.kind, c.item_id) for c in decision.charges] == [
        (ADA, article, RICE),
        (ADA, article, BEANS),
        (ADA, delivery, None),
        (ADA, fee, None),
        (ADA, deposit, RICE),
        (BEN, article, RICE),
        (BEN, delivery, None),
        (BEN, fee, None),
        (BEN, deposit, RICE),
    ]


def test_a_paper_names_articles_in_one_order_however_they_come() -> None:
    decision = pool(demand_for(rice(), rice(id=BEANS), wants={(ADA, RICE): 6, (ADA, BEANS): 6}))

    assert [c.item_id for c in decision.charges] == [RICE, BEANS]
    assert tuple(sorted(reversed(decision.charges), key=in_paper_order)) == decision.charges


def test_a_paper_names_articles_supplier_by_supplier() -> None:
    decision = pool(
        demand_for(
            rice(supplier_id=MILL),
            rice(id=BEANS),
            wants={(ADA, RICE): 6, (ADA, BEANS): 6},
            suppliers=(SupplierTerms(MILL), SupplierTerms(FARM)),
        )
    )

    assert [(c.supplier_id, c.item_id) for c in decision.charges] == [(FARM, BEANS), (MILL, RICE)]

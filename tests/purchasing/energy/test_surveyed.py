"""What a survey makes of a round: what each is told, and that nobody ever pays more."""

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from purchasing.category import DeliveryShare, Demand, ItemTerms, SupplierTerms, Wanted
from purchasing.decision import ChargeKind
from purchasing.money import vat_of, vat_per_rate
from purchasing.pooling import pool
from purchasing.surveyed import Finding, settle, tell

PANEL, LAMP = 1, 2
TIERS = ((10, 180_505_000), (20, 171_333_333))


def a_demand(*wants: Wanted, **details) -> Demand:
    """Panels in tiers without VAT, and lamps in boxes of four with it, from one supplier."""
    panel = ItemTerms(PANEL, 7, 199_995_000, vat_bp=0, tiers=TIERS)
    lamp = ItemTerms(LAMP, 7, 3_333_333, case_pieces=4, vat_bp=2100)
    supplier = SupplierTerms(7, delivery_cents=15_001, free_delivery_cents=400_000)
    values = {"items": (panel, lamp), "wants": wants, "suppliers": (supplier,)}
    return Demand(**values | details)


def panels(**of) -> list[Wanted]:
    return [Wanted(int(who[1:]), PANEL, number) for who, number in of.items()]


def owed(decision) -> dict[int, int]:
    """What each pays, VAT included."""
    people = {charge.participant_id for charge in decision.charges}
    return {
        who: vat_per_rate(
            (c.vat_bp, c.cents) for c in decision.charges if c.participant_id == who
        ).gross
        for who in people
    }


# --- nobody pays more than was told


pieces = st.integers(1, 12)


@st.composite
def demands(draw) -> Demand:
    wants = [
        Wanted(who, item, draw(pieces), draw(st.integers(0, 3)))
        for who in range(1, draw(st.integers(1, 6)) + 1)
        for item in (PANEL, LAMP)
        if item == PANEL or draw(st.booleans())
    ]
    return a_demand(
        *wants,
        states_vat=draw(st.booleans()),
        fee_cents=draw(st.sampled_from([0, 1_250])),
        delivery_share=draw(st.sampled_from(list(DeliveryShare))),
    )


@st.composite
def surveys(draw):
    """A demand, what was found of it, who had dropped out by then, and which lines stay."""
    demand = draw(demands())
    keys = [(want.participant_id, want.item_id) for want in demand.wants]
    found = st.builds(Finding, st.integers(0, 14), st.sampled_from([0, 0, 1, 12_345]))
    findings = {key: draw(found) for key in keys if draw(st.booleans())}
    gone = draw(st.sets(st.sampled_from([who for who, _ in keys]), max_size=2))
    staying = draw(st.sets(st.sampled_from(keys)))
    return demand, findings, gone, staying


@given(surveys())
@settings(max_examples=300)
def test_nobody_pays_more_than_was_told_whoever_drops_out(case) -> None:
    demand, findings, gone, staying = case
    told = tell(demand, findings, gone, pool)

    decision = settle(demand, told.lines, staying, pool)

    for who, cents in owed(decision).items():
        assert cents <= told.at_most[who]


@given(surveys())
@settings(max_examples=200)
def test_what_is_charged_is_what_is_ordered_to_the_cent(case) -> None:
    demand, findings, gone, staying = case

    decision = settle(demand, tell(demand, findings, gone, pool).lines, staying, pool)

    fees = sum(c.cents for c in decision.charges if c.kind == ChargeKind.FEE)
    asked = sum(o.net_cents + (0 if demand.states_vat else o.vat_cents) for o in decision.orders)
    assert sum(c.cents for c in decision.charges) - fees == asked


@given(surveys())
def test_nobody_gets_what_they_dropped_or_more_than_was_told(case) -> None:
    demand, findings, gone, staying = case
    told = tell(demand, findings, gone, pool)
    offered = {line.key: line.pieces for line in told.lines}

    for share in settle(demand, told.lines, staying, pool).shares:
        key = share.participant_id, share.item_id
        assert key in staying and key[0] not in gone
        assert share.given <= offered[key]


@given(surveys())
def test_when_all_stay_each_pays_what_was_reckoned(case) -> None:
    demand, findings, gone, _ = case
    told = tell(demand, findings, gone, pool)

    decision = settle(demand, told.lines, {line.key for line in told.lines}, pool)

    given_ = {(s.participant_id, s.item_id): s.given for s in decision.shares if s.given}
    assert given_ == {line.key: line.pieces for line in told.lines if line.pieces}


# --- what wants a yes


def raised(demand, findings, gone=()) -> set[tuple[int, int]]:
    return {line.key for line in tell(demand, findings, gone, pool).lines if line.raised}


def test_what_fits_as_ordered_wants_no_yes() -> None:
    demand = a_demand(*panels(p1=8, p2=6))

    assert raised(demand, {(1, PANEL): Finding(8)}) == set()


def test_extra_work_and_more_pieces_want_a_yes_of_who_it_is_for() -> None:
    demand = a_demand(*panels(p1=8, p2=6, p3=8))

    found = {(1, PANEL): Finding(8, extra_cents=9_900), (2, PANEL): Finding(7)}

    assert raised(demand, found) == {(1, PANEL), (2, PANEL)}


def test_who_becomes_dearer_because_it_does_not_fit_elsewhere_must_say_yes() -> None:
    """Ten panels are a tier; with fewer the price is that of one."""
    demand = a_demand(*panels(p1=6, p2=6))

    assert raised(demand, {(2, PANEL): Finding(0)}) == {(1, PANEL)}


def test_a_larger_part_of_the_delivery_wants_a_yes_too() -> None:
    demand = replace(a_demand(*panels(p1=2, p2=2)), delivery_share=DeliveryShare.EQUAL)

    assert raised(demand, {(2, PANEL): Finding(0)}) == {(1, PANEL)}


# --- prices stay


def test_a_tier_that_was_told_holds_when_neighbours_drop_out() -> None:
    demand = a_demand(*panels(p1=10, p2=10))
    told = tell(demand, {}, (), pool)

    decision = settle(demand, told.lines, {(1, PANEL)}, pool)

    (line,) = decision.orders[0].lines
    assert (line.pieces, line.unit_price) == (10, TIERS[1][1])


def test_free_delivery_that_was_told_stays_free() -> None:
    demand = a_demand(*panels(p1=20, p2=6))
    told = tell(demand, {}, (), pool)

    assert settle(demand, told.lines, {(2, PANEL)}, pool).orders[0].delivery_cents == 0


def test_half_of_who_shared_a_delivery_pay_half_of_it() -> None:
    demand = a_demand(*panels(p1=2, p2=2))
    told = tell(demand, {}, (), pool)

    assert settle(demand, told.lines, {(2, PANEL)}, pool).orders[0].delivery_cents == 7_500


def test_extra_work_is_paid_by_who_has_it_and_asked_by_the_supplier() -> None:
    demand = a_demand(Wanted(1, PANEL, 2), Wanted(2, LAMP, 4))
    told = tell(demand, {(2, LAMP): Finding(4, extra_cents=1_000)}, (), pool)

    decision = settle(demand, told.lines, {line.key for line in told.lines}, pool)

    (extra,) = (c for c in decision.charges if c.kind == ChargeKind.EXTRA)
    assert (extra.participant_id, extra.cents, extra.vat_bp) == (2, 1_000, 2100)
    (order,) = decision.orders
    assert (order.named[0].net_cents, order.named[0].tax_cents) == (1_000, vat_of(1_000, 2100))


def test_what_does_not_fit_is_told_as_nothing_and_costs_nothing() -> None:
    told = tell(a_demand(*panels(p1=8)), {(1, PANEL): Finding(0, 5_000)}, (), pool)

    assert [(line.pieces, line.extra_cents) for line in told.lines] == [(0, 0)]
    assert told.at_most == {1: 0}

"""Down payment and rest: two papers that add up to the one they replace, to the cent."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from purchasing import lifecycle, ordering, planning
from purchasing.books import accounts, ledger, overview, reconciliation, settlement, statements
from purchasing.decision import ChargeDraft, ChargeKind
from purchasing.deliveries import counting
from purchasing.money import vat_of, vat_per_rate
from purchasing.papers import Paper, PaperKind
from purchasing.prepayment import split
from purchasing.rounds import Round, RoundState
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

# --- the sums


rates = st.sampled_from([0, 550, 900, 2100, None])
kinds = st.sampled_from([ChargeKind.ARTICLE, ChargeKind.DELIVERY, ChargeKind.FEE])


@st.composite
def bills(draw) -> list[ChargeDraft]:
    """What one participant owes: articles, delivery and fee at any rate, and some deposit."""
    lines = draw(st.lists(st.tuples(kinds, rates, st.integers(0, 2_000_000)), min_size=1))
    deposit = draw(st.integers(0, 5_000))
    charges = [ChargeDraft(7, kind, cents, rate, pieces=1) for kind, rate, cents in lines]
    return [*charges, ChargeDraft(7, ChargeKind.DEPOSIT, deposit, None, pieces=1)]


def per_rate(charges) -> dict[int | None, tuple[int, int]]:
    """Net and VAT of each rate; what bears none stands under None."""
    totals = vat_per_rate((c.vat_bp, c.cents) for c in charges)
    return {r.vat_bp: (r.net, r.vat) for r in totals.rates} | {None: (totals.untaxed, 0)}


@given(bills(), st.integers(0, 10_000))
def test_down_payment_and_rest_are_the_whole_for_every_rate_and_in_total(charges, part) -> None:
    both = split(charges, part)
    ahead, rest, whole = per_rate(both.ahead), per_rate(both.rest), per_rate(charges)

    for rate, (net, vat) in whole.items():
        first, second = ahead.get(rate, (0, 0)), rest.get(rate, (0, 0))
        assert (first[0] + second[0], first[1] + second[1]) == (net, vat)
    assert set(ahead) | set(rest) <= set(whole)


@given(bills(), st.integers(0, 10_000))
def test_no_more_is_asked_ahead_than_the_promised_part_of_the_articles(charges, part) -> None:
    articles = sum(c.cents for c in charges if c.kind == ChargeKind.ARTICLE)
    ahead = sum(c.cents for c in split(charges, part).ahead)

    assert 0 <= ahead * 10_000 <= articles * part


@given(bills(), st.integers(0, 5_000))
def test_it_falls_short_of_the_part_by_a_few_euros_at_most(charges, part) -> None:
    """By less than a step for each rate: a euro at the usual ones."""
    articles = sum(c.cents for c in charges if c.kind == ChargeKind.ARTICLE)
    ahead = sum(c.cents for c in split(charges, part).ahead)

    assert articles * part // 10_000 - ahead <= 5 * 200


def test_the_vat_of_a_part_ahead_never_needs_rounding() -> None:
    odd = [ChargeDraft(7, ChargeKind.ARTICLE, 33_333, 2100, pieces=1)]

    (ahead,) = split(odd, 3000).ahead

    assert ahead.cents == 9_900
    assert vat_of(9_900, 2100) + vat_of(33_333 - 9_900, 2100) == vat_of(33_333, 2100)


# --- a round


@pytest.fixture
def panels(session, network):
    return a_product(
        session,
        a_supplier(session, "Zonnedak", delivery_cents=15_000),
        "Zonnepaneel",
        unit="paneel 430 Wp",
        unit_price=189_500_000,
        case_milli=1000,
        vat_bp=0,
    )


@pytest.fixture
def lamps(session, network):
    supplier = a_supplier(session, "Lichtpunt")
    return a_product(
        session, supplier, "Ledlamp", unit="stuk", unit_price=3_330_000, case_milli=1000,
        vat_bp=2100,
    )  # fmt: skip


def goods_round(session, *products, **details) -> Round:
    values = {"category_key": "energy_goods", "prepayment_bp": 3000, "fee_cents": 500}
    return a_round(session, *products, **values | details)


def bring(session, round_: Round, *moves: str) -> None:
    for move in moves:
        getattr(lifecycle, move)(session, round_, actor=ACTOR, now=NOON + timedelta(hours=1))
    session.commit()


def papers(session, round_: Round, kind: PaperKind) -> list[Paper]:
    query = select(Paper).where(Paper.round_id == round_.id, Paper.kind == kind)
    return list(session.scalars(query.order_by(Paper.number)))


@pytest.fixture
def two_buyers(session, panels, lamps):
    round_ = goods_round(session, panels, lamps)
    an_order(session, round_, a_household(session, "Ada"), {"Zonnepaneel": 10, "Ledlamp": 7})
    an_order(session, round_, a_shop(session, "Bakker"), {"Ledlamp": 40})
    return round_


def test_each_part_has_a_number_of_its_own_and_the_second_names_the_first(session, two_buyers):
    bring(session, two_buyers, "close", "order", "receive", "settle")
    firsts = papers(session, two_buyers, PaperKind.PREPAYMENT)
    seconds = papers(session, two_buyers, PaperKind.INVOICE)

    numbers = [paper.number for paper in (*firsts, *seconds)]
    assert numbers == ["2026-0001", "2026-0002", "2026-0003", "2026-0004"]
    for first, second in zip(firsts, seconds, strict=True):
        part = second.snapshot["part"]
        assert (part["number"], part["ahead"]) == (first.number, first.total_cents)
        assert part["on"] == first.issued_on.isoformat()
        assert first.snapshot["part"]["rest"] == second.total_cents
        assert first.snapshot["part"]["whole"] == first.total_cents + second.total_cents


def test_the_two_papers_are_together_the_one_that_would_have_been(session, two_buyers):
    bring(session, two_buyers, "close", "order", "receive", "settle")
    charges = settlement.list_charges(session, two_buyers.id)

    for who in {charge.participant_id for charge in charges}:
        mine = [p for p in session.scalars(select(Paper).where(Paper.participant_id == who))]
        whole = vat_per_rate((c.vat_bp, c.cents) for c in charges if c.participant_id == who)
        assert sum(paper.total_cents for paper in mine) == whole.gross
        for rate in whole.rates:
            rows = [r for p in mine for r in p.snapshot["vat"] if r["vat_bp"] == rate.vat_bp]
            assert sum(row["net"] for row in rows) == rate.net
            assert sum(row["vat"] for row in rows) == rate.vat
        for paper in mine:
            assert sum(line["gross"] for line in paper.snapshot["lines"]) == paper.total_cents


def test_what_did_not_come_is_not_in_the_rest(session, two_buyers):
    bring(session, two_buyers, "close", "order")
    lines = [line for o in ordering.list_orders(session, two_buyers.id) for line in o.lines]
    for line in lines:
        counting.count(
            session, two_buyers, line, line.pieces // 3, seen=0, key=f"{line.id}",
            actor=ACTOR, now=NOON + timedelta(hours=2),
        )  # fmt: skip

    bring(session, two_buyers, "receive", "settle")

    charges = settlement.list_charges(session, two_buyers.id)
    for who in {charge.participant_id for charge in charges}:
        whole = vat_per_rate((c.vat_bp, c.cents) for c in charges if c.participant_id == who)
        mine = [p for p in session.scalars(select(Paper).where(Paper.participant_id == who))]
        assert sum(paper.total_cents for paper in mine) == whole.gross
        assert ledger.balance(session, f"participant:{who}") == whole.gross
        for rate in whole.rates:
            rows = [r for p in mine for r in p.snapshot["vat"] if r["vat_bp"] == rate.vat_bp]
            assert sum(row["vat"] for row in rows) == rate.vat
    assert ledger.balance(session, accounts.AHEAD) == 0
    assert reconciliation.books_of(session, two_buyers).is_exact


def test_panels_on_a_home_are_at_the_zero_rate_which_the_paper_shows(session, two_buyers):
    bring(session, two_buyers, "close", "order")

    ada, _ = papers(session, two_buyers, PaperKind.PREPAYMENT)

    assert ada.snapshot["vat"][0] == {"vat_bp": 0, "net": 56_850, "vat": 0, "gross": 56_850}
    assert len(ada.snapshot["notes"]) == 1


def test_vat_is_booked_with_the_part_it_belongs_to(session, two_buyers) -> None:
    bring(session, two_buyers, "close", "order")
    first = ledger.balance(session, f"{accounts.VOUTPUT}:2100")
    held = ledger.balance(session, accounts.AHEAD)

    assert first == -sum(
        row["vat"]
        for paper in papers(session, two_buyers, PaperKind.PREPAYMENT)
        for row in paper.snapshot["vat"]
    )
    assert held < 0 and first < 0
    assert not reconciliation.books_of(session, two_buyers).charged_at_all

    bring(session, two_buyers, "receive", "settle")
    assert ledger.balance(session, accounts.AHEAD) == 0
    assert reconciliation.books_of(session, two_buyers).is_exact
    assert overview.faults(session) == []


def test_each_bill_stands_on_the_account_of_who_gets_it(session, two_buyers, network) -> None:
    from zoneinfo import ZoneInfo

    bring(session, two_buyers, "close", "order", "receive", "settle")
    (ada, _), (rest, _) = (
        papers(session, two_buyers, kind) for kind in (PaperKind.PREPAYMENT, PaperKind.INVOICE)
    )
    found = statements.statement_of(
        session, ada.participant_id, since=(NOON - DAY).date(), zone=ZoneInfo(network.timezone)
    )

    assert [(line.number, line.cents) for line in found.lines] == [
        (ada.number, ada.total_cents),
        (rest.number, rest.total_cents),
    ]


def test_who_owes_too_little_for_a_part_pays_all_at_delivery(session, lamps) -> None:
    round_ = goods_round(session, lamps, fee_cents=0)
    an_order(session, round_, a_household(session, "Ada"), {"Ledlamp": 1})

    bring(session, round_, "close", "order", "receive", "settle")

    assert papers(session, round_, PaperKind.PREPAYMENT) == []
    (paper,) = papers(session, round_, PaperKind.INVOICE)
    assert "part" not in paper.snapshot and paper.total_cents == 403


def test_neighbours_who_share_costs_get_settlements_in_two(session) -> None:
    a_network(session, vat_status="none", vat_id="", kvk="")
    lamp = a_product(session, a_supplier(session), "Ledlamp", case_milli=1000, vat_bp=2100)
    round_ = goods_round(session, lamp, settlement_mode="shared", prepayment_bp=5000, fee_cents=0)
    an_order(session, round_, a_household(session, "Ada"), {"Ledlamp": 11})

    bring(session, round_, "close", "order", "receive", "settle")

    (first,) = papers(session, round_, PaperKind.PREPAYMENT)
    (second,) = papers(session, round_, PaperKind.SETTLEMENT)
    assert (first.snapshot["kind"], first.number[0]) == ("settlement", "A")
    assert (first.total_cents, second.total_cents) == (665, 666)


@pytest.mark.parametrize(
    ("category", "part"), [("food", 1000), ("energy_goods", 5001), ("energy_goods", 10_000)]
)
def test_more_than_the_law_allows_cannot_be_asked_ahead(session, lamps, category, part) -> None:
    """Half the price at most (art. 7:26 of the Dutch Civil Code), and of groceries nothing."""
    with pytest.raises(planning.TooMuchAhead) as refused:
        goods_round(session, lamps, category_key=category, prepayment_bp=part)

    most = refused.value.details["most_bp"]
    assert most == (5_000 if category == "energy_goods" else 0)


def test_who_has_no_bill_yet_hears_what_comes(session, two_buyers) -> None:
    from purchasing.errands import Errand

    bring(session, two_buyers, "close", "order")

    assert not session.scalars(select(Errand.id).where(Errand.key.like("%coming%"))).all()
    assert two_buyers.state == RoundState.ORDERED

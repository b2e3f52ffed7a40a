"""The licensed mode: off without a licence on record; sums exact; no more is asked than ever."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import delete, select, update
from sqlalchemy.exc import DBAPIError

from purchasing import lifecycle, planning, referral, signups
from purchasing.books import ledger, settlement
from purchasing.catalogue import Supplier
from purchasing.categories import CATEGORIES
from purchasing.category import ChargeKind, Decision, Demand, SettlementMode, SupplierTerms
from purchasing.ordering import SupplierOrderNamedLine, list_orders
from purchasing.papers import PaperKind, list_for_round
from purchasing.people import NotAnAfmNumber, check_afm_number
from purchasing.questions import WrongAnswers
from purchasing.rounds import RoundState as S
from tests.builders import (
    ACTOR,
    DAY,
    NOON,
    PARTY,
    a_household,
    a_network,
    a_premium_round,
    a_shop,
    a_sign_up,
)

STATED = {
    "premium_contents": "120; 2: 110",
    "premium_travel": "40,45; 3: 39,99",
    "premium_health_supplement": "300",
}
ROOM = CATEGORIES["insurance"].for_round(SettlementMode.LICENSED, PARTY | STATED)


@pytest.fixture
def network(session):
    """A network that has the AFM number of its partner on record."""
    return a_network(session, afm_number=PARTY["afm_number"])


@pytest.fixture
def ordered(session, network):
    """Ada and Ben ask for the contents, Ada for a supplementary health insurance as well."""
    told = {"premium_health_supplement": "300,00"}
    round_ = a_premium_round(session, particulars=told)
    ada, ben = a_household(session, "Ada"), a_household(session, "Ben")
    a_sign_up(session, round_, ada, products=["contents", "health_supplement"])
    a_sign_up(session, round_, ben, products=["contents"])
    lifecycle.close(session, round_, actor=ACTOR, now=NOON)
    lifecycle.order(session, round_, actor=ACTOR, now=NOON)
    session.commit()
    return round_


def decide(wishes: dict[int, list[str]]) -> Decision:
    answers = {who: {"products": products} for who, products in wishes.items()}
    return ROOM.decide(Demand((), (), (SupplierTerms(7),), answers=answers))


# --- whether it may


@pytest.mark.parametrize("on_record", ["", "12999999"])
def test_it_is_off_unless_the_network_carries_that_very_licence(session, on_record) -> None:
    a_network(session, afm_number=on_record)
    with pytest.raises(planning.NoLicence):
        a_premium_round(session)


@pytest.mark.parametrize("text", ["1200000", "120000000", "１２００００００", "12OOOOOO"])
def test_a_licence_on_record_has_eight_digits(text) -> None:
    assert check_afm_number(" 1200 0000 ") == "12000000"
    with pytest.raises(NotAnAfmNumber):
        check_afm_number(text)


@pytest.mark.parametrize(
    "told", [{"premium_contents": ""}, {"premium_travel": "veel"}, {"premium_contents": "1; 2: 3"}]
)
def test_it_cannot_be_published_without_premiums_that_can_be_read(session, network, told) -> None:
    with pytest.raises(planning.ParticularsMissing):
        a_premium_round(session, particulars=told)


# --- what is asked


def test_nothing_more_is_asked_than_in_the_other_mode() -> None:
    usual = CATEGORIES["insurance"]
    assert [(q.key, q.kind, q.keep_days) for q in ROOM.questions()] == [
        (q.key, q.kind, q.keep_days) for q in usual.questions()
    ]
    assert ROOM.check_answers(
        {"channel": "mail", "contact": "ik ben ziek"}, shop=False, today=NOON
    )


def test_only_what_has_a_premium_can_be_asked_for(session, network) -> None:
    round_ = a_premium_round(session)

    with pytest.raises(WrongAnswers):
        a_sign_up(session, round_, a_household(session, "Ada"), products=["travel"])
    with pytest.raises(WrongAnswers):
        a_sign_up(session, round_, a_shop(session))


def test_who_agrees_to_pay_agrees_to_a_text_of_its_own(session, network) -> None:
    round_, ada = a_premium_round(session), a_household(session, "Ada")
    answers = {"products": ["contents"], "channel": "mail", "contact": "a@b.nl", "language": "nl"}

    with pytest.raises(signups.ConsentReworded):
        signups.sign_up(
            session,
            round_.id,
            ada.id,
            answers,
            agreed={"recipient": "2026-1"},
            key="k" * 8,
            actor=ACTOR,
            now=NOON - DAY,
        )


def test_before_signing_up_everybody_sees_what_it_costs_with_all_taxes() -> None:
    assert {line.name: line.steps for line in ROOM.tariff()} == {
        "Contents of the home": ((1, 14_520), (2, 13_310)),
        "Travel": ((1, 4_894), (3, 4_839)),
        "Supplementary health insurance": ((1, 30_000),),
    }


# --- what closing decides


WISHES = st.dictionaries(
    st.integers(1, 99),
    st.lists(
        st.sampled_from(["contents", "travel", "health_supplement"]), unique=True, min_size=1
    ),
    min_size=1,
    max_size=12,
)


@given(WISHES)
def test_what_all_pay_is_what_is_ordered_to_the_cent(wishes) -> None:
    decision = decide(wishes)
    [order] = decision.orders

    assert sum(charge.cents for charge in decision.charges) == order.net_cents
    for kind, ordered in (
        (ChargeKind.PREMIUM, sum(line.net_cents for line in order.named)),
        (ChargeKind.TAX, sum(line.tax_cents for line in order.named)),
    ):
        assert sum(c.cents for c in decision.charges if c.kind == kind) == ordered
    assert sum(line.pieces for line in order.named) == sum(map(len, wishes.values()))


@given(WISHES)
def test_the_same_policy_costs_everybody_the_same(wishes) -> None:
    prices: dict[tuple[str, ChargeKind], set[int]] = {}
    for charge in decide(wishes).charges:
        prices.setdefault((charge.name, charge.kind), set()).add(charge.cents)
    assert all(len(each) == 1 for each in prices.values())


@given(WISHES, st.lists(st.sampled_from(["contents", "travel"]), unique=True, min_size=1))
def test_one_more_never_makes_it_dearer_for_anybody(wishes, products) -> None:
    before, after = decide(wishes), decide(wishes | {100: products})

    def owed(decision: Decision, who: int) -> int:
        return sum(c.cents for c in decision.charges if c.participant_id == who)

    assert all(owed(after, who) <= owed(before, who) for who in wishes)


@given(WISHES)
def test_the_order_of_answers_changes_nothing(wishes) -> None:
    assert decide(dict(reversed(wishes.items()))) == decide(wishes)


def test_no_charge_has_vat_and_none_is_for_the_network() -> None:
    charges = decide({1: ["contents", "health_supplement"]}).charges

    assert {charge.vat_bp for charge in charges} == {None}
    assert {charge.kind for charge in charges} == {ChargeKind.PREMIUM, ChargeKind.TAX}
    exempt = [charge.kind for charge in charges if charge.name.startswith("Supplementary")]
    assert exempt == [ChargeKind.PREMIUM]


# --- what follows


def test_the_books_say_the_same_and_the_round_comes_to_zero(session, ordered) -> None:
    assert settlement.reconcile(session, ordered).difference == 0
    [order] = list_orders(session, ordered.id)
    assert order.net_cents == 2 * 13_310 + 30_000
    assert ledger.balance(session, f"round:{ordered.id}") == 0
    assert ledger.balance(session, f"supplier:{order.supplier_id}") == -order.net_cents


def test_the_party_is_the_supplier_and_is_made_one_once(session, network) -> None:
    a_premium_round(session)
    second = a_premium_round(session)

    [party] = session.scalars(select(Supplier))
    assert (party.name, party.email) == (PARTY["recipient"], PARTY["recipient_contact"])
    assert [terms.supplier_id for terms in second.suppliers] == [party.id]


def test_each_gets_an_invoice_of_premium_and_nobody_a_receipt(session, ordered) -> None:
    papers = list_for_round(session, ordered.id)
    assert {p.kind for p in papers} == {PaperKind.INVOICE, PaperKind.ORDER_SHEET}

    ada = next(p for p in papers if p.snapshot.get("recipient", {}).get("name") == "Ada")

    assert ada.total_cents == 13_310 + 30_000
    assert (ada.snapshot["form"], ada.snapshot["vat"]) == ("premium_invoice", [])
    assert ada.snapshot["party"]["name"] == PARTY["recipient"]
    assert [(line["kind"], line["net"]) for line in ada.snapshot["lines"]] == [
        ("premium", 11_000),
        ("tax", 2_310),
        ("premium", 30_000),
    ]


def test_the_order_sheet_has_totals_by_product_and_nobody_s_name(session, ordered) -> None:
    [sheet] = [
        p.snapshot for p in list_for_round(session, ordered.id) if p.kind == PaperKind.ORDER_SHEET
    ]

    assert [(line["policies"], line["with_tax"]) for line in sheet["lines"]] == [
        (2, 26_620),
        (1, 30_000),
    ]
    assert set(sheet["lines"][0]) == set(sheet["columns"])
    for secret in ("Ada", "Ben", "1001", "1002", 'example.org"', "Teststraat"):
        assert secret not in json.dumps(sheet["lines"])


def test_who_they_are_stands_on_the_list_with_the_columns_that_are_allowed(
    session, ordered
) -> None:
    [issue] = referral.list_issues(session, ordered.id)
    record = referral.take_along(session, issue, actor=ACTOR, now=NOON)

    assert record["columns"] == ["Name", "Insurance", "Reach by", "Address or number", "Language"]
    assert [row[0]["text"] for row in record["rows"]] == ["Ada", "Ben"]


def test_after_thirty_days_the_answers_are_gone_and_the_invoice_stays(session, ordered) -> None:
    signups.forget_answers(session, ordered, now=NOON + 30 * DAY)

    assert signups.all_answers(session, ordered) == {}
    assert len(list_for_round(session, ordered.id)) == 3


def test_a_round_in_which_nobody_asks_for_anything_orders_nothing(session, network) -> None:
    round_ = a_premium_round(session)
    lifecycle.close(session, round_, actor=ACTOR, now=NOON)
    lifecycle.order(session, round_, actor=ACTOR, now=NOON)

    assert (round_.state, list_for_round(session, round_.id)) == (S.ORDERED, [])
    assert list_orders(session, round_.id) == []


def test_the_lines_of_an_order_are_final(session, ordered) -> None:
    for statement in (
        update(SupplierOrderNamedLine).values(pieces=9),
        delete(SupplierOrderNamedLine),
    ):
        with pytest.raises(DBAPIError, match="this row is final"):
            session.execute(statement.execution_options(synchronize_session=False))
        session.rollback()

"""What a network without a licence may never do with insurance: each ban is a test."""

import json
from dataclasses import fields
from datetime import date, timedelta

import pytest
from sqlalchemy import select

from purchasing import handover, lifecycle, planning, referral, signups
from purchasing.books.settlement import Charge
from purchasing.categories import CATEGORIES
from purchasing.category import Decision, Demand, SettlementMode
from purchasing.ordering import SupplierOrder
from purchasing.papers import Paper
from purchasing.questions import Asked, QuestionKind
from purchasing.rounds import RoundState as S
from tests.builders import (
    ACTOR,
    DAY,
    NOON,
    a_household,
    a_sign_up,
    an_interest_round,
)

ROOM = CATEGORIES["insurance"]
ALLOWED = {"products", "channel", "contact", "language"}
FORBIDDEN = (
    "birth",
    "bsn",
    "iban",
    "health condition",
    "income",
    "claim",
    "premium",
    "policy",
    "saving",
    "discount",
    "commission",
)


@pytest.fixture
def ordered(session, network):
    """A round in which Ada signed up, closed, with its receipt and its list."""
    round_ = an_interest_round(session, fee_cents=500)
    a_sign_up(session, round_, a_household(session, "Ada"), products=["contents"])
    lifecycle.close(session, round_, actor=ACTOR, now=NOON)
    lifecycle.order(session, round_, actor=ACTOR, now=NOON)
    session.flush()
    return round_


# --- what is asked


def test_only_interest_one_channel_and_a_language_are_asked() -> None:
    assert {question.key for question in ROOM.questions()} == ALLOWED


def test_no_question_and_no_option_touches_what_is_forbidden() -> None:
    words = " ".join(
        text.lower()
        for question in ROOM.questions()
        for text in (question.key, question.label, *(option.label for option in question.options))
    )
    assert [word for word in FORBIDDEN if word in words] == []


def test_basic_health_life_and_disability_are_not_offered() -> None:
    [products] = [q for q in ROOM.questions() if q.key == "products"]
    keys = {option.key for option in products.options}

    assert keys == {
        "contents",
        "building",
        "liability",
        "legal",
        "travel",
        "health_supplement",
        "business_liability",
        "inventory",
        "glass",
        "cyber",
        "broodfonds",
    }


@pytest.mark.parametrize("asked", [Asked.HOUSEHOLDS, Asked.SHOPS])
def test_each_kind_of_participant_is_offered_its_own_kinds(asked) -> None:
    [products] = [q for q in ROOM.questions() if q.key == "products"]

    assert {o.asked for o in products.options} == {Asked.HOUSEHOLDS, Asked.SHOPS, Asked.EVERYBODY}
    assert any(option.asked == asked for option in products.options)


@pytest.mark.parametrize(
    "text",
    [
        "Ik heb diabetes",
        "ada@example.org, ik ben ziek",
        "0612345678 na 17.00 uur, ben invalide",
        "NL91ABNA0417164300",
        "06",
        "1970-01-01",
        "https://example.org",
    ],
)
@pytest.mark.parametrize("channel", ["mail", "phone"])
def test_the_only_text_is_an_address_or_a_number(text, channel) -> None:
    assert ROOM.check_answers(
        {"channel": channel, "contact": text}, shop=False, today=date(2026, 3, 1)
    )


@pytest.mark.parametrize(
    ("channel", "text"),
    [("mail", "ada@example.org"), ("phone", "06 12345678"), ("phone", "+31 (0)23-5678901")],
)
def test_an_address_or_a_number_is_taken(channel, text) -> None:
    assert not ROOM.check_answers(
        {"channel": channel, "contact": text}, shop=False, today=date(2026, 3, 1)
    )


def test_every_other_question_is_answered_by_choosing() -> None:
    texts = {q.key for q in ROOM.questions() if q.kind == QuestionKind.TEXT}
    assert texts == {"contact"}


# --- who may run it


def test_referral_is_the_usual_mode_and_the_other_one_needs_a_licence() -> None:
    """tests/purchasing/insurance/test_licensed.py is about the other one."""
    assert ROOM.settlement_modes == (SettlementMode.REFERRAL, SettlementMode.LICENSED)


@pytest.mark.parametrize("mode", [m for m in SettlementMode if m != SettlementMode.REFERRAL])
def test_without_a_licence_on_record_it_cannot_be_published_in_another_mode(
    session, network, mode
) -> None:
    round_ = an_interest_round(session, state=S.PLANNED, settlement_mode=mode)

    with pytest.raises(planning.WrongMode):
        lifecycle.publish(session, round_, actor=ACTOR, now=NOON - 8 * DAY)


@pytest.mark.parametrize(
    "lacks",
    [
        {"afm_number": ""},
        {"afm_number": "1200000"},
        {"afm_number": "120000000"},
        {"afm_number": "１２００００００"},
        {"afm_number": "12 000000"},
        {"recipient": ""},
        {"recipient_contact": ""},
        {"remuneration": ""},
        {"consent_version": "0"},
    ],
)
def test_it_cannot_be_published_without_a_licensed_party(session, network, lacks) -> None:
    round_ = an_interest_round(session, state=S.PLANNED, particulars=lacks)

    with pytest.raises(planning.ParticularsMissing):
        lifecycle.publish(session, round_, actor=ACTOR, now=NOON - 8 * DAY)

    assert round_.published_at is None


def test_everybody_reads_that_this_is_no_offer_no_advice_and_no_insurance() -> None:
    for word in ("not an offer", "no advice", "no insurance"):
        assert word in ROOM.notice


def test_the_network_has_no_field_for_a_commission() -> None:
    assert {question.key for question in ROOM.particulars()} == {
        "recipient",
        "afm_number",
        "recipient_contact",
        "remuneration",
        "consent_version",
    }


# --- what closing decides


def test_nothing_is_ordered_charged_or_compared(session, ordered) -> None:
    decision = ROOM.decide(Demand((), (), (), answers={7: {"products": ["travel"]}}))
    decided = {f.name for f in fields(Decision) if getattr(decision, f.name)}

    assert decided == {"receipts", "headcounts"}
    assert session.scalars(select(SupplierOrder)).all() == []
    assert session.scalars(select(Charge)).all() == []


def test_receipts_go_in_no_order_but_that_of_participants() -> None:
    answers = {9: {"products": ["travel"]}, 3: {"products": ["glass"]}}

    assert ROOM.decide(Demand((), (), (), answers=answers)).receipts == (3, 9)


def test_a_receipt_has_no_amounts_and_says_that_nobody_is_insured(session, ordered) -> None:
    [paper] = session.scalars(select(Paper)).all()
    text = json.dumps(paper.snapshot, ensure_ascii=False)

    assert paper.total_cents == 0
    assert not {"total", "lines", "vat", "payment"} & set(paper.snapshot)
    assert "€" not in text
    assert "This does not insure you." in text


def test_a_receipt_does_not_keep_how_somebody_can_be_reached(session, ordered) -> None:
    [paper] = session.scalars(select(Paper)).all()

    assert f"{paper.snapshot['recipient']['number']}@example.org" not in json.dumps(paper.snapshot)
    assert {answer["label"] for answer in paper.snapshot["answers"]} == {
        "Interest",
        "Reach by",
        "Language",
    }


# --- the list


def test_the_list_has_only_the_columns_that_are_allowed(session, ordered) -> None:
    [issue] = referral.list_issues(session, ordered.id)
    record = referral.take_along(session, issue, actor=ACTOR, now=NOON)

    assert set(ROOM.sheet_columns()) - {"participant"} <= ALLOWED
    assert record["columns"] == ["Name", "Interest", "Reach by", "Address or number", "Language"]
    assert {len(row) for row in record["rows"]} == {5}


@pytest.mark.parametrize("state", [S.PLANNED, S.OPEN, S.CLOSED])
def test_there_is_no_list_before_the_round_has_closed(session, network, state) -> None:
    round_ = an_interest_round(session, state=state)

    with pytest.raises(referral.NoListYet):
        referral.issue_list(session, round_, actor=ACTOR, now=NOON)


def test_an_issue_of_the_list_is_taken_along_once_and_that_is_written_down(
    session, ordered
) -> None:
    [issue] = referral.list_issues(session, ordered.id)
    referral.take_along(session, issue, actor="Nora", now=NOON + DAY)

    with pytest.raises(handover.ListTaken):
        referral.take_along(session, issue, actor="Omar", now=NOON + 2 * DAY)

    assert (issue.taken_by, issue.taken_at, issue.people) == ("Nora", NOON + DAY, 1)


def test_there_is_one_issue_at_a_time(session, ordered) -> None:
    with pytest.raises(handover.ListNotTaken):
        referral.issue_list(session, ordered, actor=ACTOR, now=NOON)


def test_only_who_consents_is_on_the_list(session, network) -> None:
    round_ = an_interest_round(session)
    ada, ben = a_household(session, "Ada"), a_household(session, "Ben")
    a_sign_up(session, round_, ada)
    a_sign_up(session, round_, ben)
    signups.withdraw(
        session, round_.id, ben.id, key="w" * 8, actor=ACTOR, now=NOON - timedelta(hours=1)
    )
    lifecycle.close(session, round_, actor=ACTOR, now=NOON)
    lifecycle.order(session, round_, actor=ACTOR, now=NOON)

    [issue] = referral.list_issues(session, round_.id)
    record = referral.take_along(session, issue, actor=ACTOR, now=NOON)

    assert [row[0]["text"] for row in record["rows"]] == ["Ada"]


def test_after_thirty_days_there_is_nothing_left_to_list(session, ordered) -> None:
    assert {question.keep_days for question in ROOM.questions()} == {30}
    signups.forget_answers(session, ordered, now=NOON + 30 * DAY)
    [issue] = referral.list_issues(session, ordered.id)

    with pytest.raises(handover.NobodyOnTheList):
        referral.take_along(session, issue, actor=ACTOR, now=NOON + 30 * DAY)


def test_the_list_itself_keeps_no_name(session, ordered) -> None:
    columns = set(referral.ReferralList.__table__.columns.keys())

    assert columns == {
        "id",
        "round_id",
        "number",
        "issued_at",
        "issued_by",
        "taken_at",
        "taken_by",
        "people",
    }

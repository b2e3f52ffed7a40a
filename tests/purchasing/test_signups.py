"""Taking part by answering questions: the deadline and keys of ordering, and no traces left."""

from datetime import timedelta

import pytest
from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.exc import DBAPIError

from purchasing import clock, demand, errands, lifecycle, referral, signups
from purchasing.answering import FormReused
from purchasing.commitments import NotOpenYet, NotSavedInTime, RoundCancelled, TooLate
from purchasing.papers import Paper, PaperKind
from purchasing.questions import WrongAnswers
from purchasing.rounds import RoundState as S
from purchasing.signups import Consent, CountedHeads, GivenAnswer
from tests.builders import (
    ACTOR,
    DAY,
    NOON,
    a_household,
    a_product,
    a_round,
    a_shop,
    a_sign_up,
    a_supplier,
    an_interest_round,
)

SECOND = timedelta(seconds=1)


@pytest.fixture
def ada(session, network):
    return a_household(session, "Ada")


def close_and_order(session, round_) -> None:
    lifecycle.close(session, round_, actor=ACTOR, now=NOON)
    lifecycle.order(session, round_, actor=ACTOR, now=NOON)
    session.flush()


def withdraw(session, round_, participant, *, key="w", at=NOON - SECOND):
    return signups.withdraw(session, round_.id, participant.id, key=key, actor=ACTOR, now=at)


def tick(session, now) -> list[str]:
    names = []
    for duty in clock.due(session, now=now, grace=timedelta(0)):
        duty.lock()
        duty.run(now)
        names.append(duty.name)
    return names


# --- signing up


def test_a_sign_up_counts_at_once(session, ada) -> None:
    round_ = an_interest_round(session)

    a_sign_up(session, round_, ada)

    assert signups.is_signed_up(session, round_.id, ada.id)
    assert signups.all_answers(session, round_)[ada.id]["products"] == ["contents"]


def test_the_last_moment_is_in_and_the_next_is_not(session, ada) -> None:
    round_ = an_interest_round(session)
    a_sign_up(session, round_, ada, at=NOON - timedelta(microseconds=1))

    with pytest.raises(TooLate):
        a_sign_up(session, round_, ada, at=NOON, products=["travel"])

    assert signups.answers_of(session, round_.id, ada.id)["products"] == ["contents"]


def test_nobody_signs_up_to_a_round_that_is_not_open(session, ada) -> None:
    planned = an_interest_round(session, state=S.PLANNED)
    closed = an_interest_round(session, state=S.CLOSED)
    cancelled = an_interest_round(session)
    lifecycle.cancel(session, cancelled, reason="no", actor=ACTOR, now=NOON - DAY)

    for round_, refusal in (
        (planned, NotOpenYet),
        (closed, NotSavedInTime),
        (cancelled, RoundCancelled),
    ):
        with pytest.raises(refusal):
            a_sign_up(session, round_, ada)


def test_a_replay_gets_the_first_answer_also_after_closing(session, ada) -> None:
    round_ = an_interest_round(session)
    a_sign_up(session, round_, ada, key="k")
    version = demand.find_commitment(session, round_.id, ada.id).version
    close_and_order(session, round_)

    a_sign_up(session, round_, ada, key="k", at=NOON + DAY)

    assert demand.find_commitment(session, round_.id, ada.id).version == version


def test_a_key_belongs_to_one_set_of_answers(session, ada) -> None:
    round_ = an_interest_round(session)
    a_sign_up(session, round_, ada, key="k")

    with pytest.raises(FormReused):
        a_sign_up(session, round_, ada, key="k", products=["travel"])


def test_signing_up_again_replaces_all_answers_and_keeps_the_consent(session, ada) -> None:
    round_ = an_interest_round(session)
    a_sign_up(session, round_, ada)
    a_sign_up(session, round_, ada, at=NOON - SECOND, products=["travel"], language="tr")

    answers = signups.answers_of(session, round_.id, ada.id)
    consents = signups.consents_of(session, round_.id, ada.id)

    assert (answers["products"], answers["language"]) == (["travel"], "tr")
    assert [consent.given_at for consent in consents] == [NOON - DAY]


@pytest.mark.parametrize(
    ("agreed", "refusal"),
    [({}, signups.ConsentMissing), ({"recipient": "2025-9"}, signups.ConsentReworded)],
)
def test_without_consent_to_this_very_text_nothing_is_kept(session, ada, agreed, refusal) -> None:
    round_ = an_interest_round(session)
    answers = {"products": ["travel"], "channel": "phone", "contact": "06 12345678"}

    with pytest.raises(refusal):
        signups.sign_up(
            session,
            round_.id,
            ada.id,
            answers | {"language": "nl"},
            agreed=agreed,
            key="k",
            actor=ACTOR,
            now=NOON - DAY,
        )

    assert session.scalar(select(func.count(GivenAnswer.id))) == 0


def test_consent_says_to_whom_to_which_text_and_when(session, ada) -> None:
    round_ = an_interest_round(session)
    a_sign_up(session, round_, ada)

    [consent] = signups.consents_of(session, round_.id, ada.id)

    assert consent.recipient == "Proefadvies B.V."
    assert (consent.text_version, consent.given_at) == ("2026-1", NOON - DAY)


def test_nobody_signs_up_where_articles_are_chosen(session, ada) -> None:
    round_ = a_round(session, a_product(session, a_supplier(session)))

    with pytest.raises(signups.NotForSignUp):
        a_sign_up(session, round_, ada)


def test_a_sign_up_is_told_by_mail_once_for_each_change(session, ada) -> None:
    round_ = an_interest_round(session)
    a_sign_up(session, round_, ada)
    withdraw(session, round_, ada)

    kinds = [errand.kind for errand in errands.list_for_round(session, round_.id)]

    assert kinds == [errands.Kind.MAIL_SIGNED_UP] * 2


# --- withdrawing


def test_who_withdraws_leaves_no_answer_and_no_consent(session, ada) -> None:
    round_ = an_interest_round(session)
    a_sign_up(session, round_, ada)

    withdraw(session, round_, ada)

    assert not signups.is_signed_up(session, round_.id, ada.id)
    assert signups.answers_of(session, round_.id, ada.id) == {}
    assert [c.withdrawn_at for c in signups.consents_of(session, round_.id, ada.id)] == [
        NOON - SECOND
    ]


def test_withdrawing_has_the_same_deadline_and_is_answered_once(session, ada) -> None:
    round_ = an_interest_round(session)
    a_sign_up(session, round_, ada)

    with pytest.raises(TooLate):
        withdraw(session, round_, ada, at=NOON)
    first = withdraw(session, round_, ada, key="w2")

    assert withdraw(session, round_, ada, key="w2", at=NOON + DAY) == first


def test_who_does_not_take_part_cannot_withdraw(session, ada) -> None:
    round_ = an_interest_round(session)

    with pytest.raises(signups.NotSignedUp):
        withdraw(session, round_, ada)


def test_who_withdrew_and_comes_back_consents_anew(session, ada) -> None:
    round_ = an_interest_round(session)
    a_sign_up(session, round_, ada)
    withdraw(session, round_, ada, at=NOON - 2 * SECOND)
    a_sign_up(session, round_, ada, at=NOON - SECOND)

    consents = signups.consents_of(session, round_.id, ada.id)

    assert [c.withdrawn_at for c in consents] == [NOON - 2 * SECOND, None]
    assert ada.id in signups.all_answers(session, round_)


def test_who_withdraws_consent_after_closing_is_on_no_list(session, ada) -> None:
    round_ = an_interest_round(session)
    ben = a_household(session, "Ben")
    a_sign_up(session, round_, ada)
    a_sign_up(session, round_, ben)
    close_and_order(session, round_)

    signups.withdraw_consent(session, round_.id, ada.id, now=NOON + DAY)
    [issue] = referral.list_issues(session, round_.id)
    record = referral.take_along(session, issue, actor=ACTOR, now=NOON + DAY)

    assert [row[0]["text"] for row in record["rows"]] == ["Ben"]
    assert signups.answers_of(session, round_.id, ada.id) == {}


def test_while_a_round_is_open_one_withdraws_from_it_instead(session, ada) -> None:
    round_ = an_interest_round(session)
    a_sign_up(session, round_, ada)

    with pytest.raises(signups.StillOpen):
        signups.withdraw_consent(session, round_.id, ada.id, now=NOON - DAY)


# --- closing, by the clock


def test_the_clock_closes_orders_and_later_forgets(session, ada) -> None:
    round_ = an_interest_round(session)
    a_sign_up(session, round_, ada)
    session.commit()

    assert tick(session, NOON) == [f"close round {round_.id}"]
    assert tick(session, NOON) == [f"order round {round_.id}"]
    assert (round_.state, round_.ended_at) == (S.ORDERED, NOON)
    assert tick(session, NOON + 30 * DAY - SECOND) == []
    assert tick(session, NOON + 30 * DAY) == [f"forget answers of round {round_.id}"]
    assert session.scalar(select(func.count(GivenAnswer.id))) == 0
    assert tick(session, NOON + 31 * DAY) == []


def test_answers_of_a_cancelled_round_are_forgotten_too(session, ada) -> None:
    round_ = an_interest_round(session)
    a_sign_up(session, round_, ada)
    lifecycle.cancel(session, round_, reason="no party", actor=ACTOR, now=NOON - SECOND)
    session.flush()

    assert signups.rounds_to_forget(session, now=NOON + 29 * DAY) == []
    assert signups.rounds_to_forget(session, now=NOON + 30 * DAY) == [round_.id]


def test_the_proof_of_consent_outlives_the_answers(session, ada) -> None:
    round_ = an_interest_round(session)
    a_sign_up(session, round_, ada)
    close_and_order(session, round_)

    signups.forget_answers(session, round_, now=NOON + 30 * DAY)

    assert len(signups.consents_of(session, round_.id, ada.id)) == 1


def test_everybody_who_signed_up_gets_a_numbered_receipt(session, ada) -> None:
    round_ = an_interest_round(session)
    a_sign_up(session, round_, ada)
    a_sign_up(session, round_, a_shop(session, "Bakker"))
    close_and_order(session, round_)

    papers = session.scalars(select(Paper).order_by(Paper.number)).all()

    assert [paper.number for paper in papers] == ["O-2026-0001", "O-2026-0002"]
    assert {paper.kind for paper in papers} == {PaperKind.RECEIPT}
    assert {paper.total_cents for paper in papers} == {0}


def test_a_round_in_which_nobody_takes_part_ends_without_papers_and_list(session, ada) -> None:
    round_ = an_interest_round(session, state=S.ORDERED)

    assert session.scalar(select(func.count(Paper.id))) == 0
    assert referral.list_issues(session, round_.id) == []


def test_who_has_a_receipt_is_told_nothing_else(session, ada) -> None:
    round_ = an_interest_round(session)
    a_sign_up(session, round_, ada)
    close_and_order(session, round_)

    kinds = {errand.kind for errand in errands.list_for_round(session, round_.id)}

    assert kinds == {errands.Kind.MAIL_SIGNED_UP, errands.Kind.RENDER}


def test_heads_are_written_down_and_outlive_the_answers(session, ada) -> None:
    round_ = an_interest_round(session)
    for number in range(11):
        kinds = ["contents", "travel"] if number else ["contents"]
        a_sign_up(session, round_, a_household(session, f"H{number}"), products=kinds)
    a_sign_up(session, round_, ada, products=["legal"])
    close_and_order(session, round_)
    signups.forget_answers(session, round_, now=NOON + 30 * DAY)

    heads = {head.option: head.people for head in signups.list_heads(session, round_.id)}

    assert (heads["contents"], heads["travel"], heads["legal"]) == (11, 10, None)


# --- what a form may not slip in


@pytest.mark.parametrize(
    ("answers", "key"),
    [
        ({"premium": "20"}, "premium"),
        ({"products": []}, "products"),
        ({"products": ["glass"]}, "products"),  # that is for shops
        ({"products": ["health_basic"]}, "products"),
        ({"channel": "visit"}, "channel"),
        ({"contact": "Ik heb suiker, bel me: 06 12345678"}, "contact"),
        ({"contact": ""}, "contact"),
        ({"language": "xx"}, "language"),
    ],
)
def test_a_wrong_answer_is_named_and_nothing_is_kept(session, ada, answers, key) -> None:
    round_ = an_interest_round(session)

    with pytest.raises(WrongAnswers) as refusal:
        a_sign_up(session, round_, ada, **answers)

    assert key in refusal.value.problems
    assert session.scalar(select(func.count(GivenAnswer.id))) == 0


# --- the guards in the database


def test_answers_come_only_while_the_round_is_open_and_may_always_go(session, ada) -> None:
    round_ = an_interest_round(session)
    a_sign_up(session, round_, ada)
    close_and_order(session, round_)
    session.commit()
    late = insert(GivenAnswer).values(
        round_id=round_.id, participant_id=ada.id, question="more", answer="x"
    )

    for statement in (late, update(GivenAnswer).values(question="other")):
        with pytest.raises(DBAPIError, match="the round is not open"):
            session.execute(statement.execution_options(synchronize_session=False))
        session.rollback()
    session.execute(delete(GivenAnswer))


def test_a_consent_is_never_reworded_given_late_or_deleted(session, ada) -> None:
    round_ = an_interest_round(session)
    a_sign_up(session, round_, ada)
    close_and_order(session, round_)
    signups.withdraw_consent(session, round_.id, ada.id, now=NOON)
    session.commit()
    late = insert(Consent).values(
        round_id=round_.id,
        participant_id=ada.id,
        recipient="x",
        text_version="1",
        given_at=NOON,
        given_by="",
    )

    for statement in (
        late,
        update(Consent).values(withdrawn_at=None),
        update(Consent).values(text_version="2"),
        delete(Consent),
    ):
        with pytest.raises(DBAPIError, match=r"a consent|the round is not open"):
            session.execute(statement.execution_options(synchronize_session=False))
        session.rollback()


def test_counted_heads_are_final(session, ada) -> None:
    round_ = an_interest_round(session)
    a_sign_up(session, round_, ada)
    close_and_order(session, round_)
    session.commit()

    for statement in (update(CountedHeads).values(people=12), delete(CountedHeads)):
        with pytest.raises(DBAPIError, match="this row is final"):
            session.execute(statement.execution_options(synchronize_session=False))
        session.rollback()

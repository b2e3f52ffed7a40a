"""Taking part by answering a room's questions: sign up, change it, withdraw it.

The deadline, the keys and the words for a state are those of ordering (`demand`). Answers stand in
rows of their own, one for each question, so that each can be deleted when its room says so; they
are kept only with consent, which is remembered for each recipient with the text that was read.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import JSON, ForeignKey, Index, String, UniqueConstraint, delete, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from purchasing import errands, questions
from purchasing.answering import answer_once, fingerprint, first_answer
from purchasing.base import Base
from purchasing.categories import CATEGORIES
from purchasing.category import Answer, ConsentText, Headcount
from purchasing.commitments import Commitment, find_commitment, hold_open, touch
from purchasing.errors import N_, Refused
from purchasing.people import Participant, the_network
from purchasing.questions import WrongAnswers
from purchasing.rounds import Round, RoundState


class NotForSignUp(Refused):
    message = N_("In this round you choose articles.")


class ConsentMissing(Refused):
    message = N_("We may only pass on your answers if you agree to it.")


class ConsentReworded(Refused):
    message = N_("The text you agreed to has changed. Read it again.")


class NotSignedUp(Refused):
    message = N_("You do not take part in this round.")


class StillOpen(Refused):
    message = N_("This round is still open: withdraw from it instead.")


class GivenAnswer(Base):
    """What one participant answered to one question of a round."""

    __tablename__ = "given_answer"
    __table_args__ = (
        UniqueConstraint("round_id", "participant_id", "question", name="uq_given_answer_once"),
    )

    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"))
    participant_id: Mapped[int] = mapped_column(ForeignKey("participant.id"), index=True)
    question: Mapped[str] = mapped_column(String(40))
    answer: Mapped[Answer] = mapped_column(JSON)


class Consent(Base):
    """That a participant agreed, to whom, to which text, and until when; the proof is kept."""

    __tablename__ = "consent"
    __table_args__ = (Index("ix_consent_round_participant", "round_id", "participant_id"),)

    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"))
    participant_id: Mapped[int] = mapped_column(ForeignKey("participant.id"), index=True)
    recipient: Mapped[str] = mapped_column(String(160))
    text_version: Mapped[str] = mapped_column(String(20))
    given_at: Mapped[datetime]
    given_by: Mapped[str] = mapped_column(String(120), default="")
    withdrawn_at: Mapped[datetime | None]


class CountedHeads(Base):
    """How many chose an option when the round closed; None is fewer than ten."""

    __tablename__ = "counted_heads"
    __table_args__ = (
        UniqueConstraint("round_id", "question", "option", name="uq_counted_heads_once"),
    )

    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"))
    question: Mapped[str] = mapped_column(String(40))
    option: Mapped[str] = mapped_column(String(40))
    people: Mapped[int | None]


def sign_up(
    session: Session,
    round_id: int,
    participant_id: int,
    answers: Mapping[str, object],
    *,
    agreed: Mapping[str, str],
    key: str,
    actor: str,
    now: datetime,
) -> dict[str, Any]:
    """Take part, or change one's answers; it counts at once. Tells the participant by mail.

    `agreed` holds the version of each consent's text that was ticked, by the consent's key.
    Returns {"version": n}. Raises NotOpenYet, TooLate, NotSavedInTime, RoundCancelled,
    NotForSignUp, WrongAnswers, ConsentMissing, ConsentReworded, FormReused.
    """
    told = sorted((name, str(value)) for name, value in answers.items())
    print_ = fingerprint("sign_up", round_id, participant_id, told, sorted(agreed.items()))
    if (first := first_answer(session, key, print_)) is not None:
        return first
    hold_open(session, round_id, now=now)
    round_ = session.get_one(Round, round_id)
    participant = session.get_one(Participant, participant_id)
    checked = _check(session, round_, answers, shop=participant.is_shop, now=now)
    consents = _check_consents(round_, agreed)
    commitment_id, version = touch(session, round_id, participant_id, actor=actor, now=now)
    _replace_answers(session, round_id, participant_id, checked)
    _agree(session, round_id, participant_id, consents, actor=actor, now=now)
    _let_it_count(session, commitment_id, now)
    _tell(session, round_id, commitment_id, version, now=now)
    return answer_once(session, key, print_, {"version": version}, now=now)


def withdraw(
    session: Session,
    round_id: int,
    participant_id: int,
    *,
    key: str,
    actor: str,
    now: datetime,
) -> dict[str, Any]:
    """Take no part after all, while the round is open: answers are deleted, consents end."""
    print_ = fingerprint("withdraw_sign_up", round_id, participant_id)
    if (first := first_answer(session, key, print_)) is not None:
        return first
    hold_open(session, round_id, now=now)
    if not is_signed_up(session, round_id, participant_id):
        raise NotSignedUp
    commitment_id, version = touch(session, round_id, participant_id, actor=actor, now=now)
    _forget(session, round_id, participant_id, now=now)
    _let_it_count(session, commitment_id, None)
    _tell(session, round_id, commitment_id, version, now=now)
    return answer_once(session, key, print_, {"version": version}, now=now)


def withdraw_consent(
    session: Session, round_id: int, participant_id: int, *, now: datetime
) -> None:
    """Leave the list after the round has closed: answers are deleted, consents end.

    Who has taken the list along before has it still; that one may do this twice harms nobody.
    """
    round_ = session.get_one(Round, round_id, with_for_update=True)
    if round_.state in (RoundState.PLANNED, RoundState.OPEN):
        raise StillOpen
    if find_commitment(session, round_id, participant_id) is None:
        raise NotSignedUp
    _forget(session, round_id, participant_id, now=now)


def is_signed_up(session: Session, round_id: int, participant_id: int) -> bool:
    commitment = find_commitment(session, round_id, participant_id)
    return commitment is not None and commitment.ordered_at is not None


def answers_of(session: Session, round_id: int, participant_id: int) -> dict[str, Answer]:
    """What a participant answered, by question; empty once it has been deleted."""
    rows = session.execute(
        select(GivenAnswer.question, GivenAnswer.answer).where(
            GivenAnswer.round_id == round_id, GivenAnswer.participant_id == participant_id
        )
    )
    return {question: answer for question, answer in rows}


def all_answers(session: Session, round_: Round) -> dict[int, dict[str, Answer]]:
    """The answers of all who take part and still agree, by participant; two queries."""
    found: dict[int, dict[str, Answer]] = {who: {} for who in _who_agree(session, round_)}
    rows = session.execute(
        select(GivenAnswer.participant_id, GivenAnswer.question, GivenAnswer.answer)
        .where(GivenAnswer.round_id == round_.id)
        .order_by(GivenAnswer.id)
    )
    for who, question, answer in rows:
        if who in found:
            found[who][question] = answer
    return {who: answers for who, answers in found.items() if answers}


def consents_of(session: Session, round_id: int, participant_id: int) -> list[Consent]:
    """All that were ever given, the oldest first; those that stand are not withdrawn."""
    query = select(Consent).where(
        Consent.round_id == round_id, Consent.participant_id == participant_id
    )
    return list(session.scalars(query.order_by(Consent.id)))


def record_heads(session: Session, round_: Round, counted: Iterable[Headcount]) -> None:
    """Write down how many chose what; it outlives the answers."""
    session.add_all(CountedHeads(round_id=round_.id, **vars(one)) for one in counted)


def list_heads(session: Session, round_id: int) -> list[Headcount]:
    query = select(CountedHeads).where(CountedHeads.round_id == round_id)
    rows = session.scalars(query.order_by(CountedHeads.id))
    return [Headcount(row.question, row.option, row.people) for row in rows]


def rounds_to_forget(session: Session, *, now: datetime) -> list[int]:
    """Rounds that hold answers which their category keeps no longer."""
    found: set[int] = set()
    for category in CATEGORIES.values():
        for days in sorted({question.keep_days for question in category.questions()}):
            keys = [q.key for q in category.questions() if q.keep_days == days]
            held = select(GivenAnswer.id).where(
                GivenAnswer.round_id == Round.id, GivenAnswer.question.in_(keys)
            )
            over = [Round.category_key == category.key, Round.ended_at <= now - timedelta(days)]
            found.update(session.scalars(select(Round.id).where(*over, held.exists())))
    return sorted(found)


def forget_answers(session: Session, round_: Round, *, now: datetime) -> None:
    """Delete the answers whose days are over, counted from the end of the round."""
    if round_.ended_at is None:
        return
    kept = (now - round_.ended_at).days
    over = [q.key for q in round_.category.questions() if q.keep_days <= kept]
    session.execute(
        delete(GivenAnswer)
        .where(GivenAnswer.round_id == round_.id, GivenAnswer.question.in_(over))
        .execution_options(synchronize_session=False)
    )


def _check(
    session: Session, round_: Round, raw: Mapping[str, object], *, shop: bool, now: datetime
) -> dict[str, Answer]:
    category, today = round_.category, now.astimezone(ZoneInfo(the_network(session).timezone))
    if category.sells_articles:
        raise NotForSignUp
    answers = questions.read(questions.for_whom(category.questions(), shop=shop), raw)
    if problems := category.check_answers(answers, shop=shop, today=today.date()):
        raise WrongAnswers(problems)
    return answers


def _check_consents(round_: Round, agreed: Mapping[str, str]) -> tuple[ConsentText, ...]:
    consents = round_.category.consents(round_.particulars)
    for consent in consents:
        if consent.key not in agreed:
            raise ConsentMissing
        if agreed[consent.key] != consent.version:
            raise ConsentReworded
    return consents


def _who_agree(session: Session, round_: Round) -> list[int]:
    """Who takes part and agrees to every recipient that the round has."""
    asked = round_.category.consents(round_.particulars)
    query = select(Commitment.participant_id).where(
        Commitment.round_id == round_.id, Commitment.ordered_at.is_not(None)
    )
    for consent in asked:
        agreed = select(Consent.id).where(
            Consent.round_id == Commitment.round_id,
            Consent.participant_id == Commitment.participant_id,
            Consent.recipient == consent.recipient,
            Consent.text_version == consent.version,
            Consent.withdrawn_at.is_(None),
        )
        query = query.where(agreed.exists())
    return list(session.scalars(query.order_by(Commitment.id)))


def _replace_answers(
    session: Session, round_id: int, participant_id: int, answers: Mapping[str, Answer]
) -> None:
    _delete_answers(session, round_id, participant_id)
    session.add_all(
        GivenAnswer(
            round_id=round_id, participant_id=participant_id, question=question, answer=answer
        )
        for question, answer in answers.items()
    )
    session.flush()


def _delete_answers(session: Session, round_id: int, participant_id: int) -> None:
    session.execute(
        delete(GivenAnswer)
        .where(GivenAnswer.round_id == round_id, GivenAnswer.participant_id == participant_id)
        .execution_options(synchronize_session="fetch")
    )


def _agree(
    session: Session,
    round_id: int,
    participant_id: int,
    consents: tuple[ConsentText, ...],
    *,
    actor: str,
    now: datetime,
) -> None:
    """A consent that stands keeps its moment."""
    standing = {
        (consent.recipient, consent.text_version)
        for consent in consents_of(session, round_id, participant_id)
        if consent.withdrawn_at is None
    }
    session.add_all(
        Consent(
            round_id=round_id,
            participant_id=participant_id,
            recipient=consent.recipient,
            text_version=consent.version,
            given_at=now,
            given_by=actor,
        )
        for consent in consents
        if (consent.recipient, consent.version) not in standing
    )
    session.flush()


def _forget(session: Session, round_id: int, participant_id: int, *, now: datetime) -> None:
    _delete_answers(session, round_id, participant_id)
    for consent in consents_of(session, round_id, participant_id):
        consent.withdrawn_at = consent.withdrawn_at or now
    session.flush()


def _let_it_count(session: Session, commitment_id: int, at: datetime | None) -> None:
    session.execute(update(Commitment).where(Commitment.id == commitment_id).values(ordered_at=at))


def _tell(
    session: Session, round_id: int, commitment_id: int, version: int, *, now: datetime
) -> None:
    ref = f"{commitment_id}:{version}"
    errands.ask(session, errands.Kind.MAIL_SIGNED_UP, ref, round_id=round_id, now=now)

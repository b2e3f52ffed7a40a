"""What the law gives everybody: to see how long we keep what, and to have it erased.

Erased at once: answers, who somebody is, where they live, how to reach them, whom they act for.
An order in an open round is withdrawn first; one that is being handled must come to its end.
Kept, for the law says so: papers that were issued and what was booked, seven years; what was
ordered and who agreed to what stay as facts about a number, without a name.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, or_, select, update
from sqlalchemy.orm import Session

from purchasing import demand, findings, people, signups, surveys
from purchasing.books import collecting, knowing
from purchasing.books.settlement import Charge
from purchasing.category import Answer, Question
from purchasing.commitments import Commitment
from purchasing.deliveries import photos
from purchasing.errands import Errand, ErrandState, Kind
from purchasing.errors import N_, Refused
from purchasing.papers import Paper
from purchasing.people import Participant, Person
from purchasing.rounds import Round, RoundState
from purchasing.signups import Consent, GivenAnswer
from purchasing.surveys import SurveyOffer
from purchasing.tenders import offer_retention
from purchasing.tenders.offers import Offer

NAMELESS = "–"
OF_A_COMMITMENT = (Kind.MAIL_ORDER_PLACED, Kind.MAIL_SIGNED_UP)  # commitment id : version
# what : commitment id
ABOUT_A_COMMITMENT = (Kind.MAIL_NEWS, Kind.MAIL_REMINDER, Kind.MAIL_MESSAGE, Kind.MAIL_CHANGE)
OF_A_PAPER = (Kind.RENDER, Kind.MAIL_PAPER)
_NAMES_BESIDE_A_NUMBER = (
    Commitment.changed_by,
    Consent.given_by,
    Offer.decided_by,
    SurveyOffer.decided_by,
)
UNDER_WAY = (ErrandState.WAITING, ErrandState.LEASED)


class StillHandled(Refused):
    message = N_(
        "An order in “%(title)s” is being handled. The data can be erased when that round has "
        "come to its end."
    )


class StillPrinted(Refused):
    message = N_("A paper is being made at this moment. Try again in a few minutes.")


class ErasedAlready(Refused):
    message = N_("This has been erased before.")


@dataclass(frozen=True)
class HeldAnswer:
    """An answer that is there. It goes at `until`; None while its round has not ended."""

    question: Question
    answer: Answer
    until: datetime | None


@dataclass(frozen=True)
class HeldAnswers:
    """What one participant answered in one round, in the order of the questions."""

    round: Round
    participant: Participant
    answers: tuple[HeldAnswer, ...]


@dataclass(frozen=True)
class Erased:
    """Who is no longer known, by id, and the addresses at which nobody signs in any more."""

    participants: tuple[int, ...]
    persons: tuple[int, ...]
    addresses: tuple[str, ...]


def held_answers(session: Session, participant_ids: Iterable[int]) -> list[HeldAnswers]:
    """The answers that are held of these participants, the newest round first."""
    rows = session.execute(
        select(GivenAnswer, Round, Participant)
        .join(Round, Round.id == GivenAnswer.round_id)
        .join(Participant, Participant.id == GivenAnswer.participant_id)
        .where(GivenAnswer.participant_id.in_(list(participant_ids)))
        .order_by(Round.closes_at.desc(), Round.id, Participant.id)
    )
    found: dict[tuple[int, int], tuple[Round, Participant, dict[str, Answer]]] = {}
    for given, round_, participant in rows:
        key = (round_.id, participant.id)
        found.setdefault(key, (round_, participant, {}))[2][given.question] = given.answer
    return [_held(*one) for one in found.values()]


def acts_alone_for(person: Person) -> list[Participant]:
    """The households and shops for which nobody else acts: they are erased with the person."""
    return [
        one for one in person.participants if {m.person_id for m in one.memberships} == {person.id}
    ]


def erase_person(session: Session, person: Person, *, actor: str, now: datetime) -> Erased:
    """Erase who signs in, and each household or shop for which nobody else acts.

    The names of who coordinated stay in the history of rounds. Raises ErasedAlready,
    StillHandled, StillPrinted, LastAdministrator; then nothing is erased.
    """
    if person.erased_at is not None:
        raise ErasedAlready
    alone = acts_alone_for(person)
    for participant in alone:
        _erase_participant(session, participant, actor=actor, now=now)
    _forget_name(session, person)
    address = _erase_person(session, person, now=now)
    return Erased(tuple(one.id for one in alone), (person.id,), (address,))


def erase_participant(
    session: Session, participant: Participant, *, actor: str, now: datetime
) -> Erased:
    """Erase a household or shop, and whoever signs in for nobody else.

    Raises ErasedAlready, StillHandled, StillPrinted; then nothing is erased.
    """
    _erase_participant(session, participant, actor=actor, now=now)
    persons = [membership.person for membership in participant.memberships]
    gone = [
        one for one in persons if {m.participant_id for m in one.memberships} == {participant.id}
    ]
    for membership in list(participant.memberships):
        people.dismiss(session, membership)
    addresses = tuple(_erase_person(session, person, now=now) for person in gone)
    session.flush()
    session.expire(participant, ["memberships"])
    return Erased((participant.id,), tuple(person.id for person in gone), addresses)


def errands_about(session: Session, participant_id: int) -> list[Errand]:
    """What was, or is to be, printed or mailed for one participant, the oldest first."""
    papers = session.scalars(select(Paper.id).where(Paper.participant_id == participant_id))
    keys = [f"{kind}:{paper_id}" for paper_id in papers for kind in OF_A_PAPER]
    to_pay = [
        Errand.key.startswith(f"{kind}:{participant_id}:")
        for kind in (Kind.MAIL_PAYMENT, Kind.MAIL_COLLECTION, Kind.MAIL_NOT_COLLECTED)
    ]
    found = list(session.scalars(select(Errand).where(or_(Errand.key.in_(keys), *to_pay))))
    mine = select(Commitment.id, Commitment.round_id)
    for commitment_id, round_id in session.execute(
        mine.where(Commitment.participant_id == participant_id)
    ).all():
        named = or_(
            *(Errand.key.startswith(f"{kind}:{commitment_id}:") for kind in OF_A_COMMITMENT),
            *(Errand.key.like(f"{kind}:%:{commitment_id}") for kind in ABOUT_A_COMMITMENT),
        )
        found += session.scalars(select(Errand).where(Errand.round_id == round_id, named))
    return sorted(found, key=lambda errand: errand.id)


def _held(round_: Round, participant: Participant, given: dict[str, Answer]) -> HeldAnswers:
    asked = [q for q in round_.category.questions() if q.key in given]
    ended = round_.ended_at
    return HeldAnswers(
        round_,
        participant,
        tuple(
            HeldAnswer(q, given[q.key], ended + timedelta(q.keep_days) if ended else None)
            for q in asked
        ),
    )


def _erase_participant(
    session: Session, participant: Participant, *, actor: str, now: datetime
) -> None:
    session.refresh(participant, with_for_update=True)
    if participant.erased_at is not None:
        raise ErasedAlready
    running = _running(session, participant)
    for commitment, round_ in running:
        _refuse_while_handled(session, commitment, round_, now=now)
    _refuse_while_printed(session, participant)
    for commitment, round_ in running:
        if round_.is_open(now):
            _take_back(session, commitment, round_, actor=actor, now=now)
    _forget_answers(session, participant, now=now)
    knowing.forget_participant(session, participant.id)
    photos.forget_participant(session, participant.id)
    collecting.forget_participant(session, participant.id, now=now)
    _call_off_mail(session, participant)
    _unname(session, participant)
    _empty(participant, now=now)
    session.flush()


def _running(session: Session, participant: Participant) -> list[tuple[Commitment, Round]]:
    """Its part in rounds that have not ended; those rounds are ours until the transaction ends."""
    rows = session.execute(
        select(Commitment, Round)
        .join(Round, Round.id == Commitment.round_id)
        .where(Commitment.participant_id == participant.id, Round.ended_at.is_(None))
        .order_by(Round.id)
        .with_for_update(of=Round)
        .execution_options(populate_existing=True)
    )
    return [(commitment, round_) for commitment, round_ in rows]


def _refuse_while_handled(
    session: Session, commitment: Commitment, round_: Round, *, now: datetime
) -> None:
    """An order past its deadline binds, and whoever owes something still gets its bill."""
    if commitment.ordered_at is None or round_.is_open(now):
        return
    owes = select(Charge.id).where(
        Charge.round_id == round_.id, Charge.participant_id == commitment.participant_id
    )
    left = commitment.participant_id in surveys.who_left(session, round_.id)
    undecided = round_.state in (RoundState.CLOSED, RoundState.OFFERED) and not left
    binds = round_.is_overdue(now) or (undecided and round_.category.sells_articles)
    if binds or session.scalar(owes.limit(1)) is not None:
        raise StillHandled(title=round_.title)


def _refuse_while_printed(session: Session, participant: Participant) -> None:
    mine = select(Paper.id).where(Paper.participant_id == participant.id)
    keys = [f"{Kind.RENDER}:{paper_id}" for paper_id in session.scalars(mine)]
    under_way = select(Errand.id).where(Errand.key.in_(keys), Errand.state.in_(UNDER_WAY))
    if session.scalar(under_way.limit(1)) is not None:
        raise StillPrinted


def _take_back(
    session: Session, commitment: Commitment, round_: Round, *, actor: str, now: datetime
) -> None:
    who = commitment.participant_id
    key = f"erase:{round_.id}:{who}:{now:%Y%m%d%H%M%S%f}"
    if round_.category.sells_articles:
        demand.withdraw(session, round_.id, who, key=key, actor=actor, now=now)
    elif commitment.ordered_at is not None:
        signups.withdraw(session, round_.id, who, key=key, actor=actor, now=now)


def _forget_answers(session: Session, participant: Participant, *, now: datetime) -> None:
    """Answers go; consents end, and stay as proof that they were given."""
    session.execute(
        delete(GivenAnswer)
        .where(GivenAnswer.participant_id == participant.id)
        .execution_options(synchronize_session="fetch")
    )
    session.execute(
        update(Consent)
        .where(Consent.participant_id == participant.id, Consent.withdrawn_at.is_(None))
        .values(withdrawn_at=now)
        .execution_options(synchronize_session="fetch")
    )
    offer_retention.leave(session, participant.id, now=now)
    findings.forget(session, participant.id)


def _call_off_mail(session: Session, participant: Participant) -> None:
    """No mail that waits goes out any more, and no errand names the participant."""
    ids = [errand.id for errand in errands_about(session, participant.id)]
    for values, only in (
        ({"state": ErrandState.CANCELLED}, [Errand.state == ErrandState.WAITING]),
        ({"recipient": "", "last_error": ""}, []),
    ):
        session.execute(
            update(Errand)
            .where(Errand.id.in_(ids), *only)
            .values(**values)
            .execution_options(synchronize_session="fetch")
        )


def _unname(session: Session, participant: Participant) -> None:
    """Who changed an order or agreed for this participant is a name too."""
    for column in _NAMES_BESIDE_A_NUMBER:
        session.execute(
            update(column.class_)
            .where(column.class_.participant_id == participant.id, column != "")
            .values({column: ""})
            .execution_options(synchronize_session="fetch")
        )


def _forget_name(session: Session, person: Person) -> None:
    """Where others go on acting for a household, only this person's name goes."""
    mine = [participant.id for participant in person.participants]
    for column in _NAMES_BESIDE_A_NUMBER:
        session.execute(
            update(column.class_)
            .where(column.class_.participant_id.in_(mine), column == person.name)
            .values({column: ""})
            .execution_options(synchronize_session="fetch")
        )


def _empty(participant: Participant, *, now: datetime) -> None:
    """The number stays, for papers name it; with it alone nobody is found."""
    participant.name = f"№ {participant.number}"
    participant.street = participant.postcode = participant.city = ""
    participant.email = participant.phone = participant.kvk = participant.vat_id = ""
    participant.active, participant.erased_at = False, now


def _erase_person(session: Session, person: Person, *, now: datetime) -> str:
    """Returns the address at which this person signed in."""
    address = person.email
    for membership in list(person.memberships):
        people.dismiss(session, membership)
    person.name, person.email = NAMELESS, f"erased:{person.id}"
    person.active, person.erased_at = False, now
    session.flush()
    return address

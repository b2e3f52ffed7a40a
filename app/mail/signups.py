"""What who signed up gets: that it counts, or was withdrawn; and the receipt."""

from datetime import date, datetime

from flask_babel import force_locale, gettext
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.i18n import day
from app.mail import links, readers
from app.mail.errors import NoAddress, NothingToSend
from app.mail.letter import Errand, Letter
from purchasing import errands, questions, signups
from purchasing.commitments import Commitment
from purchasing.errands import ErrandState, Kind
from purchasing.questions import Answer, Question, QuestionKind
from purchasing.receipts import in_words
from purchasing.rounds import Round


def signed_up(session: Session, errand: Errand, now: datetime) -> Letter:
    """What was answered, as it stands now. Said once: an older mail leaves it to the newest."""
    commitment_id, _, version = errand.ref.partition(":")
    if _has_newer(session, int(commitment_id), int(version)):
        raise NothingToSend("a newer mail tells of this")
    commitment = session.get_one(Commitment, int(commitment_id))
    round_ = session.get_one(Round, commitment.round_id)
    participant = commitment.participant
    try:
        reader = readers.of_participant(session, participant)
    except NoAddress as problem:
        raise NothingToSend("no mail address, and it can be seen on the page") from problem
    with force_locale(reader.language):
        told = _told(session, round_, commitment)
    facts = {
        "round": round_,
        "participant": participant,
        "told": told,
        "may_change": round_.is_open(now),
        "link": links.sign_up(round_.id, participant.id),
    }
    return Letter("signed_up", reader, facts)


WRITERS = {Kind.MAIL_SIGNED_UP: signed_up}


def _told(session: Session, round_: Round, commitment: Commitment) -> list[tuple[str, str]]:
    given = signups.answers_of(session, round_.id, commitment.participant_id)
    shop = commitment.participant.is_shop
    return [
        (gettext(question.title), _in_words(question, given[question.key]))
        for question in questions.for_whom(round_.category.questions(), shop=shop)
        if question.key in given
    ]


def _in_words(question: Question, answer: Answer) -> str:
    if question.kind == QuestionKind.DATE:
        return day(date.fromisoformat(str(answer)))
    return ", ".join(map(gettext, in_words(question, answer)))


def _has_newer(session: Session, commitment_id: int, version: int) -> bool:
    """Whether a later change has a mail of its own."""
    start = f"{Kind.MAIL_SIGNED_UP}:{commitment_id}:"
    keys = session.scalars(
        select(errands.Errand.key).where(
            errands.Errand.key.startswith(start, autoescape=True),
            errands.Errand.state != ErrandState.CANCELLED,
        )
    )
    return any(int(key.removeprefix(start)) > version for key in keys)

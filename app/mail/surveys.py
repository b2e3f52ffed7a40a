"""What a participant hears after a survey: what was found, and that a yes is still needed."""

from datetime import datetime

from sqlalchemy.orm import Session

from app.mail import links
from app.mail.errors import NothingToSend
from app.pages.survey import Survey, may_choose, survey_of
from purchasing.commitments import Commitment
from purchasing.rounds import Round
from purchasing.surveys import Choice

EVENTS = ("survey", "survey_last")


def facts_of(
    session: Session, event: str, round_: Round, commitment: Commitment, now: datetime
) -> dict[str, object]:
    """What the mail about this event needs. Raises NothingToSend where it says nothing new."""
    survey = survey_of(session, round_, commitment.participant_id)
    if event == "survey_last":
        _refuse_when_chosen(survey)
    if not may_choose(round_, now):
        raise NothingToSend("the time to choose is over")
    return {
        "survey": survey,
        "until": round_.offers_until,
        "link": links.survey(round_.id, commitment.participant_id),
    }


def _refuse_when_chosen(survey: Survey) -> None:
    if survey.choice != Choice.SILENT or not survey.lost_in_silence:
        raise NothingToSend("the choice has been made already")

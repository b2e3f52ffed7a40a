"""After closing somebody comes to look; then one stays in, or drops out."""

from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from app import auth, requested
from app.auth import now, open_to
from app.database import reading
from app.devices import Buyer
from app.extensions import db
from app.i18n import sentence
from app.pages.survey import may_choose, survey_of
from purchasing import surveys
from purchasing.answering import SavedAlready
from purchasing.findings import ordered_by
from purchasing.people import Role
from purchasing.rounds import Round

blueprint = Blueprint("survey", __name__, url_prefix="/rounds/<int:round_id>/survey")
WHO = (Role.MEMBER, Role.COORDINATOR)
LATE = (surveys.ChoiceTooLate, surveys.ChoiceOver, surveys.ChoiceNotYet, surveys.LeftBefore)
TOO_LATE = 409


@blueprint.get("")
@open_to(*WHO)
def show(round_id: int) -> str | Response:
    """What was found, what it costs at most, and the one choice there is to make."""
    round_, participant = _round_or_404(round_id), requested.first_participant_or_404()
    if not ordered_by(db.session(), round_id, participant.id):
        return redirect(url_for("rounds.show", round_id=round_id))
    return _page(round_, participant)


@blueprint.post("")
@open_to(*WHO)
def choose(round_id: int) -> tuple[str, int] | Response:
    round_, participant = _round_or_404(round_id), requested.first_participant_or_404()
    stay = request.form.get("choice") == "stay"
    try:
        surveys.choose(
            db.session(),
            round_id,
            participant.id,
            stay=stay,
            key=requested.key(),
            actor=auth.actor(),
            now=now(),
        )
        db.session.commit()
    except LATE as refusal:
        db.session.rollback()
        with reading():
            return _page(round_, participant, late=sentence(refusal)), TOO_LATE
    except SavedAlready:  # the same form, twice at once
        db.session.rollback()
    flash(gettext("Noted: you are in.") if stay else gettext("Noted: you dropped out."), "done")
    values: dict[str, Any] = {"for": participant.id, "round_id": round_id}
    return redirect(url_for("survey.show", **values), 303)


def _page(round_: Round, participant: Buyer, late: str = "") -> str:
    return render_template(
        "survey/show.html",
        round=round_,
        participant=participant,
        survey=survey_of(db.session(), round_, participant.id),
        may_choose=may_choose(round_, now()),
        late=late,
    )


def _round_or_404(round_id: int) -> Round:
    round_ = requested.round_or_404(round_id)
    if not round_.choose_days:
        abort(404)
    return round_

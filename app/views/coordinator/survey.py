"""The survey of a round: what was found at each home, written down on the way; and the offer."""

from flask import abort, flash, redirect, render_template, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from app import auth
from app.auth import open_to
from app.extensions import db
from app.forms.coordinator.survey import FindingsForm, findings_form
from app.pages.survey import who_is_looked_at
from app.views.coordinator.found import (
    STAFF,
    WRONG,
    moment_now,
    room,
    round_or_404,
    row_or_404,
)
from purchasing import findings, lifecycle, surveys
from purchasing.people import Participant
from purchasing.rounds import Round, RoundState
from purchasing.surveys import Choice

blueprint = room("survey", "/rounds")


@blueprint.get("/<int:round_id>/survey")
@open_to(*STAFF)
def index(round_id: int) -> str:
    """Whom to visit, who has been visited, and who dropped out."""
    round_ = _surveyed(round_id)
    return render_template("coordinator/survey/index.html", **_facts(round_))


@blueprint.get("/<int:round_id>/survey/<int:participant_id>")
@open_to(*STAFF)
def visit(round_id: int, participant_id: int) -> str:
    round_, asked = _asked(round_id, participant_id)
    found = findings.findings_of(db.session(), round_id)
    mine = {item: one for (who, item), one in found.items() if who == participant_id}
    return _visit_page(round_, participant_id, findings_form(asked, mine, from_request=False))


@blueprint.post("/<int:round_id>/survey/<int:participant_id>")
@open_to(*STAFF)
def note(round_id: int, participant_id: int) -> tuple[str, int] | Response:
    round_, asked = _asked(round_id, participant_id)
    form = findings_form(asked)
    if not form.validate():
        return _visit_page(round_, participant_id, form), WRONG
    findings.note_findings(
        db.session(),
        round_,
        participant_id,
        form.found(),
        actor=auth.actor(),
        now=moment_now(),
    )
    db.session.commit()
    flash(gettext("Noted. You can change it until the offer goes out."), "done")
    return redirect(url_for("coordinator_survey.index", round_id=round_id), 303)


@blueprint.get("/<int:round_id>/offer")
@open_to(*STAFF)
def ask_offer(round_id: int) -> str:
    """What sending the offer does. Raises WrongState where there is nothing to offer now."""
    round_ = _surveyed(round_id)
    if round_.state != RoundState.CLOSED:
        raise lifecycle.WrongState(state=round_.state, move="offer")
    return render_template("coordinator/survey/offer.html", **_facts(round_))


@blueprint.post("/<int:round_id>/offer")
@open_to(*STAFF)
def offer(round_id: int) -> Response:
    round_ = _surveyed(round_id)
    lifecycle.lock(db.session(), round_)
    lifecycle.offer_survey(db.session(), round_, actor=auth.actor(), now=moment_now())
    db.session.commit()
    flash(gettext("The offers are out. The mails go out by themselves."), "done")
    return redirect(url_for("coordinator_rounds.show", round_id=round_id), 303)


def _facts(round_: Round) -> dict[str, object]:
    session = db.session()
    people = who_is_looked_at(session, round_)
    seen = {who for who, _ in findings.findings_of(session, round_.id)}
    choices = {one.participant_id: one.choice for one in surveys.offers_of(session, round_.id)}
    left = {who for who, choice in choices.items() if choice == Choice.OUT}
    return {
        "round": round_,
        "people": people,
        "seen": seen,
        "choices": choices,
        "left": left,
        "unseen": [one for one in people if one.id not in seen | left],
    }


def _visit_page(round_: Round, participant_id: int, form: FindingsForm) -> str:
    return render_template(
        "coordinator/survey/visit.html",
        round=round_,
        participant=row_or_404(Participant, participant_id),
        form=form,
        articles=[item for item in round_.items if item.id in form.asked],
    )


def _asked(round_id: int, participant_id: int) -> tuple[Round, dict[int, int]]:
    """The round and what was ordered there; not found where there is nothing to look at."""
    round_ = _surveyed(round_id)
    asked = findings.ordered_by(db.session(), round_id, participant_id)
    if not asked:
        abort(404)
    if round_.state != RoundState.CLOSED:
        raise findings.SurveyNotNow
    return round_, asked


def _surveyed(round_id: int) -> Round:
    round_ = round_or_404(round_id)
    if not round_.choose_days or round_.state in (RoundState.PLANNED, RoundState.OPEN):
        abort(404)
    return round_

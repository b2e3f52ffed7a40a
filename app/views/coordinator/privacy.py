"""What is kept of a household or shop, for who has no computer: show, hand over, erase."""

from flask import Response, abort, current_app, flash, redirect, render_template, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response as AnyResponse

from app import auth, own_data
from app.auth import now, open_to
from app.documents import archives
from app.extensions import db
from app.forms.own_data import EraseForm
from app.i18n import sentence
from app.views.coordinator.found import STAFF, WRONG, room, row_or_404
from purchasing import privacy
from purchasing.errors import Refused
from purchasing.people import Participant

blueprint = room("privacy", "/people/<int:participant_id>/data")
NOT_NOW = 409


@blueprint.get("")
@open_to(*STAFF)
def show(participant_id: int) -> str:
    participant = _participant_or_404(participant_id)
    held = privacy.held_answers(db.session(), [participant.id])
    return render_template("coordinator/people/data.html", participant=participant, held=held)


@blueprint.get("/download")
@open_to(*STAFF)
def download(participant_id: int) -> Response:
    """Of the participant alone: who signs in for it asks for its own."""
    participant = _participant_or_404(participant_id)
    packet = own_data.packed(db.session(), archives.current(), [participant], at=now())
    current_app.logger.info("%s took along what is kept of %s", auth.actor(), participant.number)
    response = Response(packet, mimetype="application/zip")
    name = f"koopkracht-{participant.number}.zip"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


@blueprint.get("/erase")
@open_to(*STAFF)
def ask_erase(participant_id: int) -> str:
    return _page(_participant_or_404(participant_id), EraseForm(formdata=None))


@blueprint.post("/erase")
@open_to(*STAFF)
def erase(participant_id: int) -> tuple[str, int] | AnyResponse:
    participant, form = _participant_or_404(participant_id), EraseForm()
    if not form.validate():
        return _page(participant, form), WRONG
    try:
        erased = privacy.erase_participant(
            db.session(), participant, actor=auth.actor(), now=now()
        )
    except Refused as refusal:
        db.session.rollback()
        return _page(_participant_or_404(participant_id), form, sentence(refusal)), NOT_NOW
    own_data.forget_sign_ins(db.session(), erased)
    db.session.commit()
    flash(gettext("Erased."), "done")
    return redirect(url_for("coordinator_people.index"), 303)


def _page(participant: Participant, form: EraseForm, problem: str = "") -> str:
    return render_template(
        "coordinator/people/erase.html", participant=participant, form=form, problem=problem
    )


def _participant_or_404(participant_id: int) -> Participant:
    """Of who has been erased there is nothing to show or to hand over."""
    participant = row_or_404(Participant, participant_id)
    if participant.erased_at is not None:
        abort(404)
    return participant

"""Something was missing or broken: a participant tells, and reads what was decided."""

from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from app import auth, photos, requested
from app.auth import now, open_to
from app.devices import Buyer
from app.extensions import db
from app.i18n import sentence
from purchasing.books import reports
from purchasing.deliveries import photos as damage
from purchasing.errors import Refused
from purchasing.money import parse_quantity
from purchasing.people import Role
from purchasing.rounds import Round, RoundItem

blueprint = Blueprint("report", __name__, url_prefix="/rounds/<int:round_id>/report")
WHO = (Role.MEMBER, Role.COORDINATOR)
UNREADABLE = 422


@blueprint.get("")
@open_to(*WHO)
def show(round_id: int) -> str:
    """What was told before and what came of it, and a form to tell more."""
    return _page(requested.round_or_404(round_id), requested.first_participant_or_404())


@blueprint.post("")
@open_to(*WHO)
def send(round_id: int) -> Response | tuple[str, int]:
    round_, participant = requested.round_or_404(round_id), requested.first_participant_or_404()
    item = _item_or_404(round_)
    try:
        with photos.kept(request.files.getlist("photo")) as pictures:
            reports.report(
                db.session(),
                round_,
                item,
                participant.id,
                parse_quantity(request.form.get("pieces", ""), item.piece_milli),
                text=request.form.get("text", ""),
                pictures=pictures,
                key=requested.key(),
                actor=auth.actor(),
                now=now(),
            )
            db.session.commit()
    except Refused as refusal:
        db.session.rollback()
        return _page(requested.round_or_404(round_id), participant, sentence(refusal)), UNREADABLE
    flash(gettext("Noted. A coordinator looks at it; you get a mail."), "done")
    values: dict[str, Any] = {"round_id": round_id, "for": participant.id}
    return redirect(url_for("report.show", **values), 303)


def _page(round_: Round, participant: Buyer, problem: str = "") -> str:
    session = db.session()
    is_open = bool(reports.may_report(session, [round_.id], now=now()))
    left = reports.can_be_reported(session, round_, participant.id) if is_open else {}
    told = reports.list_reports(session, round_.id, [participant.id])
    return render_template(
        "report/show.html",
        round=round_,
        participant=participant,
        told=told,
        sent=damage.of_reports(session, [one.id for one in told]),
        photos=damage,
        accept=photos.ACCEPT,
        items=[item for item in round_.items if item.id in left],
        left=left,
        problem=problem,
        typed=request.form,
    )


def _item_or_404(round_: Round) -> RoundItem:
    asked = request.form.get("item", type=int)
    found = [item for item in round_.items if item.id == asked]
    if not found:
        abort(404)
    return found[0]

"""What participants say was missing or broken: credit it or not, and say why."""

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from app import auth
from app.auth import open_to
from app.extensions import db
from app.i18n import sentence
from app.views.coordinator.found import STAFF, moment_now, room, round_or_404, row_or_404
from purchasing.books import reports
from purchasing.books.reports import ItemReport
from purchasing.deliveries import photos
from purchasing.errors import Refused

blueprint = room("reports", "/reports")


@blueprint.get("/rounds/<int:round_id>")
@open_to(*STAFF)
def index(round_id: int) -> str:
    round_ = round_or_404(round_id)
    found = reports.list_reports(db.session(), round_id)
    sent = photos.of_reports(db.session(), [one.id for one in found])
    return render_template(
        "coordinator/deliveries/reports.html", round=round_, reports=found, sent=sent
    )


@blueprint.post("/<int:report_id>")
@open_to(*STAFF)
def decide(report_id: int) -> Response:
    one = row_or_404(ItemReport, report_id)
    round_id = one.round_id
    try:
        reports.decide(
            db.session(),
            one,
            credit=request.form.get("credit") == "yes",
            with_deposit=request.form.get("deposit") == "yes",
            reason=request.form.get("reason", ""),
            actor=auth.actor(),
            now=moment_now(),
        )
    except Refused as refusal:
        db.session.rollback()
        flash(sentence(refusal), "error")
    else:
        db.session.commit()
        flash(gettext("It is decided. The mail goes out by itself."))
    return redirect(url_for("coordinator_reports.index", round_id=round_id), 303)

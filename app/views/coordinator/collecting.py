"""Collecting: whose bills may be collected on a day, and the file for the bank that does it."""

from datetime import date

from flask import Response, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response as AnyResponse

from app import auth
from app.auth import now, open_to
from app.bank import direct_debit
from app.bank.direct_debit import Creditor, Debit
from app.extensions import db
from app.views.coordinator.found import STAFF, asked_id, asked_ids, room, row_or_404
from purchasing.books import collecting, mandates
from purchasing.books.collections import Collection, CollectionLine
from purchasing.people import the_network

blueprint = room("collecting", "/collecting")
MOST_MADE, LONGEST_REASON = 20, 200


@blueprint.get("/")
@open_to(*STAFF)
def index() -> str:
    us = the_network(db.session())
    first = collecting.first_day(us, now=now())
    day = _day(first)
    return render_template(
        "coordinator/collecting.html",
        offered=mandates.is_offered(us),
        first=first,
        day=day,
        collectable=collecting.list_collectable(db.session(), day),
        made=collecting.list_made(db.session(), MOST_MADE),
        waiting=collecting.waiting(db.session()),
    )


@blueprint.post("/")
@open_to(*STAFF)
def make() -> AnyResponse:
    """Make the file of a day; who is in it is told by mail at once."""
    chosen = asked_ids("participant")
    day = _day(date.min)
    made = collecting.collect(db.session(), chosen, collect_on=day, actor=auth.actor(), now=now())
    db.session.commit()
    flash(gettext("The file is ready. Give it to your bank; everybody in it gets a mail."))
    return redirect(url_for("coordinator_collecting.index", _anchor=made.number), 303)


@blueprint.get("/<int:collection_id>.xml")
@open_to(*STAFF)
def file(collection_id: int) -> Response:
    """The same bytes each time it is asked for."""
    made = row_or_404(Collection, collection_id)
    content = direct_debit.write(
        made.number,
        Creditor(made.creditor_name, made.creditor_iban, made.creditor_id),
        [
            Debit(
                name=line.mandate.holder,
                iban=line.mandate.iban,
                mandate=line.mandate.reference,
                signed_on=line.mandate.signed_on,
                sequence=str(line.sequence),
                end_to_end=line.end_to_end,
                cents=line.cents,
                text=line.text,
            )
            for line in made.lines
        ],
        collect_on=made.collect_on,
        made_at=made.made_at,
    )
    response = Response(content, mimetype="application/xml")
    response.headers["Content-Disposition"] = f'attachment; filename="{made.number}.xml"'
    return response


@blueprint.post("/<int:collection_id>/call-off")
@open_to(*STAFF)
def call_off(collection_id: int) -> AnyResponse:
    made = row_or_404(Collection, collection_id)
    collecting.call_off(db.session(), made, actor=auth.actor(), now=now())
    db.session.commit()
    flash(gettext("Called off. What it asked can be collected again."))
    return redirect(url_for("coordinator_collecting.index"), 303)


@blueprint.post("/<int:collection_id>/refused")
@open_to(*STAFF)
def refuse(collection_id: int) -> AnyResponse:
    """The bank did not take one line; who owes it is told."""
    line = row_or_404(CollectionLine, asked_id("line") or 0)
    if line.collection_id != collection_id:
        abort(404)
    reason = request.form.get("reason", "")[:LONGEST_REASON]
    collecting.note_refusal(db.session(), line, reason=reason, actor=auth.actor(), now=now())
    db.session.commit()
    flash(gettext("Noted. The bill is open again, and who owes it gets a mail."))
    return redirect(url_for("coordinator_collecting.index"), 303)


def _day(usual: date) -> date:
    try:
        return date.fromisoformat(request.values.get("day", ""))
    except ValueError:
        return usual

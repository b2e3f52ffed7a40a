"""A supplier billed more than was charged: a participant says yes or no to their part."""

from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from app import auth, requested
from app.auth import now, open_to
from app.devices import Buyer
from app.extensions import db
from app.i18n import sentence
from purchasing.books import bill_replies, passed_on
from purchasing.books.bill_replies import Question
from purchasing.books.supplier_bills import SupplierBill
from purchasing.errors import Refused
from purchasing.people import Role

PATH = "/rounds/<int:round_id>/bills/<int:bill_id>"
blueprint = Blueprint("billed", __name__, url_prefix=PATH)
WHO = (Role.MEMBER, Role.COORDINATOR)
TOO_LATE = 409


@blueprint.get("")
@open_to(*WHO)
def show(round_id: int, bill_id: int) -> str:
    """What is asked, for what, and what was said."""
    participant = _participant()
    return _page(_question_or_404(round_id, bill_id, participant), participant)


@blueprint.post("")
@open_to(*WHO)
def reply(round_id: int, bill_id: int) -> Response | tuple[str, int]:
    participant = _participant()
    bill = _question_or_404(round_id, bill_id, participant).bill
    said = request.form.get("said")
    if said not in ("yes", "no"):
        abort(400)
    try:
        bill_replies.reply(
            db.session(), bill, participant.id, agreed=said == "yes", actor=auth.actor(), now=now()
        )
        db.session.commit()
    except Refused as refusal:
        db.session.rollback()
        question = _question_or_404(round_id, bill_id, participant)
        return _page(question, participant, sentence(refusal)), TOO_LATE
    flash(gettext("Noted. Thank you."), "done")
    values: dict[str, Any] = {"round_id": round_id, "bill_id": bill_id, "for": participant.id}
    return redirect(url_for("billed.show", **values), 303)


def _page(question: Question, participant: Buyer, problem: str = "") -> str:
    is_open = question.is_open(now())
    mine = [
        one.paper
        for one in passed_on.papers_of(db.session(), question.bill.id)
        if one.participant_id == participant.id
    ]
    return render_template(
        "billed/show.html",
        question=question,
        round=question.round,
        participant=participant,
        supplier=question.bill.order.supplier,
        is_open=is_open,
        more=bill_replies.asks(db.session(), question) if is_open else 0,
        papers=mine,
        problem=problem,
    )


def _question_or_404(round_id: int, bill_id: int, participant: Buyer) -> Question:
    bill = db.session.get(SupplierBill, bill_id)
    if bill is None or bill.order.round_id != round_id:
        abort(404)
    question = bill_replies.question_of(db.session(), bill, participant.id)
    if question is None:
        abort(404)
    return question


def _participant() -> Buyer:
    """For whom: as the address says, or the only one there is."""
    mine = auth.my_participants()
    if "for" not in request.values and len(mine) == 1:
        return mine[0]
    return requested.participant_or_404()

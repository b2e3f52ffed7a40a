"""Mails and papers: what went, what is under way, what failed, for whom; and once more."""

from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from sqlalchemy import func, select
from werkzeug.wrappers import Response

from app.auth import now, open_to
from app.extensions import db
from app.views.coordinator.found import PAGE_SIZE, STAFF, asked_id, page_number, room, row_or_404
from purchasing import errands as domain
from purchasing.demand import Commitment
from purchasing.errands import Errand, ErrandState, Kind
from purchasing.errors import N_
from purchasing.people import Participant
from purchasing.rounds import Round

blueprint = room("errands", "/errands")
STUCK = (ErrandState.UNCERTAIN, ErrandState.DEAD)
OF_A_COMMITMENT = (Kind.MAIL_ORDER_PLACED, Kind.MAIL_SIGNED_UP)
WORDS = {
    Kind.RENDER: N_("Make a PDF"),
    Kind.MAIL_SHEET: N_("Order to a supplier"),
    Kind.MAIL_PAPER: N_("Paper to a participant"),
    Kind.MAIL_ORDER_PLACED: N_("Confirmation of an order"),
    Kind.MAIL_SIGNED_UP: N_("Confirmation of a sign-up"),
    Kind.MAIL_INVITATION: N_("Invitation to bid"),
    Kind.MAIL_BID: N_("Confirmation of a bid"),
    Kind.MAIL_RESULT: N_("Result of a tender to a supplier"),
    Kind.MAIL_ANSWER: N_("Answer of a supplier"),
    Kind.MAIL_CHANGE: N_("Change of a supplier, to a participant"),
    Kind.MAIL_NEWS: N_("News of a round"),
    Kind.MAIL_REMINDER: N_("Reminder"),
    Kind.MAIL_PAYMENT: N_("Reminder to pay"),
    Kind.MAIL_COLLECTION: N_("Announcement of a collection"),
    Kind.MAIL_NOT_COLLECTED: N_("That a bill was not collected"),
    Kind.MAIL_MESSAGE: N_("Message of a coordinator"),
    Kind.MAIL_COORDINATORS: N_("Mail to the coordinators"),
    Kind.MAIL_SIGN_IN: N_("Code to sign in"),
    Kind.HEAR_PAYMENT: N_("Ask about an online payment"),
}
STATES = {
    ErrandState.UNCERTAIN: N_("uncertain"),
    ErrandState.DEAD: N_("failed"),
    ErrandState.WAITING: N_("waiting"),
    ErrandState.LEASED: N_("under way"),
    ErrandState.DONE: N_("done"),
    ErrandState.CANCELLED: N_("called off"),
}


@blueprint.get("/")
@open_to(*STAFF)
def index() -> str:
    """All errands, what needs somebody first; filtered by state and round, in pages."""
    page, state, round_id = page_number(), _state(), asked_id("round")
    round_ = row_or_404(Round, round_id) if round_id else None
    query = select(Errand)
    if round_ is not None:
        query = query.where(Errand.round_id == round_.id)
    counts = _counts(query)
    if state:
        query = query.where(Errand.state == state)
    urgent = Errand.state.in_(STUCK).desc(), Errand.id.desc()
    rows = db.session.scalars(
        query.order_by(*urgent).offset((page - 1) * PAGE_SIZE).limit(PAGE_SIZE + 1)
    ).all()
    return render_template(
        "coordinator/errands/index.html",
        rows=rows[:PAGE_SIZE],
        titles=_titles(rows),
        names=_names(rows),
        more=len(rows) > PAGE_SIZE,
        page=page,
        state=state,
        round=round_,
        counts=counts,
        words=WORDS,
        in_words=gettext,  # of a sentence of ours; a mail server's own stays as it is
        states=STATES,
    )


@blueprint.post("/<int:errand_id>/<any(retry, arrived):answer>")
@open_to(*STAFF)
def decide(errand_id: int, answer: str) -> Response:
    """Try again, or say that it had arrived. What may have gone before is marked REPEAT."""
    errand = row_or_404(Errand, errand_id)
    if answer == "retry":
        domain.retry(db.session(), errand, now=now())
        flash(gettext("It is tried again."))
    else:
        domain.arrived(db.session(), errand, now=now())
        flash(gettext("Noted: it had arrived. It is not sent again."))
    db.session.commit()
    return redirect(_back(), 303)


@blueprint.post("/retry-failed")
@open_to(*STAFF)
def retry_failed() -> Response:
    """Try all again that failed (not what is uncertain: that needs a look for each)."""
    query = select(Errand).where(Errand.state == ErrandState.DEAD)
    if round_id := asked_id("round"):
        query = query.where(Errand.round_id == round_id)
    failed = list(db.session.scalars(query))
    for errand in failed:
        domain.retry(db.session(), errand, now=now())
    db.session.commit()
    flash(gettext("%(count)s errands are tried again.", count=len(failed)))
    return redirect(_back(), 303)


def _back() -> str:
    kept: dict[str, Any] = {
        "round": asked_id("round"),
        "state": _state() or None,
    }
    return url_for("coordinator_errands.index", **{k: v for k, v in kept.items() if v})


def _state() -> str:
    state = request.args.get("state", "")
    if state and state not in set(ErrandState):
        abort(404)
    return state


def _counts(query: Any) -> dict[str, int]:
    rows = db.session.execute(
        query.with_only_columns(Errand.state, func.count(Errand.id)).group_by(Errand.state)
    )
    return {state: count for state, count in rows}


def _names(rows: Any) -> dict[int, str]:
    """For whom an errand is, by its id: as noted, else whose order it is about."""
    asked = {e.id: int(e.ref.partition(":")[0]) for e in rows if e.kind in OF_A_COMMITMENT}
    found = db.session.execute(
        select(Commitment.id, Participant.name)
        .join(Participant, Participant.id == Commitment.participant_id)
        .where(Commitment.id.in_(set(asked.values())))
    )
    names = {commitment_id: name for commitment_id, name in found}
    return {e.id: e.recipient or names.get(asked.get(e.id, 0), "") for e in rows}


def _titles(rows: Any) -> dict[int, str]:
    """The titles of the rounds these errands belong to."""
    ids = {errand.round_id for errand in rows if errand.round_id}
    found = db.session.execute(select(Round.id, Round.title).where(Round.id.in_(ids)))
    return {round_id: title for round_id, title in found}

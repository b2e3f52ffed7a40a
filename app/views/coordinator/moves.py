"""A coordinator's moves: each has a page that says what will happen and whom it mails."""

from datetime import datetime

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from app import auth, i18n
from app.auth import now, open_to
from app.extensions import db
from app.forms.coordinator.moves import CancelForm, ExtendForm
from app.settling import told_of
from app.views.coordinator.found import STAFF, WRONG, moment_now, room, round_or_404
from app.views.coordinator.standing import mailed, standing_of
from purchasing import lifecycle
from purchasing.cautions import cautions_of
from purchasing.errors import N_
from purchasing.rounds import Round, RoundState

blueprint = room("moves", "/rounds")
CONFIRMED = "close", "order", "receive", "settle"
DONE = {
    "close": N_("The round is closed."),
    "order": N_("It is ordered. The mails and papers go out by themselves."),
    "receive": N_("The goods are there."),
    "settle": N_("The round is settled."),
    "extend": N_("Everybody has more time. The mails go out by themselves."),
    "cancel": N_("The round is cancelled. The mails go out by themselves."),
}


@blueprint.get("/<int:round_id>/<any(close, order, receive, settle):move>")
@open_to(*STAFF)
def ask(round_id: int, move: str) -> str:
    """What the move would do. Raises WrongState where there is no demand to decide about."""
    round_ = round_or_404(round_id)
    chosen = round_.state == RoundState.OFFERED and move in lifecycle.possible_moves(round_)
    decided = chosen or round_.state in (RoundState.OPEN, RoundState.CLOSED)
    if move in ("close", "order") and not decided:
        raise lifecycle.WrongState(state=round_.state, move=move)
    return render_template(
        f"coordinator/moves/{move}.html",
        round=round_,
        standing=standing_of(db.session(), round_) if decided else None,
        mailed=mailed(db.session(), round_.id),
        cautions=cautions_of(db.session(), round_),
        told=told_of(db.session(), round_) if move == "settle" else None,
    )


@blueprint.post("/<int:round_id>/<any(close, order, receive, settle):move>")
@open_to(*STAFF)
def make(round_id: int, move: str) -> Response:
    round_ = round_or_404(round_id)
    session = db.session()
    lifecycle.lock(session, round_)
    _MOVES[move](session, round_, moment_now())
    return _done(round_, move)


@blueprint.get("/<int:round_id>/extend")
@open_to(*STAFF)
def ask_extend(round_id: int) -> str:
    round_ = round_or_404(round_id)
    closes = i18n.local(round_.closes_at)
    form = ExtendForm(formdata=None, on=closes.date(), at=closes.time().replace(microsecond=0))
    return _extend_page(round_, form)


@blueprint.post("/<int:round_id>/extend")
@open_to(*STAFF)
def extend(round_id: int) -> tuple[str, int] | Response:
    round_ = round_or_404(round_id)
    form = ExtendForm()
    form.delivery_on = round_.delivery_on
    if not form.validate_in(i18n.zone()):
        return _extend_page(round_, form), WRONG
    session = db.session()
    lifecycle.lock(session, round_)
    lifecycle.extend(session, round_, until=form.until, actor=auth.actor(), now=moment_now())
    return _done(round_, "extend")


@blueprint.get("/<int:round_id>/cancel")
@open_to(*STAFF)
def ask_cancel(round_id: int) -> str:
    return _cancel_page(round_or_404(round_id), CancelForm(formdata=None))


@blueprint.post("/<int:round_id>/cancel")
@open_to(*STAFF)
def cancel(round_id: int) -> tuple[str, int] | Response:
    round_ = round_or_404(round_id)
    form = CancelForm()
    if not form.validate():
        return _cancel_page(round_, form), WRONG
    session = db.session()
    lifecycle.lock(session, round_)
    reason = form.reason.data or ""
    lifecycle.cancel(session, round_, reason=reason, actor=auth.actor(), now=moment_now())
    return _done(round_, "cancel")


def _close(session: Session, round_: Round, moment: datetime) -> None:
    lifecycle.close_now(session, round_, actor=auth.actor(), now=moment)


def _order(session: Session, round_: Round, moment: datetime) -> None:
    """The page before this said what fell short, so ordering is meant all the same."""
    lifecycle.order(session, round_, actor=auth.actor(), now=moment, despite_shortfall=True)


def _receive(session: Session, round_: Round, moment: datetime) -> None:
    lifecycle.receive(session, round_, actor=auth.actor(), now=moment)


def _settle(session: Session, round_: Round, moment: datetime) -> None:
    lifecycle.settle(session, round_, actor=auth.actor(), now=moment)


_MOVES = {"close": _close, "order": _order, "receive": _receive, "settle": _settle}


def _done(round_: Round, move: str) -> Response:
    db.session.commit()
    flash(gettext(DONE[move]))
    return redirect(url_for("coordinator_rounds.show", round_id=round_.id), 303)


def _extend_page(round_: Round, form: ExtendForm) -> str:
    reached = mailed(db.session(), round_.id)
    return render_template(
        "coordinator/moves/extend.html", round=round_, form=form, mailed=reached, now=now()
    )


def _cancel_page(round_: Round, form: CancelForm) -> str:
    reached = mailed(db.session(), round_.id)
    return render_template(
        "coordinator/moves/cancel.html", round=round_, form=form, mailed=reached
    )

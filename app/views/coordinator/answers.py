"""What suppliers answer: the differences line by line, and what they do to participants."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from app import auth, i18n
from app.auth import now, open_to
from app.extensions import db
from app.forms.coordinator.answers import DecisionForm
from app.i18n import sentence
from app.pages.answer import PageLine, page_lines
from app.views.coordinator.found import STAFF, WRONG, moment_now, room, row_or_404
from purchasing.deliveries import (
    announcements,
    answer_links,
    resharing,
    share_replies,
    supplier_answers,
)
from purchasing.deliveries.announcements import NoTimeToReply
from purchasing.deliveries.share_replies import Change
from purchasing.deliveries.supplier_answers import SupplierAnswer
from purchasing.errors import Refused
from purchasing.ordering import SupplierOrder
from purchasing.rounds import Round

blueprint = room("answers", "/answers")
A_DAY = timedelta(days=1)


@dataclass
class LineReplies:
    """What those affected say of one line, in participants and in pieces."""

    counts: Counter[str] = field(default_factory=Counter)
    wanted: int = 0
    declined: int = 0


@blueprint.get("/<int:order_id>")
@open_to(*STAFF)
def show(order_id: int) -> str:
    """The newest answer beside the order, the question to decide, and the replies so far."""
    return _page(row_or_404(SupplierOrder, order_id), None)


@blueprint.post("/<int:order_id>/decide/<int:answer_id>")
@open_to(*STAFF)
def decide(order_id: int, answer_id: int) -> str | tuple[str, int] | Response:
    """Take over the ticked lines, or none; those affected are told at once."""
    order, answer = row_or_404(SupplierOrder, order_id), row_or_404(SupplierAnswer, answer_id)
    form = DecisionForm()
    form.accept.choices = [(line.id, "") for line in order.lines]
    if not form.validate_in(i18n.zone()):
        return _page(order, form), WRONG
    try:
        announcements.decide(
            db.session(),
            answer,
            accepted=set() if "none" in request.form else set(form.accept.data or ()),
            reply_until=form.until,
            note=form.note.data or "",
            actor=auth.actor(),
            now=moment_now(),
        )
        db.session.commit()
    except NoTimeToReply as refusal:
        db.session.rollback()
        form.on.errors = [sentence(refusal)]
        return _page(row_or_404(SupplierOrder, order_id), form), WRONG
    except Refused as refusal:
        db.session.rollback()
        flash(sentence(refusal), "error")
    else:
        flash(gettext("Decided. The mails go out by themselves."))
    return _back(order_id)


@blueprint.post("/<int:order_id>/link")
@open_to(*STAFF)
def send_link(order_id: int) -> Response:
    """A new link by mail; the one before no longer works."""
    order = row_or_404(SupplierOrder, order_id)
    answer_links.send_new_link(db.session(), order, actor=auth.actor(), now=now())
    db.session.commit()
    flash(gettext("A new link goes out by mail."))
    return _back(order_id)


@blueprint.post("/<int:order_id>/revoke")
@open_to(*STAFF)
def revoke(order_id: int) -> Response:
    order = row_or_404(SupplierOrder, order_id)
    answer_links.revoke_links(db.session(), order, actor=auth.actor(), now=now())
    db.session.commit()
    return _back(order_id)


def _page(order: SupplierOrder, form: DecisionForm | None) -> str:
    session = db.session()
    round_ = session.get_one(Round, order.round_id)
    answers = supplier_answers.list_answers(session, order.id)
    newest = answers[-1] if answers else None
    said = supplier_answers.said_of(newest) if newest else ()
    waits = newest is not None and announcements.waits(session, newest)
    decisions = announcements.list_decisions(session, order.id)
    lines = page_lines(order, said)
    return render_template(
        "coordinator/answers/show.html",
        order=order,
        round=round_,
        answer=newest,
        lines=lines,
        earlier=[(one, page_lines(order, supplier_answers.said_of(one))) for one in answers[:-1]],
        totals=supplier_answers.totals_of(order, said) if newest else None,
        waits=waits,
        touched=_touched(session, order, lines) if waits else {},
        form=form or _usual_form(session, round_, lines),
        decision=decisions[-1] if decisions else None,
        in_force=announcements.in_force(session, order),
        replies=_replies(share_replies.changes_of(session, order)) if decisions else {},
        link=answer_links.standing_link(session, order.id),
    )


def _usual_form(session: Session, round_: Round, lines: list[PageLine]) -> DecisionForm:
    """All ticked, and a day to reply, as far as the delivery allows."""
    until = min(now() + A_DAY, answer_links.last_moment(session, round_, now=now()))
    local = i18n.local(until)
    return DecisionForm(
        formdata=None,
        accept=[one.line.id for one in lines if one.differs],
        on=local.date(),
        at=local.time().replace(second=0, microsecond=0),
    )


def _touched(session: Session, order: SupplierOrder, lines: list[PageLine]) -> dict[int, int]:
    """How many participants each line touches, if it is taken over as it was said."""
    terms = {one.line.id: (one.said.pieces, one.said.unit_price) for one in lines}
    usual = {one.line.id: one.line.unit_price for one in lines}
    return Counter(
        one.line_id
        for one in resharing.offered_by(session, order, terms)
        if one.offered != one.before or one.unit_price != usual[one.line_id]
    )


def _replies(changes: list[Change]) -> dict[int, LineReplies]:
    found: dict[int, LineReplies] = {}
    for one in changes:
        line = found.setdefault(one.share.line_id, LineReplies())
        line.counts[_word(one)] += 1
        line.wanted += one.accepted
        line.declined += one.declined
    return found


def _word(one: Change) -> str:
    if not one.asks:
        return "told"
    if one.replied is None:
        return "silent"
    if one.replied == one.share.offered:
        return "yes"
    return "less" if one.replied else "no"


def _back(order_id: int) -> Response:
    return redirect(url_for("coordinator_answers.show", order_id=order_id), 303)

"""What a supplier brought instead of one article: what it is called, and what it costs."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from app import auth, requested
from app.auth import open_to
from app.extensions import db
from app.i18n import sentence
from app.pages.answer import price_text
from app.views.coordinator.found import STAFF, WRONG, moment_now, room, round_or_404, row_or_404
from purchasing.books import hand_out
from purchasing.deliveries import counting, substitutes, supplier_answers
from purchasing.deliveries.answer_form import Terms, parse_price
from purchasing.errors import Refused
from purchasing.ordering import SupplierOrder, SupplierOrderLine
from purchasing.rounds import Round

blueprint = room("substitutes", "/deliveries")


@blueprint.get("/lines/<int:line_id>/instead")
@open_to(*STAFF)
def index(line_id: int) -> str:
    return _page(*_found(line_id))


@blueprint.post("/lines/<int:line_id>/instead")
@open_to(*STAFF)
def save(line_id: int) -> Response | tuple[str, int]:
    """Note what came instead, or that nothing else came; the hand-out list follows."""
    line, order, round_ = _found(line_id)
    try:
        _note(line, order, round_)
        printed = hand_out.follow(db.session(), round_, now=moment_now())
    except Refused as refusal:
        db.session.rollback()
        return _page(*_found(line_id), problem=sentence(refusal)), WRONG
    db.session.commit()
    anew = gettext("Saved. The list for handing out is printed anew.")
    flash(anew if printed else gettext("Saved."))
    return redirect(url_for("coordinator_deliveries.show", order_id=order.id), 303)


def _note(line: SupplierOrderLine, order: SupplierOrder, round_: Round) -> None:
    key = f"line:{line.id}:{requested.key()}"
    if "back" in request.form:
        substitutes.take_back(
            db.session(), round_, line, key=key, actor=auth.actor(), now=moment_now()
        )
        return
    typed = request.form.get("price", "").strip()
    substitutes.substitute(
        db.session(),
        round_,
        line,
        request.form.get("name", ""),
        unit_price=parse_price(typed, _terms(line, order)) if typed else None,
        key=key,
        actor=auth.actor(),
        now=moment_now(),
    )


def _found(line_id: int) -> tuple[SupplierOrderLine, SupplierOrder, Round]:
    line = row_or_404(SupplierOrderLine, line_id)
    order = row_or_404(SupplierOrder, line.supplier_order_id)
    return line, order, round_or_404(order.round_id)


def _terms(line: SupplierOrderLine, order: SupplierOrder) -> Terms:
    return next(one for one in supplier_answers.terms_of(order) if one.line_id == line.id)


def _page(line: SupplierOrderLine, order: SupplierOrder, round_: Round, problem: str = "") -> str:
    known = substitutes.in_force(db.session(), round_.id).get(line.item_id)
    return render_template(
        "coordinator/deliveries/instead.html",
        line=line,
        order=order,
        known=known,
        problem=problem,
        name=request.form.get("name", known.name if known else ""),
        price=request.form.get("price", price_text(known.unit_price) if known else ""),
        usual=price_text(line.unit_price),
        counting=round_.state in counting.COUNTED_IN,
    )

"""Receiving an order: what came of each line, on a phone, by several people at once."""

from flask import abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext, ngettext
from sqlalchemy import select
from sqlalchemy.orm import joinedload, selectinload
from werkzeug.wrappers import Response

from app import auth
from app.auth import open_to
from app.extensions import db
from app.i18n import sentence
from app.pages import delivery
from app.pages.delivery import Form, Row
from app.views.coordinator.found import STAFF, WRONG, moment_now, room, row_or_404
from purchasing.deliveries import announcements, counting, photos, substitutes
from purchasing.errors import Refused
from purchasing.ordering import SupplierOrder, SupplierOrderLine
from purchasing.rounds import Round

blueprint = room("deliveries", "/deliveries")


@blueprint.get("/<int:order_id>")
@open_to(*STAFF)
def show(order_id: int) -> str:
    order = _order_or_404(order_id)
    return _page(order, _rows(order))


@blueprint.post("/<int:order_id>")
@open_to(*STAFF)
def save(order_id: int) -> Response | tuple[str, int]:
    """Save every line that was changed; what is refused comes back with the reason."""
    order = _order_or_404(order_id)
    rows = _rows(order)
    form = delivery.read(request.form, rows)
    saved = _count(order, rows, form)
    db.session.commit()
    if not form.refused:
        if saved:
            flash(ngettext("%(num)s article is saved.", "%(num)s articles are saved.", saved))
        return redirect(url_for("coordinator_deliveries.show", order_id=order_id), 303)
    rows = _rows(order)
    for row in rows:
        if refusal := form.refused.get(row.line.id):
            delivery.retype(row, request.form, refusal, sentence(refusal))
    return _page(order, rows), WRONG


def _count(order: SupplierOrder, rows: list[Row], form: Form) -> int:
    round_, saved = row_or_404(Round, order.round_id), 0
    for row in rows:
        said = form.said.get(row.line.id)
        if said is None:
            continue
        try:
            saved += counting.count(
                db.session(),
                round_,
                row.line,
                said.pieces,
                milli=said.milli,
                seen=said.seen,
                key=said.key,
                sure=said.sure,
                actor=auth.actor(),
                now=moment_now(),
            )
        except counting.NotCountedNow:
            raise
        except Refused as refusal:
            form.refused[row.line.id] = refusal
    return saved


def _rows(order: SupplierOrder) -> list[Row]:
    standing = counting.standing(db.session(), [line.id for line in order.lines])
    announced = announcements.announced_of(db.session(), order)
    return [
        Row(
            line,
            standing.get(line.id),
            announced[line.id].pieces if line.id in announced else None,
        )
        for line in order.lines
    ]


def _page(order: SupplierOrder, rows: list[Row]) -> str:
    round_ = row_or_404(Round, order.round_id)
    return render_template(
        "coordinator/deliveries/show.html",
        order=order,
        round=round_,
        rows=rows,
        photos=photos.list_photos(db.session(), [row.line.item_id for row in rows]),
        instead=substitutes.in_force(db.session(), round_.id),
        progress=delivery.progress(rows),
        counting=round_.state in counting.COUNTED_IN,
        differ=[row for row in rows if row.counted and row.counted.in_conflict],
        unsent=gettext("Not sent yet. It is kept on this phone, and sent as soon as possible."),
    )


def _order_or_404(order_id: int) -> SupplierOrder:
    order = db.session.scalar(
        select(SupplierOrder)
        .where(SupplierOrder.id == order_id)
        .options(
            joinedload(SupplierOrder.supplier),
            selectinload(SupplierOrder.lines).joinedload(SupplierOrderLine.item),
        )
    )
    if order is None or not order.lines:
        abort(404)
    return order

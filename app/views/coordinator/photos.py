"""Photos of damage: seen and added by coordinators only."""

from __future__ import annotations

from flask import abort, current_app, flash, redirect, render_template, request, url_for
from flask_babel import gettext, ngettext
from werkzeug.wrappers import Response

from app import auth, photos
from app.auth import open_to
from app.documents.errors import Damaged
from app.extensions import db
from app.i18n import sentence
from app.views.coordinator.found import STAFF, WRONG, moment_now, room, round_or_404, row_or_404
from purchasing.deliveries import photos as damage
from purchasing.deliveries.photos import DamagePhoto
from purchasing.errors import Refused
from purchasing.ordering import SupplierOrder, SupplierOrderLine

blueprint = room("photos", "/deliveries")
LONGEST_KEY = 60


@blueprint.get("/lines/<int:line_id>/photos")
@open_to(*STAFF)
def index(line_id: int) -> str:
    return _page(row_or_404(SupplierOrderLine, line_id))


@blueprint.post("/lines/<int:line_id>/photos")
@open_to(*STAFF)
def add(line_id: int) -> Response | tuple[str, int]:
    line = row_or_404(SupplierOrderLine, line_id)
    try:
        with photos.kept(request.files.getlist("photo")) as pictures:
            if not pictures:
                raise photos.NoPhoto
            key = f"line:{line_id}:{request.form.get('key', '')[:LONGEST_KEY]}"
            told = {"key": key, "actor": auth.actor()}
            count = damage.take(db.session(), line, pictures, **told, now=moment_now())
            db.session.commit()
    except Refused as refusal:
        db.session.rollback()
        return _page(row_or_404(SupplierOrderLine, line_id), sentence(refusal)), WRONG
    flash(ngettext("%(num)s photo is saved.", "%(num)s photos are saved.", count))
    return redirect(url_for("coordinator_photos.index", line_id=line_id), 303)


@blueprint.get("/photos/<int:photo_id>.jpg")
@open_to(*STAFF)
def file(photo_id: int) -> Response:
    photo = row_or_404(DamagePhoto, photo_id)
    try:
        content = photos.read(photo)
    except Damaged:
        current_app.logger.exception("photo %s cannot be read", photo.id)
        abort(404)
    return Response(content, mimetype="image/jpeg")


@blueprint.post("/photos/<int:photo_id>/remove")
@open_to(*STAFF)
def remove(photo_id: int) -> Response:
    """Take it away; back to where it was seen."""
    photo = row_or_404(DamagePhoto, photo_id)
    back = url_for("coordinator_reports.index", round_id=photo.round_id)
    if photo.report_id is None:
        line = db.session.scalar(db.select(SupplierOrderLine).filter_by(item_id=photo.item_id))
        if line is not None:
            back = url_for("coordinator_photos.index", line_id=line.id)
    damage.remove(db.session(), [photo])
    db.session.commit()
    flash(gettext("The photo is removed."))
    return redirect(back, 303)


def _page(line: SupplierOrderLine, problem: str = "") -> str:
    order = row_or_404(SupplierOrder, line.supplier_order_id)
    round_ = round_or_404(order.round_id)
    found = damage.list_photos(db.session(), [line.item_id])
    return render_template(
        "coordinator/deliveries/photos.html",
        line=line,
        order=order,
        photos=found[line.item_id],
        taking=round_.state in damage.TAKEN_IN,
        keep_days=damage.KEEP_DAYS,
        accept=photos.ACCEPT,
        most=photos.MOST_BYTES // 1024 // 1024,
        problem=problem,
    )

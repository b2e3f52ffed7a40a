"""Payments online, as the treasurer sees them: how each stands, and what the provider kept."""

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from app import i18n, requested
from app.auth import now, open_to
from app.extensions import db
from app.forms.coordinator.payments import ProviderCostsForm
from app.online import pays_online
from app.views.coordinator.found import STAFF, WRONG, room, row_or_404
from purchasing import listening
from purchasing.books import online
from purchasing.books.online_payments import OnlinePayment, OnlineState
from purchasing.errands import Kind

blueprint = room("online", "/payments/online")
MOST = 200


@blueprint.get("/")
@open_to(*STAFF)
def index() -> str:
    return _page(ProviderCostsForm(formdata=None))


@blueprint.post("/<int:payment_id>/ask")
@open_to(*STAFF)
def ask(payment_id: int) -> Response:
    """Ask the provider again, also about what is paid: it may have gone back."""
    payment = row_or_404(OnlinePayment, payment_id)
    if payment.state != OnlineState.ASKED:
        listening.rouse(db.session(), Kind.HEAR_PAYMENT, payment.id, now=now())
        db.session.commit()
    flash(gettext("We ask. The answer is here within some seconds."))
    return redirect(url_for("coordinator_online.index"), 303)


@blueprint.post("/costs")
@open_to(*STAFF)
def costs() -> Response | tuple[str, int]:
    """Book what the provider kept of what it paid out."""
    form = ProviderCostsForm()
    if not form.validate():
        return _page(form), WRONG
    cents = form.cents.data or 0
    online.book_costs(db.session(), cents, key=requested.key(), now=now())
    db.session.commit()
    flash(gettext("Booked: %(amount)s.", amount=i18n.money(cents)))
    return redirect(url_for("coordinator_online.index"), 303)


def _page(form: ProviderCostsForm) -> str:
    return render_template(
        "coordinator/payments/online.html",
        form=form,
        payments=online.list_latest(db.session(), MOST),
        on_its_way=online.on_its_way(db.session()),
        is_on=pays_online(),
    )

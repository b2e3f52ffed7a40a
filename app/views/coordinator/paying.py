"""Paying suppliers: what is owed, and a file for the bank that pays it."""

from datetime import timedelta

from flask import Response, flash, redirect, render_template, url_for
from flask_babel import gettext
from sqlalchemy import select
from sqlalchemy.orm import selectinload
from werkzeug.wrappers import Response as AnyResponse

from app import auth
from app.auth import now, open_to
from app.bank import credit_transfer
from app.bank.credit_transfer import Payer, Transfer
from app.extensions import db
from app.i18n import local
from app.views.coordinator.found import STAFF, asked_ids, room, row_or_404
from purchasing.banking_days import banking_day_from
from purchasing.books import paying
from purchasing.books.paying import PaymentOrder
from purchasing.people import the_network

blueprint = room("paying", "/paying")
MOST_ORDERS = 20


@blueprint.get("/")
@open_to(*STAFF)
def index() -> str:
    orders = (
        select(PaymentOrder)
        .options(selectinload(PaymentOrder.lines))
        .order_by(PaymentOrder.id.desc())
        .limit(MOST_ORDERS)
    )
    return render_template(
        "coordinator/paying.html",
        payable=paying.list_payable(db.session()),
        orders=db.session.scalars(orders).all(),
    )


@blueprint.post("/")
@open_to(*STAFF)
def make() -> AnyResponse:
    """Order the bank to pay who is ticked; the file is then there to be taken along."""
    chosen = asked_ids("supplier")
    soon = banking_day_from(local(now()).date() + timedelta(days=1))
    order = paying.make_order(db.session(), chosen, execute_on=soon, actor=auth.actor(), now=now())
    db.session.commit()
    flash(gettext("The file is ready. Give it to your bank and sign it there."))
    return redirect(url_for("coordinator_paying.index", _anchor=order.number), 303)


@blueprint.get("/<int:order_id>.xml")
@open_to(*STAFF)
def file(order_id: int) -> Response:
    """The same bytes each time it is asked for."""
    order, us = row_or_404(PaymentOrder, order_id), the_network(db.session())
    content = credit_transfer.write(
        order.number,
        Payer(us.account_name or us.name, us.iban),
        [Transfer(one.name, one.iban, one.cents, one.text) for one in order.lines],
        execute_on=order.execute_on,
        made_at=order.made_at,
    )
    response = Response(content, mimetype="application/xml")
    response.headers["Content-Disposition"] = f'attachment; filename="{order.number}.xml"'
    return response


@blueprint.post("/<int:order_id>/call-off")
@open_to(*STAFF)
def call_off(order_id: int) -> AnyResponse:
    order = row_or_404(PaymentOrder, order_id)
    paying.call_off(db.session(), order, actor=auth.actor(), now=now())
    db.session.commit()
    flash(gettext("Called off. What it asked can be paid again."))
    return redirect(url_for("coordinator_paying.index"), 303)

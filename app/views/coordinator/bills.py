"""Bills of suppliers: typed over or read from a file, compared with the order, and booked."""

import json
from collections.abc import Callable

from flask import abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from app import auth
from app.auth import now, open_to
from app.extensions import db
from app.forms.coordinator.bills import BillFileForm, BillForm
from app.i18n import sentence
from app.pages.bills import TypedLine, how_much, passed_lines, typed_lines, with_lines
from app.views.coordinator.found import STAFF, WRONG, room, row_or_404
from purchasing.billed import Billed, DisputeEnd, from_plain
from purchasing.books import bill_replies, disputes, passed_on, supplier_bills
from purchasing.books.passed_on import NotToPassOn
from purchasing.books.supplier_bills import SupplierBill, Undecided
from purchasing.errors import Refused
from purchasing.ordering import SupplierOrder
from purchasing.rounds import Round
from suppliers import bills as bill_files

blueprint = room("bills", "/bills")


@blueprint.get("/<int:order_id>")
@open_to(*STAFF)
def show(order_id: int) -> str:
    """The bills of an order, and where a new one is entered."""
    return _page(row_or_404(SupplierOrder, order_id))


@blueprint.post("/<int:order_id>/typed")
@open_to(*STAFF)
def typed(order_id: int) -> str | tuple[str, int]:
    """What was typed over, beside the order."""
    order, form = row_or_404(SupplierOrder, order_id), BillForm()
    if not form.validate():
        return _page(order, form=form), WRONG
    return _compare(order, lambda: _typed(order, form), form=form)


@blueprint.post("/<int:order_id>/file")
@open_to(*STAFF)
def file(order_id: int) -> str | tuple[str, int]:
    """What a file says, beside the order. It is read, and kept only when it is booked."""
    order, form = row_or_404(SupplierOrder, order_id), BillFileForm()
    if not form.validate():
        return _page(order, file_form=form), WRONG
    return _compare(order, lambda: bill_files.read(form.file.data.read()), file_form=form)


@blueprint.post("/<int:order_id>")
@open_to(*STAFF)
def book(order_id: int) -> str | tuple[str, int] | Response:
    order, billed = row_or_404(SupplierOrder, order_id), _draft()
    outcomes = {k[2:]: v for k, v in request.form.items() if k.startswith("o-")}
    try:
        supplier_bills.enter(db.session(), order, billed, outcomes, actor=auth.actor(), now=now())
        db.session.commit()
    except (Undecided, NotToPassOn) as refusal:
        db.session.rollback()
        order = row_or_404(SupplierOrder, order_id)
        return _compare(order, lambda: billed, problem=sentence(refusal))
    except Refused as refusal:
        db.session.rollback()
        return _page(row_or_404(SupplierOrder, order_id), problem=sentence(refusal)), WRONG
    flash(gettext("The bill is in the books."))
    return redirect(url_for("coordinator_bills.show", order_id=order_id), 303)


@blueprint.post("/bill/<int:bill_id>/reverse")
@open_to(*STAFF)
def reverse(bill_id: int) -> Response:
    """What it booked is booked the other way; it stays to be seen."""
    bill = row_or_404(SupplierBill, bill_id)
    order_id, reason = bill.supplier_order_id, request.form.get("reason", "")
    try:
        supplier_bills.reverse(db.session(), bill, reason=reason, actor=auth.actor(), now=now())
        db.session.commit()
    except Refused as refusal:
        db.session.rollback()
        flash(sentence(refusal), "error")
    return redirect(url_for("coordinator_bills.show", order_id=order_id), 303)


@blueprint.post("/bill/<int:bill_id>/dispute")
@open_to(*STAFF)
def end_dispute(bill_id: int) -> Response:
    """What was disputed is paid after all, or withdrawn by the supplier."""
    bill = row_or_404(SupplierBill, bill_id)
    order_id, form = bill.supplier_order_id, request.form
    if form.get("end") not in list(DisputeEnd):
        abort(400)
    how, part, reason = DisputeEnd(form["end"]), form.get("part", ""), form.get("reason", "")
    try:
        disputes.end(db.session(), bill, part, how, reason=reason, actor=auth.actor(), now=now())
        db.session.commit()
    except Refused as refusal:
        db.session.rollback()
        flash(sentence(refusal), "error")
    return redirect(url_for("coordinator_bills.show", order_id=order_id), 303)


def _compare(
    order: SupplierOrder,
    read: Callable[[], Billed],
    *,
    form: BillForm | None = None,
    file_form: BillFileForm | None = None,
    problem: str = "",
) -> str | tuple[str, int]:
    """The differences, each with a question; or why this bill cannot be entered."""
    try:
        billed = read()
        found = supplier_bills.compare(db.session(), order, billed)
    except Refused as refusal:
        return _page(order, form=form, file_form=file_form, problem=sentence(refusal)), WRONG
    page = render_template(
        "coordinator/bills/check.html",
        order=order,
        round=db.session.get_one(Round, order.round_id),
        billed=billed,
        draft=json.dumps(billed.plain()),
        found=found,
        expected=supplier_bills.expected_of(db.session(), order),
        how_much=how_much(db.session(), order, billed),
        can_pass=passed_on.can_be_passed(db.session(), order, found),
        problem=problem,
        chosen=request.form,
    )
    return (page, WRONG) if problem else page


def _page(
    order: SupplierOrder,
    *,
    form: BillForm | None = None,
    file_form: BillFileForm | None = None,
    problem: str = "",
) -> str:
    bills = supplier_bills.list_bills(db.session(), order.id)
    round_ = db.session.get_one(Round, order.round_id)
    return render_template(
        "coordinator/bills/show.html",
        order=order,
        round=round_,
        bills=bills,
        passed={bill.id: passed_lines(db.session(), bill) for bill in bills},
        disputes={
            bill.id: {one.part for one in disputes.open_disputes(db.session(), bill)}
            for bill in bills
        },
        last_moment=bill_replies.last_moment,
        this_moment=now(),
        may_enter=round_.state == "settled",
        standing=next((b for b in bills if not b.is_credit and not b.reversal), None),
        expected=supplier_bills.expected_of(db.session(), order),
        lines=_lines(order),
        form=form or BillForm(formdata=None),
        file_form=file_form or BillFileForm(formdata=None),
        problem=problem,
    )


def _typed(order: SupplierOrder, form: BillForm) -> Billed:
    """The totals, with the articles that were typed one by one."""
    billed = form.billed()
    whole = billed.turned() if request.form.get("credit") else billed
    return with_lines(whole, _lines(order))


def _lines(order: SupplierOrder) -> list[TypedLine]:
    expected = supplier_bills.expected_of(db.session(), order)
    return typed_lines(order, expected, request.form)


def _draft() -> Billed:
    """What the page before this showed; anything else is no form of ours."""
    try:
        return from_plain(json.loads(request.form.get("draft", "")))
    except (ValueError, KeyError, TypeError):
        abort(400)

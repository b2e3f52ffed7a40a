"""One balance and why: a participant's account as page, table and paper; cash at the table."""

import csv
import io
from datetime import date

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response as AnyResponse

from app import auth, i18n, requested
from app.auth import now, open_to
from app.devices import Buyer
from app.extensions import db
from app.forms.coordinator.payments import CashForm, WriteOffForm
from app.i18n import local, zone
from app.online import pays_online
from purchasing.books import cash, collecting, mandates, online, statements, writing_off
from purchasing.books.statements import Moved, Statement
from purchasing.errors import N_
from purchasing.people import Participant, Role
from suppliers.writers.formulas import defused

blueprint = Blueprint("statement", __name__, url_prefix="/statement")
WRONG = 422
WORDS = {
    Moved.BILL: N_("Bill"),
    Moved.CREDIT: N_("Credited"),
    Moved.BANK: N_("Paid by bank"),
    Moved.CASH: N_("Paid in cash"),
    Moved.ONLINE: N_("Paid online"),
    Moved.RETURNED: N_("Went back to you"),
    Moved.EMPTIES: N_("Empties handed in"),
    Moved.WRITTEN_OFF: N_("Written off"),
    Moved.OTHER: N_("Other"),
}


@blueprint.get("/<int:participant_id>")
@open_to(Role.MEMBER, Role.COORDINATOR)
def show(participant_id: int) -> str:
    """The account of one's own household or shop; of any, for a coordinator."""
    return _page(auth.participant_or_404(participant_id), CashForm(formdata=None))


@blueprint.get("/<int:participant_id>.csv")
@open_to(Role.MEMBER, Role.COORDINATOR)
def table(participant_id: int) -> Response:
    buyer = auth.participant_or_404(participant_id)
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=";", lineterminator="\r\n")
    titles = (
        gettext("Date"),
        gettext("What"),
        gettext("Number"),
        gettext("Amount"),
        gettext("Balance"),
    )
    writer.writerow(titles)
    for line in _statement(buyer).lines:
        what = " ".join((gettext(WORDS[line.kind]), line.text if line.kind == Moved.BILL else ""))
        amounts = (i18n.plain_amount(line.cents), i18n.plain_amount(line.balance))
        writer.writerow([line.on.isoformat(), defused(what.strip()), line.number, *amounts])
    response = Response(text.getvalue().encode("utf-8-sig"), mimetype="text/csv")
    word = gettext("account")  # in the name of the file
    name = f"{word}-{buyer.number}.csv"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


@blueprint.post("/<int:participant_id>/paper")
@open_to(Role.MEMBER, Role.COORDINATOR)
def make_paper(participant_id: int) -> AnyResponse:
    """The statement as it is now, as a PDF with a number; it is there some seconds later."""
    buyer = auth.participant_or_404(participant_id)
    participant = db.session.get_one(Participant, buyer.id)
    paper = statements.print_statement(db.session(), participant, since=_since(), now=now())
    db.session.commit()
    return redirect(url_for("papers.show", paper_id=paper.id), 303)


@blueprint.post("/<int:participant_id>/cash")
@open_to(Role.COORDINATOR)
def receive_cash(participant_id: int) -> AnyResponse | tuple[str, int]:
    """Money on the table: booked, and a numbered receipt."""
    buyer = auth.participant_or_404(participant_id)
    form = CashForm()
    if not form.validate():
        return _page(buyer, form), WRONG
    participant = db.session.get_one(Participant, buyer.id)
    receipt = cash.receive(
        db.session(),
        participant,
        form.cents.data or 0,
        key=requested.key(),
        actor=auth.actor(),
        now=now(),
    )
    db.session.commit()
    flash(gettext("Noted. The receipt is %(number)s.", number=receipt.number))
    return redirect(url_for("statement.show", participant_id=buyer.id), 303)


@blueprint.post("/<int:participant_id>/write-off/<int:paper_id>")
@open_to(Role.COORDINATOR)
def write_off(participant_id: int, paper_id: int) -> AnyResponse:
    """Let a debt go, with the reason; it stays in the books."""
    buyer = auth.participant_or_404(participant_id)
    if auth.paper_or_404(paper_id).participant_id != buyer.id:
        abort(404)
    form = WriteOffForm()
    reason = form.reason.data or ""
    lost = writing_off.write_off(
        db.session(), paper_id, reason=reason, actor=auth.actor(), now=now()
    )
    db.session.commit()
    flash(gettext("Written off: %(amount)s.", amount=i18n.money(lost)))
    return redirect(url_for("statement.show", participant_id=buyer.id), 303)


def _page(buyer: Buyer, form: CashForm) -> str:
    found = _statement(buyer)
    return render_template(
        "statement/show.html",
        buyer=buyer,
        statement=found,
        since=_since(),
        today=local(now()).date(),
        words=WORDS,
        collected=collecting.under_way(db.session(), [item.paper_id for item in found.open]),
        mandate=mandates.in_force(db.session(), buyer.id),
        pays_online=pays_online(),
        going=online.open_for(db.session(), [buyer.id]) if pays_online() else {},
        mine=buyer.id in {one.id for one in auth.my_participants()},
        form=form,
        write_off=WriteOffForm(formdata=None),
    )


def _statement(buyer: Buyer) -> Statement:
    return statements.statement_of(db.session(), buyer.id, since=_since(), zone=zone())


def _since() -> date:
    """From a year ago, or from the day that is asked for."""
    try:
        return date.fromisoformat(request.args.get("since", ""))
    except ValueError:
        return statements.year_before(local(now()).date())

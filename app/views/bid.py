"""Where a supplier bids, by a signed link and without an account: look, fill in, seal, and later
see how it ended and take the list of who comes. It sees totals only; a GET changes nothing.
"""

import secrets
from collections.abc import Mapping
from typing import Any

from flask import (
    Blueprint,
    Response,
    abort,
    redirect,
    render_template,
    request,
    url_for,
)
from flask_babel import force_locale, gettext
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response as AnyResponse

from app import requested, seals, tickets
from app.auth import EVERYBODY, now, open_to
from app.database import reading
from app.documents import archives
from app.extensions import db
from app.forms.questions import questions_form, show_problems, typed
from app.handover import download, hand_over
from app.i18n import sentence
from app.lot_sheet import segments_of
from purchasing.answering import FormReused, SavedAlready
from purchasing.errors import Refused
from purchasing.invitations import BidInvitation, LinkRevoked, tender_of
from purchasing.questions import Question, WrongAnswers
from purchasing.tendering import Plain, Tendering
from purchasing.tenders import awards, bids, lots, offers, switching
from purchasing.tenders.figures import figures_of
from purchasing.tenders.switching import SwitchList
from suppliers import tender_tables, writers

blueprint = Blueprint("bid", __name__, url_prefix="/bid/<ticket>")
PURPOSE = "bid"
UNREADABLE, TOO_LATE, NOT_YET = 422, 409, 404
NO_LOTS: dict[str, Any] = {"sheet": None, "segments": []}
MOST_TRIES = 60  # in a quarter of an hour, with one link
PDF = "application/pdf"


blueprint.after_request(tickets.keep_private)


@blueprint.get("")
@open_to(EVERYBODY)
def show(ticket: str) -> str | tuple[str, int]:
    """The form while one may bid; the receipt, and later the result, once a bid was made."""
    invitation = _invitation_or_404(ticket)
    try:
        _refuse_revoked(invitation)
        if bids.bid_of(db.session(), invitation) is not None:
            return _made(ticket, invitation)
        bids.check_bidding(db.session(), invitation, now=now())
    except Refused as refusal:
        return _closed(ticket, invitation, sentence(refusal)), TOO_LATE
    return _form(ticket, invitation, questions_form(_questions(invitation), from_request=False))


@blueprint.post("/check")
@open_to(EVERYBODY)
def check(ticket: str) -> str | tuple[str, int]:
    """What was filled in, once more and with what it would cost, before it is sealed."""
    _count_or_429(ticket)
    with reading():
        invitation = _invitation_or_404(ticket)
        asked = _questions(invitation)
        form = questions_form(asked)
        if "back" in request.form:
            return _form(ticket, invitation, form)
        try:
            bids.check_bidding(db.session(), invitation, now=now())
            content = bids.examine(invitation.round, invitation, _as_text(typed(form, asked)))
            return _check(ticket, invitation, form, content)
        except WrongAnswers as wrong:
            show_problems(form, wrong)
            return _form(ticket, invitation, form), UNREADABLE
        except Refused as refusal:
            return _closed(ticket, invitation, sentence(refusal), form), TOO_LATE


@blueprint.post("")
@open_to(EVERYBODY)
def seal(ticket: str) -> str | tuple[str, int] | AnyResponse:
    """Seal the bid: it is final, and its hash is public at once."""
    _count_or_429(ticket)
    invitation = _invitation_or_404(ticket)
    asked = _questions(invitation)
    form = questions_form(asked)
    try:
        _submit(invitation, _as_text(typed(form, asked)))
        db.session.commit()
    except WrongAnswers as wrong:
        db.session.rollback()
        show_problems(form, wrong)
        with reading():
            return _form(ticket, _invitation_or_404(ticket), form), UNREADABLE
    except (bids.BidAlready, SavedAlready, FormReused):
        db.session.rollback()
    except Refused as refusal:
        db.session.rollback()
        with reading():
            again = _invitation_or_404(ticket)
            return _closed(ticket, again, sentence(refusal), form), TOO_LATE
    return redirect(url_for("bid.show", ticket=ticket), 303)


@blueprint.get("/lots.csv")
@open_to(EVERYBODY)
def lots_table(ticket: str) -> Response:
    paper = lots.lot_sheet_of(db.session(), _working_or_404(ticket).round_id)
    if paper is None:
        abort(NOT_YET)
    with force_locale(paper.language):
        table = tender_tables.lot_sheet(paper.snapshot, gettext)
    return download(writers.WRITERS["csv"](table), table.filename("csv"), "text/csv")


@blueprint.get("/lots.pdf")
@open_to(EVERYBODY)
def lots_paper(ticket: str) -> Response:
    paper = lots.lot_sheet_of(db.session(), _working_or_404(ticket).round_id)
    if paper is None or paper.document is None:
        abort(NOT_YET)
    content = archives.current().read(paper.document.path, paper.document.sha256)
    return download(content, f"{paper.number}.pdf", PDF)


@blueprint.post("/list/<int:list_id>")
@open_to(EVERYBODY)
def take_list(ticket: str, list_id: int) -> Response | tuple[str, int]:
    """The list of who comes, as PDF, XLSX and CSV in one file, once."""
    try:
        return hand_over(
            "switch_list",
            read=lambda: switching.read_list(db.session(), _list_or_404(ticket, list_id)),
            note=lambda printed: switching.take_along(
                db.session(),
                _list_or_404(ticket, list_id),
                printed=printed,
                actor=_invitation_or_404(ticket).supplier.name,
                now=now(),
            ),
            table=tender_tables.switch_list,
        )
    except Refused as refusal:
        db.session.rollback()
        with reading():
            invitation, why = _invitation_or_404(ticket), sentence(refusal)
            page = _closed if isinstance(refusal, LinkRevoked) else _made
            return page(ticket, invitation, why), TOO_LATE


def _working_or_404(ticket: str) -> BidInvitation:
    """The invitation of a link that was not revoked."""
    invitation = _invitation_or_404(ticket)
    if invitation.revoked_at is not None:
        abort(404)
    return invitation


def _count_or_429(ticket: str) -> None:
    requested.count_or_429(f"{PURPOSE}:{_invitation_or_404(ticket).id}", most=MOST_TRIES)


def _list_or_404(ticket: str, list_id: int) -> SwitchList:
    """A list of this supplier's own bid. Raises LinkRevoked."""
    invitation = _invitation_or_404(ticket)
    _refuse_revoked(invitation)
    bid, issue = bids.bid_of(db.session(), invitation), db.session.get(SwitchList, list_id)
    if issue is None or bid is None or issue.bid_id != bid.id:
        abort(404)
    return issue


def _refuse_revoked(invitation: BidInvitation) -> None:
    """A revoked link shows and hands over nothing, though a bid that was made with it stands."""
    if invitation.revoked_at is not None:
        raise LinkRevoked


def _submit(invitation: BidInvitation, raw: Mapping[str, str]) -> None:
    key = requested.key()
    bids.submit(
        db.session(),
        invitation,
        raw,
        nonce=secrets.token_bytes(bids.NONCE_BYTES),
        seal=seals.seal,
        key=key,
        now=now(),
    )


def _form(ticket: str, invitation: BidInvitation, form: FlaskForm) -> str:
    round_ = invitation.round
    return render_template(
        "bid/form.html",
        ticket=ticket,
        invitation=invitation,
        round=round_,
        form=form,
        parts=_tender(invitation).bid_form(),
        withdrawn=bids.withdrawn_of(db.session(), invitation),
        **_lots(round_.id),
    )


def _check(ticket: str, invitation: BidInvitation, form: FlaskForm, content: Plain) -> str:
    round_, tender = invitation.round, _tender(invitation)
    figures = figures_of(db.session(), round_.category)
    return render_template(
        "bid/check.html",
        ticket=ticket,
        invitation=invitation,
        round=round_,
        form=form,
        questions=_questions(invitation),
        lines=tender.bid_lines(content),
        examples=tender.example_costs(content, round_.particulars, figures),
    )


def _made(ticket: str, invitation: BidInvitation, problem: str = "") -> str:
    session, round_ = db.session(), invitation.round
    bid = bids.bid_of(session, invitation)
    assert bid is not None
    ended = awards.award_of(session, round_.id) is not None
    concluded = offers.conclusions(session, round_) if ended and not round_.no_deal else ()
    return render_template(
        "bid/made.html",
        ticket=ticket,
        invitation=invitation,
        round=round_,
        bid=bid,
        ended=ended,
        mine=next((one for one in concluded if one.bid == bid.key), None),
        lists=[one for one in switching.list_issues(session, round_.id) if one.bid_id == bid.id],
        problem=problem,
        withdrawn=bids.withdrawn_of(session, invitation),
    )


def _closed(
    ticket: str, invitation: BidInvitation, why: str, form: FlaskForm | None = None
) -> str:
    """Why not, and what was typed for nothing, to be read or copied."""
    return render_template(
        "bid/closed.html",
        ticket=ticket,
        invitation=invitation,
        round=invitation.round,
        why=why,
        form=form,
        questions=_questions(invitation),
        withdrawn=bids.withdrawn_of(db.session(), invitation),
        **(_lots(invitation.round_id) if invitation.revoked_at is None else NO_LOTS),
    )


def _lots(round_id: int) -> dict[str, Any]:
    """What is put to tender; nothing before the sign-up has closed."""
    sheet = lots.lot_sheet_of(db.session(), round_id)
    return {"sheet": sheet, "segments": segments_of(sheet.snapshot) if sheet else []}


def _questions(invitation: BidInvitation) -> tuple[Question, ...]:
    return tuple(q for part in _tender(invitation).bid_form() for q in part.questions)


def _as_text(raw: Mapping[str, object]) -> dict[str, str]:
    """As the room reads it: what was ticked together stands in one text, "power,shop"."""
    return {
        key: ",".join(map(str, value)) if isinstance(value, list) else str(value)
        for key, value in raw.items()
    }


def _tender(invitation: BidInvitation) -> Tendering:
    return tender_of(invitation.round)


def _invitation_or_404(ticket: str) -> BidInvitation:
    invitation_id = tickets.read(PURPOSE, ticket)
    invitation = db.session.get(BidInvitation, invitation_id) if invitation_id else None
    if invitation is None:
        abort(404)
    return invitation

"""Where a supplier answers an order, by a signed link and without an account: all of it, some,
or nothing. It sees what we ordered in all and no household; a GET changes nothing.
"""

from flask import (
    Blueprint,
    Response,
    abort,
    g,
    redirect,
    render_template,
    request,
    url_for,
)
from flask_babel import force_locale, gettext
from sqlalchemy import select
from sqlalchemy.orm import undefer
from werkzeug.wrappers import Response as AnyResponse

from app import requested, tickets
from app.auth import EVERYBODY, now, open_to
from app.database import reading
from app.documents import archives
from app.extensions import db
from app.handover import download
from app.i18n import sentence
from app.pages.answer import WHY_WORDS, page_lines
from purchasing.answering import FormReused, SavedAlready
from purchasing.deliveries import announcements, supplier_answers
from purchasing.deliveries.answer_form import AnsweredLine, WrongAnswer
from purchasing.deliveries.answer_links import AnswerLink, check_link
from purchasing.deliveries.supplier_answers import SupplierAnswer
from purchasing.errors import Refused
from purchasing.invitations import LinkRevoked
from purchasing.papers import Paper, PaperKind
from purchasing.rounds import Round
from suppliers import ordersheet, writers

blueprint = Blueprint("answer", __name__, url_prefix="/a/<ticket>")
PURPOSE = "answer"
UNREADABLE, TOO_LATE = 422, 409
MOST_TRIES = 60  # in a quarter of an hour, with one link
MOST_SIGNS = 1000  # of one box


blueprint.after_request(tickets.keep_private)


@blueprint.get("")
@open_to(EVERYBODY)
def show(ticket: str) -> str | tuple[str, int]:
    """The form; and once answered, what we have, which may be changed while there is time."""
    link = _link_or_404(ticket)
    latest = supplier_answers.latest_answer(db.session(), link.supplier_order_id)
    try:
        check_link(db.session(), link, now=now())
    except LinkRevoked as refusal:
        return _closed(ticket, link, sentence(refusal)), TOO_LATE
    except Refused as refusal:
        late = _sent(ticket, link, latest) if latest else _closed(ticket, link, sentence(refusal))
        return late, 200 if latest else TOO_LATE
    if latest is not None and "change" not in request.args:
        return _sent(ticket, link, latest, may_change=True)
    return _form(ticket, link, said=supplier_answers.said_of(latest) if latest else ())


@blueprint.post("")
@open_to(EVERYBODY)
def send(ticket: str) -> str | tuple[str, int] | AnyResponse:
    """Keep the answer; what is wrong is said at its box, and what was typed stays."""
    link = _link_or_404(ticket)
    requested.count_or_429(f"{PURPOSE}:{link.id}", most=MOST_TRIES)
    raw = _typed()
    try:
        supplier_answers.answer(db.session(), link, raw, key=requested.key(), now=now())
        db.session.commit()
    except WrongAnswer as wrong:
        db.session.rollback()
        with reading():
            return _form(ticket, _link_or_404(ticket), typed=raw, wrong=wrong), UNREADABLE
    except (SavedAlready, FormReused):
        db.session.rollback()
    except Refused as refusal:
        db.session.rollback()
        with reading():
            return _closed(ticket, _link_or_404(ticket), sentence(refusal), raw), TOO_LATE
    return redirect(url_for("answer.show", ticket=ticket), 303)


@blueprint.get("/order.<any(pdf, csv, xlsx):suffix>")
@open_to(EVERYBODY)
def sheet(ticket: str, suffix: str) -> Response | tuple[str, int]:
    """The order sheet, as it went out."""
    link = _link_or_404(ticket)
    if link.revoked_at is not None:
        return _closed(ticket, link, sentence(LinkRevoked())), TOO_LATE
    paper = _sheet_of(link)
    if paper is None or (suffix == "pdf" and paper.document is None):
        abort(404)
    if suffix == "pdf":
        assert paper.document is not None
        content = archives.current().read(paper.document.path, paper.document.sha256)
        return download(content, f"{paper.number}.pdf", "application/pdf")
    with force_locale(paper.language):
        table = ordersheet.from_record(paper.snapshot, gettext)
    content = writers.WRITERS[suffix](table)
    return download(content, table.filename(suffix), writers.MIME_TYPES[suffix])


def _form(
    ticket: str,
    link: AnswerLink,
    *,
    said: tuple[AnsweredLine, ...] = (),
    typed: dict[str, str] | None = None,
    wrong: WrongAnswer | None = None,
) -> str:
    lines = page_lines(link.order, said, typed=typed, wrong=wrong)
    whole = (
        {k: sentence(v) for k, v in wrong.problems.items() if k in ("", "answer")} if wrong else {}
    )
    return _page(
        "form",
        ticket,
        link,
        lines=lines,
        typed=typed or {},
        whole=list(whole.values()),
        wrong=wrong is not None,
        why_words=WHY_WORDS,
        again=bool(said),
    )


def _sent(
    ticket: str, link: AnswerLink, answer: SupplierAnswer, *, may_change: bool = False
) -> str:
    """What we have, line by line, and what the network did with it."""
    said = supplier_answers.said_of(answer)
    made = announcements.list_decisions(db.session(), link.supplier_order_id)
    decision = next((one for one in made if one.answer_id == answer.id), None)
    accepted = (
        {one.line_id: (one.pieces, one.unit_price) for one in decision.lines} if decision else {}
    )
    return _page(
        "sent",
        ticket,
        link,
        answer=answer,
        lines=page_lines(link.order, said),
        totals=supplier_answers.totals_of(link.order, said),
        may_change=may_change,
        decision=decision,
        refused={
            one.line_id
            for one in said
            if accepted.get(one.line_id) != (one.pieces, one.unit_price)
        },
        waits=announcements.waits(db.session(), answer),
    )


def _closed(ticket: str, link: AnswerLink, why: str, typed: dict[str, str] | None = None) -> str:
    """Why not, and what was typed for nothing, to be read or copied."""
    lines = page_lines(link.order, typed=typed) if typed and link.revoked_at is None else []
    return _page("closed", ticket, link, why=why, lines=lines, typed=typed or {})


def _page(name: str, ticket: str, link: AnswerLink, **facts: object) -> str:
    return render_template(
        f"answer/{name}.html",
        ticket=ticket,
        link=link,
        order=link.order,
        round=db.session.get_one(Round, link.order.round_id),
        sheet=_sheet_of(link),
        **facts,
    )


def _sheet_of(link: AnswerLink) -> Paper | None:
    return db.session.scalar(
        select(Paper)
        .where(
            Paper.supplier_order_id == link.supplier_order_id,
            Paper.kind == PaperKind.ORDER_SHEET,
        )
        .options(undefer(Paper.snapshot))
    )


def _typed() -> dict[str, str]:
    ours = ("csrf_token", "key")
    return {k: v[:MOST_SIGNS] for k, v in request.form.items() if k not in ours}


def _link_or_404(ticket: str) -> AnswerLink:
    link_id = tickets.read(PURPOSE, ticket)
    link = db.session.get(AnswerLink, link_id) if link_id else None
    if link is None:
        abort(404)
    g.reader_language = link.order.supplier.language
    return link

"""A paper as PDF, and for programs: one's own, and the very bytes that were stored."""

from flask import Blueprint, Response, abort, current_app, render_template
from flask_babel import force_locale, gettext

from app import auth
from app.auth import open_to
from app.documents import archives
from app.documents.errors import Damaged
from purchasing.books.open_items import OpenItem
from purchasing.errors import N_
from purchasing.papers import DataFile, Paper, PaperKind, StoredDocument
from purchasing.people import Role

blueprint = Blueprint("papers", __name__)
NOT_YET = 409
WORDS = {
    PaperKind.INVOICE: N_("Invoice"),
    PaperKind.SETTLEMENT: N_("Settlement"),
    PaperKind.PREPAYMENT: N_("Down payment"),
    PaperKind.CREDIT_NOTE: N_("Credit note"),
    PaperKind.SUPPLEMENT: N_("Supplement"),
    PaperKind.RECEIPT: N_("Receipt"),
    PaperKind.CONFIRMATION: N_("Confirmation"),
    PaperKind.ORDER_SHEET: N_("Order sheet"),
    PaperKind.PACKING_LIST: N_("Packing list"),
    PaperKind.LOT_SHEET: N_("Lot sheet"),
    PaperKind.CASH_RECEIPT: N_("Cash receipt"),
    PaperKind.ACCOUNT: N_("Account statement"),
}


@blueprint.app_template_global("paper_word")
def paper_word(paper: Paper | OpenItem) -> str:
    """What kind of paper it is, in the reader's language."""
    return gettext(WORDS[paper.kind])


@blueprint.get("/papers/<int:paper_id>.pdf")
@open_to(Role.MEMBER, Role.COORDINATOR, Role.OBSERVER)
def show(paper_id: int) -> Response | tuple[str, int]:
    paper = auth.paper_or_404(paper_id)
    document = paper.document
    if document is None:
        return render_template("mine/paper_not_yet.html", paper=paper), NOT_YET
    return _given_out(paper, document, "pdf")


@blueprint.get("/papers/<int:paper_id>.xml")
@open_to(Role.MEMBER, Role.COORDINATOR, Role.OBSERVER)
def data(paper_id: int) -> Response | tuple[str, int]:
    """The invoice in UBL, for a bookkeeping program."""
    paper = auth.paper_or_404(paper_id)
    if paper.data is None:
        abort(404)
    return _given_out(paper, paper.data, "xml")


def _given_out(
    paper: Paper, file: StoredDocument | DataFile, suffix: str
) -> Response | tuple[str, int]:
    try:
        content = archives.current().read(file.path, file.sha256)
    except Damaged:
        current_app.logger.exception("paper %s cannot be read", paper.number)
        return render_template("mine/paper_damaged.html", paper=paper), 500
    response = Response(content, mimetype=f"application/{suffix}")
    name = f"{_stem(paper)}.{suffix}"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _stem(paper: Paper) -> str:
    """ "factuur-2026-0147", in the language of the paper."""
    with force_locale(paper.language):
        word = paper_word(paper).lower().replace(" ", "-")
    safe = "".join(sign if sign.isalnum() or sign in "-_" else "-" for sign in paper.number)
    return f"{word}-{safe}"

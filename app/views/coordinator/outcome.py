"""What came of a round: orders, papers, the proof that it adds up, and their files."""

from dataclasses import dataclass
from io import BytesIO

from flask import Response, abort, send_file
from flask_babel import force_locale, gettext
from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, selectinload, undefer

from app.auth import open_to
from app.extensions import db
from app.views.coordinator.found import WHO_SEES_SUMS, room
from purchasing.books import settlement
from purchasing.books.settlement import Reconciliation
from purchasing.errands import Errand, Kind, list_for_round
from purchasing.ordering import SupplierOrder, SupplierOrderLine
from purchasing.papers import Paper, PaperKind
from purchasing.rounds import Round
from suppliers import ordersheet, writers

blueprint = room("outcome", "/papers")
SHEETS = (PaperKind.ORDER_SHEET, PaperKind.PACKING_LIST)
SENT_BY = (Kind.MAIL_SHEET, Kind.MAIL_PAPER)


@dataclass
class Outcome:
    """`errand_of` is the mail of a paper, by paper id."""

    orders: list[SupplierOrder]
    sheets: dict[int, Paper]
    packing_list: Paper | None
    papers: list[Paper]
    reconciliation: Reconciliation
    errand_of: dict[int, Errand]

    @property
    def total(self) -> int:
        return sum(paper.total_cents for paper in self.papers)


def outcome_of(session: Session, round_: Round) -> Outcome:
    """All that a decided round left behind, in a fixed number of queries."""
    orders = session.scalars(
        select(SupplierOrder)
        .where(SupplierOrder.round_id == round_.id)
        .options(
            joinedload(SupplierOrder.supplier),
            selectinload(SupplierOrder.lines).joinedload(SupplierOrderLine.item),
        )
        .order_by(SupplierOrder.id)
    ).all()
    papers = session.scalars(
        select(Paper)
        .where(Paper.round_id == round_.id)
        .options(joinedload(Paper.participant), joinedload(Paper.document))
        .order_by(Paper.kind, Paper.number)
    ).all()
    return Outcome(
        orders=list(orders),
        sheets={p.supplier_order_id: p for p in papers if p.supplier_order_id is not None},
        packing_list=max(
            (p for p in papers if p.kind == PaperKind.PACKING_LIST),
            key=lambda paper: paper.id,
            default=None,
        ),
        papers=[paper for paper in papers if paper.kind not in SHEETS],
        reconciliation=settlement.reconcile(session, round_),
        errand_of={
            int(errand.ref): errand
            for errand in list_for_round(session, round_.id)
            if errand.kind in SENT_BY and errand.ref.isdigit()
        },
    )


@blueprint.get("/<int:paper_id>.<any(csv, xlsx):suffix>")
@open_to(*WHO_SEES_SUMS)
def table(paper_id: int, suffix: str) -> Response:
    """An order sheet as a table, in the supplier's language."""
    paper = db.session.get(Paper, paper_id, options=[undefer(Paper.snapshot)])
    if paper is None or paper.kind != PaperKind.ORDER_SHEET:
        abort(404)
    with force_locale(paper.language):
        sheet = ordersheet.from_record(paper.snapshot, translate=gettext)
    content = writers.WRITERS[suffix](sheet)
    return send_file(
        BytesIO(content),
        mimetype=writers.MIME_TYPES[suffix],
        download_name=sheet.filename(suffix),
        as_attachment=True,
    )

"""For who reads along: rounds, sums, orders and books, without a household and without a button.

An observer sits on the board, or looks for a funder or as an accountant. What stands here names no
participant: how many, and how much. Nothing here can be changed, for nothing here takes a POST.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flask import Response, abort, render_template
from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from app.auth import OBSERVED, now, open_to
from app.bookkeeping import FORMATS
from app.extensions import db
from app.i18n import local
from app.pages.books import PART_WORDS
from app.views.coordinator.found import (
    PAGE_SIZE,
    WHO_SEES_SUMS,
    announced_or_404,
    page_number,
    room,
)
from purchasing.books import bill_rows, journal, open_items, overview, reconciliation, years
from purchasing.catalogue import Supplier
from purchasing.commitments import Commitment
from purchasing.headcounts import FEWEST
from purchasing.money import Cents
from purchasing.papers import Paper, PaperKind
from purchasing.rounds import Round, RoundState

blueprint = room("observer", "/observer", under="")
ANNOUNCED = or_(Round.published_at.is_not(None), Round.state != RoundState.PLANNED)


@dataclass(frozen=True)
class Pile:
    """How many papers of one kind went to participants, and what they ask together."""

    kind: PaperKind
    count: int
    cents: Cents


@blueprint.get("/")
@open_to(*WHO_SEES_SUMS)
def index() -> str:
    """Every round that was announced, the newest first."""
    page = page_number()
    query = select(Round).where(ANNOUNCED).order_by(Round.closes_at.desc(), Round.id.desc())
    found = list(db.session.scalars(query.offset((page - 1) * PAGE_SIZE).limit(PAGE_SIZE + 1)))
    return render_template(
        "coordinator/observer/index.html",
        rounds=found[:PAGE_SIZE],
        buyers=_buyers(db.session(), [one.id for one in found]),
        page=page,
        more=len(found) > PAGE_SIZE,
    )


@blueprint.get("/rounds/<int:round_id>")
@open_to(*WHO_SEES_SUMS)
def show(round_id: int) -> str:
    """One round: what was ordered, asked and charged, and who decided what in it."""
    round_ = announced_or_404(round_id)
    session = db.session()
    return render_template(
        "coordinator/observer/round.html",
        round=round_,
        buyers=_buyers(session, [round_.id]).get(round_.id, 0),
        books=reconciliation.books_of(session, round_),
        papers=_papers_by_order(session, round_.id),
        bills=bill_rows.list_standing(session, round_.id),
        piles=_piles(session, round_.id),
        ordered=round_.state in (RoundState.ORDERED, RoundState.DELIVERED, RoundState.SETTLED),
        words=PART_WORDS,
        fewest=FEWEST,
    )


@blueprint.get("/books")
@open_to(*WHO_SEES_SUMS)
def books() -> str:
    """What we have, what is owed both ways, and whether the books are true."""
    session = db.session()
    owed = open_items.balances(session, "supplier")
    sellers = select(Supplier.id, Supplier.name).where(Supplier.id.in_(owed))
    return render_template(
        "coordinator/observer/books.html",
        books=overview.overview(session),
        faults=overview.faults(session),
        suppliers=[
            (name, -owed[one]) for one, name in session.execute(sellers.order_by(Supplier.name))
        ],
        years=years.years_with_books(session),
        closed={one.year: one for one in years.list_closed(session)},
        formats=FORMATS,
    )


@blueprint.get("/books/<int:year>.<any(csv, journal, beancount, xaf):suffix>")
@open_to(*WHO_SEES_SUMS)
def of_year(year: int, suffix: str) -> Response:
    """All that was booked in a year, with participants by number: their names stand nowhere."""
    if not years.FIRST_YEAR <= year <= years.LAST_YEAR:
        abort(404)
    written = FORMATS[suffix]
    nameless = journal.without_names(journal.of_year(db.session(), year))
    response = Response(written.write(nameless, local(now()).date()), mimetype=written.media_type)
    name = f"koopkracht-{year}-by-number.{suffix}"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _buyers(session: Session, round_ids: Sequence[int]) -> dict[int, int]:
    """How many participants ordered or signed up, by round."""
    rows = session.execute(
        select(Commitment.round_id, func.count(Commitment.id))
        .where(Commitment.round_id.in_(round_ids), Commitment.ordered_at.is_not(None))
        .group_by(Commitment.round_id)
    )
    return {round_id: count for round_id, count in rows}


def _papers_by_order(session: Session, round_id: int) -> dict[int | None, list[Paper]]:
    """Papers that name no household, by the order of a supplier; of the round itself: None."""
    found: dict[int | None, list[Paper]] = {}
    query = select(Paper).where(Paper.round_id == round_id, Paper.kind.in_(OBSERVED))
    for paper in session.scalars(query.order_by(Paper.id)):
        found.setdefault(paper.supplier_order_id, []).append(paper)
    return found


def _piles(session: Session, round_id: int) -> list[Pile]:
    rows = session.execute(
        select(Paper.kind, func.count(Paper.id), func.sum(Paper.total_cents))
        .where(Paper.round_id == round_id, Paper.participant_id.is_not(None))
        .group_by(Paper.kind)
        .order_by(Paper.kind)
    )
    return [Pile(PaperKind(kind), count, int(cents)) for kind, count, cents in rows]

"""The books: all balances, each round to the cent, a year as a file, and closing a year."""

from flask import Response, abort, flash, redirect, render_template, url_for
from flask_babel import gettext
from sqlalchemy import select
from werkzeug.wrappers import Response as AnyResponse

from app import auth
from app.auth import now, open_to
from app.bookkeeping import FORMATS
from app.extensions import db
from app.i18n import local
from app.pages.books import PART_WORDS
from app.views.coordinator.found import STAFF, room, round_or_404
from purchasing.books import (
    bill_rows,
    empties,
    journal,
    open_items,
    overview,
    reconciliation,
    years,
)
from purchasing.catalogue import Supplier
from purchasing.people import Role
from purchasing.rounds import Round, RoundState

blueprint = room("books", "/books")
MOST_ROUNDS = 12
DECIDED = (RoundState.ORDERED, RoundState.DELIVERED, RoundState.SETTLED)


@blueprint.get("/")
@open_to(*STAFF)
def index() -> str:
    """What we have, what is owed both ways, and whether the books are true."""
    owed = open_items.balances(db.session(), "supplier")
    sellers = select(Supplier.id, Supplier.name).where(Supplier.id.in_(owed))
    rounds = select(Round).where(Round.state.in_(DECIDED)).order_by(Round.closes_at.desc())
    return render_template(
        "coordinator/books/index.html",
        books=overview.overview(db.session()),
        empties=empties.given_back(db.session()),
        faults=overview.faults(db.session()),
        suppliers=[
            (name, -owed[one]) for one, name in db.session.execute(sellers.order_by(Supplier.name))
        ],
        rounds=db.session.scalars(rounds.limit(MOST_ROUNDS)).all(),
        years=years.years_with_books(db.session()),
        closed={one.year: one for one in years.list_closed(db.session())},
        this_year=local(now()).year,
        formats=FORMATS,
    )


@blueprint.get("/round/<int:round_id>")
@open_to(*STAFF)
def of_round(round_id: int) -> str:
    """What suppliers ask and participants are charged: the same, or the difference explained."""
    round_ = round_or_404(round_id)
    return render_template(
        "coordinator/books/round.html",
        round=round_,
        books=reconciliation.books_of(db.session(), round_),
        bills=bill_rows.list_standing(db.session(), round_.id),
        words=PART_WORDS,
    )


@blueprint.get("/<int:year>.<any(csv, journal, beancount, xaf):suffix>")
@open_to(*STAFF)
def of_year(year: int, suffix: str) -> Response:
    """All that was booked in a year, as a file for who keeps books."""
    if not years.FIRST_YEAR <= year <= years.LAST_YEAR:
        abort(404)
    written = FORMATS[suffix]
    content = written.write(journal.of_year(db.session(), year), local(now()).date())
    response = Response(content, mimetype=written.media_type)
    name = f"koopkracht-{year}.{suffix}"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


@blueprint.post("/<int:year>/close")
@open_to(Role.ADMINISTRATOR)
def close_year(year: int) -> AnyResponse:
    """Nothing is booked in the year any more; what was earned becomes its result."""
    if not years.FIRST_YEAR <= year <= years.LAST_YEAR:
        abort(404)
    years.close(db.session(), year, actor=auth.actor(), now=now())
    db.session.commit()
    flash(gettext("The year %(year)s is closed.", year=str(year)))
    return redirect(url_for("coordinator_books.index"), 303)

"""The books: all balances, who is paid what, and each round to the cent."""

from flask import render_template
from sqlalchemy import select

from app.auth import open_to
from app.extensions import db
from app.views.coordinator.found import STAFF, room, round_or_404
from purchasing.books import open_items, overview, reconciliation
from purchasing.books.reconciliation import Part
from purchasing.catalogue import Supplier
from purchasing.errors import N_
from purchasing.rounds import Round, RoundState

blueprint = room("books", "/books")
MOST_ROUNDS = 12
PARTS = {
    Part.GOODS: N_("Goods"),
    Part.DELIVERY: N_("Delivery"),
    Part.GOODS_AND_DELIVERY: N_("Goods and delivery"),
    Part.DEPOSIT: N_("Deposit"),
}
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
        faults=overview.faults(db.session()),
        suppliers=[
            (name, -owed[one]) for one, name in db.session.execute(sellers.order_by(Supplier.name))
        ],
        rounds=db.session.scalars(rounds.limit(MOST_ROUNDS)).all(),
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
        words=PARTS,
    )

"""What an address names, or not found; and what most of a coordinator's pages need."""

from datetime import UTC, datetime
from typing import TypeVar

from flask import Blueprint, abort, current_app, redirect, render_template, request, url_for
from sqlalchemy.orm import selectinload
from werkzeug.wrappers import Response

from app import auth, second_step
from app.extensions import db
from app.intake import MOST_ID
from app.ui import network
from purchasing.base import Base
from purchasing.people import Role
from purchasing.rounds import Round, RoundState, RoundSupplier

Row = TypeVar("Row", bound=Base)

WRONG = 422  # the form comes back with what is wrong in it
PAGE_SIZE = 100
STAFF = (Role.COORDINATOR, Role.ADMINISTRATOR)
WHO_SEES_SUMS = (*STAFF, Role.OBSERVER)


def room(name: str, path: str, *, under: str = "/coordinator") -> Blueprint:
    """A room of the coordinator's. Before the network is set up it shows what to do first."""
    made = Blueprint(f"coordinator_{name}", __name__, url_prefix=f"{under}{path}")

    @made.before_request
    def second_step_first() -> Response | None:
        """Where the installation asks it of all who coordinate; also of who reads along."""
        who = auth.asker()
        if not current_app.config["SECOND_STEP_FOR_STAFF"] or who is None:
            return None
        if second_step.is_on(db.session(), who.id):
            return None
        return redirect(url_for("second_step.index", required=1), 303)

    @made.before_request
    def set_up_first() -> str | None:
        if (auth.is_coordinator() or auth.observes()) and network() is None:
            return render_template("coordinator/no_network.html")
        return None

    return made


def row_or_404(kind: type[Row], row_id: int) -> Row:
    row = db.session.get(kind, row_id)
    if row is None:
        abort(404)
    return row


def round_or_404(round_id: int) -> Round:
    """A round with its items, suppliers and history, in a fixed number of queries."""
    round_ = db.session.scalar(
        db.select(Round)
        .where(Round.id == round_id)
        .options(
            selectinload(Round.items),
            selectinload(Round.history),
            selectinload(Round.suppliers).selectinload(RoundSupplier.supplier),
        )
    )
    if round_ is None:
        abort(404)
    return round_


def announced_or_404(round_id: int) -> Round:
    """A round as everybody may know of it: not while it is only being planned."""
    round_ = round_or_404(round_id)
    if round_.published_at is None and round_.state == RoundState.PLANNED:
        abort(404)
    return round_


def moment_now() -> datetime:
    """The moment, read after a lock was taken: who got in before it is in time."""
    return datetime.now(UTC)


def asked_id(name: str) -> int | None:
    """An id in the query of the address, or in a form."""
    value = request.values.get(name, type=int)
    return value if value is not None and 0 < value <= MOST_ID else None


def asked_ids(name: str) -> set[int]:
    """All ids that were ticked in a form; what is no id is passed over."""
    given = request.form.getlist(name)
    numbers = {int(text) for text in given if text.isascii() and text.isdigit() and len(text) < 11}
    return {number for number in numbers if 0 < number <= MOST_ID}


def page_number() -> int:
    """Which page of a long list is asked for, from 1."""
    return max(1, min(request.args.get("page", 1, type=int), 1_000_000))

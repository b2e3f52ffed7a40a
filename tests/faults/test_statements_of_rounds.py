"""A crash at every statement of every move of every kind of round: it goes on as if undisturbed.

Each move is made in its own transaction, as the clock and the pages make it. After the crash the
clock comes by again, or somebody presses the button again; then every row of every table and
every paper is what it is where nothing crashed.
"""

from __future__ import annotations

from contextlib import suppress
from functools import partial

import pytest
from sqlalchemy.orm import Session

from app import seals
from app.extensions import db
from purchasing import clock, lifecycle
from purchasing.categories import CATEGORIES
from purchasing.errors import Refused
from purchasing.rounds import Round
from tests import tenders
from tests.builders import (
    ACTOR,
    NOON,
    a_household,
    a_network,
    a_product,
    a_round,
    a_supplier,
    an_order,
)
from tests.faults.every_step import Work, crash_at_every_step, the_clock_comes
from tests.faults.moves import MOVES, Move


@pytest.mark.parametrize("move", MOVES, ids=str)
def test_a_round_that_crashes_in_a_move_goes_on(app, session, world, monkeypatch, move) -> None:
    monkeypatch.setattr(seals, "unseal", tenders.seal)
    a_network(session)
    round_id = move.begin(session).id
    session.commit()
    run = partial(make, move, round_id)
    recover = partial(the_clock_comes, move.at) if move.duty else run

    figures = crash_at_every_step(world, Work(run, recover))

    assert figures.crashes > 7
    assert figures.wrecks == 2  # all of it, or nothing


def test_a_clock_that_crashes_anywhere_closes_and_orders_once(app, session, world) -> None:
    """All that the clock does on an evening; most of it is reading to find out what is due.

    Its moves crash at each of their steps elsewhere; that is why every fourth is enough here.
    """
    a_network(session)
    round_ = a_round(session, a_product(session, a_supplier(session)))
    an_order(session, round_, a_household(session), {"Rijst": 6})
    session.commit()
    clock_comes = partial(the_clock_comes, NOON)

    figures = crash_at_every_step(world, Work(clock_comes, clock_comes), stride=4)

    assert figures.crashes > 20
    assert figures.wrecks == 3  # open, closed, ordered


def make(move: Move, round_id: int) -> None:
    """As a page does it, or the clock; what has been done already is refused, and stays."""
    with suppress(Refused), Session(db.engine) as session:
        round_ = session.get_one(Round, round_id)
        lifecycle.lock(session, round_)
        move.make(session, round_, actor=clock.ACTOR if move.duty else ACTOR, now=move.at)
        session.commit()


# --- all of them -------------------------------------------------------------------------------


def test_every_move_of_every_kind_of_round_crashes_here() -> None:
    roads = {(key, move) for key, room in CATEGORIES.items() for move in room.itinerary}

    assert roads - {(move.category, move.name) for move in MOVES} == set()
    assert set(lifecycle.LEADS_TO) == {move.name for move in MOVES}


# --- that it would be seen ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("where", "what"),
    [(lifecycle.ordering, "record"), (lifecycle.settlement, "book_orders")],
)
def test_a_commit_in_the_middle_of_a_move_is_seen(
    app, session, world, monkeypatch, where, what
) -> None:
    then = getattr(where, what)

    def committing(session: Session, *args, **named):
        made = then(session, *args, **named)
        session.commit()
        return made

    monkeypatch.setattr(where, what, committing)
    a_network(session)
    order = next(move for move in MOVES if str(move) == "food order")
    run = partial(make, order, order.begin(session).id)
    session.commit()

    with pytest.raises(AssertionError, match="after a crash at step"):
        crash_at_every_step(world, Work(run, run))

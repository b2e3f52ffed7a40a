"""A crash at every statement of what the clock does besides moving rounds: all is done."""

from __future__ import annotations

from datetime import date, time
from functools import partial
from pathlib import Path

import pytest
from flask import current_app
from sqlalchemy.orm import Session

from app.documents.archives.folder import FolderArchive
from purchasing import lifecycle
from purchasing.clock import What
from purchasing.deliveries import photos
from purchasing.deliveries.photos import Picture
from purchasing.ordering import SupplierOrderLine
from purchasing.rounds import RoundRhythm
from tests.builders import (
    ACTOR,
    DAY,
    NOON,
    a_network,
    a_product,
    a_round,
    a_supplier,
)
from tests.faults.asked import a_draft, somebody_late
from tests.faults.every_step import Work, crash_at_every_step, the_clock_comes
from tests.faults.moves import MOVES, food, looked_at, received

FORGOTTEN = NOON + 180 * DAY


def a_rhythm(session: Session) -> None:
    """A round every Saturday, of which none has been planned yet."""
    closes_at = NOON + 300 * DAY
    template = a_round(session, a_product(session, a_supplier(session)), closes_at=closes_at)
    rhythm = RoundRhythm(
        title="Elke week",
        template_round_id=template.id,
        every_weeks=1,
        anchor_on=date(2026, 3, 14),
        close_days_before=2,
        close_at=time(20),
        open_days_before=9,
        open_at=time(8),
        skipped=[],
        ahead=1,
    )
    session.add(rhythm)


def old_answers(session: Session) -> None:
    """Half a year ago somebody wrote down what he saw at Ada's home."""
    round_ = looked_at(session)
    lifecycle.cancel(session, round_, reason="Toch niet", actor=ACTOR, now=NOON)


def old_photos(session: Session) -> None:
    """Half a year ago somebody sent two photos of the rice, each a file."""
    round_ = received(food, session)
    lifecycle.settle(session, round_, actor=ACTOR, now=NOON)
    folder = Path(current_app.config["DOCUMENTS_FOLDER"])
    pictures = [Picture(*FolderArchive(folder).keep(what, ".jpg")) for what in (b"one", b"two")]
    line = session.get_one(SupplierOrderLine, 1)
    photos.take(session, line, pictures, key="k" * 10, actor=ACTOR, now=NOON)


DUTIES = [
    (What.REMIND, a_draft, NOON - DAY),
    (What.PLAN, a_rhythm, NOON - 6 * DAY),
    (What.REMIND_LATE, somebody_late, NOON),
    (What.FORGET, old_answers, FORGOTTEN),
    (What.FORGET, old_photos, FORGOTTEN),
]


@pytest.mark.parametrize(("what", "begin", "at"), DUTIES)
def test_a_clock_that_crashes_in_a_duty_does_it_all_the_same(
    app, session, world, what, begin, at
) -> None:
    a_network(session)
    begin(session)
    session.commit()
    done: list[list[str]] = []

    figures = crash_at_every_step(
        world, Work(lambda: done.append(the_clock_comes(at)), partial(the_clock_comes, at))
    )

    assert {name for name in done[0] if name.startswith(what)} == set(done[0])
    assert figures.wrecks >= 2


def test_every_duty_of_the_clock_crashes_somewhere() -> None:
    moves = {move.duty for move in MOVES if move.duty}

    assert moves | {what for what, _, _ in DUTIES} == set(What)

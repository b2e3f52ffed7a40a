"""A crash at every statement behind a button: pressed again, it was pressed once."""

from __future__ import annotations

from contextlib import suppress
from functools import partial

import pytest
import time_machine
from sqlalchemy.orm import Session

from app.extensions import db
from purchasing.errors import Refused
from tests.builders import NOON, a_network
from tests.faults.buttons import BUTTONS, Button
from tests.faults.every_step import Work, crash_at_every_step


@pytest.mark.parametrize("button", BUTTONS, ids=str)
def test_a_button_that_crashes_is_pressed_again_and_counts_once(
    app, session, world, button
) -> None:
    a_network(session)
    button.begin(session)
    session.commit()
    run = partial(press, button)

    with time_machine.travel(NOON, tick=False):  # the trail dates an act by the wall
        figures = crash_at_every_step(world, Work(run, run))

    assert figures.crashes > 4
    assert figures.wrecks == 2  # all of it, or nothing


def press(button: Button) -> None:
    with suppress(Refused), Session(db.engine) as session:
        button.press(session)
        session.commit()

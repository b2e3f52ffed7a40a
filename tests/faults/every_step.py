"""Lets a piece of work crash at each of its steps, and recover; all must end as if undisturbed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

from flask import current_app
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app import high_water
from app.duties import do_what_is_due
from app.extensions import db
from purchasing.books.ledger import Entry
from purchasing.numbers import standing
from purchasing.papers import Paper, PaperKind
from tests.faults.crashing import Steps, crashing_at
from tests.faults.worlds import State, World

Columns = Mapping[str, set[str]]


@dataclass
class Work:
    """What may crash, and how the house goes on after it.

    `differs` names the columns that may come out otherwise, `tells` is what of the world outside
    counts and `forget` begins it anew.
    """

    run: Callable[[], object]
    recover: Callable[[], object]
    differs: Columns = field(default_factory=dict)
    tells: Callable[[], Any] = lambda: None
    forget: Callable[[], object] = lambda: None
    check: Callable[[State, Any], object] = lambda _state, _told: None


@dataclass(frozen=True)
class Figures:
    """At how many steps it crashed, and how many different things that left behind."""

    crashes: int
    wrecks: int


def crash_at_every_step(world: World, work: Work, *, stride: int = 1) -> Figures:
    """Raises AssertionError at the first step after which not all came out well.

    What two crashes leave behind is often the same, to the byte; it need be mended only once.
    With a `stride` it crashes only at each so-manieth step.
    """
    db.session.remove()
    world.remember()
    work.forget()
    world.resume()
    with crashing_at(db.engine, 0):
        work.run()
        work.recover()
    db.session.remove()
    undisturbed = world.look()
    expected = world.rows(undisturbed, work.differs), undisturbed.files
    assert undisturbed != world.first, "it does nothing"
    work.check(undisturbed, work.tells())
    world.put_back(undisturbed)
    mended: list[tuple[State, Any]] = []
    for tried, fatal in enumerate(count(1, stride)):
        work.forget()
        world.resume()
        with crashing_at(db.engine, fatal) as steps:
            work.run()
        db.session.remove()
        wreck = world.look(), work.tells()
        if wreck in mended:
            world.put_back(wreck[0])
        else:
            mended.append(wreck)
            world.put_back(_mend(world, work, expected, steps))
        if not steps.crashed:
            return Figures(crashes=tried, wrecks=len(mended))
    raise AssertionError


def _mend(world: World, work: Work, expected: Any, steps: Steps) -> State:
    world.resume()
    work.recover()
    db.session.remove()
    state = world.look()
    where = f"after a crash at step {len(steps.taken)}: {steps.taken[-1:]}"
    assert (world.rows(state, work.differs), state.files) == expected, where
    work.check(state, work.tells())
    assert_in_order(where)
    return state


def the_clock_comes(at: datetime) -> list[str]:
    """The clock of another process looks; returns what it did."""
    outcome = do_what_is_due(now=lambda: at, grace=timedelta(0))
    assert outcome.failed == []
    return outcome.done


def assert_in_order(where: str) -> None:
    """No cent is off, no number is missing or double, and each was noted beside the database."""
    with Session(db.engine) as session:
        assert not session.scalar(select(func.sum(Entry.cents))), f"{where}: the books differ"
        for series, numbers in _numbers(session).items():
            assert numbers == list(range(1, len(numbers) + 1)), f"{where}: {series} {numbers}"
        noted = high_water.read(Path(current_app.config["NUMBERS_FILE"]))
        for series, last in standing(session).items():
            assert noted.get(series, 0) >= last, f"{where}: {series} was not noted"


def _numbers(session: Session) -> dict[str, list[int]]:
    """The numbers of papers, by their series; a packing list has that of its round."""
    found: dict[str, list[int]] = {}
    counted = select(Paper.kind, Paper.number).where(Paper.kind != PaperKind.PACKING_LIST)
    for kind, number in session.execute(counted.order_by(Paper.number)):
        start, _, serial = number.rpartition("-")
        found.setdefault(f"{kind} {start}", []).append(int(serial))
    return found

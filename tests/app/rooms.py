"""What tests of rooms share: a clock that only waiting moves, and how errands stand."""

from threading import Event

import pytest
from sqlalchemy import select

from app.errands import postroom, pressroom, room
from purchasing import errands
from purchasing.errands import LEASE, Errand, Kind
from tests.builders import NOON

LATER = NOON + LEASE + LEASE  # when whoever held an errand at NOON has lost it


class Clock:
    """What a room looks at to know how long it waited; here only waiting lets time go by."""

    def __init__(self):
        self.at = 1000.0

    def monotonic(self):
        return self.at


class Waits(Event):
    def __init__(self, clock):
        super().__init__()
        self.clock = clock

    def wait(self, seconds=None):
        self.clock.at += seconds


@pytest.fixture
def clock(monkeypatch):
    made = Clock()
    for module in (room, postroom, pressroom):
        monkeypatch.setattr(module, "time", made)
    return made


def ask(session, *refs, kind=Kind.MAIL_NEWS):
    for ref in refs:
        errands.ask(session, kind, ref, now=NOON)
    session.commit()


def facts(session):
    """How each errand stands, and how often it was tried."""
    session.rollback()
    query = select(Errand.key, Errand.state, Errand.tries).order_by(Errand.id)
    found = {key: (state, tries) for key, state, tries in session.execute(query)}
    session.rollback()
    return found

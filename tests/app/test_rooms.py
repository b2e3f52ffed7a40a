"""What all rooms do: look without a lock, and wait as long as a lease for a database."""

from threading import Thread

import pytest
from sqlalchemy import event
from sqlalchemy.exc import InterfaceError, OperationalError

from app.errands import PostRoom, PressRoom, Room
from app.errands.room import AGAIN
from app.extensions import db
from purchasing.errands import LEASE, Kind
from tests.app.rooms import Waits, ask, clock
from tests.builders import NOON

__all__ = ["clock"]


# --- a room that is woken ------------------------------------------------------------------------


class Ends(Room):
    """Finds nothing to do."""

    def run_due(self):
        return 0


def test_who_is_woken_for_nothing_comes_back(app):
    woken = Thread(target=Ends(app).look, daemon=True)
    woken.start()
    woken.join(timeout=10)

    assert not woken.is_alive()


def test_a_room_that_finds_nothing_due_takes_no_lock(app, session):
    """Whoever orders need not wait for it."""
    ask(session, "1", kind=Kind.RENDER)
    locks = []

    def note(_connection, _cursor, statement, *_):
        locks.extend(lock for lock in ("IMMEDIATE", "FOR UPDATE") if lock in statement)

    event.listen(db.engine, "before_cursor_execute", note)
    assert PostRoom(app, now=lambda: NOON)._claim(20) == locks == []

    assert PressRoom(app, now=lambda: NOON)._claim(20)
    assert locks


# --- a database that is away ---------------------------------------------------------------------


class Away:
    """Is away so often, and then answers; who asks without end is told so."""

    def __init__(self, times, error=OperationalError):
        self.times, self.asked, self.error = times, 0, error

    def __call__(self):
        self.asked += 1
        assert self.asked < 999, "asked without end"
        if self.asked <= self.times:
            raise self.error("", {}, OSError("no route to it"))
        return "an answer"


@pytest.fixture
def patient(app, clock):
    return Room(app, Waits(clock))


@pytest.mark.parametrize("error", [OperationalError, InterfaceError])
def test_while_the_database_is_away_a_room_asks_again_and_again(patient, clock, error):
    begun = clock.at

    assert patient._patiently(Away(3, error)) == "an answer"
    assert clock.at == begun + 3 * AGAIN


def test_when_its_lease_is_over_a_room_lets_go(patient, clock):
    """Until its last moment, that is: from then on another may have what it holds."""
    begun, away = clock.at, Away(1000)
    with pytest.raises(OperationalError):
        patient._patiently(away)

    assert clock.at == begun + LEASE.total_seconds() + AGAIN


def test_who_is_told_to_stop_waits_for_no_database(patient, clock):
    patient.stopping.set()
    begun, away = clock.at, Away(1)
    with pytest.raises(OperationalError):
        patient._patiently(away)

    assert (clock.at, away.asked) == (begun, 1)


def test_only_for_a_database_one_waits(patient, clock):
    def wrong():
        raise ValueError("a fault of ours")

    begun = clock.at
    with pytest.raises(ValueError, match="of ours"):
        patient._patiently(wrong)
    assert clock.at == begun

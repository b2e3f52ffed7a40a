"""Reminders to who is late: kindly, by the network's rhythm, and only of what we can know."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.bank import read
from purchasing import clock
from purchasing.books import intake, late
from purchasing.errands import Errand, Kind
from tests.bank_files import Moved, camt
from tests.builders import ACTOR, DAY, NOON, a_bill, a_household, a_network

DUE = NOON.date()  # of the bill


@pytest.fixture
def network(session: Session):
    return a_network(session, reminder_days=7)


@pytest.fixture
def bill(session: Session, network):
    return a_bill(session, a_household(session, "Ada"), 1250, on=DUE - 14 * DAY, due_on=DUE)


def read_until(session: Session, day) -> None:
    """The bank was read, with something of somebody on that day."""
    file = read(camt(Moved(1, text="iets", on=day), number=str(day)))
    intake.take_in(session, file, file_name="x", actor=ACTOR, now=NOON)


def run_clock(session: Session, now: datetime) -> list[str]:
    """What the clock asks for at this moment: references of reminders, all that there are."""
    for duty in clock.due(session, now=now):
        duty.lock()
        duty.run(now)
    session.flush()
    found = session.scalars(select(Errand).order_by(Errand.id))
    return [one.ref for one in found if one.kind == Kind.MAIL_PAYMENT]


def ref(bill, times: int) -> str:
    return f"{bill.participant_id}:{bill.id}:{times}"


def test_who_is_late_is_reminded_every_so_many_days_three_times(session, bill) -> None:
    read_until(session, DUE + 60 * DAY)

    asked = [run_clock(session, NOON + days * DAY) for days in (0, 6, 7, 8, 14, 21, 28, 35)]

    assert [len(one) for one in asked] == [0, 0, 1, 1, 2, 3, 3, 3]
    assert asked[-1] == [ref(bill, 1), ref(bill, 2), ref(bill, 3)]


def test_what_the_bank_did_not_tell_yet_is_nobodys_fault(session, bill) -> None:
    assert run_clock(session, NOON + 8 * DAY) == []
    read_until(session, DUE + 3 * DAY)
    assert run_clock(session, NOON + 9 * DAY) == []
    read_until(session, DUE + 10 * DAY)
    assert run_clock(session, NOON + 10 * DAY) == [ref(bill, 1)]


def test_nobody_is_reminded_at_night_or_twice_a_day(session, bill, network) -> None:
    read_until(session, DUE + 10 * DAY)
    night = NOON + 8 * DAY - timedelta(hours=6)

    assert run_clock(session, night) == []
    assert len(run_clock(session, NOON + 8 * DAY)) == 1
    assert late.remind(session, network, now=NOON + 8 * DAY) == []


def test_a_network_that_does_not_want_it_reminds_nobody(session, bill, network) -> None:
    network.reminder_days = 0
    read_until(session, DUE + 10 * DAY)
    assert run_clock(session, NOON + 8 * DAY) == []


def test_who_has_enough_in_his_favour_is_not_late(session, bill) -> None:
    read_until(session, DUE + 10 * DAY)
    a_bill(session, bill.participant, -2000)
    assert run_clock(session, NOON + 8 * DAY) == []

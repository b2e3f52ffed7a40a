"""A crash at every statement behind a page: opened or sent again, it has counted once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine

from app import overdue
from app.clock_guard import ClockGuard
from purchasing.rounds import Round
from purchasing.rounds import RoundState as S
from tests.app.street import NOW, a_street
from tests.builders import a_bill
from tests.faults.every_step import Work, crash_at_every_step
from tests.faults.worlds import State
from tests.payment_provider import KEY, Provider, a_provider


@pytest.fixture
def street(session):
    """A round that should have closed a minute ago, and no clock that runs. Time stands still."""
    street = a_street(session, closes_at=NOW - timedelta(minutes=1))
    with time_machine.travel(NOW, tick=False):
        yield street


@pytest.fixture
def mollie(app) -> Iterator[Provider]:
    with a_provider() as made:
        app.config |= {"MOLLIE_KEY": KEY, "MOLLIE_URL": made.address, "MOLLIE_TIMEOUT": 2}
        yield made


def test_who_sees_an_error_on_the_way_to_pay_pays_once(
    app, session, visitor, world, street, mollie
) -> None:
    """Two transactions, and between them the provider, who makes one payment for one key."""
    a_bill(session, street.household, 4300)
    session.commit()
    form = {"key": "form-of-ada-1", "csrf_token": visitor.sign_in(street.ada).token()}
    path = f"/online/pay/{street.home_id}"

    def send() -> None:
        assert visitor.open(path, method="POST", data=form).status_code == 200

    def forget() -> None:
        mollie.payments.clear()
        mollie.by_key.clear()

    def check(_state: State, payments: list[str]) -> None:
        assert payments == ["tr_000001"]

    work = Work(send, send, tells=lambda: sorted(mollie.payments), forget=forget, check=check)
    figures = crash_at_every_step(world, work)

    assert figures.wrecks == 4  # nothing, noted, made by the provider, known to be made


def test_a_round_that_is_overdue_is_closed_by_who_looks_at_it(
    app, session, visitor, world, street
) -> None:
    visitor.sign_in(street.ada)

    def look() -> None:
        visitor.get(street.grid)

    def check(state: State, _told: object) -> None:
        (round_,) = world.rows(state, {})["round"]
        assert round_["state"] == S.CLOSED

    figures = crash_at_every_step(world, Work(look, look, check=check))

    assert figures.wrecks == 2


def test_on_a_clock_that_jumped_nobody_closes_a_round_by_looking(
    app, session, visitor, street, monkeypatch
) -> None:
    wall = [0.0]
    monkeypatch.setattr(overdue, "guard", ClockGuard(lambda: wall[0], lambda: 0.0))
    round_id = street.round.id
    visitor.sign_in(street.ada)

    wall[0] = 3600.0
    visitor.get(street.grid)

    session.rollback()
    assert session.get_one(Round, round_id).state == S.OPEN

"""What may be done so often is done no oftener, however many do it at once."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from threading import Barrier, BrokenBarrierError

import pytest
from flask import current_app
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app import codes, limits
from app.codes import SignInRequest
from app.extensions import db
from tests.builders import NOON, a_network, a_person

AT_ONCE = 8


def all_at_once(times: int, do: Callable[[Session, int], object]) -> list[object]:
    """Do it so often in several threads, each with a session of its own; what each answered."""
    app, engine, ready = current_app._get_current_object(), db.engine, Barrier(AT_ONCE)

    def worker(first: int) -> list[object]:
        ready.wait()
        return [answer(number) for number in range(first, times, AT_ONCE)]

    def answer(number: int) -> object:
        with app.app_context(), Session(engine) as session:
            try:
                return do(session, number)
            except Exception as error:
                return type(error)
            finally:
                session.commit()

    db.session.commit()
    db.session.remove()
    with ThreadPoolExecutor(AT_ONCE) as pool:
        return [one for part in pool.map(worker, range(AT_ONCE)) for one in part]


def test_a_limit_is_exact_with_several_at_once(app, session) -> None:
    answers = all_at_once(
        40, lambda one, _: limits.count(one, "something", most=11, at=NOON) or "done"
    )
    assert answers.count("done") == 11
    assert answers.count(limits.TooOften) == 29


def test_after_a_quarter_of_an_hour_it_begins_anew(app, session) -> None:
    limits.count(session, "something", most=1, at=NOON)
    with pytest.raises(limits.TooOften):
        limits.count(session, "something", most=1, at=NOON + limits.QUARTER - timedelta(seconds=1))
    limits.count(session, "something", most=1, at=NOON + limits.QUARTER)
    limits.count(session, "something else", most=1, at=NOON)


def test_a_use_in_a_year_that_the_machine_took_for_this_one_shuts_nobody_out(app, session) -> None:
    limits.count(session, "something", most=1, at=NOON + timedelta(days=365))

    limits.count(session, "something", most=1, at=NOON)


def test_who_asks_for_many_codes_at_once_gets_no_more_that_can_be_guessed(app, session) -> None:
    a_network(session)
    a_person(session, "Ada")

    all_at_once(
        32,
        lambda one, number: codes.ask_for_code(
            one, "ada@example.org", address=f"192.0.2.{number}", at=NOON
        ),
    )

    guessable = select(func.count(SignInRequest.id)).where(~SignInRequest.link_only)
    assert session.scalar(guessable) == codes.GUESSABLE_PER_HOUR


def test_one_address_that_asks_for_many_at_once_gets_its_share(app, session) -> None:
    a_network(session)

    answers = all_at_once(
        48,
        lambda one, number: codes.ask_for_code(
            one, f"nobody{number}@example.org", address="192.0.2.1", at=NOON
        ),
    )

    assert answers.count(codes.AskedTooOften) == 48 - codes.PER_HOUR_FROM_HERE


def test_who_guesses_many_times_at_once_has_no_more_tries(app, session) -> None:
    """Also with a made-up link, for which the request has been read before."""
    a_network(session)
    a_person(session, "Ada")
    row = codes.ask_for_code(session, "ada@example.org", address="192.0.2.1", at=NOON)
    assert row is not None
    request_id = row.id
    wrong = "111111" if codes.code_of(row) == "000000" else "000000"

    together = Barrier(AT_ONCE)

    def guess(one: Session, _: int) -> None:
        held = one.get(SignInRequest, request_id)  # as `opened_with` does
        with suppress(BrokenBarrierError):  # on SQLite one comes after another anyhow
            together.wait(timeout=1)
        codes.sign_in(one, "ada@example.org", wrong, asked=[request_id], at=NOON)
        del held

    answers = all_at_once(AT_ONCE, guess)

    assert answers.count(codes.WrongCode) == codes.TRIES_WHERE_ASKED
    assert answers.count(codes.CodeExpired) == AT_ONCE - codes.TRIES_WHERE_ASKED

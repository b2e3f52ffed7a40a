"""The last second of a round: people save while the clock closes, without any grace.

These tests use real threads, real connections and the real time. What is accepted must be in the
division, what is late must not, and nobody is told the one while the other happens.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from purchasing import demand, lifecycle
from purchasing.commitments import Commitment, NotSavedInTime, TooLate, hold_open
from purchasing.demand import Choice
from purchasing.ordering import demand_of, list_shares
from purchasing.rounds import Round
from purchasing.rounds import RoundState as S
from tests.builders import DAY, a_household, a_product, a_round, a_supplier

SAVERS = 5
ROUNDS = 4
WINDOW = timedelta(milliseconds=400)
LONGEST_WAIT = 0.03  # seconds between the arrival of a request and its saving


@dataclass
class Told:
    """What one saver was told: the pieces accepted last, and how the others fared."""

    accepted: int = 0
    accepted_at: list[datetime] = field(default_factory=list)
    late: int = 0
    overtaken: int = 0


def now() -> datetime:
    return datetime.now(UTC)


@pytest.fixture
def in_own_session(app) -> Callable[[Callable[[Session], None]], threading.Thread]:
    """Starts a thread with a database session of its own; its failure fails the test."""
    from app.extensions import db

    failures: list[BaseException] = []
    threads: list[threading.Thread] = []

    def start(work: Callable[[Session], None]) -> threading.Thread:
        def run() -> None:
            try:
                with app.app_context(), Session(db.engine) as session:
                    work(session)
            except BaseException as failure:
                failures.append(failure)

        thread = threading.Thread(target=run, daemon=True)
        thread.start()
        threads.append(thread)
        return thread

    yield start
    for thread in threads:
        thread.join(timeout=30)
    assert failures == []


def save_until_late(session: Session, round_id: int, item_id: int, who: int, told: Told) -> None:
    """Order one piece more each time, some requests lingering before they are saved."""
    random = Random(who)
    while not told.late:
        received_at, pieces = now(), told.accepted + 1
        time.sleep(random.uniform(0, LONGEST_WAIT) if random.random() < 0.5 else 0)
        key = f"{round_id}-{who}-{received_at.timestamp()}"
        about = {"actor": "saver", "now": received_at}
        try:
            choices = {item_id: Choice(pieces)}
            demand.choose(session, round_id, who, choices, key=f"c{key}", **about)
            demand.place(session, round_id, who, key=f"p{key}", **about)
            session.commit()
        except TooLate:
            session.rollback()
            told.late += 1
        except NotSavedInTime:
            session.rollback()
            told.overtaken += 1
        else:
            told.accepted = pieces
            told.accepted_at.append(received_at)


def close_on_time(session: Session, round_id: int, closes_at: datetime) -> None:
    """As the clock does it, with grace 0: take the lock first, then read the time, and order."""
    time.sleep(max(0, (closes_at - now()).total_seconds()))
    round_ = session.get_one(Round, round_id)
    session.rollback()
    lifecycle.lock(session, round_)
    lifecycle.close(session, round_, actor="clock", now=now())
    session.commit()
    lifecycle.order(session, round_, actor="clock", now=now())
    session.commit()


def test_what_is_accepted_in_the_last_second_is_divided_and_nothing_late_is(
    session, network, in_own_session
) -> None:
    rice = a_product(session, a_supplier(session), case_milli=1000)
    people = [a_household(session, f"Nr{n}").id for n in range(SAVERS)]
    told_at_all = Told()
    for _ in range(ROUNDS):
        round_ = a_round(session, rice, opens_at=now() - DAY, closes_at=now() + WINDOW)
        round_id, item_id, closes_at = round_.id, round_.items[0].id, round_.closes_at
        session.commit()
        told = {who: Told() for who in people}

        threads = [
            in_own_session(
                lambda s, who=who, told=told, ids=(round_id, item_id): save_until_late(
                    s, *ids, who, told[who]
                )
            )
            for who in people
        ]
        threads.append(in_own_session(lambda s, ids=(round_id, closes_at): close_on_time(s, *ids)))
        for thread in threads:
            thread.join(timeout=30)

        got = {share.participant_id: share.given for share in list_shares(session, round_id)}
        assert got == {who: t.accepted for who, t in told.items() if t.accepted}
        assert all(at < closes_at for t in told.values() for at in t.accepted_at)
        assert session.get_one(Round, round_id).state == S.ORDERED
        session.rollback()
        told_at_all.accepted += sum(t.accepted for t in told.values())
        told_at_all.late += sum(t.late for t in told.values())
    assert told_at_all.accepted > ROUNDS * SAVERS  # they really were at it
    assert told_at_all.late == ROUNDS * SAVERS


def test_closing_waits_for_who_is_saving_and_counts_it(session, network, in_own_session) -> None:
    rice = a_product(session, a_supplier(session), case_milli=1000)
    ada = a_household(session, "Ada").id
    round_ = a_round(session, rice, opens_at=now() - DAY, closes_at=now() + WINDOW)
    round_id, item_id, closes_at = round_.id, round_.items[0].id, round_.closes_at
    session.commit()
    saving = threading.Event()
    saved_at: list[datetime] = []

    def save(own: Session) -> None:
        about = {"actor": "ada", "now": closes_at - timedelta(milliseconds=1)}
        demand.choose(own, round_id, ada, {item_id: Choice(2)}, key="c", **about)
        demand.place(own, round_id, ada, key="p", **about)
        saving.set()
        time.sleep((closes_at - now()).total_seconds() + 0.3)  # commits long after the deadline
        saved_at.append(now())
        own.commit()

    def close(own: Session) -> None:
        saving.wait(timeout=10)
        close_on_time(own, round_id, closes_at)

    for thread in [in_own_session(save), in_own_session(close)]:
        thread.join(timeout=30)

    assert [share.given for share in list_shares(session, round_id)] == [2]
    assert session.get_one(Round, round_id).closed_at > saved_at[0]


def test_whoever_has_seen_the_round_open_can_count_on_it(session, network, in_own_session) -> None:
    rice = a_product(session, a_supplier(session), case_milli=1000)
    round_ = a_round(session, rice, opens_at=now() - DAY, closes_at=now() + WINDOW)
    round_id, closes_at = round_.id, round_.closes_at
    session.commit()
    looked = threading.Event()
    let_go_at: list[datetime] = []

    def look(own: Session) -> None:
        hold_open(own, round_id, now=now())
        looked.set()
        time.sleep((closes_at - now()).total_seconds() + 0.3)
        let_go_at.append(now())
        own.rollback()

    def close(own: Session) -> None:
        looked.wait(timeout=10)
        close_on_time(own, round_id, closes_at)

    for thread in [in_own_session(look), in_own_session(close)]:
        thread.join(timeout=30)

    assert session.get_one(Round, round_id).closed_at > let_go_at[0]


def test_many_clocks_close_and_order_a_round_once(session, network, in_own_session) -> None:
    rice = a_product(session, a_supplier(session), case_milli=1000)
    round_ = a_round(session, rice, opens_at=now() - DAY, closes_at=now() + WINDOW)
    ada = a_household(session, "Ada")
    about = {"actor": "ada", "now": now()}
    demand.choose(session, round_.id, ada.id, {round_.items[0].id: Choice(2)}, key="c", **about)
    demand.place(session, round_.id, ada.id, key="p", **about)
    round_id, closes_at = round_.id, round_.closes_at
    session.commit()
    refused: list[Exception] = []

    def tick(own: Session) -> None:
        try:
            close_on_time(own, round_id, closes_at)
        except lifecycle.WrongState as refusal:
            refused.append(refusal)

    for thread in [in_own_session(tick) for _ in range(4)]:
        thread.join(timeout=30)

    assert len(refused) == 3
    moves = [event.move for event in session.get_one(Round, round_id).history]
    assert moves == ["publish", "open", "close", "order"]
    assert len(list_shares(session, round_id)) == 1


def test_one_household_saving_from_many_tabs_loses_nothing(
    session, network, in_own_session
) -> None:
    supplier = a_supplier(session)
    names = [f"Artikel {n}" for n in range(SAVERS)]
    products = [a_product(session, supplier, name, case_milli=1000) for name in names]
    round_ = a_round(session, *products, opens_at=now() - DAY, closes_at=now() + DAY)
    ada = a_household(session, "Ada").id
    round_id, item_ids = round_.id, [item.id for item in round_.items]
    session.commit()

    def save(own: Session, item_id: int) -> None:
        for pieces in range(1, 9):
            about = {"actor": "ada", "now": now()}
            choices = {item_id: Choice(pieces)}
            demand.choose(own, round_id, ada, choices, key=f"{item_id}-{pieces}", **about)
            own.commit()

    for thread in [in_own_session(lambda s, i=i: save(s, i)) for i in item_ids]:
        thread.join(timeout=30)

    about = {"actor": "ada", "now": now()}
    assert demand.place(session, round_id, ada, key="p", **about) == {"version": SAVERS * 8 + 1}
    session.flush()
    wants = demand_of(session, session.get_one(Round, round_id)).wants
    assert [want.quantity for want in wants] == [8] * SAVERS
    assert len(session.scalars(select(Commitment)).all()) == 1

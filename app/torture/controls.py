"""Faults put in on purpose. A checker that finds none of them proves nothing.

Each takes one safeguard away, in the processes of the scene only.
"""

from collections.abc import Callable
from typing import Any

from flask import Flask
from sqlalchemy import bindparam, event, select, text, update
from sqlalchemy.orm import Session

from app import database
from app.extensions import db
from purchasing import commitments, errands, lifecycle, numbers
from purchasing.errands import Errand
from purchasing.rounds import Round, RoundState, note
from purchasing.tenders import bids

NAIVE_MOVE = text("UPDATE round SET state = :after, ended_at = :ended WHERE id = :id")
TRIGGERS = {  # those that refuse demand in a round that is not open
    "sqlite": "SELECT tbl_name, name FROM sqlite_master WHERE type = 'trigger'"
    " AND name LIKE '%while_open'",
    "postgresql": "SELECT tgrelid::regclass::text, tgname FROM pg_trigger"
    " WHERE NOT tgisinternal AND tgname LIKE '%while_open'",
}


def _nothing(app: Flask) -> None:
    """As it is."""


def _naive_close(app: Flask) -> None:
    """The state is read, then written: no claim that names the old state, no lock before it."""

    def move(
        session: Session, round_: Round, name: str, *, actor: str, now: Any, text: str = ""
    ) -> None:
        before, after = round_.state, lifecycle.LEADS_TO[name]
        is_last = after == lifecycle.LEADS_TO[round_.category.itinerary[-1]]
        ended = now.replace(tzinfo=None) if is_last else None
        session.execute(NAIVE_MOVE, {"after": str(after), "ended": ended, "id": round_.id})
        session.refresh(round_, ["state", "ended_at"])
        note(round_, name, actor=actor, now=now, before=RoundState(before), text=text)

    lifecycle._move = move
    lifecycle.lock = lambda session, round_: None
    _begin_plainly()


def _no_row_lock(app: Flask) -> None:
    """Nobody holds the round: not who saves, not who closes; and no trigger stands behind it.

    The closer's own lock must go too: an order's foreign key would hold it up by accident.
    """
    lifecycle.lock = lambda session, round_: session.refresh(round_)
    commitments._ROUND = select(Round.state, Round.opens_at, Round.closes_at).where(
        Round.id == bindparam("round_id")  # without FOR SHARE
    )
    with db.engine.begin() as connection:
        for table, trigger in connection.execute(text(TRIGGERS[connection.dialect.name])).all():
            on_table = "" if connection.dialect.name == "sqlite" else f" ON {table}"
            connection.execute(text(f"DROP TRIGGER IF EXISTS {trigger}{on_table}"))
    _begin_plainly()


def _sequence(app: Flask) -> None:
    """Numbers come from a counter that is not part of the transaction, as a sequence does."""
    whole = numbers.take

    def take(session: Session, key: str, count: int = 1, *, start: int = 1) -> int:
        if db.engine.dialect.name == "sqlite":  # one writer at a time: skip one instead
            whole(session, key, 1, start=start)
            return whole(session, key, count, start=start)
        with Session(db.engine) as apart:
            first = whole(apart, key, count, start=start)
            apart.commit()
        return first

    numbers.take = take


def _deferred_begin(app: Flask) -> None:
    """Writers begin as readers do, and may find the database locked half-way."""
    _begin_plainly()


def _begin_plainly() -> None:
    """BEGIN where there was BEGIN IMMEDIATE, and no turn among the threads of a process."""
    if db.engine.dialect.name != "sqlite":
        return
    database._on_begin = lambda connection, turn: None
    for listener in list(db.engine.dispatch.begin):
        event.remove(db.engine, "begin", listener)
    event.listen(db.engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN"))


def _bids_at_any_time(app: Flask) -> None:
    """A bid is taken whenever it comes: before the sign-up closes, and after the others opened."""
    bids.check_bidding = lambda session, invitation, *, now: None


def _no_token(app: Flask) -> None:
    """Who lost its lease goes on as if it had it: its token is not asked, not even to send."""

    def held(session: Session, errand_id: int, token: int, **values: object) -> bool:
        session.execute(update(Errand).where(Errand.id == errand_id).values(**values))
        return True

    errands._fenced = held


CONTROLS: dict[str, Callable[[Flask], None]] = {
    "none": _nothing,
    "naive-close": _naive_close,
    "no-row-lock": _no_row_lock,
    "sequence": _sequence,
    "deferred-begin": _deferred_begin,
    "bids-at-any-time": _bids_at_any_time,
    "no-token": _no_token,
}

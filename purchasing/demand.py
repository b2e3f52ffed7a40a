"""What one participant wants from one round: choose, order, change, withdraw.

A change counts if the server received it before `closes_at`. Saving holds the round against
closing: PostgreSQL by a share lock on the round's row, SQLite because writers take turns. Every
change carries a key made with its form; a replay gets the first answer, also after closing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from operator import itemgetter
from typing import Any

from sqlalchemy import JSON, Executable, Integer, bindparam, literal, select, update
from sqlalchemy.orm import Session

from purchasing import errands
from purchasing.allocation import queue_up
from purchasing.answering import FormReused, SavedAlready, answer_once, fingerprint, first_answer
from purchasing.base import insert_into
from purchasing.commitments import (
    MOST_PIECES,
    Commitment,
    NotOpenYet,
    NotSavedInTime,
    OrderState,
    RoundCancelled,
    TooLate,
    Want,
    find_commitment,
    hold_open,
    state_of,
    touch,
)
from purchasing.errors import N_, Refused
from purchasing.rounds import Round, RoundItem

__all__ = [
    "MOST_PIECES",
    "Choice",
    "Commitment",
    "FormReused",
    "NotAQuantity",
    "NotInThisRound",
    "NotOpenYet",
    "NotSavedInTime",
    "NothingChosen",
    "OrderState",
    "RoundCancelled",
    "SavedAlready",
    "TooLate",
    "Want",
    "choices_of_last_round",
    "choose",
    "find_commitment",
    "hold_open",
    "place",
    "state_of",
    "withdraw",
]

MICROSECOND = 1_000_000


class NotInThisRound(Refused):
    message = N_("This article is not in the round.")


class NotAQuantity(Refused):
    message = N_("You can order 0 to %(most)s of an article.")


class NothingChosen(Refused):
    message = N_("You have not chosen anything yet.")


@dataclass(frozen=True)
class Choice:
    """What is wanted of one item, in pieces."""

    quantity: int
    extra: int = 0


@cache  # the hot path: building a statement costs more than running it
def _setting(dialect: str) -> Executable:
    """A line that is new or changed, in one statement; it finds no item of another round."""
    item = RoundItem.__table__
    line = {
        "commitment_id": bindparam("commitment_id", type_=Integer),
        "round_id": item.c.round_id,
        "item_id": item.c.id,
        "quantity": bindparam("quantity", type_=Integer),
        "extra": bindparam("extra", type_=Integer),
        "ordered_quantity": literal(0),
        "ordered_extra": literal(0),
        "queue": literal([], JSON),
    }
    of_this_round = (item.c.id == bindparam("item"), item.c.round_id == bindparam("round"))
    new = insert_into(Want, dialect).from_select(
        list(line), select(*line.values()).where(*of_this_round)
    )
    changed = {"quantity": new.excluded.quantity, "extra": new.excluded.extra}
    return new.on_conflict_do_update(
        index_elements=["commitment_id", "item_id"], set_=changed
    ).execution_options(preserve_rowcount=True)


def choose(
    session: Session,
    round_id: int,
    participant_id: int,
    choices: Mapping[int, Choice],
    *,
    key: str,
    actor: str,
    now: datetime,
) -> dict[str, Any]:
    """Save a draft: `choices` by item id. `now` is when the server received it.

    Returns {"version": n}. Raises NotOpenYet, TooLate, NotSavedInTime, RoundCancelled,
    NotInThisRound, NotAQuantity, FormReused.
    """
    print_ = fingerprint("choose", round_id, participant_id, _wanted(choices))
    if (first := first_answer(session, key, print_)) is not None:
        return first
    _check(choices)
    hold_open(session, round_id, now=now)
    commitment_id, version = touch(session, round_id, participant_id, actor=actor, now=now)
    if choices:
        _set(session, round_id, commitment_id, choices)
    return answer_once(session, key, print_, {"version": version}, now=now)


def place(
    session: Session,
    round_id: int,
    participant_id: int,
    *,
    key: str,
    actor: str,
    now: datetime,
) -> dict[str, Any]:
    """Order what is chosen: from now on it counts. Tells the participant by mail.

    To order nothing after having ordered something is to take it back.
    Raises NothingChosen when there is neither a draft nor an order to change.
    """
    print_ = fingerprint("place", round_id, participant_id, [])
    if (first := first_answer(session, key, print_)) is not None:
        return first
    hold_open(session, round_id, now=now)
    commitment_id, version = touch(session, round_id, participant_id, actor=actor, now=now)
    wants = session.scalars(
        select(Want)
        .where(Want.commitment_id == commitment_id)
        .execution_options(populate_existing=True)
    ).all()
    if not any(want.quantity or want.ordered_quantity for want in wants):
        raise NothingChosen
    for want in wants:
        _order(want, now)
    ordered_at = now if any(want.quantity for want in wants) else None
    session.execute(
        update(Commitment).where(Commitment.id == commitment_id).values(ordered_at=ordered_at)
    )
    errands.ask(
        session,
        errands.Kind.MAIL_ORDER_PLACED,
        f"{commitment_id}:{version}",
        round_id=round_id,
        now=now,
    )
    return answer_once(session, key, print_, {"version": version}, now=now)


def withdraw(
    session: Session,
    round_id: int,
    participant_id: int,
    *,
    key: str,
    actor: str,
    now: datetime,
) -> dict[str, Any]:
    """Take the whole order back: nothing is chosen and nothing counts any more."""
    print_ = fingerprint("withdraw", round_id, participant_id, [])
    if (first := first_answer(session, key, print_)) is not None:
        return first
    hold_open(session, round_id, now=now)
    commitment_id, version = touch(session, round_id, participant_id, actor=actor, now=now)
    session.execute(
        update(Want)
        .where(Want.commitment_id == commitment_id)
        .values(quantity=0, extra=0, ordered_quantity=0, ordered_extra=0, queue=[])
        .execution_options(synchronize_session=False)
    )
    session.execute(
        update(Commitment).where(Commitment.id == commitment_id).values(ordered_at=None)
    )
    errands.ask(
        session,
        errands.Kind.MAIL_ORDER_PLACED,
        f"{commitment_id}:{version}",
        round_id=round_id,
        now=now,
    )
    return answer_once(session, key, print_, {"version": version}, now=now)


def choices_of_last_round(
    session: Session, round_: Round, participant_id: int
) -> dict[int, Choice]:
    """What was ordered last time, of articles that this round has again, by its item ids."""
    last = session.scalar(
        select(Commitment)
        .join(Round, Round.id == Commitment.round_id)
        .where(
            Commitment.participant_id == participant_id,
            Commitment.ordered_at.is_not(None),
            Commitment.round_id != round_.id,
            Round.category_key == round_.category_key,
        )
        .order_by(Commitment.ordered_at.desc())
        .limit(1)
    )
    if last is None:
        return {}
    again = {item.product_id: item.id for item in round_.items}
    ordered = session.execute(
        select(RoundItem.product_id, Want.ordered_quantity, Want.ordered_extra)
        .join(Want, Want.item_id == RoundItem.id)
        .where(Want.commitment_id == last.id, Want.ordered_quantity > 0)
    )
    return {
        again[product_id]: Choice(quantity, extra)
        for product_id, quantity, extra in ordered
        if product_id in again
    }


def _order(want: Want, now: datetime) -> None:
    """Let the draft count. A raise joins the queue now; a decrease leaves it newest first."""
    stamp = round(now.astimezone(UTC).timestamp() * MICROSECOND)
    held = tuple((at, pieces) for at, pieces in want.queue)
    line = queue_up(held, quantity=want.quantity, at=stamp)
    want.queue = [[at, pieces] for at, pieces in line if isinstance(at, int)]
    want.ordered_quantity, want.ordered_extra = want.quantity, want.extra


def _check(choices: Mapping[int, Choice]) -> None:
    for choice in choices.values():
        if not (0 <= choice.quantity <= MOST_PIECES and 0 <= choice.extra <= MOST_PIECES):
            raise NotAQuantity(most=MOST_PIECES)


def _set(
    session: Session, round_id: int, commitment_id: int, choices: Mapping[int, Choice]
) -> None:
    lines = [
        {
            "commitment_id": commitment_id,
            "round": round_id,
            "item": item_id,
            "quantity": choice.quantity,
            "extra": choice.extra if choice.quantity else 0,
        }
        for item_id, choice in sorted(choices.items(), key=itemgetter(0))
    ]
    saved = session.execute(_setting(session.get_bind().dialect.name), lines)
    if saved.rowcount < len(lines):  # type: ignore[attr-defined]
        raise NotInThisRound


def _wanted(choices: Mapping[int, Choice]) -> list[tuple[int, int, int]]:
    return sorted((item, choice.quantity, choice.extra) for item, choice in choices.items())

"""What one participant wants from one round: choose, order, change, withdraw.

A change counts if the server received it before `closes_at`. Saving holds the round against
closing: PostgreSQL by a share lock on the round's row, SQLite because writers take turns. Every
change carries a key made with its form; a replay gets the first answer, also after closing.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    JSON,
    CheckConstraint,
    ForeignKey,
    Index,
    String,
    UniqueConstraint,
    bindparam,
    select,
    update,
)
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from purchasing import errands
from purchasing.allocation import queue_up
from purchasing.base import Base, insert_if_absent
from purchasing.errors import N_, Refused
from purchasing.people import Participant
from purchasing.rounds import Round, RoundItem, RoundState

MOST_PIECES = 100_000
MICROSECOND = 1_000_000


class OrderState(StrEnum):
    NOTHING = "nothing"
    DRAFT = "draft"  # chosen, not ordered
    ORDERED = "ordered"
    CHANGED = "changed"  # ordered, and changed since without ordering again


class NotOpenYet(Refused):
    message = N_("This round opens on %(opens_at)s.")


class TooLate(Refused):
    message = N_("This round closed on %(closes_at)s. Your change arrived on %(received_at)s.")


class NotSavedInTime(Refused):
    message = N_("Your change arrived in time, but could not be saved before the round closed.")


class RoundCancelled(Refused):
    message = N_("This round was cancelled.")


class NotInThisRound(Refused):
    message = N_("This article is not in the round.")


class NotAQuantity(Refused):
    message = N_("You can order 0 to %(most)s of an article.")


class NothingChosen(Refused):
    message = N_("You have not chosen anything yet.")


class FormReused(Refused):
    message = N_("This form was sent before with other contents. Open the page again.")


class SavedAlready(Refused):
    message = N_("This change has been saved already.")


class Commitment(Base):
    """One participant's part in one round. `version` grows with every change."""

    __tablename__ = "commitment"
    __table_args__ = (UniqueConstraint("round_id", "participant_id", name="uq_commitment_once"),)

    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"))
    participant_id: Mapped[int] = mapped_column(ForeignKey("participant.id"), index=True)
    version: Mapped[int] = mapped_column(default=0)
    changed_at: Mapped[datetime]
    changed_by: Mapped[str] = mapped_column(String(120), default="")
    ordered_at: Mapped[datetime | None]
    answers: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)

    participant: Mapped[Participant] = relationship()
    wants: Mapped[list[Want]] = relationship(back_populates="commitment")


class Want(Base):
    """At least `quantity` pieces of one item, and up to `extra` more to fill a case.

    The first pair is the draft on the screen, the second what was ordered and will count.
    `queue` dates the ordered quantity: [[microseconds since 1970, pieces], …], oldest first.
    """

    __tablename__ = "want"
    __table_args__ = (
        UniqueConstraint("commitment_id", "item_id", name="uq_want_once"),
        CheckConstraint(f"quantity BETWEEN 0 AND {MOST_PIECES}", name="quantity"),
        CheckConstraint(f"extra BETWEEN 0 AND {MOST_PIECES}", name="extra"),
        CheckConstraint(f"ordered_quantity BETWEEN 0 AND {MOST_PIECES}", name="ordered"),
        Index("ix_want_round_item", "round_id", "item_id"),
    )

    commitment_id: Mapped[int] = mapped_column(ForeignKey("commitment.id"))
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"))
    item_id: Mapped[int] = mapped_column(ForeignKey("round_item.id"))
    quantity: Mapped[int] = mapped_column(default=0)
    extra: Mapped[int] = mapped_column(default=0)
    ordered_quantity: Mapped[int] = mapped_column(default=0)
    ordered_extra: Mapped[int] = mapped_column(default=0)
    queue: Mapped[list[list[int]]] = mapped_column(JSON, default=list)

    commitment: Mapped[Commitment] = relationship(back_populates="wants")


class AnsweredChange(Base):
    """The first answer to a change, by the key of its form."""

    __tablename__ = "answered_change"

    key: Mapped[str] = mapped_column(String(64), unique=True)
    fingerprint: Mapped[str] = mapped_column(String(64))
    answer: Mapped[dict[str, Any]] = mapped_column(JSON)
    at: Mapped[datetime]


@dataclass(frozen=True)
class Choice:
    """What is wanted of one item, in pieces."""

    quantity: int
    extra: int = 0


# The hot path: built once, for building a statement costs more than running it.
_ROUND = (
    select(Round.state, Round.opens_at, Round.closes_at)
    .where(Round.id == bindparam("round_id"))
    .with_for_update(read=True)
)
_ANSWERED = select(AnsweredChange.fingerprint, AnsweredChange.answer).where(
    AnsweredChange.key == bindparam("key_")
)
_TOUCH = (
    update(Commitment)
    .where(
        Commitment.round_id == bindparam("round_id_"),
        Commitment.participant_id == bindparam("participant_id_"),
    )
    .values(
        version=Commitment.version + 1,
        changed_at=bindparam("at"),
        changed_by=bindparam("by"),
    )
    .returning(Commitment.id, Commitment.version)
    .execution_options(synchronize_session=False)
)
_SET = (
    update(Want)
    .where(
        Want.commitment_id == bindparam("commitment_id_"), Want.item_id == bindparam("item_id_")
    )
    .values(quantity=bindparam("quantity_"), extra=bindparam("extra_"))
    .execution_options(synchronize_session=False)
)
_ITEMS = select(RoundItem.id).where(
    RoundItem.round_id == bindparam("round_id"),
    RoundItem.id.in_(bindparam("item_ids", expanding=True)),
)


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
    print_ = _fingerprint("choose", round_id, participant_id, choices)
    if (first := _first_answer(session, key, print_)) is not None:
        return first
    _check(choices)
    hold_open(session, round_id, now=now)
    known = set(session.scalars(_ITEMS, {"round_id": round_id, "item_ids": list(choices)}))
    if set(choices) - known:
        raise NotInThisRound
    commitment_id, version = _touch(session, round_id, participant_id, actor=actor, now=now)
    for item_id in sorted(choices):
        _set(session, round_id, commitment_id, item_id, choices[item_id])
    return _answer(session, key, print_, {"version": version}, now=now)


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
    print_ = _fingerprint("place", round_id, participant_id, {})
    if (first := _first_answer(session, key, print_)) is not None:
        return first
    hold_open(session, round_id, now=now)
    commitment_id, version = _touch(session, round_id, participant_id, actor=actor, now=now)
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
    return _answer(session, key, print_, {"version": version}, now=now)


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
    print_ = _fingerprint("withdraw", round_id, participant_id, {})
    if (first := _first_answer(session, key, print_)) is not None:
        return first
    hold_open(session, round_id, now=now)
    commitment_id, version = _touch(session, round_id, participant_id, actor=actor, now=now)
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
    return _answer(session, key, print_, {"version": version}, now=now)


def hold_open(session: Session, round_id: int, *, now: datetime) -> None:
    """Make sure that the round is open, and stays so until our transaction ends."""
    row = session.execute(_ROUND, {"round_id": round_id}).one()
    if row.state == RoundState.CANCELLED:
        raise RoundCancelled
    if now >= row.closes_at:
        raise TooLate(closes_at=row.closes_at, received_at=now)
    if row.state == RoundState.PLANNED or now < row.opens_at:
        raise NotOpenYet(opens_at=row.opens_at)
    if row.state != RoundState.OPEN:
        raise NotSavedInTime


def find_commitment(session: Session, round_id: int, participant_id: int) -> Commitment | None:
    return session.scalar(
        select(Commitment).where(
            Commitment.round_id == round_id, Commitment.participant_id == participant_id
        )
    )


def state_of(wants: list[Want]) -> OrderState:
    """The one word for the state of an order."""
    chosen = any(want.quantity for want in wants)
    ordered = any(want.ordered_quantity for want in wants)
    same = all(
        (want.quantity, want.extra) == (want.ordered_quantity, want.ordered_extra)
        for want in wants
    )
    if ordered:
        return OrderState.ORDERED if same else OrderState.CHANGED
    return OrderState.DRAFT if chosen else OrderState.NOTHING


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


def _touch(
    session: Session, round_id: int, participant_id: int, *, actor: str, now: datetime
) -> tuple[int, int]:
    """The commitment's id and new version; its row is ours until the transaction ends."""
    values = {
        "round_id_": round_id,
        "participant_id_": participant_id,
        "at": now,
        "by": actor,
    }
    row = session.execute(_TOUCH, values).one_or_none()
    if row is None:
        insert_if_absent(
            session,
            Commitment,
            round_id=round_id,
            participant_id=participant_id,
            version=0,
            changed_at=now,
            changed_by=actor,
            answers={},
        )
        row = session.execute(_TOUCH, values).one()
    return row.id, row.version


def _set(
    session: Session, round_id: int, commitment_id: int, item_id: int, choice: Choice
) -> None:
    extra = choice.extra if choice.quantity else 0
    changed = session.execute(
        _SET,
        {
            "commitment_id_": commitment_id,
            "item_id_": item_id,
            "quantity_": choice.quantity,
            "extra_": extra,
        },
    )
    if changed.rowcount:  # type: ignore[attr-defined]
        return
    insert_if_absent(
        session,
        Want,
        commitment_id=commitment_id,
        round_id=round_id,
        item_id=item_id,
        quantity=choice.quantity,
        extra=extra,
        ordered_quantity=0,
        ordered_extra=0,
        queue=[],
    )


def _fingerprint(
    verb: str, round_id: int, participant_id: int, choices: Mapping[int, Choice]
) -> str:
    wanted = sorted((item, c.quantity, c.extra) for item, c in choices.items())
    text = json.dumps([verb, round_id, participant_id, wanted])
    return hashlib.sha256(text.encode()).hexdigest()


def _first_answer(session: Session, key: str, print_: str) -> dict[str, Any] | None:
    first = session.execute(_ANSWERED, {"key_": key}).one_or_none()
    if first is None:
        return None
    if first.fingerprint != print_:
        raise FormReused
    return dict(first.answer)


def _answer(
    session: Session, key: str, print_: str, answer: dict[str, Any], *, now: datetime
) -> dict[str, Any]:
    inserted = insert_if_absent(
        session, AnsweredChange, key=key, fingerprint=print_, answer=answer, at=now
    )
    if not inserted:  # the same form, twice at once: the other one was quicker and has it
        raise SavedAlready
    return answer

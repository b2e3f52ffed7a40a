"""Empties: bottles and crates that participants hand in, and that suppliers take back from us.

They are counted by what is on them: all containers of 25 cents are one kind. Who hands some in
owes so much less; a supplier that takes some back is owed so much less. What was counted never
changes: a mistake is counted the other way, with a reason.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, String, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from purchasing.base import Base, insert_if_absent
from purchasing.books import accounts, credit, deciding, ledger
from purchasing.books.ledger import Booking
from purchasing.books.settlement import Charge
from purchasing.catalogue import Supplier
from purchasing.category import ChargeKind
from purchasing.errors import N_, Refused
from purchasing.money import Cents
from purchasing.people import Participant
from purchasing.rounds import Round, RoundItem, RoundState

MOST_AT_ONCE = 5_000
HANDED_OUT = (RoundState.DELIVERED, RoundState.SETTLED)
Owner = Participant | Supplier


class ReturnedDeposit(Base):
    """So many containers of `each_cents` were handed in by one participant, or to one supplier."""

    __tablename__ = "returned_deposit"
    __table_args__ = (
        CheckConstraint("pieces <> 0", name="pieces"),
        CheckConstraint("each_cents > 0", name="each"),
        CheckConstraint("(participant_id IS NULL) <> (supplier_id IS NULL)", name="owner"),
    )

    participant_id: Mapped[int | None] = mapped_column(ForeignKey("participant.id"), index=True)
    supplier_id: Mapped[int | None] = mapped_column(ForeignKey("supplier.id"), index=True)
    each_cents: Mapped[int]
    pieces: Mapped[int]
    reason: Mapped[str] = mapped_column(String(200))
    at: Mapped[datetime]
    by: Mapped[str] = mapped_column(String(120))
    key: Mapped[str] = mapped_column(String(80), unique=True)


class NothingCounted(Refused):
    message = N_("Fill in how many came back.")


class NotSoManyEmpties(Refused):
    message = N_("So many cannot have come back.")


class MoreThanCharged(Refused):
    message = N_(
        "More came back than was charged, or less than nothing. Is that right? Then say why."
    )


class NeverCharged(Refused):
    message = N_("No deposit of this amount was ever charged here.")


@dataclass(frozen=True)
class Containers:
    """The containers of one deposit: which articles they were of, how many there were and are."""

    each_cents: Cents
    names: tuple[str, ...]
    charged: int
    returned: int

    @property
    def left(self) -> int:
        return self.charged - self.returned


def containers_of(session: Session, owner: Owner) -> list[Containers]:
    """What was charged to a participant, or came from a supplier; the smallest deposit first."""
    rows = session.execute(
        select(RoundItem.deposit_cents, RoundItem.name, func.sum(Charge.pieces))
        .join(Charge, Charge.item_id == RoundItem.id)
        .join(Round, Round.id == Charge.round_id)
        .where(
            Charge.kind == ChargeKind.DEPOSIT,
            _is_of(Charge, owner),
            RoundItem.deposit_cents > 0,
            Round.state.in_(HANDED_OUT),
        )
        .group_by(RoundItem.deposit_cents, RoundItem.name)
        .order_by(RoundItem.deposit_cents, RoundItem.name)
    ).all()
    returned = _returned(session, owner)
    found = []
    for each in sorted({each for each, _, _ in rows} | returned.keys()):
        names = tuple(name for cents, name, _ in rows if cents == each)
        charged = sum(int(pieces) for cents, _, pieces in rows if cents == each)
        found.append(Containers(each, names, charged, returned.get(each, 0)))
    return found


def take_back(
    session: Session,
    owner: Owner,
    counts: Mapping[Cents, int],
    *,
    reason: str,
    key: str,
    actor: str,
    now: datetime,
) -> Cents:
    """Book empties, by what is on one of them; the deposit that went back. One key counts once.

    Below zero takes back an earlier count. Raises NothingCounted, NotSoManyEmpties, NeverCharged,
    MoreThanCharged; then nothing is booked.
    """
    deciding.hold_books(session)
    counted = {each: pieces for each, pieces in sorted(counts.items()) if pieces}
    if not counted:
        raise NothingCounted
    if _is_known(session, key, counted):
        return 0
    there = {one.each_cents: one for one in containers_of(session, owner)}
    for each, pieces in counted.items():
        _refuse(there.get(each), pieces, reason.strip())
    for each, pieces in counted.items():
        insert_if_absent(
            session,
            ReturnedDeposit,
            **_named(owner),
            each_cents=each,
            pieces=pieces,
            reason=reason.strip()[:200],
            at=now,
            by=actor,
            key=f"{key}:{each}",
        )
    _book(session, owner, counted, key, now=now)
    return _worth(counted)


def given_back(session: Session) -> tuple[Cents, Cents]:
    """The deposit that went back in all: to participants, and from suppliers to us."""
    worth = func.sum(ReturnedDeposit.pieces * ReturnedDeposit.each_cents)
    to_us = ReturnedDeposit.supplier_id.is_not(None)
    rows: dict[bool, Cents] = {
        bool(theirs): int(cents)
        for theirs, cents in session.execute(select(to_us, worth).group_by(to_us))
    }
    return rows.get(False, 0), rows.get(True, 0)


def list_returned(session: Session, owner: Owner) -> Sequence[ReturnedDeposit]:
    """What came back, the newest first."""
    query = select(ReturnedDeposit).where(_is_of(ReturnedDeposit, owner))
    return session.scalars(query.order_by(ReturnedDeposit.id.desc())).all()


def facts_of(session: Session, participant: Participant) -> list[dict[str, Any]]:
    """What a participant handed in, as plain data to take along."""
    return [
        {
            "containers": one.pieces,
            "deposit_cents_each": one.each_cents,
            "why": one.reason,
            "at": one.at.isoformat(),
        }
        for one in reversed(list_returned(session, participant))
    ]


def _is_of(row: Any, owner: Owner) -> Any:
    if isinstance(owner, Participant):
        return row.participant_id == owner.id
    return row.supplier_id == owner.id


def _named(owner: Owner) -> dict[str, int | None]:
    is_participant = isinstance(owner, Participant)
    return {
        "participant_id": owner.id if is_participant else None,
        "supplier_id": None if is_participant else owner.id,
    }


def _returned(session: Session, owner: Owner) -> dict[Cents, int]:
    rows = session.execute(
        select(ReturnedDeposit.each_cents, func.sum(ReturnedDeposit.pieces))
        .where(_is_of(ReturnedDeposit, owner))
        .group_by(ReturnedDeposit.each_cents)
    )
    return {each: int(pieces) for each, pieces in rows}


def _is_known(session: Session, key: str, counted: Mapping[Cents, int]) -> bool:
    keys = [f"{key}:{each}" for each in counted]
    found = select(ReturnedDeposit.id).where(ReturnedDeposit.key.in_(keys)).limit(1)
    return session.scalar(found) is not None


def _refuse(there: Containers | None, pieces: int, reason: str) -> None:
    if there is None:
        raise NeverCharged
    if abs(pieces) > MOST_AT_ONCE or there.returned + pieces < 0:
        raise NotSoManyEmpties
    if not reason and (pieces < 0 or pieces > there.left):
        raise MoreThanCharged


def _worth(counted: Mapping[Cents, int]) -> Cents:
    return sum(each * pieces for each, pieces in counted.items())


def _book(
    session: Session, owner: Owner, counted: Mapping[Cents, int], key: str, *, now: datetime
) -> None:
    """We hold less of a participant, who owes us less; we owe a supplier less, who holds less."""
    back = _worth(counted)
    if isinstance(owner, Participant):
        amounts = {accounts.DEPOSITS_HELD: back, accounts.of_participant(owner.id): -back}
    else:
        amounts = {accounts.of_supplier(owner.id): back, accounts.DEPOSITS_PAID: -back}
    told = ", ".join(
        f"{pieces} × {each // 100}.{each % 100:02d}" for each, pieces in counted.items()
    )
    ledger.post(session, [Booking(f"empties:{key}", told[:200], amounts)], round_id=None, at=now)
    if isinstance(owner, Participant):
        credit.settle(session, [owner.id], now=now)

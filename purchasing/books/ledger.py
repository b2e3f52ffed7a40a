"""Who owes whom. Double entry, append-only; a mistake is reversed, never edited.

Accounts are words: `participant:12` owes us when positive, `supplier:3` is owed when negative;
`round:7` holds what was bought for a round and not yet charged, and must come to zero with its
fees; `vat:output:900` is VAT due, `vat:input` VAT to get back; `fees` is what the network keeps.
`deposits:…` is deposit we paid and deposit we hold. `bank` and `cash` are ours; `unmatched` is
money of which nobody decided whose it is; `result:2026` what a closed year left.
Triggers in the database refuse a change of what is posted.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    String,
    bindparam,
    func,
    insert,
    select,
)
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from purchasing import acts
from purchasing.base import Base
from purchasing.money import Cents


class Unbalanced(ValueError):
    """A posting whose entries do not add up to zero."""


class Posting(Base):
    __tablename__ = "posting"

    key: Mapped[str] = mapped_column(String(80), unique=True)  # what it books; booked once
    at: Mapped[datetime]
    round_id: Mapped[int | None] = mapped_column(ForeignKey("round.id"), index=True)
    memo: Mapped[str] = mapped_column(String(200))
    actor: Mapped[str | None] = mapped_column(String(acts.LONGEST_ACTOR), default=acts.acting)
    entries: Mapped[list[Entry]] = relationship(back_populates="posting")


class Entry(Base):
    __tablename__ = "entry"
    __table_args__ = (CheckConstraint("cents <> 0", name="not_zero"),)

    posting_id: Mapped[int] = mapped_column(ForeignKey("posting.id"), index=True)
    account: Mapped[str] = mapped_column(String(80), index=True)
    cents: Mapped[int] = mapped_column(BigInteger)
    posting: Mapped[Posting] = relationship(back_populates="entries")


class BookYear(Base):
    """A year that is closed: nothing is booked before `ends_at` any more."""

    __tablename__ = "book_year"

    year: Mapped[int] = mapped_column(unique=True)
    ends_at: Mapped[datetime]
    result_cents: Mapped[int] = mapped_column(BigInteger)  # above zero was earned
    closed_at: Mapped[datetime]
    closed_by: Mapped[str] = mapped_column(String(120))


@dataclass(frozen=True)
class Booking:
    """One posting to be made. `amounts` maps account to cents and must add up to zero."""

    key: str
    memo: str
    amounts: Mapping[str, Cents]


# Thousands at once, each finding its posting by the key: no row need be read back.
_ENTRY = insert(Entry.__table__).from_select(  # type: ignore[arg-type]
    ["posting_id", "account", "cents"],
    select(
        Posting.id,
        bindparam("to", type_=Entry.account.type),
        bindparam("so_many", type_=Entry.cents.type),
    ).where(Posting.key == bindparam("of")),
)


_OPEN_FROM = select(func.max(BookYear.ends_at))


def post(
    session: Session, bookings: Sequence[Booking], *, round_id: int | None, at: datetime
) -> None:
    """Write postings; where nothing is owed nothing is written.

    What falls in a closed year is booked on the first moment after it.
    Raises Unbalanced, and IntegrityError where a key is booked already.
    """
    for booking in bookings:
        if sum(booking.amounts.values()) != 0:
            raise Unbalanced(booking.key, dict(booking.amounts))
    written = [booking for booking in bookings if any(booking.amounts.values())]
    if not written:
        return
    open_from = session.scalar(_OPEN_FROM)
    at = max(at, open_from) if open_from else at
    session.execute(
        insert(Posting.__table__),  # type: ignore[arg-type]
        [{"key": b.key, "memo": b.memo, "round_id": round_id, "at": at} for b in written],
    )
    session.execute(
        _ENTRY,
        [
            {"of": booking.key, "to": account, "so_many": cents}
            for booking in written
            for account, cents in booking.amounts.items()
            if cents
        ],
    )


def amounts_of(session: Session, key: str) -> dict[str, Cents]:
    """What a posting booked, by account."""
    query = select(Entry.account, Entry.cents).join(Posting).where(Posting.key == key)
    return {account: int(cents) for account, cents in session.execute(query)}


def totals_of_round(session: Session, round_id: int) -> dict[str, Cents]:
    """What the postings of a round booked in all, by account."""
    rows = session.execute(
        select(Entry.account, func.sum(Entry.cents))
        .join(Posting, Posting.id == Entry.posting_id)
        .where(Posting.round_id == round_id)
        .group_by(Entry.account)
    )
    return {account: int(cents) for account, cents in rows}


def balance(session: Session, account: str) -> Cents:
    total = session.scalar(select(func.sum(Entry.cents)).where(Entry.account == account))
    return int(total or 0)


def entries_of(session: Session, account: str) -> list[tuple[datetime, str, Cents]]:
    """All that was booked on an account: when, about what, and how much; the oldest first."""
    rows = session.execute(
        select(Posting.at, Posting.memo, Entry.cents)
        .join(Posting, Posting.id == Entry.posting_id)
        .where(Entry.account == account)
        .order_by(Entry.id)
    )
    return [(at, memo, cents) for at, memo, cents in rows]

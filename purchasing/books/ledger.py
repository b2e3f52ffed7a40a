"""Who owes whom. Double entry, append-only; a mistake is reversed, never edited.

Accounts are words: `participant:12` owes us when positive, `supplier:3` is owed when negative;
`round:7` holds what was bought for a round and not yet charged, and must come to zero with its
fees; `vat:output:900` is VAT due, `vat:input` VAT to get back; `fees` is what the network keeps.
Triggers in the database refuse a change of what is posted.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, String, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

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
    entries: Mapped[list[Entry]] = relationship(back_populates="posting")


class Entry(Base):
    __tablename__ = "entry"
    __table_args__ = (CheckConstraint("cents <> 0", name="not_zero"),)

    posting_id: Mapped[int] = mapped_column(ForeignKey("posting.id"), index=True)
    account: Mapped[str] = mapped_column(String(80), index=True)
    cents: Mapped[int] = mapped_column(BigInteger)
    posting: Mapped[Posting] = relationship(back_populates="entries")


@dataclass(frozen=True)
class Booking:
    """One posting to be made. `amounts` maps account to cents and must add up to zero."""

    key: str
    memo: str
    amounts: Mapping[str, Cents]


def post(
    session: Session, bookings: Sequence[Booking], *, round_id: int | None, at: datetime
) -> None:
    """Write postings; where nothing is owed nothing is written.

    Raises Unbalanced, and IntegrityError where a key is booked already.
    """
    for booking in bookings:
        if sum(booking.amounts.values()) != 0:
            raise Unbalanced(booking.key, dict(booking.amounts))
    session.add_all(
        Posting(
            key=booking.key,
            memo=booking.memo,
            round_id=round_id,
            at=at,
            entries=[Entry(account=a, cents=c) for a, c in booking.amounts.items() if c],
        )
        for booking in bookings
        if any(booking.amounts.values())
    )


def balance(session: Session, account: str) -> Cents:
    total = session.scalar(select(func.sum(Entry.cents)).where(Entry.account == account))
    return int(total or 0)

"""Tries to pay online, kept: what was asked never changes, what came of it only goes forward."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from purchasing.base import Base
from purchasing.papers import Paper
from purchasing.people import Participant


class OnlineState(StrEnum):
    ASKED = "asked"  # noted; nobody was sent to the provider, so nobody can pay it
    OPEN = "open"
    PAID = "paid"
    ENDED = "ended"
    ODD = "odd"  # paid, but not what was asked: somebody must look


class OnlinePayment(Base):
    """One try to pay online. `cents` is what was asked; `back_cents` went back of it in all.

    `moves` counts what was booked of it, so that each has a posting of its own.
    """

    __tablename__ = "online_payment"
    __table_args__ = (CheckConstraint("cents > 0", name="more_than_nothing"),)

    key: Mapped[str] = mapped_column(String(64), unique=True)  # the provider gets it too
    participant_id: Mapped[int] = mapped_column(ForeignKey("participant.id"), index=True)
    paper_id: Mapped[int | None] = mapped_column(ForeignKey("paper.id"), index=True)
    cents: Mapped[int] = mapped_column(BigInteger)
    asked_at: Mapped[datetime]
    provider: Mapped[str] = mapped_column(String(20))
    provider_id: Mapped[str | None] = mapped_column(String(64), unique=True)
    checkout: Mapped[str] = mapped_column(String(500), default="")
    state: Mapped[OnlineState] = mapped_column(String(12), default=OnlineState.ASKED, index=True)
    heard_at: Mapped[datetime | None]
    heard: Mapped[str] = mapped_column(String(120), default="")  # what is odd, as it was told
    back_cents: Mapped[int] = mapped_column(BigInteger, default=0)
    moves: Mapped[int] = mapped_column(default=0)

    participant: Mapped[Participant] = relationship()
    paper: Mapped[Paper | None] = relationship()

    @property
    def posting_key(self) -> str:
        """The first posting; what papers it pays is noted under it, also what goes back."""
        return f"online:{self.id}"


def begun(session: Session) -> list[OnlinePayment]:
    """What somebody went off to pay, and we have not heard of how that ended."""
    query = select(OnlinePayment).where(OnlinePayment.state == OnlineState.OPEN)
    return list(session.scalars(query.order_by(OnlinePayment.id)))

"""What the bank was asked to collect: files, their lines, and the lines that it did not take."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, String, and_, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from purchasing.base import Base
from purchasing.books.bank import BankLine, LineState
from purchasing.books.mandates import Mandate
from purchasing.money import Cents
from purchasing.papers import Paper


class Sequence(StrEnum):
    """As the bank knows it."""

    FIRST = "FRST"
    NEXT = "RCUR"
    ONCE = "OOFF"


class Collection(Base):
    """One file for the bank, with who we were when it was made, so that it never changes."""

    __tablename__ = "collection"

    number: Mapped[str] = mapped_column(String(24), unique=True)
    collect_on: Mapped[date]
    creditor_id: Mapped[str] = mapped_column(String(35))
    creditor_name: Mapped[str] = mapped_column(String(120))
    creditor_iban: Mapped[str] = mapped_column(String(34))
    made_at: Mapped[datetime]
    made_by: Mapped[str] = mapped_column(String(120))
    cancelled_at: Mapped[datetime | None]
    cancelled_by: Mapped[str] = mapped_column(String(120), default="")

    lines: Mapped[list[CollectionLine]] = relationship(order_by="CollectionLine.id")

    @property
    def total(self) -> Cents:
        return sum(line.cents for line in self.lines)


class CollectionLine(Base):
    """So much of one bill, by one mandate."""

    __tablename__ = "collection_line"
    __table_args__ = (CheckConstraint("cents > 0", name="more_than_nothing"),)

    collection_id: Mapped[int] = mapped_column(ForeignKey("collection.id"), index=True)
    paper_id: Mapped[int] = mapped_column(ForeignKey("paper.id"), index=True)
    mandate_id: Mapped[int] = mapped_column(ForeignKey("mandate.id"), index=True)
    sequence: Mapped[Sequence] = mapped_column(String(4))
    end_to_end: Mapped[str] = mapped_column(String(35), unique=True)
    cents: Mapped[int] = mapped_column(BigInteger)
    text: Mapped[str] = mapped_column(String(140))

    mandate: Mapped[Mandate] = relationship()
    paper: Mapped[Paper] = relationship()
    refusal: Mapped[CollectionRefusal | None] = relationship()


class CollectionRefusal(Base):
    """The bank did not take one line, as it said outside the account's statement."""

    __tablename__ = "collection_refusal"

    line_id: Mapped[int] = mapped_column(ForeignKey("collection_line.id"), unique=True)
    reason: Mapped[str] = mapped_column(String(200))
    noted_at: Mapped[datetime]
    noted_by: Mapped[str] = mapped_column(String(120))


# The lines that the bank told of in a statement; and those of files that went to it.
TOLD = select(BankLine.end_to_end).where(
    BankLine.state == LineState.BOOKED, BankLine.end_to_end != ""
)
STANDS = and_(
    Collection.cancelled_at.is_(None), CollectionLine.id.not_in(select(CollectionRefusal.line_id))
)

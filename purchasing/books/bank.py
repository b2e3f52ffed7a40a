"""What the bank told us, kept once: statements, their lines, and what was decided about each.

What a line says never changes; triggers in the database see to that. What is decided about it
may, and every decision is a posting of its own.
"""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from purchasing.base import Base


class LineState(StrEnum):
    UNKNOWN = "unknown"  # nobody knows yet whose it is
    PROPOSED = "proposed"  # we think we know; one tap decides
    BOOKED = "booked"
    TWIN = "twin"  # most likely a line we have already, from a file of another kind


class Match(StrEnum):
    """Why a line is booked or proposed as it is."""

    NONE = ""
    REFERENCE = "reference"  # its reference, and exactly what is open
    REFERENCE_PART = "reference_part"  # its reference, and the part that was agreed
    REFERENCE_LESS = "reference_less"
    REFERENCE_MORE = "reference_more"
    REFERENCE_PAID = "reference_paid"  # of a paper that was paid already
    REFERENCES = "references"  # several papers, and exactly what is open of them
    NUMBER = "number"  # the number of a paper in the text, and exactly what is open
    ACCOUNT = "account"  # paid from before, and exactly one paper asks for this amount
    BALANCE = "balance"  # paid from before, and exactly all that is open
    RETURN = "return"  # takes an earlier payment back
    RETURN_LIKELY = "return_likely"
    PAYOUT = "payout"  # of what was paid online, by the provider
    SUPPLIER = "supplier"  # to the account of a supplier
    TWIN = "twin"
    BY_HAND = "by_hand"


class BankStatement(Base):
    """One statement of our account, from one file."""

    __tablename__ = "bank_statement"

    digest: Mapped[str] = mapped_column(String(64), unique=True)  # of all it says
    account: Mapped[str] = mapped_column(String(34))
    number: Mapped[str] = mapped_column(String(80))
    format: Mapped[str] = mapped_column(String(20))
    first_on: Mapped[date | None]
    last_on: Mapped[date | None]
    opening_cents: Mapped[int | None] = mapped_column(BigInteger)
    closing_cents: Mapped[int | None] = mapped_column(BigInteger)
    missing_cents: Mapped[int] = mapped_column(BigInteger, default=0)
    file_name: Mapped[str] = mapped_column(String(200), default="")
    read_at: Mapped[datetime]
    read_by: Mapped[str] = mapped_column(String(120))


class BankLine(Base):
    """One movement on our account; `cents` is below zero where money went out.

    `account` of the ledger and `paper_ids` are what it is booked or proposed for;
    `decisions` counts them, so that each has its own posting, and two who decide at once notice.
    """

    __tablename__ = "bank_line"
    __table_args__ = (
        Index("ix_bank_line_state", "state", "booked_on"),
        Index("ix_bank_line_same", "booked_on", "cents"),
    )

    key: Mapped[str] = mapped_column(String(40), unique=True)
    statement_id: Mapped[int] = mapped_column(ForeignKey("bank_statement.id"), index=True)
    format: Mapped[str] = mapped_column(String(20))
    booked_on: Mapped[date]
    cents: Mapped[int] = mapped_column(BigInteger)
    entry_cents: Mapped[int] = mapped_column(BigInteger)
    part: Mapped[int]
    name: Mapped[str] = mapped_column(String(400))
    iban: Mapped[str] = mapped_column(String(34), index=True)
    text: Mapped[str] = mapped_column(String(400))
    reference: Mapped[str] = mapped_column(String(400))
    end_to_end: Mapped[str] = mapped_column(String(400))
    bank_reference: Mapped[str] = mapped_column(String(400))
    returned: Mapped[bool]
    reason: Mapped[str] = mapped_column(String(400))

    state: Mapped[LineState] = mapped_column(String(12))
    match: Mapped[Match] = mapped_column(String(20), default=Match.NONE)
    account: Mapped[str] = mapped_column(String(80), default="")
    paper_ids: Mapped[list[int]] = mapped_column(JSON, default=list)
    same_as_id: Mapped[int | None] = mapped_column(ForeignKey("bank_line.id"))
    returns_id: Mapped[int | None] = mapped_column(ForeignKey("bank_line.id"))
    decisions: Mapped[int] = mapped_column(default=0)
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[str] = mapped_column(String(120), default="")

    statement: Mapped[BankStatement] = relationship()

    @property
    def posting_key(self) -> str:
        """The posting of the latest decision."""
        return f"paid:{self.id}:{self.decisions}"


class KnownAccount(Base):
    """An account somebody paid from before, and for whom."""

    __tablename__ = "known_account"
    __table_args__ = (UniqueConstraint("iban", "participant_id", name="uq_known_account_once"),)

    iban: Mapped[str] = mapped_column(String(34))
    participant_id: Mapped[int] = mapped_column(ForeignKey("participant.id"), index=True)
    seen_at: Mapped[datetime]

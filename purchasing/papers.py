"""The papers that leave the house: numbered snapshots, and where their PDFs are stored.

What is printed is a snapshot. An issued paper is never edited: triggers in the database refuse
it; what was wrong is reversed by a paper with a number of its own.
"""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    String,
    UniqueConstraint,
    select,
    text,
)
from sqlalchemy.orm import Mapped, Session, joinedload, mapped_column, relationship, undefer

from purchasing import acts
from purchasing.base import Base
from purchasing.people import Participant


class PaperKind(StrEnum):
    INVOICE = "invoice"
    SETTLEMENT = "settlement"
    PREPAYMENT = "prepayment"  # an invoice or settlement of what is paid ahead
    CONFIRMATION = "confirmation"
    RECEIPT = "receipt"
    ORDER_SHEET = "order_sheet"
    PACKING_LIST = "packing_list"
    CASH_RECEIPT = "cash_receipt"
    ACCOUNT = "account"  # what a participant owes and paid, on a day
    LOT_SHEET = "lot_sheet"
    CREDIT_NOTE = "credit_note"  # takes back part of an invoice or a settlement
    SUPPLEMENT = "supplement"  # asks more than an invoice or a settlement did


CORRECTIONS = (PaperKind.CREDIT_NOTE, PaperKind.SUPPLEMENT)
ONCE_FOR_EACH = "kind NOT IN ('credit_note', 'supplement')"


class Paper(Base):
    """One paper. `total_cents` is what it asks for; `snapshot` is all that is printed.

    A correction refers to the paper that it corrects; a credit note asks for less than nothing.
    """

    __tablename__ = "paper"
    __table_args__ = (
        UniqueConstraint("kind", "number", name="uq_paper_number"),
        Index(
            "uq_paper_participant",
            *("round_id", "kind", "participant_id"),
            unique=True,
            sqlite_where=text(ONCE_FOR_EACH),
            postgresql_where=text(ONCE_FOR_EACH),
        ),
        UniqueConstraint("kind", "supplier_order_id", name="uq_paper_supplier_order"),
        CheckConstraint(
            "participant_id IS NULL OR supplier_order_id IS NULL", name="one_recipient"
        ),
    )

    kind: Mapped[PaperKind] = mapped_column(String(16))
    number: Mapped[str] = mapped_column(String(24))
    round_id: Mapped[int | None] = mapped_column(ForeignKey("round.id"), index=True)
    participant_id: Mapped[int | None] = mapped_column(ForeignKey("participant.id"), index=True)
    supplier_order_id: Mapped[int | None] = mapped_column(ForeignKey("supplier_order.id"))
    language: Mapped[str] = mapped_column(String(5))
    issued_on: Mapped[date]
    issued_at: Mapped[datetime]
    due_on: Mapped[date | None]
    reference: Mapped[str] = mapped_column(String(25), default="", index=True)  # RF, ISO 11649
    total_cents: Mapped[int] = mapped_column(BigInteger, default=0)
    snapshot: Mapped[dict[str, Any]] = mapped_column(JSON, deferred=True)
    refers_to_id: Mapped[int | None] = mapped_column(ForeignKey("paper.id"), index=True)
    actor: Mapped[str | None] = mapped_column(String(acts.LONGEST_ACTOR), default=acts.acting)

    participant: Mapped[Participant | None] = relationship()
    document: Mapped[StoredDocument | None] = relationship(back_populates="paper")
    data: Mapped[DataFile | None] = relationship(back_populates="paper")


class StoredDocument(Base):
    """The bytes of a paper: rendered once, kept with their hash, never rendered again."""

    __tablename__ = "stored_document"

    paper_id: Mapped[int] = mapped_column(ForeignKey("paper.id"), unique=True)
    sha256: Mapped[str] = mapped_column(String(64))
    size: Mapped[int]
    path: Mapped[str] = mapped_column(String(200))  # below the documents folder
    renderer: Mapped[str] = mapped_column(String(60))
    stored_at: Mapped[datetime]

    paper: Mapped[Paper] = relationship(back_populates="document")


class DataFile(Base):
    """The bytes of an invoice for programs (UBL), written when its paper was, and kept like it."""

    __tablename__ = "data_file"

    paper_id: Mapped[int] = mapped_column(ForeignKey("paper.id"), unique=True)
    sha256: Mapped[str] = mapped_column(String(64))
    size: Mapped[int]
    path: Mapped[str] = mapped_column(String(200))  # below the documents folder
    stored_at: Mapped[datetime]

    paper: Mapped[Paper] = relationship(back_populates="data")


def list_for_participants(session: Session, participant_ids: list[int]) -> list[Paper]:
    """The papers of these households and shops, the newest first."""
    query = select(Paper).where(Paper.participant_id.in_(participant_ids))
    query = query.options(joinedload(Paper.data))
    return list(session.scalars(query.order_by(Paper.issued_on.desc(), Paper.id.desc())))


def list_issued(session: Session, first: date, last: date) -> list[Paper]:
    """The papers that participants got from day to day, both included, with their files."""
    query = select(Paper).where(
        Paper.issued_on.between(first, last), Paper.participant_id.is_not(None)
    )
    query = query.options(
        joinedload(Paper.data), joinedload(Paper.document), undefer(Paper.snapshot)
    )
    return list(session.scalars(query.order_by(Paper.issued_on, Paper.kind, Paper.number)))


def list_for_round(session: Session, round_id: int) -> list[Paper]:
    query = select(Paper).where(Paper.round_id == round_id)
    return list(session.scalars(query.order_by(Paper.kind, Paper.number)))

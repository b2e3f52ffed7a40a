"""What suppliers answered to our orders: append-only. The last answer counts, all are kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, String, Text, select
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship, selectinload

from purchasing import errands
from purchasing.answering import answer_once, fingerprint, first_answer
from purchasing.base import Base
from purchasing.deliveries import answer_form
from purchasing.deliveries.answer_form import (
    Answered,
    AnsweredLine,
    AnswerTotals,
    Terms,
    Verdict,
    Why,
)
from purchasing.deliveries.answer_links import AnswerLink, check_link, mail_to_supplier
from purchasing.ordering import SupplierOrder
from purchasing.rounds import Round


class SupplierAnswer(Base):
    """One answer, with a line for every line of the order."""

    __tablename__ = "supplier_answer"

    supplier_order_id: Mapped[int] = mapped_column(ForeignKey("supplier_order.id"), index=True)
    link_id: Mapped[int] = mapped_column(ForeignKey("answer_link.id"))
    verdict: Mapped[Verdict] = mapped_column(String(8))
    said_by: Mapped[str] = mapped_column(String(120))
    note: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime]

    order: Mapped[SupplierOrder] = relationship()
    lines: Mapped[list[SupplierAnswerLine]] = relationship(order_by="SupplierAnswerLine.id")


class SupplierAnswerLine(Base):
    """So many pieces of one line, at this price per unit (millionths, without VAT)."""

    __tablename__ = "supplier_answer_line"

    answer_id: Mapped[int] = mapped_column(ForeignKey("supplier_answer.id"), index=True)
    line_id: Mapped[int] = mapped_column(ForeignKey("supplier_order_line.id"), index=True)
    pieces: Mapped[int]
    unit_price: Mapped[int] = mapped_column(BigInteger)
    why: Mapped[Why] = mapped_column(String(12))
    note: Mapped[str] = mapped_column(Text)


def answer(
    session: Session, link: AnswerLink, raw: Mapping[str, str], *, key: str, now: datetime
) -> dict[str, Any]:
    """Keep what a supplier answers, mail a copy, and tell the coordinators.

    Returns {"answer": id}; a replay of the same form gets the first answer. Raises WrongAnswer,
    LinkRevoked, AnswerTooLate, AlreadyThere, FormReused, SavedAlready.
    """
    print_ = fingerprint("supplier answer", link.id, sorted(raw.items()))
    if (first := first_answer(session, key, print_)) is not None:
        return first
    _hold(session, link, now=now)
    read = answer_form.read_answer(terms_of(link.order), raw)
    row = _keep(session, link, read, now)
    mail_to_supplier(session, f"copy:{row.id}", link.order, now=now)
    _tell_coordinators(session, row, link.order, now)
    return answer_once(session, key, print_, {"answer": row.id}, now=now)


def terms_of(order: SupplierOrder) -> tuple[Terms, ...]:
    """An order's lines as an answer compares them."""
    return tuple(
        Terms(
            line_id=line.id,
            pieces=line.pieces,
            unit_price=line.unit_price,
            case_pieces=line.item.case_pieces,
            piece_milli=line.item.piece_milli,
            vat_bp=line.item.vat_bp,
            deposit_cents=line.item.deposit_cents,
        )
        for line in order.lines
    )


def said_of(answer: SupplierAnswer) -> tuple[AnsweredLine, ...]:
    """The lines of a kept answer, as they were read."""
    return tuple(
        AnsweredLine(line.line_id, line.pieces, line.unit_price, Why(line.why), line.note)
        for line in answer.lines
    )


def totals_of(order: SupplierOrder, lines: Sequence[AnsweredLine]) -> AnswerTotals:
    """What an order comes to if these lines come."""
    return answer_form.totals(
        terms_of(order),
        lines,
        delivery_cents=order.delivery_cents,
        delivery_vat_bp=order.delivery_vat_bp,
    )


def list_answers(session: Session, order_id: int) -> list[SupplierAnswer]:
    """All answers to an order, the oldest first."""
    query = select(SupplierAnswer).where(SupplierAnswer.supplier_order_id == order_id)
    loaded = query.options(selectinload(SupplierAnswer.lines))
    return list(session.scalars(loaded.order_by(SupplierAnswer.id)))


def latest_answer(session: Session, order_id: int) -> SupplierAnswer | None:
    answers = list_answers(session, order_id)
    return answers[-1] if answers else None


def _hold(session: Session, link: AnswerLink, *, now: datetime) -> None:
    """Make sure that this link may answer, and that it stays so until our transaction ends."""
    session.scalars(
        select(SupplierOrder).where(SupplierOrder.id == link.supplier_order_id).with_for_update()
    ).one()
    session.scalars(
        select(Round)
        .where(Round.id == link.order.round_id)
        .with_for_update(read=True)
        .execution_options(populate_existing=True)
    ).one()
    session.refresh(link, ["revoked_at"])
    check_link(session, link, now=now)


def _keep(session: Session, link: AnswerLink, read: Answered, now: datetime) -> SupplierAnswer:
    row = SupplierAnswer(
        supplier_order_id=link.supplier_order_id,
        link_id=link.id,
        verdict=read.verdict,
        said_by=read.said_by,
        note=read.note,
        at=now,
        lines=[SupplierAnswerLine(**vars(line)) for line in read.lines],
    )
    session.add(row)
    session.flush()
    return row


def _tell_coordinators(
    session: Session, row: SupplierAnswer, order: SupplierOrder, now: datetime
) -> None:
    """Only of an answer that asks something of them: that all is right can be seen."""
    if row.verdict == Verdict.ALL and not row.note:
        return
    errands.ask(
        session,
        errands.Kind.MAIL_ANSWER,
        f"told:{row.id}",
        priority=errands.Priority.AWAITED,
        round_id=order.round_id,
        now=now,
    )

"""A supplier billed more than was charged: who would pay it says yes or no. Silence is a no.

The question stands for seven days, unless the bill is taken back. A yes is charged at once, with
a supplement; what is not agreed to stays with the network, which carried it from the start.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from purchasing.books import passed_on, supplier_bills
from purchasing.books.passed_on import BillReply, BillShare, Step
from purchasing.books.supplier_bills import BillReversal, SupplierBill
from purchasing.errors import N_, Refused
from purchasing.money import Cents
from purchasing.rounds import Round

MAY_REPLY = timedelta(days=7)  # after the bill was entered


class NothingAsked(Refused):
    message = N_("You need not do anything: nothing more is asked of you.")


class BillTakenBack(Refused):
    message = N_("This is not asked any more: the supplier's bill was taken back.")


class RepliedBefore(Refused):
    message = N_("This has been answered already.")


class TooLateToReply(Refused):
    message = N_("You could reply until %(until)s. You pay nothing more.")


@dataclass(frozen=True)
class Question:
    """What one participant is asked about one bill: so much more, with VAT, for these parts."""

    bill: SupplierBill
    round: Round
    participant_id: int
    shares: tuple[BillShare, ...]
    reply: BillReply | None

    @property
    def until(self) -> datetime:
        return last_moment(self.bill)

    def is_open(self, now: datetime) -> bool:
        return self.bill.reversal is None and self.reply is None and now < self.until


def last_moment(bill: SupplierBill) -> datetime:
    """Until then who is asked for more may reply."""
    return bill.entered_at + MAY_REPLY


def question_of(session: Session, bill: SupplierBill, participant_id: int) -> Question | None:
    """What a participant is or was asked about a bill; None where nothing was."""
    shares = [
        one
        for one in passed_on.shares_of(session, bill.id)
        if one.participant_id == participant_id and one.cents > 0
    ]
    if not shares:
        return None
    said = passed_on.replies_of(session, bill.id).get(participant_id)
    round_ = session.get_one(Round, bill.order.round_id)
    return Question(bill, round_, participant_id, tuple(shares), said)


def asks(session: Session, question: Question) -> Cents:
    """What a yes would cost, with VAT."""
    return passed_on.what_it_asks(session, question.bill.order, question.shares)


def list_open(
    session: Session, participant_ids: Collection[int], *, now: datetime
) -> list[Question]:
    """What these participants may still reply to, the oldest first."""
    rows = session.execute(
        select(SupplierBill.id, BillShare.participant_id)
        .join(BillShare, BillShare.bill_id == SupplierBill.id)
        .outerjoin(BillReversal, BillReversal.bill_id == SupplierBill.id)
        .where(
            BillShare.participant_id.in_(participant_ids),
            BillShare.cents > 0,
            SupplierBill.entered_at > now - MAY_REPLY,
            BillReversal.id.is_(None),
        )
        .order_by(SupplierBill.id, BillShare.participant_id)
        .distinct()
    )
    bills = [(session.get_one(SupplierBill, bill_id), who) for bill_id, who in rows]
    found = [question_of(session, bill, who) for bill, who in bills]
    return [one for one in found if one is not None and one.is_open(now)]


def reply(
    session: Session,
    bill: SupplierBill,
    participant_id: int,
    *,
    agreed: bool,
    actor: str,
    now: datetime,
) -> BillReply:
    """Keep a yes or a no, once; a yes is charged at once, and the network carries so much less.

    Raises NothingAsked, BillTakenBack, RepliedBefore, TooLateToReply.
    """
    order = bill.order
    supplier_bills.hold(session, order)
    session.refresh(bill)
    question = question_of(session, bill, participant_id)
    if question is None:
        raise NothingAsked
    _refuse(question, now)
    said = BillReply(
        bill_id=bill.id, participant_id=participant_id, agreed=agreed, at=now, by=actor
    )
    session.add(said)
    session.flush()
    if agreed:
        more = passed_on.settle_up(
            session, order, bill.id, question.shares, step=Step.AGREED, now=now
        )
        key = f"carried-bill-agreed:{bill.id}:{participant_id}"
        memo = f"{bill.number} {order.supplier.name}"
        passed_on.carry(session, question.round, -more, key=key, memo=memo, now=now)
    return said


def _refuse(question: Question, now: datetime) -> None:
    if question.bill.reversal is not None:
        raise BillTakenBack
    if question.reply is not None:
        raise RepliedBefore
    if not question.is_open(now):
        raise TooLateToReply(until=question.until)


def facts_of(session: Session, participant_id: int) -> list[tuple[int, dict[str, Any]]]:
    """What was passed on to a participant and what they said, by round."""
    rows = session.execute(
        select(BillShare, SupplierBill)
        .join(SupplierBill, SupplierBill.id == BillShare.bill_id)
        .where(BillShare.participant_id == participant_id)
        .order_by(BillShare.id)
    ).all()
    found = []
    for share, bill in rows:
        said = passed_on.replies_of(session, bill.id).get(participant_id)
        papers = passed_on.papers_of(session, bill.id)
        facts = {
            "article": share.item.name if share.item else None,
            "cents": share.cents,
            "agreed": said.agreed if said and share.cents > 0 else None,
            "papers": [p.paper.number for p in papers if p.participant_id == participant_id],
        }
        found.append((bill.order.round_id, facts))
    return found

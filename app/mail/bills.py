"""What a participant hears of a supplier's bill that is higher than what was charged."""

from datetime import datetime

from sqlalchemy.orm import Session

from app.mail import links
from app.mail.errors import NothingToSend
from purchasing.books import bill_replies
from purchasing.books.supplier_bills import SupplierBill
from purchasing.commitments import Commitment


def facts_of(
    session: Session, bill_id: int, commitment: Commitment, now: datetime
) -> dict[str, object]:
    """What a yes costs, for what, and until when; raises NothingToSend when nothing is asked."""
    bill = session.get_one(SupplierBill, bill_id)
    who = commitment.participant_id
    question = bill_replies.question_of(session, bill, who)
    if question is None or not question.is_open(now):
        raise NothingToSend("nothing is asked any more")
    return {
        "question": question,
        "supplier": bill.order.supplier.name,
        "more": bill_replies.asks(session, question),
        "link": links.billed(commitment.round_id, bill_id, who),
    }

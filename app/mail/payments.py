"""What who is late reads: kindly, what is open, and how to pay it."""

from datetime import datetime

from sqlalchemy.orm import Session

from app.mail import links, readers
from app.mail.errors import NothingToSend
from app.mail.letter import Errand, Letter
from purchasing.books.open_items import list_open
from purchasing.errands import Kind
from purchasing.people import Participant, the_network


def reminder(session: Session, errand: Errand, now: datetime) -> Letter:
    """All that is open of a participant. Nothing when it was paid meanwhile."""
    participant_id, _, rest = errand.ref.partition(":")
    paper_id = int(rest.partition(":")[0])
    participant = session.get_one(Participant, int(participant_id))
    items = list_open(session, participant_ids=[participant.id])
    bills = [item for item in items if item.open > 0]
    if paper_id not in {bill.paper_id for bill in bills} or not participant.active:
        raise NothingToSend("it was paid meanwhile")
    network = the_network(session)
    facts = {
        "bills": bills,
        "total": sum(bill.open for bill in bills),
        "iban": network.iban,
        "account_name": network.account_name or network.name,
        "network": network,
        "link": links.statement(participant.id),
    }
    return Letter("payment_reminder", readers.of_participant(session, participant), facts)


WRITERS = {Kind.MAIL_PAYMENT: reminder}

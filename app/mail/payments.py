"""What who is late reads: kindly, what is open, and how to pay it."""

from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from app.mail import links, readers
from app.mail.errors import NothingToSend
from app.mail.letter import Errand, Letter
from purchasing.books import collecting, instalments
from purchasing.books.collections import Collection, CollectionLine
from purchasing.books.open_items import find_items, list_open
from purchasing.errands import Kind
from purchasing.papers import Paper
from purchasing.people import Participant, the_network


def reminder(session: Session, errand: Errand, now: datetime) -> Letter:
    """All that is to be paid by now, of a plan the part that is due. Nothing when it was paid."""
    participant_id, _, rest = errand.ref.partition(":")
    paper_id = int(rest.partition(":")[0])
    participant = session.get_one(Participant, int(participant_id))
    network = the_network(session)
    today = now.astimezone(ZoneInfo(network.timezone)).date()
    items = list_open(session, participant_ids=[participant.id])
    asked = [(item, item.asked(today)) for item in items if item.asked(today) > 0]
    if paper_id not in {bill.paper_id for bill, _ in asked} or not participant.active:
        raise NothingToSend("it was paid meanwhile, or is to be paid later")
    facts = {
        "bills": [
            {"number": bill.number, "reference": bill.reference, "cents": cents}
            for bill, cents in asked
        ],
        "total": sum(cents for _, cents in asked),
        "in_parts": links.in_parts(paper_id) if _may_be_in_parts(session, paper_id, now) else "",
        "iban": network.iban,
        "account_name": network.account_name or network.name,
        "network": network,
        "link": links.statement(participant.id),
    }
    return Letter("payment_reminder", readers.of_participant(session, participant), facts)


def collection(session: Session, errand: Errand, now: datetime) -> Letter:
    """What is collected, when and from which account. Nothing where it was called off."""
    participant_id, _, collection_id = errand.ref.partition(":")
    participant = session.get_one(Participant, int(participant_id))
    made = session.get_one(Collection, int(collection_id))
    lines = collecting.lines_of(session, made.id, participant.id)
    if made.cancelled_at is not None or not lines:
        raise NothingToSend("it is not collected after all")
    facts = {
        "bills": [{"number": line.paper.number, "cents": line.cents} for line in lines],
        "total": sum(line.cents for line in lines),
        "collect_on": made.collect_on,
        "mandate": lines[0].mandate,
        "made": made,
        "link": links.direct_debit(participant.id),
    }
    return Letter("collection", readers.of_participant(session, participant), facts)


def not_collected(session: Session, errand: Errand, now: datetime) -> Letter:
    """The bank did not take it: how to pay. Nothing where it was paid, or is collected anew."""
    participant_id, _, line_id = errand.ref.partition(":")
    participant = session.get_one(Participant, int(participant_id))
    line = session.get_one(CollectionLine, int(line_id))
    items = find_items(session, paper_ids=[line.paper_id])
    if not items or items[0].open <= 0 or collecting.under_way(session, [line.paper_id]):
        raise NothingToSend("it was paid, or is collected anew")
    network = the_network(session)
    facts = {
        "bill": items[0],
        "network": network,
        "iban": network.iban,
        "account_name": network.account_name or network.name,
        "link": links.statement(participant.id),
    }
    return Letter("not_collected", readers.of_participant(session, participant), facts)


def _may_be_in_parts(session: Session, paper_id: int, now: datetime) -> bool:
    paper = session.get_one(Paper, paper_id)
    (item,) = find_items(session, paper_ids=[paper_id])
    return bool(instalments.list_choices(session, paper, item, now=now))


WRITERS = {
    Kind.MAIL_PAYMENT: reminder,
    Kind.MAIL_COLLECTION: collection,
    Kind.MAIL_NOT_COLLECTED: not_collected,
}

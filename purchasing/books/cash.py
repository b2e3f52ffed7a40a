"""Money on the table: booked in the cash box, with a numbered receipt for who paid."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from purchasing import numbers, sheets
from purchasing.books import accounts, credit, deciding, ledger, open_items, statements
from purchasing.books.ledger import Booking, Posting
from purchasing.books.open_items import OpenItem
from purchasing.errors import N_, Refused
from purchasing.money import Cents
from purchasing.papers import Paper, PaperKind
from purchasing.people import Participant, the_network

MOST_CASH: Cents = 300_000  # the law forbids merchants to take more than 3,000 euros in cash


class NoCash(Refused):
    message = N_("Fill in how much was paid.")


class TooMuchCash(Refused):
    message = N_("This is more than may be paid in cash: at most 3,000 euros.")


def receive(
    session: Session,
    participant: Participant,
    cents: Cents,
    *,
    key: str,
    actor: str,
    now: datetime,
) -> Paper:
    """Book cash from a participant: the oldest bills first, the rest is credit. Its receipt.

    `key` makes one form count once: sent again it gives the first receipt.
    Raises NoCash, TooMuchCash.
    """
    if cents <= 0:
        raise NoCash
    if cents > MOST_CASH:
        raise TooMuchCash
    deciding.hold_books(session)
    posting_key = f"cash:{key}"[:80]
    if found := _receipt_of(session, posting_key):
        return found
    number, on = _number(session, now)
    amounts = {accounts.CASH: cents, accounts.of_participant(participant.id): -cents}
    ledger.post(session, [Booking(posting_key, number, amounts)], round_id=None, at=now)
    items = open_items.list_open(session, participant_ids=[participant.id])
    paid = open_items.spread(cents, items, ())
    open_items.write_parts(session, [(posting_key, paid)], at=now)
    paper = Paper(
        kind=PaperKind.CASH_RECEIPT,
        number=number,
        participant_id=participant.id,
        language=participant.language,
        issued_on=on,
        issued_at=now,
        snapshot=_snapshot(session, participant, cents, dict(paid), items)
        | {"number": number, "issued_on": on.isoformat(), "received_by": actor},
    )
    session.add(paper)
    session.flush()
    credit.settle(session, [participant.id], now=now)
    statements.ask_to_print(session, paper, participant.name, now=now)
    return paper


def _number(session: Session, now: datetime) -> tuple[str, date]:
    on = now.astimezone(ZoneInfo(the_network(session).timezone)).date()
    return f"K-{on.year}-{numbers.take(session, f'cash:{on.year}'):04d}", on


def _snapshot(
    session: Session,
    participant: Participant,
    cents: Cents,
    paid: Mapping[int, Cents],
    items: Sequence[OpenItem],
) -> dict[str, Any]:
    return {
        "kind": "cash_receipt",
        "language": participant.language,
        "sender": sheets.sender(the_network(session)),
        "recipient": statements.recipient(participant),
        "total": cents,
        "lines": [
            {"number": item.number, "cents": paid[item.paper_id], "open": item.open}
            for item in items
            if item.paper_id in paid
        ],
        "credit": cents - sum(paid.values()),
        "notes": [],
    }


def _receipt_of(session: Session, posting_key: str) -> Paper | None:
    """The receipt of cash that was booked before: its number is what the posting says."""
    number = select(Posting.memo).where(Posting.key == posting_key).scalar_subquery()
    return session.scalar(
        select(Paper).where(Paper.kind == PaperKind.CASH_RECEIPT, Paper.number == number)
    )

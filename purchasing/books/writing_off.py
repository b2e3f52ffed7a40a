"""Letting a debt go: what is still open of a paper is written off, with the reason."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from purchasing.books import accounts, deciding, ledger, open_items
from purchasing.books.ledger import Booking
from purchasing.errors import N_, Refused
from purchasing.money import Cents

LONGEST_REASON = 160


class NoReason(Refused):
    message = N_("Say why it is written off.")


class NothingOpen(Refused):
    message = N_("Nothing is open of this bill any more.")


def write_off(session: Session, paper_id: int, *, reason: str, actor: str, now: datetime) -> Cents:
    """Book all that is open of a paper as lost; returns how much. VAT in it stays owed.

    Raises NoReason, NothingOpen.
    """
    reason = " ".join(reason.split())[:LONGEST_REASON]
    if not reason:
        raise NoReason
    deciding.hold_books(session)
    items = open_items.find_items(session, paper_ids=[paper_id])
    if not items or items[0].open <= 0:
        raise NothingOpen
    item = items[0]
    lost = item.open
    key = f"written-off:{paper_id}:{now:%Y%m%d%H%M%S%f}"
    amounts = {
        accounts.WRITTEN_OFF: lost,
        accounts.of_participant(item.participant_id): -lost,
    }
    memo = f"{item.number}: {reason} ({actor})"[:200]
    ledger.post(session, [Booking(key, memo, amounts)], round_id=None, at=now)
    open_items.write_parts(session, [(key, [(paper_id, lost)])], at=now)
    return lost

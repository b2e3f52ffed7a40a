"""What comes of a tender when the time to choose is over: confirmations, lists, reminders.

The supplier contracts with each participant who accepted; the network does not. So a participant
gets a confirmation, which is no invoice, and the supplier the list of those who come.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from purchasing import news, offers
from purchasing.rounds import Round


def conclude(session: Session, round_: Round, *, now: datetime) -> None:
    """Confirm to each who accepted a bid that stands, and hand its supplier the list."""
    signed = offers.contracts(session, round_)
    news.tell_of_contracts(session, round_, {offer.participant_id for offer, _ in signed}, now=now)

"""Payments that the provider knows and our books do not: begun after a backup that was put back.

What is found is noted as it was asked, and then heard like any other: the provider is asked once
more how it stands, and books that know it already are not changed.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from purchasing import listening
from purchasing.base import insert_if_absent
from purchasing.books import deciding, online
from purchasing.books.online_payments import OnlinePayment, OnlineState
from purchasing.books.online_told import EURO, Told
from purchasing.errands import Kind
from purchasing.papers import Paper
from purchasing.people import Participant


@dataclass(frozen=True)
class Found:
    """A payment on the provider's list. `key` and `bill` are what we gave along, or empty.

    The key begins with the participant's id; `made_at` is when the provider made it, in UTC.
    """

    told: Told
    key: str
    bill: str
    about: str
    made_at: datetime


class Whose(StrEnum):
    KNOWN = "known"
    OURS = "ours"  # was unknown, and is noted again
    NOBODY = "nobody"  # not in euros, or of somebody who is unknown here: a human must look


def take_back(session: Session, found: Found, *, provider: str, now: datetime) -> Whose:
    """Note a payment that is unknown here, so that it is asked about and booked."""
    deciding.hold_books(session)
    if _by_provider_id(session, found.told.provider_id) is not None:
        return Whose.KNOWN
    payment = online.find(session, found.key) if found.key else None
    payment = payment or _noted(session, found, provider)
    if payment is None or payment.provider_id is not None:
        return Whose.NOBODY
    online.answered(session, payment, found.told, now=now)
    listening.rouse(session, Kind.HEAR_PAYMENT, payment.id, now=now)
    return Whose.OURS


def _noted(session: Session, found: Found, provider: str) -> OnlinePayment | None:
    """What was asked, written down once more; None where it is nobody's here."""
    participant = _participant(session, found)
    if participant is None or found.told.currency != EURO or found.told.cents <= 0:
        return None
    insert_if_absent(
        session,
        OnlinePayment,
        key=found.key,
        participant_id=participant.id,
        paper_id=_paper_id(session, participant, found.bill),
        cents=found.told.cents,
        asked_at=found.made_at,
        provider=provider,
        checkout="",
        state=OnlineState.ASKED,
        heard="",
        back_cents=0,
        moves=0,
    )
    return online.find(session, found.key)


def _participant(session: Session, found: Found) -> Participant | None:
    """Whose it is. Not somebody who came later and was given the number of one who was lost."""
    before, _, after = found.key.partition("-")
    if not after or not before.isdecimal() or len(before) > len(str(2**31)):
        return None
    participant = session.get(Participant, int(before))
    came_before = participant is not None and participant.created_at <= found.made_at
    return participant if came_before else None


def _paper_id(session: Session, participant: Participant, number: str) -> int | None:
    query = select(Paper.id).where(
        Paper.participant_id == participant.id, Paper.number == number, Paper.number != ""
    )
    return session.scalar(query.limit(1))


def _by_provider_id(session: Session, provider_id: str) -> int | None:
    query = select(OnlinePayment.id).where(OnlinePayment.provider_id == provider_id)
    return session.scalar(query)

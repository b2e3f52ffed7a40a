"""What somebody takes along of how they pay: plans and mandates, as plain data."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from purchasing.books import instalments, mandates, online

Facts = dict[str, Any]


def instalments_of(session: Session, participant_id: int) -> list[Facts]:
    """Each plan; moments in UTC, amounts in whole cents."""
    return [
        {
            "bill": number,
            "agreed_at": _moment(plan.made_at),
            "ended_on": plan.ended_on.isoformat() if plan.ended_on else None,
            "parts": [{"on": one.due_on.isoformat(), "cents": one.cents} for one in plan.parts],
        }
        for number, plan in instalments.list_of(session, participant_id)
    ]


def mandates_of(session: Session, participant_id: int) -> list[Facts]:
    """Each mandate, also those that were revoked."""
    return [
        {
            "reference": one.reference,
            "account": one.iban,
            "holder": one.holder,
            "for_one_collection": one.one_off,
            "text": one.text_version,
            "given_at": _moment(one.given_at),
            "revoked_at": _moment(one.revoked_at),
        }
        for one in mandates.list_of(session, participant_id)
    ]


def online_of(session: Session, participant_id: int) -> list[Facts]:
    """Each try to pay online, also those that came to nothing."""
    return [
        {
            "at": _moment(one.asked_at),
            "bill": one.paper.number if one.paper else None,
            "cents": one.cents,
            "came_to": str(one.state),
            "went_back": one.back_cents,
        }
        for one in online.list_of(session, participant_id)
    ]


def _moment(at: datetime | None) -> str | None:
    return at.isoformat() if at else None

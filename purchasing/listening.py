"""Errands that ask somebody else how a thing stands: as often as needed, until it is known.

An errand that mails is done once. One that listens may be roused by news at any moment, also
while it is being run: whoever runs it then has lost its lease, so what he heard before the news
is not taken for the answer to it.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import update
from sqlalchemy.orm import Session

from purchasing import errands
from purchasing.errands import Errand, ErrandState, Kind


def rouse(
    session: Session, kind: Kind, ref: object, *, now: datetime, recipient: str = ""
) -> None:
    """Ask now, whatever was planned: news came. Many at once are one errand."""
    session.execute(
        update(Errand)
        .where(Errand.key == f"{kind}:{ref}")
        .values(
            state=ErrandState.WAITING,
            not_before=now,
            tries=0,
            lease_until=None,
            last_error="",
        )
        .execution_options(synchronize_session=False)
    )
    errands.ask(
        session, kind, ref, now=now, priority=errands.Priority.AWAITED, recipient=recipient
    )


def later(session: Session, errand_id: int, token: int, *, at: datetime, error: str = "") -> bool:
    """Ask again at a moment; `error` says what went wrong. False if the lease is not ours.

    Whoever says so is alive: deaths before it were not in a row with any that come.
    """
    held = session.execute(
        update(Errand)
        .where(
            Errand.id == errand_id,
            Errand.lease_token == token,
            Errand.state == ErrandState.LEASED,
        )
        .values(
            state=ErrandState.WAITING,
            not_before=at,
            deaths=0,
            lease_until=None,
            last_error=error[:2000],
        )
        .execution_options(synchronize_session=False)
    )
    return bool(held.rowcount == 1)  # type: ignore[attr-defined]

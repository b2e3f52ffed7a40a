"""The lot sheet: what suppliers are told before they bid. It points to nobody."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from purchasing import errands, numbers, sheets
from purchasing.invitations import tender_of
from purchasing.papers import Paper, PaperKind
from purchasing.people import the_network
from purchasing.rounds import Round
from purchasing.tenders import awards


def issue_lot_sheet(session: Session, round_: Round, *, now: datetime) -> Paper:
    """The sheet of a round whose sign-up has closed, numbered, and the errand to print it.

    Its letter is its own: a receipt for cash has the K that the first sheets had too. The series
    goes on, so that an old K and a new T never share what stands behind the letter.
    """
    network = the_network(session)
    zone = ZoneInfo(network.timezone)
    on = now.astimezone(zone).date()
    number = f"T-{on.year}-{numbers.take(session, f'lot_sheet:{on.year}'):04d}"
    entries = [entry for _, entry in awards.entries_of(session, round_)]
    paper = Paper(
        kind=PaperKind.LOT_SHEET,
        number=number,
        round_id=round_.id,
        language=network.language,
        issued_on=on,
        issued_at=now,
        snapshot={
            "kind": "lot_sheet",
            "number": number,
            "language": network.language,
            "issued_on": on.isoformat(),
            "round": {"title": round_.title},
            "bids_until": _local(round_.bids_until, zone),
            "offers_until": _local(round_.offers_until, zone),
            "sender": sheets.sender(network),
            "notes": [],
            **tender_of(round_).lots(entries, round_.particulars),
        },
    )
    session.add(paper)
    session.flush()
    errands.ask(
        session,
        errands.Kind.RENDER,
        paper.id,
        priority=errands.Priority.SHEET,
        round_id=round_.id,
        now=now,
    )
    return paper


def lot_sheet_of(session: Session, round_id: int) -> Paper | None:
    return session.scalar(
        select(Paper).where(Paper.round_id == round_id, Paper.kind == PaperKind.LOT_SHEET)
    )


def _local(moment: datetime | None, zone: ZoneInfo) -> str:
    """A moment on the clock on the wall, "2026-12-04T20:00"; empty where there is none."""
    return moment.astimezone(zone).isoformat(timespec="minutes")[:16] if moment else ""

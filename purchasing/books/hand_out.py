"""The list by which goods are handed out, made anew when something came otherwise."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session, undefer

from purchasing import sheets
from purchasing.books import invoicing
from purchasing.books.differences import Outcome, outcome_of
from purchasing.papers import Paper, PaperKind
from purchasing.people import the_network
from purchasing.rounds import Round


def follow(session: Session, round_: Round, *, now: datetime) -> bool:
    """Print the hand-out list by what came, if the last one says something else; whether it did.

    Its number is that of the first, with a figure behind it. The earlier ones stay as they are.
    """
    printed = _printed(session, round_.id)
    if not printed:
        return False
    snapshot = _list(session, round_, outcome_of(session, round_))
    last = {key: value for key, value in printed[-1].snapshot.items() if key != "number"}
    if last == {key: value for key, value in snapshot.items() if key != "number"}:
        return False
    snapshot["number"] = f"{snapshot['number']}-{len(printed) + 1}"
    on = now.astimezone(ZoneInfo(the_network(session).timezone)).date()
    paper = invoicing.sheet_of(round_, PaperKind.PACKING_LIST, snapshot, on, now)
    session.add(paper)
    session.flush()
    invoicing.ask_sheet(session, paper, "", now)
    return True


def _printed(session: Session, round_id: int) -> list[Paper]:
    """The lists there are, the first one first."""
    query = select(Paper).where(Paper.round_id == round_id, Paper.kind == PaperKind.PACKING_LIST)
    return list(session.scalars(query.options(undefer(Paper.snapshot)).order_by(Paper.id)))


def _list(session: Session, round_: Round, outcome: Outcome) -> dict[str, Any]:
    shares = outcome.arrival.shares
    people = invoicing.participants_of(session, {share.participant_id for share in shares})
    cases = {line.item_id: line.cases for order in outcome.decided.orders for line in order.lines}
    network = the_network(session)
    return sheets.packing_list(network, round_, shares, people, cases, outcome.instead)

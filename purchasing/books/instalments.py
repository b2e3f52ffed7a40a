"""Paying a bill in parts: without debt, without interest, and nobody is asked for a reason.

The household chooses by itself, up to what the network allows. Its bill stays one bill; only the
days change by which so much of it is to be paid.
"""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from purchasing.books import deciding, open_items, plans
from purchasing.books.open_items import OpenItem
from purchasing.books.plans import Due, Instalment, InstalmentPlan
from purchasing.category import SettlementMode
from purchasing.errors import N_, Refused
from purchasing.papers import Paper, PaperKind
from purchasing.people import Network, the_network
from purchasing.rounds import Round

MOST = 12  # parts, whatever a network sets
KINDS = (PaperKind.INVOICE, PaperKind.SETTLEMENT)
# Only what the network itself sells or shares: it does not pay a premium or a supplier in parts.
MODES = (SettlementMode.RESALE, SettlementMode.SHARED)


class NotInParts(Refused):
    message = N_("This bill cannot be paid in parts.")


class AlreadyInParts(Refused):
    message = N_("There is a plan for this bill already.")


class NoPlan(Refused):
    message = N_("There is no plan for this bill any more.")


def list_choices(
    session: Session, paper: Paper, item: OpenItem, *, now: datetime
) -> list[tuple[Due, ...]]:
    """The plans that may be chosen for a bill; none where it is small or the network offers none.

    A bill is put in parts once: who ended a plan has no other for it.
    """
    network = the_network(session)
    if not network.instalments_most or not _is_ours(session, paper) or find(session, paper.id):
        return []
    return plans.choices(
        item.open, network.instalments_most, due_on=paper.due_on, today=_today(network, now)
    )


def find(session: Session, paper_id: int) -> InstalmentPlan | None:
    """The plan of a bill, also one that was ended."""
    return session.scalar(select(InstalmentPlan).where(InstalmentPlan.paper_id == paper_id))


def list_of(session: Session, participant_id: int) -> list[tuple[str, InstalmentPlan]]:
    """The plans of one participant with the number of the bill, the oldest first."""
    query = (
        select(Paper.number, InstalmentPlan)
        .join(InstalmentPlan, InstalmentPlan.paper_id == Paper.id)
        .where(Paper.participant_id == participant_id)
        .options(selectinload(InstalmentPlan.parts))
        .order_by(InstalmentPlan.id)
    )
    return [(number, plan) for number, plan in session.execute(query)]


def choose(session: Session, paper: Paper, count: int, *, now: datetime) -> InstalmentPlan:
    """Pay what is open of a bill in `count` parts. Who chose is not kept.

    Raises AlreadyInParts, and NotInParts where that is no choice.
    """
    deciding.hold_books(session)
    if find(session, paper.id):
        raise AlreadyInParts
    items = open_items.find_items(session, paper_ids=[paper.id])
    offered = list_choices(session, paper, items[0], now=now) if items else []
    chosen = next((one for one in offered if len(one) == count), None)
    if chosen is None:
        raise NotInParts
    plan = InstalmentPlan(paper_id=paper.id, made_at=now)
    plan.parts = [Instalment(due_on=day, cents=cents) for day, cents in chosen]
    session.add(plan)
    session.flush()
    return plan


def end(session: Session, paper: Paper, *, now: datetime) -> None:
    """End the plan of a bill: what is open of it is due now. Raises NoPlan."""
    deciding.hold_books(session)
    plan = find(session, paper.id)
    if plan is None or plan.ended_on is not None:
        raise NoPlan
    plan.ended_on = _today(the_network(session), now)
    session.flush()


def _is_ours(session: Session, paper: Paper) -> bool:
    if paper.kind not in KINDS or paper.participant_id is None:
        return False
    if paper.round_id is None:
        return True
    return session.get_one(Round, paper.round_id).settlement_mode in MODES


def _today(network: Network, now: datetime) -> date:
    return now.astimezone(ZoneInfo(network.timezone)).date()

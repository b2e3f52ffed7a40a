"""Who takes part in a round hears by mail what becomes of it."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from purchasing import errands
from purchasing.category import Decision
from purchasing.commitments import Commitment
from purchasing.rounds import InvoiceAt, Round


def tell_who_has_no_paper(
    session: Session, round_: Round, decision: Decision, *, now: datetime
) -> None:
    """Who ordered and gets nothing hears it; who is invoiced at delivery hears what comes."""
    if not round_.category.sells_articles:
        return
    billed = {charge.participant_id for charge in decision.charges}
    ordered = who_ordered(session, round_)
    nothing = [c for c in ordered if c.participant_id not in billed]
    tell(session, round_, "nothing", nothing, now=now)
    if round_.invoice_at == InvoiceAt.DELIVERY:
        coming = [c for c in ordered if c.participant_id in billed]
        tell(session, round_, "coming", coming, now=now)


def who_ordered(session: Session, round_: Round) -> list[Commitment]:
    return [c for c in who_takes_part(session, round_) if c.ordered_at is not None]


def who_takes_part(session: Session, round_: Round) -> list[Commitment]:
    query = select(Commitment).where(Commitment.round_id == round_.id)
    named = query.options(selectinload(Commitment.participant)).order_by(Commitment.id)
    return list(session.scalars(named))


def tell(
    session: Session, round_: Round, event: str, who: Sequence[Commitment], *, now: datetime
) -> None:
    """One mail to each, about what happened to the round."""
    errands.ask_many(
        session,
        errands.Kind.MAIL_NEWS,
        [(f"{event}:{commitment.id}", commitment.participant.name) for commitment in who],
        priority=errands.Priority.NEWS,
        round_id=round_.id,
        now=now,
    )

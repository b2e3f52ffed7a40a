"""Who takes part in a round hears by mail what becomes of it."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from purchasing import errands, surveys
from purchasing.category import Decision
from purchasing.commitments import Commitment
from purchasing.rounds import Round
from purchasing.tenders import bids, offers
from purchasing.tenders.bids import SealedBid
from purchasing.tenders.offers import OfferState

REMIND_TO_CHOOSE = timedelta(days=3)
REMIND_AFTER_SURVEY = timedelta(days=2)


def tell_who_has_no_paper(
    session: Session, round_: Round, decision: Decision, billed: Collection[int], *, now: datetime
) -> None:
    """Who ordered and gets nothing hears it; who is billed at delivery hears what comes.

    `billed`: the participants who have a paper already.
    """
    if not round_.category.sells_articles:
        return
    charged = {charge.participant_id for charge in decision.charges}
    ordered = who_ordered(session, round_)
    if round_.choose_days:
        stayed = {who for who, _ in surveys.staying(session, round_.id)}
        tell(session, round_, "left", _without(ordered, stayed), now=now)
        ordered = [c for c in ordered if c.participant_id in stayed]
    tell(session, round_, "nothing", _without(ordered, charged), now=now)
    later = charged.difference(billed)
    tell(session, round_, "coming", [c for c in ordered if c.participant_id in later], now=now)


def _without(ordered: Sequence[Commitment], charged: Collection[int]) -> list[Commitment]:
    return [c for c in ordered if c.participant_id not in charged]


def tell_of_survey(session: Session, round_: Round, *, now: datetime) -> None:
    """Each who has not dropped out hears what was found; who must say yes is reminded of it."""
    gone = surveys.who_left(session, round_.id)
    people = [c for c in who_ordered(session, round_) if c.participant_id not in gone]
    tell(session, round_, "survey", people, now=now)
    assert round_.offers_until is not None, "lifecycle.offer_survey has set it"
    before = round_.offers_until - REMIND_AFTER_SURVEY
    if before <= now:
        return
    asked = {line.participant_id for line in surveys.lines_of(session, round_.id) if line.raised}
    waited_for = [c for c in people if c.participant_id in asked]
    tell(session, round_, "survey_last", waited_for, now=now, not_before=before)


def tell_of_award(session: Session, round_: Round, *, now: datetime) -> None:
    """Each who takes part hears of their offer, or that there is none; and suppliers, the result.

    Who has an offer and has not chosen is reminded some days before the time to choose ends.
    """
    people = {c.participant_id: c for c in who_ordered(session, round_)}
    made = offers.list_offers(session, round_.id)
    offered = [people[o.participant_id] for o in made if o.state == OfferState.MADE]
    nothing = [people[o.participant_id] for o in made if o.state == OfferState.NONE]
    tell(session, round_, "offer", offered, now=now)
    tell(session, round_, "no_deal" if round_.no_deal else "no_offer", nothing, now=now)
    if round_.offers_until is not None and not round_.no_deal:
        before = max(now, round_.offers_until - REMIND_TO_CHOOSE)
        tell(session, round_, "choose", offered, now=now, not_before=before)
    for bid in bids.opened_bids(session, round_.id):
        _tell_supplier(session, round_, bid, "awarded", now=now)


def tell_of_contracts(
    session: Session, round_: Round, signed: Collection[int], *, now: datetime
) -> None:
    """Who accepted a bid that does not stand hears that nothing changes; suppliers, who comes.

    `signed`: the participants who have a contract, and so a confirmation.
    """
    people = {c.participant_id: c for c in who_ordered(session, round_)}
    accepted = [
        o.participant_id
        for o in offers.list_offers(session, round_.id)
        if o.state == OfferState.ACCEPTED
    ]
    fell_through = [people[who] for who in accepted if who not in signed]
    tell(session, round_, "fell_through", fell_through, now=now)
    winners = {o.bid_id for o in offers.offered(session, round_.id)}
    for bid in bids.opened_bids(session, round_.id):
        if bid.id in winners:
            _tell_supplier(session, round_, bid, "concluded", now=now)


def _tell_supplier(
    session: Session, round_: Round, bid: SealedBid, event: str, *, now: datetime
) -> None:
    errands.ask(
        session,
        errands.Kind.MAIL_RESULT,
        f"{event}:{bid.id}",
        priority=errands.Priority.PAPER,
        round_id=round_.id,
        recipient=bid.supplier.name,
        now=now,
    )


def who_ordered(session: Session, round_: Round) -> list[Commitment]:
    return [c for c in who_takes_part(session, round_) if c.ordered_at is not None]


def who_takes_part(session: Session, round_: Round) -> list[Commitment]:
    query = select(Commitment).where(Commitment.round_id == round_.id)
    named = query.options(selectinload(Commitment.participant)).order_by(Commitment.id)
    return list(session.scalars(named))


def tell(
    session: Session,
    round_: Round,
    event: str,
    who: Sequence[Commitment],
    *,
    now: datetime,
    not_before: datetime | None = None,
) -> None:
    """One mail to each, about what happened to the round; not sent before a later moment."""
    errands.ask_many(
        session,
        errands.Kind.MAIL_NEWS,
        [(f"{event}:{commitment.id}", commitment.participant.name) for commitment in who],
        priority=errands.Priority.NEWS,
        round_id=round_.id,
        now=now,
        not_before=not_before,
    )

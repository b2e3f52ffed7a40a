"""What must hold of a tender when all is over: bids, awards, choices and contracts."""

from collections import Counter
from collections.abc import Iterator

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.torture.asking import Memory
from app.torture.scene import Stage
from purchasing import signups
from purchasing.papers import Paper, PaperKind
from purchasing.rounds import Round
from purchasing.tenders import awards, offers
from purchasing.tenders.awards import Replayed
from purchasing.tenders.bids import SealedBid
from purchasing.tenders.offers import Offer, OfferState


def violations(session: Session, stage: Stage, round_: Round, memory: Memory) -> Iterator[str]:
    """Everything that is wrong with this tender, one line each."""
    yield from _sign_ups(session, stage, memory)
    yield from _bids(session, stage, memory)
    yield from _award(session, round_, memory)
    yield from _choices(session, stage, memory)
    yield from _papers(session, stage)


def _sign_ups(session: Session, stage: Stage, memory: Memory) -> Iterator[str]:
    """Who was told that it takes part has an offer, be it that there is none for it."""
    offered = set(
        session.scalars(select(Offer.participant_id).where(Offer.round_id == stage.round_id))
    )
    for (round_id, who), told in memory.told.items():
        if round_id != stage.round_id or told.left:
            continue
        if signups.is_signed_up(session, round_id, who) != told.signed_up:
            yield f"tender {round_id}, {who}: told {told.signed_up} of the sign-up"
        if (who in offered) != told.signed_up:
            yield f"tender {round_id}, {who}: told {told.signed_up}, in the award {who in offered}"


def _bids(session: Session, stage: Stage, memory: Memory) -> Iterator[str]:
    """Each that was told to stand does, at its price; none came early or late; all are open."""
    standing: dict[int, list[SealedBid]] = {}
    for bid in session.scalars(select(SealedBid).where(SealedBid.round_id == stage.round_id)):
        standing.setdefault(bid.invitation_id, []).append(bid)
        if not stage.closes_at <= bid.committed_at < (stage.bids_until or stage.closes_at):
            yield f"tender {stage.round_id}: bid {bid.key} was sealed at {bid.committed_at}"
        if bid.opened_at is None or bid.opened_at < (stage.bids_until or bid.opened_at):
            yield f"tender {stage.round_id}: bid {bid.key} was opened at {bid.opened_at}"
    for invitation_id, price in memory.bids.items():
        found = standing.pop(invitation_id, None)
        if found is not None and [_price(bid) for bid in found] != [_millionths(price)]:
            yield f"bid of link {invitation_id}: told {price}, stored {[*map(_price, found)]}"
    for invitation_id in standing:
        yield f"tender {stage.round_id}: link {invitation_id} has a bid, and was never told"


def _award(session: Session, round_: Round, memory: Memory) -> Iterator[str]:
    """It can be computed again from what was published, and nobody pays more without a word.

    Unless somebody left after it: then the answers are gone that it rested on.
    """
    again = awards.compare(session, round_)
    left = any(told.left for (round_id, _), told in memory.told.items() if round_id == round_.id)
    if again != Replayed.SAME and not (left and again == Replayed.GONE):
        yield f"tender {round_.id}: computed once more the award is {again}"
    for offer in offers.list_offers(session, round_.id):
        if offer.state == OfferState.ACCEPTED and offer.worse_off:
            yield f"tender {round_.id}, {offer.participant_id}: accepted what is worse"


def _choices(session: Session, stage: Stage, memory: Memory) -> Iterator[str]:
    stored = {
        offer.participant_id: offer.state == OfferState.ACCEPTED
        for offer in offers.list_offers(session, stage.round_id)
    }
    for (round_id, who), told in memory.told.items():
        if round_id != stage.round_id or told.left:
            continue
        if stored.get(who, False) != told.accepts:
            yield f"tender {round_id}, {who}: told {told.accepts} of its choice"


def _papers(session: Session, stage: Stage) -> Iterator[str]:
    """A confirmation for each who has a contract and nobody else, and one lot sheet."""
    round_ = session.get_one(Round, stage.round_id)
    agreed = {offer.participant_id for offer, _ in offers.contracts(session, round_)}
    papers = Counter(
        session.execute(
            select(Paper.kind, Paper.participant_id).where(Paper.round_id == stage.round_id)
        ).tuples()
    )
    confirmed = {who: n for (kind, who), n in papers.items() if kind == PaperKind.CONFIRMATION}
    if confirmed != dict.fromkeys(agreed, 1):
        yield f"tender {round_.id}: confirmations {confirmed}, contracts {agreed}"
    if papers[PaperKind.LOT_SHEET, None] != 1:
        yield f"tender {round_.id}: {papers[PaperKind.LOT_SHEET, None]} lot sheets"


def _price(bid: SealedBid) -> int:
    return int(bid.content["tariff"]["single"]) if bid.content else 0


def _millionths(price: str) -> int:
    return int(price.replace(",", "").ljust(7, "0"))

"""How a tender was awarded, as plain facts that anybody can check for themselves."""

from collections import Counter
from typing import Any

from sqlalchemy.orm import Session

from app.commands.group import iso
from app.pages.signup import count_people
from purchasing import invitations
from purchasing.rounds import Round
from purchasing.tenders import awards, bids, offers
from purchasing.tenders.awards import Award
from purchasing.tenders.bids import SealedBid
from purchasing.tenders.offers import Offer

Facts = dict[str, Any]


def tender_facts(session: Session, round_: Round) -> Facts:
    """How a tender stands: who was invited, the bids and what people chose; no name of those."""
    links = invitations.list_invitations(session, round_.id)
    given = offers.list_offers(session, round_.id)
    return {
        "bids_until": iso(round_.bids_until),
        "offers_until": iso(round_.offers_until),
        "no_deal": round_.no_deal,
        "people": count_people(session, round_.id),
        "invited": [link.supplier.name for link in links if link.revoked_at is None],
        "bids": bids_of(session, round_),
        "choices": Counter(offer.state for offer in given),
    }


def bids_of(session: Session, round_: Round) -> list[Facts]:
    """All bids in the order in which they came; before the opening without what they say."""
    given = offers.list_offers(session, round_.id)
    return [_bid(bid, given) for bid in bids.list_bids(session, round_.id)]


def award_of(session: Session, round_id: int) -> Facts | None:
    """Bids with their hashes, and per entry what it was offered: no name, no answer.

    Costs are cents a year. `replayed` says whether it was computed once more with the same end.
    """
    made = awards.award_of(session, round_id)
    round_ = session.get(Round, round_id)
    if made is None or round_ is None:
        return None
    given = offers.list_offers(session, round_id)
    return {
        **_head(round_, made),
        "replayed": awards.compare(session, round_),
        "bids": bids_of(session, round_),
        "offers": [_offer(offer) for offer in given],
        "choices": Counter(offer.state for offer in given),
        "published": made.published,
        "figures": made.figures,
    }


def _head(round_: Round, made: Award) -> Facts:
    return {
        "round": round_.id,
        "decided_at": iso(made.decided_at),
        "outcome": made.outcome,
        "words": made.words,
        "no_deal": round_.no_deal,
        "rule": round_.particulars.get("rule"),
    }


def _bid(bid: SealedBid, given: list[Offer]) -> Facts:
    return {
        "key": bid.key,
        "supplier": bid.supplier.name,
        "commitment": bid.commitment,
        "committed_at": iso(bid.committed_at),
        "nonce": bid.nonce,
        "content": bid.content,
        "withdrawn_at": iso(bid.withdrawn_at),
        "withdrawn_reason": bid.withdrawn_reason,
        "offered": sum(offer.bid_id == bid.id for offer in given),
    }


def _offer(offer: Offer) -> Facts:
    return {
        "entry": offer.key,
        "bid": offer.bid.key if offer.bid else None,
        "cost_cents": offer.cost_cents,
        "now_cents": offer.now_cents,
        "worse_off": offer.worse_off,
        "state": offer.state,
    }

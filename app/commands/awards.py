"""How a tender was awarded, as plain facts that anybody can check for themselves."""

from collections import Counter
from typing import Any

from sqlalchemy.orm import Session

from app.commands.group import iso
from purchasing import awards, bids, offers
from purchasing.awards import Award
from purchasing.bids import SealedBid
from purchasing.offers import Offer
from purchasing.rounds import Round

Facts = dict[str, Any]


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
        "bids": [_bid(bid, given) for bid in bids.list_bids(session, round_id)],
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

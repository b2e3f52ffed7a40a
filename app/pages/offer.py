"""What one participant is offered, and beside it all other bids: as the page shows it."""

from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy.orm import Session

from app.bars import Bar, bars_of
from purchasing.invitations import tender_of
from purchasing.rounds import Round
from purchasing.tendering import TenderCase
from purchasing.tenders import awards, bids, offers
from purchasing.tenders.offers import Offer


@dataclass(frozen=True)
class OtherBid:
    """What a bid would have cost this participant, in cents a year."""

    supplier: str
    cost: int
    is_mine: bool


@dataclass(frozen=True)
class OfferPage:
    """`told` is the room's own explanation; None where there is no offer."""

    told: Any
    now: Bar | None
    new: Bar | None
    others: tuple[OtherBid, ...]

    @property
    def bars(self) -> list[Bar]:
        return [bar for bar in (self.now, self.new) if bar is not None]


def open_offer(session: Session, round_: Round, offer: Offer) -> OfferPage:
    """Raises AnswersForgotten when the answers behind it have been deleted."""
    case = awards.bare_case(session, round_)
    others = _others(session, round_, offer, case)
    if offer.bid is None or offer.bid.content is None:
        return OfferPage(None, None, None, others)
    accepted = offers.accepted_by_bid(session, round_.id).get(offer.bid.id, 0)
    told = tender_of(round_).explain(offer.entry, offer.bid.content, case, accepted=accepted)
    now, new = bars_of([asdict(row) for row in told.rows])
    return OfferPage(told, now, new, others)


def _others(
    session: Session, round_: Round, offer: Offer, case: TenderCase
) -> tuple[OtherBid, ...]:
    names = {bid.key: bid.supplier.name for bid in bids.opened_bids(session, round_.id)}
    mine = offer.bid.key if offer.bid else ""
    costs = tender_of(round_).costs(offer.entry, case)
    ranked = sorted(costs.items(), key=lambda one: (one[1], names[one[0]]))
    return tuple(OtherBid(names[key], cost, key == mine) for key, cost in ranked)

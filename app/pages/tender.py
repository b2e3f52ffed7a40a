"""What everybody may read of a tender: its moments, the hashes, and once open all bids."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from purchasing.invitations import tender_of
from purchasing.rounds import Round
from purchasing.tendering import BidLine
from purchasing.tenders import awards, bids, offers
from purchasing.tenders.bids import SealedBid


@dataclass(frozen=True)
class PublicBid:
    """One bid; its lines are there only once all have been opened."""

    bid: SealedBid
    lines: tuple[BidLine, ...]
    won: bool
    accepted: int
    stands: bool


@dataclass(frozen=True)
class TenderTold:
    """`words` says how the award came out (msgid), `figures` what is published of it."""

    bids: tuple[PublicBid, ...]
    words: str
    figures: dict[str, Any]

    @property
    def opened(self) -> tuple[PublicBid, ...]:
        return tuple(one for one in self.bids if one.lines)

    @property
    def table(self) -> list[tuple[str, list[BidLine]]]:
        """The lines of all opened bids side by side; what no bid says is left out."""
        rows = zip(*(one.lines for one in self.opened), strict=True) if self.opened else ()
        return [
            (row[0].label, list(row))
            for row in rows
            if any(x.value not in (None, []) for x in row)
        ]


def told_of(session: Session, round_: Round) -> TenderTold | None:
    """None of a round that is not put to tender."""
    if round_.category.tender is None:
        return None
    award = awards.award_of(session, round_.id)
    winners = set(award.published["winners"]) if award else set()
    made = offers.conclusions(session, round_) if winners else ()
    concluded = {one.bid: one for one in made}
    tender = tender_of(round_)
    found = tuple(
        PublicBid(
            bid,
            tender.bid_lines(bid.content) if bid.content is not None else (),
            bid.key in winners,
            concluded[bid.key].accepted if bid.key in concluded else 0,
            bid.key in concluded and concluded[bid.key].stands,
        )
        for bid in bids.list_bids(session, round_.id)
    )
    return TenderTold(
        found, award.words if award else "", award.published["figures"] if award else {}
    )

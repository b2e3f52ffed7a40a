"""What a supplier hears of a tender: that it may bid, that its bid is in, how it ended."""

from datetime import datetime

from sqlalchemy.orm import Session

from app.mail import links, readers
from app.mail.errors import NothingToSend
from app.mail.letter import Errand, Letter
from purchasing import invitations
from purchasing.errands import Kind
from purchasing.invitations import BidInvitation
from purchasing.rounds import Round, RoundState
from purchasing.tenders import lots, offers
from purchasing.tenders.bids import SealedBid


def invitation(session: Session, errand: Errand, now: datetime) -> Letter:
    """The link to bid with; nothing once it has been revoked or the time is over."""
    row = session.get_one(BidInvitation, int(errand.ref))
    until = row.round.bids_until
    if row.revoked_at is not None or row.round.state != RoundState.CLOSED:
        raise NothingToSend("this link cannot bid any more")
    if until is None or now >= until:
        raise NothingToSend("the time to bid is over")
    sheet = lots.lot_sheet_of(session, row.round_id)
    return _letter("bid_invitation", row, {"sheet": sheet.snapshot if sheet else None})


def receipt(session: Session, errand: Errand, now: datetime) -> Letter:
    """That the bid is in, with its hash; nothing once it has been taken out."""
    bid = session.get_one(SealedBid, int(errand.ref))
    if bid.withdrawn_at is not None:
        raise NothingToSend("this bid has been withdrawn")
    row = _link_of(session, bid)
    return _letter("bid_receipt", row, {"bid": bid})


def result(session: Session, errand: Errand, now: datetime) -> Letter:
    """Won or not; and when everybody has chosen, that the list can be taken."""
    event, _, bid_id = errand.ref.partition(":")
    bid = session.get_one(SealedBid, int(bid_id))
    row = _link_of(session, bid)
    mine = _conclusion(session, row.round, bid)
    facts = {"bid": bid, "mine": mine, "concluded": event == "concluded"}
    return _letter("bid_result", row, facts)


def _link_of(session: Session, bid: SealedBid) -> BidInvitation:
    """The link that works now: the one a bid was made with may have been replaced."""
    works = invitations.standing_invitation(session, bid.round_id, bid.supplier_id)
    return works or session.get_one(BidInvitation, bid.invitation_id)


WRITERS = {
    Kind.MAIL_INVITATION: invitation,
    Kind.MAIL_BID: receipt,
    Kind.MAIL_RESULT: result,
}


def _conclusion(session: Session, round_: Round, bid: SealedBid) -> object:
    if round_.no_deal:
        return None
    found = offers.conclusions(session, round_)
    return next((one for one in found if one.bid == bid.key), None)


def _letter(template: str, row: BidInvitation, facts: dict[str, object]) -> Letter:
    known = {"round": row.round, "supplier": row.supplier, "link": links.bid(row.id)}
    return Letter(template, readers.of_supplier(row.supplier), known | facts)

"""What a participant hears of a tender: the offer, that there is none, how it ended."""

from datetime import datetime

from sqlalchemy.orm import Session

from app.mail import links
from app.mail.errors import NothingToSend
from purchasing import contract_end
from purchasing.commitments import Commitment
from purchasing.rounds import Round, RoundState
from purchasing.tenders import offers
from purchasing.tenders.offers import Offer, OfferState

EVENTS = ("offer", "choose", "no_offer", "no_deal", "fell_through", "contract_ends")


def facts_of(
    session: Session, event: str, round_: Round, commitment: Commitment, now: datetime
) -> dict[str, object]:
    """What the mail about this event needs. Raises NothingToSend where it says nothing new."""
    offer = offers.offer_of(session, round_.id, commitment.participant_id)
    if offer is None:
        raise NothingToSend("there is no part in this tender any more")
    if event in ("offer", "choose"):
        _refuse_when_chosen(round_, offer, now)
    last = contract_end.ends_on(offer, round_)
    if event == "contract_ends" and (not offer.reminds or last is None):
        raise NothingToSend("no reminder is wanted any more")
    return {
        "ends_on": last,
        "rounds": links.rounds(),
        "supplier": offer.bid.supplier.name if offer.bid else "",
        "saving": _saving(offer),
        "worse_off": offer.worse_off,
        "until": round_.offers_until,
        "link": links.offer(round_.id, commitment.participant_id),
    }


def _refuse_when_chosen(round_: Round, offer: Offer, now: datetime) -> None:
    if offer.state != OfferState.MADE:
        raise NothingToSend("the choice has been made already")
    over = round_.offers_until is not None and now >= round_.offers_until
    if over or round_.state != RoundState.OFFERED:
        raise NothingToSend("the time to choose is over")


def _saving(offer: Offer) -> int | None:
    if offer.now_cents is None or offer.cost_cents is None:
        return None
    return offer.now_cents - offer.cost_cents

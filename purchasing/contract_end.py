"""Before a contract ends, who asked for it is reminded: in time to choose anew, together."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from purchasing import news
from purchasing.invitations import tender_of
from purchasing.people import the_network
from purchasing.rounds import Round
from purchasing.tendering import Concluded
from purchasing.tenders.offers import Offer, OfferState

BEFORE = timedelta(weeks=6)
IN_THE_MORNING = time(9)


def ends_on(offer: Offer, round_: Round) -> date | None:
    """The last day of the contract on these terms; None where there is none."""
    if offer.state != OfferState.ACCEPTED or offer.bid is None or offer.bid.content is None:
        return None
    return tender_of(round_).ends_on(offer.bid.content, round_.particulars)


def ask_reminders(
    session: Session, round_: Round, signed: Sequence[tuple[Offer, Concluded]], *, now: datetime
) -> None:
    """One mail to each who has a contract that ends and asked for it, six weeks before.

    A contract that ends sooner than that gives nothing to remind of.
    """
    zone = ZoneInfo(the_network(session).timezone)
    people = {c.participant_id: c for c in news.who_ordered(session, round_)}
    for offer, _ in signed:
        last = ends_on(offer, round_)
        if not offer.reminds or last is None:
            continue
        moment = datetime.combine(last - BEFORE, IN_THE_MORNING, zone).astimezone(UTC)
        if moment > now:
            who = [people[offer.participant_id]]
            news.tell(session, round_, "contract_ends", who, now=now, not_before=moment)


def stop_reminding(offer: Offer) -> None:
    """No mail after all. What waits finds that nobody wants it any more."""
    offer.reminds = False

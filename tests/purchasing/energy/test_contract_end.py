"""Before a contract ends, who asked for it gets one mail, in time to choose anew."""

from datetime import UTC, date, datetime

import pytest
from sqlalchemy import select, update

from purchasing import contract_end, privacy
from purchasing.errands import Errand, ErrandState
from purchasing.tenders import offers
from tests.builders import ACTOR, DAY, a_household
from tests.tenders import (
    BIDS_UNTIL,
    OFFERS_UNTIL,
    a_tender,
    accepts,
    bids_on,
    close,
    concludes,
    joins,
    opens_bids,
)

NINE_O_CLOCK = datetime(2027, 4, 19, 7, tzinfo=UTC)  # in Haarlem, six weeks before 31 May


@pytest.fixture
def offered(session, network):
    """From 1 June 2026, for twelve months."""
    round_ = a_tender(session)
    for name in ("Ada", "Bo"):
        joins(session, round_, a_household(session, name))
    close(session, round_)
    bids_on(session, round_)
    opens_bids(session, round_)
    return round_


def who(session, round_, name):
    made = offers.list_offers(session, round_.id)
    return next(offer.participant for offer in made if offer.participant.name == name)


def reminders(session) -> list[Errand]:
    query = select(Errand).where(Errand.key.startswith("mail_news:contract_ends:"))
    return list(session.scalars(query))


def test_who_asked_for_it_is_mailed_six_weeks_before_the_contract_ends(session, offered) -> None:
    ada, bo = who(session, offered, "Ada"), who(session, offered, "Bo")
    mine = accepts(session, offered, ada, reminds=True)
    accepts(session, offered, bo)

    concludes(session, offered)

    assert contract_end.ends_on(mine, offered) == date(2027, 5, 31)
    [errand] = reminders(session)
    assert (errand.recipient, errand.not_before) == ("Ada", NINE_O_CLOCK)


def test_nobody_is_mailed_who_did_not_take_the_offer_in_the_end(session, offered) -> None:
    ada = who(session, offered, "Ada")
    accepts(session, offered, ada, reminds=True)
    offers.decline(
        session, offered.id, ada.id, key="decline-ada", actor=ACTOR, now=BIDS_UNTIL + 2 * DAY
    )

    concludes(session, offered)

    assert reminders(session) == []
    assert not offers.offer_of(session, offered.id, ada.id).reminds


def test_a_contract_that_ends_sooner_gives_nothing_to_remind_of(session, offered) -> None:
    accepts(session, offered, who(session, offered, "Ada"), reminds=True)
    concludes(session, offered, at=OFFERS_UNTIL)
    [errand] = reminders(session)
    session.delete(errand)
    signed = offers.contracts(session, offered)

    contract_end.ask_reminders(session, offered, signed, now=NINE_O_CLOCK)

    assert reminders(session) == []


def test_who_leaves_the_network_is_not_mailed(session, offered) -> None:
    ada = who(session, offered, "Ada")
    accepts(session, offered, ada, reminds=True)
    concludes(session, offered)

    printed = update(Errand).where(Errand.key.startswith("render:"))
    session.execute(printed.values(state=ErrandState.DONE))

    privacy.erase_participant(session, ada, actor=ACTOR, now=OFFERS_UNTIL + DAY)
    session.flush()
    session.expire_all()

    assert [errand.state for errand in reminders(session)] == [ErrandState.CANCELLED]
    assert not offers.offer_of(session, offered.id, ada.id).reminds

"""What somebody is offered after a tender: to look at, to take, to leave; and the confirmation."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from app.mail import write
from app.mail.errors import NothingToSend
from purchasing import contract_end, papers
from purchasing.errands import Errand
from purchasing.papers import PaperKind
from purchasing.tenders import offers
from purchasing.tenders.offers import OfferState
from tests.app.test_mail import parts_of
from tests.builders import a_household, a_network, a_person
from tests.tenders import (
    BID_A,
    BID_B,
    FLAT,
    a_tender,
    accepts,
    bids_on,
    close,
    concludes,
    joins,
    opens_bids,
)

HOUR = timedelta(hours=1)
NOW = datetime.now(UTC).replace(microsecond=0)
CLOSED = NOW - 4 * HOUR


@pytest.fixture
def round_(session):
    """A tender that closed and whose bids were opened today; one may choose for some days."""
    a_network(session)
    return a_tender(
        session,
        opens_at=CLOSED - 72 * HOUR,
        closes_at=CLOSED,
        bids_until=CLOSED + 2 * HOUR,
        offers_until=NOW + 72 * HOUR,
        particulars={"start_on": f"{NOW.year + 1}-02-01"},
    )


@pytest.fixture
def ada(session, round_):
    household = a_household(session, "Ada")
    a_person(session, "Ada", household, language="en")
    joins(session, round_, household, at=CLOSED - HOUR)
    return household


@pytest.fixture
def bo(session, round_):
    household = a_household(session, "Bo")
    a_person(session, "Bo", household, language="en")
    joins(session, round_, household, at=CLOSED - HOUR, **FLAT)
    return household


def award(session, round_, *bids) -> None:
    close(session, round_, at=CLOSED)
    for name, prices in bids:
        bids_on(session, round_, name, prices, at=CLOSED + HOUR)
    opens_bids(session, round_, at=CLOSED + 2 * HOUR)
    session.commit()


@pytest.fixture
def at_home(session, visitor, ada, bo, round_):
    award(session, round_, ("Noord", BID_A), ("Zuid", BID_B))
    return visitor.sign_in(ada.memberships[0].person)


def address(round_, page="") -> str:
    return f"/rounds/{round_.id}/offer{page}"


def state(session, round_, who) -> OfferState:
    session.expire_all()
    return OfferState(offers.offer_of(session, round_.id, who.id).state)


def test_the_offer_shows_both_years_row_by_row_and_every_bid(at_home, round_):
    page = at_home.get(address(round_))

    for words in ("This saves you", "Noord", "Zuid", "Grid operator", "Together"):
        assert words in page.text
    assert len(page.select("svg.draw")) == 2


def test_accepting_asks_consent_and_can_be_taken_back(session, at_home, round_, ada):
    form = at_home.get(address(round_, "/accept"))
    refused = at_home.submit(form, address(round_, "/accept"), status=422)
    taken = at_home.submit(form, address(round_, "/accept"), consent="2026-1")
    after = state(session, round_, ada)
    at_home.submit(taken, address(round_, "/stay"))

    assert "agree" in refused.select_one("#problem").text
    assert "You take this offer" in taken.text and after == OfferState.ACCEPTED
    assert state(session, round_, ada) == OfferState.DECLINED


def test_a_wrong_ean_is_told_at_its_field_and_what_was_typed_is_kept(at_home, round_):
    form = at_home.get(address(round_, "/accept"))

    wrong = "871687100000123454"
    page = at_home.submit(
        form, address(round_, "/accept"), status=422, consent="2026-1", ean_power=wrong
    )

    assert page.select_one("#ean_power")["value"] == wrong
    assert "last digit" in page.text


def test_who_would_be_worse_off_reads_to_stay_and_must_say_why(session, visitor, ada, bo, round_):
    award(session, round_, ("Zuid", BID_B))
    at_home = visitor.sign_in(bo.memberships[0].person)

    page = at_home.get(address(round_)).text
    form = at_home.get(address(round_, "/accept"))
    refused = at_home.submit(form, address(round_, "/accept"), status=422, consent="2026-1")
    at_home.submit(form, address(round_, "/accept"), consent="2026-1", reason="green")

    assert "Stay where you are" in page and "Yes, I switch" not in page
    assert "Please fill this in." in refused.text
    assert state(session, round_, bo) == OfferState.ACCEPTED


def test_nobody_sees_the_offer_of_another(at_home, round_, bo):
    for page in ("", "/accept"):
        at_home.get(f"{address(round_, page)}?for={bo.id}", status=404)


def test_where_there_is_no_offer_there_is_nothing_to_accept(session, visitor, ada, round_):
    at_home = visitor.sign_in(ada.memberships[0].person)
    at_home.get(address(round_, "/accept"), status=404)
    award(session, round_)

    at_home.get(address(round_, "/accept"), status=404)
    at_home.post(f"{address(round_, '/accept')}?for={ada.id}", status=404, consent="2026-1")


def test_who_took_no_offer_has_no_reminder_to_stop(session, visitor, ada, round_):
    at_home = visitor.sign_in(ada.memberships[0].person)
    stop = f"{address(round_, '/no-reminder')}?for={ada.id}"
    at_home.post(stop, status=404)
    award(session, round_, ("Noord", BID_A))

    at_home.post(stop, status=404)


def test_no_deal_is_told_as_a_normal_end(session, visitor, ada, round_):
    award(session, round_)
    at_home = visitor.sign_in(ada.memberships[0].person)

    page = at_home.get(address(round_)).text

    assert "You keep what you have" in page and "normal end" in page


def test_the_confirmation_says_what_was_agreed_and_is_no_invoice(session, ada, bo, round_):
    award(session, round_, ("Noord", BID_A))
    accepts(session, round_, ada, at=NOW)
    concludes(session, round_, at=round_.offers_until)

    [paper] = [
        p for p in papers.list_for_round(session, round_.id) if p.kind == PaperKind.CONFIRMATION
    ]
    record = paper.snapshot
    assert (paper.participant_id, paper.total_cents) == (ada.id, 0)
    assert paper.number.startswith("S-")
    assert sum(row["new"] for row in record["rows"]) == record["new"]
    assert sum(row["now"] for row in record["rows"]) == record["now"]
    assert record["saving"] == record["now"] - record["new"]
    assert record["supplier"]["name"] == "Noord"
    assert (datetime.fromisoformat(record["withdraw_until"]).date() - paper.issued_on).days == 14


def test_my_page_asks_to_choose_first_and_says_what_was_chosen(session, at_home, round_, ada):
    asked = at_home.get("/mine").select_one("section[aria-labelledby=tasks] li")
    accepts(session, round_, ada, at=NOW)
    session.commit()
    chosen = at_home.get("/mine").select_one("section[aria-labelledby=tasks] li")

    assert "If you do nothing, you keep what you have." in asked.text
    assert asked.a["href"] == f"{address(round_)}?for={ada.id}"
    assert "You accepted the offer." in chosen.text


def test_when_choosing_has_ended_my_page_asks_no_more(session, at_home, round_):
    round_.offers_until = NOW - HOUR
    session.commit()

    assert "offer" not in at_home.get("/mine").select_one("main").text


def test_who_withdraws_stays_and_what_lay_behind_the_offer_is_deleted(
    session, at_home, round_, ada
):
    withdraw = f"/rounds/{round_.id}/sign-up/withdraw?for={ada.id}"
    accepts(session, round_, ada, at=NOW)
    session.commit()

    at_home.submit(at_home.get(withdraw), f"/rounds/{round_.id}/sign-up/withdraw")

    offer = offers.offer_of(session, round_.id, ada.id)
    assert (offer.state, offer.basis, offer.details) == (OfferState.DECLINED, None, None)


def test_a_contract_outlives_the_consent_it_came_from(session, at_home, round_, ada):
    accepts(session, round_, ada, at=NOW)
    round_.offers_until = NOW
    concludes(session, round_, at=NOW)
    session.commit()

    at_home.post(f"/rounds/{round_.id}/sign-up/withdraw", **{"for": ada.id})

    offer = offers.offer_of(session, round_.id, ada.id)
    assert offer.state == OfferState.ACCEPTED and offer.basis is not None


def test_a_lower_price_for_many_is_told_in_the_readers_way(session, visitor, ada, bo, round_):
    close(session, round_, at=CLOSED)
    bids_on(session, round_, at=CLOSED + HOUR, tier_1_customers="12", tier_1_power="0.01")
    opens_bids(session, round_, at=CLOSED + 2 * HOUR)
    ada.memberships[0].person.language = "nl"
    session.commit()

    page = visitor.sign_in(ada.memberships[0].person).get(f"/rounds/{round_.id}")
    text = " ".join(page.text.replace("\N{NO-BREAK SPACE}", " ").split())

    assert "vanaf zoveel klanten: 12, korting per kWh: € 0,01" in text
    assert "korting per m³" not in text


def test_the_difference_is_told_without_and_with_the_bonus(session, visitor, ada, round_):
    award(session, round_, ("Noord", BID_A | {"bonus": "100"}))

    page = visitor.sign_in(ada.memberships[0].person).get(address(round_))

    told = {row.dt.text: row.dd.text for row in page.select("#difference ~ .facts > div")}
    without, with_bonus = (float(text.split()[0].strip("€")) for text in told.values())
    assert next(iter(told)) == "Difference without the bonus"
    assert with_bonus - without == 100


def test_a_reminder_before_the_contract_ends_is_asked_for_and_stopped(
    session, at_home, round_, ada
):
    at_home.submit(
        at_home.get(address(round_, "/accept")),
        address(round_, "/accept"),
        consent="2026-1",
        reminds="1",
    )
    assert at_home.get(address(round_, "/accept")).select_one("#reminds[checked]")
    concludes(session, round_, at=NOW + 72 * HOUR)
    session.commit()

    page = at_home.get(address(round_))
    assert "You get a mail six weeks before." in page.text
    at_home.submit(page, address(round_, "/no-reminder"))

    assert "six weeks" not in at_home.get(address(round_)).text
    session.expire_all()
    assert not offers.offer_of(session, round_.id, ada.id).reminds


def test_the_reminder_says_when_the_contract_ends_and_where_to_look(session, ada, bo, round_):
    ada.language = "en"
    award(session, round_, ("Noord", BID_A))
    accepts(session, round_, ada, at=NOW, reminds=True)
    concludes(session, round_, at=NOW + 72 * HOUR)
    [errand] = letters_of(session, "contract_ends")

    for part in parts_of(write(session, errand, now=errand.not_before)):
        told = " ".join(part.split())
        assert "Your contract with Noord ends on " in told
        assert f" 31 January {NOW.year + 2}. You asked us" in told
        assert "/rounds/" in told
    contract_end.stop_reminding(offers.offer_of(session, round_.id, ada.id))
    with pytest.raises(NothingToSend):
        write(session, errand, now=errand.not_before)


def letters_of(session, event: str) -> list[Errand]:
    query = select(Errand).where(Errand.key.startswith(f"mail_news:{event}:"))
    return list(session.scalars(query))

"""A coordinator plans a tender, invites suppliers, and follows it without seeing a sealed bid."""

import io
import zipfile
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from threading import Barrier, BrokenBarrierError

import pytest
from sqlalchemy import select

from app import seals
from purchasing import handover, invitations, lifecycle
from purchasing.people import Role
from purchasing.rounds import Round
from purchasing.rounds import RoundState as S
from purchasing.tendering import BidLine
from purchasing.tenders import awards, switching
from purchasing.tenders.bids import SealedBid
from tests.builders import ACTOR, a_household, a_network, a_person, a_supplier
from tests.pages import Visitor
from tests.tenders import (
    BID_A,
    BID_B,
    FLAT,
    PARTICULARS,
    a_tender,
    accepts,
    an_invitation,
    bids_on,
    close,
    concludes,
    joins,
    opens_bids,
)

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
NOW = datetime.now(UTC).replace(microsecond=0)
NEW = "/coordinator/sign-ups/new/energy"
SAID = {f"particulars-{key}": value for key, value in PARTICULARS.items()}


@pytest.fixture(autouse=True)
def print_in_this_process(app) -> None:
    app.config["PRESS_WORKERS"] = 0


@pytest.fixture
def nora(session, visitor):
    a_network(session)
    person = a_person(session, "Nora", role=Role.COORDINATOR, language="en")
    session.commit()
    return visitor.sign_in(person)


def take(nora, path):
    return nora.open(path, method="POST", data={"csrf_token": nora.token()})


def a_tender_at(session, closes_at, **details):
    return a_tender(
        session,
        opens_at=closes_at - 3 * DAY,
        closes_at=closes_at,
        bids_until=closes_at + 2 * HOUR,
        offers_until=closes_at + 3 * DAY,
        particulars={"start_on": f"{NOW.year + 1}-02-01"},
        **details,
    )


@pytest.fixture
def closed(session, nora):
    """Ada and Ben take part; the sign-up closed an hour ago, and bids open in an hour."""
    round_ = a_tender_at(session, NOW - HOUR)
    homes = [a_household(session, name) for name in ("Ada", "Ben")]
    joins(session, round_, homes[0], at=NOW - DAY)
    joins(session, round_, homes[1], at=NOW - DAY, **FLAT)
    close(session, round_, at=NOW - HOUR)
    session.commit()
    return round_


@pytest.fixture
def opened(session, nora):
    """The bids were opened an hour ago, and Ada and Ben each have an offer."""
    round_ = a_tender_at(session, NOW - 3 * HOUR)
    homes = [a_household(session, name) for name in ("Ada", "Ben")]
    joins(session, round_, homes[0], at=NOW - DAY)
    joins(session, round_, homes[1], at=NOW - DAY, **FLAT)
    close(session, round_, at=NOW - 3 * HOUR)
    for name, prices in (("Noord", BID_A), ("Zuid", BID_B)):
        bids_on(session, round_, name, prices, at=NOW - 2 * HOUR)
    opens_bids(session, round_, at=NOW - HOUR)
    session.commit()
    return round_, homes


def show(nora, round_):
    return nora.get(f"/coordinator/rounds/{round_.id}")


# --- planning


def later(days: int) -> str:
    return (NOW + days * DAY).date().isoformat()


def a_plan(**answers):
    return {
        "title": "Energie 2027",
        **{"opens_on": later(1), "closes_on": later(20), "closes_time": "20:00"},
        **{"bids_on": later(34), "bids_time": "12:00"},
        **{"offers_on": later(60), "offers_time": "20:00"},
        **SAID,
        "particulars-start_on": later(120),
        **answers,
    }


def test_a_tender_is_planned_with_its_three_moments_and_published(session, nora) -> None:
    check = nora.submit(nora.get(NEW), NEW, **a_plan(fee_cents="2,50"))

    round_ = session.scalars(select(Round)).one()
    assert round_.closes_at < round_.bids_until < round_.offers_until
    assert round_.fee_cents == 250 and round_.particulars["rule"] == "personal_best"
    nora.submit(check, f"/coordinator/rounds/{round_.id}/publish")
    session.refresh(round_)
    assert round_.published_at is not None


def test_a_new_tender_starts_with_what_is_usual(nora) -> None:
    page = nora.get(NEW)

    assert page.select_one("#particulars-most_suppliers")["value"] == "3"
    assert page.select("[name=particulars-rule][value=personal_best][checked]")
    boxes = page.select("[name=particulars-conditions]")
    assert boxes and all(box.has_attr("checked") for box in boxes)


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"bids_on": later(20), "bids_time": "19:59"}, "bids_on"),
        ({"offers_on": later(34), "offers_time": "12:00"}, "offers_on"),
        ({"bids_on": ""}, "bids_on"),
    ],
)
def test_the_moments_follow_each_other(session, nora, wrong, field) -> None:
    page = nora.submit(nora.get(NEW), NEW, status=422, **a_plan(**wrong))

    assert page.select_one(f"#{field}-error").text.strip()
    assert session.scalars(select(Round)).all() == []


def test_the_moments_can_be_changed_before_it_is_published(session, nora) -> None:
    nora.submit(nora.get(NEW), NEW, **a_plan())
    round_ = session.scalars(select(Round)).one()
    path = f"/coordinator/sign-ups/{round_.id}/terms"

    before = round_.offers_until

    nora.submit(nora.get(path), path, offers_on=later(70))

    session.refresh(round_)
    assert round_.offers_until - before == 10 * DAY


# --- inviting


def test_the_ticked_suppliers_are_invited_and_no_other(session, nora, closed) -> None:
    chosen, other = (a_supplier(session, name, email="x@energie.example") for name in "AB")
    session.commit()

    nora.submit(
        show(nora, closed), f"/coordinator/tenders/{closed.id}/invite", supplier=[str(chosen.id)]
    )

    links = invitations.list_invitations(session, closed.id)
    assert [link.supplier_id for link in links] == [chosen.id]
    assert other.name in show(nora, closed).select_one("fieldset").text


def test_a_supplier_without_a_mail_address_is_named(session, nora, closed) -> None:
    mute = a_supplier(session, "Stil Energie", email="")
    session.commit()

    page = nora.post(f"/coordinator/tenders/{closed.id}/invite", supplier=str(mute.id))

    assert "Stil Energie" in page.select_one("[role=alert]").text
    assert invitations.list_invitations(session, closed.id) == []


def test_a_supplier_that_stopped_is_not_invited(session, nora, closed) -> None:
    stopped = a_supplier(session, "Weg", email="weg@energie.example", active=False)
    session.commit()

    page = nora.post(f"/coordinator/tenders/{closed.id}/invite", supplier=[stopped.id])

    assert "Weg" in page.select_one("[role=alert]").text
    assert invitations.list_invitations(session, closed.id) == []


def test_a_revoked_link_is_shown_as_revoked(session, nora, closed) -> None:
    link = an_invitation(session, closed, at=NOW)
    session.commit()

    nora.post(f"/coordinator/tenders/invitation/{link.id}/revoke")

    session.refresh(link)
    assert link.revoked_at is not None
    assert "Link revoked" in show(nora, closed).text


# --- sealed


def test_a_sealed_bid_shows_its_hash_and_none_of_its_prices(session, nora, closed) -> None:
    bid = bids_on(session, closed, at=NOW, single="0.12345")
    session.commit()

    text = show(nora, closed).text

    assert bid.commitment in text
    assert "0.12345" not in text and "0,12345" not in text


def test_a_bid_is_withdrawn_only_with_a_reason_which_is_shown(session, nora, closed) -> None:
    bid = bids_on(session, closed, at=NOW)
    session.commit()
    path = f"/coordinator/tenders/bid/{bid.id}/withdraw"

    nora.post(path, reason=" ")
    session.refresh(bid)
    assert bid.withdrawn_at is None

    nora.post(path, reason="Typefout in het gastarief")
    session.refresh(bid)
    assert bid.withdrawn_at is not None
    page = show(nora, closed).text
    assert "Typefout in het gastarief" in page and bid.commitment in page


# --- opened


def test_an_award_says_how_it_came_about_and_comes_out_the_same_again(nora, opened) -> None:
    round_, _ = opened
    page = show(nora, round_)

    assert "Computed once more from bids and answers: the same." in page.text
    beside = page.select_one("table.beside")
    assert {"Noord", "Zuid"} <= {name.text for name in beside.select("thead th bdi")}


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["No deposit.", "Somebody answers."], "No deposit. Somebody answers."),
        (["Gas", "Power"], "Gas, Power"),
    ],
)
def test_what_was_promised_reads_as_sentences(app, words, told) -> None:
    line = BidLine("Promises", "words", words)

    with app.test_request_context():
        say = app.jinja_env.get_template("bid/words.html").make_module({"_": str})
        assert say.value(line) == told


def test_an_award_that_comes_out_otherwise_is_shouted(session, nora, opened) -> None:
    round_, _ = opened
    again = awards.replay(session, round_)
    stored = awards.award_of(session, round_.id)
    assert stored is not None and again.offers

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(awards, "as_awarded", lambda offer: None)
        page = show(nora, round_)

    assert "comes out otherwise" in page.select_one(".note.bad").text


def test_who_chose_is_counted(session, nora, opened) -> None:
    round_, homes = opened
    accepts(session, round_, homes[0], at=NOW)
    session.commit()

    facts = {row.dt.text: row.dd.text.strip() for row in show(nora, round_).select("dl.facts div")}

    assert (facts["Accepted"], facts["Have not chosen yet"]) == ("1", "1")


def test_few_participants_are_not_counted_per_segment(nora, opened) -> None:
    round_, _ = opened
    rows = show(nora, round_).select("section[aria-labelledby=people] tbody tr")

    assert rows and all(row.td.text.strip() == "fewer than 10" for row in rows)


def test_the_figures_of_the_lots_are_a_table(nora, opened) -> None:
    round_, _ = opened
    answer = nora.open(f"/coordinator/tenders/{round_.id}/lots.csv")

    assert answer.status_code == 200 and answer.data.startswith("\ufeff".encode())


# --- concluded


def test_a_list_is_taken_along_once_and_can_be_made_again(session, nora, opened) -> None:
    round_, homes = opened
    accepts(session, round_, homes[0], at=NOW - timedelta(minutes=5))
    round_.offers_until = NOW
    concludes(session, round_, at=NOW)
    session.commit()
    [issue] = switching.list_issues(session, round_.id)
    path = f"/coordinator/tenders/list/{issue.id}"

    answer = take(nora, path)
    with zipfile.ZipFile(io.BytesIO(answer.data)) as packed:
        assert {name.rpartition(".")[2] for name in packed.namelist()} == {
            "pdf", "csv", "xlsx",
        }  # fmt: skip
    assert take(nora, path).mimetype != "application/zip"

    nora.post(f"/coordinator/tenders/bid/{issue.bid_id}/list")
    assert len(switching.list_issues(session, round_.id)) == 2


def test_two_who_make_a_list_again_at_once_make_one(
    app, session, nora, opened, monkeypatch
) -> None:
    round_, homes = opened
    accepts(session, round_, homes[0], at=NOW - timedelta(minutes=5))
    round_.offers_until = NOW
    concludes(session, round_, at=NOW)
    session.commit()
    [issue] = switching.list_issues(session, round_.id)
    path = f"/coordinator/tenders/bid/{issue.bid_id}/list"
    take(nora, f"/coordinator/tenders/list/{issue.id}")
    otto = Visitor(app).sign_in(a_person(session, "Otto", role=Role.COORDINATOR, language="en"))
    form = {visitor: {"csrf_token": visitor.token()} for visitor in (nora, otto)}
    both_looked, refuse = Barrier(2), handover.refuse_while_one_waits

    def look(before):
        refuse(before)
        with suppress(BrokenBarrierError):  # the other waits for the round
            both_looked.wait(timeout=0.5)

    monkeypatch.setattr(handover, "refuse_while_one_waits", look)
    with ThreadPoolExecutor(2) as pool:
        send = [
            pool.submit(visitor.client.open, path, method="POST", data=form[visitor])
            for visitor in (nora, otto)
        ]
        assert sorted(one.result().status_code for one in send) == [302, 303]  # one is refused

    assert len(switching.list_issues(session, round_.id)) == 2


def test_today_asks_for_no_delivery_of_energy(session, nora, opened) -> None:
    round_, _ = opened
    round_.offers_until = NOW
    concludes(session, round_, at=NOW)
    session.commit()

    assert round_.title not in nora.get("/coordinator/").text


def test_a_round_in_which_nobody_wins_ends_without_shame(session, nora, closed) -> None:
    closed.bids_until = NOW
    lifecycle.offer(session, closed, unseal=seals.unseal, actor=ACTOR, now=NOW)
    lifecycle.order(session, closed, actor=ACTOR, now=NOW)
    session.commit()

    assert closed.state == S.ORDERED and closed.no_deal
    assert "That is a normal end." in show(nora, closed).text
    assert session.scalars(select(SealedBid)).all() == []


# --- words


def test_a_page_says_that_the_hashes_were_checked(session, nora, opened) -> None:
    round_, _ = opened

    assert "The hashes of all 2 bids were checked at the opening" in show(nora, round_).text


def test_a_name_with_a_full_stop_ends_its_sentence(session, visitor, opened) -> None:
    round_, [home, _] = opened
    session.scalars(select(SealedBid)).all()[0].supplier.name = "Noord B.V."
    person = a_person(session, "Ada", home, language="en")
    session.commit()

    page = visitor.sign_in(person).get(f"/rounds/{round_.id}/offer").text

    assert "from Noord B.V." in page and "B.V.." not in page

"""A supplier's page, by a signed link: look, fill in, check, seal; then the list."""

import hashlib
import io
import zipfile
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest
from python_calamine import CalamineWorkbook
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app import handover, mail, seals, tickets
from app.errands import PressRoom
from app.extensions import db
from app.mail.errors import NothingToSend
from app.views import bid
from purchasing import invitations, lifecycle, news
from purchasing.errands import Errand, Kind
from purchasing.tenders import bids, switching
from tests.builders import ACTOR, a_household, a_network, a_person
from tests.tenders import BID_A, a_tender, accepts, an_invitation, close, joins

HOUR = timedelta(hours=1)
NOW = datetime.now(UTC).replace(microsecond=0)
CLOSED = NOW - HOUR
EAN = "871687100000123453"
FORM = {"segments": ["power", "power_gas", "shop"], **BID_A} | {
    "normal": "0,13",
    "low": "0,11",
    "feed_in": "0,03",
    "conditions": ["price_fixed"],
}


@pytest.fixture(autouse=True)
def print_in_this_process(app) -> None:
    app.config["PRESS_WORKERS"] = 0


@pytest.fixture
def round_(session):
    """A tender whose sign-up closed an hour ago, with one household; bids until later today."""
    a_network(session)
    round_ = a_tender(
        session,
        opens_at=CLOSED - 72 * HOUR,
        closes_at=CLOSED,
        bids_until=NOW + 5 * HOUR,
        offers_until=NOW + 72 * HOUR,
        particulars={"start_on": f"{NOW.year + 1}-02-01"},
    )
    household = a_household(session, "Ada")
    a_person(session, "Ada", household)
    joins(session, round_, household, at=CLOSED - HOUR)
    close(session, round_, at=CLOSED)
    return round_


@pytest.fixture
def link(session, round_):
    invitation = an_invitation(session, round_, at=NOW)
    invitation.supplier.language = "en"
    session.commit()
    return invitation


@pytest.fixture
def page(app, link) -> str:
    return f"/bid/{tickets.ticket('bid', link.id)}"


def bid_of(session, link):
    session.expire_all()
    return bids.bid_of(session, invitations.list_invitations(session, link.round_id)[0])


def seal_a_bid(visitor, page):
    form = visitor.get(page)
    checked = visitor.submit(form, f"{page}/check", **FORM)
    return visitor.submit(checked, page)


def test_a_supplier_sees_totals_and_no_name(visitor, page):
    text = visitor.get(page).text

    assert "Ada" not in text and "2036 AB" not in text


def test_the_check_page_shows_what_customers_would_pay_and_sends_nothing(
    session, visitor, page, link
):
    checked = visitor.submit(visitor.get(page), f"{page}/check", **FORM)

    assert len(checked.select("tbody tr")) == 3
    assert bid_of(session, link) is None


def test_sealing_shows_the_hash_and_a_second_bid_is_not_taken(session, visitor, page, link):
    receipt = seal_a_bid(visitor, page)
    bid = bid_of(session, link)

    again = visitor.get(page)

    assert bid.commitment in receipt.text and bid.commitment in again.text
    assert bid.content is None and b"0.123" not in bid.sealed
    assert not again.select(f'form[action="{page}/check"]')


def test_wrong_prices_are_told_at_their_fields_and_kept(session, visitor, page, link):
    wrong = FORM | {"single": "", "gas": "-0,10", "fixed_power": "gratis"}

    answer = visitor.submit(visitor.get(page), f"{page}/check", status=422, **wrong)

    assert answer.select_one("#gas")["value"] == "-0,10"
    for field in ("single", "gas", "fixed_power"):
        assert answer.select_one(f"#{field}-error"), field


def test_one_link_asks_for_so_many_checks_and_another_for_its_own(
    session, app, visitor, page, link, round_, monkeypatch
):
    monkeypatch.setattr(bid, "MOST_TRIES", 3)
    form = visitor.get(page)
    for _ in range(2):
        visitor.submit(form, f"{page}/check", **FORM)
    visitor.submit(form, f"{page}/check", 422, **FORM | {"normal": "much"})

    visitor.submit(form, f"{page}/check", 429, **FORM)
    assert visitor.open(page, method="POST", data={"csrf_token": visitor.token()}).status_code == (
        429
    )
    assert bid_of(session, link) is None
    other = an_invitation(session, round_, name="Other", at=NOW)
    session.commit()
    there = f"/bid/{tickets.ticket('bid', other.id)}"
    visitor.submit(visitor.get(there), f"{there}/check", **FORM)


def test_changing_something_brings_back_what_was_typed(visitor, page):
    checked = visitor.submit(visitor.get(page), f"{page}/check", **FORM)

    back = visitor.post(f"{page}/check", **{**FORM, "back": "1"})

    assert back.select_one("#single")["value"] == BID_A["single"]
    assert checked.select_one("#send")


@pytest.mark.parametrize("text", ["x", "MQ.abc", "MQ.AAAAAAAAAAAAAAAAAAAAAAAAAAA"])
def test_a_link_that_is_not_ours_leads_nowhere(session, visitor, round_, text):
    session.commit()

    visitor.get(f"/bid/{text}", status=404)


def test_a_revoked_link_says_so(session, visitor, page, link):
    invitations.revoke(session, link, actor=ACTOR, now=NOW)
    session.commit()

    assert visitor.get(page, status=409).select_one("#problem")
    visitor.post(page, status=409, key="k" * 12, **FORM)


def test_a_revoked_link_shows_no_lots_and_hands_over_no_sheet(session, visitor, page, link):
    assert visitor.get(page).select_one("a[href$='/lots.csv']")
    invitations.revoke(session, link, actor=ACTOR, now=NOW)
    session.commit()

    assert not visitor.get(page, status=409).select("a[href*='/lots.']")
    for name in ("lots.csv", "lots.pdf"):
        assert visitor.open(f"{page}/{name}").status_code == 404


def test_after_the_moment_nothing_is_taken(session, visitor, page, link, round_):
    round_.bids_until = NOW - timedelta(seconds=1)
    session.commit()

    visitor.post(page, status=409, key="k" * 12, **FORM)

    assert bid_of(session, link) is None


def test_the_winner_takes_the_list_once(session, app, visitor, page, link, round_):
    seal_a_bid(visitor, page)
    [household] = [one.participant for one in news.who_ordered(session, round_)]
    lifecycle.offer(session, round_, unseal=seals.unseal, actor=ACTOR, now=round_.bids_until)
    accepts(session, round_, household, at=round_.bids_until + HOUR, ean_power=EAN)
    lifecycle.order(session, round_, actor=ACTOR, now=round_.offers_until)
    session.commit()
    [issue] = switching.list_issues(session, round_.id)

    answer = visitor.open(
        f"{page}/list/{issue.id}", method="POST", data={"csrf_token": visitor.token()}
    )
    files = zipfile.ZipFile(io.BytesIO(answer.data))
    visitor.post(f"{page}/list/{issue.id}", status=409)

    assert sorted(files.namelist()) == [f"{issue.number}.{end}" for end in ("csv", "pdf", "xlsx")]
    assert "Ada" in files.read(f"{issue.number}.csv").decode("utf-8-sig")
    [titles, row] = opened_by_hand(files.read(f"{issue.number}.xlsx"))
    assert row[titles.index("EAN power")] == EAN


def opened_by_hand(workbook: bytes) -> list[list[object]]:
    """The rows as a spreadsheet program shows them: a number is a number, a text is a text."""
    sheet = CalamineWorkbook.from_filelike(io.BytesIO(workbook)).get_sheet_by_index(0)
    return [row for row in sheet.to_python() if any(row)]


def test_the_lot_sheet_is_a_table_too(visitor, page):
    answer = visitor.open(f"{page}/lots.csv")

    assert answer.status_code == 200 and answer.mimetype == "text/csv"
    assert answer.headers["X-Robots-Tag"] == "noindex"


def test_the_lot_sheet_is_there_as_a_paper_once_it_was_printed(app, visitor, page):
    assert visitor.open(f"{page}/lots.pdf").status_code == 404

    with closing(PressRoom(app)) as room:
        room.look()

    answer = visitor.open(f"{page}/lots.pdf")
    assert answer.mimetype == "application/pdf" and answer.data.startswith(b"%PDF")


def test_before_the_sign_up_is_over_there_is_no_lot_sheet(session, visitor):
    a_network(session)
    moments = {
        "closes_at": NOW + HOUR,
        "bids_until": NOW + 2 * HOUR,
        "offers_until": NOW + 3 * HOUR,
    }
    round_ = a_tender(session, opens_at=NOW - HOUR, **moments)
    early = an_invitation(session, round_, at=NOW)
    session.commit()
    page = f"/bid/{tickets.ticket('bid', early.id)}"

    for name in ("lots.csv", "lots.pdf"):
        assert visitor.open(f"{page}/{name}").status_code == 404


# --- what a link no longer does, and what is not lost


@pytest.fixture
def other(session, round_) -> str:
    """The link of another supplier, which was invited too and made no bid."""
    invitation = an_invitation(session, round_, "Zuid", at=NOW)
    session.commit()
    return f"/bid/{tickets.ticket('bid', invitation.id)}"


@pytest.fixture
def concluded(session, visitor, page, round_):
    """Ada took the bid that was made with the link; its list waits."""
    seal_a_bid(visitor, page)
    [household] = [one.participant for one in news.who_ordered(session, round_)]
    lifecycle.offer(session, round_, unseal=seals.unseal, actor=ACTOR, now=round_.bids_until)
    accepts(session, round_, household, at=round_.bids_until + HOUR)
    lifecycle.order(session, round_, actor=ACTOR, now=round_.offers_until)
    session.commit()
    return switching.list_issues(session, round_.id)[0]


def test_a_link_that_was_revoked_hands_over_no_names(session, visitor, page, link, concluded):
    invitations.revoke(session, link, actor=ACTOR, now=NOW)
    session.commit()

    seen = visitor.get(page, status=409)
    visitor.post(f"{page}/list/{concluded.id}", status=409)

    assert seen.select_one("#problem") and not seen.select("form[action*='/list/']")
    session.refresh(concluded)
    assert concluded.taken_at is None


def test_a_list_of_another_supplier_is_not_found(session, visitor, other, concluded):
    visitor.post(f"{other}/list/{concluded.id}", status=404)

    session.refresh(concluded)
    assert concluded.taken_at is None


TIERS_IN_DISORDER = {
    "tier_1_customers": "50",
    "tier_1_power": "0,01",
    "tier_2_customers": "20",
    "tier_2_power": "0,02",
}


@pytest.mark.parametrize("where", ["/check", ""])
def test_what_is_wrong_with_several_fields_together_stands_on_top(visitor, page, where):
    form = visitor.post(f"{page}{where}", status=422, key="k" * 12, **FORM | TIERS_IN_DISORDER)

    assert form.select("#errors li")
    assert form.select_one("#tier_2_customers")["value"] == "20"


@pytest.mark.parametrize("where", ["/check", ""])
def test_what_came_too_late_can_be_read_and_copied(session, visitor, page, round_, where):
    round_.bids_until = NOW - timedelta(seconds=1)
    session.commit()

    late = visitor.post(f"{page}{where}", status=409, key="k" * 12, **FORM)

    assert "0,13" in late.select_one("#unsaved + dl").text


def test_a_second_form_with_a_used_link_leads_to_the_receipt_of_the_first(
    session, visitor, page, link
):
    seal_a_bid(visitor, page)
    first = bid_of(session, link).commitment

    receipt = visitor.post(page, key="another-key-1", **FORM | {"gas": "0,9"})

    assert first in receipt.text and bid_of(session, link).commitment == first


@pytest.mark.parametrize("where", ["", "/check", "/list/1"])
def test_every_form_of_a_supplier_needs_its_token(session, visitor, page, link, where):
    answer = visitor.open(page + where, method="POST", data={**FORM, "key": "k" * 12})

    assert answer.status_code == 400 and bid_of(session, link) is None


# --- a bid that was taken out, and one that is checked


def test_who_was_taken_out_reads_why_and_may_bid_again(session, visitor, page, link):
    seal_a_bid(visitor, page)
    first = bid_of(session, link)
    bids.withdraw_bid(session, first, reason="Tikfout in het gas", now=NOW)
    session.commit()
    gone = first.commitment

    told = visitor.get(page).text
    second = seal_a_bid(visitor, page).text

    assert "Tikfout in het gas" in told and gone in told
    assert gone in second and bid_of(session, link).commitment in second


def test_who_was_taken_out_and_is_late_reads_why_too(session, visitor, page, link, round_):
    seal_a_bid(visitor, page)
    bids.withdraw_bid(session, bid_of(session, link), reason="Tikfout", now=NOW)
    round_.bids_until = NOW - timedelta(seconds=1)
    session.commit()

    told = visitor.get(page, status=409)

    assert "Tikfout" in told.text and not told.select(f'form[action="{page}/check"]')


def test_a_new_link_shows_the_bid_that_was_made_with_the_old_one(
    session, app, visitor, page, link
):
    seal_a_bid(visitor, page)
    commitment = bid_of(session, link).commitment
    invitations.revoke(session, link, actor=ACTOR, now=NOW)
    new = invitations.invite(session, link.round, link.supplier, actor=ACTOR, now=NOW)
    session.commit()

    receipt = visitor.get(f"/bid/{tickets.ticket('bid', new.id)}")

    assert commitment in receipt.text


def test_anybody_can_check_an_opened_bid_by_its_hash(session, visitor, page, link, round_):
    seal_a_bid(visitor, page)
    bid = bid_of(session, link)
    file = f"/rounds/{round_.id}/bids/{bid.id}.bid"
    assert visitor.open(file).status_code == 404
    lifecycle.offer(session, round_, unseal=seals.unseal, actor=ACTOR, now=round_.bids_until)
    session.commit()

    told = visitor.open(file)

    assert hashlib.sha256(told.data).hexdigest() == bid.commitment
    assert visitor.get(page).select(f'a[href="{file}"]')
    assert visitor.get(f"/rounds/{round_.id}").select(f'a[href="{file}"]')


def the_receipt(session):
    [errand] = session.scalars(select(Errand).where(Errand.key.startswith(Kind.MAIL_BID))).all()
    return mail.write(session, errand, now=NOW).content.get_body(("plain",)).get_content()


def test_no_receipt_goes_out_for_a_bid_that_was_withdrawn(session, visitor, page, link):
    seal_a_bid(visitor, page)
    bids.withdraw_bid(session, bid_of(session, link), reason="Tikfout", now=NOW)
    session.commit()

    with pytest.raises(NothingToSend):
        the_receipt(session)


def test_the_receipt_has_the_link_that_works_now(session, app, visitor, page, link):
    seal_a_bid(visitor, page)
    invitations.revoke(session, link, actor=ACTOR, now=NOW)
    new = invitations.invite(session, link.round, link.supplier, actor=ACTOR, now=NOW)
    session.commit()

    text = "".join(the_receipt(session).split())

    assert tickets.ticket("bid", new.id) in text


# --- the list is printed while nobody waits for it


def held_while_printing(monkeypatch, then):
    """Let something happen while the list is being printed."""

    def pack(kind, record, table):
        then()
        return handover_pack(kind, record, table)

    handover_pack = handover.pack
    monkeypatch.setattr(handover, "pack", pack)


def test_others_can_write_while_a_list_is_printed(
    session, app, visitor, page, concluded, monkeypatch
):
    list_id, others = concluded.id, []

    def write_in_another_place() -> None:
        with db.engine.connect() as connection:
            connection.execute(text("UPDATE network SET city = city"))
            connection.commit()
        others.append("written")

    held_while_printing(monkeypatch, write_in_another_place)

    visitor.open(f"{page}/list/{list_id}", method="POST", data={"csrf_token": visitor.token()})

    assert others == ["written"]


def test_of_two_who_take_a_list_at_once_one_gets_it_and_the_other_hears_who(
    session, app, visitor, page, concluded, monkeypatch
):
    list_id = concluded.id

    def faster() -> None:
        with Session(db.engine) as other:
            issue = other.get_one(switching.SwitchList, list_id)
            switching.take_along(other, issue, actor="Nora", now=NOW)
            other.commit()

    held_while_printing(monkeypatch, faster)

    told = visitor.post(f"{page}/list/{list_id}", status=409)

    assert "Nora" in told.select_one("#problem").text


def test_a_list_that_could_not_be_printed_has_not_been_taken_along(
    session, app, visitor, page, concluded, monkeypatch
):
    def fail() -> None:
        raise RuntimeError("no paper")

    held_while_printing(monkeypatch, fail)

    with pytest.raises(RuntimeError):
        visitor.open(
            f"{page}/list/{concluded.id}", method="POST", data={"csrf_token": visitor.token()}
        )

    session.refresh(concluded)
    assert concluded.taken_at is None

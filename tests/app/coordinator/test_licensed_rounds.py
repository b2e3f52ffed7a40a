"""A round for a licensed party: only with its licence on record, from its terms to its papers."""

import io
import zipfile

import pytest
from sqlalchemy import select, update

from app import mail
from app.errands import run_until_done
from purchasing import lifecycle
from purchasing.errands import Errand, ErrandState, Kind
from purchasing.papers import Paper, PaperKind
from purchasing.people import Network, Role
from purchasing.rounds import Round
from suppliers import ordersheet, writers
from tests.app.coordinator.village import NOW
from tests.builders import (
    ACTOR,
    DAY,
    PARTY,
    a_household,
    a_network,
    a_person,
    a_premium_round,
    a_sign_up,
)

START = "/coordinator/sign-ups/new/insurance"
LICENSED = "A licensed intermediary runs it: an invoice of premium"
SAID = {f"particulars-{key}": value for key, value in PARTY.items()} | {
    "particulars-consent_version": "2026-L1",
    "particulars-premium_contents": "120; 10: 110,50",
}
OPEN = {"opens_at": NOW - 7 * DAY, "closes_at": NOW + DAY}


@pytest.fixture
def coordinator(session, visitor):
    a_network(session, afm_number=PARTY["afm_number"])
    person = a_person(session, "Coor", role=Role.ADMINISTRATOR, language="en")
    session.commit()
    return visitor.sign_in(person)


def test_without_a_licence_on_record_there_is_no_such_choice(session, coordinator) -> None:
    session.execute(update(Network).values(afm_number=""))
    session.commit()

    assert LICENSED not in coordinator.get(START).text
    page = coordinator.get(f"{START}?mode=licensed")
    assert page.select_one("input[name=settlement_mode]")["value"] == "referral"
    assert not page.select_one("[name=particulars-premium_contents]")


@pytest.mark.parametrize(("number", "status"), [("12000000", 200), ("1200", 422)])
def test_the_licence_stands_in_the_details_of_the_network(session, coordinator, number, status):
    page = coordinator.get("/coordinator/network/")

    coordinator.submit(page, "/coordinator/network/", status, afm_number=number)

    assert session.scalars(select(Network.afm_number)).one() == "12000000"


def test_its_terms_ask_for_premiums_and_name_what_is_wrong(session, coordinator) -> None:
    link = coordinator.get(START).find("a", string=lambda text: text and LICENSED in text)
    page = coordinator.get(link["href"])
    wrong = SAID | {"title": "Woning", "particulars-premium_contents": "10: 5"}

    page = coordinator.submit(page, START, 422, **wrong)
    assert "Write the premium like this" in page.text
    assert page.select_one("input[name=settlement_mode]")["value"] == "licensed"

    check = coordinator.submit(page, START, **wrong | SAID)
    round_ = session.scalars(select(Round)).one()
    assert (round_.settlement_mode, check.h1.text) == ("licensed", "Check the round")
    assert "120; 10: 110,50" in check.text

    publish = f"/coordinator/rounds/{round_.id}/publish"
    coordinator.submit(check, publish)
    assert session.get(Round, round_.id).published_at


def test_who_signs_up_sees_the_premium_and_orders_with_obligation_to_pay(
    session, coordinator, visitor
) -> None:
    round_ = a_premium_round(session, **OPEN)
    ada = a_person(session, "Ada", a_household(session, "Huis"), language="en")
    session.commit()
    visitor.sign_in(ada)

    assert "€145.20" in visitor.get(f"/rounds/{round_.id}").text
    page = visitor.get(f"/rounds/{round_.id}/sign-up")
    assert "€133.10" in page.text
    assert page.select_one("main form button").text == "Order with obligation to pay"
    placed = visitor.submit(
        page,
        f"/rounds/{round_.id}/sign-up",
        **{"products": ["contents"], "channel": "mail", "consent-recipient": "2026-L1"},
    )
    assert "When the round closes you get an invoice by mail." in placed.text


@pytest.fixture
def ordered(app, session, coordinator):
    app.config["PRESS_WORKERS"] = 0
    round_ = a_premium_round(session, **OPEN)
    for name in ("Ada", "Ben"):
        a_sign_up(session, round_, a_household(session, name), at=NOW)
    lifecycle.close_now(session, round_, actor=ACTOR, now=NOW)
    lifecycle.order(session, round_, actor=ACTOR, now=NOW)
    session.commit()
    return round_


def test_the_order_goes_to_the_party_by_mail_and_each_gets_an_invoice(
    app, session, ordered
) -> None:
    run_until_done(app)
    done = select(Errand).where(Errand.state == ErrandState.DONE).order_by(Errand.id)
    errands = [one for one in session.scalars(done) if one.key.startswith("mail_")]

    [sheet] = [one for one in errands if one.kind == Kind.MAIL_SHEET]
    letter = mail.write(session, sheet, now=NOW).content
    assert PARTY["recipient_contact"] in letter["To"]
    body = letter.get_body(("plain",)).get_content()
    assert "hebben mensen verzekeringen aangevraagd" in " ".join(body.split())
    names = [part.get_filename() for part in letter.iter_attachments()]
    assert [name.rpartition(".")[2] for name in names] == ["pdf", "csv"]
    papers = [one for one in errands if one.kind == Kind.MAIL_PAPER]
    assert {one.recipient for one in papers} == {"Ada", "Ben"}


@pytest.mark.parametrize("suffix", ["csv", "xlsx"])
def test_the_order_as_a_table_has_the_columns_of_the_room(session, ordered, suffix) -> None:
    sheet = session.scalars(select(Paper).where(Paper.kind == PaperKind.ORDER_SHEET)).one()
    table = ordersheet.from_record(sheet.snapshot)

    assert [column.key for column in table.columns] == sheet.snapshot["columns"]
    assert [str(cell) for cell in table.rows[0]] == [
        "Contents of the home",
        "2",
        "110",
        "220",
        "46.2",
        "266.2",
    ]
    assert writers.WRITERS[suffix](table)


def test_a_coordinator_sees_the_round_and_hands_the_list_over(coordinator, ordered) -> None:
    page = coordinator.get(f"/coordinator/rounds/{ordered.id}")
    assert "Invoices, order and list made" in page.text
    path = f"/coordinator/sign-ups/{ordered.id}/list"
    action = coordinator.get(path).select_one("form[action*='/list/']")["action"]

    response = coordinator.open(action, method="POST", data={"csrf_token": coordinator.token()})

    with zipfile.ZipFile(io.BytesIO(response.data)) as packet:
        [table] = [name for name in packet.namelist() if name.endswith(".csv")]
        assert "Ada" in packet.read(table).decode("utf-8-sig")

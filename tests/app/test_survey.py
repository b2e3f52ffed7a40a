"""A survey on the pages: a coordinator writes down what fits, a household stays or drops out."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from app import mail
from app.documents import render
from app.mail.errors import NothingToSend
from purchasing import findings, lifecycle, surveys
from purchasing.commitments import Commitment
from purchasing.errands import Kind
from purchasing.findings import Found
from purchasing.papers import Paper, PaperKind
from purchasing.people import Role, find_person
from purchasing.rounds import Round, RoundState
from purchasing.surveys import Choice
from tests.app.test_documents import text_of
from tests.app.test_mail import Asked, parts_of
from tests.builders import (
    ACTOR,
    DAY,
    a_household,
    a_network,
    a_person,
    a_product,
    a_round,
    a_supplier,
    an_order,
)

NOW = datetime.now(UTC).replace(microsecond=0)
CLOSED = NOW - DAY


@pytest.fixture
def round_(session) -> Round:
    """Closed: Ada and Bo ordered eight panels each. A coordinator and both read English."""
    a_network(session)
    a_person(session, "Coor", role=Role.COORDINATOR, language="en")
    panel = a_product(
        session, a_supplier(session, "Zonnedak"), "Zonnepaneel", unit_price=200_000_000,
        case_milli=1000, vat_bp=0,
    )  # fmt: skip
    made = a_round(
        session, panel, category_key="energy_goods", choose_days=7, title="Zon op het dak",
        opens_at=CLOSED - 7 * DAY, closes_at=CLOSED, pickup_place="",
        delivery_on=(NOW + 30 * DAY).date(),
    )  # fmt: skip
    for name in ("Ada", "Bo"):
        household = a_household(session, name, language="en")
        a_person(session, name, household, language="en")
        an_order(session, made, household, {"Zonnepaneel": 8}, at=CLOSED - DAY)
    lifecycle.close(session, made, actor=ACTOR, now=CLOSED)
    session.commit()
    return made


def commitment_of(session, round_, name: str) -> Commitment:
    found = session.scalars(select(Commitment).where(Commitment.round_id == round_.id))
    return next(one for one in found if one.participant.name == name)


def person(session, round_, name: str):
    return commitment_of(session, round_, name).participant.memberships[0].person


def coordinator(session):
    return find_person(session, "coor@example.org")


def found(session, round_, name: str, *what: object) -> None:
    who = commitment_of(session, round_, name).participant_id
    (item,) = round_.items
    findings.note_findings(session, round_, who, {item.id: Found(*what)}, actor="C", now=CLOSED)
    session.commit()


def offered(session, round_) -> None:
    lifecycle.offer_survey(session, round_, actor=ACTOR, now=NOW)
    session.commit()


def choice(session, round_, name: str) -> Choice:
    session.expire_all()
    who = commitment_of(session, round_, name).participant_id
    return Choice(surveys.offer_of(session, round_.id, who).choice)


def said(page) -> str:
    return " ".join(page.text.split())


def page_of(round_) -> str:
    return f"/rounds/{round_.id}/survey"


# --- the coordinator


def test_a_coordinator_writes_down_what_fits_and_sends_the_offers(session, visitor, round_):
    visitor.sign_in(coordinator(session))
    here = f"/coordinator/rounds/{round_.id}"
    (item,) = round_.items
    who = commitment_of(session, round_, "Ada").participant_id
    assert "Go and look" in said(visitor.get(here))
    assert "0 of 2 homes looked at." in said(visitor.get(f"{here}/survey"))

    visit = f"{here}/survey/{who}"
    fields = {
        f"fits_{item.id}": "other",
        f"quantity_{item.id}": "6",
        f"extra_{item.id}": "99,00",
        f"reason_{item.id}": "Dakkapel, en een nieuwe groep",
    }
    page = visitor.submit(visitor.get(visit), visit, **fields)
    assert "1 of 2 homes looked at." in said(page)
    assert visitor.get(visit).select_one(f"#quantity_{item.id}")["value"] == "6"

    ask = visitor.get(f"{here}/offer")
    assert "At 1 home nothing was written down" in said(ask) and "Bo" in said(ask)
    page = visitor.submit(ask, f"{here}/offer")

    assert "Everybody chooses" in said(page)
    session.expire_all()
    assert session.get(Round, round_.id).state == RoundState.OFFERED
    (line,) = surveys.lines_of(session, round_.id, who)
    assert (line.pieces, line.extra_cents, line.raised) == (6, 9_900, True)


@pytest.mark.parametrize(
    ("typed", "at", "words"),
    [
        ({"fits": ""}, "fits", "Please fill this in."),
        ({"fits": "other"}, "quantity", "Please fill this in."),
        ({"fits": "other", "quantity": "6"}, "reason", "Say why."),
        ({"fits": "not"}, "reason", "Say why."),
        ({"fits": "fits", "extra": "10"}, "reason", "Say why."),
        ({"fits": "fits", "extra": "veel"}, "extra", ""),
        ({"fits": "other", "quantity": "0", "reason": "x"}, "quantity", ""),
    ],
)
def test_what_is_missing_is_told_at_its_field(session, visitor, round_, typed, at, words):
    visitor.sign_in(coordinator(session))
    (item,) = round_.items
    who = commitment_of(session, round_, "Ada").participant_id
    visit = f"/coordinator/rounds/{round_.id}/survey/{who}"
    fields = {f"{part}_{item.id}": text for part, text in typed.items()}

    page = visitor.submit(visitor.get(visit), visit, 422, **fields)

    assert words in page.select_one(f"#{at}_{item.id}-error").text
    assert findings.findings_of(session, round_.id) == {}


def test_who_ordered_nothing_is_not_visited(session, visitor, round_) -> None:
    nobody = a_household(session, "Cas")
    session.commit()
    visitor.sign_in(coordinator(session))

    visitor.get(f"/coordinator/rounds/{round_.id}/survey/{nobody.id}", 404)


def test_at_a_home_is_asked_for_what_it_ordered(session, visitor) -> None:
    a_network(session)
    a_person(session, "Coor", role=Role.COORDINATOR, language="en")
    supplier = a_supplier(session, "Zonnedak")
    goods = [a_product(session, supplier, name, case_milli=1000) for name in ("Paneel", "Pomp")]
    made = a_round(
        session, *goods, category_key="energy_goods", choose_days=7, pickup_place="",
        opens_at=CLOSED - 7 * DAY, closes_at=CLOSED, delivery_on=(NOW + 30 * DAY).date(),
    )  # fmt: skip
    homes = {name: a_household(session, name) for name in ("Ada", "Bo")}
    an_order(session, made, homes["Ada"], {"Paneel": 8}, at=CLOSED - DAY)
    an_order(session, made, homes["Bo"], {"Pomp": 1}, at=CLOSED - DAY)
    lifecycle.close(session, made, actor=ACTOR, now=CLOSED)
    session.commit()
    visitor.sign_in(coordinator(session))

    page = visitor.get(f"/coordinator/rounds/{made.id}/survey/{homes['Ada'].id}")

    assert "Paneel" in page.main.text and "Pomp" not in page.main.text


def test_only_coordinators_visit(session, visitor, round_) -> None:
    visitor.sign_in(person(session, round_, "Ada"))

    visitor.get(f"/coordinator/rounds/{round_.id}/survey", 403)


def test_a_round_without_survey_has_no_such_page(session, visitor, round_) -> None:
    other = a_round(
        session, a_product(session, a_supplier(session)), opens_at=CLOSED, closes_at=NOW + DAY
    )
    session.commit()
    visitor.sign_in(coordinator(session))

    visitor.get(f"/coordinator/rounds/{other.id}/survey", 404)
    visitor.get(page_of(other), 404)


def test_today_reminds_of_the_survey(session, visitor, round_) -> None:
    visitor.sign_in(coordinator(session))

    assert "Write down at each home what fits" in said(visitor.get("/coordinator/"))


def test_goods_are_planned_with_a_survey_and_groceries_are_not(session, visitor, round_) -> None:
    visitor.sign_in(coordinator(session))
    new = "/coordinator/rounds/new?category=energy_goods"

    visitor.submit(visitor.get(new), new, title="Isolatie", choose_days="10")

    planned = session.scalars(select(Round).order_by(Round.id.desc())).first()
    assert planned.choose_days == 10
    check = visitor.get(f"/coordinator/rounds/{planned.id}/check")
    assert "everybody has 10 days to drop out" in said(check)
    assert not visitor.get("/coordinator/rounds/new?category=food").select("#choose_days")


# --- the participant


def test_before_the_offer_one_can_drop_out_and_come_back(session, visitor, round_) -> None:
    visitor.sign_in(person(session, round_, "Ada"))
    page = visitor.get(page_of(round_))
    assert page.h1.text == "Somebody comes to look"

    page = visitor.submit(page, page_of(round_), choice="leave")
    assert page.h1.text == "You dropped out"

    page = visitor.submit(page, page_of(round_), choice="stay")
    assert page.h1.text == "Somebody comes to look"
    assert choice(session, round_, "Ada") == Choice.SILENT


def test_the_offer_says_what_was_found_what_it_costs_and_what_silence_means(
    session, visitor, round_
) -> None:
    found(session, round_, "Ada", 6, 9_900, "Dakkapel")
    offered(session, round_)
    visitor.sign_in(person(session, round_, "Ada"))

    page = visitor.get(page_of(round_))

    assert page.h1.text == "You pay €1,300.00 at most"
    for words in (
        "6 instead of 8.",
        "Of this €99.00 is extra work.",
        "Dakkapel",
        "If you do nothing, you are not in.",
    ):
        assert words in said(page)
    assert "say before" in said(visitor.get("/mine"))


def test_who_was_not_looked_at_reads_no_findings(session, visitor, round_) -> None:
    offered(session, round_)
    visitor.sign_in(person(session, round_, "Ada"))

    page = said(visitor.get(page_of(round_)))

    assert "As you ordered: 8." in page and "What we found" not in page
    for text in written(session, round_, "survey", "Ada"):
        assert "we did not have to look at your home" in text


def test_one_press_stays_in_and_one_drops_out(session, visitor, round_) -> None:
    offered(session, round_)
    visitor.sign_in(person(session, round_, "Ada"))

    page = visitor.submit(visitor.get(page_of(round_)), page_of(round_), choice="stay")
    assert "Noted: you are in." in said(page) and choice(session, round_, "Ada") == Choice.IN

    visitor.submit(page, page_of(round_), choice="leave")
    assert choice(session, round_, "Ada") == Choice.OUT
    assert "You can change your choice" in said(visitor.get("/mine"))


def test_nobody_chooses_for_somebody_else(session, visitor, round_) -> None:
    offered(session, round_)
    bo = commitment_of(session, round_, "Bo").participant_id
    visitor.sign_in(person(session, round_, "Ada"))
    page = visitor.get(page_of(round_))

    visitor.get(f"{page_of(round_)}?for={bo}", 404)
    visitor.submit(page, page_of(round_), 404, choice="leave", **{"for": bo})

    assert choice(session, round_, "Bo") == Choice.SILENT


def test_who_is_too_late_reads_so(session, visitor, round_) -> None:
    lifecycle.offer_survey(session, round_, actor=ACTOR, now=NOW - 8 * DAY)
    session.commit()
    visitor.sign_in(person(session, round_, "Ada"))

    ada = person(session, round_, "Ada").memberships[0].participant_id
    page = visitor.post(page_of(round_), 409, choice="leave", key="k" * 20, **{"for": ada})

    assert "You could choose until" in said(page)
    assert "You are in" in said(page)


def test_where_nothing_fits_there_is_nothing_to_choose(session, visitor, round_) -> None:
    found(session, round_, "Ada", 0, 0, "Asbest")
    offered(session, round_)
    visitor.sign_in(person(session, round_, "Ada"))

    page = visitor.get(page_of(round_))

    assert page.h1.text == "It does not fit at your home" and "Asbest" in said(page)
    assert not page.select("#stay, #leave")


def test_a_coordinator_sees_who_chose_what_and_what_is_ordered_in_silence(
    session, visitor, round_
) -> None:
    found(session, round_, "Bo", 8, 9_900, "Groep")
    offered(session, round_)
    who = commitment_of(session, round_, "Ada").participant_id
    surveys.choose(session, round_.id, who, stay=True, key="k1", actor="A", now=NOW)
    session.commit()
    visitor.sign_in(coordinator(session))
    here = f"/coordinator/rounds/{round_.id}"

    chips = [chip.text for chip in visitor.get(f"{here}/survey").select(".chip")]
    assert chips == ["Is in", "No answer yet"]
    preview = said(visitor.get(f"{here}/if-it-closed-now"))
    assert "This is ordered if nobody says anything more." in preview
    assert "€1,600.00" in said(visitor.get(here))


def test_who_looks_first_orders_for_who_stayed(session, visitor, round_) -> None:
    round_.order_at_close = False
    found(session, round_, "Bo", 8, 9_900, "Groep")
    lifecycle.offer_survey(session, round_, actor=ACTOR, now=NOW - 8 * DAY)
    session.commit()
    visitor.sign_in(coordinator(session))
    here = f"/coordinator/rounds/{round_.id}"

    assert "Look once more, and order." in said(visitor.get("/coordinator/"))
    page = visitor.submit(visitor.get(f"{here}/order"), f"{here}/order")

    assert "It is ordered." in said(page)
    assert "€1,600.00" in said(page) and "€3,200.00" not in said(page)


# --- mails and papers


def written(session, round_, event: str, name: str, *, now=NOW) -> list[str]:
    ref = f"{event}:{commitment_of(session, round_, name).id}"
    message = mail.write(session, Asked(Kind.MAIL_NEWS, ref), now=now)
    return [" ".join(text.split()) for text in parts_of(message)]


def test_the_mail_says_what_was_found_and_asks(session, app, round_) -> None:
    found(session, round_, "Ada", 6, 9_900, "Dakkapel")
    found(session, round_, "Bo", 0, 0, "Asbest")
    offered(session, round_)

    for text in written(session, round_, "survey", "Ada"):
        assert "6 instead of 8, with €99.00 of extra work" in text and "Dakkapel" in text
        assert "1,300.00" in text and "If you do nothing, you are not in." in text
    for text in written(session, round_, "survey", "Bo"):
        assert "Nothing is ordered for you, and you pay nothing." in text


def test_who_said_yes_is_not_reminded(session, app, round_) -> None:
    found(session, round_, "Ada", 8, 9_900, "Groep")
    offered(session, round_)
    assert "You have not chosen yet" in written(session, round_, "survey_last", "Ada")[0]

    who = commitment_of(session, round_, "Ada").participant_id
    surveys.choose(session, round_.id, who, stay=True, key="k1", actor="A", now=NOW)
    session.commit()

    with pytest.raises(NothingToSend):
        written(session, round_, "survey_last", "Ada")
    with pytest.raises(NothingToSend):
        written(session, round_, "survey", "Ada", now=NOW + 8 * DAY)


def test_the_bill_and_the_supplier_s_sheet_name_the_extra_work(session, app, round_) -> None:
    found(session, round_, "Ada", 8, 9_900, "Nieuwe groep in de meterkast")
    offered(session, round_)
    who = commitment_of(session, round_, "Ada").participant_id
    surveys.choose(session, round_.id, who, stay=True, key="k1", actor="A", now=NOW)
    lifecycle.order(session, round_, actor=ACTOR, now=NOW + timedelta(days=7))
    session.commit()

    papers = list(session.scalars(select(Paper).order_by(Paper.id)))
    mine = next(paper for paper in papers if paper.participant_id == who)
    order = next(paper for paper in papers if paper.kind == PaperKind.ORDER_SHEET)
    bill = text_of(render("invoice", mine.snapshot))
    sheet = text_of(render("order_sheet", order.snapshot))

    assert "Extra work for Zonnepaneel: Nieuwe groep in de meterkast" in bill
    assert "Extra werk na het bezoek" in sheet and "99,00" in sheet
    assert "Nieuwe groep" not in sheet


def test_who_is_out_hears_that_nothing_was_ordered(session, app, round_) -> None:
    found(session, round_, "Ada", 8, 9_900, "Groep")
    offered(session, round_)
    lifecycle.order(session, round_, actor=ACTOR, now=NOW + timedelta(days=7))
    session.commit()

    for text in written(session, round_, "left", "Ada", now=NOW + timedelta(days=7)):
        assert "has been ordered without you" in text and "You pay nothing." in text

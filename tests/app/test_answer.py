"""A supplier's answer by a signed link, what a coordinator makes of it, and who may say no."""

from datetime import timedelta

import pytest
import zxingcpp
from pypdfium2 import PdfDocument
from sqlalchemy import select

from app import mail, tickets
from app.documents import render
from app.mail import links
from app.views import answer as answer_page
from purchasing import lifecycle, ordering, own_data
from purchasing.deliveries import answer_links, supplier_answers
from purchasing.deliveries.announcements import AnswerDecision, announced_of
from purchasing.deliveries.share_replies import declined_of
from purchasing.deliveries.supplier_answers import SupplierAnswer
from purchasing.errands import Errand, Kind
from purchasing.papers import Paper, PaperKind
from purchasing.people import Person
from tests.app.coordinator import village
from tests.builders import (
    ACTOR,
    a_household,
    a_person,
    a_product,
    a_round,
    a_supplier,
    an_order,
)

NOW, HOUR = village.NOW, timedelta(hours=1)


@pytest.fixture
def here(session):
    """An ordered round: one household, a case of six of one article at € 1, English all over."""
    here = village.ordered(session)
    here.round.suppliers[0].supplier.language = "en"
    here.households[0].language = "en"
    for person in session.scalars(select(Person)):
        person.language = "en"
    session.commit()
    return here


@pytest.fixture
def order(session, here):
    return ordering.list_orders(session, here.round.id)[0]


@pytest.fixture
def link(session, order):
    return answer_links.standing_link(session, order.id)


@pytest.fixture
def page(app, session, link) -> str:
    address = f"/a/{tickets.ticket('answer', link.id)}"
    session.rollback()
    return address


@pytest.fixture
def line(session, order) -> int:
    return order.lines[0].id


def answers(session) -> list[SupplierAnswer]:
    session.expire_all()
    return list(session.scalars(select(SupplierAnswer).order_by(SupplierAnswer.id)))


def says(visitor, page, status=200, **typed):
    """Send one of the three forms: changes, unless `answer` says otherwise."""
    fields = {"answer": "some", "key": f"key-{sorted(typed.items())}"[:60]} | typed
    return visitor.post(page, status=status, **fields)


def told(session, ref: str) -> str:
    """The mail of an errand, as text."""
    errand = session.scalar(select(Errand).where(Errand.key.startswith(ref)))
    letter = mail.write(session, errand, now=NOW + HOUR)
    text = letter.content.get_body(("plain",)).get_content()
    session.rollback()
    return text


# --- the supplier ------------------------------------------------------------------------------


def test_looking_changes_nothing_and_names_nobody(session, visitor, page, here) -> None:
    text = visitor.get(page).text

    assert "Huis10" not in text and "Artikel" in text
    assert answers(session) == []


def test_one_press_says_that_all_is_right(session, visitor, page) -> None:
    form = visitor.get(page)
    token = form.select_one("form")["action"]
    sent = visitor.post(page, answer="all", key="a-key-for-all")

    assert token == page
    assert sent.h1.text == "Your answer is in"
    assert answers(session)[0].verdict == "all"


@pytest.fixture
def by_weight(session, here):
    """The page of an order of two cases of five kilos, and of one kilo and a half of cheese."""
    supplier = a_supplier(session, "Tuinder", language="en")
    half = {"unit": "kg", "piece_milli": 500}
    parsnips = a_product(session, supplier, "Pastinaak", case_milli=5000, **half)
    cheese = a_product(session, supplier, "Kaas", case_milli=500, **half)
    round_ = a_round(session, parsnips, cheese, **village.TIMES)
    wants = {"Pastinaak": 20, "Kaas": 3}
    an_order(session, round_, here.households[0], wants, at=NOW - village.DAY)
    lifecycle.close_now(session, round_, actor=ACTOR, now=NOW)
    lifecycle.order(session, round_, actor=ACTOR, now=NOW)
    session.commit()
    (order,) = ordering.list_orders(session, round_.id)
    link = answer_links.standing_link(session, order.id)
    return f"/a/{tickets.ticket('answer', link.id)}", {i.item.name: i.id for i in order.lines}


def test_what_goes_by_weight_is_told_and_answered_in_kilos(session, visitor, by_weight) -> None:
    page, lines = by_weight
    form = visitor.get(page)
    asked = {line.h3.text: " ".join(line.p.text.split()) for line in form.select("li.said")}
    labels = [label.text for label in form.select(".four label")]
    box = f"c{lines['Pastinaak']}"
    sent = says(visitor, page, **{box: "1+1,5", f"c{lines['Kaas']}": "1"})
    again = visitor.get(f"{page}?change=1")

    assert asked["Pastinaak"].startswith("2 cases = 10 kg")
    assert asked["Kaas"].startswith("1.5 kg")
    assert "How many (kg): Kaas" in labels and "Cases of 5 kg: Pastinaak" in labels
    assert "Comes: 6.5 kg. Ordered: 2 cases = 10 kg." in " ".join(sent.text.split())
    assert again.select_one(f"[name={box}]")["value"] == "1+1.5"
    assert [one.pieces for one in answers(session)[0].lines] == [2, 13]


def test_what_is_shown_after_sending_is_what_is_kept(session, visitor, page, line) -> None:
    sent = says(visitor, page, **{f"c{line}": "0+4", f"p{line}": "1.05", f"w{line}": "sold_out"})

    kept = answers(session)[0].lines[0]
    assert (kept.pieces, kept.unit_price, kept.why) == (4, 1_050_000, "sold_out")
    for words in ("4 × zak 1 kg", "€1.05", "Sold out", "€4.20"):
        assert words in sent.text, words


def test_what_is_wrong_is_told_at_its_box_and_stays(session, visitor, page, line) -> None:
    wrong = {f"c{line}": "many", f"p{line}": "99", f"n{line}": "mind the step"}

    answer = says(visitor, page, status=422, **wrong)

    for name, text in wrong.items():
        assert answer.select_one(f"#{name}")["value"] == text
    assert "not a number of cases" in answer.select_one(f"#c{line}-error").text
    assert answer.select_one("details[open]") and answer.title.text.startswith("Error")
    assert answers(session) == []


def test_one_link_answers_so_often_and_then_has_to_wait(
    session, visitor, page, monkeypatch
) -> None:
    monkeypatch.setattr(answer_page, "MOST_TRIES", 2)
    for number in range(2):
        visitor.post(page, answer="all", key=f"a-key-for-{number}")

    visitor.post(page, 429, answer="all", key="a-key-for-2")

    assert len(answers(session)) == 2
    visitor.get(page)


def test_a_line_of_another_order_is_refused(session, visitor, page, line) -> None:
    answer = says(visitor, page, status=422, **{f"c{line + 99}": "1"})

    assert "a line that is not in the order" in answer.select_one("#errors").text


def test_the_same_form_twice_is_one_answer_and_a_new_one_is_another(
    session, visitor, page, line
) -> None:
    says(visitor, page, **{f"c{line}": "0"})
    says(visitor, page, **{f"c{line}": "0"})
    assert len(answers(session)) == 1

    again = visitor.get(f"{page}?change=1")
    assert again.select_one(f"#c{line}")["value"] == "0"
    visitor.post(page, answer="all", key="another-key")
    assert [one.verdict for one in answers(session)] == ["some", "all"]


def test_a_revoked_link_shows_and_hands_over_nothing(session, visitor, page, order, line) -> None:
    says(visitor, page, **{f"c{line}": "0"})
    answer_links.revoke_links(session, order, actor="Coor", now=NOW)
    session.commit()

    for path in (page, f"{page}/order.csv"):
        closed = visitor.get(path, status=409)
        assert "no longer works" in closed.text and "Artikel" not in closed.text
    assert "Artikel" not in says(visitor, page, status=409, **{f"c{line}": "1"}).text


def test_after_the_delivery_day_nothing_is_lost_that_was_typed(
    session, visitor, page, link, line, monkeypatch
) -> None:
    over = link.expires_at
    session.rollback()
    monkeypatch.setattr("app.views.answer.now", lambda: over)

    visitor.get(page, status=409)
    late = says(visitor, page, status=409, **{f"c{line}": "0", f"n{line}": "sold"})

    assert "You could answer until" in late.text and "sold" in late.text
    assert answers(session) == []


@pytest.mark.parametrize("text", ["x", "MQ.abc", "MQ.AAAAAAAAAAAAAAAAAAAAAAAAAAA"])
def test_a_link_that_is_not_ours_leads_nowhere(visitor, here, text) -> None:
    visitor.get(f"/a/{text}", status=404)


def test_a_link_to_bid_with_answers_no_order(app, visitor, link, session) -> None:
    ticket = tickets.ticket("bid", link.id)
    session.rollback()

    visitor.get(f"/a/{ticket}", status=404)


def test_the_page_speaks_the_supplier_s_language(session, visitor, page, order) -> None:
    order.supplier.language = "nl"
    session.commit()

    assert visitor.get(page).h1.text == "Kunt u dit leveren?"


def test_the_table_is_the_one_that_went_out(visitor, page) -> None:
    answer = visitor.open(f"{page}/order.csv")

    assert answer.status_code == 200 and b"Artikel" in answer.data


def test_the_sheet_carries_the_link_as_a_code(app, session, order, page) -> None:
    paper = session.scalar(select(Paper).where(Paper.kind == PaperKind.ORDER_SHEET))
    record = links.with_addresses(paper.snapshot)

    with PdfDocument(render("order_sheet", record)) as document:
        picture = document[0].render(scale=150 / 72, grayscale=True).to_pil()

    assert [code.text for code in zxingcpp.read_barcodes(picture)] == [record["answer_url"]]
    assert record["answer_url"].endswith(page)


# --- the coordinator ---------------------------------------------------------------------------


@pytest.fixture
def less(session, visitor, page, line) -> SupplierAnswer:
    """The supplier brings four of six, at a higher price."""
    says(visitor, page, **{f"c{line}": "0+4", f"p{line}": "1.05", f"w{line}": "dearer"})
    return answers(session)[0]


@pytest.fixture
def desk(visitor, here, less):
    return visitor.sign_in(here.coordinator)


def decides(desk, less, status=200, **fields):
    page = desk.get(f"/coordinator/answers/{less.supplier_order_id}")
    action = f"/coordinator/answers/{less.supplier_order_id}/decide/{less.id}"
    return desk.submit(page, action, status=status, **fields)


def test_today_names_the_answer_until_it_is_decided(desk, less) -> None:
    link = desk.get("/coordinator/").select_one("#needs ~ ul .task > a")
    assert link["href"] == f"/coordinator/answers/{less.supplier_order_id}"

    decides(desk, less)

    assert not desk.get("/coordinator/").select("#needs ~ ul .task > a[href*=answers]")


def test_what_is_accepted_is_announced_and_told(session, desk, less, order, here) -> None:
    shown = decides(desk, less, note="Sorry!")

    announced = announced_of(session, order)[less.lines[0].line_id]
    assert (announced.pieces, announced.unit_price) == (4, 1_050_000)
    assert "Decided" in shown.text
    text = told(session, f"{Kind.MAIL_CHANGE}:")
    for words in ("For you there is 4 × zak 1 kg", "€1.14", "€1.09", "Sorry!", "/changes?for="):
        assert words in text, words


def test_nothing_taken_over_leaves_the_order_and_tells_the_supplier(
    session, desk, less, order, visitor, page
) -> None:
    decides(desk, less, none="1")

    assert announced_of(session, order)[less.lines[0].line_id].pieces == 6
    assert not session.scalar(select(Errand).where(Errand.key.startswith(Kind.MAIL_CHANGE)))
    assert "we do not agree" in told(session, f"{Kind.MAIL_ANSWER}:decided")
    assert "not agreed" in visitor.get(page).text


def test_a_moment_after_the_delivery_is_refused_at_its_field(session, desk, less) -> None:
    answer = decides(desk, less, status=422, on="2099-01-01")

    assert answer.select_one("#on-error") and answer.select_one("#on")["value"] == "2099-01-01"
    assert session.scalar(select(AnswerDecision)) is None


def test_two_who_decide_at_once_decide_once(session, desk, less) -> None:
    page = desk.get(f"/coordinator/answers/{less.supplier_order_id}")
    action = f"/coordinator/answers/{less.supplier_order_id}/decide/{less.id}"
    desk.submit(page, action)

    second = desk.submit(page, action)

    assert "Somebody has decided" in second.text
    assert len(session.scalars(select(AnswerDecision)).all()) == 1


def test_a_new_link_takes_the_place_of_the_old(session, desk, less, page) -> None:
    desk.post(f"/coordinator/answers/{less.supplier_order_id}/link")

    desk.get(page, status=409)
    assert "/a/" in told(session, f"{Kind.MAIL_ANSWER}:link")


def test_the_coordinators_are_told_what_differs(session, desk, less) -> None:
    text = told(session, f"{Kind.MAIL_ANSWER}:told")

    assert "4 × zak 1 kg" in text and f"/coordinator/answers/{less.supplier_order_id}" in text


def test_the_supplier_gets_a_copy(session, less) -> None:
    text = told(session, f"{Kind.MAIL_ANSWER}:copy")

    assert "4 × zak 1 kg" in text and "Price has risen" in text


# --- the participants --------------------------------------------------------------------------


@pytest.fixture
def member(session, visitor, desk, less, here):
    """The household's own person, once the change has been accepted."""
    decides(desk, less)
    person = session.scalar(select(Person).where(Person.name == "Lid10"))
    return visitor.sign_in(person)


@pytest.fixture
def changes(here) -> str:
    return f"/rounds/{here.round.id}/changes"


def replies(member, changes, status=200, **fields):
    return member.submit(member.get(changes), changes, status=status, **fields)


def share_of(member, changes) -> str:
    return member.get(changes).select_one("input[type=radio]")["name"][1:]


def test_my_page_leads_to_the_question(member, changes) -> None:
    assert member.get("/mine").select_one(f"a[href^='{changes}']")


def test_silence_never_pays_more(session, member, order, less) -> None:
    assert list(declined_of(session, order).values()) == [4]


def test_a_yes_counts_and_can_be_changed(session, member, changes, order) -> None:
    share = share_of(member, changes)
    page = replies(member, changes, **{f"s{share}": "yes"})
    assert page.select_one("input[value=yes]").has_attr("checked")
    assert declined_of(session, order) == {}
    session.rollback()

    replies(member, changes, **{f"s{share}": "less", f"q{share}": "1"})
    assert list(declined_of(session, order).values()) == [3]


def test_a_wrong_number_is_told_and_stays(member, changes) -> None:
    share = share_of(member, changes)

    page = replies(member, changes, status=422, **{f"s{share}": "less", f"q{share}": "9"})

    assert page.select_one(f"#q{share}")["value"] == "9" and page.select_one(".error")


def test_another_household_sees_and_says_nothing(session, member, changes, here, visitor) -> None:
    mine = here.households[0].id
    share = share_of(member, changes)
    nosy = a_person(session, "Nosy", a_household(session, "Elders"))
    session.commit()
    visitor.sign_in(nosy)

    visitor.get(f"{changes}?for={mine}", status=404)
    reply = {f"s{share}": "yes", "key": "key-of-nosy"}
    visitor.post(changes, status=404, **{"for": mine} | reply)
    visitor.post(changes, status=404, **reply)


def test_a_copy_of_my_data_says_what_was_replied(session, member, changes, here) -> None:
    share = share_of(member, changes)
    replies(member, changes, **{f"s{share}": "no"})

    facts = own_data.of_participant(session, here.households[0])
    [change] = facts["rounds"][0]["changes"]
    assert (change["pieces_before"], change["pieces_offered"], change["pieces_replied"]) == (
        6,
        4,
        0,
    )


def test_what_suppliers_said_is_not_for_strangers(visitor, here, order, session) -> None:
    order_id = order.id
    session.rollback()

    page = visitor.get(f"/coordinator/answers/{order_id}")
    assert page.select_one("input[type=email]")
    assert supplier_answers.latest_answer(session, order_id) is None

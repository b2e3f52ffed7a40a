"""The front page, the public page of a round, and the pages of plain text."""

from datetime import time, timedelta

import pytest
import time_machine

from app import i18n
from purchasing import lifecycle
from purchasing.rounds import RoundState, ShortfallRule
from tests.app.street import CLOSING, NOW, a_street, words
from tests.builders import DAY, a_network, a_product, a_round, a_supplier, an_order


@pytest.fixture
def english(visitor):
    visitor.post("/language", language="en")
    return visitor


@pytest.fixture
def street(session):
    return a_street(session)


def another_round(session, title, **details):
    supplier = a_supplier(session, f"Van {title}")
    product = a_product(session, supplier, f"Waar {title}", number=title)
    values = {"opens_at": NOW - DAY, "closes_at": NOW + DAY, "title": title}
    return a_round(session, product, **values | details)


# --- words and figures ---------------------------------------------------------------------------


def test_when_to_collect_names_the_hour_once(english, session):
    hours = {"pickup_from": time(10), "pickup_until": time(12, 30)}
    street = a_street(session, **hours)

    page = english.get(f"/rounds/{street.round.id}")

    assert "between 10:00 and 12:30 hours" in " ".join(page.text.split())


@pytest.mark.parametrize(("language", "told"), [("nl", "€ −2,71"), ("en", "−€2.71")])
def test_less_than_nothing_has_a_minus_and_no_hyphen(app, language, told):
    with app.test_request_context(headers={"Accept-Language": language}):
        assert i18n.money(-271).replace("\N{NO-BREAK SPACE}", " ") == told


def test_who_may_be_called_and_when_is_one_sentence(english, session):
    a_network(session, phone_hours="Mondays.")
    session.commit()

    for page in ("/", "/terms"):
        assert "Call 023 000 00 00 (Mondays)." in " ".join(english.get(page).text.split())


# --- the front page ----------------------------------------------------------------------------


def test_the_front_page_shows_what_is_open_and_what_comes(english, street, session):
    coming = another_round(
        session, "Straks", state=RoundState.PLANNED, opens_at=NOW + DAY, closes_at=NOW + 2 * DAY
    )
    lifecycle.publish(session, coming, actor="test", now=NOW)
    secret = {"opens_at": NOW + DAY, "closes_at": NOW + 2 * DAY, "state": RoundState.PLANNED}
    another_round(session, "Geheim", **secret)
    session.commit()

    page = english.get("/")

    assert [title.text for title in page.select("[aria-labelledby=open] h3")] == ["Proefronde"]
    assert [title.text for title in page.select("[aria-labelledby=coming] h3")] == ["Straks"]


def test_a_round_leaves_the_front_page_at_its_hour_not_when_the_clock_comes(english, street):
    with time_machine.travel(CLOSING, tick=False):
        page = english.get("/")

    assert not page.select("[aria-labelledby=open] h3")
    assert "No round is open" in words(page, "[aria-labelledby=open]")


def test_the_front_page_works_before_anything_is_set_up(english):
    assert words(english.get("/"), "h1")


def test_the_front_page_needs_as_many_queries_for_three_rounds_as_for_one(
    english, street, session, count_queries
):
    english.get("/")
    with count_queries() as one:
        english.get("/")
    for title in ("Twee", "Drie"):
        an_order(
            session, another_round(session, title), street.household, {f"Waar {title}": 6}, at=NOW
        )
    session.commit()
    english.get("/")
    with count_queries() as three:
        english.get("/")

    assert len(one) == len(three)


def test_who_chooses_a_language_reads_on_in_it(visitor, street):
    page = visitor.submit(visitor.get("/how-it-works"), "/language", language="en")

    assert page.html["lang"] == "en"
    assert words(page, "h1") == "How it works"


@pytest.mark.parametrize("target", ["https://evil.example", "//evil.example", ""])
def test_choosing_a_language_leads_to_no_other_site(visitor, street, target):
    fields = {"csrf_token": visitor.token(), "language": "en", "next": target}

    assert visitor.open("/language", method="POST", data=fields).location == "/"


def test_a_language_we_do_not_speak_changes_nothing(visitor, street):
    before = visitor.get("/").html["lang"]

    assert visitor.post("/language", language="xx").html["lang"] == before


def test_a_language_is_chosen_by_a_form_not_by_a_link(visitor, street):
    assert visitor.open("/language?language=en").status_code == 405


@pytest.mark.parametrize("path", ["/how-it-works", "/privacy", "/terms", "/accessibility"])
def test_the_pages_of_text_are_there_and_name_a_number_to_call(visitor, street, path):
    assert "023 000 00 00" in words(visitor.get(path), "footer")


def test_stylesheet_and_scripts_are_kept_for_good_under_the_name_of_their_content(visitor, street):
    visitor.sign_in(street.ada)
    page = visitor.get(street.grid)
    addresses = [tag.get("href") or tag.get("src") for tag in page.select("link, script")]
    assert len(addresses) == 4

    for address in addresses:
        answer = visitor.open(address, headers={"Accept-Encoding": "gzip"})
        assert answer.status_code == 200
        assert "immutable" in answer.headers["Cache-Control"]
        assert answer.headers["Content-Encoding"] == "gzip"
        assert visitor.open(address.replace("/assets/", "/assets/0")).status_code == 404
    assert visitor.open("/assets/0/no-such.css").status_code == 404


# --- a round -----------------------------------------------------------------------------------


def test_a_round_says_what_from_whom_and_how_much_is_needed(english, street, session):
    street.round.minimum_cents = 10_000
    street.round.description = "Rijst en <i>linzen</i>"
    an_order(session, street.round, street.household, {"Rijst": 6}, at=NOW - DAY)
    session.commit()

    page = english.get(f"/rounds/{street.round.id}")

    text = words(page, "#main")
    assert "Rijst en <i>linzen</i>" in text
    assert "Groothandel Test" in text
    assert "€50.74 more needed" in words(page, "#stand")  # 100.00 - 6 × 8.21
    assert "€8.95" in words(page, "table"), "with VAT"
    assert "1 household takes part already." in text
    assert street.household.name not in text, "only totals, no names"


def test_what_does_not_fill_a_case_does_not_bring_the_minimum_nearer(english, street, session):
    street.round.minimum_cents = 10_000
    an_order(session, street.round, street.household, {"Rijst": 5}, at=NOW - DAY)
    session.commit()

    assert "€100.00 more needed" in words(english.get(f"/rounds/{street.round.id}"), "#stand")


def test_a_round_can_be_passed_on(english, street):
    page = english.get(f"/rounds/{street.round.id}")

    address = f"http://127.0.0.1:8000/rounds/{street.round.id}"
    assert page.select_one("meta[property='og:url']")["content"] == address
    assert page.select_one("meta[property='og:title']")["content"] == street.round.title
    share = page.select_one("a[href^='https://wa.me/']")["href"]
    assert f"rounds%2F{street.round.id}" in share or f"rounds/{street.round.id}" in share


def test_a_round_goes_into_a_calendar(english, street):
    answer = english.open(f"/rounds/{street.round.id}/calendar.ics")

    assert answer.mimetype == "text/calendar"
    assert f"DTEND:{CLOSING:%Y%m%dT%H%M%SZ}" in answer.text


def test_a_round_closes_when_somebody_looks_although_the_clock_stands_still(
    english, street, session
):
    with time_machine.travel(CLOSING + timedelta(seconds=1), tick=False):
        page = english.get(f"/rounds/{street.round.id}")

    assert words(page, "#stand") == "This round is closed"
    assert street.round.state == RoundState.CLOSED


def test_looking_at_a_round_before_its_hour_closes_nothing(english, street, session):
    with time_machine.travel(CLOSING - timedelta(seconds=1), tick=False):
        page = english.get(f"/rounds/{street.round.id}")

    assert page.find(string="Take part")
    assert street.round.state == RoundState.OPEN


def test_a_round_that_is_extended_by_its_rule_stays_open(english, street, session):
    street.round.shortfall_rule = ShortfallRule.EXTEND
    street.round.minimum_cents = 10_000
    session.commit()

    with time_machine.travel(CLOSING + timedelta(seconds=1), tick=False):
        page = english.get(f"/rounds/{street.round.id}")

    assert page.find(string="Take part")
    assert street.round.closes_at > CLOSING


def test_a_cancelled_round_says_why(english, street, session):
    lifecycle.cancel(session, street.round, reason="De oogst is mislukt.", actor="t", now=NOW)
    session.commit()

    page = english.get(f"/rounds/{street.round.id}")

    assert words(page, "#stand") == "This round does not go ahead"
    assert "De oogst is mislukt." in words(page, "#main")


def test_a_round_to_come_says_when_it_opens(english, street, session):
    coming = another_round(
        session, "Straks", state=RoundState.PLANNED, opens_at=NOW + DAY, closes_at=NOW + 2 * DAY
    )
    lifecycle.publish(session, coming, actor="test", now=NOW)
    session.commit()

    page = english.get(f"/rounds/{coming.id}")

    assert words(page, "#stand") == "Not open yet"
    assert not page.find(string="Take part")


def test_an_ordered_round_says_so_and_shows_me_my_part(english, street, session):
    an_order(session, street.round, street.household, {"Rijst": 6}, at=NOW - DAY)
    lifecycle.close_now(session, street.round, actor="t", now=NOW)
    lifecycle.order(session, street.round, actor="t", now=NOW)
    session.commit()

    assert words(english.get(f"/rounds/{street.round.id}"), "#stand").startswith("It is ordered")
    english.sign_in(street.ada)
    page = english.get(f"/rounds/{street.round.id}")
    assert street.household.name in words(page, "[aria-labelledby=mine]")


def test_a_round_without_articles_says_so(english, session):
    a_network(session)
    empty = another_round(session, "Leeg")
    empty.items.clear()
    session.commit()

    assert "not known yet" in words(english.get(f"/rounds/{empty.id}"), "#main")


def test_a_round_that_does_not_exist_is_a_clear_page(english, street):
    assert "does not exist" in words(english.get("/rounds/999999", 404), "#main")

"""Signing up on the site: answer, be told what is wrong, change, withdraw, be too late."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select

from purchasing import lifecycle, signups
from purchasing.rounds import RoundState
from purchasing.signups import GivenAnswer
from tests.builders import (
    ACTOR,
    PARTY,
    a_household,
    a_network,
    a_person,
    a_product,
    a_round,
    a_shop,
    a_sign_up,
    a_supplier,
    an_interest_round,
)

HOUR = timedelta(hours=1)
ANSWERS = {
    "products": ["contents", "travel"],
    "channel": "mail",
    "contact": "ada@example.org",
    "language": "tr",
    "consent-recipient": PARTY["consent_version"],
}


@pytest.fixture
def now() -> datetime:
    return datetime.now(UTC)


@pytest.fixture
def round_(session, now):
    a_network(session)
    round_ = an_interest_round(session, opens_at=now - HOUR, closes_at=now + HOUR)
    session.commit()
    return round_


@pytest.fixture
def ada(session, round_):
    household = a_household(session, "Ada")
    a_person(session, "Ada", household)
    session.commit()
    return household


@pytest.fixture
def at_home(session, visitor, ada):
    return visitor.sign_in(ada.memberships[0].person)


def address(round_) -> str:
    return f"/rounds/{round_.id}/sign-up"


def test_a_visitor_reads_who_gets_the_answers_and_what_it_is_not(visitor, round_) -> None:
    page = visitor.get(f"/rounds/{round_.id}").text

    for words in (PARTY["recipient"], PARTY["afm_number"], PARTY["remuneration"]):
        assert words in page
    assert "€" not in page


def test_a_round_that_sells_no_articles_has_no_order_page(at_home, round_) -> None:
    for page in ("", "/placed", "/withdraw"):
        at_home.get(f"/rounds/{round_.id}/order{page}", 404)


def test_signing_up_and_reading_back_what_was_answered(session, at_home, round_, ada) -> None:
    page = at_home.submit(at_home.get(address(round_)), address(round_), **ANSWERS)

    assert "Türkçe" in page.text
    assert signups.answers_of(session, round_.id, ada.id)["products"] == ["contents", "travel"]
    assert round_.title in at_home.get("/mine").text
    assert "Ada" in at_home.get(f"/rounds/{round_.id}").text


def test_the_form_holds_what_was_answered_before(session, at_home, round_, ada) -> None:
    a_sign_up(session, round_, ada, at=datetime.now(UTC), products=["legal"])
    session.commit()

    page = at_home.get(address(round_))
    ticked = [box["value"] for box in page.select("input[checked][name=products]")]

    assert ticked == ["legal"]
    assert page.select_one("#consent-recipient").has_attr("checked")


def test_nothing_is_ticked_for_who_comes_for_the_first_time(at_home, round_) -> None:
    page = at_home.get(address(round_))

    assert not page.select("input[type=checkbox][checked]")
    assert page.select_one("input[name=contact]")["value"] == "ada@example.org"


def test_a_shop_is_offered_what_is_for_shops(session, visitor, round_) -> None:
    shop = a_shop(session, "Bakker")
    person = a_person(session, "Bakker", shop)
    session.commit()

    page = visitor.sign_in(person).get(address(round_))
    offered = {box["value"] for box in page.select("input[name=products]")}

    assert offered == {"business_liability", "inventory", "glass", "cyber", "broodfonds"}


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"contact": "Ik heb suikerziekte"}, "contact"),
        ({"contact": ""}, "contact"),
        ({"products": []}, "products"),
        ({"channel": "phone"}, "contact"),
    ],
)
def test_what_is_wrong_stands_at_its_question_and_what_was_typed_stays(
    session, at_home, round_, wrong, field
) -> None:
    page = at_home.submit(
        at_home.get(address(round_)), address(round_), status=422, **(ANSWERS | wrong)
    )

    assert page.select_one(f"#{field}-error").text.strip()
    assert page.select_one("input[name=language][value=tr]").has_attr("checked")
    assert session.scalar(select(func.count(GivenAnswer.id))) == 0


def test_without_a_tick_nothing_is_kept(session, at_home, round_) -> None:
    fields = {name: value for name, value in ANSWERS.items() if name != "consent-recipient"}

    page = at_home.submit(at_home.get(address(round_)), address(round_), status=422, **fields)

    assert page.select_one("#problem").text.strip()
    assert session.scalar(select(func.count(GivenAnswer.id))) == 0


def test_withdrawing_deletes_the_answers(session, at_home, round_, ada) -> None:
    a_sign_up(session, round_, ada, at=datetime.now(UTC))
    session.commit()

    page = at_home.get(f"{address(round_)}/withdraw?for={ada.id}")
    at_home.submit(page, f"{address(round_)}/withdraw")

    assert not signups.is_signed_up(session, round_.id, ada.id)
    assert session.scalar(select(func.count(GivenAnswer.id))) == 0


def test_after_closing_one_can_still_leave_the_list(session, at_home, round_, ada, now) -> None:
    a_sign_up(session, round_, ada, at=now)
    lifecycle.close_now(session, round_, actor=ACTOR, now=now)
    lifecycle.order(session, round_, actor=ACTOR, now=now)
    session.commit()

    page = at_home.get(f"{address(round_)}/withdraw?for={ada.id}")
    at_home.submit(page, f"{address(round_)}/withdraw")

    assert signups.all_answers(session, round_) == {}


def test_who_is_too_late_reads_what_was_not_saved(session, at_home, round_, now) -> None:
    page = at_home.get(address(round_))
    lifecycle.close_now(session, round_, actor=ACTOR, now=now)
    session.commit()

    late = at_home.submit(page, address(round_), status=409, **ANSWERS)

    assert "ada@example.org" in late.text
    assert session.scalar(select(func.count(GivenAnswer.id))) == 0


def test_the_number_of_participants_is_only_told_in_tens(session, visitor, round_, now) -> None:
    for number in range(12):
        a_sign_up(session, round_, a_household(session, f"H{number}"), at=now)
    session.commit()

    page = visitor.get(f"/rounds/{round_.id}").text

    assert "10" in page
    assert "12 " not in page.replace("12000000", "")


def test_nobody_sees_or_changes_the_answers_of_somebody_else(
    session, visitor, round_, ada
) -> None:
    ben = a_person(session, "Ben", a_household(session, "Ben"))
    a_sign_up(session, round_, ada, at=datetime.now(UTC))
    session.commit()
    visitor.sign_in(ben)

    visitor.get(f"{address(round_)}?for={ada.id}", status=404)
    visitor.get(f"{address(round_)}/placed?for={ada.id}", status=404)
    visitor.post(f"{address(round_)}/withdraw", status=404, key="k" * 10, **{"for": ada.id})

    assert signups.is_signed_up(session, round_.id, ada.id)


def test_a_round_with_articles_has_no_such_page(session, at_home, now) -> None:
    times = {"opens_at": now - HOUR, "closes_at": now + HOUR}
    rice = a_round(session, a_product(session, a_supplier(session)), **times)
    session.commit()

    at_home.get(address(rice), status=404)


def test_an_unpublished_round_has_no_such_page(session, at_home, now) -> None:
    planned = an_interest_round(
        session, state=RoundState.PLANNED, opens_at=now + HOUR, closes_at=now + 2 * HOUR
    )
    session.commit()

    at_home.get(address(planned), status=404)

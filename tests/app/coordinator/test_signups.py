"""A coordinator plans a round that people sign up to, watches it, and hands over its list once."""

import csv
import io
import zipfile
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from purchasing import lifecycle, referral, signups
from purchasing.people import Role
from purchasing.rounds import Round, RoundState
from tests.builders import (
    ACTOR,
    PARTY,
    a_household,
    a_network,
    a_person,
    a_product,
    a_round,
    a_sign_up,
    a_supplier,
    an_interest_round,
)

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
NEW = "/coordinator/sign-ups/new/insurance"
SAID = {f"particulars-{key}": value for key, value in PARTY.items()}


@pytest.fixture(autouse=True)
def print_in_this_process(app) -> None:
    app.config["PRESS_WORKERS"] = 0


@pytest.fixture
def now() -> datetime:
    return datetime.now(UTC)


@pytest.fixture
def nora(session, visitor):
    a_network(session)
    person = a_person(session, "Nora", role=Role.COORDINATOR, language="en")
    session.commit()
    return visitor.sign_in(person)


@pytest.fixture
def closed(session, nora, now):
    """A round that was closed, in which Ada and Ben signed up."""
    round_ = an_interest_round(session, opens_at=now - DAY, closes_at=now + HOUR)
    for name in ("Ben", "Ada"):
        a_sign_up(session, round_, a_household(session, name), at=now)
    lifecycle.close_now(session, round_, actor=ACTOR, now=now)
    lifecycle.order(session, round_, actor=ACTOR, now=now)
    session.commit()
    return round_


def take(nora, issue):
    token = nora.token()
    return nora.open(
        f"/coordinator/sign-ups/list/{issue.id}", method="POST", data={"csrf_token": token}
    )


# --- planning


def test_a_round_is_planned_checked_and_published_without_suppliers_and_articles(
    session, nora
) -> None:
    page = nora.get("/coordinator/rounds/new?category=insurance")
    assert not page.select("[name=delivery_on], [name=minimum_cents], [name=fee_cents]")

    check = nora.submit(page, NEW, title="Woonverzekering", **SAID)
    round_ = session.scalars(select(Round)).one()
    assert PARTY["recipient"] in check.text
    nora.submit(check, f"/coordinator/rounds/{round_.id}/publish")

    session.refresh(round_)
    assert round_.published_at is not None
    assert (round_.settlement_mode, round_.particulars) == ("referral", PARTY)


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"particulars-afm_number": "123"}, "particulars-afm_number"),
        ({"particulars-afm_number": ""}, "particulars-afm_number"),
        ({"particulars-recipient": ""}, "particulars-recipient"),
        ({"particulars-recipient_contact": "nergens"}, "particulars-recipient_contact"),
        ({"title": ""}, "title"),
    ],
)
def test_what_is_wrong_is_said_at_its_field_and_nothing_is_planned(
    session, nora, wrong, field
) -> None:
    page = nora.submit(nora.get(NEW), NEW, status=422, **({"title": "X"} | SAID | wrong))

    assert page.select_one(f"#{field}-error").text.strip()
    assert session.scalars(select(Round)).all() == []


def test_the_terms_of_a_planned_round_can_be_changed(session, nora, now) -> None:
    round_ = an_interest_round(
        session, state=RoundState.PLANNED, opens_at=now + HOUR, closes_at=now + DAY
    )
    session.commit()
    path = f"/coordinator/sign-ups/{round_.id}/terms"

    nora.submit(nora.get(path), path, **{"particulars-recipient": "Ander Advies"})

    session.refresh(round_)
    assert round_.particulars["recipient"] == "Ander Advies"
    assert round_.particulars["afm_number"] == PARTY["afm_number"]


def test_the_terms_of_a_published_round_stand(session, nora, now) -> None:
    round_ = an_interest_round(session, opens_at=now - DAY, closes_at=now + DAY)
    session.commit()

    assert nora.open(f"/coordinator/sign-ups/{round_.id}/terms").status_code != 200


def test_the_terms_that_were_announced_stand_too(session, nora, now) -> None:
    round_ = an_interest_round(
        session, state=RoundState.PLANNED, opens_at=now + HOUR, closes_at=now + DAY
    )
    lifecycle.publish(session, round_, actor="Nora", now=now)
    session.commit()

    nora.get(f"/coordinator/sign-ups/{round_.id}/terms", 404)


def test_a_round_that_sells_articles_has_no_page_of_sign_ups(session, nora, now) -> None:
    food = a_round(session, a_product(session, a_supplier(session)), closes_at=now + DAY)
    session.commit()

    nora.get(f"/coordinator/sign-ups/{food.id}", 404)
    nora.get(f"/coordinator/sign-ups/{food.id}/terms", 404)


def test_a_copy_asks_for_no_delivery(session, nora, closed) -> None:
    nora.post(f"/coordinator/rounds/{closed.id}/copy")

    copied = session.scalars(select(Round).where(Round.id != closed.id)).one()
    assert (copied.delivery_on, copied.particulars) == (None, PARTY)


# --- watching


def test_heads_are_shown_in_tens_while_the_round_is_open(session, nora, now) -> None:
    round_ = an_interest_round(session, opens_at=now - DAY, closes_at=now + DAY)
    for number in range(13):
        kinds = ["contents", "travel"] if number < 9 else ["contents"]
        a_sign_up(session, round_, a_household(session, f"H{number}"), at=now, products=kinds)
    session.commit()

    page = nora.get(f"/coordinator/rounds/{round_.id}")
    shown = {row.th.text: row.td.text for row in page.select("tbody tr")}

    assert shown["Contents of the home"] == "10+"
    assert shown["Travel"] == "fewer than 10"


def test_while_a_round_is_open_nobody_sees_who_takes_part(session, nora, now) -> None:
    round_ = an_interest_round(session, opens_at=now - DAY, closes_at=now + DAY)
    a_sign_up(session, round_, a_household(session, "Ada"), at=now)
    session.commit()

    assert "Ada" not in nora.get(f"/coordinator/rounds/{round_.id}").text


# --- the list


def test_the_list_is_handed_over_once_as_pdf_and_csv(session, nora, closed) -> None:
    [issue] = referral.list_issues(session, closed.id)

    response = take(nora, issue)
    files = zipfile.ZipFile(io.BytesIO(response.data))
    table = files.read(f"{issue.number}.csv").decode("utf-8-sig")
    heading, *rows = csv.reader(io.StringIO(table), delimiter=";")

    assert files.namelist() == [f"{issue.number}.{end}" for end in ("pdf", "csv", "xlsx")]
    assert files.read(f"{issue.number}.pdf").startswith(b"%PDF")
    assert [row[0] for row in rows] == ["Ada", "Ben"]
    assert len(heading) == 5
    assert take(nora, issue).status_code == 302


def test_today_asks_for_the_list_until_it_is_taken_and_for_no_delivery(
    session, nora, closed
) -> None:
    def asked() -> list[str]:
        links = nora.get("/coordinator/").select("#needs ~ ul .task > a")
        return [link["href"] for link in links if "rounds" in link["href"] or "list" in link.text]

    assert asked() == [f"/coordinator/sign-ups/{closed.id}/list"]
    [issue] = referral.list_issues(session, closed.id)
    take(nora, issue)
    assert asked() == []


def test_who_took_the_list_is_written_down(session, nora, closed) -> None:
    [issue] = referral.list_issues(session, closed.id)
    take(nora, issue)

    page = nora.get(f"/coordinator/sign-ups/{closed.id}/list").text
    session.refresh(issue)

    assert (issue.taken_by, issue.people) == ("Nora", 2)
    assert "Nora" in page


def test_another_list_is_made_on_purpose_and_without_who_withdrew(session, nora, closed) -> None:
    take(nora, referral.list_issues(session, closed.id)[0])
    ada = next(iter(signups.all_answers(session, closed)))
    signups.withdraw_consent(session, closed.id, ada, now=datetime.now(UTC))
    session.commit()

    nora.post(f"/coordinator/sign-ups/{closed.id}/list")
    first, second = referral.list_issues(session, closed.id)
    take(nora, second)
    session.refresh(second)

    assert (first.number, second.number) != (second.number, first.number)
    assert second.people == 1


def test_opening_the_page_takes_nothing_along(session, nora, closed) -> None:
    nora.get(f"/coordinator/sign-ups/{closed.id}/list")

    [issue] = referral.list_issues(session, closed.id)
    assert issue.taken_at is None


def test_a_list_that_cannot_be_printed_has_not_been_taken(
    session, app, nora, closed, monkeypatch
) -> None:
    app.config["PROPAGATE_EXCEPTIONS"] = False
    monkeypatch.setattr("app.documents.press.render", _broken)
    [issue] = referral.list_issues(session, closed.id)

    assert take(nora, issue).status_code == 500

    session.refresh(issue)
    assert issue.taken_at is None


def test_the_list_is_for_coordinators_only(session, visitor, nora, closed) -> None:
    ada = a_person(session, "Ada", role=None)
    [issue] = referral.list_issues(session, closed.id)
    session.commit()
    visitor.sign_in(ada)

    assert take(visitor, issue).status_code == 403


def _broken(*_args: object) -> bytes:
    from app.documents.errors import PrintError

    raise PrintError("no paper")

"""Missing or broken: a household tells, a coordinator credits it or says why not."""

import pytest
from sqlalchemy import select

from app.mail.news import what_happened
from purchasing import lifecycle
from purchasing.books import accounts, ledger, reconciliation, reports, settlement
from purchasing.books.reports import ItemReport, ReportDecision
from purchasing.errands import Errand
from purchasing.papers import Paper, PaperKind
from purchasing.people import Role
from purchasing.rounds import Round, RoundState
from tests.app.coordinator import village
from tests.app.coordinator.village import DAY, NOW
from tests.builders import ACTOR, a_household, a_network, a_person, a_product, a_round

from tests.builders import a_supplier, an_order  # isort: skip


@pytest.fixture
def round_(session) -> Round:
    """Ada got six rice, for 6.54; the round is settled."""
    a_network(session)
    round_ = a_round(session, a_product(session, a_supplier(session), "Rijst"), **village.TIMES)
    return given_to_ada(session, round_, {"Rijst": 6})


def given_to_ada(session, round_: Round, wants: dict[str, int]) -> Round:
    ada = a_household(session, "Ada")
    a_person(session, "Ada", ada, language="en")
    an_order(session, round_, ada, wants, at=NOW - DAY)
    lifecycle.close_now(session, round_, actor=ACTOR, now=NOW)
    lifecycle.order(session, round_, actor=ACTOR, now=NOW)
    lifecycle.receive(session, round_, actor=ACTOR, now=NOW)
    lifecycle.settle(session, round_, actor=ACTOR, now=NOW)
    a_person(session, "Coor", role=Role.COORDINATOR, language="en")
    session.commit()
    return round_


def be(visitor, session, name: str):
    from purchasing.people import find_person

    person = find_person(session, f"{name.lower()}@example.org")
    visitor.sign_in(person)
    return visitor


def tell(visitor, round_, status: int = 200, **fields):
    path = f"/rounds/{round_.id}/report"
    values = {"pieces": "2", "text": "Twee zakken waren open"} | fields
    return visitor.submit(visitor.get(path), path, status, **values)


def told(session, round_, visitor) -> ItemReport:
    tell(be(visitor, session, "Ada"), round_)
    be(visitor, session, "Coor")
    return session.scalars(select(ItemReport)).one()


def decide(visitor, round_, one, **fields):
    page = visitor.get(f"/coordinator/reports/rounds/{round_.id}")
    return visitor.submit(page, f"/coordinator/reports/{one.id}", **fields)


def test_my_page_leads_to_it_and_what_was_told_stands_there(session, visitor, round_) -> None:
    page = be(visitor, session, "Ada").get("/mine")
    assert page.select_one(f"a[href^='/rounds/{round_.id}/report']")

    page = tell(visitor, round_)

    assert "Twee zakken waren open" in page.text
    assert "We look at it" in page.text


@pytest.mark.parametrize("fields", [{"pieces": "7"}, {"pieces": "0"}, {"text": " "}])
def test_what_cannot_be_is_said_and_kept(session, visitor, round_, fields) -> None:
    page = tell(be(visitor, session, "Ada"), round_, 422, **fields)

    assert page.select_one("[role=alert]")
    assert session.scalars(select(ItemReport)).all() == []


def test_what_is_credited_gets_a_credit_note_and_the_books_stay_even(
    session, visitor, round_
) -> None:
    one = told(session, round_, visitor)

    page = decide(visitor, round_, one, credit="yes", reason="Twee zakken gescheurd")

    session.expire_all()
    note = session.scalars(select(Paper).where(Paper.kind == PaperKind.CREDIT_NOTE)).one()
    assert (note.total_cents, note.snapshot["lines"][0]["pieces"]) == (-218, -2)
    assert note.snapshot["lines"][0]["correction"]["text"] == "Twee zakken gescheurd"
    assert note.number in page.text
    books = reconciliation.books_of(session, session.get(Round, round_.id))
    assert (books.difference, books.left_over) == (0, 0)
    assert ledger.balance(session, "carried") == 200
    assert ledger.balance(session, f"participant:{note.participant_id}") == 654 - 218


@pytest.fixture
def with_deposit(session) -> Round:
    """Ada got six bottles of milk, for 6.54, and paid 25 cents of deposit for each."""
    a_network(session)
    farm = a_supplier(session)
    milk = a_product(session, farm, "Melk", deposit_cents=25)
    return given_to_ada(session, a_round(session, milk, **village.TIMES), {"Melk": 6})


@pytest.mark.parametrize(("fields", "deposit"), [({"deposit": "yes"}, 50), ({"deposit": None}, 0)])
def test_who_has_no_bottle_to_hand_in_gets_the_deposit_back_too(
    session, visitor, with_deposit, fields, deposit
) -> None:
    one = told(session, with_deposit, visitor)

    decide(visitor, with_deposit, one, credit="yes", reason="Gebroken", **fields)

    session.expire_all()
    note = session.scalars(select(Paper).where(Paper.kind == PaperKind.CREDIT_NOTE)).one()
    assert note.total_cents == -218 - deposit
    assert ledger.balance(session, accounts.DEPOSITS_HELD) == -150 + deposit
    assert ledger.balance(session, accounts.DEPOSITS_PAID) == 150 - deposit
    assert ledger.balance(session, "carried") == 200 + deposit
    round_ = session.get(Round, with_deposit.id)
    books = reconciliation.books_of(session, round_)
    assert (books.difference, books.left_over) == (0, 0)
    assert settlement.reconcile(session, round_).difference == 0


def test_all_of_it_in_two_parts_gives_back_no_more_than_was_asked(
    session, visitor, round_
) -> None:
    for pieces in ("5", "1"):
        tell(be(visitor, session, "Ada"), round_, pieces=pieces)
    be(visitor, session, "Coor")
    for one in session.scalars(select(ItemReport)).all():
        decide(visitor, round_, one, credit="yes", reason="x")

    assert ledger.balance(session, f"participant:{one.participant_id}") == 0


def test_what_is_not_credited_says_why_by_mail(session, visitor, round_) -> None:
    one = told(session, round_, visitor)

    decide(visitor, round_, one, credit="no", reason="Te laat gezien")

    assert session.scalars(select(ReportDecision.number)).one() == ""
    keys = session.scalars(select(Errand.key)).all()
    assert [key for key in keys if key.startswith(f"mail_news:report-{one.id}:")]
    assert "Te laat gezien" in be(visitor, session, "Ada").get(f"/rounds/{round_.id}/report").text


def test_it_is_decided_once(session, visitor, round_) -> None:
    one = told(session, round_, visitor)
    page = visitor.get(f"/coordinator/reports/rounds/{round_.id}")
    for _ in range(2):
        visitor.submit(page, f"/coordinator/reports/{one.id}", credit="yes", reason="x")

    notes = select(Paper).where(Paper.kind == PaperKind.CREDIT_NOTE)
    assert len(session.scalars(notes).all()) == 1


def test_after_a_week_it_is_too_late(session, round_) -> None:
    item = round_.items[0]
    with pytest.raises(reports.ReportTooLate):
        reports.report(
            session, round_, item, 1, 1, text="x", key="k" * 9, actor="Ada", now=NOW + 8 * DAY
        )


def test_nobody_tells_for_another_household(session, visitor, round_) -> None:
    other = a_household(session, "Ben")
    session.commit()

    answer = be(visitor, session, "Ada").open(f"/rounds/{round_.id}/report?for={other.id}")

    assert answer.status_code in (403, 404)
    assert session.get(Round, round_.id).state == RoundState.SETTLED


def test_the_mail_says_why(session, visitor, round_) -> None:
    one = told(session, round_, visitor)
    decide(visitor, round_, one, credit="no", reason="Te laat gezien")
    errand = session.scalars(
        select(Errand).where(Errand.key.startswith("mail_news:report-"))
    ).one()

    letter = what_happened(session, errand, NOW)

    assert (letter.template, letter.facts["report"].id) == ("news_report", one.id)


def test_a_coordinator_says_for_whom(session, visitor, round_) -> None:
    """Or else it would be for whoever came first."""
    be(visitor, session, "Coor").get(f"/rounds/{round_.id}/report", 404)

"""A coordinator's moves: asked first, made once, written into the history."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError

from app.i18n import local
from purchasing import lifecycle
from purchasing.errands import Errand, Kind
from purchasing.ordering import SupplierOrder
from purchasing.papers import Paper
from purchasing.people import VatStatus
from purchasing.rounds import InvoiceAt, Round, RoundState
from tests.app.coordinator import village
from tests.app.coordinator.village import DAY, NOW
from tests.builders import a_household, a_network, an_order


@pytest.fixture
def here(session, visitor):
    made = village.build(session)
    visitor.sign_in(made.coordinator)
    return made


def path(here, move: str = "") -> str:
    return f"/coordinator/rounds/{here.round.id}" + (f"/{move}" if move else "")


def state_of(session, here) -> RoundState:
    return session.get(Round, here.round.id).state


def press(visitor, here, move: str, status: int = 200, **fields):
    """Go to the page that says what a move does, and press its button."""
    return visitor.submit(visitor.get(path(here, move)), path(here, move), status, **fields)


def test_the_live_page_counts_what_was_ordered_and_what_was_only_chosen(visitor, here) -> None:
    page = visitor.get(path(here))

    assert "€6.00" in page.select_one("#standing").find_parent("section").text
    assert [row.th.bdi.text for row in page.select("#drafts ~ table tbody tr")] == ["Twijfel10"]
    cells = [cell.text for cell in page.select("#articles ~ div tbody td")]
    assert cells == ["6", "1", "full"]


def test_a_page_that_asks_changes_nothing(session, visitor, here) -> None:
    for move in ("close", "order", "receive", "settle", "extend", "cancel"):
        visitor.get(path(here, move))

    assert state_of(session, here) == RoundState.OPEN


def test_closing_now_ends_the_window(session, visitor, here) -> None:
    page = press(visitor, here, "close")

    round_ = session.get(Round, here.round.id)
    assert round_.state == RoundState.CLOSED
    assert round_.closes_at <= round_.closed_at
    assert round_.history[-1].actor == "Coor"
    assert "The round is closed." in page.text


def test_a_move_that_was_made_before_is_refused_in_words(session, visitor, here) -> None:
    press(visitor, here, "close")

    page = visitor.post(path(here, "close"))

    assert "is closed, so this is not possible" in page.select_one("[role=alert]").text


@pytest.mark.parametrize("move", ["close", "order"])
def test_nothing_is_decided_about_a_round_that_has_not_opened(session, visitor, move) -> None:
    here = village.planned(session)
    visitor.sign_in(here.coordinator)

    refused = visitor.open(path(here, move))

    assert (refused.status_code, refused.location) == (302, "/")
    assert "is planned, so this is not possible" in visitor.get("/").text


def test_more_time_is_given_on_the_clock_on_the_wall(session, visitor, here) -> None:
    new = local(here.round.closes_at + 2 * DAY).replace(hour=20, minute=0, second=0)

    press(visitor, here, "extend", on=f"{new:%Y-%m-%d}", at="20:00")

    round_ = session.get(Round, here.round.id)
    assert local(round_.closes_at) == new
    assert round_.history[-1].move == "extend"


@pytest.mark.parametrize(
    ("fields", "word"),
    [({"on": ""}, "fill this in"), ({"on": "gisteren"}, "valid"), ({"at": "25:00"}, "valid")],
)
def test_a_moment_that_is_none_is_said_at_its_field(session, visitor, here, fields, word) -> None:
    page = press(visitor, here, "extend", 422, **fields)

    assert word in page.select_one("p.error").text
    assert session.get(Round, here.round.id).closes_at == here.round.closes_at


def test_less_time_cannot_be_given(session, visitor, here) -> None:
    page = press(visitor, here, "extend", on=f"{NOW:%Y-%m-%d}", at="00:01")

    assert page.select_one("[role=alert]")
    assert session.get(Round, here.round.id).closes_at > NOW + 6 * DAY


def test_cancelling_needs_a_reason_and_mails_who_ordered(session, visitor, here) -> None:
    page = press(visitor, here, "cancel", 422, reason="  ")
    assert page.select_one("p.error")
    assert state_of(session, here) == RoundState.OPEN

    page = press(visitor, here, "cancel", reason="De boer is ziek.")

    assert "De boer is ziek." in page.text
    mails = session.scalars(select(Errand).where(Errand.key.startswith("mail_news:cancelled")))
    assert len(mails.all()) == 1


def test_a_round_that_fell_short_can_be_ordered_all_the_same(session, visitor) -> None:
    here = village.held(session)
    visitor.sign_in(here.coordinator)
    page = visitor.get(path(here))
    assert page.select_one("#decide")
    assert "€994.00" in page.select_one("#standing").text

    press(visitor, here, "order")

    assert state_of(session, here) == RoundState.ORDERED
    assert session.scalar(select(func.count(SupplierOrder.id))) == 1


def test_a_round_that_does_not_order_by_itself_waits_for_a_look(session, visitor) -> None:
    here = village.build(session, order_at_close=False)
    visitor.sign_in(here.coordinator)
    press(visitor, here, "close")

    assert visitor.get(path(here)).select_one("#decide")
    press(visitor, here, "order")

    assert state_of(session, here) == RoundState.ORDERED


def test_after_ordering_there_are_orders_papers_and_a_sum_that_is_nothing(
    session, visitor
) -> None:
    here = village.ordered(session, 2)
    visitor.sign_in(here.coordinator)

    page = visitor.get(path(here))

    assert len(page.select("#orders ~ section")) == 2
    assert len(page.select("#papers ~ div tbody tr")) == 2
    assert page.select_one("#sum ~ table tfoot td").text == "€0.00"


@pytest.mark.parametrize("suffix", ["csv", "xlsx"])
def test_an_order_can_be_downloaded_as_a_table(session, visitor, suffix) -> None:
    here = village.ordered(session)
    visitor.sign_in(here.coordinator)
    page = visitor.get(path(here))
    link = next(a for a in page.select("a") if a["href"].endswith(suffix))

    answer = visitor.open(link["href"])

    assert answer.status_code == 200
    assert f"filename=B-{NOW.year}-0001.{suffix}" in answer.headers["Content-Disposition"]
    if suffix == "csv":
        assert here.products[0].name in answer.data.decode("utf-8-sig")
        assert "Huis10" not in answer.data.decode("utf-8-sig")


def test_a_paper_of_a_participant_is_no_table(session, visitor) -> None:
    here = village.ordered(session)
    visitor.sign_in(here.coordinator)
    invoice = session.scalars(select(Paper).where(Paper.participant_id.is_not(None))).one()

    assert visitor.open(f"/coordinator/papers/{invoice.id}.csv").status_code == 404


def test_receiving_and_settling_end_a_round(session, visitor) -> None:
    here = village.ordered(session, invoice_at=InvoiceAt.DELIVERY)
    visitor.sign_in(here.coordinator)
    invoices = select(func.count(Paper.id)).where(Paper.participant_id.is_not(None))
    assert session.scalar(invoices) == 0

    press(visitor, here, "receive")
    press(visitor, here, "settle")

    assert state_of(session, here) == RoundState.SETTLED
    assert session.scalar(invoices) == 1


def test_who_gets_what_is_told_with_its_reason(session, visitor) -> None:
    here = village.build(session)
    household = here.households[0]
    visitor.sign_in(here.coordinator)
    late = a_household(session, "Laat")
    an_order(session, here.round, late, {here.products[0].name: 3}, at=NOW)
    session.commit()

    page = visitor.get(path(here, "if-it-closed-now"))

    assert household.name in page.text
    assert "of 3: 1 case of 6 comes full" in page.text or "of 6: 1 case of 6" in page.text


@pytest.mark.parametrize(("mode", "told"), [("resale", "without"), ("shared", "with")])
def test_who_gets_what_says_whether_vat_is_in_it(session, visitor, mode, told) -> None:
    status = VatStatus.REGISTERED if mode == "resale" else VatStatus.NONE
    a_network(session, vat_status=status)
    here = village.build(session, settlement_mode=mode)
    page = visitor.sign_in(here.coordinator).get(path(here, "if-it-closed-now"))

    assert f"Amounts are {told} VAT." in page.text


def test_why_somebody_gets_less_cheese_is_told_in_kilos(session, visitor, here) -> None:
    cheese = here.round.items[0]
    cheese.unit, cheese.piece_milli, cheese.case_pieces = "kg", 500, 8
    an_order(session, here.round, a_household(session, "Laat"), {cheese.name: 5}, at=NOW)
    session.commit()

    page = visitor.get(path(here, "if-it-closed-now"))

    told = page.text.replace("\xa0", " ")
    assert "kg of 2.5 kg: 1 case of 4 kg comes full" in told
    assert "kg of 3 kg: 1 case of 4 kg comes full" in told


def test_whoever_looks_at_an_overdue_round_closes_it(session, visitor) -> None:
    times = {"opens_at": NOW - 2 * DAY, "closes_at": NOW - timedelta(minutes=5)}
    here = village.build(session, **times)
    visitor.sign_in(here.coordinator)

    visitor.get(path(here))

    assert state_of(session, here) == RoundState.CLOSED


def test_a_page_is_shown_also_where_the_round_cannot_be_closed(
    session, visitor, monkeypatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OperationalError("UPDATE round", {}, Exception("database or disk is full"))

    times = {"opens_at": NOW - 2 * DAY, "closes_at": NOW - timedelta(minutes=5)}
    here = village.build(session, **times)
    visitor.sign_in(here.coordinator)
    monkeypatch.setattr(lifecycle, "close", full)

    assert here.round.title in visitor.get(path(here)).text
    assert state_of(session, here) == RoundState.OPEN


def test_the_page_of_a_round_tells_of_mail_that_failed(session, visitor, here) -> None:
    errand = session.scalars(select(Errand).where(Errand.round_id == here.round.id)).first()
    errand.state = "dead"
    session.commit()

    page = visitor.get(path(here))

    assert page.select_one(f"a[href='/coordinator/errands/?round={here.round.id}']")
    assert errand.kind == Kind.MAIL_ORDER_PLACED


def test_no_round_is_extended_past_the_day_on_which_the_goods_come(session, visitor, here) -> None:
    closes_at, day = here.round.closes_at, here.round.delivery_on + DAY

    page = press(visitor, here, "extend", 422, on=day.isoformat())

    assert "The goods come on" in page.select_one("#on-error").text
    assert session.get(Round, here.round.id).closes_at == closes_at

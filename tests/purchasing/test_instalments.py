"""Paying in parts: without debt, without interest, to the cent; reminders and the bank follow."""

from datetime import date
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import delete, select, update
from sqlalchemy.exc import DatabaseError, IntegrityError
from sqlalchemy.orm import Session

from app.bank import read
from purchasing import clock, own_data
from purchasing.books import deciding, instalments, intake, ledger, open_items, plans
from purchasing.books.bank import BankLine, LineState, Match
from purchasing.books.instalments import AlreadyInParts, NoPlan, NotInParts
from purchasing.books.plans import Instalment, InstalmentPlan
from purchasing.errands import Errand, Kind
from tests.bank_files import Moved, camt
from tests.builders import ACTOR, DAY, NOON, a_bill, a_household, a_network, a_premium_round

DUE = date(2026, 3, 20)
PARTS = [(date(2026, 3, 20), 1434), (date(2026, 4, 20), 1433), (date(2026, 5, 20), 1433)]


@pytest.fixture
def network(session: Session):
    return a_network(session, instalments_most=4, reminder_days=7)


@pytest.fixture
def bill(session: Session, network):
    return a_bill(session, a_household(session, "Ada"), 4300, due_on=DUE)


@pytest.fixture
def plan(session: Session, bill):
    return instalments.choose(session, bill, 3, now=NOON)


def the_item(session: Session, bill) -> open_items.OpenItem:
    return open_items.find_items(session, paper_ids=[bill.id])[0]


def take(session: Session, *moved: Moved) -> None:
    file = read(camt(*moved, number=str(moved)))
    intake.take_in(session, file, file_name="x", actor=ACTOR, now=NOON)


def lines(session: Session) -> list[BankLine]:
    return list(session.scalars(select(BankLine).order_by(BankLine.id)))


def reminded(session: Session, now) -> list[str]:
    for duty in clock.due(session, now=now):
        duty.lock()
        duty.run(now)
    session.flush()
    found = session.scalars(select(Errand).order_by(Errand.id))
    return [one.ref.partition(":")[2] for one in found if one.kind == Kind.MAIL_PAYMENT]


# --- the sums ------------------------------------------------------------------------------------


@given(st.integers(1000, 10**7), st.integers(2, 12), st.dates(date(2020, 1, 1), date(2090, 1, 1)))
def test_the_parts_are_the_bill_to_the_cent(cents: int, count: int, day: date) -> None:
    parts = plans.in_parts(cents, count, first_on=day)

    amounts = [amount for _, amount in parts]
    assert sum(amounts) == cents
    assert max(amounts) - min(amounts) <= 1
    days = [on for on, _ in parts]
    assert days[0] == day
    assert all(27 <= (b - a).days <= 31 + 3 for a, b in pairwise(days))


@given(st.lists(st.integers(1, 5000), min_size=1, max_size=12), st.data())
def test_what_is_still_due_is_what_is_open(amounts: list[int], data) -> None:
    agreed = [(DUE + n * DAY, cents) for n, cents in enumerate(amounts)]
    open_ = data.draw(st.integers(1, sum(amounts) + 1000))

    left = plans.still_due(agreed, open_)

    assert sum(cents for _, cents in left) == open_
    assert [day for day, _ in left] == [day for day, _ in agreed][len(agreed) - len(left) :]
    assert all(cents > 0 for _, cents in left)


@pytest.mark.parametrize(
    ("day", "third"),
    [(date(2026, 12, 31), date(2027, 2, 28)), (date(2027, 12, 30), date(2028, 2, 29))],
)
def test_a_month_without_that_day_ends_the_plan_on_its_last(day: date, third: date) -> None:
    assert plans.in_parts(3000, 3, first_on=day)[2][0] == third


def test_a_bill_that_was_due_already_starts_a_week_from_now() -> None:
    (two,) = plans.choices(1000, 6, due_on=DUE, today=DUE + 3 * DAY)
    assert two == ((date(2026, 3, 30), 500), (date(2026, 4, 30), 500))


# --- choosing and ending -------------------------------------------------------------------------


def test_a_plan_moves_the_days_and_nothing_else(session: Session, bill, plan) -> None:
    item = the_item(session, bill)

    assert item.parts == PARTS
    assert (item.due_on, item.open) == (DUE, 4300)
    assert ledger.balance(session, f"participant:{bill.participant_id}") == 4300


@pytest.mark.parametrize("count", [0, 1, 5, 8, -2])
def test_no_more_parts_than_the_network_allows(session: Session, bill, count: int) -> None:
    with pytest.raises(NotInParts):
        instalments.choose(session, bill, count, now=NOON)


def test_a_network_that_did_not_turn_it_on_offers_none(session: Session, bill, network) -> None:
    network.instalments_most = 0
    with pytest.raises(NotInParts):
        instalments.choose(session, bill, 2, now=NOON)


def test_no_part_is_smaller_than_five_euros(session: Session, network) -> None:
    small = a_bill(session, a_household(session, "Ben"), 999)
    with pytest.raises(NotInParts):
        instalments.choose(session, small, 2, now=NOON)


def test_a_premium_of_somebody_else_is_not_divided(session: Session, network) -> None:
    network.afm_number = "12000000"
    bill = a_bill(session, a_household(session, "Ben"), 12_000)
    other = a_premium_round(session)
    bill_of_premium = type(bill)(
        **{c: getattr(bill, c) for c in ("kind", "participant_id", "language", "issued_on")},
        number="P-1", issued_at=NOON, total_cents=12_000, snapshot={}, round_id=other.id,
    )  # fmt: skip
    session.add(bill_of_premium)
    session.flush()
    with pytest.raises(NotInParts):
        instalments.choose(session, bill_of_premium, 2, now=NOON)


def test_a_bill_is_put_in_parts_once(session: Session, bill, plan) -> None:
    with pytest.raises(AlreadyInParts):
        instalments.choose(session, bill, 2, now=NOON)
    instalments.end(session, bill, now=NOON)
    with pytest.raises(AlreadyInParts):
        instalments.choose(session, bill, 2, now=NOON)


def test_who_ends_a_plan_is_not_late_at_once(session: Session, bill, plan) -> None:
    later = NOON + 40 * DAY

    instalments.end(session, bill, now=later)

    item = the_item(session, bill)
    assert item.parts == [(later.date(), 4300)]
    assert item.days_late(later.date()) == 0
    with pytest.raises(NoPlan):
        instalments.end(session, bill, now=later)


def test_what_was_agreed_cannot_be_changed(session: Session, bill, plan) -> None:
    instalments.end(session, bill, now=NOON)
    session.commit()
    for change in (
        update(Instalment).values(cents=1),
        delete(Instalment),
        update(InstalmentPlan).values(ended_on=None),
        delete(InstalmentPlan),
    ):
        with pytest.raises((IntegrityError, DatabaseError)):
            session.execute(change.execution_options(synchronize_session=False))
        session.rollback()


# --- the bank ------------------------------------------------------------------------------------


def test_a_part_with_the_reference_of_the_bill_is_what_was_agreed(session, bill, plan) -> None:
    take(session, Moved(1434, reference=bill.reference))

    (line,) = lines(session)
    assert (line.state, line.match) == (LineState.BOOKED, Match.REFERENCE_PART)
    assert the_item(session, bill).parts == PARTS[1:]


def test_parts_of_one_file_count_one_after_the_other(session, bill, plan) -> None:
    moved = [Moved(cents, reference=bill.reference, end_to_end=f"{on}") for on, cents in PARTS]
    take(session, *moved)

    assert [one.match for one in lines(session)] == [
        Match.REFERENCE_PART, Match.REFERENCE_PART, Match.REFERENCE,
    ]  # fmt: skip
    assert the_item(session, bill).parts == []


def test_another_amount_counts_and_the_rest_stays_as_agreed(session, bill, plan) -> None:
    take(session, Moved(2000, reference=bill.reference))

    assert lines(session)[0].match == Match.REFERENCE_LESS
    assert the_item(session, bill).parts == [(PARTS[1][0], 867), PARTS[2]]


def test_a_payment_that_goes_back_makes_its_part_due_again(session, bill, plan) -> None:
    take(session, Moved(1434, reference=bill.reference, end_to_end="E1"))
    take(session, Moved(-1434, returned=True, end_to_end="E1", on=DUE + DAY))

    assert the_item(session, bill).parts == PARTS


def test_a_part_from_a_known_account_is_proposed_and_can_be_booked(session, bill, plan) -> None:
    take(session, Moved(1434, reference=bill.reference, end_to_end="E1"))
    take(session, Moved(1433, text="april", end_to_end="E2"))

    line = lines(session)[1]
    assert (line.state, line.match) == (LineState.PROPOSED, Match.ACCOUNT)
    deciding.accept(session, line, actor=ACTOR, now=NOON)
    assert the_item(session, bill).parts == PARTS[2:]


# --- reminders -----------------------------------------------------------------------------------


def test_reminders_follow_the_plan(session: Session, bill, plan) -> None:
    take(session, Moved(1434, reference=bill.reference), Moved(1, text="iets"))
    take(session, Moved(1, text="iets", on=DUE + 90 * DAY))

    assert reminded(session, NOON + 30 * DAY) == []
    april = NOON + 45 * DAY + 7 * DAY  # 27 April
    assert reminded(session, april) == [f"{bill.id}:1:20260420"]
    take(session, Moved(1433, reference=bill.reference, on=DUE + 40 * DAY))
    assert len(reminded(session, NOON + 82 * DAY)) == 2
    assert reminded(session, NOON + 82 * DAY)[1] == f"{bill.id}:1:20260520"


def test_the_participant_takes_the_plan_along(session: Session, bill, plan) -> None:
    told = own_data.of_participant(session, bill.participant)["instalments"]

    assert told[0]["bill"] == bill.number
    assert told[0]["parts"][0] == {"on": "2026-03-20", "cents": 1434}

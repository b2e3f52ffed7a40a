"""Direct debit: agreed to, announced, never too much, never twice; what goes back is open."""

from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select, update
from sqlalchemy.exc import DatabaseError, IntegrityError
from sqlalchemy.orm import Session

from app.bank import read
from purchasing import own_data, privacy
from purchasing.books import collecting, instalments, intake, late, ledger, mandates, open_items
from purchasing.books.bank import BankLine, LineState, Match
from purchasing.books.collecting import (
    NotABankingDay,
    NothingToCollect,
    NotUnderWay,
    TooSoon,
)
from purchasing.books.collections import Collection, CollectionLine, CollectionRefusal
from purchasing.books.mandates import Mandate
from purchasing.errands import Errand, Kind
from tests.bank_files import THEIRS, Moved, camt
from tests.builders import ACTOR, DAY, NOON, a_bill, a_household, a_network

CREDITOR = "NL79ZZZ999999990000"
DUE = date(2026, 3, 11)  # five days after NOON's Friday, a Wednesday


@pytest.fixture
def network(session: Session):
    return a_network(session, creditor_id=CREDITOR, debit_notice_days=5)


@pytest.fixture
def ada(session: Session, network):
    made = a_household(session, "Ada")
    mandates.give(session, made, account=THEIRS, holder="A. de Vries", now=NOON)
    return made


def collect(session: Session, *people, on: date = DUE) -> Collection:
    ids = {one.id for one in people}
    return collecting.collect(session, ids, collect_on=on, actor=ACTOR, now=NOON)


def take(session: Session, *moved: Moved) -> None:
    file = read(camt(*moved, number=str(moved)))
    intake.take_in(session, file, file_name="x", actor=ACTOR, now=NOON)


def collected(line: CollectionLine, **more) -> Moved:
    return Moved(line.cents, text=line.text, end_to_end=line.end_to_end, on=DUE, **more)


def amounts(session: Session, on: date = DUE) -> list[int]:
    return [one.cents for one in collecting.list_collectable(session, on)]


# --- mandates ------------------------------------------------------------------------------------


def test_a_mandate_has_a_number_a_day_and_one_spelling(session: Session, network) -> None:
    ada = a_household(session, "Ada")
    given = mandates.give(
        session, ada, account="nl20 ingb 0001 2345 67", holder=" A  B ", now=NOON
    )

    assert (given.reference, given.iban, given.holder) == (f"M{ada.number}-1", THEIRS, "A B")
    assert given.signed_on == NOON.date()
    with pytest.raises(mandates.MandateInForce):
        mandates.give(session, ada, account=THEIRS, holder="A", now=NOON)


@pytest.mark.parametrize("account", ["", "NL20INGB0001234568", "12345678"])
def test_an_account_that_cannot_be_is_refused(session: Session, network, account: str) -> None:
    with pytest.raises(mandates.NotAnIban):
        mandates.give(session, a_household(session), account=account, holder="A", now=NOON)


def test_who_revokes_is_collected_from_no_more_and_may_give_another(session, ada) -> None:
    a_bill(session, ada, 1250, due_on=DUE)
    mandates.revoke(session, ada.id, now=NOON)

    assert amounts(session) == []
    with pytest.raises(mandates.NoMandate):
        mandates.revoke(session, ada.id, now=NOON)
    again = mandates.give(session, ada, account=THEIRS, holder="A", now=NOON)
    assert again.reference.endswith("-2")


def test_a_network_without_a_creditor_id_collects_nothing(session, ada, network) -> None:
    a_bill(session, ada, 1250, due_on=DUE)
    network.creditor_id = ""
    with pytest.raises(mandates.NotCollecting):
        collect(session, ada)


@pytest.mark.parametrize("typed", ["NL79 ZZZ 9999 9999 0000", "nl79zzz999999990000", ""])
def test_a_creditor_id_is_kept_in_one_spelling(typed: str) -> None:
    assert mandates.check_creditor_id(typed) in (CREDITOR, "")


@pytest.mark.parametrize("typed", ["NL78ZZZ999999990000", "NL79", "Haarlem"])
def test_what_is_no_creditor_id_is_refused(typed: str) -> None:
    with pytest.raises(mandates.NotACreditorId):
        mandates.check_creditor_id(typed)


# --- collecting ----------------------------------------------------------------------------------


def test_what_is_due_is_collected_once_and_announced(session: Session, ada) -> None:
    a_bill(session, ada, 1250, due_on=DUE)
    a_bill(session, ada, 700, due_on=DUE + DAY)  # not due yet
    a_bill(session, a_household(session, "Ben"), 500, due_on=DUE)  # gave no mandate

    made = collect(session, ada)

    assert [(line.cents, line.sequence) for line in made.lines] == [(1250, "FRST")]
    asked = session.scalars(select(Errand).where(Errand.key.contains(Kind.MAIL_COLLECTION)))
    assert [one.ref for one in asked] == [f"{ada.id}:{made.id}"]
    assert amounts(session) == []
    with pytest.raises(NothingToCollect):
        collect(session, ada)


@pytest.mark.parametrize(
    ("day", "refusal"),
    [
        (date(2026, 3, 10), TooSoon),
        (date(2026, 3, 6), TooSoon),
        (date(2026, 3, 14), NotABankingDay),
        (date(2026, 4, 6), NotABankingDay),  # Easter Monday
    ],
)
def test_not_before_people_know_it_and_only_when_banks_move_money(
    session, ada, day, refusal
) -> None:
    a_bill(session, ada, 1250, due_on=DUE - DAY)
    with pytest.raises(refusal):
        collect(session, ada, on=day)


def test_never_more_than_is_owed_in_all(session: Session, ada) -> None:
    a_bill(session, ada, 1250, due_on=DUE)
    a_bill(session, ada, -1000, due_on=DUE)

    assert collect(session, ada).total == 250


def test_what_is_under_way_pays_a_later_bill_where_its_own_was_credited(session, ada) -> None:
    a_bill(session, ada, 1250, due_on=DUE)
    collect(session, ada)
    a_bill(session, ada, -1250, due_on=DUE)
    take(session, Moved(1, text="iets"))  # by which the credit pays the first bill
    a_bill(session, ada, 1250, due_on=DUE)

    assert amounts(session) == []


def test_the_second_time_it_is_the_next_one(session: Session, ada) -> None:
    a_bill(session, ada, 1250, due_on=DUE)
    first = collect(session, ada)
    take(session, collected(first.lines[0]))
    a_bill(session, ada, 700, due_on=DUE)
    a_bill(session, ada, 800, due_on=DUE)

    assert [line.sequence for line in collect(session, ada).lines] == ["RCUR", "RCUR"]


def test_a_mandate_for_once_is_used_once(session: Session, network) -> None:
    ben = a_household(session, "Ben")
    mandates.give(session, ben, account=THEIRS, holder="B", one_off=True, now=NOON)
    a_bill(session, ben, 300, due_on=DUE)
    a_bill(session, ben, 400, due_on=DUE)

    assert [(one.cents, one.sequence) for one in collect(session, ben).lines] == [(300, "OOFF")]
    assert amounts(session) == []


def test_a_mandate_that_was_not_used_for_three_years_has_lapsed(session: Session, ada) -> None:
    later = DUE + timedelta(days=3 * 365)
    a_bill(session, ada, 1250, due_on=DUE)
    assert amounts(session, later) == []


def test_of_a_plan_only_the_part_that_is_due(session: Session, ada, network) -> None:
    network.instalments_most = 2
    bill = a_bill(session, ada, 1250, due_on=DUE)
    instalments.choose(session, bill, 2, now=NOON)

    assert collect(session, ada).total == 625


def test_what_the_bank_collected_pays_its_bill_by_itself(session: Session, ada) -> None:
    bill = a_bill(session, ada, 1250, due_on=DUE)
    (line,) = collect(session, ada).lines

    take(session, collected(line))

    (told,) = session.scalars(select(BankLine))
    assert (told.state, told.match) == (LineState.BOOKED, Match.REFERENCE)
    assert open_items.find_items(session, paper_ids=[bill.id])[0].open == 0
    assert collecting.under_way(session) == {}


def test_what_goes_back_is_open_again_and_may_be_collected_again(session: Session, ada) -> None:
    bill = a_bill(session, ada, 1250, due_on=DUE)
    (line,) = collect(session, ada).lines
    take(session, collected(line))

    take(session, Moved(-1250, end_to_end=line.end_to_end, returned=True, on=DUE + DAY))

    assert open_items.find_items(session, paper_ids=[bill.id])[0].open == 1250
    assert ledger.balance(session, f"participant:{ada.id}") == 1250
    assert amounts(session) == [1250]


def test_a_file_that_did_not_go_is_called_off_once(session: Session, ada) -> None:
    a_bill(session, ada, 1250, due_on=DUE)
    made = collect(session, ada)

    collecting.call_off(session, made, actor=ACTOR, now=NOON)

    assert collect(session, ada).lines[0].sequence == "FRST"
    with pytest.raises(NotUnderWay):
        collecting.call_off(session, made, actor=ACTOR, now=NOON)


def test_what_the_bank_refused_can_be_collected_again_and_the_rest_cannot(session, ada) -> None:
    ben = a_household(session, "Ben")
    mandates.give(session, ben, account="NL91ABNA0417164300", holder="B", now=NOON)
    a_bill(session, ada, 1250, due_on=DUE)
    a_bill(session, ben, 700, due_on=DUE)
    made = collect(session, ada, ben)
    take(session, collected(made.lines[0]))

    collecting.call_off(session, made, actor=ACTOR, now=NOON)
    a_bill(session, ada, 300, due_on=DUE)

    again = collect(session, ada, ben).lines
    assert [(line.cents, line.sequence) for line in again] == [(700, "FRST"), (300, "RCUR")]


def test_who_is_collected_from_is_not_reminded(session: Session, ada, network) -> None:
    network.reminder_days = 7
    a_bill(session, ada, 1250, due_on=DUE - 20 * DAY)
    take(session, Moved(1, text="iets", on=DUE + 60 * DAY))
    collect(session, ada)

    assert late.remind(session, network, now=NOON + 2 * DAY) == []


@given(data=st.data())
@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_however_it_goes_nobody_is_collected_from_for_more_than_they_owe(session, data) -> None:
    session.rollback()
    a_network(session, creditor_id=CREDITOR)
    ada = a_household(session, "Ada")
    mandates.give(session, ada, account=THEIRS, holder="A", now=NOON)
    for n in range(data.draw(st.integers(1, 4))):
        a_bill(session, ada, data.draw(st.integers(-3000, 3000).filter(bool)), due_on=DUE)
        if data.draw(st.booleans()):
            take(session, Moved(data.draw(st.integers(1, 2000)), text="x", end_to_end=f"P{n}"))
        before = collecting.under_way(session)
        try:
            made = collect(session, ada)
        except NothingToCollect:
            continue
        assert not before.keys() & {line.paper_id for line in made.lines}
        told = set(session.scalars(select(BankLine.end_to_end)))
        asked = list(session.scalars(select(CollectionLine)))
        owed = ledger.balance(session, f"participant:{ada.id}")
        assert sum(one.cents for one in asked if one.end_to_end not in told) <= owed
        if data.draw(st.booleans()):
            take(session, *[collected(line) for line in made.lines])
    session.rollback()


# --- what is kept --------------------------------------------------------------------------------


def test_what_the_bank_refused_is_open_again_and_the_rest_is_not(session, network, ada) -> None:
    bob = a_household(session, "Bob")
    mandates.give(session, bob, account="NL69INGB0123456789", holder="Bob", now=NOON)
    for one in (ada, bob):
        a_bill(session, one, 1250, due_on=DUE)
    made = collect(session, ada, bob)
    hers, his = made.lines

    collecting.note_refusal(session, hers, reason="AC04", actor=ACTOR, now=NOON)

    assert set(collecting.under_way(session)) == {his.paper_id}
    again = collect(session, ada)
    assert [(line.paper_id, line.sequence) for line in again.lines] == [(hers.paper_id, "FRST")]
    asked = session.scalars(select(Errand).where(Errand.key.contains(Kind.MAIL_NOT_COLLECTED)))
    assert [one.ref for one in asked] == [f"{ada.id}:{hers.id}"]


def test_what_was_refused_called_off_or_booked_cannot_be_refused(session, ada) -> None:
    a_bill(session, ada, 1250, due_on=DUE)
    refused = collect(session, ada)
    told = {"reason": "", "actor": ACTOR, "now": NOON}
    collecting.note_refusal(session, refused.lines[0], **told)
    off = collect(session, ada)
    collecting.call_off(session, off, actor=ACTOR, now=NOON)
    booked = collect(session, ada)
    take(session, collected(booked.lines[0]))

    for made in (refused, off, booked):
        with pytest.raises(NotUnderWay):
            collecting.note_refusal(session, made.lines[0], **told)


def test_what_was_agreed_and_made_cannot_be_changed(session: Session, ada) -> None:
    a_bill(session, ada, 1250, due_on=DUE)
    made = collect(session, ada)
    collecting.note_refusal(session, made.lines[0], reason="", actor=ACTOR, now=NOON)
    collecting.call_off(session, made, actor=ACTOR, now=NOON)
    mandates.revoke(session, ada.id, now=NOON)
    session.commit()
    for change in (
        update(Mandate).values(revoked_at=None),
        update(Collection).values(cancelled_at=None),
        update(CollectionLine).values(cents=1),
        delete(CollectionLine),
        delete(Collection),
        update(CollectionRefusal).values(reason="other"),
        delete(CollectionRefusal),
    ):
        with pytest.raises((IntegrityError, DatabaseError)):
            session.execute(change.execution_options(synchronize_session=False))
        session.rollback()


def test_the_account_is_taken_along_and_goes_with_who_goes(session: Session, ada) -> None:
    told = own_data.of_participant(session, ada)["mandates"]
    assert [(one["account"], one["holder"]) for one in told] == [(THEIRS, "A. de Vries")]

    privacy.erase_participant(session, ada, actor=ACTOR, now=NOON)

    assert session.scalars(select(Mandate)).all() == []

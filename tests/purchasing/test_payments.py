"""Who paid: lines of the bank are kept once, matched with a reason, decided by one, undone."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DatabaseError, IntegrityError
from sqlalchemy.orm import Session

from app.bank import read
from purchasing.books import deciding, intake, ledger, open_items
from purchasing.books.bank import BankLine, BankStatement, LineState, Match
from purchasing.books.ledger import Entry, Posting
from purchasing.papers import Paper
from tests.bank_files import OURS, Moved, camt, ing_csv, mt940
from tests.builders import NOON, a_bill, a_household, a_network, a_supplier

ACTOR = "Penningmeester"


@pytest.fixture(autouse=True)
def network(session: Session):
    return a_network(session)


@pytest.fixture
def ada(session: Session):
    return a_household(session, "Ada")


def take(session: Session, data: bytes) -> intake.TakenIn:
    return intake.take_in(session, read(data), file_name="maart.xml", actor=ACTOR, now=NOON)


def paid(bill: Paper, cents: int | None = None, **more) -> Moved:
    return Moved(bill.total_cents if cents is None else cents, reference=bill.reference, **more)


def lines(session: Session) -> list[BankLine]:
    return list(session.scalars(select(BankLine).order_by(BankLine.id)))


def the_line(session: Session) -> BankLine:
    return session.scalars(select(BankLine)).one()


def still_open(session: Session) -> dict[str, int]:
    return {item.number: item.open for item in open_items.list_open(session)}


def owes(session: Session, participant) -> int:
    return ledger.balance(session, f"participant:{participant.id}")


def balanced(session: Session) -> bool:
    return not session.scalar(select(func.sum(Entry.cents)))


# --- matching, in order ------------------------------------------------------------------------


def test_a_reference_with_exactly_the_amount_is_booked(session: Session, ada) -> None:
    bill = a_bill(session, ada, 1250)

    taken = take(session, camt(paid(bill)))

    line = the_line(session)
    assert (line.state, line.match) == (LineState.BOOKED, Match.REFERENCE)
    assert taken.states == {"booked": 1}
    assert (still_open(session), owes(session, ada)) == ({}, 0)
    assert ledger.balance(session, "bank") == 1250
    assert ledger.balance(session, "unmatched") == 0


@pytest.mark.parametrize(
    "typed", ["rf{}", "RF {} bedankt", "Betaling r.f.{} 31-12-2026", "RF{}20"]
)
def test_a_reference_is_found_however_people_type_it(session: Session, ada, typed: str) -> None:
    bill = a_bill(session, ada, 1250)
    digits = bill.reference.removeprefix("RF")
    spaced = " ".join((digits[:2], digits[2:6], digits[6:]))

    take(session, ing_csv(Moved(1250, text=typed.format(spaced))))

    assert the_line(session).match == Match.REFERENCE


def test_less_is_booked_as_a_part(session: Session, ada) -> None:
    bill = a_bill(session, ada, 1250)

    take(session, camt(paid(bill, 1000)))

    assert the_line(session).match == Match.REFERENCE_LESS
    assert (still_open(session), owes(session, ada)) == ({bill.number: 250}, 250)


def test_more_is_booked_and_the_rest_is_credit_of_the_payer(session: Session, ada) -> None:
    bill = a_bill(session, ada, 1250)

    take(session, camt(paid(bill, 2000)))

    assert the_line(session).match == Match.REFERENCE_MORE
    assert (still_open(session), owes(session, ada)) == ({}, -750)


def test_what_is_more_pays_the_oldest_bill_of_the_same_payer_first(session: Session, ada) -> None:
    old = a_bill(session, ada, 500, on=date(2026, 2, 1))
    young = a_bill(session, ada, 700, on=date(2026, 3, 1))
    named = a_bill(session, ada, 1250)

    take(session, camt(paid(named, 2000)))

    assert still_open(session) == {young.number: 450}
    assert old.number not in still_open(session)


def test_a_second_payment_of_a_paid_bill_is_credit(session: Session, ada) -> None:
    bill = a_bill(session, ada, 1250)

    take(session, camt(paid(bill), paid(bill, end_to_end="again")))

    assert [line.match for line in lines(session)] == [Match.REFERENCE, Match.REFERENCE_PAID]
    assert (still_open(session), owes(session, ada)) == ({}, -1250)


def test_one_transfer_may_pay_several_bills(session: Session, ada) -> None:
    one, two = a_bill(session, ada, 500), a_bill(session, ada, 700)

    take(session, camt(Moved(1200, text=f"{one.reference} en {two.reference}")))

    assert the_line(session).match == Match.REFERENCES
    assert still_open(session) == {}


def test_who_pays_for_two_households_pays_both(session: Session, ada) -> None:
    bas = a_household(session, "Bas")
    one, two = a_bill(session, ada, 500), a_bill(session, bas, 700)

    take(session, camt(Moved(1200, text=f"{one.reference} en {two.reference}")))

    assert (owes(session, ada), owes(session, bas)) == (0, 0)


def test_two_households_and_another_amount_are_left_to_a_person(session: Session, ada) -> None:
    bas = a_household(session, "Bas")
    one, two = a_bill(session, ada, 500), a_bill(session, bas, 700)

    take(session, camt(Moved(1100, text=f"{one.reference} en {two.reference}")))

    assert the_line(session).state == LineState.UNKNOWN
    assert ledger.balance(session, "unmatched") == -1100


def test_a_wrong_reference_is_nobodys(session: Session, ada) -> None:
    bill = a_bill(session, ada, 1250)
    mistyped = bill.reference[:-1] + str((int(bill.reference[-1]) + 1) % 10)

    take(session, camt(Moved(1250, reference=mistyped)))

    assert the_line(session).state == LineState.UNKNOWN


def test_the_number_of_a_bill_is_only_proposed(session: Session, ada) -> None:
    bill = a_bill(session, ada, 1250)

    take(session, camt(Moved(1250, text=f"factuur {bill.number.replace('-', ' ')}")))

    line = the_line(session)
    assert (line.state, line.match) == (LineState.PROPOSED, Match.NUMBER)
    assert still_open(session) == {bill.number: 1250}


def test_an_account_paid_from_before_is_proposed_for_one_exact_bill(session: Session, ada) -> None:
    take(session, camt(paid(a_bill(session, ada, 1250))))
    later = a_bill(session, ada, 990)

    take(session, camt(Moved(990, text="boodschappen"), number="2"))

    line = lines(session)[1]
    assert (line.state, line.match) == (LineState.PROPOSED, Match.ACCOUNT)
    assert line.paper_ids == [later.id]


def test_two_bills_of_the_same_amount_are_not_told_apart_by_it(session: Session, ada) -> None:
    take(session, camt(paid(a_bill(session, ada, 1250))))
    a_bill(session, ada, 990)
    a_bill(session, ada, 990)

    take(session, camt(Moved(990, text="boodschappen"), number="2"))

    assert lines(session)[1].state == LineState.UNKNOWN


def test_all_that_is_open_is_proposed_too(session: Session, ada) -> None:
    take(session, camt(paid(a_bill(session, ada, 1250))))
    a_bill(session, ada, 990)
    a_bill(session, ada, 510)

    take(session, camt(Moved(1500, text="alles"), number="2"))

    assert lines(session)[1].match == Match.BALANCE


def test_a_name_alone_decides_nothing(session: Session, ada) -> None:
    bill = a_bill(session, ada, 1250)

    take(session, camt(Moved(1250, name=ada.name, text=ada.name)))

    assert the_line(session).state == LineState.UNKNOWN
    assert still_open(session) == {bill.number: 1250}


def test_an_account_that_paid_for_two_households_proposes_nothing(session: Session, ada) -> None:
    bas = a_household(session, "Bas")
    take(session, camt(paid(a_bill(session, ada, 1250)), paid(a_bill(session, bas, 800))))
    a_bill(session, ada, 990)

    take(session, camt(Moved(990, text="boodschappen"), number="2"))

    assert lines(session)[2].state == LineState.UNKNOWN


def test_money_to_a_supplier_is_proposed_by_his_account(session: Session) -> None:
    supplier = a_supplier(session, iban="NL20INGB0001234567")

    take(session, camt(Moved(-5000)))

    line = the_line(session)
    assert (line.state, line.match) == (LineState.PROPOSED, Match.SUPPLIER)
    deciding.accept(session, line, actor=ACTOR, now=NOON)
    assert ledger.balance(session, f"supplier:{supplier.id}") == 5000


def test_a_line_that_was_unknown_is_looked_at_again(session: Session, ada) -> None:
    take(session, camt(Moved(1250, text="factuur 2026-0001")))
    a_bill(session, ada, 1250)

    taken = take(session, camt(number="empty"))

    assert taken.states == {"proposed": 1}


def test_credit_notes_pay_the_bills_of_the_same_household(session: Session, ada) -> None:
    bill = a_bill(session, ada, 1250)
    a_bill(session, ada, -250)

    take(session, camt(paid(bill, 1000)))

    assert (still_open(session), owes(session, ada)) == ({}, 0)


# --- once --------------------------------------------------------------------------------------


@pytest.mark.parametrize("write", [camt, ing_csv, mt940])
def test_reading_a_file_twice_changes_nothing(session: Session, ada, write) -> None:
    bill = a_bill(session, ada, 1250)
    data = write(
        Moved(1250, text=bill.reference), Moved(700, text="iets"), Moved(-300, text="kosten")
    )
    take(session, data)
    before = _count(session)

    again = take(session, data)

    assert (again.new, again.known) == (0, 3)
    assert _count(session) == before


def _count(session: Session) -> list[int]:
    return [
        session.scalars(select(func.count()).select_from(table)).one()
        for table in (BankStatement, BankLine, Posting, Entry, open_items.PaidPart)
    ]


def test_files_that_overlap_bring_only_what_is_new(session: Session) -> None:
    monday, tuesday, friday = (
        Moved(amount, text="iets", on=date(2026, 3, day))
        for amount, day in ((100, 16), (200, 17), (300, 20))
    )
    take(session, camt(monday, tuesday, number="1"))

    taken = take(session, camt(tuesday, friday, number="2"))

    assert (taken.new, taken.known) == (1, 1)
    assert ledger.balance(session, "bank") == 600


def test_two_neighbours_may_pay_the_same_on_one_day_with_nothing_said(session: Session) -> None:
    same = Moved(500, name="", iban="", text="")

    taken = take(session, camt(same, same))

    assert taken.new == 2


def test_another_kind_of_file_tells_nothing_new(session: Session, ada) -> None:
    bill = a_bill(session, ada, 1250)
    take(session, camt(paid(bill), Moved(700, text="iets")))

    taken = take(session, ing_csv(Moved(1250, text=bill.reference), Moved(700, text="iets")))

    assert [line.state for line in lines(session)[2:]] == [LineState.TWIN, LineState.TWIN]
    assert (taken.states["booked"], taken.twins) == (0, 2)
    assert (ledger.balance(session, "bank"), owes(session, ada)) == (1950, 0)


def test_a_third_file_tells_nothing_new_either(session: Session) -> None:
    for write in (camt, ing_csv, mt940):
        take(session, write(Moved(700, text="iets")))
    assert ledger.balance(session, "bank") == 700


def test_of_two_equal_payments_another_file_holds_back_as_many_as_it_knows(
    session: Session,
) -> None:
    take(session, camt(Moved(700, text="een")))

    take(session, ing_csv(Moved(700, text="een"), Moved(700, text="twee")))

    assert sorted(line.state for line in lines(session)) == ["twin", "unknown", "unknown"]


def test_the_parts_of_a_batch_are_twins_of_the_whole(session: Session) -> None:
    take(session, camt(Moved(3000)))

    take(session, camt(Moved(3000, parts=(Moved(1000), Moved(2000))), kind="054"))

    assert ledger.balance(session, "bank") == 3000


def test_what_was_held_back_can_be_a_payment_of_its_own(session: Session) -> None:
    take(session, camt(Moved(700, text="een")))
    take(session, ing_csv(Moved(700, text="twee")))
    held = lines(session)[1]

    deciding.is_another(session, held, actor=ACTOR, now=NOON)

    assert held.state == LineState.UNKNOWN
    assert ledger.balance(session, "bank") == 1400
    with pytest.raises(deciding.NotATwin):
        deciding.is_another(session, held, actor=ACTOR, now=NOON)


def test_a_file_of_another_account_is_refused(session: Session) -> None:
    with pytest.raises(intake.OtherAccount):
        take(session, camt(Moved(100), account="NL02ABNA0123456789"))
    assert lines(session) == []


def test_of_a_file_of_several_accounts_only_ours_is_read(session: Session) -> None:
    both = ing_csv(Moved(100)) + ing_csv(Moved(200), account="NL02ABNA0123456789").split(b"\n")[1]

    taken = take(session, both)

    assert (taken.new, taken.others) == (1, {"NL02ABNA0123456789"})


def test_without_an_account_of_our_own_nothing_is_read(session: Session, network) -> None:
    network.iban = ""
    with pytest.raises(intake.NoAccountOfOurs):
        take(session, camt(Moved(100)))


@pytest.mark.parametrize("told", [OURS, "417164300", "0417164300"])
def test_our_account_is_known_however_it_is_written(told: str) -> None:
    assert intake.is_same_account(told, OURS)


def test_a_balance_that_does_not_add_up_is_told(session: Session) -> None:
    taken = take(session, camt(Moved(100), opening=0, closing=500))
    assert taken.missing == [("2026-079", 400)]


# --- taken back --------------------------------------------------------------------------------


def test_a_reversal_reopens_the_bill(session: Session, ada) -> None:
    bill = a_bill(session, ada, 1250)
    take(session, camt(paid(bill, end_to_end="E1")))

    back = Moved(-1250, returned=True, end_to_end="E1", on=date(2026, 3, 24))
    take(session, camt(back, number="2"))

    assert [line.match for line in lines(session)] == [Match.REFERENCE, Match.RETURN]
    assert (still_open(session), owes(session, ada)) == ({bill.number: 1250}, 1250)
    assert ledger.balance(session, "bank") == 0


def test_a_payment_and_its_return_may_come_in_one_file(session: Session, ada) -> None:
    bill = a_bill(session, ada, 1250)
    back = Moved(-1250, returned=True, end_to_end="E1")

    take(session, camt(paid(bill, end_to_end="E1"), back, replace(back, text="nog eens")))

    assert [line.match for line in lines(session)] == [Match.REFERENCE, Match.RETURN, Match.NONE]
    assert (still_open(session), owes(session, ada)) == ({bill.number: 1250}, 1250)


def test_a_payment_is_taken_back_once(session: Session, ada) -> None:
    bill = a_bill(session, ada, 1250)
    take(session, camt(paid(bill, end_to_end="E1")))
    back = Moved(-1250, returned=True, end_to_end="E1", on=date(2026, 3, 24))
    take(session, camt(back, number="2"))

    take(session, camt(replace(back, on=date(2026, 3, 25)), number="3"))

    assert lines(session)[2].state == LineState.UNKNOWN
    assert still_open(session) == {bill.number: 1250}


def test_money_that_goes_back_without_the_banks_word_is_only_proposed(
    session: Session, ada
) -> None:
    bill = a_bill(session, ada, 1250)
    take(session, camt(paid(bill, end_to_end="E1")))

    take(session, camt(Moved(-1250, end_to_end="E1", on=date(2026, 3, 24)), number="2"))

    line = lines(session)[1]
    assert (line.state, line.match) == (LineState.PROPOSED, Match.RETURN_LIKELY)
    deciding.accept(session, line, actor=ACTOR, now=NOON)
    assert (still_open(session), owes(session, ada)) == ({bill.number: 1250}, 1250)


def test_a_payment_that_went_back_is_not_undone_before_its_return(session: Session, ada) -> None:
    take(session, camt(paid(a_bill(session, ada, 1250), end_to_end="E1")))
    back = Moved(-1250, returned=True, end_to_end="E1", on=date(2026, 3, 24))
    take(session, camt(back, number="2"))
    first, second = lines(session)

    with pytest.raises(deciding.WasReturned):
        deciding.take_back(session, first, actor=ACTOR, now=NOON)
    deciding.take_back(session, second, actor=ACTOR, now=NOON)
    deciding.take_back(session, first, actor=ACTOR, now=NOON)

    assert sum(still_open(session).values()) == owes(session, ada) == 1250


# --- decided -----------------------------------------------------------------------------------


def test_one_tap_books_what_is_proposed(session: Session, ada) -> None:
    bill = a_bill(session, ada, 1250)
    take(session, camt(Moved(1250, text=bill.number)))

    deciding.accept(session, the_line(session), actor=ACTOR, now=NOON)

    line = the_line(session)
    assert (line.state, line.decided_by) == (LineState.BOOKED, ACTOR)
    assert (still_open(session), owes(session, ada)) == ({}, 0)


def test_a_line_can_be_given_to_a_bill_or_a_household(session: Session, ada) -> None:
    bill = a_bill(session, ada, 1250)
    take(session, camt(Moved(500, text="een"), Moved(900, text="twee")))
    one, two = lines(session)

    deciding.decide(session, one, paper_ids=[bill.id], actor=ACTOR, now=NOON)
    deciding.decide(session, two, account=f"participant:{ada.id}", actor=ACTOR, now=NOON)

    assert (still_open(session), owes(session, ada)) == ({}, -150)


def test_costs_of_the_bank_go_to_their_account(session: Session) -> None:
    take(session, camt(Moved(-990, text="Kosten")))

    deciding.decide(session, the_line(session), account="bank-costs", actor=ACTOR, now=NOON)

    assert ledger.balance(session, "bank-costs") == 990
    assert ledger.balance(session, "unmatched") == 0


def test_a_line_is_decided_once(session: Session, ada) -> None:
    bill = a_bill(session, ada, 1250)
    take(session, camt(Moved(1250, text=bill.number)))
    line = the_line(session)
    deciding.accept(session, line, actor=ACTOR, now=NOON)

    for again in (
        lambda: deciding.accept(session, line, actor="B", now=NOON),
        lambda: deciding.decide(session, line, paper_ids=[bill.id], actor="B", now=NOON),
    ):
        with pytest.raises(deciding.AlreadyDecided):
            again()
    assert owes(session, ada) == 0


def test_a_proposal_that_was_paid_otherwise_is_not_booked_blindly(session: Session, ada) -> None:
    bill = a_bill(session, ada, 1250)
    take(session, camt(Moved(1250, text=bill.number)))
    proposed = the_line(session)
    take(session, camt(Moved(1250, text="iets anders"), number="2"))
    deciding.decide(session, lines(session)[1], paper_ids=[bill.id], actor=ACTOR, now=NOON)

    with pytest.raises(deciding.ProposalIsOld):
        deciding.accept(session, proposed, actor=ACTOR, now=NOON)


def test_a_decision_can_be_taken_back_and_stays_with_people(session: Session, ada) -> None:
    bill = a_bill(session, ada, 1250)
    data = camt(paid(bill))
    take(session, data)
    line = the_line(session)

    deciding.take_back(session, line, actor=ACTOR, now=NOON)
    take(session, data)

    assert line.state == LineState.UNKNOWN
    assert (still_open(session), owes(session, ada)) == ({bill.number: 1250}, 1250)
    assert ledger.balance(session, "unmatched") == -1250
    deciding.decide(session, line, paper_ids=[bill.id], actor=ACTOR, now=NOON)
    assert (still_open(session), owes(session, ada)) == ({}, 0)
    assert balanced(session)


def test_an_account_known_by_mistake_is_forgotten(session: Session, ada) -> None:
    take(session, camt(Moved(1250, text="iets")))
    line = the_line(session)
    deciding.decide(session, line, account=f"participant:{ada.id}", actor=ACTOR, now=NOON)
    deciding.take_back(session, line, actor=ACTOR, now=NOON)
    a_bill(session, ada, 990)

    take(session, camt(Moved(990, text="iets"), number="2"))

    assert lines(session)[1].state == LineState.UNKNOWN


def test_bills_of_two_households_need_two_decisions(session: Session, ada) -> None:
    bas = a_household(session, "Bas")
    papers = [a_bill(session, ada, 500).id, a_bill(session, bas, 700).id]
    take(session, camt(Moved(1200, text="iets")))

    with pytest.raises(deciding.NotOneParticipant):
        deciding.decide(session, the_line(session), paper_ids=papers, actor=ACTOR, now=NOON)


# --- guarded -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "tampering",
    [
        "UPDATE bank_line SET cents = cents + 1",
        "UPDATE bank_line SET name = 'een ander'",
        "DELETE FROM bank_line",
        "UPDATE bank_statement SET closing_cents = 0",
        "DELETE FROM bank_statement",
        "UPDATE paid_part SET cents = cents + 1",
        "DELETE FROM paid_part",
    ],
)
def test_the_database_keeps_what_the_bank_told(session: Session, ada, tampering: str) -> None:
    take(session, camt(paid(a_bill(session, ada, 1250))))
    session.commit()

    with pytest.raises((DatabaseError, IntegrityError)):
        session.execute(text(tampering))
    session.rollback()


# --- credit ------------------------------------------------------------------------------------


def test_credit_pays_the_next_bill(session: Session, ada) -> None:
    take(session, camt(paid(a_bill(session, ada, 1250), 2000)))
    later = a_bill(session, ada, 1000)

    take(session, camt(paid(later, 250), number="2"))

    assert lines(session)[1].match == Match.REFERENCE
    assert (still_open(session), owes(session, ada)) == ({}, 0)


def test_when_credit_goes_back_what_it_paid_is_open_again(session: Session, ada) -> None:
    take(session, camt(paid(a_bill(session, ada, 1250), 2000)))
    later = a_bill(session, ada, 1000)
    take(session, camt(number="2"))
    assert still_open(session) == {later.number: 250}

    deciding.take_back(session, the_line(session), actor=ACTOR, now=NOON)

    assert sum(still_open(session).values()) == owes(session, ada) == 2250


# --- two at once -------------------------------------------------------------------------------


def test_two_treasurers_cannot_decide_about_one_line(session: Session, ada) -> None:
    bill = a_bill(session, ada, 1250)
    take(session, camt(Moved(1250, text=bill.number)))
    session.commit()
    other = Session(session.get_bind(), expire_on_commit=False)
    seen = other.scalars(select(BankLine)).one()
    other.commit()

    deciding.accept(session, the_line(session), actor="A", now=NOON)
    session.commit()

    with pytest.raises(deciding.AlreadyDecided):
        deciding.accept(other, seen, actor="B", now=NOON)
    other.close()
    assert owes(session, ada) == 0

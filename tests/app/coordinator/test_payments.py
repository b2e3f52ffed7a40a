"""The treasurer's pages: read the bank's file, decide with one tap, see what is open."""

import io

import pytest
from sqlalchemy import select

from purchasing.books import ledger
from purchasing.books.bank import BankLine, LineState
from purchasing.papers import Paper, PaperKind
from tests.app.coordinator import village
from tests.bank_files import Moved, camt, ing_csv
from tests.builders import a_bill, a_household, a_supplier

PAGE = "/coordinator/payments/"


@pytest.fixture
def here(session, visitor):
    made = village.build(session)
    visitor.sign_in(made.coordinator)
    return made


@pytest.fixture
def bill(session, here) -> Paper:
    made = a_bill(session, here.households[0], 1250)
    session.commit()
    return made


def read(visitor, data: bytes, name: str = "maart.xml"):
    """Send a file as the form of the page does, and follow."""
    return visitor.post(f"{PAGE}read", file=(io.BytesIO(data), name))


def lines(session) -> list[BankLine]:
    session.expire_all()
    return list(session.scalars(select(BankLine).order_by(BankLine.id)))


def said(page) -> str:
    return " ".join(" ".join(note.text.split()) for note in page.select("main > .note"))


def section(page, name: str) -> str:
    return " ".join(page.select_one(f"section[aria-labelledby={name}]").text.split())


def test_the_first_page_says_where_to_begin(visitor, here) -> None:
    assert "Begin with the file of your bank" in visitor.get(PAGE).text


def test_what_carries_a_reference_is_booked_by_itself(session, visitor, here, bill) -> None:
    page = read(visitor, camt(Moved(1250, reference=bill.reference)))

    assert "1 new line. 1 was booked." in said(page)
    assert bill.number in section(page, "booked")
    assert "The reference is right, and so is the amount." in section(page, "booked")


def test_a_proposal_is_booked_with_one_tap(session, visitor, here, bill) -> None:
    page = read(visitor, camt(Moved(1250, text=f"factuur {bill.number}")))
    (line,) = lines(session)
    assert bill.number in section(page, "proposed")

    page = visitor.submit(page, f"{PAGE}{line.id}/accept")

    assert lines(session)[0].state == LineState.BOOKED
    assert "Booked: €12.50." in said(page)
    assert not page.select("#proposed")


def test_an_unknown_payment_is_given_to_the_bill_of_its_amount(
    session, visitor, here, bill
) -> None:
    read(visitor, camt(Moved(1250, text="groente")))
    (line,) = lines(session)
    page = visitor.get(f"{PAGE}{line.id}")
    assert bill.number in section(page, "bills")

    visitor.submit(page, f"{PAGE}{line.id}/decide")

    assert lines(session)[0].account == f"participant:{here.households[0].id}"


@pytest.mark.parametrize("whose", ["bank-costs", "between"])
def test_money_of_nobody_goes_to_an_account_of_our_own(session, visitor, here, whose) -> None:
    read(visitor, camt(Moved(-990, text="kosten")))
    (line,) = lines(session)

    visitor.submit(visitor.get(f"{PAGE}{line.id}"), f"{PAGE}{line.id}/decide", account=whose)

    assert ledger.balance(session, whose) == 990


def test_whose_it_is_must_be_chosen_from_who_there_is(session, visitor, here) -> None:
    read(visitor, camt(Moved(990, text="iets")))
    (line,) = lines(session)

    for wrong in ("", "participant:999", "vat:output:900", "round:1"):
        page = visitor.post(f"{PAGE}{line.id}/decide", 422, account=wrong)
        assert page.select_one("#account-error")
    visitor.post(f"{PAGE}{line.id}/decide", 404, paper=999)
    assert lines(session)[0].state == LineState.UNKNOWN


def test_a_decision_can_be_taken_back(session, visitor, here, bill) -> None:
    read(visitor, camt(Moved(1250, reference=bill.reference)))
    (line,) = lines(session)
    page = visitor.get(f"{PAGE}{line.id}")

    page = visitor.submit(page, f"{PAGE}{line.id}/take-back")

    assert "Say anew whose it is" in said(page)
    assert lines(session)[0].state == LineState.UNKNOWN


def test_what_somebody_else_decided_meanwhile_is_said(session, visitor, here, bill) -> None:
    page = read(visitor, camt(Moved(1250, text=bill.number)))
    (line,) = lines(session)
    visitor.submit(page, f"{PAGE}{line.id}/accept")

    again = visitor.submit(page, f"{PAGE}{line.id}/accept")

    assert "Somebody decided about this line a moment ago" in again.text


def test_reading_it_twice_says_that_nothing_is_new(session, visitor, here, bill) -> None:
    data = camt(Moved(1250, reference=bill.reference))
    read(visitor, data)

    assert "nothing new" in said(read(visitor, data))


def test_what_another_file_told_is_held_back_until_somebody_says_otherwise(
    session, visitor, here
) -> None:
    read(visitor, camt(Moved(700, text="een")))
    page = read(visitor, ing_csv(Moved(700, text="een")), "maart.csv")
    held = lines(session)[1]
    assert "1 line was told twice" in page.text
    assert "1 of them seems to be known from another file." in said(page)

    visitor.submit(page, f"{PAGE}{held.id}/another")

    assert ledger.balance(session, "bank") == 1400


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "Choose a file first."),
        (b"niets", "columns of this file are not known"),
        (camt(Moved(1))[:-50], "breaks off"),
        (camt(Moved(1), account="NL02ABNA0123456789"), "Ours is NL91ABNA0417164300"),
        (camt(Moved(1), closing=5), "does not add up"),
    ],
)
def test_a_file_that_is_not_right_says_why(session, visitor, here, data, reason) -> None:
    page = read(visitor, data) if data else visitor.post(f"{PAGE}read")
    assert reason in said(page)


def test_what_is_open_shows_who_is_late_and_whose_money_we_hold(
    session, visitor, here, bill
) -> None:
    bas = a_household(session, "Bas")
    other = a_bill(session, bas, 500)
    session.commit()
    read(visitor, camt(Moved(800, reference=other.reference)))

    page = visitor.get(f"{PAGE}open")

    assert bill.number in section(page, "owing")
    assert "days late" in section(page, "owing")
    assert "Bas€3.00" in section(page, "credit").replace(" ", "")


def test_html_in_what_a_payer_wrote_shows_as_text(session, visitor, here) -> None:
    page = read(visitor, camt(Moved(700, name="<b>vet</b>", text="<script>x</script>")))

    for one in (page, visitor.get(f"{PAGE}{lines(session)[0].id}")):
        assert not [tag for tag in one.select("b, script") if tag.text in ("vet", "x")]


def test_the_page_asks_the_database_no_more_for_many_lines(
    session, visitor, here, bill, count_queries
) -> None:
    a_supplier(session, "Molen", iban="NL20INGB0001234567")
    session.commit()
    counted = []
    for n in range(2):
        moved = [Moved(100 + n, text=f"x{n}"), Moved(-n - 1), Moved(9, reference=bill.reference)]
        read(visitor, camt(*moved, number=f"{n}"))
        with count_queries() as queries:
            visitor.get(PAGE)
        counted.append(len(queries))
    assert counted[0] == counted[1]


# --- the account of one participant ------------------------------------------------------------


def test_cash_is_booked_once_and_gives_a_receipt(session, visitor, here, bill) -> None:
    who = here.households[0]
    page = visitor.get(f"/statement/{who.id}")
    for _ in range(2):
        done = visitor.submit(page, f"/statement/{who.id}/cash", cents="20")

    assert "K-" in said(done)
    assert ledger.balance(session, "cash") == 2000
    assert "In their favour: €7.50" in done.h1.text
    (receipt,) = session.scalars(select(Paper).where(Paper.kind == PaperKind.CASH_RECEIPT))
    assert receipt.participant_id == who.id


@pytest.mark.parametrize("typed", ["", "0", "-5", "veel", "3000,01"])
def test_cash_that_cannot_be_is_refused(session, visitor, here, typed) -> None:
    who = here.households[0]
    page = visitor.get(f"/statement/{who.id}")
    path = f"/statement/{who.id}/cash"
    data = {"csrf_token": visitor.token(), "key": "k" * 20, "cents": typed}

    answer = visitor.open(path, method="POST", data=data, headers={"Referer": page.title.text})

    assert answer.status_code in (302, 422)
    assert ledger.balance(session, "cash") == 0


def test_a_debt_is_written_off_with_its_reason(session, visitor, here, bill) -> None:
    who = here.households[0]
    action = f"/statement/{who.id}/write-off/{bill.id}"

    page = visitor.submit(visitor.get(f"/statement/{who.id}"), action, reason="Is verhuisd")

    assert "Written off: €12.50." in said(page)
    assert page.h1.text == "All is paid"
    assert ledger.balance(session, "written-off") == 1250
    again = visitor.post(action, reason="Nog eens")
    assert "Nothing is open of this bill" in again.text


def test_a_debt_is_not_written_off_without_a_reason(session, visitor, here, bill) -> None:
    who = here.households[0]
    page = visitor.post(f"/statement/{who.id}/write-off/{bill.id}", reason="  ")

    assert "Say why" in page.text
    assert ledger.balance(session, "written-off") == 0
    other = a_household(session, "Ander")
    session.commit()
    visitor.post(f"/statement/{other.id}/write-off/{bill.id}", 404, reason="x")


def test_today_says_that_payments_wait(session, visitor, here) -> None:
    read(visitor, camt(Moved(700, text="iets")))
    assert "1 payment waits for you" in visitor.get("/coordinator/").text

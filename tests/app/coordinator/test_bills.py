"""Entering a supplier's bill: typed over or read, compared, decided about, and taken back."""

import io
import json
from types import SimpleNamespace

import pytest
from sqlalchemy import select

from app.mail import write
from app.mail.errors import NothingToSend
from app.mail.news import what_happened
from purchasing import lifecycle, ordering
from purchasing.books import accounts, ledger, passed_on, reconciliation, supplier_bills
from purchasing.books.supplier_bills import SupplierBill
from purchasing.errands import Errand
from purchasing.people import Participant
from purchasing.rounds import Round
from tests.app.coordinator import village
from tests.builders import ACTOR, a_household, a_person
from tests.suppliers.test_bill_files import INVOICE, LINE

AS_ORDERED = {
    "number": "F-1",
    "issued_on": "2026-11-25",
    "net_900": "6,00",
    "vat_900": "0,54",
    "total": "6,54",
}


@pytest.fixture
def desk(session, visitor):
    """A coordinator beside a settled order: six of one article at € 1."""
    here = village.ordered(session)
    lifecycle.receive(session, here.round, actor=ACTOR, now=village.NOW)
    lifecycle.settle(session, here.round, actor=ACTOR, now=village.NOW)
    session.commit()
    return visitor.sign_in(here.coordinator)


@pytest.fixture
def path(session, desk) -> str:
    address = f"/coordinator/bills/{session.scalar(select(ordering.SupplierOrder.id))}"
    session.rollback()
    return address


def types(desk, path, status=200, **changed):
    return desk.submit(desk.get(path), f"{path}/typed", status=status, **AS_ORDERED | changed)


def reads(desk, path, data: bytes, status=200):
    file = (io.BytesIO(data), "bill.xml")
    return desk.post(f"{path}/file", status=status, file=file)


def bills(session) -> list[SupplierBill]:
    session.expire_all()
    return list(session.scalars(select(SupplierBill)))


def a_file(session, net: str, *, total: str, vat: str) -> bytes:
    number = session.scalar(select(ordering.RoundItem.number))
    session.rollback()
    text = INVOICE.format(lines=LINE.format(n=1, net=net, name="A", number=number, category="S"))
    start, end = text.index("<cac:AllowanceCharge>"), text.index("<cac:LegalMonetaryTotal>")
    taxes = f"""<cac:TaxTotal><cac:TaxSubtotal><cbc:TaxableAmount>{net}</cbc:TaxableAmount>
      <cbc:TaxAmount>{vat}</cbc:TaxAmount><cac:TaxCategory><cbc:ID>S</cbc:ID>
      <cbc:Percent>9</cbc:Percent></cac:TaxCategory></cac:TaxSubtotal></cac:TaxTotal>"""
    text = text[:start] + taxes + text[end:]
    return text.replace("54.50", net).replace("60.38", total).encode()


def test_a_bill_as_expected_is_booked_with_one_press(session, desk, path) -> None:
    page = types(desk, path)
    assert "Exactly what was expected" in page.text

    shown = desk.submit(page, path)

    assert "In the books" in shown.text and [b.number for b in bills(session)] == ["F-1"]
    assert desk.get(path).select("[name=credit]")  # from now on only what is credited of it


def test_each_difference_is_a_question(session, desk, path) -> None:
    page = types(desk, path, net_900="7,00", vat_900="0,63", total="7,63")
    assert bills(session) == []
    assert [h.text for h in page.select("#found ~ ul h3")] == ["Goods", "VAT"]

    undecided = desk.submit(page, path, status=422)
    assert "each difference" in undecided.select_one("#problem").text
    choice = {"o-goods": "accepted", "o-vat": "disputed"}
    shown = desk.submit(undecided, path, **choice)

    assert "€0.09" in shown.text and bills(session)[0].disputed_cents == 9


def test_what_does_not_add_up_is_told_and_stays(session, desk, path) -> None:
    page = types(desk, path, status=422, total="9,99")

    assert "does not add up" in page.select_one("#problem").text
    assert page.select_one("#total")["value"] == "9,99"
    assert bills(session) == []


def test_a_file_is_compared_line_by_line(session, desk, path) -> None:
    page = reads(desk, path, a_file(session, "7.00", total="7.63", vat="0.63"))

    assert [h.text[:7] for h in page.select("#found ~ ul h3")] == ["Artikel", "VAT"]
    desk.submit(page, path, **{i["name"]: "accepted" for i in page.select("[type=radio]")})
    assert bills(session)[0].total_cents == 763


@pytest.mark.parametrize("data", [b"%PDF-1.7", b"<Invoice", b"<!DOCTYPE a [<!ENTITY b 'c'>]><a/>"])
def test_a_file_that_is_no_bill_is_refused(session, desk, path, data) -> None:
    page = reads(desk, path, data, status=422)

    assert page.select_one("#problem").text and bills(session) == []


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        (b">EUR<", b">USD<", "This bill is in USD"),
        (b">9</cbc:Percent>", b">19</cbc:Percent>", "VAT of 19 per cent"),
        (b">6.54<", b">9.99<", "does not add up"),
    ],
)
def test_a_bill_that_cannot_be_booked_is_refused_with_why(
    session, desk, path, old, new, told
) -> None:
    data = a_file(session, "6.00", total="6.54", vat="0.54")
    assert old in data

    page = reads(desk, path, data.replace(old, new), status=422)

    assert told in page.select_one("#problem").text and bills(session) == []


def test_an_empty_file_is_refused(session, desk, path) -> None:
    page = reads(desk, path, b" ", status=422)

    assert page.select_one("#problem").text and bills(session) == []


def test_the_same_number_again_is_refused(session, desk, path) -> None:
    desk.submit(types(desk, path), path)

    again = desk.post(f"{path}/typed", status=422, **AS_ORDERED)

    assert "in the books already" in again.text and len(bills(session)) == 1


def test_a_bill_is_taken_back_with_a_reason_and_entered_again(session, desk, path) -> None:
    desk.submit(types(desk, path), path)
    action = f"/coordinator/bills/bill/{bills(session)[0].id}/reverse"
    session.rollback()

    shown = desk.submit(desk.get(path), action, reason="Of another order")

    assert "Taken back" in shown.text and "Of another order" in shown.text
    desk.submit(types(desk, path), path)
    assert len(bills(session)) == 2


def test_a_draft_that_is_none_of_ours_is_no_bill(session, desk, path) -> None:
    for draft in ("", "{}", "[1]", '{"number": "x"}'):
        answer = desk.open(path, method="POST", data={"csrf_token": desk.token(), "draft": draft})
        assert answer.status_code == 400, draft
    assert bills(session) == []


# --- passing on --------------------------------------------------------------------------------


def passes_on(session, desk, path, net: str, *, total: str, vat: str):
    """The file's difference is passed on; its VAT is accepted."""
    page = reads(desk, path, a_file(session, net, total=total, vat=vat))
    return page, desk.submit(page, path, **{_line(page): "passed", "o-vat": "accepted"})


def _line(page) -> str:
    return next(i["name"] for i in page.select("[value=passed]"))


def _reader(session, visitor, name: str = "lid10@example.org"):
    from purchasing.people import find_person

    person = find_person(session, name)
    person.language = "en"
    session.commit()
    return visitor.sign_in(person)


def test_whether_it_is_the_price_or_the_number_is_told(session, desk, path) -> None:
    data = a_file(session, "7.00", total="7.63", vat="0.63").replace(
        b">1</cbc:Inv", b">7</cbc:Inv"
    )

    page = reads(desk, path, data)

    assert "On the bill: 7 at €1.00. What came: 6." in page.text


def test_less_is_proposed_to_flow_back_and_its_papers_stand_there(session, desk, path) -> None:
    page, shown = passes_on(session, desk, path, "5.40", total="5.89", vat="0.49")

    assert page.select_one("[value=passed][checked]")
    assert "Gets back €0.60." in shown.text and "Credit note" in shown.text


def test_only_what_somebody_received_can_be_passed_on(session, desk, path) -> None:
    page = types(desk, path, net_900="7,00", vat_900="0,63", total="7,63")

    assert page.select("[value=accepted]") and not page.select("[value=passed]")
    forged = desk.submit(page, path, status=422, **{"o-goods": "passed", "o-vat": "accepted"})
    assert "nobody was charged for it" in forged.select_one("#problem").text
    assert bills(session) == []


def test_a_household_says_yes_to_more_and_gets_a_paper(session, desk, path, visitor) -> None:
    _, shown = passes_on(session, desk, path, "7.00", total="7.63", vat="0.63")
    assert "Is asked for €1.00." in shown.text
    bill = bills(session)[0]
    reader = _reader(session, visitor)

    card = reader.get("/mine").select_one("a[href*='/bills/']")
    page = reader.get(card["href"])
    assert page.select_one("#more").text == "€1.09"
    answered = reader.submit(page, f"/rounds/{bill.order.round_id}/bills/{bill.id}", said="yes")

    assert "You said yes" in answered.text and "Supplement" in answered.text
    assert not answered.select("#yes")
    assert not reader.get("/mine").select("a[href*='/bills/']")


def test_who_is_not_asked_sees_no_question(session, desk, path, visitor) -> None:
    passes_on(session, desk, path, "7.00", total="7.63", vat="0.63")
    bill = bills(session)[0]
    address = f"/rounds/{bill.order.round_id}/bills/{bill.id}"

    stranger = _reader(session, visitor, "lid10@example.org")
    assert stranger.open(address + "?for=999999").status_code == 404
    assert stranger.open(f"/rounds/{bill.order.round_id + 1}/bills/{bill.id}").status_code == 404


def test_a_question_is_found_by_who_it_asks_and_by_nobody_else(
    session, desk, path, visitor
) -> None:
    passes_on(session, desk, path, "7.00", total="7.63", vat="0.63")
    bill = bills(session)[0]
    rounds = f"/rounds/{bill.order.round_id}/bills"
    asked_id = passed_on.shares_of(session, bill.id)[0].participant_id
    asked, stranger = session.get_one(Participant, asked_id), a_household(session, "Vreemd")
    other = a_person(session, "Vreemd", stranger, language="en")
    two = a_person(session, "Twee", stranger, asked, language="en")
    session.commit()

    assert visitor.sign_in(other).open(f"{rounds}/{bill.id}").status_code == 404
    assert visitor.open(f"{rounds}/{bill.id + 1}").status_code == 404
    visitor.sign_in(two)
    assert visitor.open(f"{rounds}/{bill.id}").status_code == 404, "for whom of the two?"
    visitor.get(f"{rounds}/{bill.id}?for={asked.id}")
    assert visitor.open(f"{rounds}/{bill.id}?for={stranger.id}").status_code == 404


def test_an_answer_is_yes_or_no_and_nothing_else(session, desk, path, visitor) -> None:
    passes_on(session, desk, path, "7.00", total="7.63", vat="0.63")
    bill = bills(session)[0]
    address = f"/rounds/{bill.order.round_id}/bills/{bill.id}"
    page = _reader(session, visitor).get(address)

    visitor.submit(page, address, status=400, said="perhaps")
    visitor.submit(page, address, status=400)

    assert visitor.get(address).select("#yes"), "it is still asked"


def test_a_yes_after_the_bill_was_taken_back_is_told(session, desk, path, visitor) -> None:
    passes_on(session, desk, path, "7.00", total="7.63", vat="0.63")
    bill = bills(session)[0]
    address = f"/rounds/{bill.order.round_id}/bills/{bill.id}"
    page = _reader(session, visitor).get(address)
    supplier_bills.reverse(session, bill, reason="Dubbel", actor="Coor", now=village.NOW)
    session.commit()

    told = visitor.submit(page, address, status=409, said="yes")

    assert "taken back" in told.select_one("#problem").text


def test_the_mail_asks_and_leads_to_the_page(session, desk, path) -> None:
    passes_on(session, desk, path, "7.00", total="7.63", vat="0.63")
    key = session.scalar(select(Errand).where(Errand.key.contains("billed-"))).key
    errand = SimpleNamespace(ref=key.partition(":")[2])

    letter = what_happened(session, errand, village.NOW)

    assert (letter.template, letter.facts["more"]) == ("news_billed", 109)
    assert "/bills/" in letter.facts["link"]
    mail = write(session, session.scalar(select(Errand).where(Errand.key == key)), now=village.NOW)
    assert "1,09" in mail.content["Subject"]
    bill = bills(session)[0]
    supplier_bills.reverse(session, bill, reason="Dubbel", actor="Coor", now=village.NOW)
    with pytest.raises(NothingToSend):
        what_happened(session, errand, village.NOW)


# --- credit notes of suppliers, and what is not for here -----------------------------------


def credits(desk, path, status=200, **changed):
    """Ten per cent off, as it stands on the paper."""
    values = {
        "number": "C-1",
        "net_900": "0,60",
        "vat_900": "0,05",
        "total": "0,65",
        "credit": "1",
    }
    return types(desk, path, status, **values | changed)


def test_a_credit_note_takes_off_what_is_paid(session, desk, path) -> None:
    desk.submit(types(desk, path), path)

    page = credits(desk, path)
    assert "Credit note C-1" in page.select_one("h1").text
    desk.submit(page, path, **{"o-goods": "accepted", "o-vat": "accepted"})

    note = bills(session)[1]
    assert (note.is_credit, note.total_cents) == (True, -65)
    assert -ledger.balance(session, accounts.of_supplier(note.supplier_id)) == 654 - 65
    assert reconciliation.books_of(session, session.get_one(Round, note.order.round_id)).is_exact


def test_a_credit_note_of_what_was_disputed_changes_nothing(session, desk, path) -> None:
    page = types(desk, path, net_900="7,00", vat_900="0,63", total="7,63")
    desk.submit(page, path, **{"o-goods": "disputed", "o-vat": "disputed"})

    page = credits(desk, path, net_900="1,00", vat_900="0,09", total="1,09")
    desk.submit(page, path, **{"o-goods": "disputed", "o-vat": "disputed"})

    note = bills(session)[1]
    assert -ledger.balance(session, accounts.of_supplier(note.supplier_id)) == 654


def test_a_credit_note_needs_a_bill_and_a_bill_keeps_it(session, desk, path) -> None:
    page = credits(desk, path, status=422)
    assert "Enter the bill first" in page.select_one("#problem").text
    desk.submit(types(desk, path), path)
    desk.submit(credits(desk, path), path, **{"o-goods": "accepted", "o-vat": "accepted"})

    action = f"/coordinator/bills/bill/{bills(session)[0].id}/reverse"
    session.rollback()
    shown = desk.submit(desk.get(path), action, reason="Dubbel")

    assert "Take that one back first" in shown.text
    assert [b.reversal for b in bills(session)] == [None, None]


@pytest.mark.parametrize(
    ("told", "sentence"),
    [
        ("<cac:AccountingCustomerParty><cac:Party><cac:PartyLegalEntity><cbc:CompanyID>87654321"
         "</cbc:CompanyID></cac:PartyLegalEntity></cac:Party></cac:AccountingCustomerParty>",
         "This bill is not for us"),
        ("<cac:OrderReference><cbc:ID>B-OTHER</cbc:ID></cac:OrderReference>",
         "This bill is for order"),
    ],
)  # fmt: skip
def test_a_bill_for_somebody_else_or_another_order_is_refused(
    session, desk, path, told, sentence
) -> None:
    data = a_file(session, "6.00", total="6.54", vat="0.54")
    other = village.ordered(session, 2)
    number = session.get_one(ordering.SupplierOrder, other.order_id).number
    session.rollback()
    told = told.replace("B-OTHER", number)

    page = reads(desk, path, data.replace(b"<cac:TaxTotal>", told.encode() + b"<cac:TaxTotal>"),
                 status=422)  # fmt: skip

    assert sentence in page.select_one("#problem").text and bills(session) == []


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"total": "0", "net_900": "0", "vat_900": "0"}, "its total is 0"),
        ({"net_900": "-6,00"}, "less than zero"),
        ({"total": "999999999999"}, "too large"),
        ({"number": ""}, "fill"),
        ({"vat_900": "1,26", "total": "7,26"}, "is not 9 per cent"),
    ],
)
def test_what_cannot_be_typed_is_told(session, desk, path, changed, sentence) -> None:
    page = types(desk, path, 422, **changed)

    assert sentence.lower() in page.text.lower() and bills(session) == []


def test_a_forged_draft_with_amounts_beyond_all_is_refused(session, desk, path) -> None:
    page = types(desk, path)
    draft = json.loads(page.select_one("[name=draft]")["value"])
    for key in ("total_cents", "goods_cents"):
        draft[key] = 10**30

    refused = desk.submit(page, path, status=422, draft=json.dumps(draft))

    assert refused.select_one("#problem").text and bills(session) == []


# --- disputes --------------------------------------------------------------------------------


def disputes_all(session, desk, path):
    page = types(desk, path, net_900="7,00", vat_900="0,63", total="7,63")
    return desk.submit(page, path, **{"o-goods": "disputed", "o-vat": "disputed"})


def test_a_dispute_is_ended_on_the_page_and_the_books_explain_it(session, desk, path) -> None:
    page = disputes_all(session, desk, path)
    bill = bills(session)[0]
    in_books = f"/coordinator/books/round/{bill.order.round_id}"
    session.rollback()
    told = desk.get(in_books)
    assert "disputed, and not paid: €1.09" in told.text

    action = f"/coordinator/bills/bill/{bill.id}/dispute"
    assert len(page.select("[name=part]")) == 2
    page = desk.submit(page, action, part="goods", end="paid", reason="Was duurder geworden")

    assert "Paid after all: Was duurder geworden" in page.text
    told = desk.get(in_books)
    assert "disputed, and not paid: €0.09" in told.text
    assert "The network carries it" in told.text and "Exact to the cent" in told.text
    again = desk.post(action, part="goods", end="paid", reason="x")
    assert "not in dispute any more" in again.text


def test_today_reminds_of_a_dispute_until_it_ends(session, desk, path) -> None:
    disputes_all(session, desk, path)
    assert "Of bill F-1 €1.09 is disputed" in desk.get("/coordinator/").text
    action = f"/coordinator/bills/bill/{bills(session)[0].id}/dispute"
    session.rollback()

    for part in ("goods", "vat"):
        desk.post(action, part=part, end="withdrawn", reason="Gebeld")

    assert "is disputed" not in desk.get("/coordinator/").text


def test_an_end_that_there_is_not_is_refused(session, desk, path) -> None:
    disputes_all(session, desk, path)
    action = f"/coordinator/bills/bill/{bills(session)[0].id}/dispute"
    session.rollback()
    data = {"csrf_token": desk.token(), "part": "goods", "end": "perhaps", "reason": "x"}

    assert desk.open(action, method="POST", data=data).status_code == 400


# --- article by article --------------------------------------------------------------------------


def a_line(desk, path) -> str:
    return desk.get(path).select_one("[id^=l][name^=l]")["name"]


def test_a_typed_line_can_be_passed_on(session, desk, path) -> None:
    field = a_line(desk, path)
    page = types(desk, path, net_900="5,40", vat_900="0,49", total="5,89", **{field: "5,40"})

    shown = desk.submit(page, path, **{_line(page): "passed", "o-vat": "accepted"})

    assert "Gets back €0.60." in shown.text


def test_of_a_credit_note_too(session, desk, path) -> None:
    desk.submit(types(desk, path), path)
    page = credits(desk, path, **{a_line(desk, path): "0,60"})

    shown = desk.submit(page, path, **{_line(page): "passed", "o-vat": "accepted"})

    assert "Gets back €0.60." in shown.text and bills(session)[1].total_cents == -65


@pytest.mark.parametrize(
    ("typed", "told"), [("zes", "not an amount"), ("5,00", "lines of the bill come to")]
)
def test_typed_lines_must_be_amounts_and_add_up(session, desk, path, typed, told) -> None:
    field = a_line(desk, path)

    page = types(desk, path, status=422, **{field: typed})

    assert told in page.select_one("#problem").text
    assert page.select_one(f"#{field}")["value"] == typed and bills(session) == []


def test_a_giant_file_is_refused(session, desk, path, monkeypatch) -> None:
    monkeypatch.setattr("suppliers.bills.markup.MOST_BYTES", 1000)

    page = reads(desk, path, b"<Invoice>" + b" " * 1000, status=422)

    assert "larger than a bill can be" in page.select_one("#problem").text

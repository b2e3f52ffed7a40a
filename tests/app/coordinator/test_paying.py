"""The page that pays suppliers: tick, take the file, or call it off."""

from purchasing.books import paying
from tests.app.coordinator import village
from tests.bank_files import THEIRS

PAGE = "/coordinator/paying/"


def test_from_a_tick_to_a_file_for_the_bank(session, visitor) -> None:
    here = village.ordered(session)
    here.products[0].supplier.iban = THEIRS
    session.commit()
    visitor.sign_in(here.coordinator)
    supplier_id = here.products[0].supplier_id

    page = visitor.submit(visitor.get(PAGE), PAGE, supplier=[supplier_id])

    (made,) = session.scalars(paying.select(paying.PaymentOrder))
    assert made.number in page.text
    answer = visitor.open(f"{PAGE}{made.id}.xml")
    assert THEIRS in answer.text
    assert answer.data == visitor.open(f"{PAGE}{made.id}.xml").data
    page = visitor.submit(page, f"{PAGE}{made.id}/call-off")
    assert "Called off" in page.text


def test_who_has_no_account_number_is_shown_with_a_way_to_fill_it_in(session, visitor) -> None:
    here = village.ordered(session)
    visitor.sign_in(here.coordinator)
    page = visitor.get(PAGE)

    assert page.select_one(f"a[href='/coordinator/suppliers/{here.products[0].supplier_id}/edit']")
    assert "nothing to pay to whom you chose" in visitor.post(PAGE, supplier="x").text

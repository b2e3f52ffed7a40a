"""A treasurer's way on a phone: the bank's file, one tap, and everybody's balance is right."""

import pytest

from purchasing.books import ledger
from tests.app.coordinator import village
from tests.bank_files import Moved, camt
from tests.builders import a_bill
from tests.journeys.steps import WIDE, be, hindrances_of, press

pytestmark = pytest.mark.journey


@pytest.fixture
def here(session):
    return village.ordered(session)


@pytest.fixture
def file(session, here, tmp_path):
    """One payment with its reference, one with only a number, one with nothing."""
    household = here.households[0]
    one, two = a_bill(session, household, 1250), a_bill(session, household, 990)
    moved = (
        Moved(1250, reference=one.reference),
        Moved(990, text=f"factuur {two.number}"),
        Moved(700, text="groente"),
    )
    session.commit()
    path = tmp_path / "maart.xml"
    path.write_bytes(camt(*moved))
    return path


def test_from_the_banks_file_to_a_balance_on_a_phone(
    app, session, page, live_server, here, file
) -> None:
    household = here.households[0].name
    be(page, here.coordinator, app=app, session=session, address=live_server)

    page.goto("/coordinator/")
    press(page, page.get_by_role("link", name="Payments", exact=True))
    page.locator("#file").set_input_files(file)
    press(page, page.get_by_role("button", name="Read and match"))
    assert page.get_by_text("3 new lines. 1 was booked.").is_visible()
    press(page, page.get_by_role("button", name="Yes, book it"))
    press(page, page.get_by_role("link", name="Say whose"))
    page.get_by_label("Whose is it?").select_option(label=household)
    press(page, page.get_by_role("button", name="Book it"))
    assert page.get_by_text("All that the bank told is booked.").is_visible()

    session.rollback()
    assert ledger.balance(session, "unmatched") == 0
    assert ledger.balance(session, "bank") == 2940


PAGES = (
    "/coordinator/payments/",
    "/coordinator/payments/1",
    "/coordinator/payments/2",
    "/coordinator/payments/3",
    "/coordinator/payments/open",
    "/coordinator/paying/",
    "/coordinator/books/",
    "/coordinator/books/round/{round_id}",
    "/statement/{participant_id}",
)


@pytest.mark.parametrize("viewport", [None, WIDE], ids=["phone", "desk"])
def test_the_pages_can_be_used_by_everybody(
    app, session, tab, live_server, here, file, viewport
) -> None:
    page = tab.open(viewport=viewport) if viewport else tab.open()
    be(page, here.coordinator, app=app, session=session, address=live_server)
    page.goto("/coordinator/payments/")
    page.locator("#file").set_input_files(file)
    press(page, page.get_by_role("button", name="Read and match"))

    assert hindrances_of(page, PAGES, **here.ids) == {}

"""A treasurer's way on a phone: the bank's file, one tap, and everybody's balance is right."""

import pytest
from axe_playwright_python.sync_playwright import Axe

from purchasing.books import ledger
from tests.app.coordinator import village
from tests.bank_files import Moved, camt
from tests.builders import a_bill
from tests.journeys.test_coordinator import WIDE, sign_in

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
    sign_in(app, session, page, here.coordinator, live_server)

    page.goto("/coordinator/")
    page.get_by_role("link", name="Payments", exact=True).click()
    page.locator("#file").set_input_files(file)
    page.get_by_role("button", name="Read and match").click()
    assert page.get_by_text("3 new lines. 1 was booked.").is_visible()
    page.get_by_role("button", name="Yes, book it").click()
    page.get_by_role("link", name="Say whose").click()
    page.get_by_label("Whose is it?").select_option(label=household)
    page.get_by_role("button", name="Book it").click()
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
    sign_in(app, session, page, here.coordinator, live_server)
    page.goto("/coordinator/payments/")
    page.locator("#file").set_input_files(file)
    page.get_by_role("button", name="Read and match").click()

    problems = {}
    for path in PAGES:
        page.goto(path.format(**here.ids))
        found = [violation["id"] for violation in Axe().run(page).response["violations"]]
        width = page.evaluate("document.documentElement.scrollWidth")
        if width > page.viewport_size["width"]:
            found.append(f"{width} px wide")
        if found:
            problems[path] = found

    assert problems == {}

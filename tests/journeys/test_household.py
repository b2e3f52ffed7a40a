"""A household orders on a phone: with a mouse, with a keyboard, and without JavaScript."""

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from app.auth import Device
from purchasing.demand import Commitment, Want
from tests.app.street import NOW, Street, a_street
from tests.builders import DAY, an_order
from tests.journeys.steps import no_violations, press, sign_in

pytestmark = pytest.mark.journey
SAVED = 15_000  # milliseconds; a busy machine is slow, and not wrong


@pytest.fixture
def street(session) -> Street:
    return a_street(session)


def quantity(session, street: Street, name: str) -> tuple[int, int, int]:
    session.rollback()
    query = (
        select(Want.quantity, Want.extra, Want.ordered_quantity)
        .join(Commitment)
        .where(Commitment.participant_id == street.home_id, Want.item_id == street.item(name))
    )
    row = session.execute(query).one_or_none()
    session.rollback()
    return tuple(row) if row else (0, 0, 0)


def test_three_taps_and_an_order(page, street, session):
    sign_in(page, session)
    page.goto(street.grid)
    rice = street.item("Rijst")
    for _ in range(3):
        page.locator(f"#p{rice}").click()
    expect(page.locator(f"#q{rice}")).to_have_value("3")
    expect(page.locator("#bar .total")).to_have_text("€26.85", timeout=SAVED)
    expect(page.locator("#status")).to_contain_text("Saved.")
    expect(page.locator("#state")).to_have_text("Not ordered yet")
    assert quantity(session, street, "Rijst") == (3, 0, 0)

    page.locator(f"label:has(#x{rice}-2)").click()
    expect(page.locator(f"#r{rice}")).to_contain_text("and 2 extra", timeout=SAVED)

    page.locator("#order").click()
    expect(page.locator("h1")).to_have_text("It is ordered")
    assert quantity(session, street, "Rijst") == (3, 2, 3)


def test_return_in_a_field_saves_and_does_not_order(page, street, session):
    sign_in(page, session)
    page.goto(street.grid)
    cheese = street.item("Kaas")

    page.locator(f"#q{cheese}").fill("1,5")
    page.locator(f"#q{cheese}").press("Enter")

    expect(page.locator("#bar .chip")).to_have_text("Not ordered yet", timeout=SAVED)
    expect(page.locator(f"#q{cheese}")).to_be_focused()
    assert quantity(session, street, "Kaas") == (3, 0, 0)


def test_focus_stays_where_it_was(page, street, session):
    sign_in(page, session)
    page.goto(street.grid)
    plus = page.locator(f"#p{street.item('Sap')}")

    plus.focus()
    page.keyboard.press("Enter")

    expect(page.locator("#bar .total")).to_be_visible(timeout=SAVED)
    expect(plus).to_be_focused()


def test_what_was_typed_and_not_saved_yet_is_ordered_too(page, street, session):
    sign_in(page, session)
    page.goto(street.grid)
    page.locator(f"#p{street.item('Sap')}").click()
    expect(page.locator("#order")).to_be_visible(timeout=SAVED)

    page.locator(f"#q{street.item('Rijst')}").fill("6")
    page.locator("#order").click()

    expect(page.locator("h1")).to_have_text("It is ordered")
    assert quantity(session, street, "Rijst") == (6, 0, 6)


def test_without_a_network_a_row_says_that_it_is_not_saved(tab, page, street, session):
    sign_in(page, session)
    page.goto(street.grid)
    rice = street.item("Rijst")
    page.context.set_offline(True)

    page.locator(f"#p{rice}").click()

    row = page.locator(f"#r{rice}")
    expect(row).to_contain_text("Not saved yet.", timeout=SAVED)
    expect(page.locator(f"#q{rice}")).to_have_value("1")
    page.context.set_offline(False)
    tab.complaints.clear()
    row.get_by_role("button", name="Try again").click()
    expect(page.locator("#bar .chip")).to_have_text("Not ordered yet", timeout=SAVED)
    expect(row).not_to_contain_text("Not saved yet.")
    assert quantity(session, street, "Rijst") == (1, 0, 0)


def test_who_was_signed_out_meanwhile_keeps_the_row(page, street, session):
    sign_in(page, session)
    page.goto(street.grid)
    session.execute(Device.__table__.update().values(ended_at=NOW))
    session.commit()
    rice = street.item("Rijst")

    page.locator(f"#p{rice}").click()

    expect(page.locator(f"#r{rice}")).to_contain_text("Not saved yet.", timeout=SAVED)
    expect(page.locator(f"#q{rice}")).to_have_value("1")


def test_everything_works_without_javascript(tab, street, session):
    page = tab.open(java_script_enabled=False)
    sign_in(page, session)
    page.goto(street.grid)
    rice, juice = street.item("Rijst"), street.item("Sap")

    page.locator(f"#q{juice}").fill("2")
    press(page, page.locator(f"#p{rice}"))
    assert page.url.endswith(f"#r{rice}")
    page.locator(f"#q{juice}").press("Enter")
    press(page, page.locator("#save"))
    press(page, page.locator("#order"))
    assert page.locator("h1").inner_text() == "It is ordered"
    assert quantity(session, street, "Rijst") == (1, 0, 1)
    assert quantity(session, street, "Sap") == (2, 0, 2)

    press(page, page.get_by_role("link", name="Withdraw the whole order"))
    press(page, page.get_by_role("button", name="Yes, withdraw"))
    assert quantity(session, street, "Rijst") == (0, 0, 0)


def test_the_bar_hides_no_control_that_has_the_focus(page, street, session):
    an_order(session, street.round, street.household, {"Rijst": 2}, at=NOW - DAY, placed=False)
    session.commit()
    sign_in(page, session)
    page.goto(street.grid)
    page.locator("h1").click()

    for _ in range(40):
        page.keyboard.press("Tab")
        hidden = page.evaluate(
            """() => {
              const bar = document.getElementById("bar"), now = document.activeElement;
              if (!now || bar.contains(now) || now === document.body) return false;
              const box = now.getBoundingClientRect(), lid = bar.getBoundingClientRect();
              return box.height > 0 && box.top >= lid.top && box.bottom <= lid.bottom;
            }"""
        )
        assert not hidden, page.evaluate("document.activeElement.outerHTML")


@pytest.mark.parametrize("width", [320, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_page_of_a_member_is_accessible(tab, street, session, width, scheme):
    an_order(session, street.round, street.household, {"Rijst": (2, 1)}, at=NOW - DAY)
    an_order(session, street.round, street.shop, {"Linzen": 10}, at=NOW - DAY, placed=False)
    session.commit()
    public = ("/", f"/rounds/{street.round.id}", "/sign-in", "/sign-in/code", "/how-it-works")
    session.rollback()
    page = tab.open(viewport={"width": width, "height": 740}, color_scheme=scheme)
    for path in public:
        page.goto(path)
        no_violations(page)
    sign_in(page, session)
    home, shop = street.home_id, street.shop_id
    for path in (
        "/mine",
        "/details",
        f"{street.grid}?for={home}",
        f"{street.grid}?for={shop}",
        f"{street.grid}?for={home}&q=nothing",
        f"{street.grid}/placed?for={home}",
        f"{street.grid}/withdraw?for={shop}",
        public[1],
    ):
        page.goto(path)
        no_violations(page)

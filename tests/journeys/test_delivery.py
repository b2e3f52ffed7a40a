"""At the door with a phone: count what came, with or without a connection, credit what did not."""

import pytest
from PIL import Image
from sqlalchemy import select

from purchasing import lifecycle
from purchasing.deliveries.counting import DeliveryCount
from purchasing.ordering import SupplierOrder
from purchasing.papers import Paper, PaperKind
from purchasing.people import Role
from tests.app.coordinator import village
from tests.app.coordinator.village import NOW
from tests.builders import (
    ACTOR,
    a_household,
    a_network,
    a_person,
    a_product,
    a_round,
    a_supplier,
    an_order,
)
from tests.journeys.steps import be, hindrances, press

pytestmark = pytest.mark.journey


@pytest.fixture
def order(app, session, page, live_server) -> SupplierOrder:
    """An order of rice, oil and cheese that is weighed; a coordinator has a phone."""
    a_network(session)
    farm = a_supplier(session, "De Akker")
    products = [
        a_product(session, farm, "Zilvervliesrijst", unit="zak 2,5 kg"),
        a_product(session, farm, "Zonnebloemolie", unit="fles 1 liter"),
        a_product(
            session, farm, "Jong belegen kaas", unit="1 kg", unit_price=10_000_000,
            case_milli=500, piece_milli=500, weighed=True,
        ),
    ]  # fmt: skip
    round_ = a_round(session, *products, **village.TIMES)
    wants = {"Zilvervliesrijst": 6, "Zonnebloemolie": 12, "Jong belegen kaas": 3}
    an_order(session, round_, a_household(session, "Ada"), wants, at=NOW - village.DAY)
    lifecycle.close_now(session, round_, actor=ACTOR, now=NOW)
    lifecycle.order(session, round_, actor=ACTOR, now=NOW)
    coordinator = a_person(session, "Coor", role=Role.COORDINATOR, language="en")
    session.commit()
    be(page, coordinator, app=app, session=session, address=live_server)
    made = session.scalars(select(SupplierOrder)).one()
    session.expunge(made)
    session.rollback()  # let the site write
    return made


def test_receive_on_a_phone_and_credit_what_did_not_come(session, page, order) -> None:
    page.goto(f"/coordinator/rounds/{order.round_id}")
    press(page, page.get_by_role("link", name="What came from De Akker"))
    assert hindrances(page) == []
    page.get_by_label("One less: Zonnebloemolie").click()
    page.get_by_label("Weight: Jong belegen kaas").fill("1.62")
    page.get_by_role("button", name="Save").click()
    page.get_by_text("2 of 3 counted").wait_for()
    page.get_by_role("button", name="All came as ordered").click()
    page.get_by_text("3 of 3 counted").wait_for()
    assert hindrances(page) == []

    press(page, page.get_by_role("link", name="Proefronde"))
    press(page, page.get_by_role("link", name="The goods are there"))
    press(page, page.get_by_role("button", name="Yes, the goods are there"))
    press(page, page.get_by_role("link", name="Settle the round"))
    assert hindrances(page) == []
    press(page, page.get_by_role("button", name="Settle the round"))

    page.get_by_text("Exact to the cent").wait_for()
    session.rollback()
    (paper,) = session.scalars(
        select(Paper).where(Paper.kind.in_((PaperKind.CREDIT_NOTE, PaperKind.SUPPLEMENT)))
    )
    assert paper.total_cents == 22  # 120 g of cheese more, a bottle less


def test_what_could_not_be_sent_is_kept_and_sent_later(session, page, tab, order) -> None:
    page.goto(f"/coordinator/deliveries/{order.id}")
    page.get_by_label("One less: Zonnebloemolie").click()
    page.route("**/coordinator/deliveries/*", lambda route: route.abort())
    page.get_by_role("button", name="Save").click()
    page.get_by_text("Not sent yet").wait_for()
    tab.complaints.clear()  # the browser says that it has no connection
    page.unroute("**/coordinator/deliveries/*")

    page.reload()
    assert page.get_by_label("Came: Zonnebloemolie").last.input_value() == "11"
    page.get_by_role("button", name="Send again").click()
    page.get_by_text("1 of 3 counted").wait_for()

    session.rollback()
    assert [one.pieces for one in session.scalars(select(DeliveryCount))] == [11]


def test_a_photo_of_damage_from_a_phone(session, page, order, tmp_path) -> None:
    broken = tmp_path / "IMG_2041.PNG"
    Image.linear_gradient("L").resize((900, 1200)).save(broken)
    page.goto(f"/coordinator/deliveries/{order.id}")
    press(page, page.get_by_role("link", name="Photo of damage : Zonnebloemolie"))
    assert hindrances(page) == []
    page.get_by_label("Take or choose a photo").set_input_files(broken)
    press(page, page.get_by_role("button", name="Save the photo"))

    picture = page.get_by_role("img", name="Photo 1 of damage to Zonnebloemolie")
    picture.wait_for()
    assert picture.evaluate("one => one.decode().then(() => one.naturalWidth)") == 900
    assert hindrances(page) == []
    press(page, page.get_by_role("link", name="De Akker"))
    page.get_by_role("link", name="1 photo of damage : Zonnebloemolie").wait_for()

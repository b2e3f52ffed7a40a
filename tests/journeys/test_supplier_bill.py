"""A supplier's bill on a phone: read, a difference passed on, and the household sees its paper."""

import pytest
from sqlalchemy import select

from purchasing import lifecycle
from purchasing.ordering import SupplierOrder
from purchasing.papers import Paper, PaperKind
from purchasing.people import Person, Role, find_person
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
from tests.suppliers.test_bill_files import INVOICE, LINE

pytestmark = pytest.mark.journey


def a_settled_order(session) -> SupplierOrder:
    """Ada got six rice of € 1 and six oil of € 2; the round is settled."""
    a_network(session)
    farm = a_supplier(session, "De Akker")
    rice = a_product(session, farm, "Zilvervliesrijst", number="71")
    oil = a_product(session, farm, "Zonnebloemolie", number="72", unit_price=2_000_000)
    round_ = a_round(session, rice, oil, **village.TIMES)
    ada = a_household(session, "Ada")
    a_person(session, "Ada", ada, language="en")
    a_person(session, "Coor", role=Role.COORDINATOR, language="en")
    an_order(session, round_, ada, {rice.name: 6, oil.name: 6}, at=NOW - village.DAY)
    lifecycle.close_now(session, round_, actor=ACTOR, now=NOW)
    lifecycle.order(session, round_, actor=ACTOR, now=NOW)
    lifecycle.receive(session, round_, actor=ACTOR, now=NOW)
    lifecycle.settle(session, round_, actor=ACTOR, now=NOW)
    session.commit()
    made = session.scalars(select(SupplierOrder)).one()
    session.expunge(made)
    session.rollback()  # let the site write
    return made


@pytest.fixture
def order(session) -> SupplierOrder:
    return a_settled_order(session)


def a_file(rice: str, oil: str, *, net: str, vat: str, total: str) -> bytes:
    """What the supplier billed, as his program writes it: nothing for delivery or deposit."""
    told = (("71", "Zilvervliesrijst", rice), ("72", "Zonnebloemolie", oil))
    lines = "".join(
        LINE.format(n=n, net=cents, name=name, number=number, category="S")
        for n, (number, name, cents) in enumerate(told, 1)
    )
    text = INVOICE.format(lines=lines)
    start, end = text.index("<cac:AllowanceCharge>"), text.index("<cac:LegalMonetaryTotal>")
    taxes = f"""<cac:TaxTotal><cac:TaxSubtotal><cbc:TaxableAmount>{net}</cbc:TaxableAmount>
      <cbc:TaxAmount>{vat}</cbc:TaxAmount><cac:TaxCategory><cbc:ID>S</cbc:ID>
      <cbc:Percent>9</cbc:Percent></cac:TaxCategory></cac:TaxSubtotal></cac:TaxTotal>"""
    text = text[:start] + taxes + text[end:]
    return text.replace("54.50", net).replace("60.38", total).encode()


def person(session, name: str) -> Person:
    found = find_person(session, f"{name}@example.org")
    assert found is not None
    return found


def test_a_lower_price_on_the_bill_comes_back_to_who_bought_it(
    app, session, page, live_server, order
) -> None:
    as_ = {"app": app, "session": session, "address": live_server}
    be(page, person(session, "coor"), **as_)
    page.goto(f"/coordinator/rounds/{order.round_id}")
    press(page, page.get_by_role("link", name="The supplier's bill"))
    bill = {"name": "F-118.xml", "mimeType": "text/xml"}
    data = a_file("5.40", "12.60", net="18.00", vat="1.62", total="19.62")
    page.get_by_label("The bill as e-invoice").set_input_files([bill | {"buffer": data}])
    press(page, page.get_by_role("button", name="Read the file"))
    assert hindrances(page) == []

    rice, oil = (page.get_by_role("group").nth(at) for at in (0, 1))
    assert rice.get_by_label("Pass on").is_checked()  # less flows back by itself
    oil.get_by_label("Pass on").check()
    press(page, page.get_by_role("button", name="Book this bill"))
    page.get_by_text("In the books", exact=True).wait_for()
    assert hindrances(page) == []

    be(page, person(session, "ada"), **as_)
    page.goto("/mine")
    press(page, page.get_by_role("link", name="Look and reply"))
    assert hindrances(page) == []
    press(page, page.get_by_role("button", name="No, I pay what was promised"))
    page.get_by_text("You said no").wait_for()
    page.goto("/mine")
    page.get_by_role("link", name="Credit note").wait_for()
    session.rollback()
    (paper,) = session.scalars(select(Paper).where(Paper.kind == PaperKind.CREDIT_NOTE))
    assert paper.total_cents == -65

"""Suppliers and their terms."""

import pytest
from sqlalchemy import select

from purchasing.catalogue import Supplier
from tests.app.coordinator import village
from tests.builders import a_supplier

NEW = "/coordinator/suppliers/new"


@pytest.fixture
def here(session, visitor):
    made = village.build(session)
    visitor.sign_in(made.coordinator)
    return made


def add(visitor, status=200, **fields):
    return visitor.submit(visitor.get(NEW), NEW, status, **{"name": "De Molen"} | fields)


def find(session, name: str = "De Molen") -> Supplier | None:
    return session.scalars(select(Supplier).where(Supplier.name == name)).one_or_none()


def test_a_supplier_is_added_with_its_terms(session, visitor, here) -> None:
    page = add(visitor, minimum_cents="€ 150", delivery_cents="12,50", free_delivery_cents="")

    supplier = find(session)
    assert page.h1.text == "De Molen"
    assert (supplier.minimum_cents, supplier.delivery_cents) == (15_000, 1_250)
    assert supplier.free_delivery_cents is None


def test_free_delivery_from_nothing_is_something_else_than_never(session, visitor, here) -> None:
    add(visitor, free_delivery_cents="0")

    assert find(session).free_delivery_cents == 0


def test_a_name_is_used_once(session, visitor, here) -> None:
    a_supplier(session, "De Molen")
    session.commit()

    assert add(visitor, 422).select_one("#name-error")


@pytest.mark.parametrize("typed", ["50.000", "duur", "-1"])
def test_an_amount_that_is_unclear_is_refused(session, visitor, here, typed) -> None:
    page = add(visitor, 422, minimum_cents=typed)

    assert typed in page.select_one("#minimum_cents-error").text
    assert find(session) is None


def test_new_terms_do_not_touch_a_round_that_is_there(session, visitor, here) -> None:
    terms = here.round.suppliers[0]
    path = f"/coordinator/suppliers/{terms.supplier_id}/edit"

    visitor.submit(visitor.get(path), path, minimum_cents="999")

    session.expire_all()
    assert session.get(Supplier, terms.supplier_id).minimum_cents == 99_900
    assert terms.minimum_cents == 0


def test_saving_unchanged_changes_nothing(session, visitor, here) -> None:
    supplier = a_supplier(session, "De Molen", minimum_cents=12_345, free_delivery_cents=50_005)
    session.commit()
    path = f"/coordinator/suppliers/{supplier.id}/edit"
    columns = Supplier.__table__.columns.keys()
    before = {name: getattr(supplier, name) for name in columns}

    visitor.submit(visitor.get(path), path)

    session.expire_all()
    assert {name: getattr(supplier, name) for name in columns} == before


def test_a_supplier_without_mail_is_marked(session, visitor, here) -> None:
    a_supplier(session, "Boer Zonder Post", email="")
    session.commit()

    row = visitor.get("/coordinator/suppliers/").find("a", string="Boer Zonder Post")

    assert "No mail address" in row.find_parent("li").text


def test_an_order_for_a_program_needs_the_suppliers_kvk_number(session, visitor, here) -> None:
    page = add(visitor, 422, wants_ubl="y")

    assert page.select_one("#wants_ubl-error")
    assert find(session) is None
    add(visitor, wants_ubl="y", kvk="8765 4321")
    assert (find(session).kvk, find(session).wants_ubl) == ("87654321", True)

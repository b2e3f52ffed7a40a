"""The network's own page."""

import pytest
from sqlalchemy import select

from purchasing.people import Network, Role
from tests.builders import a_network, a_person

PATH = "/coordinator/network/"


@pytest.fixture
def page(session, visitor):
    a_network(session)
    person = a_person(session, "Baas", role=Role.ADMINISTRATOR, language="en")
    session.commit()
    return visitor.sign_in(person).get(PATH)


def test_saving_unchanged_changes_nothing(session, visitor, page) -> None:
    columns = Network.__table__.columns.keys()
    network = session.scalars(select(Network)).one()
    before = {name: getattr(network, name) for name in columns}

    visitor.submit(page, PATH)

    session.expire_all()
    assert {name: getattr(network, name) for name in columns} == before


def test_numbers_are_kept_in_one_spelling(session, visitor, page) -> None:
    visitor.submit(page, PATH, iban="nl91 abna 0417 1643 00", kvk="8765 4321")

    network = session.scalars(select(Network)).one()
    assert (network.iban, network.kvk) == ("NL91ABNA0417164300", "87654321")


@pytest.mark.parametrize(
    ("fields", "where"),
    [
        ({"iban": "NL91ABNA0417164301"}, "iban"),
        ({"iban": "1234"}, "iban"),
        ({"kvk": "1"}, "kvk"),
        ({"vat_id": "NL1"}, "vat_id"),
        ({"vat_id": "", "vat_status": "registered"}, "vat_id"),
        ({"timezone": "Europe/Haarlem"}, "timezone"),
        ({"payment_days": "-1"}, "payment_days"),
        ({"payment_days": "veel"}, "payment_days"),
        ({"email": "hulp"}, "email"),
        ({"name": ""}, "name"),
    ],
)
def test_what_cannot_be_is_said_at_its_field(session, visitor, page, fields, where) -> None:
    before = session.scalars(select(Network)).one().name

    answer = visitor.submit(page, PATH, 422, **fields)

    assert answer.select_one(f"#{where}-error")
    assert session.scalars(select(Network)).one().name == before


def test_a_network_without_vat_needs_no_vat_id(session, visitor, page) -> None:
    visitor.submit(page, PATH, vat_status="none", vat_id="")

    assert session.scalars(select(Network)).one().vat_status == "none"

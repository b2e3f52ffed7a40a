"""What no page of ours asks gets a clear answer, on either database."""

import io

import pytest

from purchasing.people import Role
from tests.app.street import a_street
from tests.builders import a_person


@pytest.fixture
def street(session):
    return a_street(session)


@pytest.mark.parametrize("row", [2**31, 2**63, 10**30])
@pytest.mark.parametrize(
    "path", ["/rounds/{}", "/rounds/{}/calendar.ics", "/papers/{}.pdf", "/rounds/{}/order"]
)
def test_a_number_that_no_row_can_have_is_not_found(visitor, street, session, path, row):
    visitor.sign_in(a_person(session, "Coo", role=Role.COORDINATOR))

    visitor.get(path.format(row), 404)


@pytest.mark.parametrize("row", [2**31, 10**30])
def test_nobody_orders_for_a_number_that_no_household_can_have(visitor, street, session, row):
    visitor.sign_in(a_person(session, "Coo", role=Role.COORDINATOR))

    visitor.get(f"{street.grid}?for={row}", 404)
    visitor.post(f"{street.grid}/repeat", 404, key="k" * 20, **{"for": row})


def test_a_sign_that_means_nothing_is_refused(visitor, street, session):
    visitor.sign_in(a_person(session, "Coo", role=Role.COORDINATOR))

    visitor.get("/coordinator/suppliers/1?search=a%00b", 400)
    visitor.post("/details", 400, name="A\x00da", language="nl")


def test_a_file_whose_name_holds_such_a_sign_is_refused(visitor, street, session):
    visitor.sign_in(a_person(session, "Coo", role=Role.COORDINATOR))

    visitor.post("/coordinator/price-lists/of/1", 400, file=(io.BytesIO(b"a;b"), "a\x00b.csv"))

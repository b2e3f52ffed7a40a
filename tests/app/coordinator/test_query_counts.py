"""A page for coordinators asks the database as often for three of everything as for one."""

import pytest

from purchasing import errands
from suppliers.catalogue_import import preview
from tests.app.coordinator import village
from tests.app.coordinator.village import NOW
from tests.builders import ACTOR, a_supplier
from tests.suppliers.made_lists import a_complete_list, an_article

OPEN = (
    "/coordinator/",
    "/coordinator/rounds/",
    "/coordinator/rounds/{round_id}",
    "/coordinator/rounds/{round_id}/if-it-closed-now",
    "/coordinator/rounds/{round_id}/close",
    "/coordinator/rounds/{round_id}/extend",
    "/coordinator/suppliers/",
    "/coordinator/suppliers/{supplier_id}",
    "/coordinator/people/",
    "/coordinator/people/?round={round_id}",
    "/coordinator/people/{participant_id}",
    "/coordinator/errands/",
    "/coordinator/rhythms/",
)
PLANNED = (
    "/coordinator/rounds/{round_id}",
    "/coordinator/rounds/{round_id}/articles",
    "/coordinator/rounds/{round_id}/check",
)
ORDERED = ("/coordinator/rounds/{round_id}", "/coordinator/errands/?round={round_id}")
PAGES = [
    *[pytest.param(village.build, path, id=f"open {path}") for path in OPEN],
    *[pytest.param(village.planned, path, id=f"planned {path}") for path in PLANNED],
    *[pytest.param(village.ordered, path, id=f"ordered {path}") for path in ORDERED],
]


def queries_of(visitor, count_queries, path: str) -> list[str]:
    visitor.get(path)  # what is kept in memory is there from here on
    with count_queries() as queries:
        visitor.get(path)
    return queries


@pytest.mark.parametrize(("make", "path"), PAGES)
def test_three_of_everything_cost_no_more_queries_than_one(
    session, visitor, count_queries, make, path
) -> None:
    one = make(session, 1)
    visitor.sign_in(one.coordinator)
    before = queries_of(visitor, count_queries, path.format(**one.ids))

    three = make(session, 3)
    after = queries_of(visitor, count_queries, path.format(**three.ids))

    assert len(after) == len(before), after


@pytest.mark.parametrize("size", [1, 3])
def test_a_price_list_costs_the_same_queries_whatever_its_size(
    session, visitor, count_queries, size
) -> None:
    here = village.build(session)
    visitor.sign_in(here.coordinator)
    data = a_complete_list(*[an_article(f"{n}", f"Nieuw {n}") for n in range(size)])
    supplier = a_supplier(session, "Nieuw")
    list_ = preview(session, supplier, data, filename="x.csv", actor=ACTOR, now=NOW)
    session.commit()

    queries = queries_of(visitor, count_queries, f"/coordinator/price-lists/{list_.id}")

    assert len(queries) <= 10, queries


def test_a_page_of_errands_costs_the_same_however_many_there_are(
    session, visitor, count_queries
) -> None:
    here = village.build(session)
    visitor.sign_in(here.coordinator)
    before = queries_of(visitor, count_queries, "/coordinator/errands/")
    for number in range(150):
        errands.ask(session, errands.Kind.MAIL_NEWS, f"x:{number}", now=NOW, recipient="Huis")
    session.commit()

    assert len(queries_of(visitor, count_queries, "/coordinator/errands/")) == len(before)

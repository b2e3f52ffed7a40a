"""A page for coordinators asks the database as often for three of everything as for one."""

from datetime import timedelta

import pytest

from purchasing import errands
from purchasing.rounds import Round
from suppliers.catalogue_import import preview
from tests.app.coordinator import village
from tests.app.coordinator.village import NOW
from tests.builders import ACTOR, a_household, a_supplier
from tests.suppliers.made_lists import a_complete_list, an_article
from tests.tenders import a_tender, accepts, bids_on, close, concludes, joins, opens_bids

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
ORDERED = (
    "/coordinator/rounds/{round_id}",
    "/coordinator/rounds/{round_id}/settle",
    "/coordinator/errands/?round={round_id}",
    "/coordinator/deliveries/{order_id}",
    "/coordinator/happened/",
    "/coordinator/happened/?round={round_id}",
    "/coordinator/happened/check",
    "/coordinator/deliveries/lines/{order_id}",  # the ids of both begin at 1
)
HOUR = timedelta(hours=1)
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


# --- tenders


def a_tender_with(session, count: int, state: str) -> Round:
    """`count` homes and `count` bids; brought to closed, offered or ordered."""
    closes_at = NOW - village.DAY
    round_ = a_tender(
        session,
        opens_at=closes_at - village.DAY,
        closes_at=closes_at,
        bids_until=closes_at + 2 * HOUR,
        offers_until=closes_at + 3 * HOUR,
        particulars={"start_on": f"{NOW.year + 1}-02-01"},
    )
    homes = [a_household(session, f"Huis{state}{count}{n}") for n in range(count)]
    for home in homes:
        joins(session, round_, home, at=closes_at - HOUR)
    close(session, round_, at=closes_at)
    for number in range(count):
        # Each a little cheaper than the one before, and for one home only.
        prices = {"single": f"0.12{9 - number}", "maximum": "1"}
        bids_on(session, round_, f"Bod{state}{count}{number}", at=closes_at + HOUR, **prices)
    if state != "closed":
        opens_bids(session, round_, at=closes_at + 2 * HOUR)
    if state == "ordered":
        for home in homes:
            accepts(session, round_, home, at=closes_at + 2 * HOUR)
        concludes(session, round_, at=closes_at + 3 * HOUR)
    session.commit()
    return round_


@pytest.mark.parametrize("path", ["/coordinator/rounds/{}", "/rounds/{}"])
@pytest.mark.parametrize("state", ["closed", "offered", "ordered"])
def test_the_pages_of_a_tender_cost_the_same_however_many_bid(
    session, visitor, count_queries, state, path
) -> None:
    visitor.sign_in(village.build(session).coordinator)
    one = a_tender_with(session, 1, state)
    before = queries_of(visitor, count_queries, path.format(one.id))

    three = a_tender_with(session, 3, state)
    after = queries_of(visitor, count_queries, path.format(three.id))

    assert len(after) == len(before), after

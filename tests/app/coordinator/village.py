"""A small neighbourhood for the coordinator's pages: one of everything, or as many as asked."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from purchasing import lifecycle
from purchasing.catalogue import Product
from purchasing.ordering import list_orders
from purchasing.people import Network, Participant, Person, Role, find_person
from purchasing.rounds import Round, RoundState
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

NOW = datetime.now(UTC).replace(microsecond=0)
DAY = timedelta(days=1)
TIMES = {
    "opens_at": NOW - 7 * DAY,
    "closes_at": NOW + 7 * DAY,
    "delivery_on": (NOW + 12 * DAY).date(),
}


@dataclass
class Village:
    """What was made; `ids` are by the names that the addresses of our pages use."""

    coordinator: Person
    round: Round
    products: list[Product]
    households: list[Participant]

    order_id: int = 0  # of the first order, once there is one

    @property
    def ids(self) -> dict[str, int]:
        return {
            "round_id": self.round.id,
            "supplier_id": self.products[0].supplier_id,
            "participant_id": self.households[0].id,
            "order_id": self.order_id,
        }


def build(session: Session, count: int = 1, **details: Any) -> Village:
    """An open round with `count` suppliers of each `count` articles in cases of six; `count`
    households that ordered a case of each, and `count` that only chose two of the first.
    The coordinator reads English, so that tests can name our sentences.
    """
    if session.scalar(select(Network)) is None:
        a_network(session)
    coordinator = find_person(session, "coor@example.org")
    if coordinator is None:
        coordinator = a_person(session, "Coor", role=Role.COORDINATOR, language="en")
    products = [
        a_product(session, supplier, f"Artikel {supplier.id}-{number}")
        for supplier in [a_supplier(session, f"Groothandel {count}-{n}") for n in range(count)]
        for number in range(count)
    ]
    round_ = a_round(session, *products, **TIMES | details)
    households = []
    for number in range(count):
        household = a_household(session, f"Huis{count}{number}")
        a_person(session, f"Lid{count}{number}", household)
        wants = {product.name: 6 for product in products}
        an_order(session, round_, household, wants, at=NOW - DAY)
        households.append(household)
        drafter = a_household(session, f"Twijfel{count}{number}")
        an_order(session, round_, drafter, {products[0].name: 2}, at=NOW - DAY, placed=False)
    session.commit()
    return Village(coordinator, round_, products, households)


def ordered(session: Session, count: int = 1, **details: Any) -> Village:
    """The same, closed and ordered."""
    here = build(session, count, **details)
    lifecycle.close_now(session, here.round, actor=ACTOR, now=NOW)
    lifecycle.order(session, here.round, actor=ACTOR, now=NOW, despite_shortfall=True)
    here.order_id = list_orders(session, here.round.id)[0].id
    session.commit()
    return here


def held(session: Session, **details: Any) -> Village:
    """One that closed below its least amount, and waits for a coordinator."""
    here = build(session, minimum_cents=100_000, **details)
    lifecycle.close_now(session, here.round, actor=ACTOR, now=NOW)
    lifecycle.hold(session, here.round, actor=ACTOR, now=NOW)
    session.commit()
    return here


def planned(session: Session, count: int = 1, **details: Any) -> Village:
    """One that opens tomorrow and has not been published, beside the one that is open."""
    here = build(session, count)
    times = TIMES | {"opens_at": NOW + DAY, "state": RoundState.PLANNED}
    here.round = a_round(session, *here.products, **times | details)
    session.commit()
    return here

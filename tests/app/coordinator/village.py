"""A small neighbourhood for the coordinator's pages: one of everything, and as many as asked."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from purchasing import lifecycle
from purchasing.people import Person, Role
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


@dataclass
class Village:
    """What `build` made; `ids` are by the names the addresses of our pages use."""

    coordinator: Person
    round: Round
    ids: dict[str, int]


def build(session: Session, count: int = 1, *, network: bool = True, **details: Any) -> Village:
    """`count` suppliers with each `count` articles, and `count` households that ordered."""
    if network:
        a_network(session)
    coordinator = a_person(session, "Coor", role=Role.COORDINATOR)
    products = []
    for s in range(count):
        supplier = a_supplier(session, f"Groothandel {s}")
        products += [
            a_product(session, supplier, f"Artikel {s}-{n}")
            for n in range(count)
        ]
    usual = {"opens_at": NOW - 7 * DAY, "closes_at": NOW + 7 * DAY}
    usual["delivery_on"] = (NOW + 12 * DAY).date()
    round_ = a_round(session, *products, **usual | details)
    for h in range(count):
        household = a_household(session, f"Huis{h}")
        a_person(session, f"Lid{h}", household)
        wants = {product.name: 6 for product in products}
        an_order(session, round_, household, wants, at=NOW - DAY)
    for h in range(count):
        drafter = a_household(session, f"Twijfel{h}")
        an_order(session, round_, drafter, {products[0].name: 2}, at=NOW - DAY, placed=False)
    session.commit()
    ids = {"round_id": round_.id, "supplier_id": products[0].supplier_id}
    return Village(coordinator, round_, ids)


def ordered(session: Session, count: int = 1, **details: Any) -> Village:
    """The same, closed and ordered."""
    village = build(session, count, **details)
    lifecycle.close_now(session, village.round, actor=ACTOR, now=NOW)
    lifecycle.order(session, village.round, actor=ACTOR, now=NOW, despite_shortfall=True)
    session.commit()
    return village


def planned(session: Session, count: int = 1, **details: Any) -> Village:
    """A round that opens tomorrow and has not been published."""
    village = build(session, count)
    products = [item.product_id for item in village.round.items]
    from purchasing.catalogue import Product

    found = [session.get_one(Product, key) for key in products]
    times = {"opens_at": NOW + DAY, "closes_at": NOW + 7 * DAY}
    later = {"delivery_on": (NOW + 12 * DAY).date(), "state": RoundState.PLANNED}
    village.round = a_round(session, *found, **times | later | details)
    session.commit()
    village.ids["round_id"] = village.round.id
    return village

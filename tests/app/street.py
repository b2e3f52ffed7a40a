"""A household, a shop and a round that is open now; those who look at them read English."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from bs4 import BeautifulSoup
from sqlalchemy.orm import Session

from purchasing.people import Participant, Person
from purchasing.rounds import Round
from tests.builders import (
    DAY,
    a_household,
    a_network,
    a_person,
    a_product,
    a_round,
    a_shop,
    a_supplier,
)

NOW = datetime.now(UTC).replace(microsecond=0)
CLOSING = NOW + timedelta(hours=5)
KILO = {"unit": "kg", "piece_milli": 500, "case_milli": 4000, "weighed": True}


@dataclass
class Street:
    """Ada orders for the household and for the shop; Bob lives next door."""

    household: Participant
    shop: Participant
    ada: Person
    neighbour: Participant
    bob: Person
    round: Round
    items: dict[str, int]  # ids by name, to be known without asking the database
    grid: str
    home_id: int
    shop_id: int

    def item(self, name: str) -> int:
        return self.items[name]

    def grid_for(self, participant: Participant) -> str:
        return f"{self.grid}?for={participant.id}"


def a_street(session: Session, **details: Any) -> Street:
    """Rice in sixes, lentils that get cheaper, cheese by the half kilo, juice with a deposit."""
    a_network(session)
    supplier = a_supplier(session)
    products = [
        a_product(session, supplier, "Rijst", unit_price=8_210_000),
        a_product(
            session,
            supplier,
            "Linzen",
            category="Bonen",
            unit_price=2_160_000,
            case_milli=10_000,
            tiers=[[20, 2_000_000]],
        ),
        a_product(session, supplier, "Kaas", category="Kaas", unit_price=14_200_000, **KILO),
        a_product(
            session, supplier, "Sap", category="Sap", unit_price=2_100_000, deposit_cents=25
        ),
        a_product(session, supplier, "Zeep", unit_price=6_030_000, vat_bp=2100, case_milli=1000),
    ]
    household, shop = a_household(session, "Huis"), a_shop(session, "Toko")
    neighbour = a_household(session, "Buren")
    values = {"opens_at": NOW - 7 * DAY, "closes_at": CLOSING, "contact_phone": "023 000 00 01"}
    values |= {"delivery_on": (NOW + 12 * DAY).date()}
    round_ = a_round(session, *products, **values | details)
    street = Street(
        household=household,
        shop=shop,
        ada=a_person(session, "Ada", household, shop, language="en"),
        neighbour=neighbour,
        bob=a_person(session, "Bob", neighbour, language="en"),
        round=round_,
        items={item.name: item.id for item in round_.items},
        grid=f"/rounds/{round_.id}/order",
        home_id=household.id,
        shop_id=shop.id,
    )
    session.commit()
    return street


def words(page: BeautifulSoup, selector: str) -> str:
    """The text of the first element found, in single blanks."""
    found = page.select_one(selector)
    assert found is not None, f"there is no {selector}"
    return " ".join(found.text.split())

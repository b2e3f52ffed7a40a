"""Choosing articles for a round: what suppliers have with a price, filtered and in pages."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import request
from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import Session

from app.views.coordinator.found import asked_id
from purchasing.catalogue import Price, Product, Supplier
from purchasing.rounds import Round

MOST_SHOWN = 1000
MOST_IDS = 500
MOST_WORDS = 60


@dataclass(frozen=True)
class Asked:
    """The filter in the address. `group` is the article's category at its supplier."""

    supplier_id: int | None
    group: str
    search: str

    @classmethod
    def from_request(cls) -> "Asked":
        return cls(
            asked_id("supplier"),
            request.args.get("group", "")[:120],
            request.args.get("search", "").strip()[:MOST_WORDS],
        )

    @property
    def is_anything(self) -> bool:
        return bool(self.supplier_id or self.group or self.search)

    def address(self) -> dict[str, Any]:
        """For url_for."""
        asked = {"supplier": self.supplier_id, "group": self.group, "search": self.search}
        return {key: value for key, value in asked.items() if value}


@dataclass(frozen=True)
class Choice:
    """The products to choose from, each with its price; `total` is how many there are in all."""

    rows: list[tuple[Product, Price]]
    total: int

    @property
    def is_cut(self) -> bool:
        return self.total > len(self.rows)


def find(session: Session, asked: Asked, *, now: datetime) -> Choice:
    """At most a thousand products that are for sale and have a price; three queries."""
    query = _matching(asked)
    total = session.scalar(select(func.count()).select_from(query.subquery())) or 0
    ordered = query.order_by(Product.supplier_id, Product.category, Product.name, Product.id)
    found = list(session.scalars(ordered.limit(MOST_SHOWN)))
    priced = prices(session, [product.id for product in found], now=now)
    return Choice([(p, priced[p.id]) for p in found if p.id in priced], total)


def all_ids(session: Session, asked: Asked) -> set[int]:
    """Every product that matches, however many there are."""
    return set(session.scalars(_matching(asked).with_only_columns(Product.id)))


def products(session: Session, ids: Iterable[int]) -> list[Product]:
    """These products, as far as they are for sale."""
    wanted = sorted(ids)
    found: list[Product] = []
    for at in range(0, len(wanted), MOST_IDS):
        chunk = wanted[at : at + MOST_IDS]
        found += session.scalars(select(Product).where(Product.id.in_(chunk), Product.available))
    return found


def suppliers(session: Session) -> list[Supplier]:
    return list(session.scalars(select(Supplier).where(Supplier.active).order_by(Supplier.name)))


def groups(session: Session, supplier_id: int | None) -> list[str]:
    """The groups that a supplier sorts its articles in; none before a supplier is chosen."""
    if supplier_id is None:
        return []
    query = select(Product.category).where(
        Product.supplier_id == supplier_id, Product.available, Product.category != ""
    )
    return list(session.scalars(query.distinct().order_by(Product.category)))


def count_by_supplier(round_: Round) -> Counter[int]:
    return Counter(item.supplier_id for item in round_.items)


def _matching(asked: Asked) -> Select[Product]:
    query = (
        select(Product)
        .join(Supplier, Supplier.id == Product.supplier_id)
        .where(Supplier.active, Product.available)
        .where(select(Price.id).where(Price.product_id == Product.id).exists())
    )
    if asked.supplier_id:
        query = query.where(Product.supplier_id == asked.supplier_id)
    if asked.group:
        query = query.where(Product.category == asked.group)
    for word in asked.search.split():
        query = query.where(contains(word))
    return query


def contains(word: str) -> ColumnElement[bool]:
    """Whether a word stands somewhere in a product; capitals make no difference."""
    return or_(
        *(
            column.icontains(word, autoescape=True)
            for column in (Product.name, Product.brand, Product.number, Product.category)
        )
    )


def prices(session: Session, ids: list[int], *, now: datetime) -> dict[int, Price]:
    """The price in force of each of these products, by product id."""
    latest = (
        select(Price.product_id, func.max(Price.valid_from).label("since"))
        .where(Price.product_id.in_(ids), Price.valid_from <= now)
        .group_by(Price.product_id)
        .subquery()
    )
    same = and_(Price.product_id == latest.c.product_id, Price.valid_from == latest.c.since)
    rows = session.scalars(select(Price).join(latest, same).order_by(Price.id))
    return {price.product_id: price for price in rows}

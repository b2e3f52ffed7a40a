"""Writing the difference that a price list makes, many rows at a time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import islice
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from purchasing.catalogue import CatalogueImport, Price, Product
from suppliers.articles import Article, Difference

CHUNK = 1000


def write(
    session: Session,
    import_: CatalogueImport,
    difference: Difference,
    created: list[int],
    now: datetime,
) -> Iterator[tuple[int, int]]:
    """Write the difference in bulk, and note the ids of the products that are made."""
    total = len(difference.new) + len(difference.changed) + len(difference.gone)
    done = 0
    yield done, total
    for new in chunks(difference.new):
        made = _create(session, import_.supplier_id, new)
        _price(session, import_, [(made[article.number], article) for article in new], now)
        created += made.values()
        yield (done := done + len(new)), total
    for changes in chunks(difference.changed):
        overwrite(session, [{"id": c.held.product_id, **c.article.description} for c in changes])
        terms = [(c.held.product_id, c.article) for c in changes if c.changes_terms]
        _price(session, import_, terms, now)
        yield (done := done + len(changes)), total
    for gone in chunks(difference.gone):
        overwrite(session, [{"id": held.product_id, "available": False} for held in gone])
        yield (done := done + len(gone)), total


def _create(session: Session, supplier_id: int, articles: list[Article]) -> dict[str, int]:
    """New products; their ids by number."""
    values = [
        {"supplier_id": supplier_id, "number": article.number, **article.description}
        for article in articles
    ]
    session.execute(insert(Product), values)
    rows = session.execute(
        select(Product.number, Product.id).where(
            Product.supplier_id == supplier_id,
            Product.number.in_([article.number for article in articles]),
        )
    )
    return {number: key for number, key in rows}


def _price(
    session: Session,
    import_: CatalogueImport,
    terms: list[tuple[int, Article]],
    now: datetime,
) -> None:
    if terms:
        values = [
            {"product_id": key, "import_id": import_.id, "valid_from": now, **article.terms}
            for key, article in terms
        ]
        session.execute(insert(Price), values)


def overwrite(session: Session, rows: list[dict[str, Any]]) -> None:
    """Overwrite columns of products, by id."""
    if rows:
        session.execute(update(Product), rows)


def chunks(things: Iterable[Any]) -> Iterator[list[Any]]:
    iterator = iter(things)
    while chunk := list(islice(iterator, CHUNK)):
        yield chunk

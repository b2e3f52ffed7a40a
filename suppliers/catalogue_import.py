"""Taking over a price list: read and check it, show the difference, apply it at once, undo it.

    preview -> CatalogueImport (nothing changes) -> apply (one transaction) -> undo

Rounds that are open do not notice: their terms were frozen when they opened.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Iterator, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Select, delete, select
from sqlalchemy.orm import Session

from purchasing.catalogue import CatalogueImport, Price, Product, Supplier, current_prices
from purchasing.errors import N_, Refused
from purchasing.rounds import RoundItem
from suppliers import bulk, readers
from suppliers.articles import DESCRIPTION, TERMS, Article, Difference, Held, compare
from suppliers.read_list import articles_in, is_complete, keep, kept_file
from suppliers.readers.pricelist import PriceList
from suppliers.readers.refusals import AnotherFormat, ColumnMissing, UnknownFormat, WrongMapping

Progress = Callable[[int, int], None]


class NothingReadable(Refused):
    message = N_("This list has no article that can be read.")


class RowsAreWrong(Refused):
    message = N_("%(errors)s rows of this list cannot be read. Choose to apply the good rows.")


class AlreadyApplied(Refused):
    message = N_("This list has been applied already.")


class Overtaken(Refused):
    message = N_("A newer list of this supplier has been applied since. Upload this one again.")


class NothingChosen(Refused):
    message = N_("Choose at least one article.")


class FileNotKept(Refused):
    message = N_("The file of this list was not kept. Upload it again to choose its columns.")


class NotApplied(Refused):
    message = N_("This list is not in force, so there is nothing to undo.")


class NotTheLatest(Refused):
    message = N_("A later list has been applied. Undo that one first.")


def preview(
    session: Session,
    supplier: Supplier,
    data: bytes,
    *,
    filename: str,
    actor: str,
    now: datetime,
    format_key: str | None = None,
    mapping: Mapping[str, Any] | None = None,
) -> CatalogueImport:
    """Read a price list and note what it would change. Changes no product.

    Without `format_key` the supplier's usual format is tried first, then all are. Where the
    columns were guessed or chosen the file is kept, so that `map_columns` can read it anew.
    Raises Unreadable.
    """
    price_list = _read(supplier, data, filename, format_key, mapping)
    import_ = CatalogueImport(
        supplier_id=supplier.id,
        supplier=supplier,
        filename=filename[-200:],
        sha256=hashlib.sha256(data).hexdigest(),
        read_at=now,
        read_by=actor,
        progress=0,
    )
    session.add(import_)
    _keep(session, import_, price_list, data, now)
    return import_


def map_columns(
    session: Session, import_: CatalogueImport, mapping: Mapping[str, Any], *, now: datetime
) -> None:
    """Read the kept file of an import anew, with columns chosen by a person.

    Raises AlreadyApplied, Unreadable.
    """
    if import_.applied_at is not None:
        raise AlreadyApplied
    data = kept_file(import_)
    if data is None:
        raise FileNotKept
    price_list = readers.read(data, filename=import_.filename, mapping=mapping)
    _keep(session, import_, price_list, data, now)


def apply(
    session: Session,
    import_: CatalogueImport,
    *,
    actor: str,
    now: datetime,
    only: Collection[int] | None = None,
    good_rows: bool = False,
    on_progress: Progress = lambda done, total: None,
) -> None:
    """Make the list true, in the caller's transaction; all of it, or the rows `only` names.

    New terms hold from `now`; products are compared anew, so that what changed since the
    preview is not overwritten blindly. Articles that are gone become unavailable, only when the
    whole of a complete list is applied. Raises NothingReadable, RowsAreWrong, AlreadyApplied,
    Overtaken, NothingChosen.
    """
    steps = applying(session, import_, actor=actor, now=now, only=only, good_rows=good_rows)
    for done, total in steps:
        on_progress(done, total)


def applying(
    session: Session,
    import_: CatalogueImport,
    *,
    actor: str,
    now: datetime,
    only: Collection[int] | None = None,
    good_rows: bool = False,
) -> Iterator[tuple[int, int]]:
    """The same as `apply`, step by step: yields (articles done, articles in all) as it goes.

    Nothing is true before the caller, after the last step, commits.
    """
    _hold(session, import_)
    _refuse(session, import_, good_rows)
    articles = _chosen(import_, only)
    held = _held(session, import_.supplier_id, now)
    complete = only is None and is_complete(import_)
    difference = compare(articles, held, complete=complete)
    session.flush()
    created: list[int] = []
    yield from bulk.write(session, import_, difference, created, now)
    import_.applied_at, import_.progress = now, len(articles)
    import_.counts = {**import_.counts, **difference.counts(), "applied": len(articles)}
    import_.note = actor
    import_.undo = _way_back(difference, created)
    session.flush()
    session.expire_all()


def undo(session: Session, import_: CatalogueImport, *, now: datetime) -> None:
    """Bring back what was before: only for the supplier's latest list in force.

    Prices of this list are deleted (a round keeps a copy of its own), products are described as
    they were, and new ones go, unless a round has them: those become unavailable.
    Raises NotApplied, NotTheLatest.
    """
    _hold(session, import_)
    if import_.applied_at is None or import_.undone_at is not None:
        raise NotApplied
    if latest_applied(session, import_.supplier_id) is not import_:
        raise NotTheLatest
    before: dict[str, Any] = import_.undo or {"created": [], "before": []}
    session.execute(delete(Price).where(Price.import_id == import_.id))
    bulk.overwrite(session, [{"id": key, **texts} for key, texts in before["before"]])
    used = set(
        session.scalars(
            select(RoundItem.product_id)
            .join(Product, Product.id == RoundItem.product_id)
            .where(Product.supplier_id == import_.supplier_id)
        )
    )
    bulk.overwrite(
        session, [{"id": key, "available": False} for key in before["created"] if key in used]
    )
    for ids in bulk.chunks([key for key in before["created"] if key not in used]):
        session.execute(
            delete(Product).where(Product.id.in_(ids)),
            execution_options={"synchronize_session": False},
        )
    import_.undone_at = now
    session.flush()
    session.expire_all()


def latest_applied(session: Session, supplier_id: int) -> CatalogueImport | None:
    """The list of a supplier that is in force: the one that can be undone."""
    newest = CatalogueImport.applied_at.desc(), CatalogueImport.id.desc()
    return session.scalar(_in_force(supplier_id).order_by(*newest).limit(1))


def _hold(session: Session, import_: CatalogueImport) -> None:
    """Let one list of a supplier at a time be applied or undone, and see it as it is now."""
    supplier = select(Supplier.id).where(Supplier.id == import_.supplier_id)
    session.execute(supplier.with_for_update())
    session.refresh(import_)


def _in_force(supplier_id: int) -> Select[CatalogueImport]:
    return select(CatalogueImport).where(
        CatalogueImport.supplier_id == supplier_id,
        CatalogueImport.applied_at.is_not(None),
        CatalogueImport.undone_at.is_(None),
    )


def _read(
    supplier: Supplier,
    data: bytes,
    filename: str,
    format_key: str | None,
    mapping: Mapping[str, Any] | None,
) -> PriceList:
    if format_key is None and mapping is None and supplier.format_key:
        try:
            return readers.read(
                data, filename=filename, format_key=supplier.format_key, mapping=supplier.mapping
            )
        except (AnotherFormat, ColumnMissing, UnknownFormat, WrongMapping):
            pass  # the supplier has changed its list: look at it with fresh eyes
    return readers.read(data, filename=filename, format_key=format_key, mapping=mapping)


def _keep(
    session: Session,
    import_: CatalogueImport,
    price_list: PriceList,
    data: bytes,
    now: datetime,
) -> None:
    keep(import_, price_list, data, _held(session, import_.supplier_id, now))
    if import_.counts["rows"]:
        import_.supplier.format_key = import_.format_key
        import_.supplier.mapping = import_.content["mapping"]
    session.flush()


def _held(session: Session, supplier_id: int, now: datetime) -> dict[str, Held]:
    prices = current_prices(session, supplier_id, now=now)
    products = session.scalars(select(Product).where(Product.supplier_id == supplier_id))
    return {
        product.number: Held(
            product.id,
            product.number,
            {name: getattr(product, name) for name in DESCRIPTION},
            {name: getattr(price, name) for name in TERMS}
            if (price := prices.get(product.id)) is not None
            else None,
        )
        for product in products
    }


def _refuse(session: Session, import_: CatalogueImport, good_rows: bool) -> None:
    if import_.applied_at is not None:
        raise AlreadyApplied
    if not import_.counts.get("rows"):
        raise NothingReadable
    if import_.counts.get("errors") and not good_rows:
        raise RowsAreWrong(errors=import_.counts["errors"])
    later = _in_force(import_.supplier_id).where(CatalogueImport.applied_at > import_.read_at)
    if session.scalar(later.limit(1)) is not None:
        raise Overtaken


def _chosen(import_: CatalogueImport, only: Collection[int] | None) -> list[Article]:
    articles = articles_in(import_)
    if only is None:
        return articles
    chosen = [article for article in articles if article.line in only]
    if not chosen:
        raise NothingChosen
    return chosen


def _way_back(difference: Difference, created: list[int]) -> dict[str, Any]:
    """What undoing needs: the products that were made, and how the others were described."""
    touched = [*(change.held for change in difference.changed), *difference.gone]
    before = [[held.product_id, dict(held.description)] for held in touched]
    return {"created": sorted(created), "before": before}

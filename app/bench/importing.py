"""Importing a price list of 20,000 articles: read and compare, apply, read again, undo."""

import json
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

from app.bench.databases import an_app, on_each_database
from app.bench.measure import heading, peak_megabytes, spread, timed
from app.extensions import db
from purchasing.catalogue import CatalogueImport, Supplier
from suppliers import catalogue_import

ARTICLES = 20_000
REPEATS = 3
PARTS = ("preview", "apply", "again", "undo")
NOW = datetime(2026, 3, 2, 8, tzinfo=UTC)
HEADER = (
    "avail.;Order number;Name;Supplier order unit;Unit;Ratios to supplier order unit;"
    "Minimum order quantity;Billing unit;Group order granularity;Group order unit;Price (net);"
    "Price unit;VAT;Deposit;Note;Category;Origin;Manufacturer"
)


def run(quick: bool = False) -> None:
    count, repeats = (2000, 1) if quick else (ARTICLES, REPEATS)
    heading(f"Importing a price list of {count} articles")
    for name, found in on_each_database("app.bench.importing", "bench_import", count, repeats):
        _tell(name, found)


def _tell(name: str, found: list[dict[str, float]]) -> None:
    print(f"\n{name}")
    for part in PARTS:
        print(f"  {part:8s} {spread([row[part] for row in found], 's', 2)}")
    print(f"  memory   {max(row['memory'] for row in found):.0f} MB")


def price_list(count: int) -> bytes:
    """A Foodsoft 5 list of so many articles."""
    rows = (
        f"Yes;{n:05d};Artikel nummer {n};;500 g;{6 + n % 7} Piece;;;1;;"
        f"{1 + n % 900 / 100:.2f};;9;0;;Soort {n % 40};NL;Merk {n % 300}"
        for n in range(count)
    )
    return "\n".join((HEADER, *rows)).encode()


def import_once(count: int, place: Path, url: str) -> dict[str, float]:
    """Seconds of each part, and MB."""
    data = price_list(count)
    app = an_app(place, url)
    with app.app_context():
        session = db.session()
        supplier = Supplier(name="Groothandel")
        session.add(supplier)
        session.commit()

        def preview(at: datetime) -> int:
            row = catalogue_import.preview(
                session, supplier, data, filename="list.csv", actor="bench", now=at
            )
            session.commit()
            return row.id

        def apply(at: datetime) -> None:
            catalogue_import.apply(session, _latest(supplier), actor="bench", now=at)
            session.commit()

        def undo() -> None:
            catalogue_import.undo(session, _latest(supplier), now=NOW + timedelta(hours=2))
            session.commit()

        figures = {"preview": timed(lambda: preview(NOW)), "apply": timed(lambda: apply(NOW))}
        figures["undo"] = timed(undo)
        figures["again"] = timed(lambda: preview(NOW)) + timed(lambda: apply(NOW))
        return figures | {"memory": peak_megabytes()}


def _latest(supplier: Supplier) -> CatalogueImport:
    query = (
        db.select(CatalogueImport)
        .where(CatalogueImport.supplier_id == supplier.id)
        .order_by(CatalogueImport.id.desc())
        .limit(1)
    )
    return db.session.scalars(query).one()


if __name__ == "__main__":
    print(json.dumps(import_once(int(sys.argv[1]), Path(sys.argv[2]), sys.argv[3])))

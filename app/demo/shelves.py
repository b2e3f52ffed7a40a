"""Three suppliers, and their price lists read, checked and applied like any upload."""

from datetime import datetime
from pathlib import Path

from sqlalchemy.orm import Session

from purchasing.catalogue import CatalogueImport, Supplier
from suppliers import catalogue_import

LISTS = Path(__file__).parent / "price_lists"
SUPPLIERS = {
    "groothandel_de_volle_schuur.xml": {
        "name": "Groothandel De Volle Schuur",
        "attention": "afdeling Verkoop",
        "street": "Havenkade 14",
        "postcode": "1948 XX",
        "city": "Beverwijk",
        "email": "bestellen@devolleschuur.example",
        "customer_number": "S-2036",
        "iban": "NL31DEMO0000020361",
        "minimum_cents": 25_000,
        "free_delivery_cents": 60_000,
        "delivery_cents": 2_250,
    },
    "naturkost_rheinaue.BNN": {
        "name": "Naturkost Rheinaue",
        "street": "Deichstraße 9",
        "postcode": "47533",
        "city": "Kleve",
        "email": "order@naturkost-rheinaue.example",
        "customer_number": "NL-0815",
        "iban": "DE58000000000000020362",
        "language": "en",
        "minimum_cents": 30_000,
        "free_delivery_cents": 90_000,
        "delivery_cents": 3_500,
    },
    "tuinderij_de_spaarnebocht.csv": {
        "name": "Tuinderij De Spaarnebocht",
        "street": "Inlaagpolder 2",
        "postcode": "2065 XX",
        "city": "Haarlemmerliede",
        "email": "tuin@spaarnebocht.example",
        "customer_number": "31",
        "iban": "NL74DEMO0000020363",
        "minimum_cents": 7_500,
        "delivery_cents": 1_000,
    },
}


def fill(session: Session, *, now: datetime) -> list[CatalogueImport]:
    """Import every list, as of `now`; returns what each import did."""
    return [_import(session, filename, now) for filename in SUPPLIERS]


def _import(session: Session, filename: str, now: datetime) -> CatalogueImport:
    supplier = Supplier(**SUPPLIERS[filename])
    session.add(supplier)
    session.flush()
    import_ = catalogue_import.preview(
        session,
        supplier,
        (LISTS / filename).read_bytes(),
        filename=filename,
        actor="Fatma",
        now=now,
    )
    catalogue_import.apply(session, import_, actor="Fatma", now=now)
    return import_

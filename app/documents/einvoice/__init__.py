"""Invoices for programs: EN 16931 in the two ways in which it is written, CII and UBL 2.1.

* The road: `reading` makes of the frozen record of an invoice what EN 16931 wants to know
  (`model`; `vat` says under which heading of VAT each line falls), `cii` and `ubl` write it down.
  Both say the same as the printed paper, to the cent, for all come from one record.
* The CII lies inside the PDF (Factur-X, profile EN 16931); the UBL goes beside it, to shops.
* Bytes are the same for the same record. No web, no database, no clock.
* A record of which EN 16931 cannot be said (no lines; a seller who states VAT and has no VAT id)
  is printed without: a missing field in the settings must not keep a paper from its reader.
"""

from collections.abc import Mapping
from typing import Any

from app.documents.einvoice import cii, ubl
from app.documents.einvoice.cii import FILE_NAME
from app.documents.einvoice.reading import CannotState, is_invoice, read

__all__ = [
    "FILE_NAME",
    "CannotState",
    "as_ubl",
    "cii_of",
    "is_for_program",
    "is_invoice",
    "read",
    "ubl_of",
]


def cii_of(snapshot: Mapping[str, Any]) -> bytes | None:
    """The invoice as CII, to lie in its PDF; None for a paper that is no invoice, or lacks."""
    return _written(snapshot, cii.write)


def ubl_of(snapshot: Mapping[str, Any]) -> bytes | None:
    """The invoice as UBL, for who keeps books by program; None for everybody else."""
    return as_ubl(snapshot) if is_for_program(snapshot) else None


def as_ubl(snapshot: Mapping[str, Any]) -> bytes | None:
    """The invoice as UBL, whoever got it; None for a paper that is no invoice, or lacks."""
    return _written(snapshot, ubl.write)


def is_for_program(snapshot: Mapping[str, Any]) -> bool:
    """Shops keep books; for them prices are without VAT."""
    return is_invoice(snapshot) and bool(
        snapshot.get("prices") == "net" or snapshot["recipient"].get("kvk")
    )


def _written(snapshot: Mapping[str, Any], write: Any) -> bytes | None:
    if not is_invoice(snapshot):
        return None
    try:
        return bytes(write(read(snapshot)))
    except CannotState:
        return None

"""Papers: from a frozen record to a PDF, the same bytes for the same record, and their archive.

* `render(kind, snapshot)` makes one PDF here and now. `press.Press` makes many in processes of
  their own. `archive` keeps them. This package is the only place that knows WeasyPrint, and it
  imports it only when something is printed: that costs a second and 100 MB.
* Kinds are "invoice", "settlement", "credit_note", "supplement", "order_sheet", "packing_list",
  "receipt", "referral_list", "account" and "cash_receipt"; the exact shapes of their records are
  the TypedDicts of `shapes`: Invoice (for the first two), OrderSheet, PackingList, Receipt,
  ReferralList; of `correction_shapes`: Correction (for the next two); of `account_shapes`:
  AccountStatement, CashReceipt.
* The road of a paper: `shapes` (the record) → `pages` (HTML, with `words` and `qr`) →
  `engine` (PDF, with `fetcher` at the door) → `archive`. Templates and style sheets are in
  app/templates/papers. Nothing here needs Flask's application context.
* An invoice carries what programs read of it: `einvoice`.
"""

import hashlib
from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

from app.documents import einvoice
from app.documents.pages import TEMPLATES, page
from suppliers.writers import markup

__all__ = ["RENDERER", "render"]


def render(kind: str, snapshot: Mapping[str, Any]) -> bytes:
    """The PDF of one record. Raises PrintError; never reads a file or address that is not ours.

    Where this machine lacks a library or font, CannotPrint says which package to install.
    """
    html = page(kind, snapshot)
    engine, language = _engine(), str(snapshot["language"])
    pdf: bytes = engine.press(html, kind, language, _enclosed(engine, snapshot))
    return pdf


def _engine() -> Any:
    from app.documents.requirements import demand

    demand()
    from app.documents import engine

    return engine


def _enclosed(engine: Any, snapshot: Mapping[str, Any]) -> Any:
    """The invoice for programs, where the paper is one."""
    xml = einvoice.cii_of(snapshot)
    if xml is None:
        return None
    made_on = date.fromisoformat(snapshot["issued_on"])
    return engine.Enclosed(einvoice.FILE_NAME, "Factur-X", xml, made_on)


@lru_cache(maxsize=1)
def _edition() -> str:
    """A short hash of all that decides how a paper looks, so that no edition goes unnoticed."""
    digest = hashlib.sha256()
    ours = [*TEMPLATES.iterdir(), *Path(__file__).parent.rglob("*.py"), Path(markup.__file__)]
    for path in sorted(ours):
        digest.update(path.name.encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


RENDERER = f"weasyprint {version('weasyprint')}, papers {_edition()}"

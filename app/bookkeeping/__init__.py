"""The journal of a year in the files that bookkeepers and their programs read.

`csv_journal` for a spreadsheet, `plain_text` for hledger and beancount, `audit_file` for XAF 4.0.
Each is a pure function of the domain's `Journal`; amounts go in as cents and out as euros.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from app.bookkeeping import audit_file, csv_journal, plain_text
from purchasing.books.journal import Journal

__all__ = ["FORMATS", "Format"]


@dataclass(frozen=True)
class Format:
    """A file: what it is called, its media type, and how it is written (`made_on` in its head)."""

    name: str
    media_type: str
    write: Callable[[Journal, date], bytes]


FORMATS: dict[str, Format] = {
    "csv": Format("CSV", "text/csv", csv_journal.write),
    "journal": Format("hledger", "text/plain", plain_text.hledger),
    "beancount": Format("beancount", "text/plain", plain_text.beancount),
    "xaf": Format("XAF 4.0", "application/xml", audit_file.write),
}

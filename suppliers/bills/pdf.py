"""The bill for programs that a PDF carries: Factur-X, ZUGFeRD and XRechnung attach it to a page.

Only the list of attached files is read, and only the file that a standard names. Nothing of the
page is looked at: what is printed and what is attached are said to be the same.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from suppliers.bills.refusals import (
    MOST_BYTES,
    BillTooLarge,
    BrokenPdf,
    LockedPdf,
    NoBillInside,
)

if TYPE_CHECKING:
    from pypdf.generic import EmbeddedFile

NAMES = ("factur-x.xml", "xrechnung.xml", "zugferd-invoice.xml")
_HEAD = 1024  # bytes in which a PDF must say what it is


def is_pdf(data: bytes) -> bool:
    return b"%PDF-" in data[:_HEAD]


def attached(data: bytes) -> bytes:
    """The attached bill. Raises BillTooLarge, LockedPdf, BrokenPdf, NoBillInside."""
    if len(data) > MOST_BYTES:
        raise BillTooLarge
    from io import BytesIO

    from pypdf import PdfReader
    from pypdf.errors import PyPdfError

    try:
        reader = PdfReader(BytesIO(data), strict=False)
        if reader.is_encrypted:
            raise LockedPdf
        found = next((one.content for one in reader.attachment_list if _name(one) in NAMES), None)
    except (PyPdfError, RecursionError, ArithmeticError, LookupError, TypeError) as error:
        raise BrokenPdf from error
    except (AttributeError, ValueError, AssertionError, OSError, NotImplementedError) as error:
        raise BrokenPdf from error
    if found is None:
        raise NoBillInside
    return found


def _name(one: EmbeddedFile) -> str:
    """As a reader of PDFs shows it; the name in the list of files may be anything."""
    return str(one.alternative_name or one.name).lower()

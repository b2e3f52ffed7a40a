"""A supplier's bill or credit note as his program makes it: UBL, CII, or a PDF that carries CII.

`read` finds out which it is. Every reader gives the same `Billed`, to the cent, or refuses with
why; nothing is guessed, nothing outside the file is looked up.
"""

from purchasing.billed import Billed
from suppliers.bills import cii, pdf, ubl
from suppliers.bills.markup import parse
from suppliers.bills.refusals import NotAnEInvoice

__all__ = ["read"]


def read(data: bytes) -> Billed:
    """Raises UnreadableBill and the refusals of files."""
    if pdf.is_pdf(data):
        data = pdf.attached(data)
    root = parse(data)
    if root.tag in ubl.ROOTS:
        return ubl.billed_of(root)
    if root.tag in cii.ROOTS:
        return cii.billed_of(root)
    raise NotAnEInvoice

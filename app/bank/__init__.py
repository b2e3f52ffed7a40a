"""Bank files in: bytes go in, statements and their lines come out. No database, no web, no clock.

It stands in the app because the domain knows no files and a bank is no supplier; the domain's
`books.bank_file` says what comes out, so that the books never see a format. `camt` is read by
meaning, `mt940` by its tags, and a CSV by a layout that is data (`table_layout`).
"""

from app.bank import camt, mt940, table
from app.bank.refusals import (
    BankFileTooLarge,
    EmptyBankFile,
    NotABankFile,
    PackedBankFile,
    UnreadableBankFile,
)
from app.bank.table_layout import LAYOUTS
from purchasing.books.bank_file import BankFile
from suppliers.readers import decoding

__all__ = ["FORMATS", "MOST_BYTES", "UnreadableBankFile", "read"]

MOST_BYTES = 20 * 1024 * 1024
FORMATS = (*camt.FORMATS.values(), "mt940", *(layout.key for layout in LAYOUTS))


def read(data: bytes) -> BankFile:
    """Read a bank's file, whatever its format; its name says nothing. Raises UnreadableBankFile.

    All of it or nothing: a line that is wrong is named, and nothing of the file is handed out.
    """
    if not data.strip():
        raise EmptyBankFile
    if len(data) > MOST_BYTES:
        raise BankFileTooLarge(limit=MOST_BYTES // 2**20)
    if data.startswith(b"PK\x03\x04"):
        raise PackedBankFile
    if camt.looks_like(data[:200]):
        return camt.read(data)
    if decoding.is_binary(data):
        raise NotABankFile
    text, _ = decoding.decode(data)
    return mt940.read(text) if mt940.looks_like(text) else table.read(text)

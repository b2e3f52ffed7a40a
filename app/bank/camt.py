"""CAMT.053 (statements) and CAMT.054 (notices), versions 2 and up, whatever their namespace.

Only what was booked counts; what is pending comes again on a later statement. Schemas are not
asked, since real banks' files do not keep to them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from io import BytesIO
from xml.etree.ElementTree import Element, ParseError

from app.bank import camt_entry
from app.bank.camt_entry import text_at
from app.bank.refusals import (
    BrokenBankXml,
    EntitiesInBankXml,
    NoStatement,
    OtherMessage,
    TooManyLines,
)
from app.bank.values import MOST_LINES, account, cents
from purchasing.books.bank_file import BankFile, Line, Statement
from purchasing.money import Cents

FORMATS = {"BkToCstmrStmt": "camt.053", "BkToCstmrDbtCdtNtfctn": "camt.054"}
PERIODS = ("Stmt", "Ntfctn")
_NAMESPACE = re.compile(r"\{[^}]*\}")


def looks_like(head: bytes) -> bool:
    return head.lstrip(b"\xef\xbb\xbf\xff\xfe\x00 \t\r\n").startswith(b"<")


def read(data: bytes) -> BankFile:
    """Raises UnreadableBankFile, naming the entry where one is wrong."""
    reading = _Reading()
    for event, element in _elements(data):
        reading.see(event, element)
    if not reading.statements:
        raise NoStatement
    return BankFile(reading.format, tuple(reading.statements))


class _Reading:
    """Follows a document element by element, so that a long one never stands whole in memory."""

    def __init__(self) -> None:
        self.format = ""
        self.statements: list[Statement] = []
        self._depth = 0
        self._account = self._number = ""
        self._balances: dict[str, Cents] = {}
        self._lines: list[Line] = []
        self._entries = 0

    def see(self, event: str, element: Element) -> None:
        if event == "start":
            self._depth += 1
            self._begin(_NAMESPACE.sub("", str(element.tag)))
            return
        element.tag = _NAMESPACE.sub("", str(element.tag))
        if self._depth == 4:  # Document, message, statement, and what stands in it
            self._take(element)
            element.clear()
        elif element.tag in PERIODS and self._depth == 3:
            self._finish()
            element.clear()
        self._depth -= 1

    def _begin(self, tag: str) -> None:
        if self._depth == 1 and tag != "Document":
            raise OtherMessage(kind=tag[:40])
        if self._depth == 2:
            if tag not in FORMATS:
                raise OtherMessage(kind=tag[:40])
            self.format = FORMATS[tag]
        elif self._depth == 3:
            self._account = self._number = ""
            self._balances, self._lines = {}, []

    def _take(self, element: Element) -> None:
        if element.tag == "Acct":
            found = text_at(element, "Id/IBAN") or text_at(element, "Id/Othr/Id")
            self._account = account(found)
        elif element.tag == "Id":
            self._number = (element.text or "").strip()[:80]
        elif element.tag == "Bal":
            self._take_balance(element)
        elif element.tag == "Ntry":
            self._entries += 1
            self._lines += camt_entry.lines(element, self._entries)
            if len(self._lines) > MOST_LINES:
                raise TooManyLines(limit=MOST_LINES)

    def _take_balance(self, element: Element) -> None:
        """Opening and closing, where they are in euros; other balances say nothing new."""
        kind = text_at(element, "Tp/CdOrPrtry/Cd")
        amount = element.find("Amt")
        if amount is None or amount.get("Ccy", "EUR") != "EUR" or kind not in ("OPBD", "CLBD"):
            return
        sign = -1 if text_at(element, "CdtDbtInd") == "DBIT" else 1
        self._balances[kind] = sign * cents(amount.text or "", self._entries)

    def _finish(self) -> None:
        self.statements.append(
            Statement(
                account=self._account,
                number=self._number,
                lines=tuple(self._lines),
                opening=self._balances.get("OPBD"),
                closing=self._balances.get("CLBD"),
            )
        )


def _elements(data: bytes) -> Iterator[tuple[str, Element]]:
    from defusedxml.common import DefusedXmlException  # type: ignore[import-untyped]
    from defusedxml.ElementTree import iterparse  # type: ignore[import-untyped]

    try:
        yield from iterparse(BytesIO(data), events=("start", "end"), forbid_dtd=True)
    except DefusedXmlException as error:
        raise EntitiesInBankXml from error
    except ParseError as error:
        raise BrokenBankXml(line=error.position[0]) from error
    except (LookupError, ValueError) as error:  # an encoding that does not exist, or has no parser
        raise BrokenBankXml(line=1) from error

"""Numbers without gaps: of every series, what the counter gave out against what is there."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator

from sqlalchemy import select
from sqlalchemy.orm import InstrumentedAttribute, Session

from app.doctor.findings import Findings, fine, wrong
from purchasing import numbers
from purchasing.books.collections import Collection
from purchasing.books.paying import PaymentOrder
from purchasing.ordering import SupplierOrder
from purchasing.papers import Paper, PaperKind
from purchasing.referral import ReferralList
from purchasing.tenders.switching import SwitchList

SHOWN = 10
_NUMBER = re.compile(r"(?:([A-Z]+)-)?(\d{4})-(\d+)")
# By the letter in front of a number, the series that gave it; supplements and what is paid ahead
# count on with the invoices.
OF_PAPERS = {
    "": "invoice", "A": "settlement", "D": "fee", "C": "credit", "AC": "credit-settlement",
    "O": "receipt", "S": "confirmation", "K": "cash", "R": "account",
}  # fmt: skip
OF_ROWS: dict[str, InstrumentedAttribute[str]] = {
    "order": SupplierOrder.number,
    "collection": Collection.number,
    "payment": PaymentOrder.number,
    "switch": SwitchList.number,
    "referral": ReferralList.number,
}
# Numbered as its order is, of which it is the sheet; and as its round is.
BORROWED = (PaperKind.ORDER_SHEET, PaperKind.PACKING_LIST)
LOT_SHEET = "lot_sheet"  # by its kind: the first ones had the K of a receipt for cash
KNOWN = frozenset({*OF_PAPERS.values(), *OF_ROWS, LOT_SHEET})


def given_numbers(session: Session) -> Findings:
    """What is numbered by the year: from 1 to the last that was given, each once.

    Also where all of a series is gone. Numbers of participants and of mandates are not looked at.
    """
    there, skipped = _there(session), _skipped(session)
    given = {
        key: last
        for key, last in sorted(numbers.standing(session).items())
        if key.partition(":")[0] in KNOWN
    }
    faults = [
        f"{key}: {told}"
        for key, last in given.items()
        for told in _wrongs(there[key], last, skipped[key])
    ]
    for fault in faults[:SHOWN]:
        yield wrong("numbers", fault)
    if not faults:
        yield fine("numbers", f"{sum(given.values())} were given, no gap without a reason")


def _there(session: Session) -> dict[str, list[int]]:
    """The serial numbers that something carries, by the key of their series."""
    found: dict[str, list[int]] = defaultdict(list)
    for name, year, serial in _carried(session):
        found[f"{name}:{year}"].append(serial)
    return found


def _carried(session: Session) -> Iterator[tuple[str, str, int]]:
    rows = session.execute(select(Paper.kind, Paper.number).where(Paper.kind.not_in(BORROWED)))
    for kind, number in rows:
        if parts := _NUMBER.fullmatch(number):
            of_lots = kind == PaperKind.LOT_SHEET
            name = LOT_SHEET if of_lots else OF_PAPERS.get(parts[1] or "", "")
            yield name, parts[2], int(parts[3])
    for name, column in OF_ROWS.items():
        for number in session.scalars(select(column)):
            if parts := _NUMBER.fullmatch(number):
                yield name, parts[2], int(parts[3])


def _skipped(session: Session) -> dict[str, set[int]]:
    """The gaps that are on record, by the key of their series."""
    skipped: dict[str, set[int]] = defaultdict(set)
    for gap in numbers.gaps(session):
        skipped[gap.key] |= set(range(gap.first, gap.last + 1))
    return skipped


def _wrongs(serials: list[int], last: int, skipped: set[int]) -> Iterable[str]:
    there = set(serials)
    if len(there) != len(serials):
        yield "a number was given twice"
    if lacking := sorted(set(range(1, last + 1)) - there - skipped):
        shown = ", ".join(map(str, lacking[:5]))
        yield f"{len(lacking)} numbers are missing without a reason ({shown}, …)"
    if beyond := sorted(there - set(range(1, last + 1))):
        yield f"{beyond[0]} is beyond the counter, which stands at {last}"

"""What one participant owes us, and why: every bill and payment with the balance after it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from purchasing import errands, numbers, sheets
from purchasing.books import accounts, credit, deciding
from purchasing.books.ledger import Entry, Posting
from purchasing.books.open_items import OpenItem, list_open
from purchasing.money import Cents
from purchasing.papers import Paper, PaperKind
from purchasing.people import Network, Participant, the_network


class Moved(StrEnum):
    """Why a balance changed."""

    BILL = "bill"
    CREDIT = "credit"  # a bill became less
    BANK = "bank"
    CASH = "cash"
    ONLINE = "online"
    RETURNED = "returned"  # a payment went back, or we paid
    EMPTIES = "empties"
    WRITTEN_OFF = "written_off"
    OTHER = "other"


@dataclass(frozen=True)
class StatementLine:
    """`cents` is what was added to what is owed; below zero for a payment."""

    on: date
    kind: Moved
    text: str
    cents: Cents
    paper_id: int | None = None
    number: str = ""
    balance: Cents = 0


@dataclass(frozen=True)
class Statement:
    """One participant's account from a day on; balances in cents, above zero is owed to us."""

    since: date
    opening: Cents
    lines: tuple[StatementLine, ...]
    open: tuple[OpenItem, ...]

    @property
    def closing(self) -> Cents:
        return self.opening + sum(line.cents for line in self.lines)

    @property
    def credit(self) -> Cents:
        """Money that pays no bill yet."""
        return max(credit.credit_of(self.closing, self.open), 0)


_BY_KEY = {
    "charges": Moved.BILL,
    "ahead": Moved.BILL,
    "corrections": Moved.BILL,
    "reports": Moved.BILL,
    "bill": Moved.BILL,
    "paid": Moved.BANK,
    "cash": Moved.CASH,
    "online": Moved.ONLINE,
    "empties": Moved.EMPTIES,
    "written-off": Moved.WRITTEN_OFF,
}


def statement_of(
    session: Session, participant_id: int, *, since: date, zone: ZoneInfo
) -> Statement:
    """All that was booked for a participant from a day on. What was undone is left out."""
    start = datetime.combine(since, time(), zone).astimezone(UTC)
    account = accounts.of_participant(participant_id)
    rows = session.execute(
        select(Posting.key, Posting.at, Posting.memo, Posting.round_id, Entry.cents)
        .join(Entry, Entry.posting_id == Posting.id)
        .where(Entry.account == account, Posting.at >= start)
        .order_by(Posting.at, Posting.id)
    ).all()
    before = session.scalar(
        select(func.sum(Entry.cents))
        .join(Posting, Posting.id == Entry.posting_id)
        .where(Entry.account == account, Posting.at < start)
    )
    opening = int(before or 0)
    papers = _bills(session, participant_id)
    shown = [
        _line(key, at.astimezone(zone).date(), memo, _paper(papers, key, round_id), cents)
        for key, at, memo, round_id, cents in _not_undone(rows)
    ]
    return Statement(
        since,
        opening,
        tuple(_with_balances(opening, shown)),
        tuple(list_open(session, participant_ids=[participant_id])),
    )


def print_statement(
    session: Session, participant: Participant, *, since: date, now: datetime
) -> Paper:
    """The statement as it is now, as a paper with a number of its own, to be printed.

    Asked for again on the same day, with nothing changed, it is the same paper.
    """
    network = the_network(session)
    zone = ZoneInfo(network.timezone)
    deciding.hold_books(session)
    found = statement_of(session, participant.id, since=since, zone=zone)
    on = now.astimezone(zone).date()
    told = _snapshot(network, participant, found, on)
    last = _last_printed(session, participant.id)
    if last is not None and last.snapshot == told | {"number": last.number}:
        return last
    number = f"R-{on.year}-{numbers.take(session, f'account:{on.year}'):04d}"
    paper = Paper(
        kind=PaperKind.ACCOUNT,
        number=number,
        participant_id=participant.id,
        language=participant.language,
        issued_on=on,
        issued_at=now,
        snapshot=told | {"number": number},
    )
    session.add(paper)
    session.flush()
    ask_to_print(session, paper, participant.name, now=now)
    return paper


def _last_printed(session: Session, participant_id: int) -> Paper | None:
    printed = select(Paper).where(
        Paper.participant_id == participant_id, Paper.kind == PaperKind.ACCOUNT
    )
    return session.scalar(printed.order_by(Paper.id.desc()).limit(1))


def ask_to_print(session: Session, paper: Paper, recipient: str, *, now: datetime) -> None:
    """Somebody waits for this paper: it goes before those of a round."""
    errands.ask(
        session,
        errands.Kind.RENDER,
        paper.id,
        priority=errands.Priority.AWAITED,
        recipient=recipient,
        now=now,
    )


def recipient(participant: Participant) -> dict[str, str]:
    """A participant as it stands at the head of a paper."""
    return {
        "name": participant.name,
        "street": participant.street,
        "postcode": participant.postcode,
        "city": participant.city,
        "number": str(participant.number),
    }


Row = tuple[str, datetime, str, int | None, Cents]


def _not_undone(rows: Iterable[Sequence[object]]) -> Iterator[Row]:
    """A decision that was taken back is nobody's business but the treasurer's."""
    found: list[Row] = [tuple(row) for row in rows]  # type: ignore[misc]
    undone = {key.removeprefix("undo:") for key, *_ in found if key.startswith("undo:")}
    for row in found:
        if row[0] not in undone and not row[0].startswith("undo:"):
            yield row


def _line(
    key: str, on: date, memo: str, paper: tuple[int, str] | None, cents: Cents
) -> StatementLine:
    kind = _BY_KEY.get(key.partition(":")[0], Moved.OTHER)
    if kind in (Moved.BANK, Moved.ONLINE) and cents > 0:
        kind = Moved.RETURNED
    if kind == Moved.BILL and cents < 0:
        kind = Moved.CREDIT
    paper_id, number = paper if paper and kind == Moved.BILL else (None, "")
    return StatementLine(on, kind, memo, int(cents), paper_id, number)


def _with_balances(opening: Cents, lines: Iterable[StatementLine]) -> Iterator[StatementLine]:
    balance = opening
    for line in lines:
        balance += line.cents
        yield replace(line, balance=balance)


Bills = dict[tuple[int | None, PaperKind], tuple[int, str]]


def _bills(session: Session, participant_id: int) -> Bills:
    """The papers for which the charges of rounds were booked: id and number."""
    kinds = (PaperKind.INVOICE, PaperKind.SETTLEMENT, PaperKind.PREPAYMENT)
    rows = session.execute(
        select(Paper.round_id, Paper.kind, Paper.id, Paper.number)
        .where(
            Paper.participant_id == participant_id,
            Paper.round_id.is_not(None),
            Paper.kind.in_(kinds),
        )
        .order_by(Paper.id.desc())
    )
    return {(round_id, kind): (paper_id, number) for round_id, kind, paper_id, number in rows}


def _paper(bills: Bills, key: str, round_id: int | None) -> tuple[int, str] | None:
    """The paper that a posting was made for, where it was made for one."""
    if key.startswith("ahead:"):
        return bills.get((round_id, PaperKind.PREPAYMENT))
    settled = bills.get((round_id, PaperKind.SETTLEMENT))
    return bills.get((round_id, PaperKind.INVOICE), settled)


def _snapshot(
    network: Network, participant: Participant, found: Statement, on: date
) -> dict[str, object]:
    return {
        "kind": "account",
        "language": participant.language,
        "issued_on": on.isoformat(),
        "since": found.since.isoformat(),
        "sender": sheets.sender(network),
        "recipient": recipient(participant),
        "opening": found.opening,
        "closing": found.closing,
        "lines": [
            {
                "on": line.on.isoformat(),
                "what": str(line.kind),
                "number": line.number,
                "text": line.text if line.kind in (Moved.BILL, Moved.OTHER) else "",
                "cents": line.cents,
                "balance": line.balance,
            }
            for line in found.lines
        ],
        "open": [
            {
                "number": item.number,
                "due_on": item.due_on.isoformat() if item.due_on else None,
                "reference": item.reference,
                "open": item.open,
            }
            for item in found.open
        ],
        "notes": [],
    }


def year_before(day: date) -> date:
    """Where a statement usually begins: a year ago, on the first of the month."""
    return (day - timedelta(days=365)).replace(day=1)

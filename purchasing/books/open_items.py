"""What each paper still asks for: its total, less the parts that have been paid of it.

Where a bill is paid in parts, it is due as its plan says.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import accumulate
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ColumnElement,
    ForeignKey,
    Select,
    String,
    func,
    insert,
    select,
)
from sqlalchemy.orm import Mapped, Session, mapped_column

from purchasing.base import Base
from purchasing.books import accounts, plans
from purchasing.books.ledger import Entry
from purchasing.books.plans import Due, InstalmentPlan
from purchasing.money import Cents
from purchasing.papers import Paper, PaperKind
from purchasing.people import Participant


class PaidPart(Base):
    """So much of a paper was paid by a posting; less than zero where that was taken back.

    Parts of postings that belong together by `posting_key` can be more or less than what was
    paid: the rest is credit, and a credit note pays an invoice without any money.
    """

    __tablename__ = "paid_part"
    __table_args__ = (CheckConstraint("cents <> 0", name="not_zero"),)

    paper_id: Mapped[int] = mapped_column(ForeignKey("paper.id"), index=True)
    posting_key: Mapped[str] = mapped_column(String(80), index=True)
    cents: Mapped[int] = mapped_column(BigInteger)
    at: Mapped[datetime]


@dataclass
class OpenItem:
    """A paper and what is open of it: below zero for a credit note that was not used yet."""

    paper_id: int
    kind: PaperKind
    number: str
    reference: str
    participant_id: int
    name: str
    issued_on: date
    bill_due_on: date | None  # as printed
    total: Cents
    open: Cents
    agreed: tuple[Due, ...] = ()  # the parts of its plan; one where the plan was ended

    @property
    def parts(self) -> list[Due]:
        """What is still to be paid of its plan, part by part; nothing where it has none."""
        return plans.still_due(self.agreed, self.open) if self.agreed and self.open > 0 else []

    @property
    def due_on(self) -> date | None:
        parts = self.parts
        return parts[0][0] if parts else self.bill_due_on

    @property
    def can_be_parted(self) -> bool:
        """Whether it is large enough to be paid in parts; whether it may be is another matter."""
        return self.open >= 2 * plans.LEAST_PART

    def asked(self, today: date) -> Cents:
        """What is to be paid of it by a day: all, or the parts that are due by then."""
        if not (parts := self.parts):
            return self.open
        return sum(cents for day, cents in parts if day <= today)

    def is_asked(self, cents: Cents) -> bool:
        """Whether somebody may well pay this: all that is open, or the next part or parts."""
        if cents == self.open:
            return True
        return cents in accumulate(part for _, part in self.parts)

    def days_late(self, today: date) -> int:
        return max((today - self.due_on).days, 0) if self.due_on and self.open > 0 else 0


Part = tuple[int, Cents]  # paper id, and what is paid of it


def list_open(
    session: Session, *, participant_ids: Collection[int] | None = None
) -> list[OpenItem]:
    """Papers of which something is open, the oldest first."""
    query = _items().having(func.coalesce(func.sum(PaidPart.cents), 0) != Paper.total_cents)
    if participant_ids is not None:
        query = query.where(Paper.participant_id.in_(participant_ids))
    return _read(session, query)


def find_items(
    session: Session, *, references: Collection[str] = (), numbers: Collection[str] = (),
    paper_ids: Collection[int] = (),
) -> list[OpenItem]:  # fmt: skip
    """Papers by what a payer wrote, or by id, also those that are paid."""
    if not (references or numbers or paper_ids):
        return []
    known = (
        Paper.reference.in_(references)
        | (Paper.number.in_(numbers))
        | (Paper.id.in_(paper_ids))
    )  # fmt: skip
    return _read(session, _items().where(known))


def _read(session: Session, query: Select[*tuple[Any, ...]]) -> list[OpenItem]:
    rows = session.execute(query).all()
    found = plans.agreed_of(session, {plan_id for *_, plan_id, _ in rows if plan_id})
    return [_item(row, found) for row in rows]


def _item(row: Sequence[Any], found: Mapping[int, list[Due]]) -> OpenItem:
    *facts, plan_id, ended_on = row
    item = OpenItem(*facts)
    item.open = int(item.open)  # a sum of PostgreSQL is a Decimal
    item.agreed = tuple(found.get(plan_id, ()))
    if item.agreed and ended_on is not None:
        due_on = max(item.bill_due_on or ended_on, ended_on)
        item.agreed = ((due_on, sum(cents for _, cents in item.agreed)),)
    return item


def _items() -> Select[*tuple[Any, ...]]:
    paid = func.coalesce(func.sum(PaidPart.cents), 0)
    return (
        select(
            Paper.id,
            Paper.kind,
            Paper.number,
            Paper.reference,
            Participant.id,
            Participant.name,
            Paper.issued_on,
            Paper.due_on,
            Paper.total_cents,
            (Paper.total_cents - paid),
            InstalmentPlan.id,
            InstalmentPlan.ended_on,
        )
        .join(Participant, Participant.id == Paper.participant_id)
        .outerjoin(PaidPart, PaidPart.paper_id == Paper.id)
        .outerjoin(InstalmentPlan, InstalmentPlan.paper_id == Paper.id)
        .where(Paper.total_cents != 0)
        .group_by(Paper.id, Participant.id, InstalmentPlan.id)
        .order_by(Paper.issued_on, Paper.id)
    )


def balances_of(session: Session, participant_ids: Collection[int]) -> dict[int, Cents]:
    """What these participants owe us, by id; who is even is left out."""
    wanted = [accounts.of_participant(one) for one in participant_ids]
    return _balances(session, "participant", Entry.account.in_(wanted))


def balances(session: Session, kind: str) -> dict[int, Cents]:
    """What every participant (or supplier, as `kind`) owes us, by id; who is even is left out."""
    return _balances(session, kind, Entry.account.startswith(f"{kind}:", autoescape=True))


def _balances(session: Session, kind: str, which: ColumnElement[bool]) -> dict[int, Cents]:
    rows = session.execute(
        select(Entry.account, func.sum(Entry.cents))
        .where(which)
        .group_by(Entry.account)
        .having(func.sum(Entry.cents) != 0)
    )
    found = ((accounts.owner_id(account, kind), int(cents)) for account, cents in rows)
    return {owner: cents for owner, cents in found if owner is not None}


def spread(cents: Cents, named: Sequence[OpenItem], others: Iterable[OpenItem]) -> list[Part]:
    """Pay papers with so much money: those that were named first, then the oldest.

    Lowers `open` of what it pays. What is left over is nobody's part and stays as credit.
    """
    parts: list[Part] = []
    ids = {item.paper_id for item in named}
    for item in [*named, *(other for other in others if other.paper_id not in ids)]:
        part = min(cents, item.open) if item.open > 0 else 0
        if part > 0:
            parts.append((item.paper_id, part))
            item.open -= part
            cents -= part
    return parts


def offset(items: Sequence[OpenItem]) -> list[Part]:
    """Let credit notes pay what is open of the same participant; no money moves."""
    parts: list[Part] = []
    for note in items:
        for item in items:
            part = min(-note.open, item.open)
            if part > 0:
                parts += [(note.paper_id, -part), (item.paper_id, part)]
                note.open += part
                item.open -= part
    return parts


def write_parts(
    session: Session, parts: Iterable[tuple[str, Sequence[Part]]], *, at: datetime
) -> None:
    """Note which papers were paid, as (posting key, parts)."""
    rows = [
        {"posting_key": key, "paper_id": paper_id, "cents": cents, "at": at}
        for key, some in parts
        for paper_id, cents in some
        if cents
    ]
    if rows:
        session.execute(insert(PaidPart.__table__), rows)  # type: ignore[arg-type]


def parts_of(session: Session, posting_key: str) -> list[Part]:
    """What a posting still pays of which papers."""
    rows = session.execute(
        select(PaidPart.paper_id, func.sum(PaidPart.cents))
        .where(PaidPart.posting_key == posting_key)
        .group_by(PaidPart.paper_id)
        .having(func.sum(PaidPart.cents) != 0)
        .order_by(PaidPart.paper_id)
    )
    return [(paper_id, int(cents)) for paper_id, cents in rows]

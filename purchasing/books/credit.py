"""Money of a participant that pays no paper yet: it pays the next one, and so do credit notes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from purchasing.books import accounts, ledger
from purchasing.books.open_items import (
    OpenItem,
    PaidPart,
    Part,
    balances,
    list_open,
    offset,
    spread,
    write_parts,
)
from purchasing.money import Cents


def credit_of(owed: Cents, items: Iterable[OpenItem]) -> Cents:
    """What is paid and pays no paper: more than zero is credit.

    Less than zero: papers count as paid with money that went back meanwhile.
    """
    return sum(item.open for item in items) - owed


def settle_all(session: Session, *, now: datetime) -> None:
    """Let all credit there is pay what is open, of every participant that has both."""
    owed = balances(session, "participant")
    of_participant = _by_participant(list_open(session))
    parts = [
        (_key(who), _parts(credit_of(owed.get(who, 0), items), items))
        for who, items in sorted(of_participant.items())
        if credit_of(owed.get(who, 0), items) >= 0
    ]
    write_parts(session, parts, at=now)


def settle(session: Session, participant_ids: Iterable[int | None], *, now: datetime) -> None:
    """The same for these; and where money went back, reopen what their credit had paid."""
    for who in sorted(one for one in participant_ids if one is not None):
        items = list_open(session, participant_ids=[who])
        left = credit_of(ledger.balance(session, accounts.of_participant(who)), items)
        parts = _parts(left, items) if left >= 0 else _reopened(session, who, -left)
        write_parts(session, [(_key(who), parts)], at=now)


def _parts(left: Cents, items: Sequence[OpenItem]) -> list[Part]:
    return [*offset(items), *spread(left, items, ())]


def _reopened(session: Session, who: int, lacking: Cents) -> list[Part]:
    """The papers that credit paid last are open again."""
    paid = session.execute(
        select(PaidPart.paper_id, func.sum(PaidPart.cents))
        .where(PaidPart.posting_key == _key(who))
        .group_by(PaidPart.paper_id)
        .having(func.sum(PaidPart.cents) > 0)
        .order_by(PaidPart.paper_id.desc())
    )
    parts: list[Part] = []
    for paper_id, cents in paid:
        part = min(int(cents), lacking)
        if part:
            parts.append((paper_id, -part))
            lacking -= part
    return parts


def _by_participant(items: Iterable[OpenItem]) -> dict[int, list[OpenItem]]:
    found: dict[int, list[OpenItem]] = defaultdict(list)
    for item in items:
        found[item.participant_id].append(item)
    return found


def _key(participant_id: int) -> str:
    return f"credit:{participant_id}"

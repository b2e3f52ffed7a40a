"""What matching must know about some lines, gathered in a fixed number of questions."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime
from typing import TypeVar

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session, aliased

from purchasing.base import insert_if_absent
from purchasing.books import accounts, payouts
from purchasing.books.bank import BankLine, KnownAccount, LineState
from purchasing.books.matching import Earlier, Found, Knowledge
from purchasing.books.open_items import OpenItem, PaidPart, Part, find_items, list_open
from purchasing.catalogue import Supplier
from purchasing.payment_reference import numbers_in, references_in

ONCE = 500
T = TypeVar("T")


def gather(
    session: Session,
    lines: Sequence[BankLine],
    *,
    paper_ids: Collection[int] = (),
    account: str = "",
) -> Knowledge:
    """The papers, accounts and earlier payments that these lines may be about."""
    earlier = _earlier(session, lines)
    wanted = {*paper_ids, *(paper_id for line in lines for paper_id in line.paper_ids)}
    wanted |= {paper_id for one in earlier for paper_id, _ in one.parts}
    papers = {item.paper_id: item for item in _named(session, lines, wanted)}
    known = _known_accounts(session, {line.iban for line in lines if line.iban})
    people = {item.participant_id for item in papers.values()} | set(known.values())
    if (chosen := accounts.owner_id(account, "participant")) is not None:
        people.add(chosen)
    of_participant: dict[int, list[OpenItem]] = defaultdict(list)
    for some in _portions(people):
        for item in list_open(session, participant_ids=some):
            same = papers.setdefault(item.paper_id, item)
            of_participant[item.participant_id].append(same)
    return Knowledge(
        papers=papers,
        by_reference={item.reference: item for item in papers.values() if item.reference},
        by_number={item.number: item for item in papers.values()},
        of_participant=of_participant,
        known_accounts=known,
        suppliers=_suppliers(session),
        earlier=earlier,
        provider=payouts.known(session),
    )


def remember(session: Session, found: Iterable[tuple[BankLine, Found]], *, now: datetime) -> None:
    """Know the accounts again that participants paid from."""
    seen = {
        (line.iban, owner)
        for line, what in found
        if line.iban and line.cents > 0 and not line.returned
        if (owner := accounts.owner_id(what.account, "participant")) is not None
    }
    for iban, owner in sorted(seen):
        insert_if_absent(session, KnownAccount, iban=iban, participant_id=owner, seen_at=now)


def forget(session: Session, line: BankLine) -> None:
    """A decision was wrong: the account does not speak for that participant any more."""
    owner = accounts.owner_id(line.account, "participant")
    if line.iban and owner is not None:
        session.execute(
            delete(KnownAccount).where(
                KnownAccount.iban == line.iban, KnownAccount.participant_id == owner
            )
        )


def accounts_of(session: Session, participant_id: int) -> list[str]:
    """The accounts by which we would know this participant's payments."""
    query = select(KnownAccount.iban).where(KnownAccount.participant_id == participant_id)
    return list(session.scalars(query.order_by(KnownAccount.iban)))


def forget_participant(session: Session, participant_id: int) -> None:
    """Know none of its accounts any more. What the bank told stays: the law keeps books."""
    session.execute(delete(KnownAccount).where(KnownAccount.participant_id == participant_id))


def _named(session: Session, lines: Sequence[BankLine], wanted: set[int]) -> Iterator[OpenItem]:
    """Papers whose reference or number stands in a line, and those asked for."""
    references, numbers = set[str](), set[str]()
    for line in lines:
        for text in (line.reference, line.end_to_end, line.text):
            references.update(references_in(text))
        references.update(references_in(f"{line.reference}|{line.end_to_end}|{line.text}"))
        numbers.update(numbers_in(f"{line.text} {line.end_to_end}"))
    for some in _portions(references):
        yield from find_items(session, references=some)
    for few in _portions(numbers):
        yield from find_items(session, numbers=few)
    for ids in _portions(wanted):
        yield from find_items(session, paper_ids=ids)


def _portions(things: Collection[T]) -> Iterator[list[T]]:
    listed = list(things)
    for start in range(0, len(listed), ONCE):
        yield listed[start : start + ONCE]


def _known_accounts(session: Session, ibans: set[str]) -> dict[str, int]:
    """Accounts that one participant paid from; who pays for two households is left out."""
    found: dict[str, int] = {}
    for some in _portions(ibans):
        query = (
            select(KnownAccount.iban, func.min(KnownAccount.participant_id))
            .where(KnownAccount.iban.in_(some))
            .group_by(KnownAccount.iban)
            .having(func.count() == 1)
        )
        found |= {iban: who for iban, who in session.execute(query)}
    return found


def _suppliers(session: Session) -> dict[str, int]:
    query = select(Supplier.iban, Supplier.id).where(Supplier.iban != "")
    return {iban: supplier_id for iban, supplier_id in session.execute(query)}


def _earlier(session: Session, lines: Sequence[BankLine]) -> list[Earlier]:
    """Booked payments that are as large as a line that may take one back."""
    amounts = {-line.cents for line in lines if line.cents < 0 or line.returned}
    back = aliased(BankLine)
    taken_back = select(back.returns_id).where(
        back.state == LineState.BOOKED, back.returns_id.is_not(None)
    )
    found: list[BankLine] = []
    for some in _portions(amounts):
        query = select(BankLine).where(
            BankLine.state == LineState.BOOKED,
            BankLine.cents.in_(some),
            BankLine.returned.is_(False),
            BankLine.id.not_in(taken_back),
        )
        found += session.scalars(query.order_by(BankLine.id))
    parts = _parts(session, [line.posting_key for line in found])
    return [
        Earlier(
            line.id,
            line.cents,
            line.iban,
            line.end_to_end,
            line.account,
            tuple(parts.get(line.posting_key, ())),
        )
        for line in found
    ]


def _parts(session: Session, keys: Sequence[str]) -> dict[str, list[Part]]:
    parts: dict[str, list[Part]] = defaultdict(list)
    for some in _portions(keys):
        query = (
            select(PaidPart.posting_key, PaidPart.paper_id, func.sum(PaidPart.cents))
            .where(PaidPart.posting_key.in_(some))
            .group_by(PaidPart.posting_key, PaidPart.paper_id)
            .order_by(PaidPart.paper_id)
        )
        for key, paper_id, cents in session.execute(query):
            parts[key].append((paper_id, int(cents)))
    return parts

"""Everything that was booked in some time, with the balances before it: for who keeps books."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from purchasing.books import accounts
from purchasing.books.chart import ledger_of
from purchasing.books.ledger import Entry, Posting
from purchasing.catalogue import Supplier
from purchasing.money import Cents
from purchasing.people import Network, Participant, the_network
from purchasing.rounds import Round

_JOURNALS = {"order": "purchases", "charges": "sales", "bank": "bank", "cash": "cash"}
MEMORIAL = "memorial"
NAMELESS = "–"
_TELLS_NO_NAMES = ("purchases", "sales")  # what a bank or a person wrote may name anybody


@dataclass(frozen=True)
class Booked:
    """One posting on its day in the network's zone; `lines` are accounts with their cents."""

    number: int
    on: date
    journal: str
    memo: str
    key: str
    lines: tuple[tuple[str, Cents], ...]


@dataclass(frozen=True)
class Party:
    """Who stands behind an account: a participant or a supplier."""

    account: str
    number: str
    name: str
    kvk: str = ""


@dataclass(frozen=True)
class Journal:
    """From `since` up to and including `until`. `opening` adds up to zero, as all else does."""

    network: Network
    since: date
    until: date
    opening: dict[str, Cents]
    booked: tuple[Booked, ...]
    parties: dict[str, Party]
    rounds: dict[str, str]  # account of a round, and its title

    @property
    def accounts(self) -> list[str]:
        """Every account that occurs, in order."""
        used = {account for one in self.booked for account, _ in one.lines}
        return sorted(used | set(self.opening))


def of_year(session: Session, year: int) -> Journal:
    return journal(session, date(year, 1, 1), date(year, 12, 31))


def journal(session: Session, since: date, until: date) -> Journal:
    network = the_network(session)
    zone = ZoneInfo(network.timezone)
    start = datetime.combine(since, time(), zone).astimezone(UTC)
    end = datetime.combine(until + timedelta(days=1), time(), zone).astimezone(UTC)
    opening = _opening(session, start, since)
    booked = tuple(_booked(session, start, end, zone))
    used = set(opening) | {account for one in booked for account, _ in one.lines}
    return Journal(
        network, since, until, opening, booked, _parties(session, used), _rounds(session, used)
    )


def without_names(journal_: Journal) -> Journal:
    """The same sums, with participants by their number alone, for who may not know them."""
    parties = {
        account: one
        if accounts.owner_id(account, "participant") is None
        else Party(account, one.number, NAMELESS)
        for account, one in journal_.parties.items()
    }
    booked = tuple(
        one if one.journal in _TELLS_NO_NAMES else replace(one, memo="") for one in journal_.booked
    )
    return replace(journal_, parties=parties, booked=booked)


def _opening(session: Session, start: datetime, since: date) -> dict[str, Cents]:
    """Balances before the first day; what was earned and not closed stands with the results."""
    rows = session.execute(
        select(Entry.account, func.sum(Entry.cents))
        .join(Posting, Posting.id == Entry.posting_id)
        .where(Posting.at < start)
        .group_by(Entry.account)
    )
    opening: dict[str, Cents] = defaultdict(int)
    for account, cents in rows:
        kept = f"result:{since.year - 1}" if ledger_of(account).closes else account
        opening[kept] += int(cents)
    return {account: cents for account, cents in sorted(opening.items()) if cents}


def _booked(session: Session, start: datetime, end: datetime, zone: ZoneInfo) -> Iterable[Booked]:
    rows = session.execute(
        select(Posting.id, Posting.at, Posting.key, Posting.memo, Entry.account, Entry.cents)
        .join(Entry, Entry.posting_id == Posting.id)
        .where(Posting.at >= start, Posting.at < end)
        .order_by(Posting.at, Posting.id, Entry.id)
    )
    lines: dict[int, list[tuple[str, Cents]]] = defaultdict(list)
    heads: dict[int, tuple[datetime, str, str]] = {}
    for number, at, key, memo, account, cents in rows:
        heads[number] = at, key, memo
        lines[number].append((account, int(cents)))
    for number, (at, key, memo) in heads.items():
        kind = _JOURNALS.get(key.partition(":")[0], MEMORIAL)
        yield Booked(number, at.astimezone(zone).date(), kind, memo, key, tuple(lines[number]))


def _parties(session: Session, used: set[str]) -> dict[str, Party]:
    found: dict[str, Party] = {}
    people = {accounts.owner_id(account, "participant") for account in used} - {None}
    for one in session.scalars(select(Participant).where(Participant.id.in_(people))):
        account = accounts.of_participant(one.id)
        found[account] = Party(account, str(one.number), one.name, one.kvk)
    sellers = {accounts.owner_id(account, "supplier") for account in used} - {None}
    for seller in session.scalars(select(Supplier).where(Supplier.id.in_(sellers))):
        account = accounts.of_supplier(seller.id)
        found[account] = Party(account, f"L{seller.id}", seller.name)
    return found


def _rounds(session: Session, used: set[str]) -> dict[str, str]:
    ids = {accounts.owner_id(account, "round") for account in used} - {None}
    rows = session.execute(select(Round.id, Round.title).where(Round.id.in_(ids)))
    return {accounts.of_round(one): title for one, title in rows}

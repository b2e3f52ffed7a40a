"""Collecting what is due: one file for the bank per collection, each bill in it at most once.

A collection books nothing; the lines of the bank do, by the bill's reference in each. Until then
a bill that is being collected is under way, and is neither collected again nor reminded of. When
the bank gives the money back, its line carries the same id, and the bill is open as before.
"""

from __future__ import annotations

from collections.abc import Collection as Some
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import (
    delete,
    func,
    or_,
    select,
    update,
)
from sqlalchemy.orm import Session, selectinload

from purchasing import errands, numbers
from purchasing.banking_days import banking_day_from, is_banking_day
from purchasing.books import deciding, mandates, online_payments, open_items
from purchasing.books.collections import (
    STANDS,
    TOLD,
    Collection,
    CollectionLine,
    CollectionRefusal,
    Sequence,
)
from purchasing.books.mandates import Mandate, NotCollecting
from purchasing.books.open_items import OpenItem
from purchasing.errors import N_, Refused
from purchasing.money import Cents
from purchasing.people import Network, the_network


class TooSoon(Refused):
    message = N_("People must know it some days before. The first day is %(day)s.")


class NotABankingDay(Refused):
    message = N_(
        "Banks do not collect at weekends and on some holidays. The next day they do is %(day)s."
    )


class NothingToCollect(Refused):
    message = N_("There is nothing to collect of whom you chose.")


class NotUnderWay(Refused):
    message = N_("This is not under way any more.")


@dataclass
class Collectable:
    """What may be collected of one bill on a day."""

    item: OpenItem
    mandate: Mandate
    cents: Cents


def first_day(network: Network, *, now: datetime) -> date:
    """The first day on which may be collected: so many days ahead, and a day of banks."""
    day = now.astimezone(ZoneInfo(network.timezone)).date()
    return banking_day_from(day + timedelta(days=network.debit_notice_days))


def list_collectable(session: Session, collect_on: date) -> list[Collectable]:
    """Bills that are due by a day, of who gave a mandate: never more than they owe in all.

    What somebody went off to pay online is left to them, until we hear that it was not paid.
    """
    given = _mandates(session, collect_on)
    owed = open_items.balances_of(session, list(given))
    items = open_items.list_open(session, participant_ids=list(given))
    busy: set[int | None] = set(under_way(session))
    for who, cents in _asked(session).items():
        owed[who] = owed.get(who, 0) - cents  # that money pays what they owe first
    paying = online_payments.begun(session)
    for one in paying:
        owed[one.participant_id] = owed.get(one.participant_id, 0) - one.cents
    busy |= {one.paper_id for one in paying}
    found: list[Collectable] = []
    for item in items:
        left = owed.get(item.participant_id, 0)
        due = item.due_on is None or item.due_on <= collect_on
        cents = min(item.asked(collect_on), left) if due and item.paper_id not in busy else 0
        if cents > 0:
            owed[item.participant_id] = left - cents
            found.append(Collectable(item, given[item.participant_id], cents))
    return _once(found)


def under_way(session: Session, paper_ids: Some[int] | None = None) -> dict[int, date]:
    """Bills that the bank was asked to collect and told nothing of yet, with the day."""
    query = (
        select(CollectionLine.paper_id, Collection.collect_on)
        .join(Collection, Collection.id == CollectionLine.collection_id)
        .where(STANDS, CollectionLine.end_to_end.not_in(TOLD))
        .order_by(Collection.id)
    )
    rows = session.execute(query).all()
    wanted = set(paper_ids) if paper_ids is not None else None
    return {paper: day for paper, day in rows if wanted is None or paper in wanted}


def waiting(session: Session) -> set[int]:
    """Ids of the lines that the bank was asked to collect and told nothing of yet."""
    query = (
        select(CollectionLine.id)
        .join(Collection, Collection.id == CollectionLine.collection_id)
        .where(STANDS, CollectionLine.end_to_end.not_in(TOLD))
    )
    return set(session.scalars(query))


def collect(
    session: Session,
    participant_ids: Some[int],
    *,
    collect_on: date,
    actor: str,
    now: datetime,
) -> Collection:
    """Make the file of a day, and tell everybody in it by mail.

    Raises NotCollecting, TooSoon, NotABankingDay, NothingToCollect.
    """
    deciding.hold_books(session)
    network = the_network(session)
    _check(network, collect_on, now)
    chosen = [
        one
        for one in list_collectable(session, collect_on)
        if one.item.participant_id in participant_ids
    ]
    if not chosen:
        raise NothingToCollect
    made = Collection(
        number=_number(session, network, now),
        collect_on=collect_on,
        creditor_id=network.creditor_id,
        creditor_name=network.account_name or network.name,
        creditor_iban=network.iban,
        made_at=now,
        made_by=actor,
    )
    made.lines = _lines(session, made.number, chosen)
    session.add(made)
    session.flush()
    for who, name in sorted({(one.item.participant_id, one.item.name) for one in chosen}):
        ref = f"{who}:{made.id}"
        errands.ask(session, errands.Kind.MAIL_COLLECTION, ref, recipient=name, now=now)
    return made


def call_off(session: Session, made: Collection, *, actor: str, now: datetime) -> None:
    """It did not go to the bank, or the bank refused all of it: that can be collected anew.

    What the bank told of stays as it was booked. Raises NotUnderWay.
    """
    deciding.hold_books(session)
    session.refresh(made)
    if made.cancelled_at is not None:
        raise NotUnderWay
    made.cancelled_at, made.cancelled_by = now, actor
    session.flush()


def note_refusal(
    session: Session, line: CollectionLine, *, reason: str, actor: str, now: datetime
) -> CollectionRefusal:
    """The bank did not take this one line: the bill is open again, and who owes it is told.

    Raises NotUnderWay where it was called off, refused before, or the bank booked it.
    """
    deciding.hold_books(session)
    if line.id not in waiting(session):
        raise NotUnderWay
    noted = CollectionRefusal(line_id=line.id, reason=reason.strip(), noted_at=now, noted_by=actor)
    session.add(noted)
    session.flush()
    who = line.mandate.participant
    errands.ask(
        session,
        errands.Kind.MAIL_NOT_COLLECTED,
        f"{who.id}:{line.id}",
        recipient=who.name,
        now=now,
    )
    return noted


def list_made(session: Session, most: int) -> list[Collection]:
    """The newest first."""
    query = select(Collection).options(
        selectinload(Collection.lines).selectinload(CollectionLine.mandate),
        selectinload(Collection.lines).selectinload(CollectionLine.paper),
        selectinload(Collection.lines).selectinload(CollectionLine.refusal),
    )
    return list(session.scalars(query.order_by(Collection.id.desc()).limit(most)))


def lines_of(session: Session, collection_id: int, participant_id: int) -> list[CollectionLine]:
    """What one participant reads beforehand."""
    query = (
        select(CollectionLine)
        .join(Mandate, Mandate.id == CollectionLine.mandate_id)
        .where(
            CollectionLine.collection_id == collection_id,
            Mandate.participant_id == participant_id,
        )
    )
    return list(session.scalars(query.order_by(CollectionLine.id)))


def forget_participant(session: Session, participant_id: int, *, now: datetime) -> None:
    """Collect no more; mandates that were never used go, the others the law wants kept."""
    used = select(CollectionLine.mandate_id)
    mine = Mandate.participant_id == participant_id
    unused = delete(Mandate).where(mine, Mandate.id.not_in(used))
    session.execute(unused.execution_options(synchronize_session="fetch"))
    left = update(Mandate).where(mine, Mandate.revoked_at.is_(None)).values(revoked_at=now)
    session.execute(left.execution_options(synchronize_session="fetch"))


def _asked(session: Session) -> dict[int, Cents]:
    """How much the bank was asked to collect of each participant and told nothing of yet."""
    query = (
        select(Mandate.participant_id, func.sum(CollectionLine.cents))
        .join(Mandate, Mandate.id == CollectionLine.mandate_id)
        .join(Collection, Collection.id == CollectionLine.collection_id)
        .where(STANDS, CollectionLine.end_to_end.not_in(TOLD))
        .group_by(Mandate.participant_id)
    )
    return {who: int(cents) for who, cents in session.execute(query)}


def _check(network: Network, collect_on: date, now: datetime) -> None:
    if not mandates.is_offered(network):
        raise NotCollecting
    first = first_day(network, now=now)
    if collect_on < first:
        raise TooSoon(day=first)
    if not is_banking_day(collect_on):
        raise NotABankingDay(day=banking_day_from(collect_on))


def _number(session: Session, network: Network, now: datetime) -> str:
    year = now.astimezone(ZoneInfo(network.timezone)).year
    return f"I-{year}-{numbers.take(session, f'collection:{year}'):04d}"


def _lines(session: Session, number: str, chosen: Iterable[Collectable]) -> list[CollectionLine]:
    used = {mandate_id for mandate_id, _ in _used(session)}
    lines: list[CollectionLine] = []
    for place, one in enumerate(chosen, start=1):
        first = Sequence.ONCE if one.mandate.one_off else Sequence.FIRST
        sequence = Sequence.NEXT if one.mandate.id in used else first
        used.add(one.mandate.id)
        text = " ".join(part for part in (one.item.number, one.item.reference) if part)
        lines.append(
            CollectionLine(
                paper_id=one.item.paper_id,
                mandate_id=one.mandate.id,
                sequence=sequence,
                end_to_end=f"{number}-{place}",
                cents=one.cents,
                text=text,
            )
        )
    return lines


def _mandates(session: Session, on: date) -> dict[int, Mandate]:
    """Who may be collected from on a day: a mandate lapses where it was not used for long."""
    used = dict(_used(session))
    query = select(Mandate).where(Mandate.revoked_at.is_(None)).order_by(Mandate.id)
    return {
        one.participant_id: one
        for one in session.scalars(query)
        if not (one.one_off and one.id in used)
        and on <= used.get(one.id, one.signed_on) + mandates.LAPSES_AFTER
    }


def _used(session: Session) -> list[tuple[int, date]]:
    """Mandates by which was collected, with the last day."""
    went = or_(STANDS, CollectionLine.end_to_end.in_(TOLD))
    rows = session.execute(
        select(CollectionLine.mandate_id, func.max(Collection.collect_on))
        .join(Collection, Collection.id == CollectionLine.collection_id)
        .where(went)
        .group_by(CollectionLine.mandate_id)
    )
    return [(mandate_id, day) for mandate_id, day in rows]


def _once(found: list[Collectable]) -> list[Collectable]:
    """Of a mandate for one collection only the oldest bill."""
    seen, kept = set[int](), list[Collectable]()
    for one in found:
        if not one.mandate.one_off or one.mandate.id not in seen:
            kept.append(one)
        seen.add(one.mandate.id)
    return kept

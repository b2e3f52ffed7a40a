"""Paying online: noted before the provider is asked, booked once, taken back as often as needed.

What was asked is written first and never changes. What the provider says is heard under the lock
of the books and changes the books by the difference only, so that it makes no matter how often
or by whom it is heard. Money that is paid stands on `online` until the provider pays it out.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from purchasing import listening
from purchasing.base import insert_if_absent
from purchasing.books import accounts, collecting, credit, deciding, ledger, open_items
from purchasing.books.ledger import Booking
from purchasing.books.online_payments import OnlinePayment, OnlineState
from purchasing.books.online_told import EURO, Outcome, Told
from purchasing.books.open_items import OpenItem, Part
from purchasing.errands import Kind
from purchasing.errors import N_, Refused
from purchasing.money import Cents
from purchasing.papers import Paper
from purchasing.people import Participant

SAME_WITHIN = timedelta(minutes=10)  # pressed again so soon it is the same payment
FIRST_LOOK = timedelta(seconds=20)  # where the provider does not tell us by itself
SHORTEST, LONGEST = timedelta(seconds=15), timedelta(days=1)


class NothingToPay(Refused):
    message = N_("There is nothing to pay. Everything is paid.")


class IsCollected(Refused):
    message = N_("We collect this bill from your bank account. You need not pay it yourself.")


class NoCosts(Refused):
    message = N_("Fill in the costs: more than nothing, and not more than is on its way.")


class AnotherPayment(ValueError):
    """The provider speaks of another payment than was asked about."""


def begin(
    session: Session,
    participant: Participant,
    paper: Paper | None,
    *,
    provider: str,
    key: str,
    now: datetime,
) -> OnlinePayment:
    """Note what is to be paid: what a paper asks next, or without one all that is owed.

    The same key gives the same payment, and so does asking for the same again within minutes.
    Raises NothingToPay, IsCollected.
    """
    deciding.hold_books(session)
    if found := find(session, key):
        return found
    cents = _asked(session, participant, paper)
    if found := _same(session, participant, paper, cents, now):
        return found
    insert_if_absent(
        session,
        OnlinePayment,
        key=key,
        participant_id=participant.id,
        paper_id=paper.id if paper else None,
        cents=cents,
        asked_at=now,
        provider=provider,
        checkout="",
        state=OnlineState.ASKED,
        heard="",
        back_cents=0,
        moves=0,
    )
    return session.scalars(select(OnlinePayment).where(OnlinePayment.key == key)).one()


def answered(session: Session, payment: OnlinePayment, told: Told, *, now: datetime) -> None:
    """The provider made it: from now on it can be paid, and we listen. The first answer counts."""
    session.execute(
        update(OnlinePayment)
        .where(OnlinePayment.id == payment.id, OnlinePayment.provider_id.is_(None))
        .values(provider_id=told.provider_id, checkout=told.checkout[:500], state=OnlineState.OPEN)
        .execution_options(synchronize_session=False)
    )
    session.refresh(payment)
    listening.rouse(session, Kind.HEAR_PAYMENT, payment.id, now=now + FIRST_LOOK)


def is_known(session: Session, provider_id: str) -> bool:
    """Whether this is a payment of ours, by the provider's own id of it."""
    query = select(OnlinePayment.id).where(OnlinePayment.provider_id == provider_id)
    return session.scalar(query) is not None


def news(session: Session, provider_id: str, *, now: datetime) -> None:
    """Somebody says that there is news of a payment: we ask ourselves. Of an unknown one: no."""
    query = select(OnlinePayment.id).where(OnlinePayment.provider_id == provider_id)
    payment_id = session.scalar(query)
    if payment_id is not None:
        listening.rouse(session, Kind.HEAR_PAYMENT, payment_id, now=now)


def hear(session: Session, payment_id: int, told: Told, *, now: datetime) -> OnlinePayment:
    """Take in what the provider says: book what was paid, take back what went back.

    Raises AnotherPayment.
    """
    deciding.hold_books(session)
    payment = session.get_one(OnlinePayment, payment_id, populate_existing=True)
    if told.provider_id != payment.provider_id:
        raise AnotherPayment(told.provider_id)
    payment.heard_at = now
    if told.outcome == Outcome.PAID:
        _hear_paid(session, payment, told, now)
    elif payment.state in (OnlineState.OPEN, OnlineState.ENDED):
        ended = told.outcome == Outcome.ENDED
        payment.state = OnlineState.ENDED if ended else OnlineState.OPEN
    session.flush()
    return payment


def look_again(payment: OnlinePayment, *, now: datetime) -> datetime | None:
    """When to ask again about a payment that is open: less often as time goes by."""
    if payment.state != OnlineState.OPEN:
        return None
    return now + min(max((now - payment.asked_at) / 2, SHORTEST), LONGEST)


def find(session: Session, key: str) -> OnlinePayment | None:
    return session.scalar(select(OnlinePayment).where(OnlinePayment.key == key))


def list_of(session: Session, participant_id: int) -> list[OnlinePayment]:
    """Every try of one participant, the oldest first."""
    query = select(OnlinePayment).where(OnlinePayment.participant_id == participant_id)
    return list(session.scalars(query.order_by(OnlinePayment.id)))


def list_latest(session: Session, limit: int) -> list[OnlinePayment]:
    """What the treasurer sees: what is odd first, then the newest. Never begun is left out."""
    query = select(OnlinePayment).where(OnlinePayment.state != OnlineState.ASKED)
    odd = (OnlinePayment.state == OnlineState.ODD).desc()
    return list(session.scalars(query.order_by(odd, OnlinePayment.id.desc()).limit(limit)))


def on_its_way(session: Session) -> Cents:
    """What was paid online and the provider has not paid out."""
    return ledger.balance(session, accounts.ONLINE)


def open_for(session: Session, participant_ids: Collection[int]) -> dict[int, int]:
    """Papers somebody went off to pay, of which we have not heard: paper id to payment id."""
    query = select(OnlinePayment.paper_id, OnlinePayment.id).where(
        OnlinePayment.participant_id.in_(participant_ids),
        OnlinePayment.state == OnlineState.OPEN,
        OnlinePayment.paper_id.is_not(None),
    )
    rows = session.execute(query.order_by(OnlinePayment.id))
    return {paper: payment for paper, payment in rows if paper is not None}


def book_costs(session: Session, cents: Cents, *, key: str, now: datetime) -> None:
    """What the provider kept of what it paid out; `key` makes one form count once.

    Raises NoCosts.
    """
    deciding.hold_books(session)
    posting = f"online-costs:{key}"[:80]
    if ledger.amounts_of(session, posting):
        return
    if not 0 < cents <= on_its_way(session):
        raise NoCosts
    amounts = {accounts.BANK_COSTS: cents, accounts.ONLINE: -cents}
    ledger.post(session, [Booking(posting, "", amounts)], round_id=None, at=now)


def _asked(session: Session, participant: Participant, paper: Paper | None) -> Cents:
    """What is to be paid now, in cents; of a plan the next part."""
    if paper is None:
        items = open_items.list_open(session, participant_ids=[participant.id])
        cents = ledger.balance(session, accounts.of_participant(participant.id))
    else:
        items = open_items.find_items(session, paper_ids=[paper.id])
        cents = _next_part(items[0]) if items else 0
    if collecting.under_way(session, [item.paper_id for item in items]):
        raise IsCollected
    if cents <= 0:
        raise NothingToPay
    return cents


def _next_part(item: OpenItem) -> Cents:
    return item.parts[0][1] if item.parts else item.open


def _same(
    session: Session,
    participant: Participant,
    paper: Paper | None,
    cents: Cents,
    now: datetime,
) -> OnlinePayment | None:
    """A payment of the same that is open and was begun just now: who presses twice pays once."""
    query = select(OnlinePayment).where(
        OnlinePayment.participant_id == participant.id,
        OnlinePayment.paper_id == paper.id if paper else OnlinePayment.paper_id.is_(None),
        OnlinePayment.cents == cents,
        OnlinePayment.state == OnlineState.OPEN,
        OnlinePayment.asked_at > now - SAME_WITHIN,
    )
    return session.scalar(query.order_by(OnlinePayment.id.desc()).limit(1))


def _hear_paid(session: Session, payment: OnlinePayment, told: Told, now: datetime) -> None:
    if (told.cents, told.currency) != (payment.cents, EURO):
        if not payment.moves:  # once it went back as a whole nobody need look any more
            payment.state = OnlineState.ODD if told.back < told.cents else OnlineState.ENDED
        payment.heard = f"{told.currency} {told.cents // 100}.{told.cents % 100:02d}"[:120]
        return
    payment.heard = ""
    if not payment.moves:
        payment.state = OnlineState.PAID
        _move(session, payment, payment.cents, now)
    if told.back != payment.back_cents:
        _move(session, payment, payment.back_cents - told.back, now)
        payment.back_cents = told.back


def _move(session: Session, payment: OnlinePayment, cents: Cents, now: datetime) -> None:
    """Book so much more paid (or, below zero, gone back), and which papers that pays or opens."""
    payment.moves += 1
    who, key = payment.participant_id, payment.posting_key
    posting = key if payment.moves == 1 else f"{key}:{payment.moves}"
    amounts = {accounts.ONLINE: cents, accounts.of_participant(who): -cents}
    booking = Booking(posting, payment.paper.number if payment.paper else "", amounts)
    ledger.post(session, [booking], round_id=None, at=now)
    parts = _pays(session, payment, cents) if cents > 0 else _opens(session, key, -cents)
    open_items.write_parts(session, [(key, parts)], at=now)
    credit.settle(session, [who], now=now)


def _pays(session: Session, payment: OnlinePayment, cents: Cents) -> list[Part]:
    """The paper it was for, then the oldest; what is left over is credit."""
    items = open_items.list_open(session, participant_ids=[payment.participant_id])
    named = [item for item in items if item.paper_id == payment.paper_id]
    return open_items.spread(cents, named, items)


def _opens(session: Session, key: str, cents: Cents) -> list[Part]:
    """What it paid is open again, the last paper first; what was credit is credit no more."""
    parts: list[Part] = []
    for paper_id, paid in reversed(open_items.parts_of(session, key)):
        part = min(paid, cents)
        if part > 0:
            parts.append((paper_id, -part))
            cents -= part
    return parts

"""Kind reminders: who is late hears of it, on the network's rhythm, a few times and no more.

We remind only of what we can know: the bank must have been read past the day on which it should
have been paid. Nobody pays more for being late. Where a bill is paid
in parts, a reminder is of the part that is due.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from purchasing import errands
from purchasing.books import collecting
from purchasing.books.bank import BankStatement
from purchasing.books.open_items import OpenItem, balances, list_open
from purchasing.people import Network

NOT_BEFORE = time(9)  # on the network's clocks: nobody is reminded at night
MOST = 3  # reminders of one bill


@dataclass(frozen=True)
class Late:
    """Who is reminded; `ref` is of the oldest bill and how often, so that each goes once."""

    participant_id: int
    name: str
    ref: str


def is_reminding_day(network: Network, *, now: datetime) -> bool:
    """Whether today's reminders are still to be asked for."""
    if not network.reminder_days:
        return False
    here = now.astimezone(ZoneInfo(network.timezone))
    return here.time() >= NOT_BEFORE and network.reminded_on != here.date()


def remind(session: Session, network: Network, *, now: datetime) -> list[Late]:
    """Ask for today's reminders, once. Call it holding the network's row."""
    if not is_reminding_day(network, now=now):
        return []
    today = now.astimezone(ZoneInfo(network.timezone)).date()
    network.reminded_on = today
    late = _late(session, network.reminder_days, today)
    for one in late:
        errands.ask(session, errands.Kind.MAIL_PAYMENT, one.ref, recipient=one.name, now=now)
    session.flush()
    return late


def _late(session: Session, every: int, today: date) -> list[Late]:
    known_until = session.scalar(select(func.max(BankStatement.last_on)))
    if known_until is None:
        return []
    until = min(today, known_until)
    owed = balances(session, "participant")
    oldest: dict[int, OpenItem] = {}
    collected = collecting.under_way(session)
    for item in list_open(session, participant_ids=list(owed)):
        due = None if item.paper_id in collected else item.due_on
        first = oldest.get(item.participant_id)
        if item.open > 0 and due and (first is None or due < (first.due_on or due)):
            oldest[item.participant_id] = item
    found = []
    for who, item in sorted(oldest.items()):
        times = (until - (item.due_on or until)).days // every
        if owed[who] > 0 and 1 <= times <= MOST:
            found.append(Late(who, item.name, _ref(item, times)))
    return found


def _ref(item: OpenItem, times: int) -> str:
    """Each part of a plan has reminders of its own."""
    ref = f"{item.participant_id}:{item.paper_id}:{times}"
    return f"{ref}:{item.due_on:%Y%m%d}" if item.parts else ref

"""The whole ledger on one page: what we have, what is owed both ways, and whether it is true."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from purchasing.books import accounts
from purchasing.books.bank import BankLine, LineState
from purchasing.books.ledger import Entry
from purchasing.books.open_items import balances, list_open
from purchasing.errors import N_
from purchasing.money import Cents


@dataclass(frozen=True)
class Overview:
    """Balances in cents, each as one reads it: what we have or owe is above zero.

    `rounds` is what rounds hold that was not charged (yet); `other` all that has no word here.
    """

    bank: Cents
    cash: Cents
    between: Cents
    online: Cents
    unmatched: Cents
    owed_by_participants: Cents
    credit_of_participants: Cents
    owed_to_suppliers: Cents
    paid_ahead_to_suppliers: Cents
    deposits_paid: Cents
    deposits_held: Cents
    down_payments: Cents
    vat_to_pay: Cents
    vat_to_get: Cents
    rounds: Cents
    fees: Cents
    other_income: Cents
    costs: Cents
    written_off: Cents
    results: Cents


@dataclass(frozen=True)
class Fault:
    """Something in the books that cannot be; `sentence` is a msgid, `about` names where."""

    sentence: str
    about: str
    cents: Cents


UNBALANCED = N_("A posting does not add up to zero.")
BANK_DIFFERS = N_("The bank in the books is not what the bank's lines add up to.")
OVERPAID = N_("More was paid of this paper than it asks.")
OPEN_DIFFERS = N_("Open bills of a participant are less than what is owed.")


def totals(session: Session) -> dict[str, Cents]:
    """The balance of every account that has one."""
    query = select(Entry.account, func.sum(Entry.cents)).group_by(Entry.account)
    rows = session.execute(query.having(func.sum(Entry.cents) != 0).order_by(Entry.account))
    return {account: int(cents) for account, cents in rows}


def overview(session: Session) -> Overview:
    every = totals(session)
    people = _of(every, "participant:")
    sellers = _of(every, "supplier:")
    vat_out = -sum(_of(every, f"{accounts.VOUTPUT}:"))
    costs = every.get(accounts.BANK_COSTS, 0) + every.get(accounts.OTHER_COSTS, 0)
    return Overview(
        bank=every.get(accounts.BANK, 0),
        cash=every.get(accounts.CASH, 0),
        between=every.get(accounts.BETWEEN, 0),
        online=every.get(accounts.ONLINE, 0),
        unmatched=-every.get(accounts.UNMATCHED, 0),
        owed_by_participants=sum(cents for cents in people if cents > 0),
        credit_of_participants=-sum(cents for cents in people if cents < 0),
        owed_to_suppliers=-sum(cents for cents in sellers if cents < 0),
        paid_ahead_to_suppliers=sum(cents for cents in sellers if cents > 0),
        deposits_paid=every.get(accounts.DEPOSITS_PAID, 0),
        deposits_held=-every.get(accounts.DEPOSITS_HELD, 0),
        down_payments=-every.get(accounts.AHEAD, 0),
        vat_to_pay=vat_out,
        vat_to_get=every.get(accounts.VINPUT, 0),
        rounds=sum(_of(every, "round:")),
        fees=-every.get(accounts.FEES, 0),
        other_income=-every.get(accounts.OTHER_INCOME, 0),
        costs=costs,
        written_off=every.get(accounts.WRITTEN_OFF, 0),
        results=-sum(_of(every, "result:")),
    )


def faults(session: Session) -> list[Fault]:
    """What cannot be, looked for in all the books; nothing when they are true."""
    return [
        *_unbalanced(session),
        *_bank_differs(session),
        *_overpaid(session),
    ]


def _of(every: dict[str, Cents], prefix: str) -> list[Cents]:
    return [cents for account, cents in every.items() if account.startswith(prefix)]


def _unbalanced(session: Session) -> list[Fault]:
    rows = session.execute(
        select(Entry.posting_id, func.sum(Entry.cents))
        .group_by(Entry.posting_id)
        .having(func.sum(Entry.cents) != 0)
    )
    return [Fault(UNBALANCED, str(posting_id), int(cents)) for posting_id, cents in rows]


def _bank_differs(session: Session) -> list[Fault]:
    told = session.scalar(select(func.sum(BankLine.cents)).where(BankLine.state != LineState.TWIN))
    booked = session.scalar(select(func.sum(Entry.cents)).where(Entry.account == accounts.BANK))
    difference = int(booked or 0) - int(told or 0)
    return [Fault(BANK_DIFFERS, accounts.BANK, difference)] if difference else []


def _overpaid(session: Session) -> list[Fault]:
    """Papers paid beyond what they ask, and participants who owe more than their papers say."""
    items = list_open(session)
    beyond = [item for item in items if item.open * item.total < 0]
    found = [Fault(OVERPAID, item.number, item.open) for item in beyond]
    asked: dict[int, Cents] = {}
    for item in items:
        asked[item.participant_id] = asked.get(item.participant_id, 0) + item.open
    owed = balances(session, "participant")
    return found + [
        Fault(OPEN_DIFFERS, accounts.of_participant(who), asked.get(who, 0) - cents)
        for who, cents in owed.items()
        if asked.get(who, 0) < cents
    ]

"""What the treasurer's pages show: lines of the bank in words, and what is open of whom."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from purchasing.books import accounts, credit, open_items
from purchasing.books.bank import BankLine, LineState, Match
from purchasing.books.open_items import OpenItem
from purchasing.catalogue import Supplier
from purchasing.errors import N_
from purchasing.money import Cents
from purchasing.papers import Paper
from purchasing.people import Participant

WHY = {
    Match.NONE: N_("Nothing in it says whose it is."),
    Match.REFERENCE: N_("The reference is right, and so is the amount."),
    # In the same words: who pays in parts does so in private.
    Match.REFERENCE_PART: N_("The reference is right, and so is the amount."),
    Match.REFERENCE_LESS: N_("The reference is right. Less was paid than is open."),
    Match.REFERENCE_MORE: N_("The reference is right. More was paid than is open."),
    Match.REFERENCE_PAID: N_("The reference is right, but that bill was paid already."),
    Match.REFERENCES: N_("It names several bills."),
    Match.NUMBER: N_("It names the number of the bill, and the amount is right."),
    Match.ACCOUNT: N_("They paid from this account before, and one bill has this amount."),
    Match.BALANCE: N_("They paid from this account before, and it is all that is open."),
    Match.RETURN: N_("The bank took a payment back: its bill is open again."),
    Match.RETURN_LIKELY: N_("It looks as if a payment went back."),
    Match.PAYOUT: N_("The payment provider pays out what was paid online."),
    Match.SUPPLIER: N_("It went to the account of this supplier."),
    Match.TWIN: N_("Another file told of this payment already. So it is not booked again."),
    Match.BY_HAND: N_("Somebody chose this."),
}


@dataclass(frozen=True)
class Whose:
    """Names for the accounts and papers that lines are about."""

    names: dict[str, str]
    papers: dict[int, str]

    def of(self, line: BankLine) -> str:
        return self.names.get(line.account, "")

    def numbers(self, line: BankLine) -> list[str]:
        return [self.papers[one] for one in line.paper_ids if one in self.papers]


@dataclass
class Owing:
    """What is open of one participant; `balance` is what they owe in all."""

    participant_id: int
    name: str
    balance: Cents
    items: list[OpenItem] = field(default_factory=list)

    @property
    def credit(self) -> Cents:
        return max(credit.credit_of(self.balance, self.items), 0)

    def days_late(self, today: date) -> int:
        return max((item.days_late(today) for item in self.items), default=0)


def whose(session: Session, lines: Iterable[BankLine]) -> Whose:
    """The names behind these lines, in three questions."""
    lines = list(lines)
    names: dict[str, str] = {}
    for kind, table, of in (
        ("participant", Participant, accounts.of_participant),
        ("supplier", Supplier, accounts.of_supplier),
    ):
        ids = {accounts.owner_id(line.account, kind) for line in lines} - {None}
        rows = session.execute(select(table.id, table.name).where(table.id.in_(ids)))
        names |= {of(one): name for one, name in rows}
    paper_ids = {paper_id for line in lines for paper_id in line.paper_ids}
    rows = session.execute(select(Paper.id, Paper.number).where(Paper.id.in_(paper_ids)))
    return Whose(names, {one: number for one, number in rows})


def counts(session: Session) -> dict[str, int]:
    """How many lines are in which state."""
    query = select(BankLine.state, func.count(BankLine.id)).group_by(BankLine.state)
    return {str(LineState(state)): count for state, count in session.execute(query)}


def list_owing(session: Session) -> list[Owing]:
    """Whoever owes something or has credit; who is latest with a bill first."""
    balances = open_items.balances(session, "participant")
    items = open_items.list_open(session)
    ids = set(balances) | {item.participant_id for item in items}
    rows = session.execute(select(Participant.id, Participant.name).where(Participant.id.in_(ids)))
    found = {one: Owing(one, name, balances.get(one, 0)) for one, name in rows}
    for item in items:
        found[item.participant_id].items.append(item)
    return sorted(found.values(), key=_first_due)


def _first_due(one: Owing) -> tuple[date, str]:
    dues = [item.due_on for item in one.items if item.due_on and item.open > 0]
    return min(dues, default=date.max), one.name

"""What holds of the books at every moment: each cent is where it belongs, each number is there."""

from __future__ import annotations

import re
from collections import defaultdict

from sqlalchemy import func, select

from purchasing.books import accounts, collecting, ledger, open_items
from purchasing.books.bank import BankLine, LineState
from purchasing.books.credit import credit_of
from purchasing.books.ledger import Entry
from purchasing.books.open_items import OpenItem, PaidPart
from purchasing.papers import Paper, PaperKind
from tests.year.bills import ASKS
from tests.year.debits import ASKED
from tests.year.living import Life

NUMBER = re.compile(r"(.*?)(\d{4})-(\d+)")


class Books:
    """Looks again where something was written: nothing in the books is ever edited."""

    def __init__(self, life: Life) -> None:
        self.life = life
        self.look: tuple[object, ...] = ()

    def hold(self) -> None:
        under_way, told = self._under_way(), (self.life.paid.total(), self.life.loose)
        look = (self._written(), *told, self.life.banked, under_way)
        if look != self.look:
            self.look = look
            self._add_up()
            self._what_is_paid_was_paid()
            self._numbers_have_no_gaps()
            self._what_goes_back_opens_what_it_had_closed()
            assert collecting.waiting(self.life.session) == under_way

    def _written(self) -> tuple[object, ...]:
        ids = (Entry.id, PaidPart.id, Paper.id)
        return tuple(self.life.session.scalar(select(func.max(one))) for one in ids)

    def _under_way(self) -> set[int]:
        debits = self.life.debits.values()
        return {one.line_id for one in debits if one.state == ASKED}

    def _add_up(self) -> None:
        session, people = self.life.session, self.life.there.people
        assert (session.scalar(select(func.sum(Entry.cents))) or 0) == 0, "the ledger is not zero"
        query = select(Paper.participant_id, func.sum(Paper.total_cents)).where(
            Paper.kind.in_(ASKS)
        )
        asked = {
            who: cents for who, cents in session.execute(query.group_by(Paper.participant_id))
        }
        owed = open_items.balances_of(session, people)
        for who in people:
            should = asked.get(who, 0) - self.life.paid[who]
            assert owed.get(who, 0) == should, f"{who} owes {owed.get(who, 0)}, not {should}"
        for account, cents in (
            (accounts.BANK, self.life.banked),
            (accounts.UNMATCHED, -self.life.loose),
        ):
            assert ledger.balance(session, account) == cents, f"{account} is not {cents}"

    def _what_is_paid_was_paid(self) -> None:
        """No paper is paid with money that is not there, nor for more than it asks."""
        session, items = self.life.session, defaultdict[int, list[OpenItem]](list)
        for item in open_items.list_open(session):
            assert 0 <= item.open * _sign(item.total) <= abs(item.total), f"{item} is overpaid"
            items[item.participant_id].append(item)
        owed = open_items.balances_of(session, self.life.there.people)
        for who in self.life.there.people:
            left = credit_of(owed.get(who, 0), items[who])
            assert left >= 0, f"papers of {who} are paid with {-left} that went back"

    def _what_goes_back_opens_what_it_had_closed(self) -> None:
        """A payment goes back once, and then of each paper so much is open as it had paid."""
        session = self.life.session
        back = select(BankLine).where(
            BankLine.returns_id.is_not(None), BankLine.state == LineState.BOOKED
        )
        returned = [session.get_one(BankLine, one.returns_id) for one in session.scalars(back)]
        assert len(returned) == len(set(returned)), "a payment went back twice"
        for line, first in zip(session.scalars(back), returned, strict=True):
            net = defaultdict[int, int](int)
            for one in (first, line):
                for paper_id, cents in open_items.parts_of(session, one.posting_key):
                    net[paper_id] += cents
            assert not any(net.values()), f"{first.end_to_end} went back otherwise: {dict(net)}"

    def _numbers_have_no_gaps(self) -> None:
        found: dict[tuple[str, str], list[int]] = defaultdict(list)
        for number, on in self.life.session.execute(
            select(Paper.number, Paper.issued_on).where(
                Paper.kind.in_((*ASKS, PaperKind.CASH_RECEIPT))
            )
        ):
            letter, year, serial = NUMBER.fullmatch(number).groups()  # type: ignore[union-attr]
            assert int(year) == on.year, f"{number} was issued on {on}"
            found[letter, year].append(int(serial))
        for series, numbers in found.items():
            assert sorted(numbers) == list(range(1, len(numbers) + 1)), f"{series}: a gap"


def _sign(cents: int) -> int:
    return 1 if cents > 0 else -1

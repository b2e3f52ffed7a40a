"""Money moves: in cash, and by what the bank tells in its files."""

from __future__ import annotations

from collections import Counter
from random import Random

from app.bank import read
from purchasing.books import cash, intake, open_items
from purchasing.people import Participant
from tests.bank_files import Moved, camt
from tests.builders import ACTOR
from tests.year.acting import Acts


class Money(Acts):
    def pays_cash(self, dice: Random) -> None:
        """Something, or what was to be collected."""
        person, cents = dice.choice(self.there.people), dice.randint(1, 40_00)
        waiting = [one for one in self.debits.values() if one.state == "asked"]
        if waiting and dice.random() < 0.5:
            one = dice.choice(waiting)
            person, cents = one.who, one.cents
        key = self.key()

        def act() -> int:
            who = self.session.get_one(Participant, person)
            return cash.receive(
                self.session, who, cents, key=key, actor=ACTOR, now=self.house.now
            ).id

        self.attempt(act, dice, allowed=True)
        self.paid[person] += cents

    def pays_by_bank(self, dice: Random) -> None:
        """Some of what is open comes in, exactly or not, in one file of the bank.

        Who gave a mandate mostly waits for the bank.
        """
        spared = self.collected_from if dice.random() < 0.8 else set()
        found = [
            one
            for one in open_items.list_open(self.session)
            if one.open > 0 and one.participant_id not in spared
        ]
        some = dice.sample(found, min(len(found), dice.randint(1, 3)))
        lines = [(one, max(1, one.open + dice.choice([0, 0, 0, -1, 100]))) for one in some]
        moved = [self.moves(cents, reference=one.reference) for one, cents in lines]
        self.bank_tells([*moved, self.moves(1, text="rente")], dice)
        for one, cents in lines:
            self.paid[one.participant_id] += cents
        self.loose += 1  # nobody's, so it stays where it is

    def moves(self, cents: int, **told: str | bool) -> Moved:
        """A line of the bank of today, which is no other."""
        on = self.house.now.date()
        return Moved(cents, on=on, bank_reference=self.key(), **told)  # type: ignore[arg-type]

    def bank_tells(self, moved: list[Moved], dice: Random) -> None:
        """All of it in one file; one that is read twice changes nothing the second time."""
        data = camt(*moved, number=self.key())

        def act() -> int:
            file = read(data)
            taken = intake.take_in(
                self.session, file, file_name="bank", actor=ACTOR, now=self.house.now
            )
            return taken.new + taken.known

        self.attempt(act, dice, allowed=True)
        self.banked += sum(one.cents for one in moved)
        if dice.random() < 0.6:
            return
        after = self.owed()
        self.attempt(act, None, allowed=None)
        assert self.owed() == after, "a file of the bank counted twice"

    def owed(self) -> Counter[int]:
        return Counter(open_items.balances_of(self.session, self.there.people))

"""Direct debit: files for the bank, and what the bank says of each line: paid, refused, gone back.

What we know of a line is kept here, and not asked of the books.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from purchasing.books import collecting, mandates
from purchasing.books.collections import Collection, CollectionLine
from purchasing.people import Participant, the_network
from tests.bank_files import THEIRS, Moved
from tests.builders import ACTOR, DAY
from tests.year.money import Money

ASKED, REFUSED, OFF, PAID, BACK = "asked", "refused", "called off", "paid", "gone back"


@dataclass
class Debit:
    """One line of a file, and the last that was heard of it."""

    line_id: int
    file_id: int
    who: int
    paper_id: int
    cents: int
    day: date
    end_to_end: str
    text: str
    state: str = ASKED


class Debits(Money):
    def money_moves(self, dice: Random) -> None:
        acts = [self.pays_cash, *[self.pays_by_bank] * 2, *[self.collects] * 2]
        acts += [*[self.the_bank_answers] * 3, self.a_coordinator_hears, self.changes_mandate]
        dice.choice(acts)(dice)

    def changes_mandate(self, dice: Random) -> None:
        """Who lets us collect says no from now on; who does not lets us, for once or for good."""
        person, one_off = dice.choice(self.there.people), dice.random() < 0.3
        has = person in self.collected_from

        def act() -> None:
            if has:
                mandates.revoke(self.session, person, now=self.house.now)
                return
            who, now = self.session.get_one(Participant, person), self.house.now
            mandates.give(
                self.session, who, account=THEIRS, holder="Buur", one_off=one_off, now=now
            )

        self.attempt(act, dice, allowed=True)
        (self.collected_from.discard if has else self.collected_from.add)(person)

    def collects(self, dice: Random) -> None:
        """Whoever gave a mandate; a day that comes too soon is refused."""
        first = collecting.first_day(the_network(self.session), now=self.house.now)
        too_soon = dice.random() < 0.1
        day = first - DAY if too_soon else first
        people = set(dice.sample(self.there.people, dice.choice([3, 6, 6])))

        def act() -> int:
            made = collecting.collect(
                self.session, people, collect_on=day, actor=ACTOR, now=self.house.now
            )
            return made.id

        file_id = self.attempt(act, dice, allowed=False if too_soon else None)
        if file_id:
            self.seen["collections"] += 1
            self._is_asked(file_id, people)

    def _is_asked(self, file_id: int, people: set[int]) -> None:
        """What stands in a file: of each bill once, and of nobody more than they owe."""
        made = self.session.get_one(Collection, file_id)
        busy = {one.paper_id for one in self.debits.values() if one.state == ASKED}
        for line in made.lines:
            assert line.paper_id not in busy, f"{line.text} was asked twice"
            busy.add(line.paper_id)
            who = line.paper.participant_id
            assert who in people
            self.debits[line.id] = Debit(
                line.id,
                file_id,
                who,
                line.paper_id,
                line.cents,
                made.collect_on,
                line.end_to_end,
                line.text,
            )
        asked, owed = Counter[int](), self.owed()
        for one in self.debits.values():
            asked[one.who] += one.cents if one.state == ASKED else 0
        for who in {line.paper.participant_id for line in made.lines}:
            assert asked[who] <= owed[who], f"{who} is asked for {asked[who]} of {owed[who]}"

    # --- what is heard of it

    def the_bank_answers(self, dice: Random) -> None:
        """In one file: what came in, what goes back, and now and then a line that makes no sense.

        What goes back may be told of before, with, or long after what it takes back.
        """
        today = self.house.now.date()
        due = [one for one in self._now(ASKED) if one.day <= today and dice.random() < 0.7]
        late = [one for one in self._now(OFF, REFUSED) if dice.random() < 0.05]
        back = [one for one in [*self._now(PAID), *due] if dice.random() < 0.25]
        early = [one for one in back if one.state == ASKED and dice.random() < 0.3]
        if early:
            self._tells([self._back(one) for one in early], dice)
        self._comes_in([*due, *late], [one for one in back if one not in early], dice)
        for one in early:
            self._has_gone_back(one)

    def _comes_in(self, paid: list[Debit], back: list[Debit], dice: Random) -> None:
        moved = [self._paid(one) for one in paid] + [self._back(one) for one in back]
        gone = self._now(BACK)
        if gone and dice.random() < 0.2:  # the bank takes back what it took back before
            again = dice.choice(gone)
            moved.append(self._back(again))
            self.loose -= again.cents
        self._tells(moved, dice)
        for one in paid:
            one.state = PAID
            self.paid[one.who] += one.cents
        for one in back:
            self._has_gone_back(one)

    def _has_gone_back(self, one: Debit) -> None:
        one.state = BACK
        self.paid[one.who] -= one.cents
        self.seen["debits gone back"] += 1

    def _tells(self, moved: list[Moved], dice: Random) -> None:
        if moved:
            self.bank_tells(dice.sample(moved, len(moved)), dice)

    def _paid(self, one: Debit) -> Moved:
        return self.moves(one.cents, text=one.text, end_to_end=one.end_to_end)

    def _back(self, one: Debit) -> Moved:
        return self.moves(-one.cents, end_to_end=one.end_to_end, returned=True)

    def a_coordinator_hears(self, dice: Random) -> None:
        """The bank did not take a line, or not the file: by word of mouth, and perhaps twice."""
        if not self.debits:
            return
        one = dice.choice(self._now(ASKED) or list(self.debits.values()))
        if dice.random() < 0.15:
            one = dice.choice(list(self.debits.values()))
        if dice.random() < 0.7:
            self._is_refused(one, dice)
        else:
            self._is_called_off(one.file_id, dice)

    def _is_refused(self, one: Debit, dice: Random) -> None:
        line_id = one.line_id

        def act() -> None:
            collecting.note_refusal(
                self.session,
                self.session.get_one(CollectionLine, line_id),
                reason="AC04",
                actor=ACTOR,
                now=self.house.now,
            )

        if self.attempt(act, dice, allowed=one.state == ASKED):
            one.state = REFUSED
            self.refused.add(line_id)
            self.seen["debits refused"] += 1

    def _is_called_off(self, file_id: int, dice: Random) -> None:
        def act() -> None:
            made = self.session.get_one(Collection, file_id)
            collecting.call_off(self.session, made, actor=ACTOR, now=self.house.now)

        if self.attempt(act, dice, allowed=file_id not in self.called_off):
            self.called_off.add(file_id)
            for one in self._now(ASKED):
                if one.file_id == file_id:
                    one.state = OFF

    def the_bank_has_answered(self, dice: Random) -> None:
        """The end of a year: of all that was asked came something."""
        self.house.passes(timedelta(days=10))
        asked = self._now(ASKED)
        back = [one for one in asked if dice.random() < 0.2]
        self._comes_in(asked, back, dice)

    def _now(self, *states: str) -> list[Debit]:
        return [one for one in self.debits.values() if one.state in states]

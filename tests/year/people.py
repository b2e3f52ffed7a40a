"""What participants do, in time or not: they order, sign up, choose, and change their minds."""

from __future__ import annotations

from random import Random
from typing import Any

from purchasing import demand, signups, surveys
from purchasing.demand import Choice
from purchasing.rounds import Round
from purchasing.rounds import RoundState as S
from purchasing.tenders import offers
from tests.tenders import FLAT, HOME
from tests.year.suppliers import Suppliers


class People(Suppliers):
    def people_are_busy(self, dice: Random) -> None:
        """Some of them do something in each round they can see, in time or not."""
        for row in self.rounds(S.OPEN, S.CLOSED, S.OFFERED):
            for person in dice.sample(self.there.people, dice.randint(1, 3)):
                self._does_something(row.id, person, dice)

    def _does_something(self, round_id: int, person: int, dice: Random) -> None:
        row = self.row(round_id)
        if row.state == S.OFFERED:
            self._chooses_offer(row, person, dice)
        elif row.state == S.CLOSED and row.category.tender is not None:
            self.bids(row, dice)
        elif row.category.sells_articles:
            self._orders(row, person, dice)
        else:
            self._signs_up(row, person, dice)

    def _orders(self, row: Round, person: int, dice: Random) -> None:
        known = self.known[row.id]
        in_time = self.is_open(row)
        if dice.random() < 0.12:
            if self.form(demand.withdraw, row.id, person, dice=dice, allowed=in_time):
                for wants in (known.chosen, known.ordered):
                    wants |= {key: (0, 0) for key in wants if key[0] == person}
            return
        items = [item.id for item in row.items]
        chosen = {
            item: Choice(dice.randint(0, 7), dice.choice([0, 0, 1, 4]))
            for item in dice.sample(items, min(len(items), 2))
        }
        if self.form(demand.choose, row.id, person, chosen, dice=dice, allowed=in_time):
            for item, one in chosen.items():
                known.chosen[person, item] = (one.quantity, one.extra if one.quantity else 0)
        if dice.random() < 0.85:
            self._places(row, person, dice)

    def _places(self, row: Round, person: int, dice: Random) -> None:
        known = self.known[row.id]
        mine = {key: want for key, want in known.chosen.items() if key[0] == person}
        before = [want for key, want in known.ordered.items() if key[0] == person]
        something = any(quantity for quantity, _ in [*mine.values(), *before])
        allowed = self.is_open(row) and something
        if self.form(demand.place, row.id, person, dice=dice, allowed=allowed):
            known.ordered |= mine

    def _signs_up(self, row: Round, person: int, dice: Random) -> None:
        known, in_time = self.known[row.id], self.is_open(row)
        if person in self.there.shops and row.settlement_mode == "licensed":
            return  # no policy for shops is sold there
        if person in known.signed and dice.random() < 0.25:
            if self.form(signups.withdraw, row.id, person, dice=dice, allowed=in_time):
                known.signed.discard(person)
            return
        agreed = {one.key: one.version for one in row.category.consents(row.particulars)}
        answers = self._answers(row, person, dice)
        if self.form(
            signups.sign_up, row.id, person, answers, dice=dice, allowed=in_time, agreed=agreed
        ):
            known.signed.add(person)

    def _answers(self, row: Round, person: int, dice: Random) -> dict[str, Any]:
        is_shop = person in self.there.shops
        if row.category.tender is not None:
            given = HOME | (FLAT if dice.random() < 0.4 else {})
            given |= {"kwh": str(dice.randint(500, 5_000))}
            given |= {"power_size": "3x25A"} if is_shop else {}
            return {key: value for key, value in given.items() if value}
        return {
            "products": ["glass" if is_shop else "contents"],
            "channel": "mail",
            "contact": f"p{person}@example.org",
            "language": "nl",
        }

    def _chooses_offer(self, row: Round, person: int, dice: Random) -> None:
        if row.category.tender is None:
            self._stays_or_leaves(row, person, dice)
            return
        known, offer = self.known[row.id], offers.offer_of(self.session, row.id, person)
        in_time = row.offers_until is not None and self.house.now < row.offers_until
        can = in_time and not row.no_deal and offer is not None and offer.bid_id is not None
        if offer is not None and offer.worse_off:
            return
        if dice.random() < 0.7:
            if self.form(
                offers.accept, row.id, person, {}, dice=dice, allowed=can, agreed="2026-1"
            ):
                known.accepted.add(person)
        elif self.form(offers.decline, row.id, person, dice=dice, allowed=can):
            known.accepted.discard(person)

    def _stays_or_leaves(self, row: Round, person: int, dice: Random) -> None:
        in_time = row.offers_until is not None and self.house.now < row.offers_until
        stay = dice.random() < 0.6
        allowed = None if in_time else False
        if self.form(surveys.choose, row.id, person, dice=dice, allowed=allowed, stay=stay):
            (self.known[row.id].signed.discard if stay else self.known[row.id].signed.add)(person)

"""What comes of an order: less, more, or something else; and who wants none of it."""

from __future__ import annotations

from random import Random

from sqlalchemy import func, select

from purchasing.deliveries import counting, hand_shares, substitutes
from purchasing.ordering import SupplierOrderLine, list_orders, list_shares
from purchasing.rounds import RoundItem
from purchasing.rounds import RoundState as S
from tests.builders import ACTOR
from tests.year.announced import Announcements


class Deliveries(Announcements):
    def goods_come(self, round_id: int, dice: Random) -> None:
        """Somebody counts what came, and notes what came instead; some want none of that."""
        lines = [line for order in list_orders(self.session, round_id) for line in order.lines]
        for line_id, pieces in [(line.id, line.pieces) for line in lines]:
            if dice.random() < 0.4:
                came = max(0, pieces + dice.choice([-pieces, -2, -1, 0, 1]))
                self.counts(round_id, line_id, came, dice, knows=dice.random() < 0.9)
            if dice.random() < 0.25:
                self.comes_instead(round_id, line_id, dice)
        self.some_want_another_share(round_id, dice)

    def counts(
        self, round_id: int, line_id: int, pieces: int, dice: Random | None, *, knows: bool
    ) -> None:
        mine = counting.DeliveryCount.line_id == line_id
        newest = self.session.scalar(select(func.max(counting.DeliveryCount.id)).where(mine))
        seen, key = (newest or 0) if knows else 0, self.key()
        by = ACTOR if knows else "another hand"

        def act() -> bool:
            return counting.count(
                self.session,
                self.row(round_id),
                self.session.get_one(SupplierOrderLine, line_id),
                pieces,
                seen=seen,
                key=key,
                sure=True,
                actor=by,
                now=self.house.now,
            )

        line = self.session.get_one(SupplierOrderLine, line_id)
        item_id = line.item_id
        if self.attempt(act, dice, allowed=self._is_counted(round_id)):
            self.known[round_id].came[item_id] = pieces

    def comes_instead(self, round_id: int, line_id: int, dice: Random) -> None:
        """Something else, for as much or for less; for more is refused. Or it was not so."""
        line = self.session.get_one(SupplierOrderLine, line_id)
        item_id, agreed = line.item_id, line.unit_price
        price = dice.choice([None, None, agreed, agreed * 3 // 4, 0, agreed + 1])
        key, is_so = self.key(), dice.random() < 0.8

        def act() -> bool:
            round_ = self.row(round_id)
            row = self.session.get_one(SupplierOrderLine, line_id)
            told = {"key": key, "actor": ACTOR, "now": self.house.now}
            if not is_so:
                return substitutes.take_back(self.session, round_, row, **told)
            return substitutes.substitute(
                self.session, round_, row, "Iets anders", unit_price=price, **told
            )

        dearer = is_so and price is not None and price > agreed
        allowed = self._is_counted(round_id) and not dearer
        if self.attempt(act, dice, allowed=allowed):
            instead = self.known[round_id].instead
            instead.pop(item_id, None)
            if is_so:
                instead[item_id] = agreed if price is None else price
            self.seen["substitutes"] += is_so

    def some_want_another_share(self, round_id: int, dice: Random) -> None:
        """Most often none, where something else came."""
        known = self.known[round_id]
        shares = [
            (one.participant_id, one.item_id, one.given)
            for one in list_shares(self.session, round_id)
            if one.item_id in known.instead or dice.random() < 0.1
        ]
        for who, item_id, given in dice.sample(shares, min(len(shares), 2)):
            self._is_given(round_id, who, item_id, dice.choice([0, 0, given, 1]), dice)

    def _is_given(self, round_id: int, who: int, item_id: int, pieces: int, dice: Random) -> None:
        key = self.key()

        def act() -> bool:
            return hand_shares.give(
                self.session,
                self.row(round_id),
                self.session.get_one(RoundItem, item_id),
                who,
                pieces,
                reason="wil het niet",
                key=key,
                actor=ACTOR,
                now=self.house.now,
            )

        allowed = self._is_counted(round_id) and (None if pieces else True)
        if self.attempt(act, dice, allowed=allowed):
            self.known[round_id].by_hand[who, item_id] = pieces
            self.seen["shares by hand"] += 1

    def _is_counted(self, round_id: int) -> bool:
        return self.row(round_id).state in (S.ORDERED, S.DELIVERED)

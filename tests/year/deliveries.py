"""What comes of an order: it is counted at the door, by one or by two."""

from __future__ import annotations

from random import Random

from sqlalchemy import func, select

from purchasing.deliveries import counting
from purchasing.ordering import SupplierOrderLine, list_orders
from purchasing.rounds import RoundState as S
from tests.builders import ACTOR
from tests.year.acting import Acts


class Deliveries(Acts):
    def counts_some(self, round_id: int, dice: Random) -> None:
        """Somebody counts what came: less, as ordered, or something more."""
        for order in list_orders(self.session, round_id):
            for line in order.lines:
                if dice.random() < 0.4:
                    came = max(0, line.pieces + dice.choice([-line.pieces, -2, -1, 0, 1]))
                    self.counts(round_id, line.id, came, dice, knows=dice.random() < 0.9)

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

        self.attempt(act, dice, allowed=self.row(round_id).state == S.DELIVERED)

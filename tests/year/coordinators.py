"""What coordinators do: they plan rounds, press every button, and ask whether a mail arrived."""

from __future__ import annotations

from datetime import timedelta
from random import Random

from sqlalchemy import select

from purchasing import errands, lifecycle
from purchasing.deliveries import counting
from purchasing.errands import Errand, ErrandState
from purchasing.rounds import Round, ShortfallRule
from purchasing.rounds import RoundState as S
from tests.builders import DAY
from tests.year.acting import TICK
from tests.year.deliveries import Deliveries
from tests.year.neighbourhood import KINDS, a_new_round, plan_weekly


class Coordinators(Deliveries):
    def plans(self, dice: Random, kind: str = "") -> int:
        """A new round is made, and nearly always announced."""
        kind, now = kind or dice.choice(KINDS), self.house.now

        def act() -> int:
            return a_new_round(self.session, self.there, kind, dice, now=now).id

        round_id = self.attempt(act, None, allowed=True)
        self.meet_new_rounds()
        if dice.random() < 0.9:
            self.move(lifecycle.publish, round_id, dice, allowed=self._sellable(round_id))
        return int(round_id)

    def comes_back_each_week(self, template: int) -> None:
        self.attempt(lambda: plan_weekly(self.session, self.row(template)).id, None, allowed=True)

    def _sellable(self, round_id: int) -> bool:
        row = self.row(round_id)
        return bool(row.items) or not row.category.sells_articles

    def a_coordinator_acts(self, dice: Random) -> None:
        """One of the buttons, on any round: most are refused, and should be."""
        rows = self.rounds(S.PLANNED, S.OPEN, S.CLOSED, S.OFFERED, S.ORDERED, S.DELIVERED)
        for row in dice.sample(rows, min(len(rows), 3)):
            press = dice.choice(
                (self._goes_on, self._goes_on, self._goes_on, self._extends, self._tries_much)
            )
            press(row.id, dice)

    def _goes_on(self, round_id: int, dice: Random) -> None:
        """What comes next at this stop, if a coordinator has a part in it."""
        row = self.row(round_id)
        if row.state == S.PLANNED:
            allowed = self._publishable(row)
            self.move(lifecycle.publish, round_id, dice, allowed=allowed)
        elif row.state == S.CLOSED and row.choose_days and dice.random() < 0.7:
            self.offers_survey(round_id, dice)
        elif row.state == S.CLOSED:
            self.orders_goods(round_id, dice, despite=dice.random() < 0.5)
        elif row.state == S.ORDERED:
            self._before_it_is_received(round_id, dice)
        elif row.state == S.DELIVERED:
            self.goods_come(round_id, dice)
            if dice.random() < 0.6:
                self.settles(round_id, dice)

    def _before_it_is_received(self, round_id: int, dice: Random) -> None:
        if dice.random() < 0.8:
            self.something_is_announced(round_id, dice)
        if dice.random() < 0.3:
            self.goods_come(round_id, dice)
        if dice.random() < 0.6:
            self.receives(round_id, dice)

    def _publishable(self, row: Round) -> bool:
        announced = row.published_at is not None
        in_time = row.closes_at > max(self.house.now, row.opens_at)
        return announced or (in_time and self._sellable(row.id))

    def orders_goods(self, round_id: int, dice: Random | None, *, despite: bool) -> None:
        row = self.row(round_id)
        waits = row.shortfall_rule == ShortfallRule.WAIT and not despite
        ready = row.state == S.CLOSED and "offer" not in row.itinerary
        allowed = None if waits or row.state == S.OFFERED else ready
        self.move(lifecycle.order, round_id, dice, allowed=allowed, despite_shortfall=despite)

    def offers_survey(self, round_id: int, dice: Random | None) -> None:
        self.move(lifecycle.offer_survey, round_id, dice, allowed=True)

    def receives(self, round_id: int, dice: Random | None) -> None:
        row = self.row(round_id)
        allowed = row.state == S.ORDERED and "receive" in row.itinerary
        self.move(lifecycle.receive, round_id, dice, allowed=allowed)

    def settles(self, round_id: int, dice: Random | None) -> None:
        row = self.row(round_id)
        differ = bool(counting.conflicts(self.session, round_id))
        self.move(
            lifecycle.settle, round_id, dice, allowed=row.state == S.DELIVERED and not differ
        )

    def _extends(self, round_id: int, dice: Random) -> None:
        row = self.row(round_id)
        by = dice.choice([-DAY, TICK, timedelta(minutes=5), timedelta(hours=25), 3 * DAY])
        until = row.closes_at + by
        allowed: bool | None = (
            row.state in (S.PLANNED, S.OPEN) and by > timedelta(0) and until > self.house.now
        )
        if allowed and row.category.tender is not None:
            allowed = None  # not past the moment at which bids are opened
        if self.move(lifecycle.extend, round_id, dice, allowed=allowed, until=until):
            self.known[round_id].closes_at = until
            self.seen["extensions"] += 1

    def _tries_much(self, round_id: int, dice: Random) -> None:
        row = self.row(round_id)
        chance = dice.random()
        if chance < 0.15:
            allowed = row.state in lifecycle.CANCELLABLE
            if self.move(
                lifecycle.cancel, round_id, dice, allowed=allowed, reason="De boer is ziek"
            ):
                self.seen["cancellations"] += 1
        elif chance < 0.25:
            if self.move(lifecycle.close_now, round_id, dice, allowed=row.state == S.OPEN):
                self.known[round_id].early = True
        elif chance < 0.4:
            in_time = row.state == S.OPEN and self.house.now >= self.known[round_id].closes_at
            self.move(lifecycle.close, round_id, dice, allowed=in_time)
        elif chance < 0.6 and row.choose_days:
            allowed = row.state == S.CLOSED
            self.move(lifecycle.offer_survey, round_id, dice, allowed=allowed)
        else:
            verb = dice.choice([lifecycle.receive, lifecycle.settle])
            at = S.ORDERED if verb is lifecycle.receive else S.DELIVERED
            allowed = None if row.state == at else False
            self.move(verb, round_id, dice, allowed=allowed)

    def somebody_looks_at_the_mails(self, dice: Random | None) -> None:
        """Of each mail that may have gone to a supplier somebody asks whether it arrived.

        What did not is sent again; of what did a supplier may say no, and gets it once more.
        """
        query = select(Errand.id).where(Errand.state == ErrandState.UNCERTAIN)
        for errand_id in list(self.session.scalars(query.order_by(Errand.id))):
            is_seen = dice is None or dice.random() < 0.5

            def act(errand_id: int = errand_id, is_seen: bool = is_seen) -> None:
                errand = self.session.get_one(Errand, errand_id)
                arrived = is_seen and self.house.box.received(errand)
                say = errands.arrived if arrived else errands.retry
                say(self.session, errand, now=self.house.now)

            self.attempt(act, None, allowed=True)
            self.seen["doubts"] += 1

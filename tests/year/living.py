"""What people, suppliers, coordinators and the bank do, and what we know that they did.

Every act says beforehand whether it should be accepted, from what is known here alone: the
moments that were announced, and what was answered before.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any

from sqlalchemy import func, select

from app.bank import read
from purchasing import demand, errands, lifecycle, signups, surveys
from purchasing.books import cash, collecting, intake, open_items
from purchasing.catalogue import Price, Product
from purchasing.deliveries import counting
from purchasing.demand import Choice
from purchasing.errands import Errand, ErrandState
from purchasing.errors import Refused
from purchasing.invitations import BidInvitation
from purchasing.ordering import SupplierOrderLine, list_orders
from purchasing.people import Participant, the_network
from purchasing.rounds import Round, ShortfallRule
from purchasing.rounds import RoundState as S
from purchasing.tenders import bids, offers
from tests.bank_files import Moved, camt
from tests.builders import ACTOR, DAY
from tests.tenders import BID_A, BID_B, DEAR, FLAT, HOME, bid_form
from tests.year.house import House
from tests.year.neighbourhood import KINDS, Neighbourhood, a_new_round, plan_weekly, settle_down

TICK = timedelta(microseconds=1)
BEATS_TO_TRUST = 3


@dataclass
class Known:
    """What we know of one round besides what the database says."""

    closes_at: datetime
    chosen: dict[tuple[int, int], tuple[int, int]] = field(default_factory=dict)
    ordered: dict[tuple[int, int], tuple[int, int]] = field(default_factory=dict)
    signed: set[int] = field(default_factory=set)
    accepted: set[int] = field(default_factory=set)
    promised: dict[int, int] | None = None  # unit price by article, once it is open
    early: bool = False  # a coordinator closed it before its time


class Life:
    """The neighbourhood, its house, and what we know of both."""

    def __init__(self, house: House, dice: Random) -> None:
        self.house = house
        self.known: dict[int, Known] = {}
        self.paid: Counter[int] = Counter()
        self.forms = 0
        self.seen: Counter[str] = Counter()  # what happened, to be told
        self.there: Neighbourhood = house.do(lambda: settle_down(house.session, dice))

    # --- time

    def next_moment(self, *, after: datetime) -> datetime | None:
        """The next deadline that somebody was told."""
        found = set[datetime]()
        for row in self.rounds(S.PLANNED, S.OPEN, S.CLOSED, S.OFFERED):
            moments = (row.opens_at, row.closes_at, row.bids_until, row.offers_until)
            found |= {moment for moment in moments if moment and moment > after}
        return min(found, default=None)

    # --- participants

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
            self._bids(row, dice)
        elif row.category.sells_articles:
            self._orders(row, person, dice)
        else:
            self._signs_up(row, person, dice)

    def _orders(self, row: Round, person: int, dice: Random) -> None:
        known = self.known[row.id]
        in_time = self.is_open(row)
        if dice.random() < 0.12:
            if self._form(demand.withdraw, row.id, person, dice=dice, allowed=in_time):
                for wants in (known.chosen, known.ordered):
                    wants |= {key: (0, 0) for key in wants if key[0] == person}
            return
        items = [item.id for item in row.items]
        chosen = {
            item: Choice(dice.randint(0, 7), dice.choice([0, 0, 1, 4]))
            for item in dice.sample(items, min(len(items), 2))
        }
        if self._form(demand.choose, row.id, person, chosen, dice=dice, allowed=in_time):
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
        if self._form(demand.place, row.id, person, dice=dice, allowed=allowed):
            known.ordered |= mine

    def _signs_up(self, row: Round, person: int, dice: Random) -> None:
        known, in_time = self.known[row.id], self.is_open(row)
        if person in self.there.shops and row.settlement_mode == "licensed":
            return  # no policy for shops is sold there
        if person in known.signed and dice.random() < 0.25:
            if self._form(signups.withdraw, row.id, person, dice=dice, allowed=in_time):
                known.signed.discard(person)
            return
        agreed = {one.key: one.version for one in row.category.consents(row.particulars)}
        answers = self._answers(row, person, dice)
        if self._form(
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
            if self._form(
                offers.accept, row.id, person, {}, dice=dice, allowed=can, agreed="2026-1"
            ):
                known.accepted.add(person)
        elif self._form(offers.decline, row.id, person, dice=dice, allowed=can):
            known.accepted.discard(person)

    def _stays_or_leaves(self, row: Round, person: int, dice: Random) -> None:
        in_time = row.offers_until is not None and self.house.now < row.offers_until
        stay = dice.random() < 0.6
        allowed = None if in_time else False
        if self._form(surveys.choose, row.id, person, dice=dice, allowed=allowed, stay=stay):
            (self.known[row.id].signed.discard if stay else self.known[row.id].signed.add)(person)

    # --- suppliers

    def _bids(self, row: Round, dice: Random) -> None:
        query = select(BidInvitation).where(BidInvitation.round_id == row.id)
        links = list(self.session.scalars(query.order_by(BidInvitation.id)))
        if not links:
            return
        link = dice.choice(links)
        in_time = row.bids_until is not None and self.house.now < row.bids_until
        again = bids.bid_of(self.session, link) is not None
        form, nonce = bid_form(dice.choice([BID_A, BID_B, DEAR])), dice.randbytes(32)
        link_id, key = link.id, self._key()

        def act() -> Any:
            return bids.submit(
                self.session,
                self.session.get_one(BidInvitation, link_id),
                form,
                nonce=nonce,
                seal=self.house.seal,
                key=key,
                now=self.house.now,
            )

        self.attempt(act, dice, allowed=in_time and not again)

    def a_supplier_changes(self, dice: Random) -> None:
        """A new price from now on, or an article that comes or goes."""
        product = dice.choice(self.there.products)

        def act() -> None:
            row = self.session.get_one(Product, product)
            if dice.random() < 0.5:
                row.available = not row.available
                return
            terms = {"case_milli": dice.choice([1000, 4000]), "vat_bp": 900}
            price = dice.choice([1, 777_777, 1_500_000, 5_000_000])
            self.session.add(
                Price(product_id=product, valid_from=self.house.now, unit_price=price, **terms)
            )

        self.attempt(act, None, allowed=True)

    # --- coordinators

    def plans(self, dice: Random, kind: str = "") -> int:
        """A new round is made, and nearly always announced."""
        kind, now = kind or dice.choice(KINDS), self.house.now

        def act() -> int:
            return a_new_round(self.session, self.there, kind, dice, now=now).id

        round_id = self.attempt(act, None, allowed=True)
        self.meet_new_rounds()
        if dice.random() < 0.9:
            self._move(lifecycle.publish, round_id, dice, allowed=self._sellable(round_id))
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
            self._move(lifecycle.publish, round_id, dice, allowed=allowed)
        elif row.state == S.CLOSED:
            self.orders_goods(round_id, dice, despite=dice.random() < 0.5)
        elif row.state == S.ORDERED:
            self.receives(round_id, dice)
        elif row.state == S.DELIVERED:
            self._counts(round_id, dice)
            if dice.random() < 0.6:
                self.settles(round_id, dice)

    def _publishable(self, row: Round) -> bool:
        announced = row.published_at is not None
        in_time = row.closes_at > max(self.house.now, row.opens_at)
        return announced or (in_time and self._sellable(row.id))

    def orders_goods(self, round_id: int, dice: Random | None, *, despite: bool) -> None:
        row = self.row(round_id)
        waits = row.shortfall_rule == ShortfallRule.WAIT and not despite
        ready = row.state == S.CLOSED and "offer" not in row.itinerary
        allowed = None if waits or row.state == S.OFFERED else ready
        self._move(lifecycle.order, round_id, dice, allowed=allowed, despite_shortfall=despite)

    def offers_survey(self, round_id: int) -> None:
        self._move(lifecycle.offer_survey, round_id, None, allowed=True)

    def receives(self, round_id: int, dice: Random | None) -> None:
        row = self.row(round_id)
        allowed = row.state == S.ORDERED and "receive" in row.itinerary
        self._move(lifecycle.receive, round_id, dice, allowed=allowed)

    def settles(self, round_id: int, dice: Random | None) -> None:
        row = self.row(round_id)
        differ = bool(counting.conflicts(self.session, round_id))
        self._move(
            lifecycle.settle, round_id, dice, allowed=row.state == S.DELIVERED and not differ
        )

    def _counts(self, round_id: int, dice: Random) -> None:
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
        seen, key = (newest or 0) if knows else 0, self._key()
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

    def _extends(self, round_id: int, dice: Random) -> None:
        row = self.row(round_id)
        by = dice.choice([-DAY, TICK, timedelta(minutes=5), timedelta(hours=25), 3 * DAY])
        until = row.closes_at + by
        allowed: bool | None = (
            row.state in (S.PLANNED, S.OPEN) and by > timedelta(0) and until > self.house.now
        )
        if allowed and row.category.tender is not None:
            allowed = None  # not past the moment at which bids are opened
        if self._move(lifecycle.extend, round_id, dice, allowed=allowed, until=until):
            self.known[round_id].closes_at = until
            self.seen["extensions"] += 1

    def _tries_much(self, round_id: int, dice: Random) -> None:
        row = self.row(round_id)
        chance = dice.random()
        if chance < 0.15:
            allowed = row.state in lifecycle.CANCELLABLE
            if self._move(
                lifecycle.cancel, round_id, dice, allowed=allowed, reason="De boer is ziek"
            ):
                self.seen["cancellations"] += 1
        elif chance < 0.25:
            if self._move(lifecycle.close_now, round_id, dice, allowed=row.state == S.OPEN):
                self.known[round_id].early = True
        elif chance < 0.4:
            in_time = row.state == S.OPEN and self.house.now >= self.known[round_id].closes_at
            self._move(lifecycle.close, round_id, dice, allowed=in_time)
        elif chance < 0.6 and row.choose_days:
            allowed = row.state == S.CLOSED
            self._move(lifecycle.offer_survey, round_id, dice, allowed=allowed)
        else:
            verb = dice.choice([lifecycle.receive, lifecycle.settle])
            at = S.ORDERED if verb is lifecycle.receive else S.DELIVERED
            allowed = None if row.state == at else False
            self._move(verb, round_id, dice, allowed=allowed)

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

    # --- money

    def money_moves(self, dice: Random) -> None:
        dice.choice([self._pays_cash, self._pays_by_bank, self._pays_by_bank, self._is_collected])(
            dice
        )

    def _pays_cash(self, dice: Random) -> None:
        person, cents = dice.choice(self.there.people), dice.randint(1, 40_00)
        key = self._key()

        def act() -> int:
            who = self.session.get_one(Participant, person)
            return cash.receive(
                self.session, who, cents, key=key, actor=ACTOR, now=self.house.now
            ).id

        self.attempt(act, dice, allowed=True)
        self.paid[person] += cents

    def _pays_by_bank(self, dice: Random) -> None:
        """Some of what is open comes in, exactly or not, in one file of the bank."""
        found = [one for one in open_items.list_open(self.session) if one.open > 0]
        some = dice.sample(found, min(len(found), dice.randint(1, 3)))
        lines = [(one, max(1, one.open + dice.choice([0, 0, 0, -1, 100]))) for one in some]
        on = self.house.now.date()
        moved = [
            Moved(cents, reference=one.reference, on=on, bank_reference=self._key())
            for one, cents in lines
        ]
        moved += [Moved(1, text="rente", on=on, bank_reference=self._key())]
        self._bank_tells(moved, dice)

    def _is_collected(self, dice: Random) -> None:
        """Who gave a mandate is asked by the bank; days later the bank says what came."""
        network = the_network(self.session)
        day = collecting.first_day(network, now=self.house.now)
        people = set(self.there.people)

        def act() -> int:
            made = collecting.collect(
                self.session, people, collect_on=day, actor=ACTOR, now=self.house.now
            )
            return made.id

        if self.attempt(act, dice, allowed=None):
            self.seen["collections"] += 1

    def _bank_tells(self, moved: list[Moved], dice: Random) -> None:
        data, before = camt(*moved, number=self._key()), self._owed()

        def act() -> int:
            file = read(data)
            taken = intake.take_in(
                self.session, file, file_name="bank", actor=ACTOR, now=self.house.now
            )
            return taken.new + taken.known

        self.attempt(act, dice, allowed=True)
        after = self._owed()
        for person in self.there.people:
            self.paid[person] += before[person] - after[person]
        assert sum((before - after).values()) <= sum(one.cents for one in moved)
        self.attempt(act, None, allowed=None)  # the same file again changes nothing
        assert self._owed() == after, "a file of the bank counted twice"

    def _owed(self) -> Counter[int]:
        return Counter(open_items.balances_of(self.session, self.there.people))

    # --- how things are done

    @property
    def session(self) -> Any:
        return self.house.session

    def row(self, round_id: int) -> Round:
        return self.session.get_one(Round, round_id)  # type: ignore[no-any-return]

    def rounds(self, *states: S) -> list[Round]:
        query = select(Round).where(Round.state.in_(states)).order_by(Round.id)
        return list(self.session.scalars(query))

    def is_open(self, row: Round) -> bool:
        """By what was announced, and not by what the row says of its closing."""
        known = self.known[row.id]
        return row.state == S.OPEN and row.opens_at <= self.house.now < known.closes_at

    def meet_new_rounds(self) -> None:
        """Rounds that came by themselves are known from now on by what they announced."""
        query = select(Round.id, Round.closes_at).where(Round.id.not_in(self.known))
        for round_id, closes_at in self.session.execute(query.order_by(Round.id)):
            self.known[round_id] = Known(closes_at)

    def attempt(self, act: Callable[[], Any], dice: Random | None, *, allowed: bool | None) -> Any:
        """The answer, or None where it was refused; a death on the way changes neither."""
        fatal = dice.randint(1, 25) if dice and dice.random() < 0.25 else 0
        try:
            answer = self.house.do(act, fatal)
        except Refused as refusal:
            assert not allowed, f"refused: {type(refusal).__name__} {refusal.__dict__}"
            self.seen["refusals"] += 1
            return None
        assert allowed is not False, "this should have been refused"
        self.seen["acts"] += 1
        return True if answer is None else answer

    def _form(
        self,
        verb: Callable[..., Any],
        *contents: Any,
        dice: Random,
        allowed: bool | None,
        **more: Any,
    ) -> Any:
        """A form with a key of its own, which may be sent again: the answer is the same."""
        key, at = self._key(), self.house.now

        def send() -> Any:
            return verb(self.session, *contents, key=key, actor=ACTOR, now=at, **more)

        answer = self.attempt(send, dice, allowed=allowed)
        if answer is not None and dice.random() < 0.1:
            again = self.attempt(send, None, allowed=True)
            assert again == answer, "the same form had another answer"
        return answer

    def _move(
        self,
        verb: Callable[..., None],
        round_id: int,
        dice: Random | None,
        *,
        allowed: bool | None,
        **details: Any,
    ) -> Any:
        def act() -> None:
            verb(self.session, self.row(round_id), actor=ACTOR, now=self.house.now, **details)

        return self.attempt(act, dice, allowed=allowed)

    def _key(self) -> str:
        self.forms += 1
        return f"form-{self.forms}"

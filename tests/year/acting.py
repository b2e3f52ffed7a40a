"""How things are done in the neighbourhood, and what we know of what was done.

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

from sqlalchemy import select

from purchasing.errors import Refused
from purchasing.rounds import Round
from purchasing.rounds import RoundState as S
from tests.builders import ACTOR
from tests.year.house import House
from tests.year.neighbourhood import Neighbourhood, settle_down

TICK = timedelta(microseconds=1)


@dataclass
class Known:
    """What we know of one round besides what the database says."""

    closes_at: datetime
    chosen: dict[tuple[int, int], tuple[int, int]] = field(default_factory=dict)
    ordered: dict[tuple[int, int], tuple[int, int]] = field(default_factory=dict)
    signed: set[int] = field(default_factory=set)
    accepted: set[int] = field(default_factory=set)
    promised: dict[int, int] | None = None  # unit price by article, once it is open
    came: dict[int, int] = field(default_factory=dict)  # pieces by article, the last count
    instead: dict[int, int] = field(default_factory=dict)  # the price of what came, by article
    by_hand: dict[tuple[int, int], int] = field(default_factory=dict)  # pieces, as somebody said
    announced: dict[int, tuple[int, int]] = field(default_factory=dict)  # pieces and price
    reply_until: dict[int, datetime] = field(default_factory=dict)  # by article
    agreed: dict[tuple[int, int, int], int] = field(default_factory=dict)  # who, article, price
    refused: set[tuple[int, int]] = field(default_factory=set)  # who said no to what was announced
    early: bool = False  # a coordinator closed it before its time


class Acts:
    """The neighbourhood, its house, and what we know of both."""

    def __init__(self, house: House, dice: Random) -> None:
        self.house = house
        self.known: dict[int, Known] = {}
        self.paid: Counter[int] = Counter()  # less what went back
        self.banked, self.loose = 0, 0  # cents the bank told of; and those that are nobody's
        self.debits: dict[int, Any] = {}  # by line
        self.refused, self.called_off = set[int](), set[int]()  # lines; files
        self.forms = 0
        self.seen: Counter[str] = Counter()  # what happened, to be told
        self.there: Neighbourhood = house.do(lambda: settle_down(house.session, dice))
        self.collected_from = set(self.there.mandates)

    # --- time

    def next_moment(self, *, after: datetime) -> datetime | None:
        """The next deadline that somebody was told."""
        found = set[datetime]()
        for row in self.rounds(S.PLANNED, S.OPEN, S.CLOSED, S.OFFERED):
            moments = (row.opens_at, row.closes_at, row.bids_until, row.offers_until)
            found |= {moment for moment in moments if moment and moment > after}
        return min(found, default=None)

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

    def form(
        self,
        verb: Callable[..., Any],
        *contents: Any,
        dice: Random,
        allowed: bool | None,
        **more: Any,
    ) -> Any:
        """A form with a key of its own, which may be sent again: the answer is the same."""
        key, at = self.key(), self.house.now

        def send() -> Any:
            return verb(self.session, *contents, key=key, actor=ACTOR, now=at, **more)

        answer = self.attempt(send, dice, allowed=allowed)
        if answer is not None and dice.random() < 0.1:
            again = self.attempt(send, None, allowed=True)
            assert again == answer, "the same form had another answer"
        return answer

    def move(
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

    def key(self) -> str:
        self.forms += 1
        return f"form-{self.forms}"

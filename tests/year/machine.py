"""Draws what happens when, in one year after the other."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from random import Random

from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import Engine

from purchasing.clock import GRACE
from tests.builders import DAY
from tests.year import ending
from tests.year.acting import TICK
from tests.year.house import House
from tests.year.living import Life
from tests.year.neighbourhood import END, START
from tests.year.promises import Promises

NewDatabase = Callable[[], AbstractContextManager[tuple[str, Path]]]
HOUR = timedelta(hours=1)
STEPS = 100
draws = st.integers(0, 2**32 - 1)


@dataclass
class Tally:
    """What all years came to."""

    years: int = 0
    steps: int = 0
    deaths: int = 0
    mails: int = 0
    repeated: int = 0
    violations: int = 0
    lives: Counter[str] = field(default_factory=Counter)
    seen: Counter[str] = field(default_factory=Counter)

    @property
    def cycles(self) -> int:
        return self.lives.total()


class Year(RuleBasedStateMachine):
    """One year. Every rule draws a seed, and what exactly happens follows from that."""

    seed: int
    tally: Tally
    new_database: NewDatabase
    prepare: Callable[[Engine], None]

    def __init__(self) -> None:
        super().__init__()
        self.database = self.new_database()
        url, place = self.database.__enter__()
        self.house = House(url, place, START, self.prepare)
        self.life: Life | None = None
        self.steps = 0

    def teardown(self) -> None:
        try:
            if self.life is not None and sys.exc_info()[0] is None:
                self._ends(self.life)
        finally:
            self.house.close()
            self.database.__exit__(None, None, None)

    def _ends(self, life: Life) -> None:
        ending.bring_to_rest(life)
        ending.errands_end(life)
        self.what_was_promised_holds()
        ending.all_is_done(life)
        tally, box = self.tally, self.house.box
        tally.years += 1
        tally.steps += self.steps
        tally.deaths += self.house.fate.deaths
        tally.mails += box.mails.total()
        tally.repeated += box.mails.total() - len(box.mails)
        tally.lives += ending.lives(life)
        tally.seen += life.seen

    @initialize(drawn=draws)
    def begin(self, drawn: int) -> None:
        self.life = Life(self.house, self.dice(drawn))
        self.promises = Promises(self.life)
        dice = self.dice(drawn)
        template = self.life.plans(dice, dice.choice(["food", "food", "ahead"]))
        self.life.comes_back_each_week(template)

    def dice(self, drawn: int) -> Random:
        """Another one at each step, also where the same is drawn again and again."""
        return Random(f"{self.seed} {drawn} {self.steps}")

    # --- time

    @rule(drawn=draws)
    def a_day_like_any_other(self, drawn: int) -> None:
        """What happens where nothing else is drawn: time passes, and all do their part."""
        dice = self.dice(drawn)
        self._a_moment_comes(dice)
        self._live.people_are_busy(dice)
        self._live.a_coordinator_acts(dice)
        chance = dice.random()
        if chance < 0.15:
            self._plans(dice)
        elif chance < 0.5:
            self._money_or_prices_move(dice)
        elif chance < 0.55:
            self._is_disturbed(dice)
        self._errands_run(dice)

    @rule(drawn=draws)
    def a_moment_comes(self, drawn: int) -> None:
        self._a_moment_comes(self.dice(drawn))

    @rule(drawn=draws)
    def days_pass(self, drawn: int) -> None:
        dice = self.dice(drawn)
        self._passes(dice.choice([HOUR, 20 * HOUR, DAY, 3 * DAY, 7 * DAY - HOUR]), dice)

    def _a_moment_comes(self, dice: Random) -> None:
        """The next deadline, or a microsecond before or after it."""
        off = dice.choice([-TICK, timedelta(0), timedelta(0), TICK, -3 * HOUR, HOUR])
        moment = self._live.next_moment(after=self.house.now - min(off, timedelta(0)))
        if moment is not None:
            self._passes(moment + off - self.house.now, dice)

    def _passes(self, time: timedelta, dice: Random) -> None:
        if time > timedelta(0) and self.house.now < END:
            self.house.passes(time)
        if dice.random() < 0.85:
            fatal = dice.choice([0, 0, dice.randint(1, 60), dice.randint(1, 240)])
            done = self.house.tick(dice.choice([timedelta(0), GRACE]), fatal)
            self._live.seen["duties"] += len(done)
            self.promises.hold()  # and hear which rounds a rule has given more time

    # --- people

    @rule(drawn=draws)
    def people_are_busy(self, drawn: int) -> None:
        self._live.people_are_busy(self.dice(drawn))

    @rule(drawn=draws)
    def the_coordinator_acts(self, drawn: int) -> None:
        self._live.a_coordinator_acts(self.dice(drawn))

    @rule(drawn=draws)
    def another_round_is_planned(self, drawn: int) -> None:
        self._plans(self.dice(drawn))

    @rule(drawn=draws)
    def money_or_prices_move(self, drawn: int) -> None:
        self._money_or_prices_move(self.dice(drawn))

    def _plans(self, dice: Random) -> None:
        if self.house.now < END:
            self._live.plans(dice)

    def _money_or_prices_move(self, dice: Random) -> None:
        if dice.random() < 0.75:
            for _ in range(dice.randint(1, 3)):
                self._live.money_moves(dice)
        else:
            self._live.a_supplier_changes(dice)

    # --- the house

    @rule(drawn=draws)
    def errands_run(self, drawn: int) -> None:
        self._errands_run(self.dice(drawn))

    @rule(drawn=draws)
    def the_house_is_disturbed(self, drawn: int) -> None:
        self._is_disturbed(self.dice(drawn))

    def _errands_run(self, dice: Random) -> None:
        """With a mail server that is away, busy or silent, and a death on the way."""
        troubles = dice.choices(["", "away", "busy", "silent"], [8, 1, 1, 1], k=6)
        self.house.box.troubles = troubles if dice.random() < 0.5 else []
        self.house.errands_run(dice.choice([0, dice.randint(1, 80)]))
        self.house.box.troubles = []
        self._live.somebody_looks_at_the_mails(dice)

    def _is_disturbed(self, dice: Random) -> None:
        """All processes end and come back, or the clock on the wall is wrong for a while."""
        if dice.random() < 0.5:
            self.house.restart()
            return
        by = dice.choice([HOUR, -HOUR, 366 * DAY, -366 * DAY])
        done = self.house.jumps(by, beats=dice.randint(1, 3))
        assert not done, f"the clock was {by} wrong, and did {done}"

    @invariant()
    def what_was_promised_holds(self) -> None:
        if self.life is not None:
            self.steps += 1
            self.promises.hold()

    @property
    def _live(self) -> Life:
        assert self.life is not None
        return self.life


def live_years(
    new_database: NewDatabase,
    tally: Tally,
    *,
    seed_: int,
    years: int,
    shrink: bool = False,
    prepare: Callable[[Engine], None] = lambda _: None,
) -> None:
    """So many years, drawn from a seed. What is violated comes out, as short as was found."""
    year = type(
        "Year",
        (Year,),
        {
            "seed": seed_,
            "tally": tally,
            "new_database": staticmethod(new_database),
            "prepare": staticmethod(prepare),
        },
    )
    phases = (Phase.generate, Phase.shrink) if shrink else (Phase.generate,)
    run_state_machine_as_test(
        seed(seed_)(year),
        settings=settings(
            max_examples=years,
            stateful_step_count=STEPS,
            deadline=None,
            database=None,
            phases=phases,
            suppress_health_check=list(HealthCheck),
        ),
    )

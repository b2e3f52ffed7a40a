"""Rounds lived at random: whatever people and the clock do, wherever it crashes, the sums hold.

A machine plays participants, a coordinator, a clock and a supplier with new price lists, in two
rounds at once, on a clock that likes to stand a microsecond beside a deadline. Every act may be
interrupted by a crash (all of it is undone) and done again.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from purchasing import clock, demand, lifecycle
from purchasing.books import ledger, settlement
from purchasing.books.ledger import Entry
from purchasing.catalogue import Price
from purchasing.demand import Choice
from purchasing.errors import Refused
from purchasing.ordering import demand_of, list_orders, list_shares
from purchasing.papers import Paper, PaperKind
from purchasing.people import VatStatus
from purchasing.rounds import Round, ShortfallRule
from purchasing.rounds import RoundState as S
from tests.builders import (
    ACTOR,
    DAY,
    NOON,
    a_household,
    a_network,
    a_product,
    a_round,
    a_shop,
    a_supplier,
)

TICK = timedelta(microseconds=1)
SUPPLIERS = ("Boerderij", "Molen")
ROAD = {
    ("publish", S.PLANNED, S.PLANNED),
    ("open", S.PLANNED, S.OPEN),
    ("extend", S.PLANNED, S.PLANNED),
    ("extend", S.OPEN, S.OPEN),
    ("close", S.OPEN, S.CLOSED),
    ("hold", S.CLOSED, S.CLOSED),
    ("order", S.CLOSED, S.ORDERED),
    ("receive", S.ORDERED, S.DELIVERED),
    ("settle", S.DELIVERED, S.SETTLED),
    ("cancel", S.PLANNED, S.CANCELLED),
    ("cancel", S.OPEN, S.CANCELLED),
    ("cancel", S.CLOSED, S.CANCELLED),
}

which = st.integers(0, 1)
who = st.integers(0, 2)
crashes = st.booleans()


@dataclass
class Expected:
    """What we know of one round besides what the database says."""

    id: int
    chosen: dict[tuple[int, int], tuple[int, int]] = field(default_factory=dict)
    ordered: dict[tuple[int, int], tuple[int, int]] = field(default_factory=dict)
    promised: dict[int, int] | None = None  # unit price by article, once it is open


class LifeOfRounds(RuleBasedStateMachine):
    def __init__(self, engine: Any) -> None:
        super().__init__()
        self.connection = engine.connect()
        self.world = self.connection.begin()  # is rolled back in the end, whatever was committed
        self.session = Session(self.connection, join_transaction_mode="create_savepoint")
        self.now = NOON - 8 * DAY
        self.forms = 0
        self.last_form: tuple[Callable[[], Any], Any] | None = None
        self.touched: set[int] = set()  # rounds that may have changed since we looked

    def teardown(self) -> None:
        try:
            if self.rounds_exist:
                self.wait_until_nothing_is_due()
                self.bring_to_an_end()
        finally:
            self.session.close()
            self.world.rollback()
            self.connection.close()

    # --- the beginning

    rounds_exist = False

    @initialize(
        status=st.sampled_from(VatStatus),
        shared=st.booleans(),
        rules=st.lists(
            st.fixed_dictionaries(
                {
                    "shortfall_rule": st.sampled_from(ShortfallRule),
                    "minimum_cents": st.sampled_from([0, 0, 0, 20_00]),
                    "sharing_rule": st.sampled_from(["proportional", "first_come", "rotate"]),
                    "delivery_share": st.sampled_from(["equal", "by_amount"]),
                    "invoice_at": st.sampled_from(["closing", "delivery"]),
                    "order_at_close": st.sampled_from([True, True, False]),
                    "fee_cents": st.sampled_from([0, 150]),
                    "extend_days": st.integers(0, 2),
                }
            ),
            min_size=2,
            max_size=2,
        ),
        minimum=st.sampled_from([0, 0, 8_00]),
        opened=st.sampled_from([True, True, True, False]),
        pieces=st.lists(st.integers(0, 9), min_size=9, max_size=9),
    )
    def begin(
        self,
        status: VatStatus,
        shared: bool,
        rules: list[dict],
        minimum: int,
        opened: bool,
        pieces: list[int],
    ) -> None:
        session = self.session
        a_network(session, vat_status=status)
        suppliers = [
            a_supplier(session, name, minimum_cents=minimum, delivery_cents=7_77)
            for name in SUPPLIERS
        ]
        suppliers[1].wants_zero_order = True
        self.products = [
            a_product(session, suppliers[0], "Rijst", unit_price=333_333, case_milli=3000),
            a_product(session, suppliers[0], "Bier", vat_bp=2100, deposit_cents=25),
            a_product(session, suppliers[1], "Meel", tiers=[[6, 800_001]], case_milli=2000),
        ]
        self.people = [
            a_household(session, "Ada"),
            a_household(session, "Ben"),
            a_shop(session, "Cas"),
        ]
        mode = "shared" if shared or status == VatStatus.NONE else "resale"
        self.rounds = [
            Expected(
                a_round(
                    session,
                    *self.products,
                    state=S.PLANNED,
                    settlement_mode=mode,
                    closes_at=NOON + n * DAY,
                    **details,
                ).id
            )
            for n, details in enumerate(rules)
        ]
        session.commit()
        self.rounds_exist = True
        if opened:
            for n in range(2):
                self.move(lifecycle.publish, n, crash=False, allowed=True)
            self.now = NOON - 7 * DAY
            self.do_what_is_due(timedelta(0), crash=False)
            self.everybody_orders(0, pieces)
            self.everybody_orders(1, pieces[::-1])

    def everybody_orders(self, n: int, pieces: list[int]) -> None:
        for person in range(3):
            items = [item.id for item in self.row(n).items]
            wants = dict(zip(items, pieces[3 * person :], strict=False))
            self.choose(n, person, {item: (quantity, 1) for item, quantity in wants.items()})
            self.order_what_is_chosen(n, person)

    # --- time

    @rule(
        n=which,
        to=st.sampled_from(["opens_at", "closes_at"]),
        off=st.sampled_from([-TICK, timedelta(0), TICK, -timedelta(hours=3), -DAY, -2 * DAY]),
    )
    def time_passes_to_a_deadline(self, n: int, to: str, off: timedelta) -> None:
        moment: datetime = getattr(self.row(n), to)
        self.now = max(self.now, moment + off)

    @rule(passed=st.sampled_from([TICK, timedelta(seconds=2), timedelta(hours=5)]))
    def time_passes(self, passed: timedelta) -> None:
        self.now += passed

    @rule(crash=crashes, grace=st.sampled_from([timedelta(0), clock.GRACE]))
    def the_clock_ticks(self, crash: bool, grace: timedelta) -> None:
        self.do_what_is_due(grace, crash=crash)

    # --- participants

    @rule(
        n=which,
        person=who,
        item=st.integers(0, 2),
        pieces=st.integers(0, 7),
        extra=st.sampled_from([0, 0, 1, 4]),
        crash=crashes,
    )
    def somebody_chooses(
        self, n: int, person: int, item: int, pieces: int, extra: int, crash: bool
    ) -> None:
        items = [item.id for item in self.row(n).items]
        wants = {items[item % len(items)]: (pieces, extra)} if items else {-1: (pieces, extra)}
        self.choose(n, person, wants, crash=crash)

    @rule(n=which, person=who, crash=crashes)
    def somebody_orders(self, n: int, person: int, crash: bool) -> None:
        self.order_what_is_chosen(n, person, crash=crash)

    @rule(n=which, person=who, crash=crashes)
    def somebody_takes_it_back(self, n: int, person: int, crash: bool) -> None:
        expected, participant = self.rounds[n], self.people[person].id
        form = self.form(demand.withdraw, expected.id, participant)
        if self.attempt(form, crash=crash, allowed=self.is_open(n)):
            for wants in (expected.chosen, expected.ordered):
                for key in [key for key in wants if key[0] == participant]:
                    wants[key] = (0, 0)

    @precondition(lambda self: self.last_form is not None)
    @rule()
    def the_last_form_is_sent_again(self) -> None:
        form, answer = self.last_form
        assert form() == answer
        self.session.commit()

    # --- the coordinator

    @rule(n=which, crash=crashes)
    def publish(self, n: int, crash: bool) -> None:
        row = self.row(n)
        allowed = row.state == S.PLANNED and bool(row.published_at or row.closes_at > self.now)
        self.move(lifecycle.publish, n, crash=crash, allowed=allowed)

    @rule(
        n=which,
        by=st.sampled_from([-DAY, TICK, timedelta(minutes=5), DAY]),
        crash=crashes,
    )
    def extend(self, n: int, by: timedelta, crash: bool) -> None:
        row = self.row(n)
        until = row.closes_at + by
        allowed = row.state in (S.PLANNED, S.OPEN) and by > timedelta(0) and until > self.now
        self.move(lifecycle.extend, n, crash=crash, allowed=allowed, until=until)

    @rule(n=which, crash=crashes, dice=who)
    def close_early(self, n: int, crash: bool, dice: int) -> None:
        if dice:
            return
        self.move(lifecycle.close_now, n, crash=crash, allowed=self.row(n).state == S.OPEN)

    @rule(n=which, crash=crashes, despite=st.booleans())
    def order(self, n: int, crash: bool, despite: bool) -> None:
        row = self.row(n)
        waits = row.shortfall_rule == ShortfallRule.WAIT and not despite
        allowed = None if waits and row.state == S.CLOSED else row.state == S.CLOSED
        self.move(lifecycle.order, n, crash=crash, allowed=allowed, despite_shortfall=despite)

    @rule(n=which, crash=crashes)
    def the_goods_arrive(self, n: int, crash: bool) -> None:
        self.move(lifecycle.receive, n, crash=crash, allowed=self.row(n).state == S.ORDERED)

    @rule(n=which, crash=crashes)
    def settle(self, n: int, crash: bool) -> None:
        self.move(lifecycle.settle, n, crash=crash, allowed=self.row(n).state == S.DELIVERED)

    @rule(n=which, crash=crashes, reason=st.sampled_from(["", "De boer is ziek"]), dice=who)
    def call_off(self, n: int, crash: bool, reason: str, dice: int) -> None:
        if dice:  # most rounds should live
            return
        allowed = bool(reason) and self.row(n).state in lifecycle.CANCELLABLE
        self.move(lifecycle.cancel, n, crash=crash, allowed=allowed, reason=reason)

    # --- the supplier

    @rule(product=st.integers(0, 2), price=st.sampled_from([1, 777_777, 5_000_000]))
    def a_new_price_list_comes(self, product: int, price: int) -> None:
        terms = {"unit_price": price, "case_milli": 4000, "vat_bp": 900}
        row = Price(product_id=self.products[product].id, valid_from=self.now, **terms)
        self.session.add(row)
        self.session.commit()

    @rule(product=st.integers(0, 1), available=st.booleans())
    def an_article_comes_and_goes(self, product: int, available: bool) -> None:
        self.products[product].available = available
        self.session.commit()

    # --- how things are done

    def choose(
        self, n: int, person: int, wants: dict[int, tuple[int, int]], *, crash: bool = False
    ) -> None:
        expected, participant = self.rounds[n], self.people[person].id
        choices = {item: Choice(*want) for item, want in wants.items()}
        form = self.form(demand.choose, expected.id, participant, choices)
        allowed = self.is_open(n) and set(wants) <= {item.id for item in self.row(n).items}
        if self.attempt(form, crash=crash, allowed=allowed):
            for item, (pieces, extra) in wants.items():
                expected.chosen[participant, item] = (pieces, extra if pieces else 0)

    def order_what_is_chosen(self, n: int, person: int, *, crash: bool = False) -> None:
        expected, participant = self.rounds[n], self.people[person].id
        mine = {key: want for key, want in expected.chosen.items() if key[0] == participant}
        before = [want for key, want in expected.ordered.items() if key[0] == participant]
        something = any(quantity for quantity, _ in [*mine.values(), *before])
        form = self.form(demand.place, expected.id, participant)
        if self.attempt(form, crash=crash, allowed=self.is_open(n) and something):
            expected.ordered |= mine

    def row(self, n: int) -> Round:
        return self.session.get_one(Round, self.rounds[n].id)

    def is_open(self, n: int) -> bool:
        row = self.row(n)
        return row.state == S.OPEN and row.opens_at <= self.now < row.closes_at

    def form(self, verb: Callable[..., Any], *contents: Any) -> Callable[[], Any]:
        """A form with a key of its own, which can be sent again."""
        self.forms += 1
        key = f"form {self.forms}"

        def send() -> Any:
            return verb(self.session, *contents, key=key, actor=ACTOR, now=self.now)

        return send

    def move(self, verb: Callable[..., None], n: int, *, crash: bool, **details: Any) -> None:
        allowed = details.pop("allowed")

        def act() -> None:
            verb(self.session, self.row(n), actor=ACTOR, now=self.now, **details)

        self.attempt(act, crash=crash, allowed=allowed)

    def attempt(self, act: Callable[[], Any], *, crash: bool, allowed: bool | None = None) -> bool:
        """Do it, perhaps after a crash in which it was undone; whether it was accepted."""
        self.touched.update(range(2))
        try:
            if crash:
                act()
                self.session.flush()
                self.session.rollback()
            answer = act()
            self.session.commit()
        except Refused:
            self.session.rollback()
            assert not allowed
            return False
        assert allowed is not False
        if answer is not None:
            self.last_form = (act, answer)
        self.note_what_is_promised()
        return True

    def do_what_is_due(self, grace: timedelta, *, crash: bool) -> int:
        duties = clock.due(self.session, now=self.now, grace=grace)
        for duty in duties:

            def run(duty: clock.Duty = duty) -> None:
                duty.lock()
                duty.run(self.now)

            self.attempt(run, crash=crash, allowed=True)
        return len(duties)

    def wait_until_nothing_is_due(self) -> None:
        """Weeks later the clock has brought to an end whatever does not wait for a human."""
        for _ in range(4):
            self.now += 10 * DAY
            rests = (not self.do_what_is_due(timedelta(0), crash=False) for _ in range(6))
            assert any(rests), "the clock does not come to rest"
        for n in range(2):
            row = self.row(n)
            waits = row.held or not row.order_at_close or row.published_at is None
            assert row.state not in (S.OPEN, *([] if waits else [S.PLANNED, S.CLOSED]))
        self.what_holds()

    def bring_to_an_end(self) -> None:
        """The coordinator does what was left to her, so that every life is a whole one."""
        for n in range(2):
            for at, verb, details in (
                (S.CLOSED, lifecycle.order, {"despite_shortfall": True}),
                (S.ORDERED, lifecycle.receive, {}),
                (S.DELIVERED, lifecycle.settle, {}),
            ):
                if self.row(n).state == at:
                    self.move(verb, n, crash=True, allowed=True, **details)
        self.what_holds()
        for n in range(2):
            assert self.row(n).state in (S.PLANNED, S.SETTLED, S.CANCELLED)

    def note_what_is_promised(self) -> None:
        for n, expected in enumerate(self.rounds):
            if expected.promised is None and self.row(n).state == S.OPEN:
                expected.promised = {item.id: item.unit_price for item in self.row(n).items}

    # --- what holds at every moment

    @invariant()
    def what_holds(self) -> None:
        if not self.touched:
            return
        for n in self.touched:
            self.the_history_is_one_road(self.row(n))
            self.promises_are_kept(n)
            self.what_counts_is_what_was_ordered_in_time(n)
            self.the_sums_are_right(self.row(n))
            self.only_who_ordered_is_billed(n)
        self.numbers_have_no_gaps()
        assert (self.session.scalar(select(func.sum(Entry.cents))) or 0) == 0
        self.touched.clear()

    def the_history_is_one_road(self, row: Round) -> None:
        at = S.PLANNED
        for event in row.history:
            assert event.from_state == at
            assert (event.move, event.from_state, event.to_state) in ROAD
            at = event.to_state
        assert row.state == at
        stops = [e.to_state for e in row.history if e.from_state != e.to_state]
        assert len(stops) == len(set(stops))

    def promises_are_kept(self, n: int) -> None:
        promised = self.rounds[n].promised
        if promised is not None:
            assert {item.id: item.unit_price for item in self.row(n).items} == promised

    def what_counts_is_what_was_ordered_in_time(self, n: int) -> None:
        expected = {key: want for key, want in self.rounds[n].ordered.items() if want[0]}
        wants = demand_of(self.session, self.row(n)).wants
        counted = {(w.participant_id, w.item_id): (w.quantity, w.extra) for w in wants}
        assert counted == expected
        if list_orders(self.session, self.rounds[n].id):
            shares = list_shares(self.session, self.rounds[n].id)
            divided = {(s.participant_id, s.item_id): (s.wanted, s.extra) for s in shares}
            assert divided == expected

    def the_sums_are_right(self, row: Round) -> None:
        sums = settlement.reconcile(self.session, row)
        assert sums.difference == 0
        ordered = row.state in (S.ORDERED, S.DELIVERED, S.SETTLED)
        assert ordered or sums.charged == sums.ordered == 0
        charged = row.invoice_at == "closing" or row.state == S.SETTLED
        if charged:
            assert ledger.balance(self.session, f"round:{row.id}") == 0
        for paper in self.papers(row.id):
            assert paper.round_id == row.id
            assert charged
            assert ordered

    def only_who_ordered_is_billed(self, n: int) -> None:
        ordered = {key[0] for key, want in self.rounds[n].ordered.items() if want[0]}
        billed = [paper.participant_id for paper in self.papers(self.rounds[n].id)]
        assert len(billed) == len(set(billed))
        assert set(billed) <= ordered

    def numbers_have_no_gaps(self) -> None:
        numbers = [int(paper.number.split("-")[-1]) for paper in self.papers()]
        assert sorted(numbers) == list(range(1, len(numbers) + 1))

    def papers(self, round_id: int | None = None) -> list[Paper]:
        bills = Paper.kind.in_((PaperKind.INVOICE, PaperKind.SETTLEMENT))
        query = select(Paper).where(bills)
        if round_id is not None:
            query = query.where(Paper.round_id == round_id)
        return list(self.session.scalars(query))


@pytest.mark.filterwarnings("ignore::hypothesis.errors.NonInteractiveExampleWarning")
def test_whatever_happens_in_the_life_of_rounds_the_sums_hold(app) -> None:
    from app.extensions import db

    engine = db.engine
    few = engine.dialect.name == "postgresql"  # the rules are the same, the locks are elsewhere
    run_state_machine_as_test(
        lambda: LifeOfRounds(engine),
        settings=settings(
            max_examples=7 if few else 22,
            stateful_step_count=40,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )

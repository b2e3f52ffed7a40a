"""What falls due by itself: found however late, done once however many look."""

import threading
from datetime import UTC, date, datetime, time, timedelta

import pytest
from sqlalchemy import update

from purchasing import clock, demand, errands, lifecycle, planning
from purchasing.calendar import OpensTooLate
from purchasing.catalogue import Product
from purchasing.clock import What
from purchasing.errors import Refused
from purchasing.people import the_network
from purchasing.rounds import Round, RoundRhythm, ShortfallRule
from purchasing.rounds import RoundState as S
from tests.builders import (
    ACTOR,
    DAY,
    NOON,
    a_household,
    a_product,
    a_round,
    a_supplier,
    an_order,
)

HOUR = timedelta(hours=1)
SECOND = timedelta(seconds=1)
NONE = timedelta(0)
OPENING = NOON - 7 * DAY


@pytest.fixture
def rice(session, network) -> Product:
    return a_product(session, a_supplier(session), "Rijst")


def due(session, at: datetime, grace: timedelta = NONE) -> list[str]:
    """What is due, without the numbers."""
    return [" ".join(duty.name.split()[:2]) for duty in clock.due(session, now=at, grace=grace)]


def tick(session, at: datetime, grace: timedelta = NONE) -> list[str]:
    """Do what is due until nothing is, as the app does it."""
    done: list[str] = []
    while new := [d for d in clock.due(session, now=at, grace=grace) if d.name not in done]:
        for duty in new:
            duty.lock()
            duty.run(at)
            session.commit()
            done.append(duty.name)
    session.commit()
    return [" ".join(name.split()[:2]) for name in done]


def announced(session, round_: Round) -> Round:
    lifecycle.publish(session, round_, actor=ACTOR, now=OPENING - DAY)
    return round_


# --- opening, closing, ordering


def test_a_round_runs_by_itself_from_its_announcement_to_its_order(session, rice) -> None:
    round_ = announced(session, a_round(session, rice, state=S.PLANNED))

    assert tick(session, OPENING - SECOND) == []
    assert tick(session, OPENING) == ["open round"]
    an_order(session, round_, a_household(session), {"Rijst": 6})
    assert "close round" not in tick(session, NOON - SECOND)
    assert tick(session, NOON) == ["close round", "order round"]
    assert tick(session, NOON + 99 * DAY) == []

    assert [(event.move, event.actor) for event in round_.history[1:]] == [
        ("open", "clock"),
        ("close", "clock"),
        ("order", "clock"),
    ]


def test_after_a_long_standstill_everything_is_caught_up(session, rice) -> None:
    never_opened = announced(session, a_round(session, rice, state=S.PLANNED))
    left_open = a_round(session, rice)
    left_closed = a_round(session, rice)
    lifecycle.close(session, left_closed, actor=ACTOR, now=NOON)

    tick(session, NOON + 3 * 365 * DAY)

    assert {round_.state for round_ in (never_opened, left_open, left_closed)} == {S.ORDERED}


def test_what_is_not_announced_does_not_open(session, rice) -> None:
    a_round(session, rice, state=S.PLANNED)

    assert due(session, NOON - HOUR) == []


def test_a_round_is_claimed_when_the_grace_is_over(session, rice) -> None:
    a_round(session, rice)
    grace = timedelta(seconds=2)

    assert "close round" not in due(session, NOON + grace - timedelta(microseconds=1), grace)
    assert due(session, NOON + grace, grace) == ["close round"]


def test_the_clock_itself_has_no_key_to_the_bids() -> None:
    with pytest.raises(ValueError, match="no key"):
        clock.no_seal(b"sealed")


def test_the_oldest_deadline_comes_first_and_ordering_before_closing(session, rice) -> None:
    later = a_round(session, rice, closes_at=NOON + HOUR)
    sooner = a_round(session, rice, closes_at=NOON)
    closed = a_round(session, rice, closes_at=NOON - HOUR)
    lifecycle.close(session, closed, actor=ACTOR, now=NOON)

    names = [duty.name for duty in clock.due(session, now=NOON + DAY, grace=NONE)]

    assert names == [f"order round {closed.id}", *(f"close round {r.id}" for r in (sooner, later))]


def test_a_round_that_its_coordinator_orders_is_left_to_her(session, rice) -> None:
    round_ = a_round(session, rice, order_at_close=False)

    assert tick(session, NOON) == ["close round"]
    assert round_.state == S.CLOSED


@pytest.mark.parametrize("days", [1, 9])
def test_what_people_choose_from_first_is_not_ordered_at_its_closing(session, rice, days) -> None:
    round_ = a_round(session, rice)
    lifecycle.close(session, round_, actor=ACTOR, now=NOON)
    assert due(session, NOON) == ["order round"]

    round_.choose_days = days
    session.flush()

    assert due(session, NOON) == []


@pytest.mark.parametrize(
    ("is_tender", "order_at_close", "found"),
    [(True, False, True), (False, True, True), (False, False, False)],
)
def test_choosing_ends_by_itself_but_for_a_survey_that_its_coordinator_orders(
    session, rice, is_tender, order_at_close, found
) -> None:
    round_ = a_round(session, rice)
    moments = {"offers_until": NOON + DAY, "bids_until": NOON + HOUR if is_tender else None}
    offered = update(Round).where(Round.id == round_.id).values(state=S.OFFERED, **moments)
    session.execute(offered.values(order_at_close=order_at_close))

    assert due(session, NOON + DAY) == (["conclude round"] if found else [])


def test_a_round_that_waits_is_held_and_left_alone(session, rice) -> None:
    rice.supplier.minimum_cents = 10_00
    round_ = a_round(session, rice, shortfall_rule=ShortfallRule.WAIT)

    assert tick(session, NOON) == ["close round", "order round"]
    assert (round_.state, round_.held) == (S.CLOSED, True)
    assert tick(session, NOON + DAY) == []


def test_a_round_that_is_extended_by_its_rule_comes_due_again(session, rice) -> None:
    round_ = a_round(
        session, rice, shortfall_rule=ShortfallRule.EXTEND, extend_days=1, minimum_cents=10_00
    )

    tick(session, NOON)
    assert round_.state == S.OPEN
    assert tick(session, NOON + DAY) == ["close round", "order round"]
    assert round_.state == S.CANCELLED


# --- two clocks


@pytest.mark.parametrize(
    ("state", "at", "move"),
    [(S.PLANNED, OPENING, "open"), (S.OPEN, NOON, "close"), (S.CLOSED, NOON, "order")],
)
def test_two_clocks_move_a_round_once(session, rice, another_hand, state, at, move) -> None:
    round_ = announced(session, a_round(session, rice, state=S.PLANNED))
    for step in (lifecycle.open_round, lifecycle.close):
        if round_.state != state:
            step(session, round_, actor=ACTOR, now=NOON)
    other, _ = another_hand(round_)
    [theirs] = clock.due(other, now=at, grace=NONE)
    other.rollback()

    [ours] = clock.due(session, now=at, grace=NONE)
    ours.lock()
    ours.run(at)
    session.commit()

    with pytest.raises(Refused):
        theirs.lock()
        theirs.run(at)
    other.rollback()
    assert [event.move for event in round_.history].count(move) == 1


def test_a_clock_that_looked_before_an_extension_closes_nothing(
    session, rice, another_hand
) -> None:
    round_ = a_round(session, rice)
    other, _ = another_hand(round_)
    [theirs] = clock.due(other, now=NOON, grace=NONE)
    other.rollback()
    lifecycle.extend(session, round_, until=NOON + DAY, actor=ACTOR, now=NOON)
    session.commit()

    with pytest.raises(lifecycle.TooEarly):
        theirs.lock()
        theirs.run(NOON)
    other.rollback()

    assert round_.state == S.OPEN


def test_what_one_clock_does_another_waits_for(session, rice, another_hand) -> None:
    """Each kind of duty holds its row, so that the second looks when the first is done."""
    network = the_network(session)
    network.reminder_days = 7
    template = a_round(session, rice)
    a_rhythm(session, template)
    other, _ = another_hand(template)
    all_theirs = clock.due(other, now=NOON, grace=NONE)
    other.rollback()
    all_ours = clock.due(session, now=NOON, grace=NONE)
    session.rollback()

    assert [duty.what for duty in all_ours] == [What.CLOSE, What.PLAN, What.REMIND_LATE]
    for ours, theirs in zip(all_ours, all_theirs, strict=True):
        ours.lock()
        waiting = threading.Thread(target=theirs.lock, daemon=True)
        waiting.start()
        waiting.join(timeout=0.05)
        assert waiting.is_alive()
        session.rollback()
        waiting.join(timeout=30)
        assert not waiting.is_alive()
        other.rollback()


def test_two_clocks_hold_a_round_once(session, rice, another_hand) -> None:
    rice.supplier.minimum_cents = 10_00
    round_ = a_round(session, rice)
    lifecycle.close(session, round_, actor=ACTOR, now=NOON)
    other, _ = another_hand(round_)
    [theirs] = clock.due(other, now=NOON, grace=NONE)
    other.rollback()
    tick(session, NOON)

    theirs.lock()
    theirs.run(NOON)
    other.commit()

    assert [event.move for event in round_.history].count("hold") == 1


# --- reminders


def reminded(session, round_: Round) -> list[str]:
    mails = errands.list_for_round(session, round_.id)
    return [f"{e.ref.split(':')[0]} {e.recipient}" for e in mails if e.kind == "mail_reminder"]


def test_who_chose_and_did_not_order_is_reminded_a_day_before_and_three_hours_before(
    session, rice
) -> None:
    round_ = a_round(session, rice)
    an_order(session, round_, a_household(session, "Ada"), {"Rijst": 6}, at=NOON - 2 * DAY)
    ben = a_household(session, "Ben")
    an_order(session, round_, ben, {"Rijst": 6}, at=NOON - 2 * DAY, placed=False)

    assert tick(session, NOON - DAY - SECOND) == []
    assert tick(session, NOON - DAY) == ["remind round"]
    assert tick(session, NOON - DAY + SECOND) == []
    assert reminded(session, round_) == ["first Ben"]
    assert tick(session, NOON - 3 * HOUR) == ["remind round"]
    assert tick(session, NOON - SECOND) == []
    assert reminded(session, round_) == ["first Ben", "last Ben"]


def test_who_changed_an_order_and_did_not_order_again_is_reminded(session, rice) -> None:
    round_ = a_round(session, rice)
    ada = a_household(session, "Ada")
    an_order(session, round_, ada, {"Rijst": 6}, at=NOON - 3 * DAY)
    an_order(session, round_, ada, {"Rijst": (6, 1)}, at=NOON - 2 * DAY, placed=False)

    tick(session, NOON - DAY)

    assert reminded(session, round_) == ["first Ada"]


def test_a_clock_that_stood_still_sends_one_reminder_and_not_two(session, rice) -> None:
    round_ = a_round(session, rice)
    an_order(session, round_, a_household(session, "Ben"), {"Rijst": 6}, placed=False)

    tick(session, NOON - HOUR)

    assert reminded(session, round_) == ["last Ben"]


def test_nobody_is_reminded_of_what_is_over_or_of_what_was_open_more_briefly(
    session, rice
) -> None:
    brief = a_round(session, rice, opens_at=NOON - 2 * HOUR)
    over = a_round(session, rice)
    for round_ in (brief, over):
        at = max(round_.opens_at, NOON - 2 * DAY)
        who = a_household(session, "Ben")
        an_order(session, round_, who, {"Rijst": 6}, at=at, placed=False)

    assert "remind round" not in tick(session, NOON)
    assert "remind round" not in tick(session, NOON - HOUR + 7 * DAY)
    assert reminded(session, brief) == []


@pytest.mark.parametrize("by_rule", [True, False])
def test_after_an_extension_people_are_reminded_of_the_new_deadline(
    session, rice, by_rule: bool
) -> None:
    round_ = a_round(
        session, rice, minimum_cents=10_00, shortfall_rule=ShortfallRule.EXTEND, extend_days=3
    )
    an_order(session, round_, a_household(session, "Ben"), {"Rijst": 6}, placed=False)
    tick(session, NOON - DAY)
    tick(session, NOON - 3 * HOUR)

    if by_rule:
        tick(session, NOON)
    else:
        lifecycle.extend(session, round_, until=NOON + 3 * DAY, actor=ACTOR, now=NOON)
    assert round_.closes_at == NOON + 3 * DAY
    for at in (NOON, NOON + 2 * DAY, NOON + 3 * DAY - 3 * HOUR):
        tick(session, at)

    assert reminded(session, round_) == ["first Ben", "last Ben"] * 2


# --- rounds that come back


def a_rhythm(session, template: Round, **details: object) -> RoundRhythm:
    """Delivered on Saturdays; closes Thursday at eight in the evening, opens a week before."""
    values = {
        "title": "Elke week",
        "template_round_id": template.id,
        "every_weeks": 1,
        "anchor_on": date(2026, 3, 14),
        "close_days_before": 2,
        "close_at": time(20),
        "open_days_before": 9,
        "open_at": time(8),
        "skipped": [],
        "ahead": 3,
    }
    rhythm = RoundRhythm(**values | details)
    session.add(rhythm)
    session.flush()
    return rhythm


def planned_for(session, rhythm: RoundRhythm) -> list[date]:
    rounds = session.query(Round).filter_by(rhythm_id=rhythm.id).order_by(Round.delivery_on)
    return [round_.delivery_on for round_ in rounds]


def test_a_rhythm_plans_and_announces_its_next_rounds_once(session, rice) -> None:
    rhythm = a_rhythm(session, a_round(session, rice, closes_at=NOON + 300 * DAY))

    assert tick(session, NOON) == ["plan rhythm"]
    assert tick(session, NOON + SECOND) == []

    assert planned_for(session, rhythm) == [date(2026, 3, day) for day in (21, 28)] + [
        date(2026, 4, 4)
    ]
    rounds = session.query(Round).filter_by(rhythm_id=rhythm.id).all()
    assert all(round_.published_at == NOON for round_ in rounds)
    assert [item.name for item in rounds[0].items] == ["Rijst"]


@pytest.mark.parametrize("terms", [{"category_key": "insurance"}, {"settlement_mode": "referral"}])
def test_a_rhythm_announces_nothing_that_a_coordinator_could_not(
    session, rice, terms: dict[str, str]
) -> None:
    """Its template became impossible: the rules changed, or what it should say is missing."""
    template = a_round(session, rice, closes_at=NOON + 300 * DAY)
    rhythm = a_rhythm(session, template, ahead=1)
    session.execute(update(Round).where(Round.id == template.id).values(**terms))
    session.refresh(template)

    assert tick(session, NOON) == ["plan rhythm"]
    assert tick(session, NOON + DAY) == []

    [round_] = session.query(Round).filter_by(rhythm_id=rhythm.id)
    assert (round_.state, round_.published_at) == (S.PLANNED, None)
    asked = session.query(errands.Errand).filter_by(round_id=round_.id).all()
    assert [errand.key for errand in asked] == [f"mail_coordinators:unpublished:{round_.id}"]


def test_a_rhythm_announces_no_round_without_articles(session, rice) -> None:
    rhythm = a_rhythm(session, a_round(session, rice, closes_at=NOON + 300 * DAY), ahead=1)
    rice.available = False
    session.flush()

    tick(session, NOON)

    [round_] = session.query(Round).filter_by(rhythm_id=rhythm.id)
    assert (round_.items, round_.published_at) == ([], None)


@pytest.mark.parametrize(
    ("delivery", "closes_at"),
    [
        (date(2026, 3, 28), datetime(2026, 3, 26, 19, tzinfo=UTC)),
        (date(2026, 4, 4), datetime(2026, 4, 2, 18, tzinfo=UTC)),  # summer time from 29 March
        (date(2026, 10, 24), datetime(2026, 10, 22, 18, tzinfo=UTC)),
        (date(2026, 10, 31), datetime(2026, 10, 29, 19, tzinfo=UTC)),  # until 25 October
    ],
)
def test_a_rhythm_keeps_the_hour_on_the_wall_when_the_clocks_change(
    session, rice, delivery: date, closes_at: datetime
) -> None:
    rhythm = a_rhythm(session, a_round(session, rice, closes_at=NOON + 300 * DAY))

    tick(session, closes_at - 12 * DAY)

    [round_] = session.query(Round).filter_by(rhythm_id=rhythm.id, delivery_on=delivery)
    assert round_.closes_at == closes_at
    assert round_.opens_at.astimezone(UTC).date() == delivery - 9 * DAY


def test_two_rhythms_with_the_same_days_each_plan_their_own(session, rice) -> None:
    template = a_round(session, rice, closes_at=NOON + 300 * DAY)
    one, other = a_rhythm(session, template), a_rhythm(session, template, active=False)
    tick(session, NOON)

    other.active = True
    session.flush()

    assert tick(session, NOON) == ["plan rhythm"]
    assert planned_for(session, other) == planned_for(session, one)


def test_a_skipped_day_is_left_out_and_the_others_stay(session, rice) -> None:
    template = a_round(session, rice, closes_at=NOON + 300 * DAY)
    rhythm = a_rhythm(session, template, skipped=["2026-03-28"])

    tick(session, NOON)

    assert planned_for(session, rhythm) == [
        date(2026, 3, 21),
        date(2026, 4, 4),
        date(2026, 4, 11),
    ]


def test_when_a_round_has_opened_the_rhythm_plans_one_more(session, rice) -> None:
    rhythm = a_rhythm(session, a_round(session, rice, closes_at=NOON + 300 * DAY), ahead=1)
    tick(session, NOON)
    [first] = session.query(Round).filter_by(rhythm_id=rhythm.id)

    done = tick(session, first.opens_at)

    assert sorted(done) == ["open round", "plan rhythm"]
    assert planned_for(session, rhythm) == [date(2026, 3, 21), date(2026, 3, 28)]


def test_after_a_standstill_a_rhythm_plans_what_can_still_open_and_nothing_past(
    session, rice
) -> None:
    rhythm = a_rhythm(session, a_round(session, rice, closes_at=NOON + 300 * DAY), ahead=2)

    tick(session, NOON + 70 * DAY)

    assert planned_for(session, rhythm) == [date(2026, 5, 30), date(2026, 6, 6)]


def test_a_rhythm_that_rests_plans_nothing(session, rice) -> None:
    a_rhythm(session, a_round(session, rice, closes_at=NOON + 300 * DAY), active=False)

    assert tick(session, NOON) == []


def test_two_clocks_plan_a_rhythm_once(session, rice, another_hand) -> None:
    template = a_round(session, rice, closes_at=NOON + 300 * DAY)
    rhythm = a_rhythm(session, template)
    other, _ = another_hand(template)
    [theirs] = clock.due(other, now=NOON, grace=NONE)
    other.rollback()
    tick(session, NOON)
    days = planned_for(session, rhythm)
    session.rollback()

    theirs.lock()
    theirs.run(NOON)
    other.commit()

    assert planned_for(session, rhythm) == days


def test_a_new_round_takes_over_suppliers_rules_and_conditions_at_today_s_prices(
    session, rice
) -> None:
    template = a_round(session, rice, fee_cents=150, sharing_rule="rotate", minimum_cents=50_00)
    template.suppliers[0].minimum_cents = 12_34
    rice.supplier.minimum_cents = 99_99
    session.flush()
    rhythm = a_rhythm(session, template, ahead=1)

    [round_] = planning.plan_ahead(session, rhythm, now=NOON)

    assert (round_.fee_cents, round_.sharing_rule, round_.minimum_cents) == (150, "rotate", 50_00)
    assert [terms.minimum_cents for terms in round_.suppliers] == [12_34]
    assert round_.state == S.PLANNED


def test_what_is_no_longer_sold_is_not_offered_again(session, rice) -> None:
    beans = a_product(session, rice.supplier, "Bonen")
    template = a_round(session, rice, beans)
    beans.available = False
    session.flush()

    [round_] = planning.plan_ahead(session, a_rhythm(session, template, ahead=1), now=NOON)

    assert [item.name for item in round_.items] == ["Rijst"]


def test_an_impossible_rhythm_is_refused(session, rice) -> None:
    template = a_round(session, rice)
    rhythm = a_rhythm(session, template, open_days_before=2, open_at=time(21))

    with pytest.raises(OpensTooLate):
        planning.plan_ahead(session, rhythm, now=NOON)


def test_one_impossible_rhythm_does_not_stop_the_clock(session, rice) -> None:
    template = a_round(session, rice)
    a_rhythm(session, template, open_days_before=2, open_at=time(21))

    assert due(session, NOON) == ["close round", "plan rhythm"]  # and is refused in its turn


def test_drafts_do_not_become_orders_by_themselves(session, rice) -> None:
    round_ = a_round(session, rice)
    ben = a_household(session, "Ben")
    an_order(session, round_, ben, {"Rijst": 6}, placed=False)

    tick(session, NOON)

    session.expire_all()
    commitment = demand.find_commitment(session, round_.id, ben.id)
    assert [want.ordered_quantity for want in commitment.wants] == [0]

"""The life of a round: which move is possible when, and what follows from it."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from purchasing import errands, lifecycle, planning
from purchasing.catalogue import Price
from purchasing.categories import CATEGORIES
from purchasing.commitments import TooLate
from purchasing.demand import NotOpenYet
from purchasing.errands import Errand, ErrandState
from purchasing.lifecycle import (
    MinimumNotReached,
    NothingToOffer,
    NotPublished,
    NoWindow,
    ReasonMissing,
    TooEarly,
    WrongState,
)
from purchasing.ordering import demand_of, list_orders, list_shares
from purchasing.papers import list_for_round
from purchasing.rounds import Round, ShortfallRule
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

TICK = timedelta(microseconds=1)
SECOND = timedelta(seconds=1)
HOUR = timedelta(hours=1)
OPENING = NOON - 7 * DAY


@pytest.fixture
def rice(session, network):
    return a_product(session, a_supplier(session), "Rijst")  # a euro, six in a case


def closed(session, round_: Round) -> Round:
    lifecycle.close(session, round_, actor=ACTOR, now=round_.closes_at)
    session.flush()
    return round_


def moves_of(round_: Round) -> list[str]:
    return [event.move for event in round_.history]


def news(session, round_: Round) -> list[str]:
    """What is told to whom: "cancelled Ada"."""
    told = [e for e in errands.list_for_round(session, round_.id) if e.kind == "mail_news"]
    return sorted(f"{errand.ref.partition(':')[0]} {errand.recipient}" for errand in told)


# --- publishing


def test_a_round_is_announced_once(session, rice) -> None:
    round_ = a_round(session, rice, state=S.PLANNED)

    lifecycle.publish(session, round_, actor="ada", now=OPENING - DAY)
    lifecycle.publish(session, round_, actor="ben", now=OPENING - HOUR)

    assert round_.published_at == OPENING - DAY
    assert [(e.move, e.actor) for e in round_.history] == [("publish", "ada")]


def test_of_two_hands_that_announce_a_round_one_does(session, rice, another_hand) -> None:
    round_ = a_round(session, rice, state=S.PLANNED)
    other, seen = another_hand(round_)
    lifecycle.publish(session, round_, actor="ada", now=OPENING - DAY)
    session.commit()

    lifecycle.publish(other, seen, actor="ben", now=OPENING - HOUR)
    other.commit()

    session.refresh(round_)
    assert round_.published_at == OPENING - DAY
    assert moves_of(round_) == ["publish"]


def test_what_is_open_already_is_not_announced(session, rice) -> None:
    with pytest.raises(WrongState):
        lifecycle.publish(session, a_round(session, rice), actor=ACTOR, now=NOON - DAY)


def test_a_round_without_articles_cannot_be_announced(session, network) -> None:
    with pytest.raises(NothingToOffer):
        lifecycle.publish(
            session, a_round(session, state=S.PLANNED), actor=ACTOR, now=OPENING - DAY
        )


def test_a_round_that_closed_already_cannot_be_announced(session, rice) -> None:
    round_ = a_round(session, rice, state=S.PLANNED)

    with pytest.raises(NoWindow):
        lifecycle.publish(session, round_, actor=ACTOR, now=NOON)
    lifecycle.publish(session, round_, actor=ACTOR, now=NOON - TICK)


def test_a_round_never_closes_before_it_opens(session, rice) -> None:
    with pytest.raises(IntegrityError):
        a_round(session, rice, opens_at=NOON, closes_at=NOON)


def test_what_is_typed_and_announced_in_one_go_is_kept(session, rice) -> None:
    round_ = a_round(session, rice, state=S.PLANNED)

    round_.title = "Zomerronde"
    lifecycle.publish(session, round_, actor=ACTOR, now=OPENING - DAY)

    assert round_.title == "Zomerronde"


# --- opening


def test_only_what_is_announced_opens(session, rice) -> None:
    with pytest.raises(NotPublished):
        lifecycle.open_round(
            session, a_round(session, rice, state=S.PLANNED), actor=ACTOR, now=OPENING
        )


def test_a_round_opens_at_its_hour_and_not_before(session, rice) -> None:
    round_ = a_round(session, rice, state=S.PLANNED)
    lifecycle.publish(session, round_, actor=ACTOR, now=OPENING - DAY)

    with pytest.raises(NotOpenYet) as refused:
        lifecycle.open_round(session, round_, actor=ACTOR, now=OPENING - TICK)
    assert refused.value.details == {"opens_at": OPENING}

    lifecycle.open_round(session, round_, actor=ACTOR, now=OPENING)
    assert round_.state == S.OPEN


def test_a_price_list_counts_until_the_round_opens_and_changes_nothing_afterwards(
    session, rice
) -> None:
    round_ = a_round(session, rice, state=S.PLANNED)
    _new_price(session, rice, 1_250_000, at=OPENING - HOUR)
    lifecycle.publish(session, round_, actor=ACTOR, now=OPENING - DAY)
    lifecycle.open_round(session, round_, actor=ACTOR, now=OPENING)
    _new_price(session, rice, 1_500_000, at=OPENING + HOUR)
    an_order(session, round_, a_household(session), {"Rijst": 6})

    lifecycle.order(session, closed(session, round_), actor=ACTOR, now=NOON)

    assert list_orders(session, round_.id)[0].goods_cents == 750


def test_what_is_no_longer_sold_leaves_the_round_when_it_opens(session, rice) -> None:
    beans = a_product(session, rice.supplier, "Bonen")
    round_ = a_round(session, rice, beans, state=S.PLANNED)
    lifecycle.publish(session, round_, actor=ACTOR, now=OPENING - DAY)
    beans.available = False

    lifecycle.open_round(session, round_, actor=ACTOR, now=OPENING)

    assert [item.name for item in round_.items] == ["Rijst"]


def test_the_articles_of_an_open_round_stay_as_promised(session, rice) -> None:
    round_ = a_round(session, rice)

    with pytest.raises(planning.TermsAreFixed):
        planning.offer(session, round_, [], now=OPENING)
    with pytest.raises(planning.TermsAreFixed):
        planning.add_supplier(round_, a_supplier(session, "Een ander"))


def _new_price(session, product, unit_price: int, *, at: datetime) -> None:
    terms = {"unit_price": unit_price, "case_milli": 6000, "vat_bp": 900}
    session.add(Price(product_id=product.id, valid_from=at, **terms))
    session.flush()


# --- closing


def test_a_round_closes_at_the_announced_microsecond(session, rice) -> None:
    round_ = a_round(session, rice)

    with pytest.raises(TooEarly):
        lifecycle.close(session, round_, actor=ACTOR, now=NOON - TICK)
    lifecycle.close(session, round_, actor=ACTOR, now=NOON)

    assert (round_.state, round_.closed_at) == (S.CLOSED, NOON)


def test_a_round_that_the_clock_finds_late_says_when_it_really_closed(session, rice) -> None:
    round_ = a_round(session, rice)

    lifecycle.close(session, round_, actor=ACTOR, now=NOON + 3 * DAY)

    assert (round_.closes_at, round_.closed_at) == (NOON, NOON + 3 * DAY)


def test_a_coordinator_closes_a_round_early(session, rice) -> None:
    round_ = a_round(session, rice)

    lifecycle.close_now(session, round_, actor="ada", now=NOON - DAY)

    assert (round_.state, round_.closes_at, round_.closed_at) == (S.CLOSED, *[NOON - DAY] * 2)
    assert (round_.history[-1].note, round_.history[-1].actor) == ("close_now", "ada")


def test_closing_now_never_makes_the_deadline_later(session, rice) -> None:
    round_ = a_round(session, rice)

    lifecycle.close_now(session, round_, actor=ACTOR, now=NOON + HOUR)

    assert round_.closes_at == NOON


def test_what_was_saved_before_the_lock_lies_before_the_closing_that_is_printed(
    session, rice
) -> None:
    """The button was pressed a second earlier; or another machine's clock is ahead."""
    round_ = a_round(session, rice)
    pressed, received = NOON - HOUR, NOON - HOUR + SECOND
    an_order(session, round_, a_household(session, "Ada"), {"Rijst": 6}, at=received)

    lifecycle.close_now(session, round_, actor="ada", now=pressed)

    assert received < round_.closes_at == round_.closed_at == round_.history[-1].at
    assert [want.quantity for want in demand_of(session, round_).wants] == [6]
    with pytest.raises(TooLate):
        an_order(session, round_, a_household(session, "Ben"), {"Rijst": 6}, at=round_.closes_at)


def test_what_is_saved_in_another_round_moves_no_closing(session, rice) -> None:
    round_, other = a_round(session, rice), a_round(session, rice)
    an_order(session, other, a_household(session, "Ada"), {"Rijst": 6}, at=NOON - SECOND)

    lifecycle.close_now(session, round_, actor="ada", now=NOON - HOUR)

    assert round_.closes_at == NOON - HOUR


def test_a_round_can_be_closed_in_the_second_in_which_it_opened(session, rice) -> None:
    round_ = a_round(session, rice)

    lifecycle.close_now(session, round_, actor=ACTOR, now=OPENING)

    assert round_.state == S.CLOSED
    assert round_.opens_at < round_.closes_at


def test_a_closing_that_is_refused_changes_nothing(session, rice) -> None:
    round_ = a_round(session, rice, state=S.PLANNED)

    with pytest.raises(WrongState):
        lifecycle.close_now(session, round_, actor=ACTOR, now=NOON - DAY)

    assert round_.closes_at == NOON


@pytest.mark.parametrize("move", [lifecycle.close, lifecycle.close_now])
def test_what_is_closed_is_not_closed_again(session, rice, move) -> None:
    round_ = closed(session, a_round(session, rice))

    with pytest.raises(WrongState):
        move(session, round_, actor=ACTOR, now=NOON)

    assert moves_of(round_) == ["publish", "open", "close"]


# --- giving more time


def test_extending_gives_everybody_more_time_and_tells_who_takes_part(session, rice) -> None:
    round_ = a_round(session, rice)
    an_order(session, round_, a_household(session, "Ada"), {"Rijst": 6})
    an_order(session, round_, a_household(session, "Ben"), {"Rijst": 6}, placed=False)

    lifecycle.extend(session, round_, until=NOON + DAY, actor=ACTOR, now=NOON - HOUR)

    assert (round_.state, round_.closes_at) == (S.OPEN, NOON + DAY)
    told = [line.split()[-1] for line in news(session, round_)]
    assert told == ["Ada", "Ben"]
    assert round_.history[-1].details == {
        "before": NOON.isoformat(),
        "after": (NOON + DAY).isoformat(),
    }


def test_between_the_deadline_and_closing_an_extension_still_counts(session, rice) -> None:
    round_ = a_round(session, rice)

    lifecycle.extend(session, round_, until=NOON + DAY, actor=ACTOR, now=NOON + TICK)

    with pytest.raises(TooEarly):
        lifecycle.close(session, round_, actor=ACTOR, now=NOON + TICK)


def test_every_extension_is_told_also_two_within_a_minute(session, rice) -> None:
    round_ = a_round(session, rice)
    an_order(session, round_, a_household(session, "Ada"), {"Rijst": 6})

    for seconds in (20, 40):
        until = NOON + DAY + timedelta(seconds=seconds)
        lifecycle.extend(session, round_, until=until, actor=ACTOR, now=NOON - HOUR)

    assert len(news(session, round_)) == 2


@pytest.mark.parametrize("until", [NOON - HOUR, NOON, NOON + HOUR])
def test_an_extension_reaches_beyond_the_deadline_and_beyond_now(session, rice, until) -> None:
    round_ = a_round(session, rice)

    with pytest.raises(NoWindow):
        lifecycle.extend(session, round_, until=until, actor=ACTOR, now=NOON + HOUR)


def test_what_is_closed_stays_closed(session, rice) -> None:
    round_ = closed(session, a_round(session, rice))

    with pytest.raises(WrongState):
        lifecycle.extend(session, round_, until=NOON + DAY, actor=ACTOR, now=NOON)


# --- the rule: extend once


def test_a_round_that_falls_short_is_extended_by_its_rule_once_and_then_closes(
    session, rice
) -> None:
    round_ = a_round(
        session, rice, shortfall_rule=ShortfallRule.EXTEND, extend_days=2, minimum_cents=100_00
    )
    an_order(session, round_, a_household(session, "Ada"), {"Rijst": 6})

    lifecycle.close(session, round_, actor=ACTOR, now=NOON)
    assert (round_.state, round_.closes_at) == (S.OPEN, NOON + 2 * DAY)
    assert round_.extended == 1
    assert len(news(session, round_)) == 1

    lifecycle.close(session, round_, actor=ACTOR, now=NOON + 2 * DAY)
    assert round_.state == S.CLOSED


def test_a_round_that_reached_its_minimum_is_not_extended(session, rice) -> None:
    round_ = a_round(session, rice, shortfall_rule=ShortfallRule.EXTEND, minimum_cents=600)
    an_order(session, round_, a_household(session, "Ada"), {"Rijst": 6})

    assert closed(session, round_).state == S.CLOSED


def test_a_rule_extends_to_the_same_hour_on_the_clock_on_the_wall(session, rice) -> None:
    evening = datetime(2026, 3, 27, 19, tzinfo=UTC)  # 20:00 in Haarlem, in winter time
    round_ = a_round(
        session,
        rice,
        closes_at=evening,
        shortfall_rule=ShortfallRule.EXTEND,
        extend_days=3,
        minimum_cents=100_00,
    )

    lifecycle.close(session, round_, actor=ACTOR, now=evening)

    assert round_.closes_at == datetime(2026, 3, 30, 18, tzinfo=UTC)  # 20:00 in summer time


@pytest.mark.parametrize(("days", "until"), [(3, NOON + 12 * DAY), (0, NOON + 11 * DAY)])
def test_a_rule_never_extends_into_the_past(session, rice, days: int, until: datetime) -> None:
    round_ = a_round(
        session,
        rice,
        shortfall_rule=ShortfallRule.EXTEND,
        extend_days=days,
        minimum_cents=100_00,
    )

    lifecycle.close(session, round_, actor=ACTOR, now=NOON + 10 * DAY)  # after a standstill

    assert round_.closes_at == until


# --- calling off


@pytest.mark.parametrize("state", lifecycle.CANCELLABLE[:3])
def test_nobody_calls_a_round_off_without_saying_why(session, rice, state: S) -> None:
    round_ = a_round(session, rice, state=S.PLANNED, shortfall_rule=ShortfallRule.CANCEL)
    _bring(session, round_, state)

    with pytest.raises(ReasonMissing):
        lifecycle.cancel(session, round_, reason="  ", actor=ACTOR, now=NOON)
    lifecycle.cancel(session, round_, reason=" De boer is ziek ", actor=ACTOR, now=NOON)

    assert (round_.state, round_.cancel_reason) == (S.CANCELLED, "De boer is ziek")


@pytest.mark.parametrize("state", [S.ORDERED, S.DELIVERED, S.SETTLED, S.CANCELLED])
def test_what_is_ordered_or_called_off_is_not_called_off(session, rice, state: S) -> None:
    round_ = a_round(session, rice, state=S.PLANNED)
    _bring(session, round_, state)

    with pytest.raises(WrongState):
        lifecycle.cancel(session, round_, reason="Toch niet", actor=ACTOR, now=NOON)


def test_everybody_who_ordered_hears_that_a_round_is_called_off(session, rice) -> None:
    round_ = a_round(session, rice)
    an_order(session, round_, a_household(session, "Ada"), {"Rijst": 6})
    an_order(session, round_, a_household(session, "Ben"), {"Rijst": 6}, placed=False)

    lifecycle.cancel(session, round_, reason="Ziek", actor=ACTOR, now=NOON - HOUR)

    assert news(session, round_) == ["cancelled Ada"]


def test_mail_that_waits_is_not_sent_once_the_round_is_called_off(session, rice) -> None:
    round_ = a_round(session, rice)
    an_order(session, round_, a_household(session, "Ada"), {"Rijst": 6})

    lifecycle.cancel(session, round_, reason="Ziek", actor=ACTOR, now=NOON - HOUR)

    states = {e.kind: e.state for e in errands.list_for_round(session, round_.id)}
    assert states == {
        "mail_order_placed": ErrandState.CANCELLED,
        "mail_news": ErrandState.WAITING,
    }


def _bring(session, round_: Round, state: S) -> None:
    """Bring a planned round to a state by its own moves."""
    if state == S.CANCELLED:
        lifecycle.cancel(session, round_, reason="Ziek", actor=ACTOR, now=OPENING)
        return
    lifecycle.publish(session, round_, actor=ACTOR, now=OPENING - DAY)
    for move in (
        lifecycle.open_round,
        lifecycle.close,
        lifecycle.order,
        lifecycle.receive,
        lifecycle.settle,
    ):
        if round_.state == state:
            return
        move(session, round_, actor=ACTOR, now=NOON)


# --- falling short


def short_round(session, rice, rule: ShortfallRule) -> Round:
    """Ada's six euros at a supplier who wants at least ten."""
    rice.supplier.minimum_cents = 10_00
    round_ = a_round(session, rice, shortfall_rule=rule)
    an_order(session, round_, a_household(session, "Ada"), {"Rijst": 6})
    return closed(session, round_)


def test_a_round_that_waits_for_a_coordinator_is_not_ordered_by_itself(session, rice) -> None:
    round_ = short_round(session, rice, ShortfallRule.WAIT)

    with pytest.raises(MinimumNotReached) as refused:
        lifecycle.order(session, round_, actor=ACTOR, now=NOON)

    assert refused.value.details == {"missing_cents": 400}
    assert round_.state == S.CLOSED
    assert list_shares(session, round_.id) == []


def test_a_coordinator_orders_despite_the_shortfall(session, rice) -> None:
    round_ = short_round(session, rice, ShortfallRule.WAIT)

    lifecycle.order(session, round_, actor=ACTOR, now=NOON, despite_shortfall=True)

    assert round_.state == S.ORDERED
    assert list_orders(session, round_.id)[0].goods_cents == 600


def test_a_held_round_asks_for_its_coordinator_once(session, rice) -> None:
    round_ = short_round(session, rice, ShortfallRule.WAIT)

    for _ in range(2):
        lifecycle.hold(session, round_, actor=ACTOR, now=NOON)

    assert round_.held
    assert moves_of(round_)[-2:] == ["close", "hold"]
    keys = [e.key for e in errands.list_for_round(session, round_.id)]
    assert keys.count(f"mail_coordinators:held:{round_.id}") == 1


@pytest.mark.parametrize("rule", [ShortfallRule.CANCEL, ShortfallRule.EXTEND])
def test_a_rule_calls_off_what_falls_short(session, rice, rule: ShortfallRule) -> None:
    round_ = short_round(session, rice, ShortfallRule.CANCEL)
    round_.shortfall_rule, round_.extended = rule, 1

    lifecycle.order(session, round_, actor="clock", now=NOON)

    assert (round_.state, round_.cancel_reason) == (S.CANCELLED, "")
    assert moves_of(round_)[-2:] == ["close", "cancel"]
    assert news(session, round_) == ["cancelled Ada"]
    assert list_for_round(session, round_.id) == []


def two_suppliers(session, rice, **rules: object) -> Round:
    """Ada's six euros of rice and Ben's six of flour, from a mill that wants at least ten."""
    mill = a_supplier(session, "Molen", minimum_cents=10_00)
    round_ = a_round(session, rice, a_product(session, mill, "Meel"), **rules)
    an_order(session, round_, a_household(session, "Ada"), {"Rijst": 6})
    an_order(session, round_, a_household(session, "Ben"), {"Meel": 6})
    return closed(session, round_)


def test_of_several_shortfalls_the_largest_is_told(session, rice) -> None:
    rice.supplier.minimum_cents = 8_00
    rules = {"shortfall_rule": ShortfallRule.WAIT, "minimum_cents": 15_00}
    round_ = two_suppliers(session, rice, **rules)

    with pytest.raises(MinimumNotReached) as refused:
        lifecycle.order(session, round_, actor=ACTOR, now=NOON)

    assert refused.value.details == {"missing_cents": 4_00}  # 2.00, 4.00 and 3.00


def test_a_supplier_that_falls_short_is_left_out_and_the_rest_is_ordered(session, rice) -> None:
    round_ = two_suppliers(session, rice, shortfall_rule=ShortfallRule.CANCEL)

    lifecycle.order(session, round_, actor=ACTOR, now=NOON)

    assert [order.supplier_id for order in list_orders(session, round_.id)] == [rice.supplier_id]
    reasons = {share.given: share.reason for share in list_shares(session, round_.id)}
    assert reasons == {6: "as_wanted", 0: "supplier_short"}
    assert news(session, round_) == ["nothing Ben"]


def test_a_round_is_called_off_when_what_is_left_of_it_falls_short(session, rice) -> None:
    round_ = two_suppliers(session, rice, shortfall_rule=ShortfallRule.CANCEL, minimum_cents=12_00)

    lifecycle.order(session, round_, actor=ACTOR, now=NOON)

    assert round_.state == S.CANCELLED


# --- ordering once


def test_ordering_twice_orders_once(session, rice) -> None:
    rice.supplier.minimum_cents = 10_00
    round_ = a_round(session, rice, shortfall_rule=ShortfallRule.CANCEL)
    an_order(session, round_, a_household(session), {"Rijst": 12})
    lifecycle.order(session, closed(session, round_), actor=ACTOR, now=NOON)
    written = _all_that_is_written(session, round_)

    with pytest.raises(WrongState):
        lifecycle.order(session, round_, actor=ACTOR, now=NOON)

    assert _all_that_is_written(session, round_) == written


@pytest.mark.parametrize("state", [S.PLANNED, S.OPEN])
def test_nothing_is_ordered_before_a_round_is_closed(session, rice, state: S) -> None:
    rice.supplier.minimum_cents = 10_00  # also not where it would fall short
    round_ = a_round(session, rice, state=state, shortfall_rule=ShortfallRule.CANCEL)

    with pytest.raises(WrongState):
        lifecycle.order(session, round_, actor=ACTOR, now=NOON, despite_shortfall=True)


def _all_that_is_written(session, round_: Round) -> list:
    papers = [(paper.kind, paper.number) for paper in list_for_round(session, round_.id)]
    keys = [errand.key for errand in errands.list_for_round(session, round_.id)]
    return [papers, keys, moves_of(round_), list_shares(session, round_.id)]


def test_ordering_before_a_round_is_closed_does_not_call_it_off(session, rice) -> None:
    """Although its rule would, once it is closed: it falls short."""
    round_ = a_round(session, rice, shortfall_rule=ShortfallRule.CANCEL, minimum_cents=100_00)

    with pytest.raises(WrongState):
        lifecycle.order(session, round_, actor=ACTOR, now=NOON)

    assert round_.state == S.OPEN


def test_who_ordered_and_gets_nothing_is_told(session, rice) -> None:
    round_ = a_round(session, rice, a_product(session, rice.supplier, "Bonen"))
    an_order(session, round_, a_household(session, "Ada"), {"Rijst": 6})
    an_order(session, round_, a_household(session, "Ben"), {"Bonen": 5})  # no full case
    an_order(session, round_, a_household(session, "Cas"), {"Rijst": 6}, placed=False)

    lifecycle.order(session, closed(session, round_), actor=ACTOR, now=NOON)

    assert news(session, round_) == ["nothing Ben"]


def test_who_is_invoiced_at_delivery_is_told_what_comes(session, rice) -> None:
    round_ = a_round(session, rice, invoice_at="delivery")
    an_order(session, round_, a_household(session, "Ada"), {"Rijst": 6})

    lifecycle.order(session, closed(session, round_), actor=ACTOR, now=NOON)

    assert news(session, round_) == ["coming Ada"]


# --- two hands on one button


@pytest.mark.parametrize(
    ("state", "press"),
    [
        (S.PLANNED, lambda s, r: lifecycle.open_round(s, r, actor="x", now=NOON)),
        (S.OPEN, lambda s, r: lifecycle.close(s, r, actor="x", now=NOON)),
        (S.OPEN, lambda s, r: lifecycle.close_now(s, r, actor="x", now=NOON)),
        (S.OPEN, lambda s, r: lifecycle.cancel(s, r, reason="Ziek", actor="x", now=NOON)),
        (S.CLOSED, lambda s, r: lifecycle.order(s, r, actor="x", now=NOON)),
        (S.CLOSED, lambda s, r: lifecycle.cancel(s, r, reason="Ziek", actor="x", now=NOON)),
        (S.ORDERED, lambda s, r: lifecycle.receive(s, r, actor="x", now=NOON)),
        (S.DELIVERED, lambda s, r: lifecycle.settle(s, r, actor="x", now=NOON)),
    ],
)
def test_of_two_hands_on_one_button_one_moves_the_round(
    session, rice, another_hand, state: S, press
) -> None:
    round_ = a_round(session, rice, state=S.PLANNED)
    lifecycle.publish(session, round_, actor=ACTOR, now=OPENING - DAY)
    an_orderly_round(session, round_, state)
    (first, seen), (second, seen_too) = another_hand(round_), another_hand(round_)

    press(first, seen)
    first.commit()
    with pytest.raises(WrongState):
        press(second, seen_too)
    second.rollback()

    assert len(round_.history) == len(set(moves_of(round_)))
    assert round_.state != state


def an_orderly_round(session, round_: Round, state: S) -> None:
    """Bring a published round to a state, with an order in it."""
    for move in (
        lifecycle.open_round,
        lifecycle.close,
        lifecycle.order,
        lifecycle.receive,
        lifecycle.settle,
    ):
        if round_.state == state:
            break
        if round_.state == S.OPEN:
            an_order(session, round_, a_household(session), {"Rijst": 6})
        move(session, round_, actor=ACTOR, now=NOON)


def test_a_second_hand_does_not_close_what_has_just_been_extended(
    session, rice, another_hand
) -> None:
    round_ = a_round(session, rice)
    clock, seen = another_hand(round_)

    lifecycle.extend(session, round_, until=NOON + DAY, actor=ACTOR, now=NOON)
    session.commit()

    with pytest.raises(TooEarly):
        lifecycle.close(clock, seen, actor="clock", now=NOON)


def test_who_closes_what_has_just_been_extended_takes_no_time_back(
    session, rice, another_hand
) -> None:
    """What was saved since the first deadline counts, whatever the page still said."""
    round_ = a_round(session, rice)
    other, seen = another_hand(round_)
    lifecycle.extend(session, round_, until=NOON + DAY, actor=ACTOR, now=NOON)
    session.commit()

    lifecycle.close_now(other, seen, actor="ada", now=NOON + HOUR)
    other.commit()

    session.refresh(round_)
    assert round_.closes_at == round_.closed_at == NOON + HOUR


def test_a_second_hand_gives_no_less_time_than_the_first(session, rice, another_hand) -> None:
    round_ = a_round(session, rice)
    other, seen = another_hand(round_)

    lifecycle.extend(session, round_, until=NOON + 2 * DAY, actor=ACTOR, now=NOON)
    session.commit()

    with pytest.raises(NoWindow):
        lifecycle.extend(other, seen, until=NOON + DAY, actor=ACTOR, now=NOON)


# --- the road


@pytest.mark.parametrize("key", CATEGORIES)
def test_a_category_s_road_leads_from_stop_to_stop(key: str) -> None:
    round_ = Round(category_key=key, state=S.PLANNED)
    for move in CATEGORIES[key].itinerary:
        assert lifecycle.possible_moves(round_)[0] == move
        round_.state = lifecycle.LEADS_TO[move]
    assert lifecycle.possible_moves(round_) == []


def test_every_move_is_a_function() -> None:
    names = {"open": "open_round"}
    moves = {move for room in CATEGORIES.values() for move in room.itinerary} | {"cancel"}
    assert all(callable(getattr(lifecycle, names.get(move, move))) for move in moves)


@pytest.mark.parametrize("state", [S.OPEN, S.CLOSED, S.ORDERED, S.DELIVERED])
def test_a_round_under_way_has_no_end(session, rice, state: S) -> None:
    round_ = a_round(session, rice, state=S.PLANNED)
    _bring(session, round_, state)

    assert round_.ended_at is None


@pytest.mark.parametrize("state", [S.SETTLED, S.CANCELLED])
def test_the_end_of_a_round_is_noted(session, rice, state: S) -> None:
    round_ = a_round(session, rice, state=S.PLANNED)
    _bring(session, round_, state)

    assert round_.ended_at == round_.history[-1].at


def test_every_move_leaves_one_line_of_history(session, rice) -> None:
    round_ = a_round(session, rice, state=S.PLANNED)
    _bring(session, round_, S.SETTLED)
    session.flush()

    lines = [(event.move, event.from_state, event.to_state) for event in round_.history]
    assert lines == [
        ("publish", "planned", "planned"),
        ("open", "planned", "open"),
        ("close", "open", "closed"),
        ("order", "closed", "ordered"),
        ("receive", "ordered", "delivered"),
        ("settle", "delivered", "settled"),
    ]


def test_a_round_in_which_nobody_ordered_ends_without_papers(session, rice) -> None:
    round_ = closed(session, a_round(session, rice))

    lifecycle.order(session, round_, actor=ACTOR, now=NOON)

    assert round_.state == S.ORDERED
    assert list_for_round(session, round_.id) == []
    assert session.scalars(select(Errand)).all() == []

"""The rules of filling cases and of dividing what was ordered or came."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from purchasing.allocation import (
    Allocation,
    Fill,
    Queue,
    Reason,
    SharingRule,
    Want,
    allocate,
    cases_to_order,
    next_tier,
    preview,
    queue_up,
    tier_price,
)

FOODSOFT = "catalogues/foodsoft_allocation_vectors.json"
NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)

rules = st.sampled_from(SharingRule)
queues = st.lists(st.tuples(st.integers(0, 40), st.integers(0, 9)), max_size=4).map(tuple)


@st.composite
def wants_of_a_round(draw: st.DrawFn) -> list[Want[int]]:
    people = draw(st.lists(st.integers(1, 60), unique=True, max_size=12))
    return [
        Want(
            who,
            quantity=draw(st.integers(0, 15)),
            extra=draw(st.integers(0, 6)),
            queue=draw(queues),
            lost_before=draw(st.integers(0, 4)),
        )
        for who in people
    ]


def pieces_of(allocation: Allocation[Any]) -> dict[Any, int]:
    return {share.who: share.given for share in allocation.shares}


def reasons_of(allocation: Allocation[Any]) -> dict[Any, Reason]:
    return {share.who: share.reason for share in allocation.shares}


def asked(wants: list[Want[int]]) -> tuple[int, int]:
    return sum(want.quantity for want in wants), sum(want.extra for want in wants)


# --- how many cases


@pytest.mark.parametrize(
    ("quantity", "extra", "case", "cases"),
    [
        (0, 0, 6, 0),
        (6, 0, 6, 1),
        (7, 0, 6, 1),
        (7, 4, 6, 1),
        (7, 5, 6, 2),
        (0, 60, 6, 0),  # extras alone never open a case
        (12, 60, 6, 2),  # nor one more, when nobody waits for it
        (5, 0, 1, 5),
    ],
)
def test_a_case_is_ordered_when_firm_demand_and_extras_fill_it(
    quantity: int, extra: int, case: int, cases: int
) -> None:
    assert cases_to_order(quantity, extra, case) == cases


@given(quantity=st.integers(0, 500), extra=st.integers(0, 80), case=st.integers(1, 48))
def test_cases_never_hold_more_than_was_asked_and_never_leave_a_full_case_behind(
    quantity: int, extra: int, case: int
) -> None:
    pieces = cases_to_order(quantity, extra, case) * case

    assert pieces <= quantity + extra
    assert quantity - pieces < case
    assert pieces - quantity < case


def test_a_case_of_nothing_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="at least one piece"):
        cases_to_order(3, 0, 0)


# --- the live preview


@pytest.mark.parametrize(
    ("quantity", "extra", "fill", "cases"),
    [
        (0, 0, Fill(0, 0, 0, 0), 0),
        (0, 9, Fill(0, 0, 0, 0), 0),
        (9, 0, Fill(1, 3, 0, 3), 1),
        (9, 1, Fill(1, 3, 1, 2), 1),
        (9, 5, Fill(1, 3, 3, 0), 2),
        (12, 5, Fill(2, 0, 0, 0), 2),
    ],
)
def test_the_preview_tells_what_the_open_case_still_misses(
    quantity: int, extra: int, fill: Fill, cases: int
) -> None:
    assert preview(quantity, extra, 6) == fill
    assert preview(quantity, extra, 6).cases == cases


@given(quantity=st.integers(0, 500), extra=st.integers(0, 80), case=st.integers(1, 48))
def test_asking_what_is_missing_brings_one_case_more(quantity: int, extra: int, case: int) -> None:
    fill = preview(quantity, extra, case)
    full = preview(quantity + fill.missing, extra, case)

    assert full.missing == 0
    assert full.cases == fill.cases + (1 if fill.missing else 0)


# --- dividing: what holds under every rule


@given(wants=wants_of_a_round(), case=st.integers(1, 24), rule=rules)
def test_all_that_is_ordered_is_given_to_somebody(
    wants: list[Want[int]], case: int, rule: SharingRule
) -> None:
    allocation = allocate(wants, case=case, rule=rule)

    assert allocation.cases == cases_to_order(*asked(wants), case)
    assert sum(pieces_of(allocation).values()) == allocation.pieces == allocation.cases * case
    assert allocation.left_over == 0


@given(wants=wants_of_a_round(), case=st.integers(1, 24), rule=rules, came=st.integers(0, 300))
def test_all_that_came_is_given_or_left_over(
    wants: list[Want[int]], case: int, rule: SharingRule, came: int
) -> None:
    allocation = allocate(wants, case=case, rule=rule, received=came)

    assert allocation.pieces == came
    assert allocation.left_over == max(0, came - sum(asked(wants)))
    assert sum(pieces_of(allocation).values()) == came - allocation.left_over


@given(wants=wants_of_a_round(), case=st.integers(1, 24), rule=rules, came=st.integers(0, 300))
def test_nobody_gets_more_than_the_most_they_would_take(
    wants: list[Want[int]], case: int, rule: SharingRule, came: int
) -> None:
    for share in allocate(wants, case=case, rule=rule, received=came).shares:
        assert 0 <= share.given_extra <= share.extra
        assert 0 <= share.given - share.given_extra <= share.wanted


@given(wants=wants_of_a_round(), case=st.integers(1, 24), rule=rules, came=st.integers(0, 300))
def test_extras_are_given_only_when_nobody_goes_short(
    wants: list[Want[int]], case: int, rule: SharingRule, came: int
) -> None:
    shares = allocate(wants, case=case, rule=rule, received=came).shares

    assert not (any(share.given_extra for share in shares) and any(share.lost for share in shares))


@given(wants=wants_of_a_round(), rule=rules)
def test_everybody_gets_what_was_wanted_when_there_is_enough(
    wants: list[Want[int]], rule: SharingRule
) -> None:
    allocation = allocate(wants, case=1, rule=rule)

    assert pieces_of(allocation) == {want.who: want.quantity for want in wants}
    assert set(reasons_of(allocation).values()) <= {Reason.AS_WANTED, Reason.NOT_NEEDED}


@given(
    wants=wants_of_a_round(),
    case=st.integers(1, 24),
    rule=rules,
    came=st.none() | st.integers(0, 300),
    chance=st.randoms(use_true_random=False),
)
def test_the_order_in_which_wants_arrive_never_changes_the_answer(
    wants: list[Want[int]], case: int, rule: SharingRule, came: int | None, chance: Random
) -> None:
    shuffled = chance.sample(wants, len(wants))

    assert allocate(shuffled, case=case, rule=rule, received=came) == allocate(
        wants, case=case, rule=rule, received=came
    )


@given(wants=wants_of_a_round(), case=st.integers(1, 24), rule=rules)
def test_every_share_says_why(wants: list[Want[int]], case: int, rule: SharingRule) -> None:
    for share in allocate(wants, case=case, rule=rule).shares:
        fits = {
            Reason.AS_WANTED: share.given == share.wanted > 0,
            Reason.HELPED: share.given > share.wanted and share.given_extra > 0,
            Reason.NOT_NEEDED: share.given == share.wanted == 0,
            Reason.SHORT: share.given < share.wanted and share.cases > 0,
            Reason.NOTHING: share.given == 0 < share.wanted and share.cases == 0,
        }
        assert fits[share.reason]


def test_a_share_carries_the_numbers_of_its_explanation() -> None:
    short, helped = allocate([Want(1, 4), Want(2, 3)], case=6).shares

    assert (short.wanted, short.given, short.lost) == (4, 3, 1)
    assert (short.reason, short.cases, short.case, short.came) == (Reason.SHORT, 1, 6, 6)
    assert helped.reason is Reason.AS_WANTED
    (more,) = allocate([Want(1, 12)], case=6, received=13).shares
    assert (more.cases, more.case, more.ordered, more.came) == (2, 6, 12, 13)


def test_who_helped_to_fill_the_case_is_told_so() -> None:
    allocation = allocate([Want(1, 5), Want(2, 0, extra=3)], case=6)

    assert pieces_of(allocation) == {1: 5, 2: 1}
    assert reasons_of(allocation) == {1: Reason.AS_WANTED, 2: Reason.HELPED}


def test_who_offered_help_that_was_not_needed_gets_nothing() -> None:
    assert reasons_of(allocate([Want(1, 6), Want(2, 0, extra=3)], case=6)) == {
        1: Reason.AS_WANTED,
        2: Reason.NOT_NEEDED,
    }


def test_nobody_gets_anything_from_a_case_that_never_came_full() -> None:
    allocation = allocate([Want(1, 3), Want(2, 2)], case=6)

    assert (allocation.cases, pieces_of(allocation)) == (0, {1: 0, 2: 0})
    assert set(reasons_of(allocation).values()) == {Reason.NOTHING}


@pytest.mark.parametrize(
    ("came", "given_pieces", "reason"),
    [
        (6, {1: 4, 2: 2}, Reason.AS_WANTED),
        (5, {1: 3, 2: 2}, Reason.LESS_CAME),
        (0, {1: 0, 2: 0}, Reason.LESS_CAME),
        (8, {1: 6, 2: 2}, Reason.MORE_CAME),
    ],
)
def test_what_really_came_is_divided_anew(
    came: int, given_pieces: dict[int, int], reason: Reason
) -> None:
    allocation = allocate([Want(1, 4, extra=2), Want(2, 2)], case=6, received=came)

    assert pieces_of(allocation) == given_pieces
    assert allocation.shares[0].reason is reason


def test_a_round_without_wants_orders_nothing() -> None:
    assert allocate([], case=6) == Allocation(0, 0, 0, ())


def test_two_wants_of_one_participant_are_a_mistake() -> None:
    with pytest.raises(ValueError, match="one want for each participant"):
        allocate([Want(1, 2), Want(1, 3)], case=6)


@pytest.mark.parametrize(("quantity", "extra"), [(-1, 0), (0, -1)])
def test_a_want_is_never_less_than_nothing(quantity: int, extra: int) -> None:
    with pytest.raises(ValueError, match="less than nothing"):
        Want(1, quantity, extra)


def test_less_than_nothing_cannot_come() -> None:
    with pytest.raises(ValueError, match="cannot come"):
        allocate([Want(1, 2)], case=1, received=-1)


# --- by proportion


@given(wants=wants_of_a_round(), came=st.integers(0, 200))
def test_proportional_gives_nobody_a_whole_piece_off_the_exact_share(
    wants: list[Want[int]], came: int
) -> None:
    quantity, extra = asked(wants)
    firm = min(came, quantity)
    extras = min(came - firm, extra)

    for share in allocate(wants, case=1, received=came).shares:
        firm_given = share.given - share.given_extra
        assert abs(firm_given * quantity - firm * share.wanted) < max(quantity, 1)
        assert abs(share.given_extra * extra - extras * share.extra) < max(extra, 1)


def test_proportional_gives_the_odd_pieces_to_the_largest_remainders() -> None:
    allocation = allocate([Want(1, 5), Want(2, 3), Want(3, 2)], case=6)  # 3.0, 1.8, 1.2

    assert pieces_of(allocation) == {1: 3, 2: 2, 3: 1}


def test_proportional_lets_who_lost_before_win_a_tie() -> None:
    allocation = allocate([Want(1, 3), Want(2, 3, lost_before=1)], case=5)

    assert pieces_of(allocation) == {1: 2, 2: 3}


def test_proportional_shares_the_help_by_what_was_offered() -> None:
    wants = [Want(1, 1, extra=4), Want(2, 5, extra=2), Want(3, 0)]

    assert pieces_of(allocate(wants, case=9)) == {1: 3, 2: 6, 3: 0}


# --- first come


def test_first_come_lets_the_last_go_without() -> None:
    wants = [Want("late", 3, queue=((9, 3),)), Want("soon", 4, queue=((1, 4),))]

    assert pieces_of(allocate(wants, case=4, rule=SharingRule.FIRST_COME)) == {
        "late": 0,
        "soon": 4,
    }


def test_first_come_ranks_a_raised_want_late_for_the_raise_only() -> None:
    wants = [Want("a", 4, extra=1, queue=((17, 2), (19, 2))), Want("b", 2, queue=((18, 2),))]

    assert pieces_of(allocate(wants, case=5, rule=SharingRule.FIRST_COME)) == {"a": 3, "b": 2}


def test_first_come_gives_the_help_in_the_same_order() -> None:
    wants = [
        Want("u2", 1, extra=1, queue=((2, 1),)),
        Want("u1", 2, extra=2, queue=((1, 2),)),
    ]

    assert pieces_of(allocate(wants, case=5, rule=SharingRule.FIRST_COME)) == {"u1": 4, "u2": 1}


def test_first_come_ranks_a_want_of_extras_only_by_its_moment() -> None:
    wants = [
        Want("a", 5, queue=((1, 5),)),
        Want("late", 0, extra=1, queue=((3, 0),)),
        Want("soon", 0, extra=1, queue=((2, 0),)),
    ]

    assert pieces_of(allocate(wants, case=6, rule=SharingRule.FIRST_COME)) == {
        "a": 5,
        "late": 0,
        "soon": 1,
    }


def test_first_come_serves_what_has_no_moment_last() -> None:
    wants = [Want(1, 2), Want(2, 3, queue=((NOON, 3),)), Want(3, 2, lost_before=9)]

    assert pieces_of(allocate(wants, case=4, rule=SharingRule.FIRST_COME)) == {1: 1, 2: 3, 3: 0}


def test_first_come_breaks_a_tie_by_who_whatever_was_lost_before() -> None:
    wants = [Want(2, 3, queue=((NOON, 3),), lost_before=9), Want(1, 3, queue=((NOON, 3),))]

    allocation = allocate(wants, case=1, rule=SharingRule.FIRST_COME, received=3)

    assert pieces_of(allocation) == {1: 3, 2: 0}


@given(wants=wants_of_a_round(), came=st.integers(0, 100))
def test_first_come_never_takes_a_piece_back_when_more_comes(
    wants: list[Want[int]], came: int
) -> None:
    rule = SharingRule.FIRST_COME
    less = pieces_of(allocate(wants, case=6, rule=rule, received=came))
    more = pieces_of(allocate(wants, case=6, rule=rule, received=came + 1))

    assert all(less[who] <= more[who] for who in less)


# --- the places in line


def test_a_raise_queues_at_the_end_and_a_cut_takes_the_newest_place_first() -> None:
    later = NOON + timedelta(hours=1)
    queue = queue_up((), quantity=2, at=NOON)
    queue = queue_up(queue, quantity=5, at=later)
    assert queue == ((NOON, 2), (later, 3))

    assert queue_up(queue, quantity=3, at=later) == ((NOON, 2), (later, 1))
    assert queue_up(queue, quantity=1, at=later) == ((NOON, 1),)
    assert queue_up(queue, quantity=5, at=later + timedelta(hours=1)) == queue


def test_an_offer_of_extras_only_takes_a_place_of_no_pieces() -> None:
    assert queue_up((), quantity=0, at=7) == ((7, 0),)
    assert queue_up(((7, 0),), quantity=2, at=8) == ((7, 0), (8, 2))


@given(quantities=st.lists(st.integers(0, 20), min_size=1, max_size=10))
def test_the_line_always_holds_exactly_what_is_wanted(quantities: list[int]) -> None:
    queue: Queue = ()
    for moment, quantity in enumerate(quantities):
        queue = queue_up(queue, quantity=quantity, at=moment)

    assert sum(pieces for _, pieces in queue) == quantities[-1]
    assert list(queue) == sorted(queue)


# --- taking turns


def test_rotate_serves_who_lost_most_before_first() -> None:
    wants = [Want(1, 4), Want(2, 3, lost_before=1), Want(3, 2, lost_before=5)]

    assert pieces_of(allocate(wants, case=6, rule=SharingRule.ROTATE)) == {1: 1, 2: 3, 3: 2}


def test_rotate_shares_by_proportion_among_equal_losses() -> None:
    wants = [Want(1, 5), Want(2, 3), Want(3, 2), Want(4, 1, lost_before=2)]

    assert pieces_of(allocate(wants, case=6, rule=SharingRule.ROTATE)) == {1: 3, 2: 1, 3: 1, 4: 1}


def test_rotate_brings_everybody_to_the_front_in_the_end() -> None:
    lost = dict.fromkeys(range(4), 0)
    got = dict.fromkeys(range(4), 0)
    for _ in range(12):
        wants = [Want(who, 2, lost_before=lost[who]) for who in lost]
        for share in allocate(wants, case=6, rule=SharingRule.ROTATE, received=6).shares:
            got[share.who] += share.given
            lost[share.who] += share.lost

    assert max(got.values()) - min(got.values()) <= 2


# --- price tiers


def test_the_highest_tier_reached_sets_the_price() -> None:
    tiers = [(50, 1_800_000), (10, 2_000_000)]

    assert [tier_price(tiers, 2_500_000, pieces) for pieces in (0, 9, 10, 49, 50, 999)] == [
        2_500_000,
        2_500_000,
        2_000_000,
        2_000_000,
        1_800_000,
        1_800_000,
    ]


def test_the_next_tier_is_the_nearest_not_yet_reached() -> None:
    tiers = [(50, 1_800_000), (10, 2_000_000)]

    assert next_tier(tiers, 9) == (10, 2_000_000)
    assert next_tier(tiers, 10) == (50, 1_800_000)
    assert next_tier(tiers, 50) is None
    assert next_tier([], 3) is None


def test_of_two_prices_from_the_same_quantity_the_lower_counts() -> None:
    tiers = [(10, 1_900_000), (10, 2_000_000)]

    assert tier_price(tiers, 2_500_000, 10) == tier_price(tiers[::-1], 2_500_000, 10) == 1_900_000
    assert next_tier(tiers, 3) == next_tier(tiers[::-1], 3) == (10, 1_900_000)


# --- the same answers as Foodsoft, which groups move over from


def foodsoft_wants(rows: list[dict[str, Any]]) -> list[Want[str]]:
    queues: dict[str, list[tuple[int, int]]] = {}
    extras: dict[str, int] = {}
    for moment, row in enumerate(rows):
        queues.setdefault(row["group"], []).append((moment, row["qty"]))
        extras[row["group"]] = extras.get(row["group"], 0) + row["tol"]
    return [
        Want(group, sum(pieces for _, pieces in queue), extras[group], tuple(queue))
        for group, queue in queues.items()
    ]


@pytest.fixture
def foodsoft(shared_data: Path) -> dict[str, Any]:
    vectors: dict[str, Any] = json.loads((shared_data / FOODSOFT).read_text())
    return vectors


def test_cases_are_counted_as_foodsoft_does(foodsoft: dict[str, Any]) -> None:
    table = foodsoft["units_to_order"]

    assert [cases_to_order(row["q"], row["tol"], row["size"]) for row in table] == [
        row["units"] for row in table
    ]
    assert table


def test_first_come_divides_as_foodsoft_does(foodsoft: dict[str, Any]) -> None:
    for vector in foodsoft["allocation"]:
        wants = foodsoft_wants(vector["rows_in_time_order"])
        allocation = allocate(wants, case=vector["case_size"], rule=SharingRule.FIRST_COME)
        shares = {
            share.who: {
                "firm": share.given - share.given_extra,
                "tolerance": share.given_extra,
                "total": share.given,
            }
            for share in allocation.shares
        }
        assert shares == vector["result"], vector["name"]
        assert (allocation.cases, allocation.pieces) == (vector["cases"], vector["pieces"])
    assert foodsoft["allocation"]

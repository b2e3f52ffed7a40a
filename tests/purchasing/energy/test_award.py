"""Who is offered what: the three rules, room and minimum, ties, fairness, and the replay."""

from collections import Counter
from dataclasses import replace
from itertools import combinations, product
from random import Random
from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from purchasing.categories.energy.assignment import assign, earliest_first
from purchasing.categories.energy.award import award, conclude, figures, replay
from purchasing.categories.energy.award_case import AwardCase, Offer, Outcome, Rule
from purchasing.categories.energy.bids import Tier
from purchasing.categories.energy.plain import canonical
from purchasing.categories.energy.profile import Segment
from purchasing.categories.energy.terms import Discount
from tests.purchasing.energy.examples import a_bid, a_case, an_applicant, submitted, terms

LOWEST = (Rule.LOWEST_TOTAL, Rule.LOWEST_REFERENCE)


def with_references(case: AwardCase) -> AwardCase:
    """For `lowest_reference`: the first applicant of each segment is the example home."""
    references = {a.segment: a.costs for a in reversed(case.applicants)}
    return replace(case, references=references)


def offered(case: AwardCase) -> dict[str, str]:
    return {offer.applicant: offer.bid for offer in award(with_references(case)).offers}


@st.composite
def cases(draw, most_people=12, most_bids=4):
    """Small rounds with ties, room and minimums, of two segments and of all three rules."""
    keys = [f"b{n}" for n in range(draw(st.integers(1, most_bids)))]
    limits = [draw(st.tuples(st.integers(0, 4), st.none() | st.integers(1, 6))) for _ in keys]
    segments = (Segment.POWER, Segment.SHOP)
    bids = tuple(
        terms(
            key,
            minute=draw(st.integers(0, 2)),
            supplier=draw(st.sampled_from(["Noord", "Zuid", key])),
            minimum=low,
            maximum=None if high is None else max(low, high),
            segments=frozenset(draw(st.sets(st.sampled_from(segments), min_size=1))),
        )
        for key, (low, high) in zip(keys, limits, strict=True)
    )
    people = tuple(
        replace(
            an_applicant(
                f"p{n}",
                {b.key: draw(st.integers(0, 9)) for b in bids if segment in b.segments},
                draw(st.none() | st.integers(0, 9)),
                place=n,
            ),
            segment=segment,
        )
        for n, segment in enumerate(
            draw(st.lists(st.sampled_from(segments), max_size=most_people))
        )
    )
    rule = draw(st.sampled_from(Rule))
    case = AwardCase(rule, people, bids, draw(st.integers(1, 3)))
    return with_references(case)


# --- personal best


def test_everybody_gets_their_own_cheapest_bid():
    case = a_case(
        {"ada": {"A": 100, "B": 120}, "ben": {"A": 90, "B": 80}}, [terms("A"), terms("B")]
    )

    assert offered(case) == {"ada": "A", "ben": "B"}


def test_at_most_so_many_suppliers_win_and_the_group_saves_most():
    costs = {"ada": {"A": 10, "B": 90, "C": 40}, "ben": {"A": 90, "B": 10, "C": 40}}
    bids = [terms("A"), terms("B"), terms("C")]

    assert offered(a_case(costs, bids, most_suppliers=2)) == {"ada": "A", "ben": "B"}
    assert offered(a_case(costs, bids, most_suppliers=1)) == {"ada": "C", "ben": "C"}


def test_two_bids_of_one_supplier_are_one_supplier():
    costs = {"ada": {"A": 10, "B": 90}, "ben": {"A": 90, "B": 10}}
    bids = [terms("A", supplier="Noord"), terms("B", supplier="Noord")]

    assert offered(a_case(costs, bids, most_suppliers=1)) == {"ada": "A", "ben": "B"}


def test_a_full_bid_goes_to_those_who_would_lose_most_without_it():
    costs = {"ada": {"A": 50, "B": 51}, "ben": {"A": 50, "B": 90}, "cas": {"A": 50, "B": 60}}

    assert offered(a_case(costs, [terms("A", maximum=2), terms("B")])) == {
        "ada": "B",
        "ben": "A",
        "cas": "A",
    }


def test_of_equals_the_first_in_line_gets_the_last_place():
    costs = {name: {"A": 50, "B": 60} for name in ("zoe", "ada", "ben")}

    assert offered(a_case(costs, [terms("A", maximum=2), terms("B")])) == {
        "zoe": "A",
        "ada": "A",
        "ben": "B",
    }


def test_a_bid_below_its_minimum_is_left_out():
    costs = {"ada": {"A": 10, "B": 20}, "ben": {"A": 90, "B": 20}}
    case = a_case(costs, [terms("A", minimum=2), terms("B")])

    assert offered(case) == {"ada": "B", "ben": "B"}
    assert award(case).dropped == ("A",)


def test_equal_bids_go_to_the_earlier_commitment():
    costs = {"ada": {"A": 50, "B": 50}, "ben": {"A": 50, "B": 50}}

    for rule in Rule:
        late_a = a_case(costs, [terms("A", minute=2), terms("B", minute=1)], rule=rule)
        assert offered(late_a) == {"ada": "B", "ben": "B"}
        late_b = a_case(costs, [terms("A", minute=1), terms("B", minute=2)], rule=rule)
        assert offered(late_b) == {"ada": "A", "ben": "A"}


def test_when_all_room_is_taken_somebody_stays_without_an_offer():
    costs = {"ada": {"A": 50}, "ben": {"A": 40}, "cas": {"A": 45}}
    now = dict.fromkeys(costs, 60)

    result = award(a_case(costs, [terms("A", maximum=2)], now=now))

    assert result.without_offer == ("ada",)


def test_of_a_suppliers_bids_below_their_minimum_the_emptiest_closes_first():
    costs = {"ada": {"A": 10, "B": 20}, "ben": {"A": 20, "B": 10}, "cas": {"A": 20, "B": 10}}
    bids = [terms("A", supplier="Noord", minimum=2), terms("B", supplier="Noord", minimum=3)]

    assert set(offered(a_case(costs, bids)).values()) == {"B"}


def test_of_people_who_are_all_the_same_the_first_gets_the_best_of_what_they_got():
    assert earliest_first([(5, 9), (5, 9), (5, 9)], [None, 0, 1]) == [1, 0, None]
    assert earliest_first([(5, 9), (5, 8)], [0, 1]) == [0, 1]


# --- no harm


def test_who_is_cheaper_off_staying_is_told_so():
    costs = {"ada": {"A": 50}, "ben": {"A": 50}}
    result = award(a_case(costs, [terms("A")], now={"ada": 60, "ben": 40}))

    assert result.offers == (Offer("ada", "A", 50, 60, False), Offer("ben", "A", 50, 40, True))
    assert result.offers[1].saving == -10


def test_who_loses_by_it_takes_no_room_from_others_and_fills_no_minimum():
    costs = {"ben": {"A": 50}, "ada": {"A": 50}}
    now = {"ada": 60, "ben": 40}

    full = award(a_case(costs, [terms("A", maximum=1)], now=now))
    assert ([o.applicant for o in full.offers], full.without_offer) == (["ada"], ("ben",))
    short = award(a_case(costs, [terms("A", minimum=2)], now=now))
    assert short.outcome is Outcome.MINIMUM_NOT_REACHED


def test_who_finds_the_good_bid_full_is_not_offered_a_dear_one_instead():
    costs = {"ada": {"A": 50, "B": 120}, "ben": {"A": 55, "B": 70}, "cas": {"A": 120, "B": 50}}
    now = {"ada": 100, "ben": 60, "cas": 100}

    result = award(a_case(costs, [terms("A", maximum=1), terms("B")], now=now))

    assert {offer.applicant: offer.bid for offer in result.offers} == {"ada": "A", "cas": "B"}
    assert result.without_offer == ("ben",)


def test_an_equal_price_is_no_harm():
    result = award(a_case({"ada": {"A": 50}}, [terms("A")], now={"ada": 50}))

    assert not result.offers[0].worse_off


# --- no deal


@pytest.mark.parametrize("rule", Rule)
@pytest.mark.parametrize(
    ("costs", "bids", "now", "outcome"),
    [
        ({"ada": {}}, [], {}, Outcome.NO_BIDS),
        ({}, [terms("A")], {}, Outcome.NOBODY),
        ({"ada": {"A": 5}}, [terms("A", minimum=2)], {}, Outcome.MINIMUM_NOT_REACHED),
        (
            {"ada": {"A": 5}, "ben": {"A": 6}},
            [terms("A")],
            {"ada": 4, "ben": 4},
            Outcome.ALL_WORSE,
        ),
    ],
)
def test_no_deal_is_a_normal_end(rule, costs, bids, now, outcome):
    result = award(with_references(a_case(costs, bids, now=now, rule=rule)))

    assert (result.outcome, result.no_deal, result.offers) == (outcome, True, ())


# --- the lowest


def test_the_lowest_total_wins_for_everybody():
    costs = {"ada": {"A": 100, "B": 120}, "ben": {"A": 90, "B": 80}, "cas": {"A": 10, "B": 9}}
    bids = [terms("A"), terms("B")]

    assert set(offered(a_case(costs, bids, rule=Rule.LOWEST_TOTAL)).values()) == {"A"}


def test_the_lowest_reference_wins_whatever_the_participants_use():
    costs = {"ada": {"A": 100, "B": 120}, "ben": {"A": 90, "B": 80}}
    case = a_case(costs, [terms("A"), terms("B")], rule=Rule.LOWEST_REFERENCE)
    example = replace(case, references={Segment.POWER_AND_GAS: {"A": 7, "B": 6}})

    assert {offer.bid for offer in award(example).offers} == {"B"}


@pytest.mark.parametrize("rule", LOWEST)
def test_when_the_winner_is_full_the_next_one_follows(rule):
    costs = {"ada": {"A": 50, "B": 51}, "ben": {"A": 50, "B": 90}}
    case = a_case(costs, [terms("A", maximum=1), terms("B")], rule=rule)

    assert offered(case) == {"ada": "B", "ben": "A"}


def test_as_long_as_the_winner_has_room_nobody_gets_the_next_one():
    costs = {"ada": {"A": 10, "B": 60}, "ben": {"A": 50, "B": 30}}
    case = a_case(
        costs, [terms("A"), terms("B")], now={"ada": 90, "ben": 40}, rule=Rule.LOWEST_TOTAL
    )

    assert award(case).offers[1] == Offer("ben", "A", 50, 40, True)


@pytest.mark.parametrize("rule", LOWEST)
def test_a_lowest_bid_below_its_minimum_makes_way(rule):
    costs = {"ada": {"A": 50, "B": 60}, "ben": {"A": 50, "B": 60}}
    case = a_case(costs, [terms("A", minimum=3), terms("B")], rule=rule)

    assert set(offered(case).values()) == {"B"}
    assert award(with_references(case)).dropped == ("A",)


def test_each_segment_has_its_own_winner():
    case = a_case(
        {"ada": {"A": 10, "B": 20}, "bakery": {"A": 90, "B": 20}}, [terms("A"), terms("B")]
    )
    shop = replace(case.applicants[1], segment=Segment.SHOP)
    both = replace(case, applicants=(case.applicants[0], shop), rule=Rule.LOWEST_TOTAL)

    assert offered(both) == {"ada": "A", "bakery": "B"}


# --- whoever bids, whoever takes part


@given(cases())
def test_room_and_minimum_hold(case):
    result = award(case)
    taken = Counter(offer.bid for offer in result.offers)
    gladly = Counter(offer.bid for offer in result.offers if not offer.worse_off)

    for bid in case.bids:
        assert bid.maximum is None or taken[bid.key] <= bid.maximum
        assert bid.key not in taken or gladly[bid.key] >= max(1, bid.minimum)
    assert result.winners == tuple(
        bid.key for bid in sorted(case.bids, key=lambda b: b.standing) if bid.key in taken
    )


@given(cases())
def test_everybody_is_told_something_once(case):
    result = award(case)

    told = [*(offer.applicant for offer in result.offers), *result.without_offer]
    if result.outcome in (Outcome.NO_BIDS, Outcome.NOBODY):
        assert told == []
    else:
        assert sorted(told) == sorted(applicant.key for applicant in case.applicants)


@given(cases())
def test_no_harm_without_a_mark(case):
    for offer in award(case).offers:
        assert offer.worse_off == (offer.now is not None and offer.cost > offer.now)


@given(cases())
def test_nobody_is_offered_a_bid_of_another_segment_or_at_another_price(case):
    people = {applicant.key: applicant for applicant in case.applicants}

    for offer in award(case).offers:
        assert offer.cost == people[offer.applicant].costs[offer.bid]


@given(cases())
def test_equals_are_treated_equally_but_for_their_place_in_line(case):
    """The same segment, costs and present contract: who came earlier never gets the worse."""
    result = {offer.applicant: offer for offer in award(case).offers}
    line = sorted(case.applicants, key=lambda applicant: applicant.standing)

    for first, second in combinations(line, 2):
        alike = (first.segment, first.costs, first.now) == (
            second.segment,
            second.costs,
            second.now,
        )
        if alike and second.key in result:
            assert first.key in result
            assert result[first.key].cost <= result[second.key].cost


@given(cases())
def test_without_limits_equals_pay_the_same(case):
    free = replace(case, bids=tuple(replace(b, minimum=0, maximum=None) for b in case.bids))
    prices = {}

    result = {offer.applicant: offer.cost for offer in award(free).offers}
    for a in case.applicants:
        if a.key in result:
            prices.setdefault((a.segment, tuple(a.costs.items()), a.now), set()).add(result[a.key])
    assert all(len(paid) == 1 for paid in prices.values())


@given(cases(), st.randoms(use_true_random=False))
def test_the_order_of_rows_makes_no_difference(case, chance):
    people, bids = list(case.applicants), list(case.bids)
    chance.shuffle(people)
    chance.shuffle(bids)

    assert award(replace(case, applicants=tuple(people), bids=tuple(bids))) == award(case)


@given(cases(), st.randoms(use_true_random=False))
def test_names_make_no_difference(case, chance):
    """Everybody gets another's key, and keeps place and numbers: the same for each place."""
    keys = [applicant.key for applicant in case.applicants]
    chance.shuffle(keys)
    renamed = replace(
        case,
        applicants=tuple(
            replace(a, key=key) for a, key in zip(case.applicants, keys, strict=True)
        ),
    )

    assert by_place(renamed) == by_place(case)


def by_place(case: AwardCase) -> dict[int, str]:
    place = {applicant.key: applicant.place for applicant in case.applicants}
    return {place[offer.applicant]: offer.bid for offer in award(case).offers}


@given(cases())
def test_an_award_is_recomputed_from_its_text(case):
    assert replay(canonical(case)) == award(case)


@given(cases(most_people=5, most_bids=3))
def test_personal_best_is_the_best_there_is(case):
    """Against all there are, for bids without a minimum."""
    bids = tuple(replace(bid, minimum=0) for bid in case.bids)
    case = replace(case, bids=bids, rule=Rule.PERSONAL_BEST)

    gladly = [offer for offer in award(case).offers if not offer.worse_off]
    placed = {offer.applicant: offer.bid for offer in gladly}

    assert gain_of(case, placed) == max(gain_of(case, choice) for choice in every_placing(case))


def every_placing(case):
    people = case.applicants
    options = [[None, *(b for b in a.costs if a.harmless(b))] for a in people]
    supplier = {bid.key: bid.supplier for bid in case.bids}
    room = {bid.key: bid.maximum for bid in case.bids}
    for choice in product(*options):
        taken = Counter(bid for bid in choice if bid)
        if len({supplier[bid] for bid in taken}) > case.most_suppliers:
            continue
        if all(room[bid] is None or count <= room[bid] for bid, count in taken.items()):
            yield {a.key: bid for a, bid in zip(people, choice, strict=True) if bid}


def gain_of(case, placed):
    """What all save, and a cent for each who is placed."""
    gain = 0
    for a in case.applicants:
        if bid := placed.get(a.key):
            gain += (a.now if a.now is not None else max(a.costs.values())) - a.costs[bid] + 1
    return gain


@pytest.mark.parametrize("seed", range(40))
def test_with_minimums_too_where_no_two_placings_gain_the_same(seed):
    chance = Random(seed)
    keys = ["A", "B", "C"]
    costs = {f"p{n}": {key: chance.randrange(10**9) for key in keys} for n in range(5)}
    bids = [
        terms(key, minimum=chance.randrange(4), maximum=chance.choice([2, 3, None]))
        for key in keys
    ]
    bids = [replace(b, maximum=b.maximum and max(b.minimum, b.maximum)) for b in bids]
    case = a_case(costs, bids, most_suppliers=2)

    placed = {offer.applicant: offer.bid for offer in award(case).offers}

    assert gain_of(case, placed) == max(best_of(case, bids, size) for size in range(3))


def best_of(case, bids, size):
    """The best of the sets of this size in which the best placing meets every minimum."""
    best = 0
    for chosen in combinations(bids, size):
        names = {bid.key for bid in chosen}
        inside = [p for p in every_placing(case) if set(p.values()) <= names]
        top = max(inside, key=lambda placed: gain_of(case, placed))
        counts = Counter(top.values())
        if all(counts[bid.key] >= bid.minimum for bid in chosen):
            best = max(best, gain_of(case, top))
    return best


@given(
    people=st.lists(st.lists(st.none() | st.integers(1, 9), min_size=3, max_size=3), max_size=6),
    rooms=st.lists(st.integers(0, 4), min_size=3, max_size=3),
)
def test_people_are_shared_out_with_the_most_gain(people, rooms):
    at = assign(people, rooms)

    def fits(choice):
        taken = Counter(choice)
        return all(taken[n] <= room for n, room in enumerate(rooms))

    options = [[None, *(n for n, gain in enumerate(row) if gain is not None)] for row in people]
    gains = [sum_of(people, choice) for choice in product(*options) if fits(choice)]
    assert fits(at)
    assert sum_of(people, at) == max(gains)


def sum_of(people, choice):
    return sum(row[n] for row, n in zip(people, choice, strict=True) if n is not None)


# --- what cannot be decided on


@pytest.mark.parametrize(
    "wrong",
    [
        {"most_suppliers": 0},
        {"bids": (terms("A"), terms("A"))},
        {"bids": (terms("A"), terms("B"))},
        {"applicants": (an_applicant("ada", {"A": 1}), an_applicant("ada", {"A": 1}))},
    ],
)
def test_a_case_that_makes_no_sense_is_not_decided(wrong):
    case = a_case({"ada": {"A": 1}}, [terms("A")])

    with pytest.raises(ValueError, match=r"supplier|key|cost"):
        replace(case, **wrong)


# --- after it


def accepted_by(names: str, tiers=(), minimum=0):
    costs = {name: {"A": 10} for name in "abcde"}
    made = award(a_case(costs, [terms("A", minimum=minimum)]))
    return conclude([submitted("A", a_bid(tiers=tiers, minimum=minimum))], made, set(names))[0]


def test_tiers_count_acceptances_and_not_sign_ups():
    tiers = (Tier(3, Discount(1_000)), Tier(5, Discount(2_000)))

    assert accepted_by("abc", tiers).tariff.discount == Discount(1_000)
    assert accepted_by("abcde", tiers).tariff.discount == Discount(2_000)
    assert accepted_by("ab", tiers).tariff.discount == Discount()


def test_the_minimum_counts_acceptances_too():
    assert accepted_by("abc", minimum=3).stands
    assert not accepted_by("ab", minimum=3).stands
    assert not accepted_by("").stands


def test_nobody_accepts_without_an_offer():
    with pytest.raises(ValueError, match="zoe"):
        conclude([], award(a_case({"ada": {"A": 1}}, [terms("A")])), {"zoe"})


def test_the_figures_of_an_award_are_told_for_ten_or_more():
    costs = {f"p{n}": {"A": 100} for n in range(11)}
    now = {f"p{n}": 95 + n for n in range(10)}
    case = a_case(costs, [terms("A")], now=now)
    told = figures(case, award(case))

    assert (told.offers, told.known, told.better_off) == (11, 10, 4)
    assert (told.median_saving, told.worst_saving) == (-1, -5)
    assert told.low_use_known is None
    few = a_case(costs, [terms("A")], now={"p0": 105})
    assert figures(few, award(few)).better_off is None


def test_low_use_homes_are_told_apart():
    costs = {f"p{n}": {"A": 100} for n in range(12)}
    case = a_case(costs, [terms("A")], now=dict.fromkeys(costs, 101))
    frugal = replace(case, applicants=tuple(replace(a, low_use=True) for a in case.applicants))

    told = figures(frugal, award(frugal))

    assert (told.low_use_known, told.low_use_better_off) == (12, 12)


# --- in time


def test_five_thousand_participants_and_six_bids_take_no_long_search():
    chance = Random(5)
    rooms = [600, 700, 900, 800, 650, None]
    bids = [terms(f"b{n}", minute=n, maximum=room, minimum=100) for n, room in enumerate(rooms)]
    costs, now = {}, {}
    for n in range(5_000):
        base = chance.randrange(100_000, 300_000)
        costs[f"p{n}"] = {bid.key: base + chance.randrange(20_000) for bid in bids}
        if n % 3:
            now[f"p{n}"] = base + chance.randrange(10_000, 30_000)
    case = a_case(costs, bids, now=now)

    began = process_time()
    result = award(case)

    assert process_time() - began < 10  # about one second on a quiet machine
    assert len(result.winners) == 3

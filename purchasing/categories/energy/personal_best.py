"""Award by personal best: each the cheapest bid for their own use, among a few suppliers.

Sets of at most K suppliers are compared by what the group gains with them. Within a set people
are shared out exactly (see `assignment`), and a bid that is taken up by fewer than its minimum is
closed and the rest shared out again. With one bid for each supplier this is exact: the best set
there is in which everybody has the best place left and every minimum is met. Where a supplier
has several bids, which of them to close (the one with the fewest first) is a rule of thumb.

Sets are looked at in the order of what they could gain at most, and the search ends when no
further set can do better.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from purchasing.categories.energy.assignment import assign, earliest_first
from purchasing.categories.energy.award_case import Applicant, AwardCase, BidTerms, Placing

Table = Mapping[str, Sequence[int | None]]  # by bid, what it gains each person in line


@dataclass(frozen=True, slots=True)
class _Found:
    gain: int
    bids: Sequence[str | None]  # by person in line


def place_personal_best(case: AwardCase) -> Placing:
    """Who gets which bid. Nobody is placed where staying is known to be cheaper."""
    people = sorted(case.applicants, key=lambda applicant: applicant.standing)
    bids = sorted(case.bids, key=lambda bid: bid.standing)
    table = {bid.key: [_gain(person, bid) for person in people] for bid in bids}
    found = _search(_supplier_sets(bids, case.most_suppliers), table, len(people))
    best = _in_line(found, bids, table)
    placed = zip(people, best.bids, strict=True)
    return Placing(
        {person.key: bid for person, bid in placed if bid is not None},
        frozenset(bid.key for bid in bids if _fell_short(bid, best, table)),
    )


def _search(sets: Sequence[list[BidTerms]], table: Table, people: int) -> _Found:
    """The set that gains most; of equals the first in the list."""
    best, best_at = _Found(0, [None] * people), -1
    for most, at in _by_promise(sets, table):
        if most < best.gain:
            break
        if most == best.gain and at > best_at:
            continue
        found = _share_out(sets[at], table)
        if (found.gain, -at) > (best.gain, -best_at):
            best, best_at = found, at
    return best


def _gain(person: Applicant, bid: BidTerms) -> int | None:
    """What the bid gains this person, at least 1; None where it is dearer than staying.

    Who did not say what is paid now is measured against the dearest bid.
    """
    cost = person.costs.get(bid.key)
    if cost is None or not person.harmless(bid.key):
        return None
    measure = person.now if person.now is not None else max(person.costs.values())
    return measure - cost + 1


def _supplier_sets(bids: Sequence[BidTerms], most: int) -> list[list[BidTerms]]:
    """All sets of at most so many suppliers with all their bids: small sets, early bids first."""
    suppliers = list(dict.fromkeys(bid.supplier for bid in bids))
    return [
        [bid for bid in bids if bid.supplier in chosen]
        for size in range(1, min(most, len(suppliers)) + 1)
        for chosen in combinations(suppliers, size)
    ]


def _by_promise(sets: Sequence[list[BidTerms]], table: Table) -> list[tuple[int, int]]:
    """What each set could gain at most, and its place in the list; the most promising first.

    At most: if everybody got their best; or if each bid got those who gain most from it.
    """
    every = {bid.key: bid for bids in sets for bid in bids}
    full = {key: _gain_when_full(bid, table) for key, bid in every.items()}
    promises = [
        (min(_gain_without_limits(bids, table), sum(full[bid.key] for bid in bids)), at)
        for at, bids in enumerate(sets)
    ]
    return sorted(promises, key=lambda promise: (-promise[0], promise[1]))


def _in_line(found: _Found, bids: Sequence[BidTerms], table: Table) -> _Found:
    """The same for the group; of people who are all the same, the first in line the best."""
    keys = [bid.key for bid in bids]
    rows = list(zip(*(table[key] for key in keys), strict=True))
    at = earliest_first(rows, [None if key is None else keys.index(key) for key in found.bids])
    return _Found(found.gain, [None if n is None else keys[n] for n in at])


def _gain_when_full(bid: BidTerms, table: Table) -> int:
    gains = sorted((gain for gain in table[bid.key] if gain is not None), reverse=True)
    return sum(gains[: bid.maximum])


def _gain_without_limits(bids: Sequence[BidTerms], table: Table) -> int:
    nothing = [0] * len(table[bids[0].key])
    columns = ([gain or 0 for gain in table[bid.key]] for bid in bids)
    return sum(map(max, nothing, *columns))


def _share_out(bids: Sequence[BidTerms], table: Table) -> _Found:
    """Everybody at the best place left, every minimum met, with as many of the bids as can be."""
    bids = list(bids)
    people = len(table[bids[0].key])
    while bids:
        rows = list(zip(*(table[bid.key] for bid in bids), strict=True))
        rooms = [people if bid.maximum is None else bid.maximum for bid in bids]
        at = assign(rows, rooms)
        taken = Counter(at)
        short = [n for n, bid in enumerate(bids) if taken[n] < bid.minimum]
        if not short:
            gain = sum(row[n] or 0 for row, n in zip(rows, at, strict=True) if n is not None)
            return _Found(gain, [None if n is None else bids[n].key for n in at])
        bids.pop(min(short, key=lambda n: (taken[n], -n)))
    return _Found(0, [None] * people)


def _fell_short(bid: BidTerms, best: _Found, table: Table) -> bool:
    """Whether this bid would have been better for some, but for fewer than its minimum."""
    if bid.key in best.bids:
        return False
    better = 0
    for person, placed in enumerate(best.bids):
        has = (table[placed][person] or 0) if placed else 0
        better += (table[bid.key][person] or 0) > has
    return 0 < better < bid.minimum

"""Award to the lowest: one winner in each segment, and the next one when it is full.

`lowest_total` ranks a segment's bids by the sum of what all its applicants would pay,
`lowest_reference` by what the published example homes would. A full bid goes to those who would
lose most by the next in rank; a bid taken up by fewer than its minimum is dropped and all is
done again, the bid that is furthest short first.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence

from purchasing.categories.energy.award_case import Applicant, AwardCase, BidTerms, Placing, Rule
from purchasing.categories.energy.profile import Segment
from purchasing.money import Cents

Ranking = Mapping[Segment, Sequence[BidTerms]]


def place_lowest(case: AwardCase) -> Placing:
    """Who gets which bid. Nobody is placed where staying is known to be cheaper."""
    open_bids = {bid.key: bid for bid in case.bids}
    dropped: set[str] = set()
    while True:
        ranking = _ranking(case, open_bids.values())
        placed = _fill(case.applicants, ranking, open_bids)
        taken = Counter(placed.values())
        short = [open_bids[key] for key, count in taken.items() if count < open_bids[key].minimum]
        if not short:
            return Placing(placed, frozenset(dropped))
        worst = max(short, key=lambda bid: (bid.minimum - taken[bid.key], bid.standing))
        dropped.add(worst.key)
        del open_bids[worst.key]


def _ranking(case: AwardCase, bids: Iterable[BidTerms]) -> Ranking:
    """Each segment's bids, the lowest first; the earlier commitment between equals."""
    scores = _scores(case)
    in_order = sorted(bids, key=lambda bid: bid.standing)
    return {
        segment: sorted(
            (bid for bid in in_order if segment in bid.segments),
            key=lambda bid: scores[segment, bid.key],
        )
        for segment in Segment
    }


def _scores(case: AwardCase) -> dict[tuple[Segment, str], Cents]:
    scores: dict[tuple[Segment, str], Cents] = defaultdict(int)
    if case.rule is Rule.LOWEST_REFERENCE:
        for segment, costs in case.references.items():
            scores |= {(segment, bid): cost for bid, cost in costs.items()}
        return scores
    for applicant in case.applicants:
        for bid, cost in applicant.costs.items():
            scores[applicant.segment, bid] += cost
    return scores


def _fill(
    applicants: Iterable[Applicant], ranking: Ranking, bids: Mapping[str, BidTerms]
) -> dict[str, str]:
    """Rank by rank; a segment goes on to its next bid only when those before it are full."""
    waiting = sorted(applicants, key=lambda applicant: applicant.standing)
    room = {key: len(waiting) if b.maximum is None else b.maximum for key, b in bids.items()}
    placed: dict[str, str] = {}
    for rank in range(max(map(len, ranking.values()))):
        wanting: dict[str, list[tuple[int, Applicant]]] = defaultdict(list)
        for person in waiting:
            line = ranking[person.segment]
            if rank >= len(line) or any(room[bid.key] for bid in line[:rank]):
                continue
            if person.harmless(line[rank].key):
                wanting[line[rank].key].append((_loss(person, line, rank), person))
        for key in sorted(wanting, key=lambda key: bids[key].standing):
            first = sorted(wanting[key], key=lambda pair: (-pair[0], pair[1].standing))
            for _, person in first[: room[key]]:
                placed[person.key] = key
            room[key] -= min(room[key], len(first))
        waiting = [person for person in waiting if person.key not in placed]
    return placed


def _loss(person: Applicant, line: Sequence[BidTerms], rank: int) -> Cents:
    """What it would cost this person if this bid were full: the next one, or staying."""
    later = [person.costs[bid.key] for bid in line[rank + 1 : rank + 2]]
    if person.now is not None:
        later.append(person.now)
    dearest = max(person.costs.values())
    return min(later, default=dearest) - person.costs[line[rank].key]

"""Sharing out people over bids with room for so many: exactly the most gain there is.

First a good guess: who would lose most by not getting their best goes first. Then, as long as
there is one, a circle of moves that gains is carried out (one person from a to b, one of b's to c,
one of c's to a; or ending where there is room). With no such circle left there is nothing better:
that is the optimality condition of minimum-cost flow. Gains are whole numbers above zero; None is
"not this bid". Whoever has no gain anywhere stays without a bid.

Ties: between bids the first in the list.
"""

from collections.abc import Sequence
from heapq import heapify, heappop, heappush

Gains = Sequence[int | None]  # of one person, per bid
Move = tuple[int, int]  # from one place to another


def assign(people: Sequence[Gains], rooms: Sequence[int]) -> list[int | None]:
    """For each person the number of a bid, or None; at most `rooms` people for each bid.

    Where people with the same gains got different bids, see `earliest_first`.
    """
    at = _first_guess(people, rooms)
    if any(at.count(place) >= room for place, room in enumerate(rooms)):
        board = _Board(people, rooms, at)
        while circle := board.gaining_circle():
            board.carry_out(circle)
        at = board.at
    return [None if place == len(rooms) else place for place in at]


def _first_guess(people: Sequence[Gains], rooms: Sequence[int]) -> list[int]:
    """Everybody at their best place with room, the largest regret first."""
    left = [*rooms, len(people)]
    liked = [_liked(gains) for gains in people]
    regret = [places[0][0] - places[1][0] if len(places) > 1 else 0 for places in liked]
    at = [len(rooms)] * len(people)
    for person in sorted(range(len(people)), key=lambda person: -regret[person]):
        at[person] = next(-place for _, place in liked[person] if left[-place])
        left[at[person]] -= 1
    return at


def _liked(gains: Gains) -> list[tuple[int, int]]:
    """Gain and minus the place, the best first; the last is no bid at all."""
    places = [(gain, -place) for place, gain in enumerate(gains) if gain is not None]
    return sorted([*places, (0, -len(gains))], reverse=True)


class _Board:
    """Who is where, and between two places who loses least by moving from one to the other.

    One more place, `spare`, stands for room: a bid with room can take somebody "from" it.
    """

    def __init__(self, people: Sequence[Gains], rooms: Sequence[int], at: list[int]) -> None:
        self.at = at
        none = len(rooms)
        self._rooms = [*rooms, len(people)]
        self._places = range(none + 1)
        self._spare = none + 1
        self._gains = [(*gains, 0) for gains in people]
        self._held = [at.count(place) for place in self._places]
        self._queues: list[list[list[tuple[int, int]]]] = [
            [[] for _ in self._places] for _ in self._places
        ]
        for person in range(len(people)):
            for queue, entry in self._entries(person):
                queue.append(entry)
        for queues in self._queues:
            for queue in queues:
                heapify(queue)
        self._moves: dict[Move, tuple[int, int]] = {}  # what it loses, and who moves
        self._look_again(set(self._places))

    def _entries(self, person: int) -> list[tuple[list[tuple[int, int]], tuple[int, int]]]:
        here = self.at[person]
        gains = self._gains[person]
        held = gains[here] or 0
        return [
            (self._queues[here][there], (held - gain, person))
            for there, gain in enumerate(gains)
            if gain is not None and there != here
        ]

    def _look_again(self, places: set[int]) -> None:
        """Renew what is known of the moves from these places."""
        for start in places:
            for end, queue in enumerate(self._queues[start]):
                while queue and self.at[queue[0][1]] != start:
                    heappop(queue)
                if queue:
                    self._moves[start, end] = queue[0]
                else:
                    self._moves.pop((start, end), None)

    def gaining_circle(self) -> list[Move]:
        """Moves that together gain and leave nobody without room; empty if there are none."""
        edges = [(start, end, loss) for (start, end), (loss, _) in self._moves.items()]
        edges += [(self._spare, place, 0) for place in self._places]
        edges += [(p, self._spare, 0) for p in self._places if self._held[p] < self._rooms[p]]
        best = [0] * (self._spare + 1)
        came = [-1] * (self._spare + 1)
        changed = -1
        for _ in range(self._spare + 2):  # Bellman and Ford, from everywhere at once
            changed = -1
            for start, end, loss in edges:
                if best[start] + loss < best[end]:
                    best[end] = best[start] + loss
                    came[end] = start
                    changed = end
            if changed < 0:
                return []
        return self._circle_before(changed, came)

    def _circle_before(self, place: int, came: list[int]) -> list[Move]:
        for _ in came:
            place = came[place]
        circle = [(came[place], place)]
        while circle[-1][0] != place:
            circle.append((came[circle[-1][0]], circle[-1][0]))
        return [move for move in circle if self._spare not in move]

    def carry_out(self, circle: list[Move]) -> None:
        for person, end in [(self._moves[move][1], move[1]) for move in circle]:
            self._held[self.at[person]] -= 1
            self._held[end] += 1
            self.at[person] = end
            for queue, entry in self._entries(person):
                heappush(queue, entry)
        self._look_again({place for move in circle for place in move})


def earliest_first(people: Sequence[Gains], at: list[int | None]) -> list[int | None]:
    """Among people with the same gains, the first in the list gets the best of what they got."""
    alike: dict[tuple[int | None, ...], list[int]] = {}
    for person, gains in enumerate(people):
        alike.setdefault(tuple(gains), []).append(person)
    for gains, persons in alike.items():
        if len(persons) == 1:
            continue
        got = sorted((at[person] for person in persons), key=lambda bid: _rank(gains, bid))
        for person, bid in zip(persons, got, strict=True):
            at[person] = bid
    return at


def _rank(gains: Gains, bid: int | None) -> tuple[int, int]:
    return (1, 0) if bid is None else (-(gains[bid] or 0), bid)

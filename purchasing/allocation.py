"""Filling cases, and dividing what was ordered or came: numbers in, numbers out.

The rule for cases and `first_come` follow Foodsoft (doc/BESTELLEN.md), so that a group that moves
over gets the same answer. Every function here is a pure function of its arguments: the order in
which wants are handed in never changes a result.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Generic, TypeVar

from purchasing.money import Millionths, share_out

Who = TypeVar("Who", int, str)
Moment = datetime | int
Queue = tuple[tuple[Moment, int], ...]
Tier = tuple[int, Millionths]  # from so many pieces in all, this unit price


class SharingRule(StrEnum):
    """Who gets what when less comes than was asked for. Fixed when the round is published."""

    PROPORTIONAL = "proportional"  # to what each asked; the odd pieces to the largest remainders
    FIRST_COME = "first_come"  # who asked first is served first
    ROTATE = "rotate"  # who lost most in earlier rounds is served first, equals by proportion


class Reason(StrEnum):
    """Why a participant gets what it gets; the room's sheet and paper say it in words."""

    AS_WANTED = "as_wanted"
    HELPED = "helped"  # "2 instead of 1: you helped to fill the case"
    MORE_CAME = "more_came"  # "2 instead of 1: more came than was ordered"
    NOT_NEEDED = "not_needed"  # offered extra pieces only; no case needed them
    SHORT = "short"  # "3 of 4: one case of 6 was filled"
    LESS_CAME = "less_came"  # "3 of 4: 5 came of the 6 that were ordered"
    NOTHING = "nothing"  # "0 of 3: no case came full"
    SUPPLIER_SHORT = "supplier_short"  # "0 of 3: this supplier's minimum was not reached"


@dataclass(frozen=True, slots=True)
class Want(Generic[Who]):
    """At least `quantity` pieces, and up to `extra` more if that fills a case.

    `queue` holds, oldest first, the moments at which `quantity` grew and by how much (see
    `queue_up`); one of 0 pieces is the place in line of somebody who offers extras only.
    `lost_before` is how many pieces this participant wanted and did not get in earlier rounds.
    """

    who: Who
    quantity: int
    extra: int = 0
    queue: Queue = ()
    lost_before: int = 0

    def __post_init__(self) -> None:
        if self.quantity < 0 or self.extra < 0:
            raise ValueError("nobody wants less than nothing")


@dataclass(frozen=True, slots=True)
class Share(Generic[Who]):
    """What one participant gets, why, and the numbers to say so. All numbers are pieces.

    `given` includes `given_extra`. `cases` of `case` pieces were ordered, `ordered` in all;
    `came` is what was divided: the same, or what the supplier really brought.
    """

    who: Who
    wanted: int
    extra: int
    given: int
    given_extra: int
    reason: Reason
    case: int
    cases: int
    ordered: int
    came: int

    @property
    def lost(self) -> int:
        """Pieces wanted and not given: adds to `Want.lost_before` of the next round."""
        return max(0, self.wanted - self.given)


@dataclass(frozen=True, slots=True)
class Allocation(Generic[Who]):
    """`pieces` divided over `shares` (one for each want, by `who`), with `left_over` for nobody.

    Something is left over only when more came than all wants and extras together.
    """

    cases: int
    pieces: int
    left_over: int
    shares: tuple[Share[Who], ...]


@dataclass(frozen=True, slots=True)
class Fill:
    """How full the cases are now. All but `cases_full` are pieces.

    `cases_full` are full of firm demand alone; `in_open_case` firm pieces wait in one more;
    `extras_that_help` are counted in it; `missing` are still wanted before it is ordered.
    """

    cases_full: int
    in_open_case: int
    extras_that_help: int
    missing: int

    @property
    def cases(self) -> int:
        """Cases that would be ordered if the round closed now."""
        return self.cases_full + (1 if self.in_open_case and not self.missing else 0)


def preview(quantity: int, extra: int, case: int) -> Fill:
    """How full the cases are, given the sums of all firm demand and of all extras, in pieces."""
    if case < 1 or quantity < 0 or extra < 0:
        raise ValueError("a case holds at least one piece, and nobody wants less than nothing")
    full, open_pieces = divmod(quantity, case)
    room = case - open_pieces if open_pieces else 0
    helping = min(extra, room)
    return Fill(full, open_pieces, helping, room - helping)


def cases_to_order(quantity: int, extra: int, case: int) -> int:
    """Full cases of the firm demand, and one more if the rest and the extras together fill it.

    Extras alone never open a case. What does not fill a case is not ordered.
    """
    return preview(quantity, extra, case).cases


def queue_up(queue: Queue, *, quantity: int, at: Moment) -> Queue:
    """The places in line after somebody changed the wanted quantity at a moment.

    What is added queues at the end; what is taken away leaves the newest place first, so
    a raised want keeps its early rank for the early part only. The first place is kept even for
    0 pieces: it ranks somebody who offers extras only.
    """
    held = sum(pieces for _, pieces in queue)
    if quantity > held or not queue:
        return (*queue, (at, quantity - held))
    return tuple(_oldest(queue, quantity))


def allocate(
    wants: Iterable[Want[Who]],
    *,
    case: int,
    rule: SharingRule = SharingRule.PROPORTIONAL,
    received: int | None = None,
) -> Allocation[Who]:
    """Order full cases and divide them; or divide the `received` pieces that came instead.

    Firm demand goes first; only when all of it is served are the extras, by the same rule.
    Nobody gets more than quantity + extra. Ties go to who lost more before, then to the
    smaller `who`; under `first_come` to the smaller `who` of one moment, and what has no moment
    comes last. Raises ValueError when a participant has two wants.
    """
    line = sorted(wants, key=lambda want: (-want.lost_before, want.who))
    if len({want.who for want in line}) < len(line):
        raise ValueError("one want for each participant")
    if received is not None and received < 0:
        raise ValueError("less than nothing cannot come")
    firm_demand = sum(want.quantity for want in line)
    cases = cases_to_order(firm_demand, sum(want.extra for want in line), case)
    came = cases * case if received is None else received
    firm = _serve(min(came, firm_demand), _firm_turns(rule, line))
    extras = _serve(came - min(came, firm_demand), _extra_turns(rule, line))
    shares = tuple(
        _share(want, firm[want.who], extras[want.who], case, cases, came)
        for want in sorted(line, key=lambda want: want.who)
    )
    return Allocation(cases, came, came - sum(share.given for share in shares), shares)


def tier_price(tiers: Sequence[Tier], base: Millionths, pieces: int) -> Millionths:
    """The unit price when `pieces` are bought in all: the highest tier reached, else `base`."""
    reached = [tier for tier in tiers if tier[0] <= pieces]
    return max(reached, key=lambda tier: (tier[0], -tier[1]))[1] if reached else base


def next_tier(tiers: Sequence[Tier], pieces: int) -> Tier | None:
    """The nearest tier not yet reached, for "12 more and it costs …"; None at the top."""
    return min((tier for tier in tiers if tier[0] > pieces), default=None)


# A division is a row of turns, served one after the other; who share a turn, share by proportion.
# That makes the three rules one: a single turn, a turn for each loss, a turn for each place.


def _serve(pieces: int, turns: Iterable[Mapping[Who, int]]) -> dict[Who, int]:
    given: dict[Who, int] = {}
    for turn in turns:
        served = min(pieces, sum(turn.values()))
        for who, part in share_out(served, turn).items():
            given[who] = given.get(who, 0) + part
        pieces -= served
    return given


def _firm_turns(rule: SharingRule, line: Sequence[Want[Who]]) -> list[dict[Who, int]]:
    if rule == SharingRule.FIRST_COME:
        return _places([(want.who, _whole_queue(want)) for want in line])
    return _together(rule, [(want, want.quantity) for want in line])


def _extra_turns(rule: SharingRule, line: Sequence[Want[Who]]) -> list[dict[Who, int]]:
    if rule == SharingRule.FIRST_COME:
        first = [(want, _whole_queue(want)[0][0]) for want in line]
        return _places([(want.who, [(moment, want.extra)]) for want, moment in first])
    return _together(rule, [(want, want.extra) for want in line])


def _together(rule: SharingRule, asked: list[tuple[Want[Who], int]]) -> list[dict[Who, int]]:
    """One turn for all, or, rotating, one turn for all who lost equally much before."""
    turns: dict[int, dict[Who, int]] = {}
    for want, pieces in asked:  # comes sorted: the greatest loss first
        loss = want.lost_before if rule == SharingRule.ROTATE else 0
        turns.setdefault(loss, {})[want.who] = pieces
    return list(turns.values())


def _places(
    queues: Sequence[tuple[Who, Sequence[tuple[Moment | None, int]]]],
) -> list[dict[Who, int]]:
    """One turn for each place in line, oldest first; what has no moment comes last, by `who`."""
    dated = [
        (moment, who, pieces)
        for who, queue in queues
        for moment, pieces in queue
        if moment is not None
    ]
    undated = [
        (who, pieces) for who, queue in queues for moment, pieces in queue if moment is None
    ]
    in_line = [(who, pieces) for _, who, pieces in sorted(dated)] + sorted(undated)
    return [{who: pieces} for who, pieces in in_line]


def _whole_queue(want: Want[Who]) -> list[tuple[Moment | None, int]]:
    """The queue, cut or filled to the wanted quantity, never empty; the undated part is last."""
    places: list[tuple[Moment | None, int]] = [*_oldest(want.queue, want.quantity)]
    unknown = want.quantity - sum(pieces for _, pieces in places)
    return [*places, (None, unknown)]


def _oldest(queue: Queue, quantity: int) -> Iterable[tuple[Moment, int]]:
    """The oldest places that hold `quantity` pieces; one that held 0 from the start stays."""
    for moment, pieces in queue:
        kept = min(pieces, quantity)
        if kept or not pieces:
            yield moment, kept
        quantity -= kept


def _share(want: Want[Who], firm: int, extra: int, case: int, cases: int, came: int) -> Share[Who]:
    return Share(
        who=want.who,
        wanted=want.quantity,
        extra=want.extra,
        given=firm + extra,
        given_extra=extra,
        reason=_reason(want, firm, extra, ordered=cases * case, came=came),
        case=case,
        cases=cases,
        ordered=cases * case,
        came=came,
    )


def _reason(want: Want[Who], firm: int, extra: int, *, ordered: int, came: int) -> Reason:
    if extra:
        return Reason.MORE_CAME if came > ordered else Reason.HELPED
    if firm == want.quantity:
        return Reason.AS_WANTED if firm else Reason.NOT_NEEDED
    if came < ordered:
        return Reason.LESS_CAME
    return Reason.SHORT if came else Reason.NOTHING

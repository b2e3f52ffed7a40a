"""What was done in one breath, by one hand, in one round: told together, as people remember it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from purchasing.trail.telling import Told, person_of

BREATH = timedelta(minutes=1)  # the longest pause in it


@dataclass
class Happening:
    """`done` has the newest first. `who` is empty where none of it says so; `hand` is a name."""

    since: datetime
    at: datetime
    who: str
    hand: str
    round_id: int | None
    done: list[Told] = field(default_factory=list)

    @property
    def last_id(self) -> int:
        """The note to go on from."""
        return self.done[-1].id

    @property
    def is_dated(self) -> bool:
        """Whether nothing in it says when it was done, only for when it was booked."""
        return all(one.is_dated for one in self.done)


def fold(told: Iterable[Told]) -> Iterator[Happening]:
    """What came one after another, put together; the newest first, as it is told."""
    now: Happening | None = None
    for one in told:
        if now is None or not _belongs(one, now):
            if now is not None:
                yield now
            now = Happening(one.at, one.at, one.who, one.hand, one.round_id)
        _take_in(one, now)
    if now is not None:
        yield now


def _belongs(one: Told, now: Happening) -> bool:
    same_hand = not now.hand or not one.hand or now.hand == one.hand
    return same_hand and now.round_id == one.round_id and _in_one_breath(one, now)


def _in_one_breath(one: Told, now: Happening) -> bool:
    """What is booked for another day belongs to what was done, and so sealed, beside it."""
    if not one.is_dated and not now.is_dated:
        return abs(now.since - one.at) <= BREATH
    ours, theirs = now.done[-1].sealed_at, one.sealed_at
    return ours is None or theirs is None or abs(ours - theirs) <= BREATH


def _take_in(one: Told, now: Happening) -> None:
    if now.is_dated and not one.is_dated:
        now.since = now.at = one.at
    elif not one.is_dated or now.is_dated:
        now.since, now.at = min(now.since, one.at), max(now.at, one.at)
    now.done.append(one)
    if not now.hand or person_of(one.who) is not None:
        now.who, now.hand = one.who or now.who, one.hand or now.hand

"""When rounds open and close: wall clock in, UTC out, across summer time.

People plan in wall time ("Thursday eight in the evening"); instants are stored in UTC. A rhythm is
therefore computed anew for each delivery, never by adding seven days to an instant.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

from purchasing.errors import N_, Refused


class NoSuchTime(Refused):
    message = N_("%(day)s at %(at)s does not exist: the clock goes forward then. Choose another.")


class ImpossibleRhythm(Refused):
    """A plan whose moments cannot follow one another."""


class NotEveryWeek(ImpossibleRhythm):
    message = N_("A round comes back every so many weeks: at least 1, at most 52.")


class NoSuchWeekday(ImpossibleRhythm):
    message = N_("Choose the weekday of the delivery.")


class NoSuchStart(ImpossibleRhythm):
    message = N_("Choose a first delivery day in this century.")


class ClosesTooLate(ImpossibleRhythm):
    message = N_("A round must close at least one day before its delivery.")


class OpensTooLate(ImpossibleRhythm):
    message = N_("A round must open before it closes.")


class OpensTooEarly(ImpossibleRhythm):
    message = N_("A round can open at most a year before its delivery.")


def to_utc(day: date, at: time, zone: ZoneInfo, *, later: bool = False) -> datetime:
    """The instant at which the clocks of `zone` show this day and time.

    When the clock goes back a time comes twice: the first is meant, unless `later`. When it goes
    forward an hour is skipped: refused.
    """
    local = datetime.combine(day, at.replace(fold=int(later)), zone)
    if not _exists(local):
        raise NoSuchTime(day=day, at=at)
    return local.astimezone(UTC)


def planned_utc(day: date, at: time, zone: ZoneInfo) -> datetime:
    """The instant of a wall time that follows from a rule, with nobody at the keyboard to ask.

    Never refuses: a time that the clock skips is moved forward by the missing hour (RFC 5545,
    3.3.5); one that comes twice is the first.
    """
    return datetime.combine(day, at.replace(fold=0), zone).astimezone(UTC)


def to_local(moment: datetime, zone: ZoneInfo) -> datetime:
    """What the clocks of `zone` show at an instant, offset included."""
    if moment.tzinfo is None:
        raise ValueError("naive datetime")
    return moment.astimezone(zone)


def is_ambiguous(day: date, at: time, zone: ZoneInfo) -> bool:
    """Whether this time comes twice that day, so that the page must ask which is meant."""
    first = datetime.combine(day, at.replace(fold=0), zone)
    return _exists(first) and first.utcoffset() != first.replace(fold=1).utcoffset()


@dataclass(frozen=True, slots=True)
class ClockChange:
    """At this instant the clocks go forward (`shift` above zero) or back."""

    at: datetime
    shift: timedelta


def clock_changes_between(start: datetime, end: datetime, zone: ZoneInfo) -> list[ClockChange]:
    """The clock changes after `start` and up to `end`, for a word on the page. To the second."""
    changes: list[ClockChange] = []
    here = start.astimezone(UTC).replace(microsecond=0)
    while here < end:
        ahead = min(here + timedelta(days=1), end)
        shift = _offset(ahead, zone) - _offset(here, zone)
        if shift:
            changes.append(ClockChange(_first_with_offset_of(ahead, here, zone), shift))
        here = ahead
    return changes


@dataclass(frozen=True, slots=True)
class Rhythm:
    """A round that comes back: planned from the delivery day backwards, in wall time.

    Deliveries fall on `delivery_weekday` (0 is Monday), the first on or after `anchor`, then every
    `every_weeks` weeks. A date in `skip` is dropped; the others stay where they are.
    """

    every_weeks: int
    delivery_weekday: int
    anchor: date
    close_days_before: int
    close_at: time
    open_days_before: int
    open_at: time
    skip: frozenset[date] = field(default_factory=frozenset)

    def __post_init__(self) -> None:
        if not 1 <= self.every_weeks <= 52:
            raise NotEveryWeek
        if not 0 <= self.delivery_weekday <= 6:
            raise NoSuchWeekday
        if not 2000 <= self.anchor.year <= 2099:  # dates end; a typing slip must not reach there
            raise NoSuchStart
        if self.close_days_before < 1:
            raise ClosesTooLate
        if (-self.open_days_before, self.open_at) >= (-self.close_days_before, self.close_at):
            raise OpensTooLate
        if self.open_days_before > 366:
            raise OpensTooEarly


@dataclass(frozen=True, slots=True)
class Planned:
    """One round to come: the local day of delivery, and two instants in UTC."""

    delivery_on: date
    opens_at: datetime
    closes_at: datetime


def plan(rhythm: Rhythm, *, after: date, count: int, zone: ZoneInfo) -> list[Planned]:
    """The next `count` rounds with a delivery after that date.

    Times are `planned_utc`: a plan that runs by itself must not come to a stop in March. The page
    that shows the plan tells of it with `clock_changes_between`.
    """
    return [_planned(rhythm, day, zone) for day in islice(_deliveries(rhythm, after), count)]


def _deliveries(rhythm: Rhythm, after: date) -> Iterator[date]:
    to_weekday = (rhythm.delivery_weekday - rhythm.anchor.weekday()) % 7
    first = rhythm.anchor + timedelta(days=to_weekday)
    step = timedelta(weeks=rhythm.every_weeks)
    day = first + max(0, (after - first) // step + 1) * step
    while True:
        if day not in rhythm.skip:
            yield day
        day += step


def _planned(rhythm: Rhythm, delivery_on: date, zone: ZoneInfo) -> Planned:
    opens_on = delivery_on - timedelta(days=rhythm.open_days_before)
    closes_on = delivery_on - timedelta(days=rhythm.close_days_before)
    opens_at = planned_utc(opens_on, rhythm.open_at, zone)
    closes_at = planned_utc(closes_on, rhythm.close_at, zone)
    if opens_at >= closes_at:  # both within the skipped hour
        raise OpensTooLate
    return Planned(delivery_on, opens_at, closes_at)


def _exists(local: datetime) -> bool:
    back = local.astimezone(UTC).astimezone(local.tzinfo)
    return back.replace(tzinfo=None) == local.replace(tzinfo=None)


def _offset(moment: datetime, zone: ZoneInfo) -> timedelta:
    return moment.astimezone(zone).utcoffset() or timedelta(0)


def _first_with_offset_of(changed: datetime, before: datetime, zone: ZoneInfo) -> datetime:
    """Halve the time between them until one second is left."""
    offset = _offset(changed, zone)
    while changed - before > timedelta(seconds=1):
        middle = (before + (changed - before) / 2).replace(microsecond=0)
        if _offset(middle, zone) == offset:
            changed = middle
        else:
            before = middle
    return changed

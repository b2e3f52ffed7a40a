"""The boundary grid: sixteen cases, as the specification names them, and what happens in each.

One table. A row is a situation: the steps in it, and what each of them says. Times are counted
from eight in the evening, when the round closes. Every row runs on both kinds of database.
"""

from collections.abc import Callable
from datetime import date, time, timedelta
from typing import Any, NamedTuple

import pytest

from purchasing import lifecycle
from purchasing.errands import Kind
from purchasing.papers import PaperKind
from tests.builders import DAY
from tests.evening import (
    HOUR,
    MINUTE,
    SECOND,
    TICK,
    Evening,
    asks_which,
    eight_each_week,
    trusts_after,
    typed,
)

EIGHT = timedelta(0)  # every time is counted from it
GRACE = 2 * SECOND
SPRING, AUTUMN = date(2026, 3, 29), date(2026, 10, 25)  # when the clocks change
ORDERED = "ordered, version 2"  # what is chosen is the first version
AGAIN = "ordered, version 4"


class Row(NamedTuple):
    case: str
    situation: str
    steps: Callable[[Evening, Any], list[Any]]
    told: list[Any]


def close_now(e: Evening, at: timedelta) -> Any:
    return e.moves(lifecycle.close_now, at=at)


def cancel(e: Evening, at: timedelta) -> Any:
    return e.moves(lifecycle.cancel, at=at, reason="De boer is ziek")


def settle(e: Evening, at: timedelta = DAY) -> Any:
    return e.moves(lifecycle.settle, at=at)


def receive(e: Evening) -> Any:
    return e.moves(lifecycle.receive, at=DAY)


# fmt: off
GRID = [
    Row("1 meaning of closes at 20:00", "received a microsecond before",
        lambda e, _: [e.orders(-TICK), e.clock(EIGHT), e.divided()],
        [ORDERED, "ordered", {"Ada": 6}]),
    Row("1 meaning of closes at 20:00", "received at 20:00:00.000000",
        lambda e, _: [e.orders(EIGHT), e.clock(EIGHT), e.divided()],
        ["TooLate", "ordered", {}]),
    Row("1 meaning of closes at 20:00", "received a microsecond after",
        lambda e, _: [e.orders(TICK), e.clock(SECOND), e.divided()],
        ["TooLate", "ordered", {}]),
    Row("1 meaning of closes at 20:00", "received before, saved after, within the grace",
        lambda e, _: [e.clock(SECOND, grace=GRACE), e.orders(-TICK), e.clock(GRACE, grace=GRACE),
                      e.divided()],
        ["open", ORDERED, "ordered", {"Ada": 6}]),
    Row("1 meaning of closes at 20:00", "received before, not saved until it was closed",
        lambda e, _: [e.clock(EIGHT), e.orders(-TICK), e.divided()],
        ["ordered", "NotSavedInTime", {}]),
    Row("1 meaning of closes at 20:00", "the clock comes a microsecond early",
        lambda e, _: [e.clock(-TICK), e.moves(lifecycle.close, at=-TICK), e.orders(-TICK)],
        ["open", "TooEarly", ORDERED]),

    Row("2 local times", "a weekly eight o'clock over the end of summer time",
        lambda e, _: [eight_each_week(date(2026, 10, 16), 3)],
        [["15 Oct 18:00Z", "22 Oct 18:00Z", "29 Oct 19:00Z"]]),
    Row("2 local times", "a weekly eight o'clock over its beginning",
        lambda e, _: [eight_each_week(date(2026, 3, 20), 3)],
        [["19 Mar 19:00Z", "26 Mar 19:00Z", "02 Apr 18:00Z"]]),
    Row("2 local times", "a time that does not exist",
        lambda e, _: [typed(SPRING, time(2, 30)), typed(SPRING, time(3, 0))],
        ["NoSuchTime", "29 Mar 01:00Z"]),
    Row("2 local times", "a time that comes twice",
        lambda e, _: [asks_which(AUTUMN, time(2, 30)), typed(AUTUMN, time(2, 30)),
                      typed(AUTUMN, time(2, 30), later=True), asks_which(AUTUMN, time(3, 0))],
        [True, "25 Oct 00:30Z", "25 Oct 01:30Z", False]),

    Row("3 idempotent replay", "the same form twice",
        lambda e, _: [e.orders(key="k"), e.orders(key="k"), e.clock(), e.divided()],
        [ORDERED, ORDERED, "ordered", {"Ada": 6}]),
    Row("3 idempotent replay", "the same form again after closing",
        lambda e, _: [e.orders(key="k"), e.clock(), e.orders(HOUR, key="k"), e.divided()],
        [ORDERED, "ordered", ORDERED, {"Ada": 6}]),
    Row("3 idempotent replay", "the same key with other contents, also after closing",
        lambda e, _: [e.orders(key="k"), e.orders(key="k", pieces=7), e.clock(),
                      e.orders(HOUR, key="k", pieces=7), e.divided()],
        [ORDERED, "FormReused", "ordered", "FormReused", {"Ada": 6}]),
    Row("3 idempotent replay", "somebody else's key",
        lambda e, _: [e.orders(key="k"), e.orders(key="k", who="Ben"), e.clock(), e.divided()],
        [ORDERED, "FormReused", "ordered", {"Ada": 6}]),

    Row("4 extension and shortening", "between eight and the claim an extension wins",
        lambda e, _: [e.extends(HOUR, at=SECOND), e.clock(GRACE), e.orders(2 * SECOND)],
        ["extended", "open", ORDERED]),
    Row("4 extension and shortening", "who was refused meanwhile stays refused",
        lambda e, _: [e.orders(SECOND), e.extends(HOUR, at=2 * SECOND), e.clock(HOUR),
                      e.divided()],
        ["TooLate", "extended", "ordered", {}]),
    Row("4 extension and shortening", "after the claim it is too late to extend",
        lambda e, _: [e.clock(), e.extends(HOUR, at=SECOND)],
        ["ordered", "WrongState"]),
    Row("4 extension and shortening", "a deadline is not put earlier",
        lambda e, _: [e.extends(-HOUR, at=-2 * HOUR), e.extends(EIGHT, at=-HOUR)],
        ["NoWindow", "NoWindow"]),
    Row("4 extension and shortening", "but a coordinator may close now",
        lambda e, _: [e.orders(-HOUR), close_now(e, -HOUR), e.orders(-HOUR + SECOND, who="Ben"),
                      e.clock(EIGHT), e.divided()],
        [ORDERED, "closed", "TooLate", "ordered", {"Ada": 6}]),

    Row("5 reopen", "never: what is closed stays closed",
        lambda e, _: [close_now(e, -HOUR), e.moves(lifecycle.open_round, at=-HOUR),
                      e.extends(HOUR, at=-HOUR), e.orders(-MINUTE)],
        ["closed", "WrongState", "WrongState", "TooLate"]),

    Row("6 cancel", "what has not been sent is called off with it",
        lambda e, _: [e.orders(), cancel(e, -MINUTE), e.states(Kind.MAIL_ORDER_PLACED),
                      e.states(Kind.MAIL_NEWS), e.clock(), e.numbers()],
        [ORDERED, "cancelled", ["cancelled"], ["waiting"], "cancelled", []]),
    Row("6 cancel", "what is being sent is left to end",
        lambda e, _: [e.orders(), e.order_mail_is_being_sent(), cancel(e, -MINUTE),
                      e.states(Kind.MAIL_ORDER_PLACED)],
        [ORDERED, "being sent", "cancelled", ["leased"]]),
    Row("6 cancel", "between closing and ordering",
        lambda e, _: [e.orders(), close_now(e, -MINUTE), cancel(e, -MINUTE), e.clock(),
                      e.divided(), e.owes()],
        [ORDERED, "closed", "cancelled", "cancelled", {}, 0]),
    Row("6 cancel", "not once it is ordered, and nobody orders in what is cancelled",
        lambda e, _: [e.clock(), cancel(e, HOUR), e.begins(), cancel(e, -HOUR), e.orders()],
        ["ordered", "WrongState", "open", "cancelled", "RoundCancelled"]),

    Row("7 coordinator edits after closing", "demand is frozen, also for who goes round the code",
        lambda e, _: [e.orders(), e.goes_round_the_code(pieces=7), close_now(e, -MINUTE),
                      e.goes_round_the_code(pieces=8), e.clock(), e.divided()],
        [ORDERED, "changed", "closed", "the database refuses", "ordered", {"Ada": 7}]),

    Row("8 corrected delivery", "a credit note of its own series, and the invoice stays",
        lambda e, _: [e.orders(), e.clock(), e.counts(4), receive(e), settle(e), e.bills(),
                      e.owes()],
        [ORDERED, "ordered", "4 came", "delivered", "settled",
         [("2026-0001", 654), ("C-2026-0001", -218)], 654 - 218]),
    Row("8 corrected delivery", "settled once, whoever tries again",
        lambda e, _: [e.orders(), e.clock(), e.counts(0), receive(e), settle(e), settle(e),
                      e.counts(1), e.bills(), e.owes()],
        [ORDERED, "ordered", "0 came", "delivered", "settled", "WrongState", "NotCountedNow",
         [("2026-0001", 654), ("C-2026-0001", -654)], 0]),

    Row("9 allocation is a pure function", "the order of rows decides nothing",
        lambda e, _: [e.orders(pieces=5), e.orders(who="Ben", pieces=7),
                      e.same_decision_in_any_order(), e.clock(), e.divided(),
                      e.same_decision_in_any_order()],
        [ORDERED, ORDERED, True, "ordered", {"Ada": 5, "Ben": 7}, True]),
    Row("9 allocation is a pure function", "nor who gets the piece that cannot be halved",
        lambda e, _: [e.begins_with_cases_of(5), e.orders(who="Ben", pieces=3),
                      e.orders(pieces=3), e.same_decision_in_any_order(), e.clock(), e.divided()],
        ["open", ORDERED, ORDERED, True, "ordered", {"Ada": 3, "Ben": 2}]),

    Row("10 documents", "the same record is the same bytes",
        lambda e, _: [e.orders(), e.clock(), e.prints_the_same_twice()],
        [ORDERED, "ordered", True]),
    Row("10 documents", "what was printed is never printed over",
        lambda e, patch: [e.orders(), e.clock(), e.errands_run(), e.prints_otherwise(patch),
                          e.archive_holds()],
        [ORDERED, "ordered", "run", "kept the first", "3 of 3"]),

    Row("11 archive", "the file is there before its row is",
        lambda e, patch: [e.orders(), e.clock(), e.dies_between_file_and_row(patch), e.files(),
                          e.archive_holds(), e.errands_run(HOUR), e.files(), e.archive_holds()],
        [ORDERED, "ordered", "died", 1, "0 of 3", "run", 3, "3 of 3"]),
    Row("11 archive", "a byte that changed is noticed",
        lambda e, _: [e.orders(), e.clock(), e.errands_run(), e.a_file_changes(),
                      e.archive_holds()],
        [ORDERED, "ordered", "run", "changed", "Damaged"]),

    Row("12 mail", "a participant's that may have gone is sent again",
        lambda e, _: [e.orders(), e.clock(), e.bill_is_being_sent(), e.post_room_comes(),
                      e.states(Kind.MAIL_PAPER)],
        [ORDERED, "ordered", "being sent", "came", ["done"]]),
    Row("12 mail", "a supplier's that may have gone waits for a word",
        lambda e, _: [e.orders(), e.clock(), e.sheet_is_being_sent(), e.post_room_comes(),
                      e.states(Kind.MAIL_SHEET), e.sent()["sheet"]],
        [ORDERED, "ordered", "being sent", "came", ["uncertain"], 0]),
    Row("12 mail", "each once where nothing goes wrong, however often somebody looks",
        lambda e, _: [e.orders(), e.clock(), e.errands_run(), e.errands_run(DAY), e.sent()],
        [ORDERED, "ordered", "run", "run", {"sheet": 1, "participant": 2}]),

    Row("13 restore", "mail waits, and an order that may have gone is in doubt",
        lambda e, _: [e.orders(), e.clock(), e.sheet_is_being_sent(), e.backup_is_put_back(),
                      e.post_room_comes(), e.sent(), e.states(Kind.MAIL_SHEET)],
        [ORDERED, "ordered", "being sent", "put back", "came", {}, ["uncertain"]]),
    Row("13 restore", "no number is issued that went out since",
        lambda e, _: [e.orders(), e.backup_is_put_back(invoice=7), e.clock(), e.numbers()],
        [ORDERED, "put back", "ordered", ["2026-0008"]]),

    Row("14 clock guard", "after an hour's jump, forward or back, three calm ticks first",
        lambda e, _: [trusts_after(HOUR, 4), trusts_after(-HOUR, 4)],
        2 * [[False, False, False, True]]),
    Row("14 clock guard", "a minute is a correction, a second more is a jump",
        lambda e, _: [trusts_after(MINUTE, 1), trusts_after(MINUTE + SECOND, 1)],
        [[True], [False]]),

    Row("15 downtime over the deadline", "closed at once, dated as it was, and nobody slips in",
        lambda e, _: [e.orders(-TICK), e.orders(30 * MINUTE, who="Ben"), e.clock(70 * MINUTE),
                      e.closed_at(), e.divided()],
        [ORDERED, "TooLate", "ordered", 70 * MINUTE, {"Ada": 6}]),

    Row("16 nobody ordered, or below the minimum", "no number is taken",
        lambda e, _: [e.clock(), e.numbers(), e.taken()],
        ["ordered", [], {}]),
    Row("16 nobody ordered, or below the minimum", "called off by its rule, no number is taken",
        lambda e, _: [e.begins(minimum_cents=100_00, shortfall_rule="cancel"), e.orders(),
                      e.clock(), e.divided(), e.taken()],
        ["open", ORDERED, "cancelled", {}, {}]),
    Row("16 nobody ordered, or below the minimum", "waits for a coordinator by its rule",
        lambda e, _: [e.begins(minimum_cents=100_00, shortfall_rule="wait"), e.orders(),
                      e.clock(), e.clock(DAY), e.taken(),
                      e.moves(lifecycle.order, at=DAY, despite_shortfall=True),
                      e.numbers(PaperKind.INVOICE)],
        ["open", ORDERED, "closed", "closed", {}, "ordered", ["2026-0001"]]),
]
# fmt: on


@pytest.mark.parametrize("row", GRID, ids=lambda row: f"{row.case}: {row.situation}")
def test_at_the_boundary(app, session, monkeypatch, row: Row) -> None:
    assert row.steps(Evening(app, session), monkeypatch) == row.told


def test_the_grid_has_all_sixteen_cases() -> None:
    assert {int(row.case.split()[0]) for row in GRID} == set(range(1, 17))

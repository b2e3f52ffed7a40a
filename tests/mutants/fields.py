"""Where faults are put in, and which tests are to find them.

To HARMLESS belongs only what somebody has looked at: a part of a mutant's line, and why no test
can tell it from the real thing.
"""

FIELDS: dict[str, tuple[list[str], list[str]]] = {
    "money": (
        ["purchasing/money.py"],
        ["tests/purchasing/test_money.py", "tests/purchasing/test_pooling.py"],
    ),
    "allocation": (
        ["purchasing/allocation.py"],
        ["tests/purchasing/test_allocation.py", "tests/purchasing/test_pooling.py"],
    ),
    "pooling": (
        ["purchasing/pooling.py"],
        [
            "tests/purchasing/test_pooling.py",
            "tests/purchasing/test_ordering.py",
            "tests/purchasing/test_reconciliation.py",
            "tests/purchasing/test_arrival.py",
        ],
    ),
    "closing": (
        ["purchasing/lifecycle.py", "purchasing/clock.py", "purchasing/ordering.py"],
        [
            "tests/purchasing/test_lifecycle.py",
            "tests/purchasing/test_clock.py",
            "tests/purchasing/test_ordering.py",
            "tests/purchasing/test_guards.py",
            "tests/purchasing/test_fourth_category.py",
            "tests/purchasing/test_deliveries.py",
            "tests/purchasing/test_late.py",
            "tests/purchasing/test_signups.py",
            "tests/purchasing/energy/test_life_of_a_tender.py",
            "tests/app/test_survey.py",
            "tests/app/test_scheduler.py",
            "tests/test_boundaries.py",
        ],
    ),
    "demand": (
        ["purchasing/demand.py", "purchasing/commitments.py"],
        [
            "tests/purchasing/test_demand.py",
            "tests/purchasing/test_lifecycle.py",
            "tests/app/test_order.py",
            "tests/test_boundaries.py",
        ],
    ),
    "errands": (
        ["purchasing/errands.py", "app/errands/room.py", "app/errands/postroom.py"],
        ["tests/purchasing/test_errands.py", "tests/app/test_errands.py"],
    ),
    "authorisation": (
        ["app/auth.py", "app/devices.py"],
        [
            "tests/app/test_account.py",
            "tests/app/test_every_route.py",
            "tests/app/test_mine.py",
            "tests/app/test_logs.py",
        ],
    ),
}

HARMLESS: dict[str, str] = {}

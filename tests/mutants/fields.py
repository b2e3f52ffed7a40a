"""Where faults are put in, and which tests are to find them."""

from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class Field:
    """Files and tests. Of the guarded ones only the guards are changed.

    All tests run on SQLite; those `on_postgres`, by file and name, on PostgreSQL too: there is
    a row lock seen to be missing, while on SQLite writers take turns anyway.
    """

    files: list[str]
    tests: list[str]
    guarded: list[str] = field(default_factory=list)
    on_postgres: list[str] = field(default_factory=list)

    @property
    def paths(self) -> list[Path]:
        return [Path(file) for file in self.files]

    @property
    def guarded_paths(self) -> list[Path]:
        found = [path for one in self.guarded for path in sorted(Path().glob(one))]
        assert found or not self.guarded
        return found


FIELDS: dict[str, Field] = {
    "money": Field(
        ["purchasing/money.py"],
        ["tests/purchasing/test_money.py", "tests/purchasing/test_pooling.py"],
    ),
    "allocation": Field(
        ["purchasing/allocation.py"],
        ["tests/purchasing/test_allocation.py", "tests/purchasing/test_pooling.py"],
    ),
    "pooling": Field(
        ["purchasing/pooling.py"],
        [
            "tests/purchasing/test_pooling.py",
            "tests/purchasing/test_ordering.py",
            "tests/purchasing/test_arrival.py",
        ],
    ),
    "demand": Field(
        ["purchasing/demand.py", "purchasing/commitments.py"],
        [
            "tests/purchasing/test_demand.py",
            "tests/purchasing/test_lifecycle.py",
            "tests/purchasing/test_clock.py",
            "tests/purchasing/test_ordering.py",
            "tests/purchasing/test_last_second.py",
            "tests/app/test_order.py",
            "tests/test_boundaries.py",
        ],
        on_postgres=[  # where drafts, which have no date, would come before what is dated
            "tests/purchasing/test_demand.py"
            "::test_a_later_draft_does_not_stand_before_the_last_order"
        ],
    ),
    "closing": Field(
        ["purchasing/lifecycle.py", "purchasing/clock.py", "purchasing/deadlines.py"],
        [
            "tests/purchasing/test_lifecycle.py",
            "tests/purchasing/test_clock.py",
            "tests/purchasing/test_last_second.py",
            "tests/purchasing/test_guards.py",
            "tests/purchasing/test_ordering.py",
            "tests/purchasing/test_payments.py",
            "tests/purchasing/test_substitutes.py",
            "tests/purchasing/test_late.py",
            "tests/purchasing/test_signups.py",
            "tests/purchasing/energy/test_life_of_a_tender.py",
            "tests/purchasing/energy/test_survey.py",
            "tests/purchasing/insurance/test_licensed.py",
            "tests/app/test_photos.py::test_photos_go_when_their_days_are_over",
        ],
        on_postgres=["tests/purchasing/test_clock.py::test_what_one_clock_does_another_waits_for"],
    ),
    "errands": Field(
        [
            "purchasing/errands.py",
            "app/errands/__init__.py",
            "app/errands/room.py",
            "app/errands/postroom.py",
            "app/errands/pressroom.py",
        ],
        [
            "tests/purchasing/test_errands.py",
            "tests/app/test_errands.py",
        ],
    ),
    "authorisation": Field(
        ["app/auth.py", "app/devices.py"],
        [
            "tests/app/test_account.py",
            "tests/app/test_every_route.py",
            "tests/app/test_mine.py",
            "tests/app/test_logs.py",
        ],
    ),
    "guards": Field(
        [],
        [
            "tests/app/test_every_route.py",
            "tests/app/coordinator/test_guards.py",
            "tests/app/test_mine.py",
            "tests/app/test_order.py",
            "tests/app/test_statement.py",
            "tests/app/test_online.py",
            "tests/app/test_report.py",
            "tests/app/test_answer.py",
            "tests/app/test_bid.py",
        ],
        guarded=[
            "app/views/*.py",
            "app/views/coordinator/*.py",
            "app/intake.py",
            "app/requested.py",
        ],
    ),
}

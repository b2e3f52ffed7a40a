"""Where faults are put in, and which tests are to find them."""

from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class Field:
    """Files and tests. Of the guarded ones only the guards are changed.

    All tests run on SQLite; those `on_postgres`, by file and name, on PostgreSQL too: there is
    a row lock seen to be missing, while on SQLite writers take turns anyway. Those `at_doors`
    meet every door that stands open, for who is refused there never comes to the view itself.
    """

    files: list[str]
    tests: list[str]
    guarded: list[str] = field(default_factory=list)
    on_postgres: list[str] = field(default_factory=list)
    at_doors: list[str] = field(default_factory=list)

    @property
    def paths(self) -> list[Path]:
        return [Path(file) for file in self.files]

    @property
    def guarded_paths(self) -> list[Path]:
        found = [path for one in self.guarded for path in sorted(Path().glob(one))]
        assert found or not self.guarded
        return found


def _of_every_route(*names: str) -> list[str]:
    """Those that are quick; the others walk through the whole site for each mutant."""
    return [f"tests/app/test_every_route.py::test_{name}" for name in names]


def _without(*tests: str) -> list[str]:
    """Those that let other processes work: they are slow, and no mutant gets there."""
    return [f"--deselect=tests/app/{test}" for test in tests]


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
            "purchasing/handing_out.py",
            "purchasing/listening.py",
            "app/errands/__init__.py",
            "app/errands/room.py",
            "app/errands/postroom.py",
            "app/errands/pressroom.py",
            "app/errands/listeners.py",
            "app/worker.py",
            "app/workforce.py",
            "app/engine/__init__.py",
        ],
        [
            "tests/purchasing/test_errands.py",
            "tests/app/test_errands.py",
            "tests/app/test_rooms.py",
            "tests/app/test_post_room.py",
            "tests/app/test_press_room.py",
            "tests/app/test_listening_room.py",
            "tests/app/test_worker.py",
            "tests/app/test_engine_settings.py",
            "tests/app/test_online.py",
            "tests/app/test_online_found.py",
            *_without(
                "test_errands.py::test_killed_between_sending_and_saying_so",
                "test_errands.py::test_killed_while_printing_loses_no_paper",
                "test_worker.py::test_an_errand_that_kills_every_worker_holds_up_no_other",
                "test_worker.py::test_two_workers_share_the_errands_and_leave_closing_to_the_clock",
            ),
        ],
        on_postgres=[
            "tests/purchasing/test_errands.py::"
            "test_nobody_waits_for_who_is_just_being_handed_an_errand"
        ],
    ),
    "authorisation": Field(
        ["app/auth.py", "app/devices.py", "app/second_step.py"],
        [
            "tests/app/test_account.py",
            "tests/app/test_who_asks.py",
            "tests/app/test_second_step.py",
            "tests/app/test_authorisation.py",
            "tests/app/coordinator/test_observer.py",
            *_of_every_route(
                "nothing_of_a_household_is_shown_to_who_is_not_of_it",
                "who_it_concerns_does_see_it",
                "nobody_changes_what_is_anothers",
                "no_change_is_made_for_a_page_of_another_site_even_with_a_token",
            ),
            "tests/app/test_mine.py",
            "tests/app/test_logs.py",
        ],
        on_postgres=[
            "tests/app/test_second_step.py::test_of_two_who_send_one_code_at_once_one_gets_in"
        ],
    ),
    "guards": Field(
        [],
        [
            "tests/app/test_authorisation.py",
            *_of_every_route("nothing_of_a_household_is_shown_to_who_is_not_of_it"),
            "tests/app/test_intake.py",
            "tests/app/test_account.py",
            "tests/app/test_answer.py",
            "tests/app/test_bid.py",
            "tests/app/test_direct_debit.py",
            "tests/app/test_home.py",
            "tests/app/test_instalments.py",
            "tests/app/test_invoices_for_programs.py",
            "tests/app/test_mine.py",
            "tests/app/test_offer.py",
            "tests/app/test_online.py",
            "tests/app/test_operation.py",
            "tests/app/test_order.py",
            "tests/app/test_own_data.py",
            "tests/app/test_photos.py",
            "tests/app/test_report.py",
            "tests/app/test_requests.py::test_no_page_breaks_on_what_is_asked_or_sent",
            "tests/app/test_second_step.py",
            "tests/app/test_signup.py",
            "tests/app/test_statement.py",
            "tests/app/test_survey.py",
            "tests/app/test_tender_pages.py",
            "tests/app/coordinator",
            *_without("coordinator/test_query_counts.py"),
        ],
        guarded=[
            "app/views/*.py",
            "app/views/coordinator/*.py",
            "app/intake.py",
            "app/requested.py",
        ],
        at_doors=[
            "tests/app/test_authorisation.py"
            "::test_each_is_let_in_where_the_table_says_and_nowhere_else"
        ],
    ),
}

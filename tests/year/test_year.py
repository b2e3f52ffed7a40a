"""Five hundred lives of rounds, on both databases; `./dev year` lives as many as you like."""

import pytest

from tests.databases import remember_statements
from tests.year import databases
from tests.year.machine import Tally, live_years

TESTS = [("sqlite", seed) for seed in range(1, 10)] + [("postgres", 10)]
CYCLES = 50  # of each; all together they are five hundred
YEARS = 2  # to begin with: an ordinary one, and one that is drawn; what lacks are ordinary ones


@pytest.mark.filterwarnings("ignore::hypothesis.errors.NonInteractiveExampleWarning")
@pytest.mark.parametrize(("kind", "seed"), TESTS)
def test_whatever_happens_in_a_year_every_promise_holds(request, tmp_path, kind, seed) -> None:
    fresh, tally = databases.of(request.getfixturevalue(f"_{kind}"), tmp_path), Tally()

    live_years(fresh, tally, seed_=seed, years=YEARS, prepare=remember_statements)
    while tally.cycles < CYCLES:
        seed += 100
        live_years(fresh, tally, seed_=seed, years=1, prepare=remember_statements)

    assert tally.cycles >= CYCLES


def test_there_are_five_hundred_of_them() -> None:
    assert len(TESTS) * CYCLES >= 500

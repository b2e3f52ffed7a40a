"""Five hundred lives of rounds, on both databases; `./dev year` lives as many as you like."""

import pytest

from tests.databases import remember_statements
from tests.year import databases
from tests.year.machine import Tally, live_years

# Whole years are lived until there are so many lives: the fewer tests, the fewer years too many.
TESTS = [*(("sqlite", seed, 90) for seed in range(1, 6)), ("postgres", 10, 50)]
YEARS = 2  # to begin with: an ordinary one, and one that is drawn; what lacks are ordinary ones


@pytest.mark.filterwarnings("ignore::hypothesis.errors.NonInteractiveExampleWarning")
@pytest.mark.parametrize(("kind", "seed", "lives"), TESTS)
def test_whatever_happens_in_a_year_every_promise_holds(
    request, tmp_path, kind, seed, lives
) -> None:
    fresh, tally = databases.of(request.getfixturevalue(f"_{kind}"), tmp_path), Tally()

    live_years(fresh, tally, seed_=seed, years=YEARS, prepare=remember_statements)
    while tally.cycles < lives:
        seed += 100
        live_years(fresh, tally, seed_=seed, years=1, prepare=remember_statements)

    assert tally.cycles >= lives


def test_there_are_five_hundred_of_them() -> None:
    assert sum(lives for _, _, lives in TESTS) >= 500

"""`./dev year [--cycles N] [--seed S] [--database sqlite|postgresql]`: years upon years.

A cycle is a round that was opened and has come to its end. Each seed is one year or two; the last
line of a failure says how to see it again.
"""

import argparse
import logging
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.conftest import _memory
from tests.databases import Postgres, Sqlite, remember_statements, start_postgres, stop_postgres
from tests.year import databases
from tests.year.machine import NewDatabase, Tally, live_years

YEARS = 2  # of each seed: the first is an ordinary one


def main(arguments: Sequence[str] | None = None) -> int:
    """Returns 0 where nothing was violated."""
    options = _options(arguments)
    logging.disable(logging.CRITICAL)
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]
    tally, seed = Tally(), options.seed
    with _databases(options.database) as fresh:
        while tally.cycles < options.cycles and not tally.violations:
            _live(fresh, tally, seed, options.database)
            seed += 1
    _tell(tally, f"seeds {options.seed} to {seed - 1} on {options.database}")
    return int(tally.violations > 0)


def _live(fresh: NewDatabase, tally: Tally, seed: int, database: str) -> None:
    begun, before = time.process_time(), tally.cycles
    try:
        live_years(
            fresh, tally, seed_=seed, years=YEARS, shrink=False, prepare=remember_statements
        )
    except AssertionError as violated:
        tally.violations += 1
        print(f"violated: {violated}")
        print(f"see it again: ./dev year --cycles 1 --seed {seed} --database {database}")
    seconds = time.process_time() - begun
    print(f"seed {seed}: {tally.cycles - before} cycles, {seconds:.1f} s of CPU")


def _tell(tally: Tally, what: str) -> None:
    lives = ", ".join(f"{count} {name}" for name, count in sorted(tally.lives.items()))
    seen = ", ".join(f"{count} {name}" for name, count in sorted(tally.seen.items()))
    print(
        f"{what}: {tally.cycles} cycles ({lives}) in {tally.years} years, {tally.steps} steps; "
        f"{tally.deaths} deaths; {tally.mails} mails, {tally.repeated} of them repeated with the "
        f"same Message-ID; {seen}; {tally.violations} violations"
    )


@contextmanager
def _databases(kind: str) -> Iterator[NewDatabase]:
    with TemporaryDirectory(prefix="koopkracht-year-", dir=_memory()) as name:
        folder = Path(name)
        if kind == "sqlite":
            yield databases.of(Sqlite(folder), folder)
            return
        try:
            yield databases.of(Postgres(start_postgres(folder), "year", folder), folder)
        finally:
            stop_postgres(folder)


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="./dev year", description=__doc__)
    parser.add_argument("--cycles", type=int, default=500, metavar="N")
    parser.add_argument("--seed", type=int, default=1, metavar="S")
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())

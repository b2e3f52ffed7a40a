"""`./dev mutants [NAME …] [--every N]`: how many deliberate faults the tests catch.

A NAME is a key of FIELDS. Each fault that lives is printed; the last line counts them.
"""

import argparse
import os
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tests.mutants import running
from tests.mutants.breeding import Mutant, breed
from tests.mutants.fields import FIELDS, HARMLESS

NICE = 10
ENOUGH = 0.95


def main(arguments: Sequence[str] | None = None) -> int:
    """Returns 0 where at least 95 % were caught."""
    options = _options(arguments)
    os.nice(NICE)
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]
    with tempfile.TemporaryDirectory(prefix="koopkracht-mutants-") as folder:
        running.share_template(Path(folder))
        counts = [_field(name, options) for name in options.names]
    caught, bred = (sum(numbers) for numbers in zip(*counts, strict=True))
    print(f"all: {caught} of {bred} caught, {caught / max(bred, 1):.1%}")
    return int(caught < ENOUGH * bred)


def _field(name: str, options: argparse.Namespace) -> tuple[int, int]:
    """How many mutants of this field were caught, and how many there were."""
    files, tests = FIELDS[name]
    paths = [Path(file) for file in files]
    witnesses = running.watch(paths, tests)
    everything = sorted({test for met in witnesses.by_place.values() for test in met if test})
    if running.is_caught(None, everything, sum(witnesses.seconds.values())):
        raise SystemExit(f"{name}: the tests fail in a process of their own without any fault")
    bred = [mutant for path in paths for mutant in breed(path)]
    chosen = [mutant for mutant in bred if options.only in str(mutant)]
    chosen = chosen[options.first :: options.every]
    lived = [mutant for mutant in chosen if not _caught(mutant, witnesses)]
    harmless = [mutant for mutant in lived if _reason(mutant)]
    caught = len(chosen) - len(lived)
    print(
        f"{name}: {caught} of {len(chosen)} caught; {len(harmless)} of those that lived "
        "change nothing that can be seen"
    )
    return caught + len(harmless), len(chosen)


def _caught(mutant: Mutant, witnesses: running.Witnesses) -> bool:
    tests = witnesses.of(mutant)
    seconds = sum(witnesses.seconds[test] for test in tests)
    if tests and running.is_caught(mutant, tests, seconds):
        return True
    because = _reason(mutant) or ("" if tests else "no test comes here")
    print(f"  lives: {mutant}{f'  ({because})' if because else ''}")
    return False


def _reason(mutant: Mutant) -> str:
    """Why this one may live, if somebody has looked and said so."""
    return next((why for what, why in HARMLESS.items() if what in str(mutant)), "")


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="./dev mutants", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(FIELDS))
    parser.add_argument("--every", type=int, default=1, metavar="N", help="only each Nth")
    parser.add_argument("--first", type=int, default=0, help="from which of them on")
    parser.add_argument("--only", default="", help="only those whose line holds this text")
    options = parser.parse_args(arguments)
    options.names = options.names or list(FIELDS)
    return options


if __name__ == "__main__":
    sys.exit(main())

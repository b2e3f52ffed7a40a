"""`./dev mutants [NAME …] [--every N --seed S]`: how many deliberate faults the tests catch.

A NAME is a field: see FIELDS. Each fault that was not caught is told, and a table at the end
counts them. A fault that only brings the tests to no end does not count as caught; one that
changes nothing that can be seen (equal.toml says why) counts neither way.
"""

import argparse
import os
import re
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TextIO

from tests.mutants import equal, running
from tests.mutants.breeding import Mutant, breed
from tests.mutants.fields import FIELDS, Field
from tests.mutants.guards import open_doors
from tests.mutants.running import Measurement, Trial

NICE = 5
ENOUGH = 95.0
HEAD = "field          mutants  caught  timed out  equal by reason  not caught   caught of unequal"


def main(arguments: Sequence[str] | None = None) -> int:
    """Returns 0 where of every field at least 95 % were caught."""
    options = _options(arguments)
    os.nice(NICE)
    with (
        os.fdopen(os.dup(1), "w", buffering=1) as out,
        tempfile.TemporaryDirectory(prefix="koopkracht-mutants-") as folder,
    ):
        running.share_template(Path(folder))
        rows = [_field(name, options, out) for name in options.names]
        print(f"\n{HEAD}", *(row for row, _ in rows), sep="\n", file=out)
    return int(not all(is_enough for _, is_enough in rows))


def _field(name: str, options: argparse.Namespace, out: TextIO) -> tuple[str, bool]:
    """Its row in the table, and whether enough were caught."""
    field, begun = FIELDS[name], time.monotonic()
    reasons = equal.read()
    measurement = Measurement(
        [*field.paths, *field.guarded_paths],
        lambda: _choose(field, options),
        field.on_postgres,
        field.at_doors,
        told=lambda trial: _tell(trial, reasons, out),
    )
    running.measure(measurement, field.tests)
    for test in measurement.unfit:
        print(f"  no witness, for it fails without any fault: {test}", file=out)
    row = _row(name, measurement.trials, reasons)
    sampled = f"  every {options.every}th, seed {options.seed}" if options.every > 1 else ""
    print(f"{row[0]}{sampled}  ({time.monotonic() - begun:.0f} s)", file=out)
    return row[0] + sampled, row[1]


def _row(name: str, trials: Sequence[Trial], reasons: equal.Reasons) -> tuple[str, bool]:
    caught = sum(bool(trial.caught_by) for trial in trials)
    hanging = sum(trial.is_hanging for trial in trials)
    lived = [trial.mutant for trial in trials if trial.lived]
    the_same = sum(equal.key(mutant) in reasons for mutant in lived)
    percent = 100 * caught / max(len(trials) - the_same, 1)
    row = (
        f"{name:13}{len(trials):9}{caught:8}{hanging:11}{the_same:17}"
        f"{len(lived) - the_same:12}{percent:18.1f} %"
    )
    return row, percent >= ENOUGH


def _tell(trial: Trial, reasons: equal.Reasons, out: TextIO) -> None:
    is_equal = equal.key(trial.mutant) in reasons
    if trial.caught_by and is_equal:
        print(f"  caught, so not equal: {trial.mutant}\n    {trial.caught_by}", file=out)
    elif trial.is_hanging:
        print(f"  timed out: {trial.mutant}", file=out)
    elif trial.lived and not is_equal:
        why = f"{trial.witnesses} tests pass" if trial.witnesses else "no test comes here"
        print(f"  not caught: {trial.mutant}  ({why})", file=out)


def _choose(field: Field, options: argparse.Namespace) -> list[Mutant]:
    bred = [mutant for path in field.paths for mutant in breed(path)]
    bred += [mutant for path in field.guarded_paths for mutant in open_doors(path)]
    chosen = [mutant for mutant in bred if options.only in str(mutant)]
    if options.again:
        before = set(map(_without_line, options.again.read_text(encoding="utf-8").splitlines()))
        chosen = [mutant for mutant in chosen if _without_line(f"{mutant}  (") in before]
    return chosen[options.seed % options.every :: options.every]


def _without_line(told: str) -> str:
    """What was told of a mutant, without the number of its line, which may have moved."""
    return re.sub(r"^ *(not caught: |timed out: )?(\S+):\d+ |  \(.*$", r"\2 ", f"{told}").strip()


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="./dev mutants", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(FIELDS))
    parser.add_argument("--every", type=int, default=1, metavar="N", help="only each Nth")
    parser.add_argument("--seed", type=int, default=0, help="which of the N to begin with")
    parser.add_argument("--only", default="", help="only those whose line holds this text")
    parser.add_argument(
        "--again", type=Path, metavar="LOG", help="only those that this log says were not caught"
    )
    options = parser.parse_args(arguments)
    options.names = options.names or list(FIELDS)
    return options


if __name__ == "__main__":
    sys.exit(main())

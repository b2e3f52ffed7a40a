"""Two minutes of `./dev torture`, and one fault that it must find; the others take longer.

The seed says who runs errands: first workers alone, and on PostgreSQL the engine wakes them.
"""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def torture(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "app.torture", "--seed", "2036", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=600)


@pytest.mark.parametrize(
    "database", ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)]
)
def test_under_kills_nothing_is_lost_doubled_or_off_by_a_cent(database) -> None:
    ran = torture("--minutes", "1", "--rounds", "40", "--database", database)

    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "; 0 violations" in ran.stdout
    woken = re.search(r"woken (\d+) times", ran.stdout)
    assert woken and "of workers" in ran.stdout
    assert ("with the engine" in ran.stdout) == (woken[1] != "0") == (database == "postgresql")


def test_a_counter_outside_the_transaction_is_found_out() -> None:
    ran = torture("--minutes", "2", "--rounds", "5", "--control", "sequence")

    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "gaps or doubles" in ran.stdout

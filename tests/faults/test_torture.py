"""Some minutes of `./dev torture`, and one fault that it must find; the others take longer."""

import subprocess
import sys
from pathlib import Path

import pytest

ROUNDS = "40"
ROOT = Path(__file__).parents[2]


def torture(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "app.torture", "--rounds", ROUNDS, *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=600)


@pytest.mark.parametrize(
    "database", ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)]
)
def test_under_kills_nothing_is_lost_doubled_or_off_by_a_cent(database) -> None:
    ran = torture("--minutes", "0.7", "--database", database, "--seed", "2036")

    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "; 0 violations" in ran.stdout


def test_a_counter_outside_the_transaction_is_found_out() -> None:
    ran = torture("--minutes", "2", "--control", "sequence", "--seed", "2036")

    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "gaps or doubles" in ran.stdout

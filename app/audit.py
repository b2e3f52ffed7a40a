"""`./dev audit`: are weaknesses known of what we build on? It says openly where it could not look.

pip-audit asks an advisory service. Where that cannot be reached it leaves the package out and ends
well ("No known vulnerabilities found"), so its report is read here, and held against what is
pinned: whatever was not looked at is told by name, and nothing is called safe.
"""

import json
import re
import subprocess
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

ROOT = Path(__file__).parent.parent
TOOL = ROOT / "build" / "audit" / "bin" / "pip-audit"
PINNED = ("requirements.txt", "requirements-dev.txt")
IN_ORDER, WEAK, NOT_LOOKED = 0, 1, 2  # how it ends
SECONDS = 300
FEW = 5  # names that are told of what was not looked at
PIN = re.compile(r"^([A-Za-z0-9][\w.-]*)(?:\[[^]]*\])?==", re.MULTILINE)


@dataclass(frozen=True)
class Audit:
    """What is known of a list of packages, and of which nothing is known."""

    looked_at: frozenset[str]
    weak: tuple[str, ...]  # one sentence each
    not_looked: tuple[str, ...]  # names

    @property
    def ends_with(self) -> int:
        if self.weak:
            return WEAK
        return NOT_LOOKED if self.not_looked or not self.looked_at else IN_ORDER


def main(files: Iterable[str]) -> int:
    """Audit lists of pinned packages (all of ours when none is named); returns how it ended."""
    worst = [IN_ORDER]
    for file in files or PINNED:
        audit = judge(pinned((ROOT / file).read_text()), _report(ROOT / file))
        sys.stdout.write("".join(f"{file}: {line}\n" for line in told(audit)))
        worst.append(audit.ends_with)
    return WEAK if WEAK in worst else max(worst)


def pinned(requirements: str) -> set[str]:
    """The names of what a list of requirements pins."""
    return {_name(found) for found in PIN.findall(requirements)}


def judge(names: set[str], report: Mapping[str, Any]) -> Audit:
    """What a report says of these packages. One it skips or does not name was not looked at."""
    entries = report.get("dependencies", ())
    read = [one for one in entries if "vulns" in one and "skip_reason" not in one]
    looked_at = frozenset(_name(one["name"]) for one in read)
    weak = (_weakness(one, fault) for one in read for fault in one["vulns"])
    return Audit(looked_at, tuple(weak), tuple(sorted(names - looked_at)))


def told(audit: Audit) -> list[str]:
    """The outcome in words; without a weakness it is in order only if everything was looked at."""
    lines = list(audit.weak)
    if audit.not_looked:
        lines.append(_not_looked(audit))
    if audit.ends_with == IN_ORDER:
        lines.append(f"{len(audit.looked_at)} packages looked at, no weakness known.")
    if not audit.looked_at and not audit.not_looked:
        lines.append("COULD NOT LOOK: it pins nothing.")
    return lines


def _not_looked(audit: Audit) -> str:
    some = ", ".join(audit.not_looked[:FEW])
    more = f" and {len(audit.not_looked) - FEW} more" if len(audit.not_looked) > FEW else ""
    total = len(audit.looked_at | set(audit.not_looked))
    return (
        f"COULD NOT LOOK at {len(audit.not_looked)} of {total} packages ({some}{more}):"
        " the advisory service did not know them or could not be reached."
        " That says nothing about their safety."
    )


def _weakness(package: Mapping[str, Any], fault: Mapping[str, Any]) -> str:
    mended = ", ".join(fault.get("fix_versions", ())) or "no version yet"
    return f"WEAK: {package['name']} {package['version']}, {fault['id']}; mended in {mended}."


def _report(file: Path) -> Mapping[str, Any]:
    """What the tool found; empty if it did not come to a report."""
    with TemporaryDirectory() as folder:
        report = Path(folder) / "report.json"
        options = ["--disable-pip", "--require-hashes", "--progress-spinner", "off"]
        written = ["--format", "json", "--output", str(report)]
        try:
            command = [str(TOOL), *options, *written, "--requirement", str(file)]
            subprocess.run(command, check=False, capture_output=True, timeout=SECONDS)
            found = json.loads(report.read_text())
        except (OSError, ValueError, subprocess.TimeoutExpired):
            return {}
    return found if isinstance(found, dict) else {}


def _name(written: str) -> str:
    return re.sub(r"[-_.]+", "-", written).lower()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

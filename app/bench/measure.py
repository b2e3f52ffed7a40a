"""Timing and telling: medians with spread, and work done in a process of its own."""

import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

KILO = 1024


def timed(work: Callable[[], object]) -> float:
    """Seconds that `work` took."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def spread(values: list[float], unit: str = "s", digits: int = 3) -> str:
    """ "0.412 s (0.401–0.433)": the median, the least and the most."""
    low, high = min(values), max(values)
    return f"{median(values):.{digits}f} {unit} ({low:.{digits}f}–{high:.{digits}f})"


def percentile(values: list[float], share: float) -> float:
    ranked = sorted(values)
    return ranked[min(len(ranked) - 1, int(share * len(ranked)))]


def peak_megabytes() -> float:
    """The most memory this process has held."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / KILO


def in_a_process(module: str, *arguments: object) -> Any:
    """What `python -m module arguments` prints as its last line of JSON; raises if it failed."""
    command = [sys.executable, "-m", module, *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(done.stderr.strip().splitlines()[-1:] or done.returncode)
    return json.loads(done.stdout.strip().splitlines()[-1])


def heading(text: str) -> None:
    print(f"\n{text}\n{'-' * len(text)}")


def machine() -> str:
    """The processor and how many of them there are."""
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return f"{len(models) or 1} × {models[0] if models else 'processor unknown'}"

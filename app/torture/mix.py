"""Who runs the errands in a run, and whether the engine wakes them: it goes by the seed."""

from dataclasses import dataclass
from typing import Any

from app.engine import NAME
from app.workforce import CLOCK, WORKERS


@dataclass(frozen=True)
class Mix:
    """Workers there always are; clocks may run errands beside them, as on a small machine."""

    clocks_too: bool
    engine: bool

    def settings(self) -> dict[str, Any]:
        return {
            "ERRANDS": CLOCK if self.clocks_too else WORKERS,
            "ENGINE": NAME if self.engine else "",
        }

    def __str__(self) -> str:
        who = "workers and clocks" if self.clocks_too else "workers"
        return f"{who} with the engine" if self.engine else who


def of(seed: int, *, postgres: bool) -> Mix:
    """Four seeds in a row meet all there are; on SQLite there is no engine."""
    return Mix(clocks_too=seed // 2 % 2 == 1, engine=postgres and seed % 2 == 0)

"""Distrust of a wall clock that jumps: closing cannot be undone, waiting some seconds can."""

import logging
import time
from collections.abc import Callable

log = logging.getLogger(__name__)

JUMP = 60.0  # seconds that the wall clock may run out of step with time itself
CALM_SECONDS = 15.0


class ClockGuard:
    """For whoever acts by the clock, at every tick or now and then, from its making on."""

    def __init__(
        self,
        wall: Callable[[], float] = time.time,
        steady: Callable[[], float] = time.monotonic,
    ) -> None:
        self._wall, self._steady = wall, steady
        self._step = wall() - steady()
        self._jumped_at = float("-inf")

    def trusts(self) -> bool:
        """Whether to act by the clock: no, for some seconds after a jump of it was seen."""
        at = self._steady()
        step = self._wall() - at
        if abs(step - self._step) > JUMP:
            log.warning("The clock jumped. Nothing is closed until it has stood steady.")
            self._jumped_at = at
        self._step = step
        return at - self._jumped_at >= CALM_SECONDS

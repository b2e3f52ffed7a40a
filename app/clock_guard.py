"""Distrust of a wall clock that jumps: closing cannot be undone, waiting some seconds can."""

import logging
import time
from collections.abc import Callable

log = logging.getLogger(__name__)

JUMP = 60.0  # seconds that the wall clock may run out of step with time itself
CALM_TICKS = 3
CALM_SECONDS = 15.0


class ClockGuard:
    """For who ticks."""

    def __init__(
        self,
        wall: Callable[[], float] = time.time,
        steady: Callable[[], float] = time.monotonic,
    ) -> None:
        self._wall, self._steady = wall, steady
        self._step: float | None = None
        self._calm = CALM_TICKS

    def trusts(self) -> bool:
        """Ask once a tick. After a jump: no, until some ticks in a row agree."""
        step = self._wall() - self._steady()
        jumped = self._step is not None and abs(step - self._step) > JUMP
        self._step = step
        self._calm = 0 if jumped else min(self._calm + 1, CALM_TICKS)
        if jumped:
            log.warning("The clock jumped. Nothing is closed until it stands steady.")
        return self._calm >= CALM_TICKS


class Onlooker:
    """For who looks at the clock only now and then, as a page does: from its making on."""

    def __init__(
        self,
        wall: Callable[[], float] = time.time,
        steady: Callable[[], float] = time.monotonic,
    ) -> None:
        self._wall, self._steady = wall, steady
        self._step = wall() - steady()
        self._jumped_at = float("-inf")

    def trusts(self) -> bool:
        """Whether the clock has not jumped lately. After a jump was seen: no, for some seconds."""
        step, at = self._wall() - self._steady(), self._steady()
        if abs(step - self._step) > JUMP:
            log.warning("The clock jumped. No page closes a round until it stands steady.")
            self._step, self._jumped_at = step, at
        return at - self._jumped_at >= CALM_SECONDS

"""Duties that a clock died of, so that in its next life it does not begin with them again.

While a duty is under way a file says so, held by a lock that goes with its process. A file that
nobody holds any more is a death, and each is a byte in it. Such a duty is done after all others,
and after a second death it waits: whatever else is due goes on meanwhile.
"""

import fcntl
import logging
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

log = logging.getLogger(__name__)

WAITS: tuple[float, ...] = (0.0, 0.0, 10.0, 60.0, 300.0)  # seconds after so many deaths


class Mishaps:
    """What is known in one folder; without a folder nothing is noted and nothing waits.

    A disk that is full or read-only keeps no duty from being done.
    """

    def __init__(self, folder: Path | None) -> None:
        self.folder = folder

    def in_turn(self, names: list[str]) -> list[str]:
        """Those to be done now: of what may be done, the most harmless, in the order given."""
        deaths = {name: self._deaths(name) for name in names}
        ready = [name for name in names if not self._waits(name, deaths[name])]
        least = min((deaths[name] for name in ready), default=0)
        return [name for name in ready if deaths[name] == least]

    @contextmanager
    def under_way(self, name: str) -> Iterator[None]:
        """Within the block a death of this process is on record. However it ends, it is lived."""
        held = self._hold(name)
        try:
            yield
        finally:
            if held is not None:
                with suppress(OSError):
                    self._file(name).unlink(missing_ok=True)
                os.close(held)

    def _hold(self, name: str) -> int | None:
        if self.folder is None:
            return None
        try:
            self.folder.mkdir(exist_ok=True)
            handle = os.open(self._file(name), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        except OSError:
            log.warning("It cannot be noted that %s is under way", name)
            return None
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            os.write(handle, b".")
        except OSError:  # another clock is at it, or the disk is full
            os.close(handle)
            return None
        return handle

    def _deaths(self, name: str) -> int:
        if self.folder is None:
            return 0
        try:
            handle = os.open(self._file(name), os.O_RDONLY)
        except OSError:
            return 0
        try:
            fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
            return os.fstat(handle).st_size
        except OSError:  # whoever is at it lives
            return 0
        finally:
            os.close(handle)

    def _waits(self, name: str, deaths: int) -> bool:
        wait = WAITS[min(deaths, len(WAITS) - 1)]
        if not wait:
            return False
        try:
            died_at = self._file(name).stat().st_mtime
        except OSError:
            return False
        return 0 <= time.time() - died_at < wait

    def _file(self, name: str) -> Path:
        assert self.folder
        return self.folder / name.replace(" ", "-")


NONE = Mishaps(None)

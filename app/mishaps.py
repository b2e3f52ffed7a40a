"""Duties that a clock died of, so that in its next life it does not begin with them again.

While a duty is under way a file of this process says so, held by a lock that goes with the
process. A file that nobody holds any more is a death; of two clocks at the same duty each has its
own. Such a duty is done after all others, and after a second death it waits: whatever else is due
goes on meanwhile.
"""

import fcntl
import logging
import os
import secrets
import time
from collections.abc import Iterator, Sequence
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
        ready = [name for name in names if not _waits(deaths[name])]
        least = min((len(deaths[name]) for name in ready), default=0)
        return [name for name in ready if len(deaths[name]) == least]

    @contextmanager
    def under_way(self, name: str) -> Iterator[None]:
        """Within the block a death of this process is on record. However it ends, it is lived."""
        held = self._hold(name)
        try:
            yield
        finally:
            if held is not None:
                for death in self._deaths(name):
                    death.unlink(missing_ok=True)
                handle, file = held
                with suppress(OSError):
                    file.unlink(missing_ok=True)
                os.close(handle)

    def _hold(self, name: str) -> tuple[int, Path] | None:
        if self.folder is None:
            return None
        token = secrets.token_hex(8)
        draft = self.folder / f".{token}"
        try:
            self.folder.mkdir(exist_ok=True)
            handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except OSError:
            log.warning("It cannot be noted that %s is under way", name)
            return None
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)  # before anybody sees its name
            return handle, draft.rename(self.folder / f"{_stem(name)}.{token}")
        except OSError:
            os.close(handle)
            return None

    def _deaths(self, name: str) -> list[Path]:
        """The files of those who died at it."""
        if self.folder is None:
            return []
        return [file for file in self.folder.glob(f"{_stem(name)}.*") if not _is_held(file)]


def _stem(name: str) -> str:
    return name.replace(" ", "-")


def _is_held(file: Path) -> bool:
    """Whether somebody is at it, or was just now."""
    try:
        handle = os.open(file, os.O_RDONLY)
    except OSError:
        return True
    try:
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        return True
    finally:
        os.close(handle)
    return False


def _waits(deaths: Sequence[Path]) -> bool:
    wait = WAITS[min(len(deaths), len(WAITS) - 1)]
    if not wait:
        return False
    try:
        died_at = max(file.stat().st_mtime for file in deaths)
    except OSError:  # another clock has lived through it meanwhile
        return False
    return 0 <= time.time() - died_at < wait


NONE = Mishaps(None)

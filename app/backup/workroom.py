"""A folder of our own to copy people's data in, that nobody is left with.

Whoever works in one holds its lock, which goes with the process however that ends. So the next
who needs one knows which have been left behind, and removes them.
"""

import fcntl
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import mkdtemp

PREFIX = ".backup-"
UNLOCKED = ".new-backup-"  # of one in which there is nothing yet
LOCK = "in-use"


@contextmanager
def workroom(beside: Path) -> Iterator[Path]:
    """A new folder in `beside` that its owner alone may open; gone at the end.

    First it removes what others left there whose process died. Raises OSError.
    """
    clear(beside)
    room = Path(mkdtemp(prefix=UNLOCKED, dir=beside))  # its mode is 700
    try:
        with (room / LOCK).open("wb") as held:
            room = _named(room, held.fileno())
            yield room
    finally:
        shutil.rmtree(room, ignore_errors=True)


def clear(beside: Path) -> None:
    """Remove the folders of those who died at work. One that somebody works in stays."""
    for room in beside.glob(f"{PREFIX}*"):
        with suppress(OSError), (room / LOCK).open("r+b") as lock:  # without a lock: none of ours
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(room, ignore_errors=True)


def _named(room: Path, lock: int) -> Path:
    """It goes by its name from when it is locked; where a disk knows no locks it stays unnamed."""
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return room
    return room.rename(room.with_name(room.name.replace(UNLOCKED, PREFIX, 1)))

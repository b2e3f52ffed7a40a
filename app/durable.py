"""Files that are written whole or not at all, and are there after the power went."""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

PRIVATE = 0o600


def write(target: Path, content: bytes) -> None:
    """Write `content` beside `target` and rename it: nobody ever reads a half file.

    The file and its name have reached the disk when this returns. A full disk raises OSError and
    leaves nothing behind. The folder must be there.
    """
    with writing(target) as file:
        file.write(content)


@contextmanager
def writing(
    target: Path, mode: int = 0o666, *, drafts_in: Path | None = None
) -> Iterator[BinaryIO]:
    """The same for a file that is written piece by piece; it stands there when the block ends.

    What the block raises leaves nothing behind. `drafts_in` is another folder on the same disk.
    """
    draft = (drafts_in or target.parent) / f".{target.name}.{secrets.token_hex(8)}"
    try:
        handle = os.open(draft, os.O_RDWR | os.O_CREAT | os.O_EXCL, mode)
        with os.fdopen(handle, "w+b") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        draft.replace(target)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise
    sync_folder(target.parent)


def append(target: Path, lines: bytes) -> None:
    """Add whole lines at the end of a file that only its owner reads; they have reached the disk
    when this returns. What a crash left half written before does not spoil them.
    """
    new = not target.exists()
    handle = os.open(target, os.O_RDWR | os.O_CREAT | os.O_APPEND, PRIVATE)
    try:
        size = os.fstat(handle).st_size
        torn = size > 0 and os.pread(handle, 1, size - 1) != b"\n"
        record = b"\n" * torn + lines
        if os.write(handle, record) != len(record):
            raise OSError(f"{target} could be written in part only")
        os.fsync(handle)
    finally:
        os.close(handle)
    if new:
        sync_folder(target.parent)


def sync_folder(folder: Path) -> None:
    """Let the names in a folder reach the disk."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

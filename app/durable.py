"""Files that are written whole or not at all, and are there after the power went."""

import os
import secrets
from pathlib import Path


def write(target: Path, content: bytes) -> None:
    """Write `content` beside `target` and rename it: nobody ever reads a half file.

    The file and its name have reached the disk when this returns. A full disk raises OSError and
    leaves nothing behind. The folder must be there.
    """
    draft = target.with_name(f".{target.name}.{secrets.token_hex(8)}")
    try:
        with draft.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(target)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise
    sync_folder(target.parent)


def sync_folder(folder: Path) -> None:
    """Let the names in a folder reach the disk."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

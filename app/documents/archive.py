"""The archive of papers: a file is named by its hash, is written whole or not at all, and stays.

`ab/cd/abcd….pdf` under the archive's folder. Writing is: temporary file, fsync, rename, fsync of
the folder. Only then may a row in the database name the file.
"""

import hashlib
import re
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from app import durable
from app.documents.errors import Damaged

_PATH = re.compile(r"([0-9a-f]{2})/([0-9a-f]{2})/(\1\2[0-9a-f]{60})(\.[a-z0-9]{2,5})")


class Stored(NamedTuple):
    """The hash and size of a stored file, and its path inside the archive."""

    sha256: str
    size: int
    path: str


def store(folder: Path, content: bytes, suffix: str = ".pdf") -> Stored:
    """Keep `content`; storing the same again changes nothing. A full disk raises OSError and
    leaves no half file behind.
    """
    sha256 = hashlib.sha256(content).hexdigest()
    stored = Stored(sha256, len(content), f"{sha256[:2]}/{sha256[2:4]}/{sha256}{suffix}")
    if not _PATH.fullmatch(stored.path):
        raise ValueError(f"{suffix!r} is no suffix for a stored file")
    target = folder / stored.path
    if not _is_whole(target, sha256):
        _make_folders(target.parent)
        durable.write(target, content)
    return stored


def read(folder: Path, path: str, sha256: str) -> bytes:
    """The bytes that were stored; raises Damaged when they are gone or are others."""
    parts = _PATH.fullmatch(path)
    if parts is None or parts[3] != sha256:
        raise Damaged(f"{path!r} is not the place of {sha256}")
    try:
        content = (folder / path).read_bytes()
    except FileNotFoundError as error:
        raise Damaged(f"{path} is gone from the archive") from error
    if hashlib.sha256(content).hexdigest() != sha256:
        raise Damaged(f"{path} is not what was stored")
    return content


def _is_whole(target: Path, sha256: str) -> bool:
    with suppress(FileNotFoundError):
        return hashlib.sha256(target.read_bytes()).hexdigest() == sha256
    return False


def _make_folders(folder: Path) -> None:
    """Make the folder and its parents, each one known to the disk before anything is in it."""
    if folder.is_dir():
        return
    _make_folders(folder.parent)
    folder.mkdir(exist_ok=True)
    durable.sync_folder(folder.parent)

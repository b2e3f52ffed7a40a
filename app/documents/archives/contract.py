"""What an archive promises, wherever it keeps its files, and how a file in it is called."""

import hashlib
import re
from collections.abc import Iterator
from typing import NamedTuple, Protocol

from app.documents.errors import Damaged

_PATH = re.compile(r"([0-9a-f]{2})/([0-9a-f]{2})/(\1\2[0-9a-f]{60})(\.[a-z0-9]{2,5})")


class StoreAway(OSError):
    """The archive cannot be reached, or refuses us; what was asked may be asked again later."""


class Stored(NamedTuple):
    """The hash and size of a stored file, and its path inside the archive."""

    sha256: str
    size: int
    path: str


class Archive(Protocol):
    """Files named by their hash: written whole or not at all, and never changed.

    Everything raises OSError where the archive cannot be reached or takes nothing more.
    """

    def keep(self, content: bytes, suffix: str = ".pdf") -> Stored:
        """Keep `content`; it is there for good when this returns, so that a row may name it.

        Keeping the same again changes nothing, but mends what was damaged.
        """

    def read(self, path: str, sha256: str) -> bytes:
        """The bytes that were kept; raises Damaged when they are gone or are others."""

    def content(self, path: str) -> bytes:
        """The bytes as they are now, whatever they are. Raises FileNotFoundError."""

    def paths(self) -> Iterator[str]:
        """All files that have been kept, in the order of their paths."""

    def remove(self, path: str) -> None:
        """Take a file away; one that is gone already is no fault."""


def named(content: bytes, suffix: str) -> Stored:
    """How a file with this content is called. Raises ValueError for an odd suffix."""
    sha256 = hashlib.sha256(content).hexdigest()
    stored = Stored(sha256, len(content), f"{sha256[:2]}/{sha256[2:4]}/{sha256}{suffix}")
    if not _PATH.fullmatch(stored.path):
        raise ValueError(f"{suffix!r} is no suffix for a stored file")
    return stored


def check_place(path: str, sha256: str) -> None:
    """Raises Damaged unless this is how a file with this hash is called."""
    parts = _PATH.fullmatch(path)
    if parts is None or parts[3] != sha256:
        raise Damaged(f"{path!r} is not the place of {sha256}")


def sha256_in(path: str) -> str:
    """The hash that a path tells of; empty where it is no path of an archive."""
    parts = _PATH.fullmatch(path)
    return parts[3] if parts else ""


def check_content(content: bytes, path: str, sha256: str) -> None:
    """Raises Damaged unless this is what was kept."""
    if hashlib.sha256(content).hexdigest() != sha256:
        raise Damaged(f"{path} is not what was stored")

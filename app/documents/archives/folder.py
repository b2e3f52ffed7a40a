"""The archive in a folder of this machine: the default, which needs nothing else.

`ab/cd/abcd….pdf` under the folder. Writing is: temporary file, fsync, rename, fsync of the
folder. Only then may a row in the database name the file.
"""

import hashlib
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from app import durable
from app.documents.archives.contract import Stored, check_content, check_place, named
from app.documents.errors import Damaged


@dataclass(frozen=True)
class FolderArchive:
    """See `contract.Archive`."""

    folder: Path

    def keep(self, content: bytes, suffix: str = ".pdf") -> Stored:
        """A full disk raises OSError and leaves no half file behind."""
        stored = named(content, suffix)
        target = self.folder / stored.path
        if not _is_whole(target, stored.sha256):
            _make_folders(target.parent)
            durable.write(target, content)
        return stored

    def read(self, path: str, sha256: str) -> bytes:
        check_place(path, sha256)
        try:
            content = self.content(path)
        except FileNotFoundError as error:
            raise Damaged(f"{path} is gone from the archive") from error
        check_content(content, path, sha256)
        return content

    def content(self, path: str) -> bytes:
        return (self.folder / path).read_bytes()

    def paths(self) -> Iterator[str]:
        """What begins with a dot is being written just now."""
        for path in sorted(self.folder.rglob("*")):
            if path.is_file() and not path.name.startswith("."):
                yield path.relative_to(self.folder).as_posix()

    def remove(self, path: str) -> None:
        (self.folder / path).unlink(missing_ok=True)


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

"""Copying an archive into another one: each file is read there again before it counts."""

from dataclasses import dataclass, field
from pathlib import PurePosixPath

from app.documents.archives.contract import Archive, check_content, sha256_in
from app.documents.errors import Damaged


@dataclass
class Moved:
    """How many files were copied, how many were there already, and what could not be copied."""

    copied: int = 0
    there: int = 0
    faults: list[str] = field(default_factory=list)


def copy(source: Archive, target: Archive) -> Moved:
    """Copy what `target` does not have whole; nothing is taken away from `source`.

    Can be run again after an interruption, and while papers are being printed. Raises OSError
    where one of them cannot be reached: what has been copied stays.
    """
    moved, known = Moved(), set(target.paths())
    for path in source.paths():
        sha256 = sha256_in(path)
        if not sha256:
            moved.faults.append(f"{path} is no file of an archive")
        elif path in known and _is_whole(target, path, sha256):
            moved.there += 1
        else:
            _copy_one(source, target, path, sha256, moved)
    return moved


def _copy_one(source: Archive, target: Archive, path: str, sha256: str, moved: Moved) -> None:
    try:
        content = source.content(path)
    except FileNotFoundError:  # a photo that is being removed just now
        return
    try:
        check_content(content, path, sha256)
        target.keep(content, PurePosixPath(path).suffix)
        target.read(path, sha256)
        moved.copied += 1
    except Damaged as damage:
        moved.faults.append(str(damage))


def _is_whole(archive: Archive, path: str, sha256: str) -> bool:
    try:
        archive.read(path, sha256)
    except Damaged:
        return False
    return True

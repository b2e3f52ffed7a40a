"""The file itself: a zip whose last member says what the others are."""

import hashlib
import json
import re
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import IO, Any, BinaryIO, NamedTuple

from app import durable
from app.backup import BackupError

FORMAT = "koopkracht backup 1"
MANIFEST = "manifest.json"
DATABASE = "database"
DOCUMENTS = "documents/"
PIECE = 1 << 20
_NAME = re.compile(r"database|documents/(?!\.)[\w-]+(?:[./](?!\.)[\w-]+)*")
# What reading a file raises in which a few bits are others. A flag may then ask for a password
# (RuntimeError), or for a way of packing that there is not (NotImplementedError).
_DAMAGE = (zipfile.BadZipFile, zlib.error, OSError, EOFError, RuntimeError, ValueError)


class Member(NamedTuple):
    """One file inside."""

    sha256: str
    size: int


@dataclass
class Manifest:
    """What is inside, and how the database stood."""

    taken_at: str
    kind: str
    tool: str
    revision: str
    numbers: dict[str, int]
    seal: str  # recognises the key that seals bids, and says nothing about it
    missing: list[str] = field(default_factory=list)  # papers that were lost before
    damage: list[str] = field(default_factory=list)  # what was wrong with the database before
    members: dict[str, Member] = field(default_factory=dict)


class Writer:
    """Puts files into a new package."""

    def __init__(self, file: BinaryIO) -> None:
        self.zip = zipfile.ZipFile(file, "w")
        self.members: dict[str, Member] = {}

    def add_file(self, name: str, file: Path, *, pack: bool) -> None:
        """Copy a file in; a database of SQLite shrinks a lot when it is packed."""
        info = zipfile.ZipInfo.from_file(file, name, strict_timestamps=False)
        info.compress_type = zipfile.ZIP_DEFLATED if pack else zipfile.ZIP_STORED
        with file.open("rb") as source, self.zip.open(info, "w", force_zip64=True) as target:
            self.members[name] = _copy(source, target)

    def add_content(self, name: str, content: bytes, at: datetime) -> None:
        """Put a file in that is in memory; PDFs and photos are packed already."""
        info = zipfile.ZipInfo(name, at.timetuple()[:6])
        info.external_attr = durable.PRIVATE << 16
        self.zip.writestr(info, content)
        self.members[name] = Member(hashlib.sha256(content).hexdigest(), len(content))

    def finish(self, manifest: Manifest) -> None:
        manifest.members = self.members
        facts = {"format": FORMAT, **asdict(manifest)}
        self.zip.writestr(MANIFEST, json.dumps(facts, indent=1, ensure_ascii=False))
        self.zip.close()


class Package:
    """A package that is read."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self.zip = archive
        self.manifest = _manifest(archive)

    def faults(self) -> Iterator[str]:
        """What is not as it was put in. Reads every byte."""
        present = set(self.zip.namelist()) - {MANIFEST}
        for name in sorted(present ^ set(self.manifest.members)):
            yield f"{name} is {'not in the manifest' if name in present else 'not there'}"
        for name, member in self.manifest.members.items():
            if name in present and not self._is_whole(name, member):
                yield f"{name} is not what was put in"

    def unpack(self, name: str, target: Path) -> None:
        """Write one member to a file. Raises BackupError where it is not what was put in, or where
        there is no room for it.
        """
        try:
            with self.zip.open(name) as source, target.open("xb") as file:
                if _copy(source, file) != self.manifest.members[name]:
                    raise BackupError(f"{name} is not what was put in.")
        except OSError as error:
            raise BackupError(
                f"The {name} of this backup cannot be unpacked in {target.parent}:"
                f" {error.strerror or error}. Name a folder with more room with --unpack-in."
            ) from error

    def read(self, name: str) -> bytes:
        return self.zip.read(name)

    def documents(self) -> dict[str, Member]:
        """The papers inside, by their path in the archive."""
        return {
            name.removeprefix(DOCUMENTS): member
            for name, member in self.manifest.members.items()
            if name.startswith(DOCUMENTS)
        }

    def _is_whole(self, name: str, member: Member) -> bool:
        try:
            with self.zip.open(name) as source:
                return _copy(source, None) == member
        except _DAMAGE:
            return False


@contextmanager
def opened(file: Path) -> Iterator[Package]:
    """Raises BackupError where this is no backup of ours; what is done with it says its own."""
    with ExitStack() as stack:
        try:
            package = Package(stack.enter_context(zipfile.ZipFile(file)))
        except OSError as error:
            raise BackupError(f"{file} cannot be read: {error.strerror or error}.") from error
        except (*_DAMAGE, KeyError, TypeError, AttributeError) as error:
            raise BackupError(f"{file} is no whole backup of Koopkracht ({error}).") from error
        yield package


def _manifest(archive: zipfile.ZipFile) -> Manifest:
    facts: dict[str, Any] = json.loads(archive.read(MANIFEST))
    if facts.pop("format", None) != FORMAT:
        raise ValueError(f"its format is not “{FORMAT}”")
    facts["members"] = {name: Member(*member) for name, member in facts["members"].items()}
    if wrong := [name for name in facts["members"] if not _NAME.fullmatch(name)]:
        raise ValueError(f"a file inside is called {wrong[0]!r}")
    return Manifest(**facts)


def _copy(source: IO[bytes], target: IO[bytes] | None) -> Member:
    sha256, size = hashlib.sha256(), 0
    while piece := source.read(PIECE):
        sha256.update(piece)
        size += len(piece)
        if target is not None:
            target.write(piece)
    return Member(sha256.hexdigest(), size)

"""Taking a backup, while everything goes on."""

from datetime import datetime
from errno import EIO
from pathlib import Path

from sqlalchemy import Engine

from app import durable
from app.backup import dumps, package, sqlite_dump
from app.backup.package import Manifest
from app.backup.workroom import workroom
from app.documents.archives.contract import Archive, sha256_in


def create(
    target: Path, *, engine: Engine, archive: Archive, seal: str, now: datetime, tools_in: str = ""
) -> Manifest:
    """Write a backup to `target`, whole or not at all, to be read by its owner only.

    The database first, then the papers: what it names is there. Papers that were lost before, and
    what is wrong with the database, are told in the manifest.
    Raises BackupError, and OSError where the disk is full.
    """
    with (
        workroom(target.parent) as room,
        durable.writing(target, durable.PRIVATE, drafts_in=room) as file,
    ):
        dump = room / package.DATABASE
        tool = dumps.take(engine, dump, tools_in)
        found = dumps.look(engine.dialect.name, dump, tools_in)
        writer = package.Writer(file)
        writer.add_file(package.DATABASE, dump, pack=engine.dialect.name == sqlite_dump.KIND)
        for path in filter(sha256_in, archive.paths()):  # what else lies there is none of ours
            if (content := _content(archive, path)) is not None:
                writer.add_content(f"{package.DOCUMENTS}{path}", content, now)
        manifest = Manifest(
            taken_at=now.isoformat(),
            kind=engine.dialect.name,
            tool=tool,
            revision=found.revision,
            numbers=found.numbers,
            seal=seal,
            missing=missing(found.files, writer.members),
            damage=[*found.faults, *found.leads_nowhere],
        )
        writer.finish(manifest)
    return manifest


def _content(archive: Archive, path: str) -> bytes | None:
    """None of what is gone, a photo that is being removed just now, or lies on a bad sector."""
    try:
        return archive.content(path)
    except FileNotFoundError:
        return None
    except OSError as error:
        if error.errno != EIO:
            raise
        return None


def missing(named: dict[str, str], members: dict[str, package.Member]) -> list[str]:
    """The files that the database names and that are not there, or are others."""
    return [
        path
        for path, sha256 in sorted(named.items())
        if (member := members.get(f"{package.DOCUMENTS}{path}")) is None or member.sha256 != sha256
    ]

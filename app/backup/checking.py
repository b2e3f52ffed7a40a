"""Reading a backup from beginning to end: is it whole, does it open, does it agree with itself?"""

from collections.abc import Iterator
from pathlib import Path

from app.backup import BackupError, creating, dumps, package
from app.backup.contents import Contents
from app.backup.package import Manifest, Package
from app.backup.workroom import workroom


def check(file: Path, unpack_in: Path, tools_in: str = "") -> tuple[Manifest, list[str]]:
    """What the backup says it holds, and what is wrong with it. Raises BackupError: no backup."""
    with package.opened(file) as opened, workroom(unpack_in) as room:
        faults = list(opened.faults())
        if not faults:
            dump = room / package.DATABASE
            opened.unpack(package.DATABASE, dump)
            faults = list(_disagreements(opened, dumps.look(opened.manifest.kind, dump, tools_in)))
        return opened.manifest, faults


def refuse_damaged(opened: Package, dump: Path, tools_in: str = "") -> None:
    """Unpack the database to `dump`; raises BackupError unless all of it may be put back.

    A paper that was lost before the backup was taken does not stand in the way.
    """
    if faults := list(opened.faults()):
        raise BackupError(f"This backup is damaged, so nothing was put back: {faults[0]}.")
    opened.unpack(package.DATABASE, dump)
    found = dumps.look(opened.manifest.kind, dump, tools_in)
    if found.faults:
        raise BackupError(f"This backup is damaged, so nothing was put back: {found.faults[0]}.")


def _disagreements(opened: Package, found: Contents) -> Iterator[str]:
    yield from found.faults
    manifest = opened.manifest
    if found.faults:
        return
    if (found.revision, found.numbers) != (manifest.revision, manifest.numbers):
        yield "the database is not the one that the manifest tells of"
    yield from found.leads_nowhere
    for path in creating.missing(found.files, manifest.members):
        yield f"the database names {path}, which is not inside"

"""Whether what the installation keeps is true: papers, books, numbers."""

import re
from collections import defaultdict
from collections.abc import Iterable

from sqlalchemy import select, union_all
from sqlalchemy.orm import Session

from app import trail as audit_trail
from app.doctor.findings import Findings, fine, wrong
from app.documents import archives
from app.documents.archives.contract import StoreAway
from app.documents.errors import Damaged
from purchasing import numbers
from purchasing.books import overview
from purchasing.deliveries.photos import DamagePhoto
from purchasing.papers import DataFile, Paper, StoredDocument
from purchasing.trail import sealing

SHOWN = 10
_NUMBER = re.compile(r"(?:.*-)?(\d{4})-(\d+)")


def documents(session: Session) -> Findings:
    damaged, whole = [], 0
    files = union_all(
        *(select(kind.path, kind.sha256) for kind in (StoredDocument, DataFile, DamagePhoto))
    )
    try:
        archive = archives.current()
        next(archive.paths(), None)
    except StoreAway as problem:
        yield wrong("documents", str(problem))
        return
    for path, sha256 in session.execute(files):
        try:
            archive.read(path, sha256)
            whole += 1
        except (Damaged, OSError) as problem:
            damaged.append(str(problem))
    for damage in damaged[:SHOWN]:
        yield wrong("documents", damage)
    told = f"{whole} papers are as they were stored"
    yield wrong("documents", f"{len(damaged)} are not") if damaged else fine("documents", told)


def books(session: Session) -> Findings:
    faults = overview.faults(session)
    for fault in faults[:SHOWN]:
        yield wrong("books", f"{fault.about}: {fault.sentence} ({fault.cents / 100:.2f})")
    if not faults:
        yield fine("books", "every posting adds up to zero")


def series(session: Session) -> Findings:
    """Papers that are numbered by a series of their kind: from 1 to its last, each once."""
    standing = numbers.standing(session)
    issued = _issued(session, standing)
    skipped: dict[str, set[int]] = defaultdict(set)
    for gap in numbers.gaps(session):
        skipped[gap.key] |= set(range(gap.first, gap.last + 1))
    faults = [
        f"{key}: {told}"
        for key, serials in sorted(issued.items())
        for told in _wrongs(serials, standing[key], skipped[key])
    ]
    for fault in faults[:SHOWN]:
        yield wrong("numbers", fault)
    if not faults:
        told = f"{sum(map(len, issued.values()))} papers, no gap without a reason"
        yield fine("numbers", told)


def trail(session: Session) -> Findings:
    """The chain of what was done, against what it vouches for."""
    faults = list(audit_trail.check(session))
    for fault in faults[:SHOWN]:
        yield wrong("trail", str(fault))
    if not faults:
        yield fine("trail", f"{sealing.head(session).seq} acts, as they were sealed")


def _issued(session: Session, standing: Iterable[str]) -> dict[str, list[int]]:
    """The serial numbers of papers, by the key of their series. A series may be unused yet."""
    issued: dict[str, list[int]] = defaultdict(list)
    known = set(standing)
    for kind, number in session.execute(select(Paper.kind, Paper.number)):
        parts = _NUMBER.fullmatch(number)
        key = f"{kind}:{parts[1]}" if parts else ""
        if key in known and parts:
            issued[key].append(int(parts[2]))
    return issued


def _wrongs(serials: list[int], last: int, skipped: set[int]) -> Iterable[str]:
    there = set(serials)
    if len(there) != len(serials):
        yield "a number was given twice"
    if lacking := sorted(set(range(1, last + 1)) - there - skipped):
        shown = ", ".join(map(str, lacking[:5]))
        yield f"{len(lacking)} numbers are missing without a reason ({shown}, …)"
    if beyond := sorted(there - set(range(1, last + 1))):
        yield f"{beyond[0]} is beyond the counter, which stands at {last}"

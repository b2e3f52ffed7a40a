"""Whether what the installation keeps is true: papers, books, the trail."""

from sqlalchemy import select, union_all
from sqlalchemy.orm import Session

from app import trail as audit_trail
from app.doctor.findings import Findings, fine, wrong
from app.documents import archives
from app.documents.archives.contract import StoreAway
from app.documents.errors import Damaged
from purchasing.books import overview
from purchasing.deliveries.photos import DamagePhoto
from purchasing.papers import DataFile, StoredDocument
from purchasing.trail import sealing

SHOWN = 10


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


def trail(session: Session) -> Findings:
    """The chain of what was done, against what it vouches for."""
    faults = list(audit_trail.check(session))
    for fault in faults[:SHOWN]:
        yield wrong("trail", str(fault))
    if not faults:
        yield fine("trail", f"{sealing.head(session).seq} acts, as they were sealed")

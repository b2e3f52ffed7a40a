"""Photos of what came broken: taken at the door, or sent along by who reports it.

Only coordinators see them. They are taken away some time after the round has ended, when somebody
is erased, or by hand; the app keeps the files, and removes one with its row.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ForeignKey, String, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from purchasing.base import Base, insert_if_absent
from purchasing.errors import N_, Refused
from purchasing.ordering import SupplierOrderLine
from purchasing.rounds import Round, RoundState

TAKEN_IN = (RoundState.ORDERED, RoundState.DELIVERED, RoundState.SETTLED)
MOST_OF_A_DELIVERY = 60
MOST_OF_A_REPORT = 3
KEEP_DAYS = 180  # after the end of the round


@dataclass(frozen=True)
class Picture:
    """A photo as it is kept: the hash and size of its file, and its path in the archive."""

    sha256: str
    size: int
    path: str


class DamagePhoto(Base):
    """One photo of an article. `report_id` and `participant_id` where a participant sent it."""

    __tablename__ = "damage_photo"

    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"), index=True)
    item_id: Mapped[int] = mapped_column(ForeignKey("round_item.id"))
    report_id: Mapped[int | None] = mapped_column(ForeignKey("item_report.id"), index=True)
    participant_id: Mapped[int | None] = mapped_column(ForeignKey("participant.id"), index=True)
    sha256: Mapped[str] = mapped_column(String(64))
    size: Mapped[int]
    path: Mapped[str] = mapped_column(String(200))  # below the documents folder
    at: Mapped[datetime]
    by: Mapped[str] = mapped_column(String(120))
    key: Mapped[str] = mapped_column(String(120), unique=True)


class PhotosNotNow(Refused):
    message = N_("Photos can be added from the order on.")


class TooManyPhotos(Refused):
    message = N_("There can be %(most)s photos at most. Remove one first, or send fewer.")


def take(
    session: Session,
    line: SupplierOrderLine,
    pictures: Sequence[Picture],
    *,
    key: str,
    actor: str,
    now: datetime,
) -> int:
    """Keep photos of an article of a delivery; how many were new. The same key counts once.

    Raises PhotosNotNow, TooManyPhotos; then none is kept.
    """
    round_ = session.get_one(Round, line.item.round_id, with_for_update=True)
    if round_.state not in TAKEN_IN:
        raise PhotosNotNow
    known = _known(session, key, len(pictures))
    if _of_delivery(session, line.supplier_order_id) + len(pictures) - known > MOST_OF_A_DELIVERY:
        raise TooManyPhotos(most=MOST_OF_A_DELIVERY)
    owner = {"round_id": round_.id, "item_id": line.item_id}
    return _keep(session, owner, pictures, key=key, actor=actor, now=now)


def take_of_report(
    session: Session,
    report_id: int,
    owner: dict[str, int],
    pictures: Sequence[Picture],
    *,
    key: str,
    actor: str,
    now: datetime,
) -> None:
    """Keep photos that a participant sent with a report; `owner` names round, item, participant.

    Raises TooManyPhotos.
    """
    if len(pictures) > MOST_OF_A_REPORT:
        raise TooManyPhotos(most=MOST_OF_A_REPORT)
    owner = {**owner, "report_id": report_id}
    _keep(session, owner, pictures, key=f"report:{key}", actor=actor, now=now)


def list_photos(session: Session, item_ids: Collection[int]) -> dict[int, list[DamagePhoto]]:
    """All photos of these articles, by article, the oldest first."""
    query = select(DamagePhoto).where(DamagePhoto.item_id.in_(item_ids)).order_by(DamagePhoto.id)
    found: dict[int, list[DamagePhoto]] = defaultdict(list)
    for photo in session.scalars(query):
        found[photo.item_id].append(photo)
    return found


def of_reports(session: Session, report_ids: Collection[int]) -> dict[int, list[DamagePhoto]]:
    """The photos that were sent with these reports, by report."""
    query = select(DamagePhoto).where(DamagePhoto.report_id.in_(report_ids))
    found: dict[int, list[DamagePhoto]] = defaultdict(list)
    for photo in session.scalars(query.order_by(DamagePhoto.id)):
        found[photo.report_id or 0].append(photo)
    return found


def of_participants(session: Session, participant_ids: Collection[int]) -> list[DamagePhoto]:
    """The photos that were sent for these participants, the oldest first."""
    query = select(DamagePhoto).where(DamagePhoto.participant_id.in_(participant_ids))
    return list(session.scalars(query.order_by(DamagePhoto.id)))


def remove(session: Session, photos: Iterable[DamagePhoto]) -> None:
    """Take photos away for good."""
    for photo in photos:
        session.delete(photo)
    session.flush()


def forget_participant(session: Session, participant_id: int) -> None:
    remove(session, of_participants(session, [participant_id]))


def forget_round(session: Session, round_: Round, *, now: datetime) -> None:
    """Take all photos of a round away, when its days are over."""
    if round_.id in rounds_to_forget(session, now=now):
        mine = select(DamagePhoto).where(DamagePhoto.round_id == round_.id)
        remove(session, session.scalars(mine).all())


def rounds_to_forget(session: Session, *, now: datetime) -> list[int]:
    """Ended rounds of which photos are kept, and must no longer be."""
    over = Round.ended_at <= now - timedelta(days=KEEP_DAYS)
    held = select(DamagePhoto.id).where(DamagePhoto.round_id == Round.id).exists()
    return list(session.scalars(select(Round.id).where(over, held).order_by(Round.id)))


def name_of(photo: DamagePhoto) -> str:
    """What its file is called where it is taken along."""
    return f"photos/{photo.id}.jpg"


def _keep(
    session: Session,
    owner: dict[str, int],
    pictures: Sequence[Picture],
    *,
    key: str,
    actor: str,
    now: datetime,
) -> int:
    return sum(
        insert_if_absent(
            session,
            DamagePhoto,
            **owner,
            **vars(picture),
            at=now,
            by=actor,
            key=f"{key}:{number}",
        )
        for number, picture in enumerate(pictures)
    )


def _known(session: Session, key: str, count: int) -> int:
    keys = [f"{key}:{number}" for number in range(count)]
    query = select(func.count(DamagePhoto.id)).where(DamagePhoto.key.in_(keys))
    return session.scalar(query) or 0


def _of_delivery(session: Session, order_id: int) -> int:
    """How many there are of all articles of an order, but for those of participants."""
    items = select(SupplierOrderLine.item_id).where(
        SupplierOrderLine.supplier_order_id == order_id
    )
    query = select(func.count(DamagePhoto.id)).where(
        DamagePhoto.item_id.in_(items), DamagePhoto.report_id.is_(None)
    )
    return session.scalar(query) or 0

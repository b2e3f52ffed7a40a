"""What is kept of a delivery about one participant, as plain data to take along."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from purchasing.deliveries import photos
from purchasing.deliveries.hand_shares import HandShare
from purchasing.shares import DeliveredShare

Facts = dict[str, Any]


def came(
    session: Session, participant_id: int, names: Mapping[int, str]
) -> list[tuple[int, Facts]]:
    """What they got, where that was not what was decided; `names` of articles, by id."""
    mine = select(DeliveredShare).where(DeliveredShare.participant_id == participant_id)
    return [
        (
            row.round_id,
            {
                "article": names[row.item_id],
                "given": row.given,
                "weight_in_thousandths": row.milli,
            },
        )
        for row in session.scalars(mine.order_by(DeliveredShare.id))
    ]


def by_hand(
    session: Session, participant_id: int, names: Mapping[int, str]
) -> list[tuple[int, Facts]]:
    """What somebody decided for them, and why."""
    mine = select(HandShare).where(HandShare.participant_id == participant_id)
    return [
        (
            row.round_id,
            {
                "article": names[row.item_id],
                "given": row.pieces,
                "weight_in_thousandths": row.milli,
                "why": row.reason,
                "decided_at": row.at.isoformat(),
            },
        )
        for row in session.scalars(mine.order_by(HandShare.id))
    ]


def photographed(
    session: Session, participant_id: int, names: Mapping[int, str]
) -> list[tuple[int, Facts]]:
    """The photos that were sent for them."""
    return [
        (
            photo.round_id,
            {
                "article": names[photo.item_id],
                "sent_at": photo.at.isoformat(),
                "file": photos.name_of(photo),
                "is_kept_days_after_the_round": photos.KEEP_DAYS,
            },
        )
        for photo in photos.of_participants(session, [participant_id])
    ]

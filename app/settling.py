"""What settling a round would do: whose paper changes, and what is still in the way."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.orm import Session

from app.ui import in_units
from purchasing.books.differences import Correction, corrections_of, outcome_of
from purchasing.deliveries import counting
from purchasing.rounds import Round


@dataclass(frozen=True)
class Told:
    """`differ` are articles counted differently; `left_over` what came that nobody asked for."""

    corrections: list[Correction]
    carried: int
    left_over: list[tuple[str, str]]
    differ: list[str]

    @property
    def credits(self) -> list[Correction]:
        return [one for one in self.corrections if one.total <= 0]

    @property
    def supplements(self) -> list[Correction]:
        return [one for one in self.corrections if one.total > 0]


def told_of(session: Session, round_: Round) -> Told:
    """As what came is known now; nothing before the order and after the end."""
    if round_.state not in counting.COUNTED_IN:
        return Told([], 0, [], [])
    outcome = outcome_of(session, round_)
    items = {item.id: item for item in round_.items}
    return Told(
        corrections=corrections_of(outcome),
        carried=outcome.arrival.carried,
        left_over=[
            (items[item_id].name, in_units(pieces, items[item_id].piece_milli))
            for item_id, pieces in outcome.arrival.left_over.items()
        ],
        differ=counting.conflicts(session, round_.id),
    )

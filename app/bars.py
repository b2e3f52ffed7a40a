"""Two costs as two stacked bars on one scale: what is now, and what would be.

Widths are per cent of the longest bar. What comes off (power fed in, say) is drawn at the end of
its bar, where it takes something back; so a bar without it is as long as its total.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

WHOLE = 100.0
GAP = 0.4  # between two parts


@dataclass(frozen=True)
class Part:
    """One row of a cost in its bar; `cents` as they are shown."""

    key: str
    label: str
    cents: int
    start: float
    width: float


@dataclass(frozen=True)
class Bar:
    """One cost: its parts, where its total ends, and how much came off behind that."""

    parts: tuple[Part, ...]
    total: int
    end: float
    taken_off: float


def bars_of(rows: Sequence[Mapping[str, Any]]) -> tuple[Bar | None, Bar]:
    """The bars of rows with `key`, `label`, `now` (cents or None) and `new` (cents)."""
    known = all(row["now"] is not None for row in rows)
    names = ("now", "new") if known else ("new",)
    longest = max((_added(rows, name) for name in names), default=0)
    scale = WHOLE / max(longest, 1)
    return (_bar(rows, "now", scale) if known else None), _bar(rows, "new", scale)


def _added(rows: Sequence[Mapping[str, Any]], name: str) -> int:
    return sum(max(0, row[name]) for row in rows)


def _bar(rows: Sequence[Mapping[str, Any]], name: str, scale: float) -> Bar:
    parts, at = [], 0.0
    for row in rows:
        width = max(0, row[name]) * scale
        if width > GAP:
            drawn = round(width - GAP, 2)
            parts.append(Part(row["key"], row["label"], row[name], round(at, 2), drawn))
        at += width
    total = sum(row[name] for row in rows)
    end = max(0.0, total * scale)
    return Bar(tuple(parts), total, round(end, 2), round(at - end, 2))

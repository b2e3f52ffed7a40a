"""A lot sheet as it is read: what stands in its rows, segment by segment, for page and paper."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

CONNECTIONS, TOTAL = "connections", "total"
QUARTILES = ("quartile_1", "median", "quartile_3")


@dataclass
class Quantity:
    """What is used of one thing; None is fewer than ten connections."""

    label: str
    unit: str = ""
    connections: int | None = None
    total: int | None = None
    quartiles: list[int | None] = field(default_factory=list)


@dataclass
class Counted:
    """How many connections have what; words are msgids, or a month or size as it is."""

    label: str
    counts: list[tuple[str, int | None]] = field(default_factory=list)


@dataclass
class Segment:
    """One segment, or all of them together; `connections` None is fewer than ten."""

    label: str
    connections: int | None = None
    quantities: list[Quantity] = field(default_factory=list)
    counted: list[Counted] = field(default_factory=list)


def segments_of(sheet: Mapping[str, Any]) -> list[Segment]:
    """The segments of a lot sheet's record, all together first. Labels are msgids."""
    labels = sheet["labels"]
    found: dict[str, Segment] = {}
    for row in sheet["rows"]:
        segment = found.setdefault(row["segment"], Segment(labels["segments"][row["segment"]]))
        label = labels["figures"][row["figure"]]
        if row["figure"] == CONNECTIONS:
            segment.connections = row["value"]
        elif row["detail"] in (CONNECTIONS, TOTAL, *QUARTILES):
            _note(_named(segment.quantities, label, Quantity), row)
        else:
            said = labels["details"].get(row["detail"], row["detail"])
            _named(segment.counted, label, Counted).counts.append((said, row["value"]))
    return list(found.values())


def _note(quantity: Quantity, row: Mapping[str, Any]) -> None:
    if row["detail"] == CONNECTIONS:
        quantity.connections = row["value"]
    elif row["detail"] == TOTAL:
        quantity.total, quantity.unit = row["value"], row["unit"]
    else:
        quantity.quartiles.append(row["value"])


def _named(things: list[Any], label: str, kind: type[Any]) -> Any:
    """The one of this name; a new one at the end where there is none."""
    found: Iterable[Any] = (one for one in things if one.label == label)
    one = next(iter(found), None)
    if one is None:
        things.append(one := kind(label))
    return one

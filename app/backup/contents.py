"""What a dump of the database says of itself, whichever database it came from."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

Row = Sequence[object]
# A table, its columns, and its rows: read only where they are asked for.
Tables = Iterator[tuple[str, list[str], Callable[[], Iterator[Row]]]]


@dataclass
class Contents:
    """The revision of the schema, the files that rows name, and the last number of each series.

    `faults` is damage, with which nothing can be put back; what `leads_nowhere` can.
    """

    revision: str = ""
    files: dict[str, str] = field(default_factory=dict)  # path: sha256
    numbers: dict[str, int] = field(default_factory=dict)
    tables: int = 0
    faults: list[str] = field(default_factory=list)
    leads_nowhere: list[str] = field(default_factory=list)


def of(tables: Tables, faults: Sequence[str] = (), nowhere: Sequence[str] = ()) -> Contents:
    """Read what we want to know. A table with `path` and `sha256` names files of the archive."""
    found = Contents(faults=list(faults), leads_nowhere=list(nowhere))
    for name, columns, rows in tables:
        found.tables += 1
        if {"path", "sha256"} <= set(columns):
            found.files |= _pairs(columns, rows(), "path", "sha256")
        elif name == "number_series":
            pairs = _pairs(columns, rows(), "key", "last")
            found.numbers = {key: int(last) for key, last in pairs.items()}
        elif name == "alembic_version":
            found.revision = " ".join(sorted(str(row[0]) for row in rows()))
    return found


def _pairs(columns: list[str], rows: Iterator[Row], key: str, value: str) -> dict[str, str]:
    at, to = columns.index(key), columns.index(value)
    return {str(row[at]): str(row[to]) for row in rows}

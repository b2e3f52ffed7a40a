"""The common ground of all files: numbered lines of cells, and how many there may be."""

from dataclasses import dataclass

MAX_ROWS = 30_000
MAX_COLUMNS = 80  # BNN 3.1 has 73
MAX_CELL = 2_000  # characters
MAX_WORDS = 300  # characters of what is not a remark: a name, a number, a unit

Lines = list[tuple[int, list[str]]]  # (number of the line in the file, its cells)


@dataclass(frozen=True, slots=True)
class Grid:
    """One text file, sheet or XML document.

    `root` is the root element of an XML document, whose first line then names the elements.
    `damaged`: some characters could not be decoded.
    """

    lines: Lines
    name: str = ""
    root: str = ""
    damaged: bool = False

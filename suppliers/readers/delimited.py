"""Text with separators (CSV, BNN): which separator, and the cells between them."""

import csv
import io
import re
from collections import deque
from collections.abc import Iterable
from statistics import median

from suppliers.readers.grid import MAX_COLUMNS, MAX_ROWS, Lines
from suppliers.readers.refusals import LineTooLong, OpenQuote, TooManyColumns, TooManyRows

SEPARATORS = ";\t,|"
MAX_LINE = 100_000  # characters
_QUOTED = re.compile(r'"[^"\n]*"')
_SEP_LINE = re.compile(r"\A\"?sep=([;,|\t])\"?\n", re.IGNORECASE)  # a hint only Excel writes


def split(text: str) -> Lines:
    """The lines that hold anything, numbered as a spreadsheet program would. Raises Unreadable."""
    _check_lines(text)
    hint = _SEP_LINE.match(text)
    separator = hint[1] if hint else guess_separator(text)
    skip = 1 if hint else 0
    strict = csv.reader(io.StringIO(text, newline="\n"), delimiter=separator, strict=True)
    try:
        return _collect(strict, skip)
    except csv.Error:
        return _collect_forgiving(text, separator, skip)


def guess_separator(text: str) -> str:
    """The mark that stands most often, and on most lines, outside quotation marks."""
    lines = [_QUOTED.sub("", line) for line in text[:20_000].split("\n")[:60] if line.strip()]
    return max(SEPARATORS, key=lambda mark: _score([line.count(mark) for line in lines]))


def _score(counts: list[int]) -> float:
    present = [count for count in counts if count]
    if not present:
        return 0.0
    share = len(present) / len(counts)
    return median(present) * share**2


def _collect(reader: Iterable[list[str]], skip: int) -> Lines:
    lines: Lines = []
    for number, cells in enumerate(reader, start=1):
        if number <= skip or not any(cells):
            continue
        if any(cells[MAX_COLUMNS:]):
            raise TooManyColumns(limit=MAX_COLUMNS)
        if len(lines) >= MAX_ROWS:
            raise TooManyRows(limit=MAX_ROWS)
        lines.append((number, cells))
    return lines


def _collect_forgiving(text: str, separator: str, skip: int) -> Lines:
    """Quotation marks inside a cell are taken as they stand; one never closed is refused."""
    reader = csv.reader(io.StringIO(text, newline="\n"), delimiter=separator)
    try:
        lines = _collect(reader, skip)
    except csv.Error as error:
        raise OpenQuote(line=reader.line_num) from error
    swallowed = [number for number, cells in lines if any(cell.count("\n") > 9 for cell in cells)]
    if swallowed or _ends_open(text, separator):
        raise OpenQuote(line=swallowed[0] if swallowed else lines[-1][0])
    return lines


def _ends_open(text: str, separator: str) -> bool:
    """A line put behind the end is swallowed when a quotation mark is still open there."""
    probe = f"{text}\nend{separator}end"
    reader = csv.reader(io.StringIO(probe, newline="\n"), delimiter=separator)
    return deque(reader, maxlen=1).pop() != ["end", "end"]


def _check_lines(text: str) -> None:
    for number, line in enumerate(io.StringIO(text, newline="\n"), start=1):
        if len(line) > MAX_LINE:
            raise LineTooLong(line=number)

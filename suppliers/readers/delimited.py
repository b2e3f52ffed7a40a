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
HANDFUL = 5
MOST_BREAKS = 9  # in one cell; more is a quotation mark that was forgotten
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
    """The mark that stands often, and on most lines, outside quotation marks.

    A remark full of commas must not win from a few semicolons on every line: more than a handful
    counts for no more, and the first line that has several marks, usually the titles, counts
    double.
    """
    lines = [_QUOTED.sub("", line) for line in text[:20_000].split("\n")[:60] if line.strip()]
    counts = {mark: [line.count(mark) for line in lines] for mark in SEPARATORS}
    titles = next((at for at in range(len(lines)) if _marks(lines[at]) > 1), 0)
    return max(SEPARATORS, key=lambda mark: _score(mark, counts, titles))


def _marks(line: str) -> int:
    return sum(line.count(mark) for mark in SEPARATORS)


def _score(mark: str, counts: dict[str, list[int]], titles: int) -> float:
    present = [count for count in counts[mark] if count]
    if not present:
        return 0.0
    share = len(present) / len(counts[mark])
    leads = counts[mark][titles] == max(line[titles] for line in counts.values())
    return min(median(present), HANDFUL) * share**2 * (2 if leads else 1)


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
    open_ended = lines[-1:] if _ends_open(text, separator) else []
    swallowed = [line for line in lines if any(cell.count("\n") > MOST_BREAKS for cell in line[1])]
    for number, _ in (*swallowed, *open_ended):
        raise OpenQuote(line=number)
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

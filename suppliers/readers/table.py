"""The one engine: a grid of cells and a layout give a price list."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from purchasing.errors import N_
from suppliers.readers.article import Checked, clean
from suppliers.readers.grid import MAX_CELL, MAX_WORDS, Grid
from suppliers.readers.layout import Draft, Layout
from suppliers.readers.numbers import usual_sign
from suppliers.readers.pricelist import PriceList, Problem, Remarks, Row, first_lines

HEADER_WITHIN = 40  # lines with something in them
SIGN_FROM = ("price", "case_price", "deposit", "case_size")

DAMAGED = N_("Some characters of this file could not be read; they show as “\ufffd”.")
TWICE = N_("This number was already used in row %(first)d.")
SAME_TWICE = N_(
    "Lines that say the same twice count once (lines: %(count)d, first in row %(row)d)."
)
NOTHING = N_("No articles were found in this file.")


@dataclass(frozen=True, slots=True)
class Found:
    """A grid whose layout is known: the header's place in `grid.lines`, field → position."""

    grid: Grid
    layout: Layout
    header: int
    columns: dict[str, int]


def find(grids: Iterable[Grid], layouts: Iterable[Layout]) -> Found | None:
    """The first sheet that is laid out as one of these layouts."""
    for grid in grids:
        for layout in layouts:
            if layout.root != grid.root:
                continue
            for at, (_, cells) in enumerate(grid.lines[:HEADER_WITHIN]):
                columns = layout.find_columns(cells)
                if columns is not None:
                    return Found(grid, layout, at, columns)
    return None


def read(found: Found) -> PriceList:
    """All articles of a grid. Rows that are wrong are left out and told of in `errors`."""
    grid, layout = found.grid, found.layout
    header = grid.lines[found.header][1] if found.header >= 0 else []
    remarks = Remarks()
    if grid.damaged:
        remarks.add(DAMAGED)
    drafts = _drafts(found, remarks)
    complete = layout.complete
    if layout.survey:
        drafts, complete = layout.survey(drafts, header, remarks)
    titles = {name: header[at].strip() for name, at in found.columns.items() if at < len(header)}
    rows, errors = _rows(drafts, layout, titles, remarks)
    if not rows and not errors:
        errors = [Problem(0, "", "", NOTHING)]
    return PriceList(
        format=layout.key,
        rows=tuple(rows),
        errors=tuple(errors),
        warnings=remarks.problems(),
        header=tuple(header),
        sample=first_lines(grid.lines),
        complete=complete,
    )


def _drafts(found: Found, remarks: Remarks) -> list[Draft]:
    """The lines that hold an article, with the heading they stand under as their category."""
    layout, columns = found.layout, found.columns
    drafts: list[Draft] = []
    category = ""
    for number, cells in found.grid.lines[found.header + 1 :]:
        texts = _texts(cells, columns)
        heading = layout.heading(texts, cells) if layout.heading else _blank(texts)
        if heading is None:
            if category:
                texts["category"] = category
            drafts.append(Draft(number, {**layout.fixed, **texts}, layout.sign, remarks))
        elif heading:
            category = heading
    sign = layout.sign or _sign(drafts) or layout.usual_sign
    for draft in drafts:
        draft.sign = sign
    return drafts


def _texts(cells: Sequence[str], columns: dict[str, int]) -> dict[str, str]:
    texts = {}
    for name, at in columns.items():
        text = clean(cells[at]) if at < len(cells) else ""
        if text:
            long_name = name == "name" and MAX_WORDS < len(text) <= MAX_CELL
            texts[name] = text[:MAX_WORDS] if long_name else text
    return texts


def _blank(texts: dict[str, str]) -> str | None:
    """By default a line without name and number is none of ours: a note, a total."""
    return None if texts.get("name") or texts.get("number") else ""


def _sign(drafts: list[Draft]) -> str:
    return usual_sign(draft[name] for draft in drafts for name in SIGN_FROM if draft[name])


def _rows(
    drafts: list[Draft], layout: Layout, titles: dict[str, str], remarks: Remarks
) -> tuple[list[Row], list[Problem]]:
    rows: dict[str, Row] = {}
    errors: list[Problem] = []
    for draft in drafts:
        row = _row(Checked(draft, layout, titles), errors)
        if row is None:
            continue
        first = rows.setdefault(row.number, row)
        if first is row:
            continue
        if replace(first, line=row.line) == row:
            remarks.add(SAME_TWICE, row.line)
        else:
            column = titles.get("number", "number")
            errors.append(Problem(row.line, column, row.number, TWICE, {"first": first.line}))
    return list(rows.values()), errors


def _row(checked: Checked, errors: list[Problem]) -> Row | None:
    row = None
    if checked.fits():
        if checked.layout.refine:
            checked.layout.refine(checked.draft)
        row = checked.row()
    errors.extend(checked.problems)
    return row

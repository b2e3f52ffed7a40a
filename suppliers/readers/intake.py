"""What kind of file is this, whatever its name says; and its grids of cells."""

from collections.abc import Sequence

from suppliers.readers import archive, decoding, delimited, workbook, xml_items
from suppliers.readers.grid import Grid
from suppliers.readers.layout import Layout
from suppliers.readers.refusals import (
    EmptyFile,
    FileTooLarge,
    ItIsAWebPage,
    ItIsPdf,
    NotAPriceList,
)

MAX_BYTES = 20 * 2**20
_WEB_PAGE = (b"<!doctype html", b"<html", b"<table")


def grids(data: bytes, *, filename: str, layouts: Sequence[Layout]) -> list[Grid]:
    """The sheets of a workbook, or the one grid of a text or XML file. Raises Unreadable."""
    if len(data) > MAX_BYTES:
        raise FileTooLarge(limit=MAX_BYTES // 2**20)
    if data.startswith(archive.SIGNATURE) and not archive.is_workbook(data):
        data = archive.only_list(data)
    if data.startswith((workbook.OLE_SIGNATURE, archive.SIGNATURE)):
        return workbook.grids(data)
    return [_text_grid(data, filename, layouts)]


def _text_grid(data: bytes, filename: str, layouts: Sequence[Layout]) -> Grid:
    if not data.strip():
        raise EmptyFile
    if data.startswith(b"%PDF"):
        raise ItIsPdf
    if decoding.is_binary(data):
        raise NotAPriceList(filename=filename)
    start = data[:2000].removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if start.startswith(_WEB_PAGE):
        raise ItIsAWebPage
    if start.startswith(b"<") or b"<\x00?\x00x\x00m\x00l" in data[:20]:
        return _xml_grid(data, layouts)
    text, damaged = decoding.decode(data, _declared(data, layouts))
    return Grid(delimited.split(text), damaged=damaged)


def _xml_grid(data: bytes, layouts: Sequence[Layout]) -> Grid:
    text, damaged = decoding.decode(data, decoding.declared_in_xml(data))
    kinds = {layout.root: (layout.item, _elements(layout)) for layout in layouts if layout.root}
    return xml_items.grid(text, kinds, damaged=damaged)


def _elements(layout: Layout) -> tuple[str, ...]:
    return tuple(
        name for names in layout.columns.values() if not isinstance(names, int) for name in names
    )


def _declared(data: bytes, layouts: Sequence[Layout]) -> str:
    for layout in layouts:
        if layout.charset and (name := layout.charset(data[:200])):
            return name
    return ""

"""XML price lists: every article element becomes a line, every element in it a cell."""

from xml.sax.handler import ContentHandler
from xml.sax.xmlreader import AttributesImpl

from suppliers.readers.grid import MAX_ROWS, Grid, Lines
from suppliers.readers.refusals import (
    BrokenXml,
    EntitiesInXml,
    ItIsAWebPage,
    TooHeavy,
    TooManyRows,
    UnknownXml,
)

MAX_ELEMENTS = 5_000_000
_CHUNK = 2**20


def grid(text: str, kinds: dict[str, tuple[str, tuple[str, ...]]], *, damaged: bool) -> Grid:
    """Read a document of a known kind. Raises Unreadable.

    `kinds` says per root element which element is an article and which elements in it are
    wanted. Line 0 of the grid names those, line 1 is the first article; text between elements is
    ignored. Of an element that stands twice in an article the first counts.
    """
    from xml.sax import SAXParseException

    from defusedxml.common import DefusedXmlException  # type: ignore[import-untyped]
    from defusedxml.expatreader import create_parser  # type: ignore[import-untyped]

    parser = create_parser(forbid_dtd=True)
    items = _Items(kinds)
    parser.setContentHandler(items)
    try:
        for start in range(0, len(text), _CHUNK):
            parser.feed(text[start : start + _CHUNK])
        parser.close()
    except DefusedXmlException as error:
        raise EntitiesInXml from error
    except SAXParseException as error:
        raise BrokenXml(line=error.getLineNumber() or 0) from error
    return Grid([(0, list(items.wanted)), *items.lines], root=items.root, damaged=damaged)


class _Items(ContentHandler):
    def __init__(self, kinds: dict[str, tuple[str, tuple[str, ...]]]) -> None:
        super().__init__()
        self.root = ""
        self.wanted: tuple[str, ...] = ()
        self._wanted: frozenset[str] = frozenset()
        self.lines: Lines = []
        self._kinds = kinds
        self._item = ""
        self._found: dict[str, str] | None = None
        self._text: list[str] | None = None
        self._elements = 0

    def startElement(self, name: str, attrs: AttributesImpl) -> None:
        self._elements += 1
        if self._elements > MAX_ELEMENTS:
            raise TooHeavy
        if not self.root:
            self._begin(name.lower())
        elif name == self._item:
            self._found = {}
        elif self._found is not None:
            self._text = [] if name in self._wanted and name not in self._found else None

    def characters(self, content: str) -> None:
        if self._text is not None:
            self._text.append(content)

    def endElement(self, name: str) -> None:
        if self._found is None:
            return
        if self._text is not None:
            self._found[name] = "".join(self._text)
            self._text = None
        elif name == self._item:
            self._keep(self._found)
            self._found = None

    def _begin(self, root: str) -> None:
        if root == "html":
            raise ItIsAWebPage
        if root not in self._kinds:
            raise UnknownXml
        self.root = root
        self._item, self.wanted = self._kinds[root]
        self._wanted = frozenset(self.wanted)

    def _keep(self, found: dict[str, str]) -> None:
        if len(self.lines) >= MAX_ROWS:
            raise TooManyRows(limit=MAX_ROWS)
        self.lines.append((len(self.lines) + 1, [found.get(name, "") for name in self.wanted]))

"""A page of ours for WeasyPrint, read and styled as what it is: XML with thirty elements.

WeasyPrint reads any page that a browser would, and begins with a browser's own style sheet. Ours
are well-formed and need little of that sheet: a seventh of a paper's time. The result must be the
same to the byte; a test holds every kind of paper against WeasyPrint's own way.
"""

from functools import lru_cache
from xml.etree.ElementTree import ParseError

from cssselect2 import ElementWrapper
from defusedxml.ElementTree import fromstring  # type: ignore[import-untyped]
from weasyprint import CSS, HTML

from app.documents.fetcher import OwnAssets
from app.documents.pages import TEMPLATES


class OwnPage(HTML):
    """The page in `text`, which may ask `door` for what it shows.

    A page that is not well-formed is read as any browser would; it only takes longer.
    """

    def __init__(self, text: str, door: OwnAssets) -> None:
        try:
            root = fromstring(text.lstrip())
        except ParseError:
            super().__init__(string=text, base_url=None, url_fetcher=door)
            return
        self.base_url, self.url_fetcher, self.media_type = None, door, "print"
        self.wrapper_element = ElementWrapper.from_html_root(root, content_language=None)
        self.etree_element = self.wrapper_element.etree_element

    def _ua_stylesheets(self, forms: bool = False) -> list[CSS]:
        return [_ground()]


@lru_cache(maxsize=1)
def _ground() -> CSS:
    return CSS(string=(TEMPLATES / "ground.css").read_text("utf-8"))

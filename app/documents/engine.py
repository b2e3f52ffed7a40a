"""The press itself: HTML in, a tagged PDF/A-3a and PDF/UA-1 out. Import it inside functions only.

PDF/A-3a was chosen over plain PDF/UA-1 because it may carry the invoice's XML. It has the same
tags, and the metadata names both standards. It costs a colour profile (2 kB) and no time.
"""

import logging
from datetime import UTC, date, datetime, time
from functools import lru_cache
from importlib.resources import files
from typing import Any, NamedTuple

from weasyprint import CSS, Attachment
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import FatalURLFetchingError

from app.documents.errors import ForeignAddress
from app.documents.fetcher import OwnAssets
from app.documents.metadata import describe, finish
from app.documents.own_page import OwnPage
from app.documents.pages import TEMPLATES
from app.documents.words import words

# WeasyPrint's remarks go to the application's log, where they have a time and a reader.
logging.getLogger("weasyprint.progress").setLevel(logging.WARNING)

_LIST_PAPERS = {
    "order_sheet",
    "packing_list",
    "receipt",
    "referral_list",
    "confirmation",
    "lot_sheet",
    "switch_list",
}

# PDF/A wants to know what red is. WeasyPrint knows, but leaves the profile's file open.
_COLOURS = "@color-profile --srgb{src:url(asset:sRGB2014.icc);components:r,g,b}"


def assets() -> dict[str, tuple[str, bytes]]:
    """All that a style sheet of ours may ask for: our drawings, and the meaning of our colours."""
    drawings = {
        f"asset:{path.name}": ("image/svg+xml", path.read_bytes())
        for path in sorted(TEMPLATES.glob("*.svg"))
    }
    profile = (files("weasyprint.pdf") / "sRGB2014.icc").read_bytes()
    return {**drawings, "asset:sRGB2014.icc": ("application/vnd.iccprofile", profile)}


class Stock:
    """What every paper of one language needs, prepared once in a process."""

    def __init__(self, language: str) -> None:
        self.assets = assets()
        self.fonts = FontConfiguration()
        self.paper = [self._sheet("paper.css"), self._parsed(margins(language))]
        self.list = [*self.paper, self._sheet("list.css")]

    def _sheet(self, name: str) -> CSS:
        return self._parsed((TEMPLATES / name).read_text("utf-8"))

    def _parsed(self, text: str) -> CSS:
        return CSS(string=text, url_fetcher=OwnAssets(self.assets), font_config=self.fonts)


@lru_cache(maxsize=8)
def stock(language: str) -> Stock:
    return Stock(language)


def margins(language: str) -> str:
    """What stands in the page margins: on every page the head and page of pages, below the sum
    carried forward; the head again on top from page 2. Mirrored for right-to-left languages.
    """
    speech = words(language)
    before, between = "left", "right"
    if speech.direction == "rtl":
        before, between = between, before
    count = _counted(speech.gettext("page %(page)s of %(pages)s"))
    turn = f"direction:{speech.direction}"
    top, bottom = "vertical-align:top;padding-top:13.5mm", "vertical-align:top;padding-top:4.5mm"
    return (
        f"@page{{@top-{before}{{content:string(head);width:70%;{turn};{top}}}"
        f"@top-{between}{{content:string(carried,start);{turn};{top}}}"
        f'@bottom-{before}{{content:string(head) " · " {count};width:70%;{turn};{bottom}}}'
        f"@bottom-{between}{{content:string(carried,last);{turn};{bottom}}}}}"
        f"@page:first{{@top-{before}{{content:none}}@top-{between}{{content:none}}}}"
    )


def _counted(sentence: str) -> str:
    """ "page %(page)s of %(pages)s" as a CSS content list."""
    quoted = '"' + sentence.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return quoted.replace("%(pages)s", '" counter(pages) "').replace(
        "%(page)s", '" counter(page) "'
    )


class Enclosed(NamedTuple):
    """A file that lies in a PDF, and the day that it bears: the paper's."""

    name: str
    description: str
    content: bytes
    made_on: date


def press(html: str, kind: str, language: str, enclosed: Enclosed | None = None) -> bytes:
    """The PDF of one page of HTML. Raises ForeignAddress if the page asked for anything not ours.

    The same HTML gives the same bytes, whatever the time, the time zone or the process.
    """
    ready = stock(language)
    door = OwnAssets(ready.assets)
    sheets = ready.list if kind in _LIST_PAPERS else ready.paper
    options: dict[str, Any] = {
        "pdf_variant": "pdf/a-3a",
        "output_intent": "--srgb",
        "presentational_hints": False,
    }
    # A profile changes when it is used (its next copy has other bytes): a new one for each paper.
    colours: dict[str, Any] = {}
    CSS(string=_COLOURS, url_fetcher=door, color_profiles=colours)
    try:
        document = OwnPage(html, door).render(
            font_config=ready.fonts, color_profiles=colours, stylesheets=sheets, **options
        )
        if door.refused:
            raise ForeignAddress(door.refused)
        describe(document, with_invoice=enclosed is not None)
        pdf = document.write_pdf(attachments=_attached(enclosed, door), finisher=finish, **options)
    except FatalURLFetchingError as error:
        raise ForeignAddress(door.refused) from error
    if door.refused:
        raise ForeignAddress(door.refused)
    return bytes(pdf)


def _attached(file: Enclosed | None, door: OwnAssets) -> list[Attachment]:
    """As PDF/A-3 has it: the same as what is printed, in another form."""
    if file is None:
        return []
    midnight = datetime.combine(file.made_on, time(), UTC)
    return [
        Attachment(
            string=file.content,
            url_fetcher=door,
            name=file.name,
            description=file.description,
            created=midnight,
            modified=midnight,
            relationship="Alternative",
        )
    ]

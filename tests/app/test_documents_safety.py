"""No paper reads a file or an address, whatever people type into names, notes and titles."""

import io
import threading
from collections.abc import Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any, NamedTuple

import pikepdf
import pypdfium2
import pytest

from app.documents import render, samples
from app.documents.errors import ForeignAddress
from app.documents.pages import page

SECRET = "fluisterwoord"


class Trap(NamedTuple):
    """An address that counts its callers and a file that must not be read."""

    address: str
    file: Path
    calls: list[str]


@pytest.fixture(scope="module")
def trap(tmp_path_factory) -> Iterator[Trap]:
    calls: list[str] = []

    class Listener(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            calls.append(self.path)
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_args: Any) -> None:
            pass

    file = tmp_path_factory.mktemp("trap") / "secret.svg"
    file.write_text(f'<svg xmlns="http://www.w3.org/2000/svg"><text>{SECRET}</text></svg>')
    server = HTTPServer(("127.0.0.1", 0), Listener)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield Trap(f"http://127.0.0.1:{server.server_port}", file, calls)
    server.shutdown()
    thread.join()
    server.server_close()


# {u} is the listening address, {f} the secret file. These make WeasyPrint ask for something:
ASKING = [
    '<img src="{u}/img" alt="x">',
    '<img src="{f}" alt="x">',
    '<link rel="stylesheet" href="{u}/link">',
    "<style>@import url({u}/import);</style>",
    "<style>p{{background:url({u}/background)}}</style>",
    '<p style="background:url({u}/inline)">x</p>',
    "<style>@font-face{{font-family:z;src:url({u}/font)}} p{{font-family:z}}</style>",
    '<object data="{u}/object" type="image/png">x</object>',
    '<embed src="{u}/embed" type="image/png">',
    '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
    'width="9" height="9"><image xlink:href="{u}/svg" width="9" height="9"/></svg>',
    '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9">'
    '<image href="{f}" width="9" height="9"/></svg>',
    '<link rel="attachment" href="{u}/attachment">',
    '<link rel="attachment" href="{f}">',
    '<a rel="attachment" href="{f}">x</a>',
    '<base href="{u}/"><img src="relative" alt="x">',
    "<style>p::before{{content:url({u}/content)}}</style>",
    "<style>li{{list-style-image:url({u}/list)}}</style><ul><li>x</ul>",
    '<img src="data:image/svg+xml,%3Csvg xmlns=%22http://www.w3.org/2000/svg%22%3E'
    '%3Cimage href=%22{u}/nested%22/%3E%3C/svg%3E" alt="x">',
    '<img src="ftp://127.0.0.1:1/ftp" alt="x">',
]
# ... and these must not, and do not, do anything at all:
IDLE = [
    '<script src="{u}/script"></script>',
    '<iframe src="{u}/frame"></iframe>',
    '<meta http-equiv="refresh" content="0;url={u}/refresh">',
    '<table background="{u}/hint"><tr><td>x</table>',
    '<img src="relative.png" alt="x">',
    '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink">'
    '<use xlink:href="{f}#x"/></svg>',
]


def aimed(vector: str, trap: Trap) -> str:
    return vector.format(u=trap.address, f=trap.file.as_uri())


def leaks(pdf: bytes) -> bool:
    """Whether the secret is in the text or any stream, or a file inside that is not ours."""
    with pypdfium2.PdfDocument(pdf) as document:
        text = "".join(
            document[at].get_textpage().get_text_bounded() for at in range(len(document))
        )
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        streams = [
            item.read_bytes() for item in opened.objects if isinstance(item, pikepdf.Stream)
        ]
        attached = set(opened.attachments) - {"factur-x.xml"}
    return bool(SECRET in text or attached or any(SECRET.encode() in data for data in streams))


@pytest.mark.parametrize("vector", ASKING)
def test_the_door_refuses_every_address_and_the_paper_is_thrown_away(vector, trap):
    from app.documents.engine import press

    html = page("invoice", samples.invoice(lines=1)).replace("</body>", aimed(vector, trap))
    with pytest.raises(ForeignAddress):
        press(html, "invoice", "en")
    assert trap.calls == []


@pytest.mark.parametrize("vector", IDLE)
def test_what_asks_for_nothing_gets_nothing(vector, trap):
    from app.documents.engine import press

    html = page("invoice", samples.invoice(lines=1)).replace("</body>", aimed(vector, trap))
    with suppress(ForeignAddress):
        assert not leaks(press(html, "invoice", "en"))
    assert trap.calls == []


def test_html_in_any_field_shows_as_text_and_fetches_nothing(trap):
    vectors = [aimed(vector, trap) for vector in ASKING + IDLE]
    invoice = samples.invoice(language="en", lines=len(vectors) + 3)
    for line, vector in zip(invoice["lines"], vectors, strict=False):
        line["name"] = line["unit"] = vector
    invoice["notes"] = vectors
    invoice["round"]["title"] = invoice["recipient"]["name"] = vectors[0]
    invoice["sender"] = {**invoice["sender"], "name": vectors[2], "street": vectors[3]}
    pdf = render("invoice", invoice)
    assert not leaks(pdf)
    assert trap.calls == []
    with pypdfium2.PdfDocument(pdf) as document:
        text = document[0].get_textpage().get_text_bounded()
    assert "<img src=" in text
    assert "<link rel=" in text


def test_html_in_lists_shows_as_text_and_fetches_nothing(trap):
    for at, vector in enumerate(aimed(vector, trap) for vector in ASKING[:6]):
        sheet = samples.order_sheet(language="en", lines=2, notes=[vector])
        sheet["lines"][0] |= {"name": vector, "number": vector, "brand": vector}
        sheet["supplier"] |= {"name": vector, "attention": vector}
        assert not leaks(render("order_sheet", sheet))
        packing = samples.packing_list(language="en", participants=1, articles=2)
        packing["items"][at % 2]["name"] = packing["slips"][0]["participant"] = vector
        packing["place"] = vector
        assert not leaks(render("packing_list", packing))
    assert trap.calls == []


def test_template_marks_in_a_name_are_only_text():
    html = page("invoice", samples.invoice(lines=1) | {"notes": ["{{ 7 * 7 }} %(x)s {% if %}"]})
    assert "{{ 7 * 7 }} %(x)s {% if %}" in html


def test_control_characters_and_hidden_directions_do_not_reach_the_paper():
    record = samples.invoice(lines=1)
    record["recipient"]["name"] = "Ja\x00n\x1b[31m \u202egnp.exe \ud800 Smit\nregel"
    html = page("invoice", record)
    assert "Ja n [31m gnp.exe Smit regel" in html
    assert render("invoice", record).startswith(b"%PDF")


def test_text_without_end_is_shortened():
    record = samples.invoice(lines=1)
    record["lines"][0]["name"] = "x" * 5000
    html = page("invoice", record)
    assert "x" * 199 + "…" in html
    assert "x" * 200 not in html


def test_a_missing_package_is_named_in_a_clear_sentence(monkeypatch):
    from app.documents import requirements
    from app.documents.errors import CannotPrint

    monkeypatch.setitem(requirements._LIBRARIES, "libdream1", "libdream.so.1")
    monkeypatch.setitem(requirements._FONTS, "fonts-dream", "Dream-Regular.ttf")
    assert requirements.missing() == ["libdream1", "fonts-dream"]
    requirements.demand.cache_clear()
    with pytest.raises(CannotPrint, match="apt-get install libdream1 fonts-dream"):
        render("invoice", samples.invoice(lines=1))

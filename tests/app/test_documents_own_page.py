"""How a page of ours is read: as XML, with few rules, and to the same bytes as a browser would."""

import re
from typing import Any
from xml.etree.ElementTree import fromstring

import pytest
from hypothesis import given
from hypothesis import strategies as st
from weasyprint import HTML

from app.documents import engine, render, samples, signup_samples
from app.documents.pages import TEMPLATES, page
from tests.app.test_documents import PAPERS, every_kind, printed

FORMS: dict[str, tuple[str, Any]] = {
    "right to left": ("invoice", samples.invoice(language="ar")),
    "list right to left": ("packing_list", samples.packing_list(language="ar")),
    "to a shop": ("invoice", samples.invoice(shop=True, lines=120)),
    "with what did not come": ("invoice", samples.invoice(lines=4, gaps=3)),
    "without lines": ("invoice", samples.invoice(lines=0)),
    "invoice of a premium": ("invoice", signup_samples.premium_invoice()),
    "order of a policy": ("order_sheet", signup_samples.premium_order()),
    "sheet by weight": ("order_sheet", samples.order_sheet(lines=1)),
    "repeated sheet": ("order_sheet", samples.order_sheet(lines=1, repeat=True)),
}
FORMS["sheet by weight"][1]["lines"][0]["quantity"] = {"milli": 10_000, "unit": "kg"}
every_form = pytest.mark.parametrize("form", FORMS)


@pytest.fixture
def a_browsers_way(monkeypatch):
    """Pages as WeasyPrint reads any page, with all that a browser knows by itself."""
    monkeypatch.setattr(engine, "OwnPage", lambda text, door: HTML(string=text, url_fetcher=door))


@every_kind
def test_a_paper_is_the_same_to_the_byte_the_long_way(kind, request):
    ours = printed(kind)
    request.getfixturevalue("a_browsers_way")
    assert render(kind, PAPERS[kind]) == ours


@every_form
def test_so_is_every_form_of_it(form, request):
    kind, record = FORMS[form]
    ours = render(kind, record)
    request.getfixturevalue("a_browsers_way")
    assert render(kind, record) == ours


@every_kind
def test_every_page_is_well_formed(kind):
    for language in ("nl", "ar"):
        assert fromstring(page(kind, {**PAPERS[kind], "language": language})).tag == "html"


@every_form
def test_so_is_every_form_of_a_page(form):
    assert fromstring(page(*FORMS[form])).tag == "html"


@pytest.mark.parametrize("template", sorted(path.name for path in TEMPLATES.glob("*.html")))
def test_no_branch_of_a_template_leaves_open_what_xml_wants_closed(template):
    left_open = re.compile(r"<(?:br|col|hr|img|link|meta)\b[^<>]*(?<!/)>|<table[^<]*>\s*<tr")
    assert left_open.findall((TEMPLATES / template).read_text("utf-8")) == []


@given(st.text(), st.text())
def test_whatever_people_are_called_a_page_is_well_formed(name, note):
    record = samples.invoice(lines=1)
    named = {**record["recipient"], "name": name, "street": note}
    assert fromstring(page("invoice", {**record, "recipient": named, "notes": [note]})) is not None


def test_a_page_that_is_not_well_formed_is_printed_all_the_same():
    page_of_old = "<!doctype html><html lang=en><title>Old</title><p>One<br>two"
    assert engine.press(page_of_old, "invoice", "en").startswith(b"%PDF")

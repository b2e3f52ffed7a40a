"""What stands on a paper, and how it is built: text, tags, fonts, and the same bytes each time."""

import hashlib
import io
import json
import os
import subprocess
import sys
from functools import cache
from itertools import pairwise
from typing import Any

import pikepdf
import pypdfium2
import pytest
import zxingcpp
from bs4 import BeautifulSoup

from app import documents
from app.documents import (
    account_samples,
    correction_samples,
    render,
    samples,
    signup_samples,
    tender_samples,
)
from app.documents.pages import page

PAPERS = {
    "invoice": samples.invoice(language="en"),
    "settlement": samples.settlement(language="en"),
    "credit_note": correction_samples.credit_note(language="en"),
    "supplement": correction_samples.supplement(language="en"),
    "order_sheet": samples.order_sheet(language="en"),
    "packing_list": samples.packing_list(language="en"),
    "receipt": signup_samples.receipt(language="en"),
    "confirmation": tender_samples.confirmation(language="en"),
    "lot_sheet": tender_samples.lot_sheet(language="en"),
    "switch_list": tender_samples.switch_list(language="en"),
    "referral_list": signup_samples.referral_list(language="en"),
    "account": account_samples.account(language="en"),
    "cash_receipt": account_samples.cash_receipt(language="en"),
}
every_kind = pytest.mark.parametrize("kind", PAPERS)


@cache
def printed(kind: str) -> bytes:
    return render(kind, PAPERS[kind])


def text_of(pdf: bytes) -> str:
    with pypdfium2.PdfDocument(pdf) as document:
        pages = [document[at].get_textpage().get_text_bounded() for at in range(len(document))]
    return " ".join(" ".join(pages).replace("\u00a0", " ").split())


def elements(pdf: pikepdf.Pdf) -> list[Any]:
    """Every structure element, in reading order."""
    found: list[Any] = []

    def visit(node: Any) -> None:
        if not isinstance(node, pikepdf.Dictionary):
            return
        found.append(node)
        kids = node.get("/K")
        for kid in kids if isinstance(kids, pikepdf.Array) else [kids]:
            visit(kid)

    visit(pdf.Root.StructTreeRoot)
    return found


def tagged(pdf: pikepdf.Pdf, name: str) -> list[Any]:
    return [element for element in elements(pdf) if element.get("/S") == f"/{name}"]


# --- structure ---------------------------------------------------------------------------------


@every_kind
def test_a_paper_is_tagged_and_says_its_language_and_title(kind):
    with pikepdf.open(io.BytesIO(printed(kind))) as pdf:
        assert pdf.Root.MarkInfo.Marked
        assert str(pdf.Root.Lang) == "en"
        assert pdf.Root.ViewerPreferences.DisplayDocTitle
        assert samples.SENDER["name"] in str(pdf.docinfo.Title)
        assert len(tagged(pdf, "H1")) == 1
        assert tagged(pdf, "Table")
        assert tagged(pdf, "TH")


@every_kind
def test_a_paper_names_both_standards_it_follows(kind):
    with pikepdf.open(io.BytesIO(printed(kind))) as pdf, pdf.open_metadata() as metadata:
        assert metadata["pdfaid:part"] == "3"
        assert metadata["pdfaid:conformance"] == "A"
        assert metadata["{http://www.aiim.org/pdfua/ns/id/}part"] == "1"
        assert bytes(pdf.Root.Metadata.read_bytes()).count(b"<rdf:RDF") == 1


@every_kind
def test_every_font_of_a_paper_is_inside_it(kind):
    with pikepdf.open(io.BytesIO(printed(kind))) as pdf:
        descriptors = [
            item
            for item in pdf.objects
            if isinstance(item, pikepdf.Dictionary) and item.get("/Type") == "/FontDescriptor"
        ]
        assert descriptors
        for descriptor in descriptors:
            assert {"/FontFile", "/FontFile2", "/FontFile3"} & set(descriptor.keys())
            assert "+" in str(descriptor.FontName), "only the letters used"
            assert "Lato" in str(descriptor.FontName)


def test_the_qr_code_is_read_aloud():
    with pikepdf.open(io.BytesIO(printed("invoice"))) as pdf:
        figures = tagged(pdf, "Figure")
        assert [str(figure.Alt) for figure in figures] == [
            f"QR code to pay €{samples.invoice()['total'] / 100:.2f} with your banking app"
        ]


def test_the_qr_code_pays_this_invoice():
    with pypdfium2.PdfDocument(printed("invoice")) as document:
        picture = document[0].render(scale=150 / 72, grayscale=True).to_pil()
    codes = zxingcpp.read_barcodes(picture)
    assert [code.text for code in codes] == [PAPERS["invoice"]["payment"]["epc"]]


def test_headings_go_down_one_step_at_a_time():
    with pikepdf.open(io.BytesIO(printed("packing_list"))) as pdf:
        headings = [str(e.S) for e in elements(pdf) if str(e.get("/S")) in {"/H1", "/H2", "/H3"}]
    assert headings[:3] == ["/H1", "/H2", "/H2"]
    assert set(headings[3:]) == {"/H3"}


# --- the same bytes ----------------------------------------------------------------------------

_ELSEWHERE = """
import hashlib, json, sys
from app.documents import render
papers = json.load(sys.stdin)
print(json.dumps({k: hashlib.sha256(render(k, s)).hexdigest() for k, s in papers.items()}))
"""


@pytest.mark.parametrize(
    "surroundings",
    [
        {"TZ": "Pacific/Kiritimati", "PYTHONHASHSEED": "1", "LC_ALL": "C"},
        {"TZ": "America/Anchorage", "PYTHONHASHSEED": "2", "SOURCE_DATE_EPOCH": "1"},
    ],
)
def test_the_same_record_gives_the_same_bytes_anywhere(surroundings):
    answer = subprocess.run(
        [sys.executable, "-c", _ELSEWHERE],
        input=json.dumps(PAPERS),
        env={**os.environ, **surroundings},
        capture_output=True,
        text=True,
        check=True,
    )
    here = {kind: hashlib.sha256(printed(kind)).hexdigest() for kind in PAPERS}
    assert json.loads(answer.stdout) == here


def test_what_was_printed_before_makes_no_difference():
    first = {kind: printed(kind) for kind in PAPERS}
    for kind in reversed(PAPERS):
        assert render(kind, PAPERS[kind]) == first[kind], kind


def test_another_record_gives_other_bytes():
    other = {**PAPERS["invoice"], "number": "2026-0319"}
    assert render("invoice", other) != printed("invoice")


def test_a_paper_is_dated_by_its_record():
    with pikepdf.open(io.BytesIO(printed("invoice"))) as pdf:
        assert str(pdf.docinfo.CreationDate).startswith("D:20261204")
        assert str(pdf.docinfo.ModDate).startswith("D:20261204")


def test_printing_waits_with_loading_weasyprint():
    told = subprocess.run(
        [sys.executable, "-c", "import sys, app.documents; print('weasyprint' in sys.modules)"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert told.stdout.strip() == "False"


def test_the_renderer_is_named_with_version_and_edition():
    assert documents.RENDERER.startswith("weasyprint 7")
    assert ", papers " in documents.RENDERER


def test_a_kind_without_a_paper_is_refused():
    with pytest.raises(ValueError, match="no paper"):
        render("poster", PAPERS["invoice"])


# --- what stands on it -------------------------------------------------------------------------


def test_an_invoice_states_what_the_law_asks_for():
    record = samples.invoice(language="en")
    text = text_of(render("invoice", record))
    sender, recipient = record["sender"], record["recipient"]
    for fact in (
        sender["name"], sender["street"], sender["kvk"], sender["vat_id"],
        recipient["name"], recipient["street"], "Invoice 2026-0318", "4 December 2026",
        "Saturday 12 December 2026", "9%", "21%", "divide by 1.09 for 9%, 1.21 for 21%",
        "NL91 ABNA 0417 1643 00", "RF08 2026 0318", f"€{record['total'] / 100:.2f}",
    ):  # fmt: skip
        assert fact in text, fact


def test_a_network_without_a_street_begins_with_its_place():
    record = samples.settlement(language="en")
    html = page("settlement", record | {"sender": record["sender"] | {"street": ""}})
    assert f"<br/>\n{record['sender']['postcode']}" in html.replace("\u2068", "")


def test_a_shop_sees_prices_without_vat_and_the_sums_of_each_rate():
    record = samples.invoice(language="en", shop=True)
    text = text_of(render("invoice", record))
    assert "Prices without VAT." in text
    assert "87654321" in text
    assert "NL123456789B13" in text
    for row in record["vat"]:
        assert f"{row['net'] / 100:.2f} {row['vat'] / 100:.2f} {row['gross'] / 100:.2f}" in text


def test_a_settlement_names_no_vat_and_says_what_it_is():
    html = page("settlement", samples.settlement(language="en"))
    assert "Settlement A-2026-0012" in html
    assert "This is not a VAT invoice." in html
    assert "9%" not in html
    assert "<th>VAT</th>" not in html


def test_an_exempt_network_says_by_which_article():
    record = samples.settlement(language="en")
    record |= {"kind": "invoice", "number": "2026-0007", "exempt_reason": "kor"}
    html = page("invoice", record)
    assert "art. 25 Wet OB" in html
    assert "Prices without VAT" not in html
    assert "9%" not in html


@pytest.mark.parametrize(
    ("total", "said"),
    [(0, "nothing to pay"), (-120, "you get this back")],
)
def test_who_owes_nothing_is_not_asked_to_pay(total, said):
    html = page("invoice", samples.invoice(language="en", total=total, payment=None))
    assert said in html
    assert "<svg" not in html
    assert "IBAN" not in html


@pytest.mark.parametrize(
    ("reason", "given", "wanted", "cases", "said"),
    [
        ("short", 3, 4, 1, "3 of 4: 1 case of 6 came"),
        ("short", 9, 10, 2, "9 of 10: 2 cases of 6 came"),
        ("nothing", 0, 3, 0, "0 of 3: no case came full"),
        ("less_came", 3, 4, 1, "3 of 4: 5 came of the 6 that were ordered"),
        ("helped", 2, 1, 1, "2 instead of 1: you helped to fill the case"),
        ("more_came", 2, 1, 1, "2 instead of 1: more came than was ordered"),
        ("supplier_short", 0, 2, 0, "0 of 2: there were too few orders for this supplier"),
        ("as_wanted", 2, 2, 1, ""),
    ],
)
def test_a_line_explains_what_came_otherwise(reason, given, wanted, cases, said):
    record = samples.invoice(language="en", lines=1)
    record["lines"][0]["explanation"] = {
        "reason": reason, "given": given, "wanted": wanted, "cases": cases, "case_pieces": 6,
        "came": 5,
    }  # fmt: skip
    html = page("invoice", record)
    assert (f"<small>{said}</small>" in html) if said else ("<small>" not in html)


def test_amounts_that_are_not_quantity_times_price_are_explained():
    exact = samples.invoice(language="en", lines=2)
    shared = samples.invoice(language="en", lines=2)
    shared["lines"][0]["gross"] += 1
    told = "can differ by a few cents"
    assert told not in page("invoice", exact)
    assert told in page("invoice", shared)


def test_what_is_given_back_counts_down():
    html = page("invoice", samples.invoice(language="en"))
    assert (
        "Deposit returned, melkfles</th><td>−3</td><td>0.25</td><td>–</td><td>−0.75</td>" in html
    )


def test_an_order_sheet_says_what_to_deliver_and_where():
    record = samples.order_sheet(language="en", lines=4)
    text = text_of(render("order_sheet", record))
    for fact in (
        "Order B-2026-0050", "Friday 11 December 2026", "7:30–9:00", "Buurthuis De Voorbeeldhof",
        "Nora Voorbeeld", "30418", "71000", "case of 4", "Total without VAT",
    ):  # fmt: skip
        assert fact in text, fact
    assert "REPEAT" not in text


def test_a_sheet_that_may_have_gone_out_before_says_so():
    html = page("order_sheet", samples.order_sheet(language="en", lines=1, repeat=True))
    assert "REPEAT of order B-2026-0050" in html
    assert "deliver it only once" in html


def test_a_sheet_with_an_address_to_answer_shows_it_as_a_code():
    address = "https://samen.example/a/7KQ4M2"
    record = samples.order_sheet(language="en", lines=1, answer_url=address)
    with pypdfium2.PdfDocument(render("order_sheet", record)) as document:
        picture = document[0].render(scale=150 / 72, grayscale=True).to_pil()
    assert [code.text for code in zxingcpp.read_barcodes(picture)] == [address]


def test_half_kilos_are_printed_as_what_they_weigh():
    cheese = {"name": "Kaas", "unit": "kg", "case_pieces": 8, "cases": 2, "pieces": 16}
    cheese["quantity"] = {"milli": 8_000, "unit": "kg"}
    packing = samples.packing_list(language="en", participants=1, articles=0)
    packing["items"] = [cheese | {"crates": [[1, 3], [2, 13]]}]
    packing["slips"][0]["lines"] = [[3, "Kaas", {"milli": 1_500, "unit": "kg"}]]
    sheet = samples.order_sheet(language="en", lines=1)
    sheet["lines"][0] |= cheese

    by_article, by_crate = (
        " ".join(part.text.split()) for part in tables(page("packing_list", packing))
    )
    assert by_article.endswith("Kaas, kg8 kg2 × 4 kg11.5 kg 26.5 kg")
    assert by_crate == "1.5 kgKaas"
    assert "case of 4 kg" in BeautifulSoup(page("order_sheet", sheet), "html.parser").text


@pytest.mark.parametrize(
    ("lines", "told", "total"),
    [
        ((0, 1, 2), "10 cases, 4 pieces, 10 kg, 2 l.", "4 10 kg 2 l"),
        ((1,), "3 cases, 10 kg.", "10 kg"),
        ((0,), "1 case, 4 pieces.", "4"),
        ((), "0 cases, 0 pieces.", "0"),
    ],
)
def test_an_order_sheet_adds_no_kilos_to_pieces(lines, told, total) -> None:
    sheet = samples.order_sheet(language="en", lines=3, deposits=0, delivery=0)
    sheet["lines"][1] |= {"pieces": 20, "cases": 3, "quantity": {"milli": 10_000, "unit": "kg"}}
    sheet["lines"][2] |= {"pieces": 8, "cases": 6, "quantity": {"milli": 2_000, "unit": "l"}}
    sheet["lines"] = [sheet["lines"][at] for at in lines]

    read = BeautifulSoup(page("order_sheet", sheet), "html.parser")

    assert " ".join(read.select_one(".title p").text.split()).endswith(told)
    assert read.select("tr.total td")[3].get_text(" ", strip=True) == total


def tables(html: str):
    return BeautifulSoup(html, "html.parser").select("table.packing tbody, .slip table")


def test_a_packing_list_gives_each_crate_the_same_both_ways():
    record = samples.packing_list(language="en")
    by_article = {
        (crate, item["name"]): pieces
        for item in record["items"]
        for crate, pieces in item["crates"]
    }
    by_slip = {
        (slip["crate_no"], name.split(", ")[0]): pieces
        for slip in record["slips"]
        for pieces, name in slip["lines"]
    }
    assert {key[0] for key in by_article} == {key[0] for key in by_slip}
    text = text_of(printed("packing_list"))
    for slip in record["slips"]:
        assert slip["participant"] in text


# --- over the edge -----------------------------------------------------------------------------


def pages_of(pdf: bytes) -> int:
    with pypdfium2.PdfDocument(pdf) as document:
        return len(document)


def test_fifteen_lines_fit_on_one_page():
    assert pages_of(printed("invoice")) == 1


def test_a_long_invoice_carries_its_sum_from_page_to_page():
    record = samples.invoice(language="en", shop=True, lines=120)
    pdf = render("invoice", record)
    count = pages_of(pdf)
    assert count > 3
    with pypdfium2.PdfDocument(pdf) as document:
        texts = [document[at].get_textpage().get_text_bounded() for at in range(count)]
    for before, after in pairwise(texts):
        carried = before.rpartition("Carried forward ")[2].split()[0]
        assert f"Carried forward {carried}" in after
    assert texts[-1].count("Carried forward") == 1, "only on top of the last page"
    assert f"page {count} of {count}" in texts[-1]


def test_the_sums_are_never_alone_on_a_page():
    for lines in range(13, 24):
        pdf = render("invoice", samples.invoice(language="en", lines=lines))
        with pypdfium2.PdfDocument(pdf) as document:
            last = document[len(document) - 1].get_textpage().get_text_bounded()
        assert "Deposit returned" in last, lines


@pytest.mark.parametrize("shop", [False, True])
def test_what_did_not_come_stands_on_the_paper_with_its_reason(shop: bool):
    text = text_of(render("invoice", samples.invoice(language="en", shop=shop, lines=4, gaps=3)))

    assert "Not delivered, and not charged" in text
    for why in (
        "0 of 1 the case did not fill up",
        "0 of 4 2 cases of 6 came, for others",
        "0 of 2 too few orders for this supplier",
    ):
        assert why in " ".join(text.split())
    assert "Not delivered" not in text_of(printed("invoice"))


def test_huge_amounts_and_long_names_stay_whole():
    record = samples.invoice(language="en", shop=True, lines=4)
    name = "Vereniging tot Instandhouding van het Ontmoetingscentrum Schalkwijk-Oost"
    record["recipient"]["name"] = name
    record["lines"][0] |= {"name": "Kwaliteitsaardappelen " * 4, "net": 12_345_678}
    record["vat"][0] |= {"net": 12_345_678, "vat": 1_111_111, "gross": 13_456_789}
    text = text_of(render("invoice", {**record, "total": 13_456_789}))
    for whole in (name, "123,456.78", "€134,567.89"):
        assert whole in text


def test_a_record_without_lines_still_makes_a_paper():
    for kind, record in {
        "invoice": samples.invoice(language="en", lines=0),
        "order_sheet": samples.order_sheet(language="en", lines=0),
        "packing_list": samples.packing_list(language="en", participants=0, articles=0),
    }.items():
        assert pages_of(render(kind, record)) == 1


def test_a_misspelt_name_in_a_template_fails_and_an_absent_field_does_not():
    from jinja2 import UndefinedError

    from app.documents.pages import environment

    env = environment("en")
    assert env.from_string("{{ p.absent }}").render(p={}) == ""
    with pytest.raises(UndefinedError):
        env.from_string("{{ mispelt }}").render(p={})

"""The papers of a licensed round: an invoice of premium, and an order without names."""

import pypdfium2
import pytest

from app.documents import render, samples
from app.documents.pages import page
from app.documents.signup_samples import premium_invoice, premium_order


def text_of(pdf: bytes) -> str:
    with pypdfium2.PdfDocument(pdf) as document:
        pages = [document[at].get_textpage().get_text_bounded() for at in range(len(document))]
    return " ".join(" ".join(pages).replace("\u00a0", " ").split())


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("nl", ["Premiefactuur 2026-0377", "vrijgesteld van btw", "Assurantiebelasting 31,59"]),
        ("en", ["Premium invoice 2026-0377", "exempt from VAT", "Premium tax 31.59"]),
    ],
)
def test_the_invoice_states_premium_and_tax_and_that_vat_is_exempt(language, said) -> None:
    text = text_of(render("invoice", premium_invoice(language=language)))

    for words in (*said, "475", "AFM", "Proefadvies Verzekeringen B.V."):
        assert words in text


def test_a_policy_without_premium_tax_is_called_exempt_and_only_then() -> None:
    lines = [
        {"kind": kind, "name": "Travel", "net": cents}
        for kind, cents in (("premium", 100), ("tax", 21))
    ]
    taxed = page("invoice", premium_invoice(language="en", lines=lines, total=121))

    assert "no premium tax is due" not in taxed
    assert "no premium tax is due" in page("invoice", premium_invoice(language="en"))


@pytest.mark.parametrize("language", ["nl", "en"])
def test_the_order_adds_up_and_names_nobody(language) -> None:
    text = text_of(render("order_sheet", premium_order(language=language)))

    assert "157" in text
    assert "Familie" not in text


def test_the_usual_papers_stay_in_their_usual_form() -> None:
    assert "Premiefactuur" not in page("invoice", samples.invoice())
    with pytest.raises(KeyError):
        page("invoice", samples.invoice() | {"form": "no such form"})

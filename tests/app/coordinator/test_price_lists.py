"""Price lists through the site: upload, columns, difference, apply, undo."""

import io

import pytest
from sqlalchemy import func, select

from app.views.coordinator import catalogue
from purchasing.catalogue import CatalogueImport, Product
from tests.app.coordinator import village
from tests.pages import read_page
from tests.suppliers.made_lists import a_complete_list, a_list_of_its_own, an_article

RICE = an_article("0204", "Rijst")
FLOUR = an_article("0300", "Meel", inkoopprijs="0.80")
WRONG = an_article("0400", "Olie", inkoopprijs="duur")


@pytest.fixture
def supplier(session, visitor):
    """A supplier with one article of another kind; its coordinator is at the keyboard."""
    made = village.build(session)
    visitor.sign_in(made.coordinator)
    return made.round.suppliers[0].supplier


def upload(visitor, supplier, data: bytes, name: str = "lijst.csv"):
    """Send a file as the form of the supplier's page does, and follow."""
    return visitor.post(
        f"/coordinator/price-lists/of/{supplier.id}", file=(io.BytesIO(data), name), format_key=""
    )


def the_newest(session) -> CatalogueImport:
    return session.scalars(select(CatalogueImport).order_by(CatalogueImport.id.desc())).first()


def numbers(session) -> set[str]:
    return set(session.scalars(select(Product.number).where(Product.available)))


def apply_while_watching(visitor, list_):
    """The page that grows while a list is applied, when it is whole."""
    data = {"csrf_token": visitor.token()}
    answer = visitor.open(act(list_, "apply"), method="POST", data=data, buffered=True)
    return read_page(answer.text)


def act(list_, what: str) -> str:
    return f"/coordinator/price-lists/{list_.id}/{what}"


def test_uploading_shows_the_difference_and_changes_nothing(session, visitor, supplier) -> None:
    before = numbers(session)

    page = upload(visitor, supplier, a_complete_list(RICE, FLOUR))

    figures = [figure.text for figure in page.select(".figures dd")]
    assert figures == ["2", "0", "1", "0", "0"]  # new, changed, gone, the same, wrong
    assert numbers(session) == before


def test_applying_and_undoing_go_through_the_site(session, visitor, supplier) -> None:
    before = numbers(session)
    page = upload(visitor, supplier, a_complete_list(RICE, FLOUR))
    list_ = the_newest(session)

    page = visitor.submit(page, act(list_, "apply"))
    assert numbers(session) == {"0204", "0300"}
    assert "is in force" in page.select_one("[role=status]").text

    visitor.submit(page, act(list_, "undo"))
    assert numbers(session) == before


def test_only_what_is_ticked_is_applied(session, visitor, supplier) -> None:
    page = upload(visitor, supplier, a_complete_list(RICE, FLOUR))
    box = next(
        box for box in page.select("[name=row]") if "Rijst" in box.find_parent("label").text
    )

    visitor.post(act(the_newest(session), "apply"), what="ticked", row=[box["value"]])

    assert "0204" in numbers(session)
    assert "0300" not in numbers(session)


def test_errors_are_told_by_row_and_column_and_good_rows_taken_on_purpose(
    session, visitor, supplier
) -> None:
    page = upload(visitor, supplier, a_complete_list(RICE, WRONG))
    row = page.select_one("#errors-of-list ~ div tbody tr")
    assert [cell.text for cell in row.find_all(["th", "td"])][:3] == ["3", "inkoopprijs", "“duur”"]

    refused = visitor.post(act(the_newest(session), "apply"))
    assert "Choose to apply the good rows" in refused.text
    assert "0204" not in numbers(session)

    visitor.submit(page, act(the_newest(session), "apply"))
    assert "0204" in numbers(session)


def test_a_list_that_lacks_most_articles_is_suspect(session, visitor, supplier) -> None:
    many = [an_article(f"{n}", f"Artikel {n}") for n in range(10)]
    visitor.submit(
        upload(visitor, supplier, a_complete_list(*many)), act(the_newest(session), "apply")
    )

    page = upload(visitor, supplier, a_complete_list(RICE))

    assert "Is it the right list" in page.text


def test_the_same_file_again_is_recognised(session, visitor, supplier) -> None:
    data = a_complete_list(RICE)
    visitor.submit(upload(visitor, supplier, data), act(the_newest(session), "apply"))

    assert "the same file" in upload(visitor, supplier, data).text


def test_unknown_columns_are_asked_for_once(session, visitor, supplier) -> None:
    data = a_list_of_its_own(("Linzen", "zak 1 kg", "1,25"), ("Bonen", "zak", "2,00"))
    page = upload(visitor, supplier, data)
    assert page.h1.text == "Which column is which?"
    path = act(the_newest(session), "columns")

    page = visitor.submit(page, path, 422, column_name="0")
    assert page.select_one("#column_price-error")
    page = visitor.submit(page, path, column_price="2", column_unit="1")
    visitor.submit(page, act(the_newest(session), "apply"))

    names = set(session.scalars(select(Product.name).where(Product.supplier_id == supplier.id)))
    assert {"Linzen", "Bonen"} <= names
    again = upload(visitor, supplier, data)
    assert again.h1.text == "Price list"


@pytest.mark.parametrize(
    ("data", "word"),
    [
        (b"", "empty"),
        (b"%PDF-1.7", "PDF"),
        (b"\x00\x01\x02\x03" * 300, "not a price list"),
        (b"<html><table><tr><td>1</td></tr></table></html>", "web page"),
        (
            b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "c">]><xmlproduct>&b;</xmlproduct>',
            "safe",
        ),
        (b"PK\x03\x04" + b"x" * 50, "damaged"),
    ],
)
def test_what_is_no_price_list_gets_a_clear_answer(session, visitor, supplier, data, word) -> None:
    page = upload(visitor, supplier, data)

    assert word in page.select_one("[role=alert]").text
    assert session.scalar(select(func.count(CatalogueImport.id))) == 0


def test_sending_no_file_is_told(visitor, supplier) -> None:
    page = visitor.post(f"/coordinator/price-lists/of/{supplier.id}", format_key="")

    assert "Choose a file first" in page.select_one("[role=alert]").text


def test_html_and_formulas_in_a_list_show_as_text(session, visitor, supplier) -> None:
    evil = an_article("=1+1", "<b>vet</b><script>alert(1)</script>", inkoopprijs="<i>1</i>")

    page = upload(visitor, supplier, a_complete_list(an_article("1", evil["omschrijving"]), evil))

    assert not [tag for tag in page.select("script") if not tag.get("src")]
    assert "<b>vet</b>" in page.text


def test_a_long_list_shows_how_far_it_is(session, visitor, supplier, monkeypatch) -> None:
    monkeypatch.setattr(catalogue, "SHOW_PROGRESS_FROM", 2)
    upload(visitor, supplier, a_complete_list(RICE, FLOUR))

    page = apply_while_watching(visitor, the_newest(session))

    assert [bar["value"] for bar in page.select("progress")] == ["0", "66", "100"]
    assert "is in force" in page.select(".growing > p")[-1].text
    assert numbers(session) == {"0204", "0300"}


def test_a_long_list_that_is_refused_says_so_at_its_end(
    session, visitor, supplier, monkeypatch
) -> None:
    monkeypatch.setattr(catalogue, "SHOW_PROGRESS_FROM", 2)
    upload(visitor, supplier, a_complete_list(RICE, FLOUR))
    apply_while_watching(visitor, the_newest(session))

    page = apply_while_watching(visitor, the_newest(session))

    assert "applied already" in page.select(".growing > p")[-1].text


def test_a_list_whose_reading_page_is_left_changes_nothing(
    session, visitor, supplier, monkeypatch
) -> None:
    monkeypatch.setattr(catalogue, "SHOW_PROGRESS_FROM", 2)
    upload(visitor, supplier, a_complete_list(RICE, FLOUR))
    path = act(the_newest(session), "apply")

    answer = visitor.client.open(
        path, method="POST", data={"csrf_token": visitor.token()}, buffered=False
    )
    next(answer.iter_encoded())
    answer.close()

    session.rollback()
    assert "0204" not in numbers(session)


def test_searching_finds_articles_by_word(session, visitor, supplier) -> None:
    visitor.submit(
        upload(visitor, supplier, a_complete_list(RICE, FLOUR)), act(the_newest(session), "apply")
    )

    page = visitor.get(f"/coordinator/suppliers/{supplier.id}?search=MEEL")

    assert [row.bdi.text for row in page.select("#articles ~ div tbody th")] == ["Meel"]

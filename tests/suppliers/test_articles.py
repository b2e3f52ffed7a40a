"""From a row of a price list to our own whole numbers."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from suppliers.articles import Held, articles_of, compare, piece_of
from suppliers.readers.pricelist import Row


def a_row(**details):
    values = {
        "number": "0204",
        "name": "Rijst",
        "unit": "kg",
        "case_size": Decimal(6),
        "price": Decimal("1.00"),
        "vat": Decimal(9),
        "line": 2,
    }
    return Row(**values | details)


def the_article(**details):
    articles, problems = articles_of([a_row(**details)])
    assert not problems
    return articles[0]


def held(article, product_id=1, **changed):
    fields = {**article.description, **article.terms} | changed
    description = {name: fields[name] for name in article.description}
    return Held(product_id, article.number, description, {n: fields[n] for n in article.terms})


@pytest.mark.parametrize(
    ("case", "weighed", "piece"),
    [
        ("6", False, 1000),  # six bags: one bag
        ("4.5", True, 500),  # a cheese of four and a half kilos: half a kilo
        ("5", True, 500),
        ("2.25", True, 250),
        ("4.567", True, 4567),  # nobody orders a gram: the whole cheese
        ("0.5", False, 500),
    ],
)
def test_a_piece_is_the_least_that_one_can_order(case: str, weighed: bool, piece: int) -> None:
    assert the_article(case_size=Decimal(case), weighed=weighed).piece_milli == piece


@given(st.integers(1, 10_000_000), st.booleans())
def test_a_piece_always_divides_its_case(case_milli: int, weighed: bool) -> None:
    assert case_milli % piece_of(case_milli, weighed=weighed) == 0


def test_prices_and_deposits_become_whole_numbers() -> None:
    article = the_article(price=Decimal("4.2316666"), vat=Decimal(21), deposit=Decimal("0.15"))

    assert article.unit_price == 4_231_667
    assert (article.vat_bp, article.deposit_cents) == (2100, 15)


def test_the_deposit_of_a_half_unit_is_half() -> None:
    assert the_article(case_size=Decimal("4.5"), deposit=Decimal("0.30")).deposit_cents == 15


def test_a_tier_begins_at_the_first_piece_that_reaches_it() -> None:
    tiers = ((Decimal("2.2"), Decimal("0.90")),)

    article = the_article(case_size=Decimal("4.5"), weighed=True, tiers=tiers)

    assert article.tiers == [[5, 900_000]]


@pytest.mark.parametrize(
    ("details", "column"),
    [
        ({"price": Decimal("5000")}, "price"),
        ({"tiers": ((Decimal(10), Decimal("5000")),)}, "price"),
        ({"case_size": Decimal("0")}, "case_size"),
        ({"case_size": Decimal("1e9")}, "case_size"),
        ({"number": "9" * 41}, "number"),
        ({"case_size": Decimal("50000.001"), "deposit": Decimal(1_000)}, "deposit"),
    ],
)
def test_what_cannot_be_kept_is_told_by_row_and_column(details, column: str) -> None:
    articles, problems = articles_of([a_row(line=7, **details)])

    assert not articles
    assert [(problem.row, problem.column) for problem in problems] == [(7, column)]


def test_a_number_that_comes_twice_is_told_with_its_first_row() -> None:
    articles, problems = articles_of([a_row(line=2), a_row(line=9, name="Meel")])

    assert [article.name for article in articles] == ["Rijst"]
    assert (problems[0].row, problems[0].details) == (9, {"row": 2})


def test_a_long_text_is_shortened_to_fit() -> None:
    article = the_article(name="R" * 300, brand="B" * 300)

    assert (len(article.name), article.name[-1]) == (200, "…")
    assert len(article.brand) == 80


def test_the_difference_names_what_is_new_changed_gone_and_the_same() -> None:
    new, dearer, same = (
        the_article(number="1"),
        the_article(number="2", price=Decimal("1.50")),
        the_article(number="3"),
    )
    before = {
        "2": held(dearer, 2, unit_price=1_000_000),
        "3": held(same, 3),
        "4": held(the_article(number="4"), 4),
    }

    difference = compare([new, dearer, same], before, complete=True)

    assert [article.number for article in difference.new] == ["1"]
    assert [dict(change.fields) for change in difference.changed] == [
        {"unit_price": (1_000_000, 1_500_000)}
    ]
    assert [product.number for product in difference.gone] == ["4"]
    assert difference.unchanged == 1


def test_nothing_is_gone_from_a_list_that_is_not_complete() -> None:
    before = {"4": held(the_article(number="4"), 4)}

    assert compare([], before, complete=False).gone == ()


def test_what_was_not_for_sale_anyway_is_not_gone_again() -> None:
    before = {"4": held(the_article(number="4"), 4, available=False)}

    assert compare([], before, complete=True).gone == ()


@pytest.mark.parametrize(
    ("old", "jump"),
    [(1_000_000, None), (830_000, 2048), (1_250_000, None), (1_300_000, -2308), (0, None)],
)
def test_a_price_that_moves_by_more_than_a_fifth_jumps(old: int, jump: int | None) -> None:
    article = the_article()

    (change,) = compare(
        [article], {"0204": held(article, unit_price=old, vat_bp=2100)}, complete=False
    ).changed

    assert change.jump_bp == jump


def test_a_product_without_a_price_is_changed() -> None:
    article = the_article()
    without = Held(1, article.number, article.description, None)

    (change,) = compare([article], {"0204": without}, complete=False).changed

    assert change.fields["unit_price"] == (None, 1_000_000)
    assert change.changes_terms

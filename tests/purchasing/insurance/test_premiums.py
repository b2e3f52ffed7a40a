"""Premiums by headcount, as the licensed party states them, and the tax over them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from purchasing.categories.insurance import premiums
from purchasing.categories.insurance.premiums import NotAPremium, Premium, PremiumRises
from purchasing.categories.insurance.products import PRODUCTS

BY_KEY = {option.key: option for option in PRODUCTS}
STEPS = st.lists(
    st.tuples(st.integers(2, 400), st.integers(1, 99_999)), max_size=5, unique_by=(lambda s: s[0])
)


def a_premium(steps, product: str = "contents") -> Premium:
    return Premium(BY_KEY[product], tuple(steps))


@pytest.mark.parametrize(
    ("text", "steps"),
    [
        ("120", ((1, 12_000),)),
        ("120,00; 10: 110,50; 25: 99", ((1, 12_000), (10, 11_050), (25, 9_900))),
        (" 8.75 ;10:8,50", ((1, 875), (10, 850))),
    ],
)
def test_a_premium_is_written_as_one_says_it(text, steps) -> None:
    assert premiums.read(text) == steps


@pytest.mark.parametrize(
    "text",
    ["", "gratis", "0", "-5", "120,0", "120,005", "10: 120", "120; 110", "1e3", "１２０", "120;"],
)
def test_what_is_no_premium_is_refused(text) -> None:
    with pytest.raises((NotAPremium, PremiumRises)):
        premiums.read(text)


@pytest.mark.parametrize("text", ["120; 10: 130", "120; 10: 120", "120; 25: 110; 10: 100"])
def test_a_step_that_does_not_lower_the_premium_is_refused(text) -> None:
    with pytest.raises(PremiumRises):
        premiums.read(text)


@given(STEPS, st.integers(1, 500), st.integers(0, 100))
def test_more_people_never_raise_the_premium(steps, people, more) -> None:
    premium = a_premium([(1, 100_000), *steps])
    assert premium.at(people + more) <= premium.at(people) <= 100_000


@pytest.mark.parametrize(("product", "tax"), [("contents", 2_100), ("health_supplement", 0)])
def test_premium_tax_is_21_percent_or_nothing_by_product(product, tax) -> None:
    assert a_premium([(1, 10_000)], product).tax(10_000) == tax


def test_the_broodfonds_is_no_insurance_and_has_no_premium() -> None:
    assert "broodfonds" not in {option.key for option in premiums.SOLD}
    assert premiums.stated({"premium_broodfonds": "10"}) == ()

"""Numbers, units and VAT, as suppliers write them."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from suppliers.readers import numbers, units, vat
from suppliers.readers.numbers import Figure, NotANumber, decimal, usual_sign

# --- numbers -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("12,5", "12.5"),
        ("12.5", "12.5"),
        ("7", "7"),
        ("€ 1.234,50", "1234.50"),
        ("€8.95", "8.95"),
        ("8,95 EUR", "8.95"),
        ("1 234,50", "1234.50"),
        ("1\u00a0234,50".replace("\u00a0", " "), "1234.50"),
        ("1,234.50", "1234.50"),
        ("1.234.567", "1234567"),
        ("12,-", "12"),
        ("'€ 6,00", "6.00"),
        (" € 0.75 ", "0.75"),
        (",50", "0.50"),
    ],
)
def test_a_price_is_read_in_every_usual_spelling(text: str, value: str) -> None:
    assert decimal(text) == Decimal(value)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", numbers.EMPTY),
        ("€", numbers.EMPTY),
        ("-1,50", numbers.NEGATIVE),
        ("€ -1,50", numbers.NEGATIVE),
        ("-€ 1,50", numbers.NEGATIVE),
        ("(1,50)", numbers.NEGATIVE),
        ("1,50-", numbers.NEGATIVE),
        ("op aanvraag", numbers.TEXTUAL),
        ("=1+1", numbers.TEXTUAL),
        ("+5", numbers.TEXTUAL),
        ("1e5", numbers.TEXTUAL),
        ("1,2,3", numbers.TEXTUAL),
        ("1.23.456", numbers.TEXTUAL),
        ("12.", numbers.TEXTUAL),
        ("1,50 / kg", numbers.TEXTUAL),
        ("１２", numbers.TEXTUAL),
        ("٣", numbers.TEXTUAL),
        ("#REF!", numbers.TEXTUAL),
        ("9" * 50, numbers.ENORMOUS),
        ("x" * 4000, numbers.TEXTUAL),
    ],
)
def test_what_is_no_number_is_refused_with_its_reason(text: str, reason: str) -> None:
    with pytest.raises(NotANumber) as refused:
        decimal(text)
    assert refused.value.message == reason


def test_three_digits_behind_one_mark_are_refused_unless_the_list_tells_its_sign() -> None:
    with pytest.raises(NotANumber) as refused:
        decimal("12.345")
    assert refused.value.message == numbers.AMBIGUOUS
    assert decimal("12.345", ",") == 12345
    assert decimal("12.345", ".") == Decimal("12.345")


@pytest.mark.parametrize("text", ["0.345", "0,345", "1234.567", "1 234,567"])
def test_three_digits_that_can_only_be_decimals_are_decimals(text: str) -> None:
    assert decimal(text) == Decimal(text.replace(",", ".").replace(" ", ""))


def test_a_number_of_a_spreadsheet_is_never_ambiguous() -> None:
    assert decimal(Figure("12.345"), ",") == Decimal("12.345")
    with pytest.raises(NotANumber):
        decimal(Figure("-1"))


def test_a_list_shows_its_sign_by_the_numbers_that_have_only_one_reading() -> None:
    assert usual_sign(["12.345", "1,50", "7"]) == ","
    assert usual_sign(["€ 8.95", "1.234"]) == "."
    assert usual_sign(["1.234", "7"]) == ""
    assert usual_sign(["1,50", "1.50"]) == ""
    assert usual_sign(["op aanvraag", Figure("1.5")]) == ""


@given(
    whole=st.integers(0, 10**9),
    cents=st.integers(0, 99),
    style=st.sampled_from([(",", "."), (".", ","), (",", " "), (",", "")]),
)
def test_a_number_survives_being_written(whole: int, cents: int, style: tuple[str, str]) -> None:
    mark, group = style
    text = f"€ {whole:,}".replace(",", group) + f"{mark}{cents:02}"
    assert decimal(text) == Decimal(f"{whole}.{cents:02}")


@given(st.text())
def test_any_text_is_a_number_or_is_refused(text: str) -> None:
    for sign in ("", ",", "."):
        try:
            assert decimal(text, sign) >= 0
        except NotANumber as refused:
            assert refused.message


# --- units -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "tidy"),
    [
        ("50gr", "50 g"),
        ("250GR", "250 g"),
        ("1,5 kilo", "1.5 kg"),
        ("ltr", "l"),
        ("liter", "l"),
        ("1 L", "1 l"),
        ("KG", "kg"),
        ("6 x 1 LTR", "6 x 1 l"),
        ("4x250ml", "4x250 ml"),
        ("6x5x30gr", "6x5x30 g"),
        ("16 stuks", "16 st"),
        ("10 plakken", "10 plak"),
        ("5 bosjes", "5 bos"),
        ("XL", "XL"),
        ("L", "L"),
        ("50(M/L)", "50(M/L)"),
        ("50x90 cm", "50x90 cm"),
        ("6, 10 of 30 st", "6, 10 of 30 st"),
        ("doos", "doos"),
    ],
)
def test_a_unit_gets_one_spelling(text: str, tidy: str) -> None:
    assert units.tidy(text) == tidy
    assert units.tidy(tidy) == tidy


@pytest.mark.parametrize(
    ("content", "unit", "joined"),
    [
        ("350.0", "g", "350 g"),
        ("1.0", "kg", "kg"),
        ("1", "l", "l"),
        ("", "kg", "kg"),
        ("", "", "st"),
        ("0,75", "ltr", "0.75 l"),
        ("100", "ml", "100 ml"),
        ("2.50", "kg", "2.5 kg"),
    ],
)
def test_content_and_unit_make_one_unit(content: str, unit: str, joined: str) -> None:
    assert units.join(content, unit) == joined


# --- VAT ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "percent"),
    [
        ("9", 9), ("9%", 9), ("9.00%", 9), ("9,0 %", 9), ("0.09", 9), ("L", 9), ("laag", 9),
        ("21", 21), ("21.0", 21), ("0.21", 21), ("H", 21), ("hoog", 21),
        ("0", 0), ("0%", 0), ("vrij", 0),
    ],
)  # fmt: skip
def test_a_rate_is_read_in_every_usual_spelling(text: str, percent: int) -> None:
    assert vat.understand(text, {}) == vat.Vat(Decimal(percent))


@pytest.mark.parametrize(
    ("text", "percent", "named"), [("6", 9, "6"), ("6.00%", 9, "6"), ("0.06", 9, "6"),
                                   ("19", 21, "19"), ("7", 9, "7")]
)  # fmt: skip
def test_an_old_or_foreign_rate_is_read_by_its_class(text: str, percent: int, named: str) -> None:
    assert vat.understand(text, {}) == vat.Vat(Decimal(percent), named)


@pytest.mark.parametrize("text", ["12", "1", "-9", "negen", "9 9", "1e1", "999999999", "٩"])
def test_a_rate_that_does_not_exist_is_not_guessed(text: str) -> None:
    assert vat.understand(text, {}) is None


def test_a_layout_may_number_the_classes() -> None:
    assert [vat.understand(code, vat.LEVELS) for code in "012"] == [
        vat.Vat(vat.ZERO), vat.Vat(vat.LOW), vat.Vat(vat.HIGH),
    ]  # fmt: skip

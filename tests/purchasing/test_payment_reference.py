"""The rules of payment references and of the text inside a payment QR code."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from stdnum import iso11649

from purchasing.payment_reference import epc_payload, in_fours, is_rf_reference, rf_reference

IBAN = "NL91ABNA0417164300"
REFERENCE = rf_reference("20260318")

numbers = st.text("0123456789", min_size=1, max_size=21)


@given(digits=numbers)
def test_every_number_gets_a_valid_reference_that_ends_with_it(digits: str) -> None:
    reference = rf_reference(digits)

    assert iso11649.is_valid(reference)
    assert is_rf_reference(reference)
    assert (reference[:2], reference[4:]) == ("RF", digits)


@given(digits=numbers, place=st.integers(0, 20), digit=st.sampled_from("0123456789"))
def test_one_wrong_digit_is_noticed(digits: str, place: int, digit: str) -> None:
    place %= len(digits)
    assume(digits[place] != digit)
    wrong = digits[:place] + digit + digits[place + 1 :]

    assert not is_rf_reference(rf_reference(digits)[:4] + wrong)


@given(digits=numbers, place=st.integers(0, 20))
def test_two_swapped_digits_are_noticed(digits: str, place: int) -> None:
    place %= len(digits)
    assume(place + 1 < len(digits) and digits[place] != digits[place + 1])
    swapped = digits[:place] + digits[place + 1] + digits[place] + digits[place + 2 :]

    assert not is_rf_reference(rf_reference(digits)[:4] + swapped)


def test_a_reference_is_known_however_it_is_typed() -> None:
    assert is_rf_reference("rf18 5390 0754 7034")
    assert in_fours("rf18539007547034") == "RF18 5390 0754 7034"
    assert not is_rf_reference("RF18 5390 0754 7035")
    assert not is_rf_reference("")


@pytest.mark.parametrize("digits", ["", "2026-0318", "A1", "1" * 22, "٣"])
def test_a_reference_is_made_of_digits_only(digits: str) -> None:
    with pytest.raises(ValueError, match="digits"):
        rf_reference(digits)


def test_the_payment_code_has_exactly_the_lines_of_the_standard() -> None:
    assert epc_payload("Vereniging Voorbeeld", "nl91 abna 0417 1643 00", 4205, REFERENCE) == (
        f"BCD\n002\n1\nSCT\n\nVereniging Voorbeeld\nNL91ABNA0417164300\nEUR42.05\n\n{REFERENCE}"
    )


@given(cents=st.integers(1, 99_999_999_999), name=st.text("aé中 .-", max_size=68), number=numbers)
def test_a_payment_code_fits_its_standard(cents: int, name: str, number: str) -> None:
    payload = epc_payload(f"V{name}", IBAN, cents, rf_reference(number))

    assert len(payload.encode()) <= 331
    lines = payload.split("\n")
    assert len(lines) == 10
    whole, _, part = lines[7].removeprefix("EUR").partition(".")
    assert int(whole) * 100 + int(part) == cents
    assert len(part) == 2


@pytest.mark.parametrize(
    ("name", "iban", "cents", "reference", "sentence"),
    [
        ("V", "NL91ABNA0417164301", 100, REFERENCE, "IBAN"),
        ("V", "", 100, REFERENCE, "IBAN"),
        ("V", IBAN, 0, REFERENCE, "0.01"),
        ("V", IBAN, -5, REFERENCE, "0.01"),
        ("V", IBAN, 100_000_000_000, REFERENCE, "0.01"),
        ("V", IBAN, 100, "RF00123", "RF"),
        ("V" * 71, IBAN, 100, REFERENCE, "70"),
        (" ", IBAN, 100, REFERENCE, "70"),
        ("V\nSCT", IBAN, 100, REFERENCE, "one line"),
    ],
)
def test_a_payment_code_that_a_bank_would_refuse_is_not_made(
    name: str, iban: str, cents: int, reference: str, sentence: str
) -> None:
    with pytest.raises(ValueError, match=sentence):
        epc_payload(name, iban, cents, reference)

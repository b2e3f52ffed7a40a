"""The VAT of an article, as it is understood today from what a list says."""

from collections.abc import Mapping
from decimal import Decimal
from typing import NamedTuple

ZERO, LOW, HIGH = Decimal(0), Decimal(9), Decimal(21)  # the Netherlands since 1 January 2019

_TODAY = {Decimal(0): ZERO, Decimal(9): LOW, Decimal(21): HIGH}
_OTHER = {
    Decimal(6): LOW,  # the Dutch low rate until 2019
    Decimal(7): LOW,  # the German reduced rate
    Decimal(19): HIGH,  # the Dutch high rate until 2012, the German standard rate
}
_WORDS = {
    "l": LOW, "laag": LOW, "low": LOW, "verlaagd": LOW, "ermäßigt": LOW,
    "h": HIGH, "hoog": HIGH, "high": HIGH, "normaal": HIGH, "standard": HIGH,
    "n": ZERO, "nul": ZERO, "geen": ZERO, "none": ZERO, "vrij": ZERO, "vrijgesteld": ZERO,
}  # fmt: skip

LEVELS = {"0": ZERO, "1": LOW, "2": HIGH}  # how several layouts number the classes


class Vat(NamedTuple):
    """A rate in percent as of today, and the rate the list named if that was another."""

    percent: Decimal
    named: str = ""


def understand(text: str, codes: Mapping[str, Decimal]) -> Vat | None:
    """The rate meant by "9", "9,0 %", "L", "hoog", 0.09 or a code of the layout; None if unknown.

    Old and foreign rates are understood by their class: 6 is the low rate.
    """
    word = text.strip().lower().removesuffix("%").strip()
    if word in codes:
        return Vat(codes[word])
    if word in _WORDS:
        return Vat(_WORDS[word])
    number = _number(word)
    if number is None:
        return None
    percent = number * 100 if 0 < number < 1 else number  # a cell formatted as 9% holds 0.09
    if percent in _TODAY:
        return Vat(_TODAY[percent])
    if percent in _OTHER:
        return Vat(_OTHER[percent], f"{percent.normalize():f}")
    return None


def _number(word: str) -> Decimal | None:
    bare = word.replace(",", ".")
    digits = bare.replace(".", "", 1)
    return Decimal(bare) if digits.isascii() and digits.isdigit() and len(digits) < 9 else None

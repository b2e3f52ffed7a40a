"""Money: whole cents, exact divisions, VAT by rate, and the amounts people type.

Rounding is half up, away from zero, in integers, always. What is divided (delivery, a case, the
gross total over its printed lines) is divided by largest remainder, so that the parts add up to
the cent. VAT is taken over the total of a rate and never over a line: summed line VAT differs
from it in most invoices.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import TypeVar

from purchasing.errors import N_, Refused

K = TypeVar("K")
Cents = int
Millionths = int  # of a euro: unit prices
BasisPoints = int  # hundredths of a percent: 900 is 9 %

MOST_CENTS: Cents = 99_999_999_999
MOST_PIECES = 100_000
LONGEST_NUMBER = 40


def half_up(numerator: int, denominator: int) -> int:
    """The quotient rounded to a whole number; a half goes away from zero."""
    if denominator <= 0:
        raise ValueError("the denominator must be more than zero")
    rounded = (2 * abs(numerator) + denominator) // (2 * denominator)
    return rounded if numerator >= 0 else -rounded


def share_out(total: int, weights: Mapping[K, int]) -> dict[K, int]:
    """Divide `total` by `weights` so that the parts add up to it exactly.

    Each party gets its share rounded towards zero; the units left over go, one each, to the
    largest remainders (ties: in the order given). Nobody is a whole unit or more from the exact
    figure, a zero weight gets zero, and a negative total gives the mirror image.
    Raises ValueError for a negative weight, or when there is something to divide over nobody.
    """
    whole = sum(weights.values())
    if any(weight < 0 for weight in weights.values()):
        raise ValueError("a weight cannot be less than zero")
    if total == 0:
        return dict.fromkeys(weights, 0)
    if whole == 0:
        raise ValueError("weights must add up to more than zero")
    return _largest_remainder(total, {who: total * w for who, w in weights.items()}, whole)


def amount(unit_price: Millionths, milli_units: int) -> Cents:
    """What so many thousandths of a unit cost, rounded once, at the end."""
    return half_up(unit_price * milli_units, 10_000_000)


def cents_of(price: Millionths) -> Cents:
    """A unit price in cents, for showing; never to calculate on with."""
    return half_up(price, 10_000)


def piece_price_gross(
    unit_price: Millionths, piece_milli: int, vat_bp: BasisPoints | None
) -> Millionths:
    """What one piece costs including VAT, for showing: amounts follow from totals, not from it."""
    return half_up(unit_price * piece_milli * (10_000 + (vat_bp or 0)), 10_000_000)


def vat_of(net: Cents, vat_bp: BasisPoints) -> Cents:
    """The VAT over a net total."""
    return half_up(net * vat_bp, 10_000)


def with_vat(net: Cents, vat_bp: BasisPoints) -> Cents:
    """A net total with its VAT."""
    return net + vat_of(net, vat_bp)


def split_gross(gross: Cents, vat_bp: BasisPoints) -> tuple[Cents, Cents]:
    """The net base and the VAT in a gross total; they add up to it (CJEU C-484/06)."""
    net = half_up(gross * 10_000, 10_000 + vat_bp)
    return net, gross - net


@dataclass(frozen=True, slots=True)
class RateTotal:
    """All that falls under one VAT rate of a paper."""

    vat_bp: BasisPoints
    net: Cents
    vat: Cents

    @property
    def gross(self) -> Cents:
        return self.net + self.vat


@dataclass(frozen=True, slots=True)
class VatTotals:
    """The foot of a paper: one total for each rate, low to high, and what bears no VAT at all."""

    rates: tuple[RateTotal, ...]
    untaxed: Cents

    @property
    def net(self) -> Cents:
        return sum(rate.net for rate in self.rates) + self.untaxed

    @property
    def vat(self) -> Cents:
        return sum(rate.vat for rate in self.rates)

    @property
    def gross(self) -> Cents:
        return self.net + self.vat


def vat_per_rate(lines: Iterable[tuple[BasisPoints | None, Cents]]) -> VatTotals:
    """Add up net lines by rate and take the VAT over each total.

    The rate None is outside VAT (a deposit); 0 is a rate like any other.
    """
    nets: dict[BasisPoints | None, Cents] = {}
    for vat_bp, net in lines:
        nets[vat_bp] = nets.get(vat_bp, 0) + net
    untaxed = nets.get(None, 0)
    taxed = sorted((vat_bp, net) for vat_bp, net in nets.items() if vat_bp is not None)
    return VatTotals(tuple(RateTotal(bp, net, vat_of(net, bp)) for bp, net in taxed), untaxed)


def spread_gross(nets: Mapping[K, tuple[BasisPoints | None, Cents]]) -> dict[K, Cents]:
    """The gross amount to print for each net line, so that they add up to `vat_per_rate`.

    Each is less than a cent from the exact figure; lines may be negative (a discount); a credit
    note is the mirror image of its invoice.
    """
    gross: dict[K, Cents] = {}
    for rate in vat_per_rate(nets.values()).rates:
        exact = {
            key: net * (10_000 + vat_bp)
            for key, (vat_bp, net) in nets.items()
            if vat_bp == rate.vat_bp
        }
        gross |= _largest_remainder(rate.gross, exact, 10_000)
    return {key: gross.get(key, net) for key, (_, net) in nets.items()}


def _largest_remainder(total: int, exact: Mapping[K, int], denominator: int) -> dict[K, int]:
    """Round `exact`/`denominator` so that the parts add up to `total`, itself their rounded sum.

    Rounds towards zero and then corrects by ones, so that minus everything gives minus the
    result; rounding down instead would not mirror.
    """
    parts: dict[K, int] = {}
    rest: dict[K, int] = {}
    for key, figure in exact.items():
        sign = 1 if figure >= 0 else -1
        quotient, remainder = divmod(abs(figure), denominator)
        parts[key], rest[key] = sign * quotient, sign * remainder
    left_over = total - sum(parts.values())
    step = 1 if left_over > 0 else -1
    for key in sorted(rest, key=lambda key: -step * rest[key])[: abs(left_over)]:
        parts[key] += step
    return parts


class NotAnAmount(Refused):
    message = N_("“%(text)s” is not an amount. Write it like this: 12.50")


class AmbiguousAmount(NotAnAmount):
    message = N_("“%(text)s” can be read in two ways. Write it like this: 1234.00 or 1.23")


class AmountTooLarge(NotAnAmount):
    message = N_("“%(text)s” is too large an amount.")


class NegativeAmount(NotAnAmount):
    message = N_("“%(text)s”: an amount cannot be less than zero here.")


class NotAQuantity(Refused):
    message = N_("“%(text)s” is not a number. Write it like this: 3")


class AmbiguousQuantity(NotAQuantity):
    message = N_("“%(text)s” can be read in two ways. Write it without a thousands separator.")


class QuantityTooLarge(NotAQuantity):
    message = N_("“%(text)s” is too many.")


class NegativeQuantity(NotAQuantity):
    message = N_("“%(text)s”: you cannot order less than zero.")


class DoesNotFitPiece(NotAQuantity):
    message = N_("“%(text)s” cannot be ordered: this is sold in steps of %(step)s.")


def parse_cents(text: str, *, negative: bool = False) -> Cents:
    """Read an amount as people type it: "50", "50.00", "12,5", "€ 1.234,50", "1 234,50", "12,-".

    Comma and point are both understood: the last one is the decimal sign when one or two digits
    follow it; groups of exactly three are thousands. One sign with three digits behind it
    ("1.234") can be either, and is refused. So is anything below zero unless `negative`. Decimal
    digits of every script count, and so do the Arabic separators.
    """
    number = re.sub(r"^(-?) ?(?:€|EUR) ?|[,.](?:-{1,2}|=)$| ?(?:€|EUR)$", r"\1", _plain(text))
    digits = number.removeprefix("-").strip()
    if re.fullmatch(r"[1-9]\d{0,2}[.,]\d{3}", digits):
        raise AmbiguousAmount(text=_shown(text))
    read = re.fullmatch(
        r"(\d*|[1-9]\d{0,2}(?:([., ])\d{3})(?:\2\d{3})*)(?:[.,](\d{1,2}))?", digits
    )
    if not read or not digits or (read[3] and digits[-1 - len(read[3])] == read[2]):
        raise NotAnAmount(text=_shown(text))
    cents = int(re.sub(r"\D", "", read[1]) or "0") * 100 + int((read[3] or "0").ljust(2, "0"))
    if cents > MOST_CENTS:
        raise AmountTooLarge(text=_shown(text))
    if number.startswith("-") and cents and not negative:
        raise NegativeAmount(text=_shown(text))
    return -cents if number.startswith("-") else cents


def parse_quantity(text: str, piece_milli: int = 1000) -> int:
    """Read a quantity as people type it, in price units, and return it in whole pieces.

    "" is 0; "1,5" of something sold by the half kilo (`piece_milli` 500) is 3 pieces. A piece
    cannot be split, at most `MOST_PIECES` can be asked, and "1.000" is refused: it may mean one
    or a thousand. Decimal digits of every script count.
    """
    number = _plain(text)
    if not number:
        return 0
    if re.fullmatch(r"[1-9]\d{0,2}[.,]\d{3}", number):
        raise AmbiguousQuantity(text=_shown(text))
    read = re.fullmatch(r"(-?)(\d+)(?:[.,](\d{1,3}))?", number)
    if not read:
        raise NotAQuantity(text=_shown(text))
    milli = int(read[2]) * 1000 + int((read[3] or "").ljust(3, "0"))
    if read[1] and milli:
        raise NegativeQuantity(text=_shown(text))
    if milli > MOST_PIECES * piece_milli:
        raise QuantityTooLarge(text=_shown(text))
    if milli % piece_milli:
        raise DoesNotFitPiece(text=_shown(text), step=Decimal(piece_milli) / 1000)
    return milli // piece_milli


def _plain(text: str) -> str:
    """Western digits, single blanks, one kind of minus and of separators; "x" if far too long.

    Marks for the writing direction, which come along with Arabic figures, are dropped.
    """
    if len(text) > LONGEST_NUMBER:
        return "x"
    western = text.translate({0x2212: "-", 0x2013: "-", 0x2014: "-", 0x066B: ",", 0x066C: "."})
    visible = (sign for sign in western.upper() if unicodedata.category(sign) != "Cf")
    return " ".join("".join(str(unicodedata.decimal(sign, sign)) for sign in visible).split())


def _shown(text: str) -> str:
    return text if len(text) <= LONGEST_NUMBER else text[:LONGEST_NUMBER] + "…"

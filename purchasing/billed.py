"""What a supplier's bill says, and where it differs from what was expected. Pure.

All amounts are cents; goods and delivery without VAT, deposit outside VAT.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import date
from enum import StrEnum
from typing import Any

from purchasing.errors import N_, Refused
from purchasing.money import MOST_CENTS, AmountTooLarge, BasisPoints, Cents, vat_of

VAT_RATES = (0, 900, 2100)
ROUNDED_OFF = 10  # cents by which a supplier's VAT may differ: many take it line by line


class Outcome(StrEnum):
    """What is done with a difference."""

    ACCEPTED = "accepted"  # we pay it, and the network carries it
    DISPUTED = "disputed"  # we do not pay it
    PASSED = "passed"  # we pay it, and who received it is charged more or less


class DisputeEnd(StrEnum):
    """How a dispute with a supplier ended."""

    PAID = "paid"  # we pay it after all, and the network carries it
    WITHDRAWN = "withdrawn"  # the supplier does not ask it any more


class UnreadableBill(Refused):
    message = N_("This bill cannot be read.")


class DoesNotAddUp(UnreadableBill):
    message = N_(
        "The bill does not add up: its parts come to %(parts_cents)s, it asks %(total_cents)s."
    )


class RatesDoNotAddUp(UnreadableBill):
    message = N_(
        "The amounts per VAT rate come to %(rates_cents)s, goods and delivery to %(net_cents)s."
    )


class NothingBilled(UnreadableBill):
    message = N_("This bill asks nothing: its total is 0.")


class UnknownRate(UnreadableBill):
    message = N_("VAT of %(percent)s per cent is not charged in the Netherlands.")


class LinesDoNotAddUp(UnreadableBill):
    message = N_("The lines of the bill come to %(lines_cents)s, its goods to %(goods_cents)s.")


class OddVat(UnreadableBill):
    message = N_("VAT of %(vat_cents)s over %(net_cents)s is not %(percent)d per cent.")


@dataclass(frozen=True)
class BilledLine:
    """One line of a bill; `number` is the supplier's own for the article.

    `milli` is how much, in thousandths of the supplier's unit, where the bill says so.
    """

    number: str
    name: str
    net_cents: Cents
    milli: int | None = None


@dataclass(frozen=True)
class BilledRate:
    """What falls under one VAT rate, delivery included."""

    vat_bp: BasisPoints
    net_cents: Cents
    vat_cents: Cents


@dataclass(frozen=True)
class Billed:
    """A bill or a credit note as it was read or typed; of a credit note all is below zero.

    Without `lines` only its totals are known. `buyer_ids` are the numbers by which it names its
    buyer, `order_number` is the order that it names, `refers_to` the bill that it credits.
    """

    number: str
    issued_on: date
    due_on: date | None
    goods_cents: Cents
    delivery_cents: Cents
    deposit_cents: Cents
    rates: tuple[BilledRate, ...]
    total_cents: Cents
    lines: tuple[BilledLine, ...] = ()
    buyer_ids: tuple[str, ...] = ()
    order_number: str = ""
    refers_to: str = ""

    @property
    def vat_cents(self) -> Cents:
        return sum(rate.vat_cents for rate in self.rates)

    @property
    def is_credit(self) -> bool:
        """A credit note: what is billed is below zero."""
        return self.total_cents < 0

    def turned(self) -> Billed:
        """The same with all amounts the other way."""
        return replace(
            self,
            goods_cents=-self.goods_cents,
            delivery_cents=-self.delivery_cents,
            deposit_cents=-self.deposit_cents,
            rates=tuple(
                BilledRate(one.vat_bp, -one.net_cents, -one.vat_cents) for one in self.rates
            ),
            total_cents=-self.total_cents,
            lines=tuple(replace(one, net_cents=-one.net_cents) for one in self.lines),
        )

    def plain(self) -> dict[str, Any]:
        """As JSON keeps it; `from_plain` reads it back."""
        due = self.due_on.isoformat() if self.due_on else None
        return asdict(self) | {"issued_on": self.issued_on.isoformat(), "due_on": due}


@dataclass(frozen=True)
class Expected:
    """What we count on for an order: by article number its name and net amount, and the rest."""

    lines: Mapping[str, tuple[str, Cents]] = field(default_factory=dict)
    goods_cents: Cents = 0
    delivery_cents: Cents = 0
    deposit_cents: Cents = 0
    vat_cents: Cents = 0

    @property
    def total_cents(self) -> Cents:
        return self.goods_cents + self.delivery_cents + self.deposit_cents + self.vat_cents


@dataclass(frozen=True)
class Difference:
    """One thing that is billed otherwise. `part` is goods, line:…, delivery, deposit or vat."""

    part: str
    name: str
    expected: Cents
    billed: Cents

    @property
    def cents(self) -> Cents:
        """What is billed more; below zero is less."""
        return self.billed - self.expected


def from_plain(plain: Mapping[str, Any]) -> Billed:
    """Read back what `Billed.plain` wrote. Raises ValueError, KeyError, TypeError."""
    return Billed(
        number=str(plain["number"]),
        issued_on=date.fromisoformat(plain["issued_on"]),
        due_on=date.fromisoformat(plain["due_on"]) if plain["due_on"] else None,
        goods_cents=int(plain["goods_cents"]),
        delivery_cents=int(plain["delivery_cents"]),
        deposit_cents=int(plain["deposit_cents"]),
        rates=tuple(BilledRate(**rate) for rate in plain["rates"]),
        total_cents=int(plain["total_cents"]),
        lines=tuple(BilledLine(**line) for line in plain["lines"]),
        buyer_ids=tuple(str(one) for one in plain.get("buyer_ids", ())),
        order_number=str(plain.get("order_number", "")),
        refers_to=str(plain.get("refers_to", "")),
    )


def check(billed: Billed) -> None:
    """Raises NothingBilled, DoesNotAddUp, RatesDoNotAddUp, UnknownRate, LinesDoNotAddUp, OddVat,
    AmountTooLarge."""
    if not billed.total_cents:
        raise NothingBilled
    if max(map(abs, _amounts(billed))) > MOST_CENTS:
        raise AmountTooLarge(text=str(billed.total_cents // 100))
    net = billed.goods_cents + billed.delivery_cents
    parts = net + billed.deposit_cents + billed.vat_cents
    if parts != billed.total_cents:
        raise DoesNotAddUp(parts_cents=parts, total_cents=billed.total_cents)
    rates = sum(rate.net_cents for rate in billed.rates)
    if rates != net:
        raise RatesDoNotAddUp(rates_cents=rates, net_cents=net)
    _check_rates(billed)
    lines = sum(line.net_cents for line in billed.lines)
    if billed.lines and lines != billed.goods_cents:
        raise LinesDoNotAddUp(lines_cents=lines, goods_cents=billed.goods_cents)


def _check_rates(billed: Billed) -> None:
    for rate in billed.rates:
        if rate.vat_bp not in VAT_RATES:
            raise UnknownRate(percent=f"{rate.vat_bp / 100:g}")
        if abs(rate.vat_cents - vat_of(rate.net_cents, rate.vat_bp)) > ROUNDED_OFF:
            raise OddVat(
                vat_cents=rate.vat_cents, net_cents=rate.net_cents, percent=rate.vat_bp // 100
            )


def _amounts(billed: Billed) -> Iterable[Cents]:
    yield from (billed.total_cents, billed.goods_cents)
    yield from (billed.delivery_cents, billed.deposit_cents)
    for rate in billed.rates:
        yield from (rate.net_cents, rate.vat_cents)
    yield from (line.net_cents for line in billed.lines)


def differences(expected: Expected, billed: Billed) -> tuple[Difference, ...]:
    """All that is billed otherwise; together they are the whole difference, to the cent."""
    found = [
        *_goods(expected, billed),
        Difference("delivery", N_("Delivery"), expected.delivery_cents, billed.delivery_cents),
        Difference("deposit", N_("Deposit"), expected.deposit_cents, billed.deposit_cents),
        Difference("vat", N_("VAT"), expected.vat_cents, billed.vat_cents),
    ]
    return tuple(one for one in found if one.cents)


def _goods(expected: Expected, billed: Billed) -> Sequence[Difference]:
    """Line by line where both sides have lines, and what no line explains."""
    if not billed.lines:
        return [Difference("goods", N_("Goods"), expected.goods_cents, billed.goods_cents)]
    asked: dict[str, tuple[str, Cents]] = {}
    for line in billed.lines:
        name, cents = asked.get(line.number, (line.name, 0))
        asked[line.number] = (name, cents + line.net_cents)
    found = [
        Difference(f"line:{number}"[:60], name, cents, asked.pop(number, ("", 0))[1])
        for number, (name, cents) in expected.lines.items()
    ]
    found += [Difference(f"line:{n}"[:60], name, 0, cents) for n, (name, cents) in asked.items()]
    known = sum(cents for _, cents in expected.lines.values())
    rest = Difference("goods", N_("Came otherwise than ordered"), expected.goods_cents - known, 0)
    return [*found, rest]

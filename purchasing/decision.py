"""What closing decides: who gets what, what is ordered, who owes what. Drafts, of plain numbers.

A room makes them; the rest of the house numbers them, writes them down and carries them out.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from purchasing.allocation import Reason
from purchasing.headcounts import Headcount


class ChargeKind(StrEnum):
    ARTICLE = "article"
    DELIVERY = "delivery"
    FEE = "fee"
    DEPOSIT = "deposit"
    PREMIUM = "premium"
    EXTRA = "extra"  # work at a home that a survey found to be needed
    PREPAYMENT = "prepayment"  # only on papers: what is paid ahead, and taken off at the end
    TAX = "tax"  # other than VAT, and no part of a price


@dataclass(frozen=True)
class ShareDraft:
    """What one participant gets of one item, and why."""

    participant_id: int
    item_id: int
    wanted: int
    extra: int
    given: int
    reason: Reason
    cases: int
    case_pieces: int


@dataclass(frozen=True)
class OrderLine:
    item_id: int
    cases: int
    pieces: int
    unit_price: int  # millionths, after tiers
    net_cents: int
    deposit_cents: int


@dataclass(frozen=True)
class NamedLine:
    """A line of an order that is no article of the round; `name` is a msgid, all is in cents."""

    name: str
    pieces: int
    each_cents: int
    net_cents: int
    tax_cents: int  # comes on top


@dataclass(frozen=True)
class OrderDraft:
    """What is ordered from one supplier; cents without VAT."""

    supplier_id: int
    lines: tuple[OrderLine, ...]
    goods_cents: int
    deposit_cents: int
    delivery_cents: int
    delivery_vat_bp: int
    vat_cents: int
    named: tuple[NamedLine, ...] = ()

    @property
    def net_cents(self) -> int:
        return self.goods_cents + self.deposit_cents + self.delivery_cents

    @classmethod
    def of_nothing(cls, supplier_id: int) -> OrderDraft:
        """An order that says that nothing is ordered."""
        return cls(supplier_id, (), 0, 0, 0, 0, 0)


@dataclass(frozen=True)
class ChargeDraft:
    """What one participant owes for one line.

    `cents` is without VAT where `vat_bp` names a rate, and the whole amount where it is None.
    """

    participant_id: int
    kind: ChargeKind
    cents: int
    vat_bp: int | None
    supplier_id: int | None = None
    item_id: int | None = None
    pieces: int = 0
    unit_price: int = 0  # millionths per unit without VAT
    name: str = ""  # what it is for, as a msgid, where it is no article
    milli: int | None = None  # what it weighed, in thousandths of a unit


@dataclass(frozen=True)
class Shortfall:
    """A minimum that was not reached; supplier None is the round itself. Cents without VAT."""

    supplier_id: int | None
    minimum_cents: int
    reached_cents: int

    @property
    def missing_cents(self) -> int:
        return self.minimum_cents - self.reached_cents


@dataclass(frozen=True)
class Decision:
    """What closing decides: who gets what, what is ordered, who owes what, what fell short.

    Of a round that people sign up to: who gets a receipt, and how many chose what.
    """

    shares: tuple[ShareDraft, ...] = ()
    orders: tuple[OrderDraft, ...] = ()
    charges: tuple[ChargeDraft, ...] = ()
    shortfalls: tuple[Shortfall, ...] = ()
    receipts: tuple[int, ...] = ()  # participant ids
    headcounts: tuple[Headcount, ...] = ()
    listed: tuple[int, ...] = ()  # participant ids: who is on the list without a receipt

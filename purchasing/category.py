"""The seam: what a category of goods must be able to tell the rest of the house.

A room answers with plain data and knows neither database nor web. The rest of the house hands
it the frozen demand of a round and carries out what it decides.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from types import MappingProxyType
from typing import Protocol

from purchasing.allocation import Reason, SharingRule
from purchasing.decision import (
    ChargeDraft,
    ChargeKind,
    Decision,
    NamedLine,
    OrderDraft,
    OrderLine,
    ShareDraft,
    Shortfall,
)
from purchasing.errors import Refused
from purchasing.headcounts import Headcount
from purchasing.questions import Answer, Asked, ConsentText, Question, ReceiptWords
from purchasing.tendering import Tendering

__all__ = [
    "Answer",
    "Category",
    "ChargeDraft",
    "ChargeKind",
    "ConsentText",
    "Decision",
    "DeliveryShare",
    "Demand",
    "Headcount",
    "ItemTerms",
    "NamedLine",
    "NothingAsked",
    "OrderDraft",
    "OrderLine",
    "Party",
    "Question",
    "Reason",
    "ReceiptWords",
    "SettlementMode",
    "ShareDraft",
    "SharingRule",
    "Shortfall",
    "SupplierTerms",
    "TariffLine",
    "Tendering",
    "Wanted",
]


class SettlementMode(StrEnum):
    """Who contracts with the supplier; it decides which paper a participant gets."""

    RESALE = "resale"  # the network buys and resells: an invoice with VAT
    SHARED = "shared"  # neighbours buy together: a settlement, amounts including VAT
    DIRECT = "direct"  # the supplier bills each participant: a confirmation
    REFERRAL = "referral"  # a licensed party contacts each participant: a receipt
    LICENSED = "licensed"  # a licensed intermediary runs it: an invoice of premium


class DeliveryShare(StrEnum):
    """How the cost of delivery is divided over who gets something from that supplier."""

    EQUAL = "equal"
    BY_AMOUNT = "by_amount"


@dataclass(frozen=True)
class ItemTerms:
    """An article as promised. `unit_price` in millionths of a euro per unit, without VAT."""

    id: int
    supplier_id: int
    unit_price: int
    case_pieces: int = 1
    piece_milli: int = 1000
    vat_bp: int = 900
    deposit_cents: int = 0
    weighed: bool = False
    tiers: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True)
class Wanted:
    """What one participant ordered of one item: `quantity` pieces, and `extra` if need be.

    `queue` is when the quantity was asked for, oldest first: (microseconds, pieces).
    """

    participant_id: int
    item_id: int
    quantity: int
    extra: int = 0
    queue: tuple[tuple[int, int], ...] = ()
    lost_before: int = 0


@dataclass(frozen=True)
class SupplierTerms:
    """A supplier's conditions in cents without VAT."""

    supplier_id: int
    minimum_cents: int = 0
    free_delivery_cents: int | None = None
    delivery_cents: int = 0
    delivery_vat_bp: int = 2100


@dataclass(frozen=True)
class Demand:
    """All that closing needs to know of a round: frozen, and in no particular order."""

    items: tuple[ItemTerms, ...]
    wants: tuple[Wanted, ...]
    suppliers: tuple[SupplierTerms, ...]
    minimum_cents: int = 0
    sharing_rule: SharingRule = SharingRule.PROPORTIONAL
    delivery_share: DeliveryShare = DeliveryShare.EQUAL
    states_vat: bool = True  # else charges include VAT and name no rate
    fee_cents: int = 0  # per participant who gets something, without VAT
    fee_vat_bp: int = 2100
    without_suppliers: frozenset[int] = frozenset()  # left out, for they fell short
    answers: Mapping[int, Mapping[str, object]] = field(default_factory=dict)


@dataclass(frozen=True)
class Party:
    """From whom a round orders what people sign up to, and the number of its licence."""

    name: str
    email: str
    licence: str


@dataclass(frozen=True)
class TariffLine:
    """What one thing to sign up to costs a year. `steps`: from so many people, so many cents."""

    name: str  # a msgid
    asked: Asked
    steps: tuple[tuple[int, int], ...]


class Category(Protocol):
    """Food, energy, insurance: one object each, in purchasing/categories/."""

    @property
    def key(self) -> str: ...

    @property
    def name(self) -> str: ...

    @property
    def mark(self) -> str:
        """The drawn mark and colour that stand beside the name, such as "basket"."""

    @property
    def itinerary(self) -> tuple[str, ...]:
        """The moves a round of this category makes, in order. See purchasing.lifecycle."""

    @property
    def settlement_modes(self) -> tuple[SettlementMode, ...]:
        """The modes a round may have, the default first."""

    @property
    def sells_articles(self) -> bool:
        """Whether participants choose from the round's items."""

    @property
    def most_prepaid_bp(self) -> int:
        """The most that a round may ask at ordering of the price of its articles; 0: nothing."""

    @property
    def vat_notes(self) -> Mapping[int, str]:
        """What a paper says of a VAT rate that stands on it, in basis points, besides the rate."""

    @property
    def vat_warnings(self) -> Mapping[int, str]:
        """What a coordinator must look at before articles of a VAT rate are offered or ordered."""

    @property
    def comes_home(self) -> bool:
        """Whether goods come to each home where the round names no place to collect them."""

    @property
    def surveys(self) -> bool:
        """Whether somebody may come and look, before what was ordered is ordered."""

    @property
    def notice(self) -> str:
        """What the law, or fairness, wants said beside every round of this category."""

    @property
    def forms(self) -> Mapping[str, str]:
        """The form in which a kind of paper is printed, where it is not the usual one."""

    def for_round(self, mode: SettlementMode, particulars: Mapping[str, Answer]) -> Category:
        """The category as it is in a round that is settled so, and says this of itself."""

    def party(self, particulars: Mapping[str, Answer]) -> Party | None:
        """From whom a round orders what people sign up to; it becomes the round's supplier."""

    def tariff(self) -> tuple[TariffLine, ...]:
        """What it costs that can be signed up to, all taxes in it."""

    def particulars(self) -> tuple[Question, ...]:
        """What a round must say of itself before it can be published."""

    def check_particulars(self, particulars: Mapping[str, Answer]) -> Mapping[str, Refused]:
        """What is wrong with them that the questions themselves cannot see, by key."""

    def questions(self) -> tuple[Question, ...]:
        """What we may ask a participant: all of it, and nothing else."""

    @property
    def tender(self) -> Tendering | None:
        """Of a category whose rounds are put to tender: what it knows of bids and offers."""

    def check_answers(
        self, answers: Mapping[str, Answer], *, shop: bool, today: date
    ) -> Mapping[str, Refused]:
        """What is wrong with the answers that the questions themselves cannot see, by key."""

    def consents(self, particulars: Mapping[str, Answer]) -> tuple[ConsentText, ...]:
        """To whom the answers go, each of which a participant must agree to."""

    def receipt(self, particulars: Mapping[str, Answer]) -> ReceiptWords:
        """What the receipt says of who signs up to such a round, besides the answers."""

    def decide(self, demand: Demand) -> Decision:
        """What closing decides. Pure and deterministic, whatever the order of the demand."""

    def sheet_columns(self) -> tuple[str, ...]:
        """The columns of a supplier's sheet, by the names that suppliers.ordersheet knows.

        Of the list of who signed up: "participant" is the name, the others are questions.
        """

    def order_columns(self) -> tuple[str, ...]:
        """The columns of the order sheet of a round that people sign up to."""


class NothingAsked:
    """What a category need not say whose participants choose articles and answer nothing."""

    notice = ""
    most_prepaid_bp = 0
    vat_notes: Mapping[int, str] = MappingProxyType({})
    vat_warnings: Mapping[int, str] = MappingProxyType({})
    comes_home = False
    surveys = False
    forms: Mapping[str, str] = MappingProxyType({})
    tender: Tendering | None = None

    def for_round(self, mode: SettlementMode, particulars: Mapping[str, Answer]) -> Category:
        return self  # type: ignore[return-value]

    def party(self, particulars: Mapping[str, Answer]) -> Party | None:
        return None

    def tariff(self) -> tuple[TariffLine, ...]:
        return ()

    def order_columns(self) -> tuple[str, ...]:
        return ()

    def particulars(self) -> tuple[Question, ...]:
        return ()

    def check_particulars(self, particulars: Mapping[str, Answer]) -> Mapping[str, Refused]:
        return {}

    def questions(self) -> tuple[Question, ...]:
        return ()

    def check_answers(
        self, answers: Mapping[str, Answer], *, shop: bool, today: date
    ) -> Mapping[str, Refused]:
        return {}

    def consents(self, particulars: Mapping[str, Answer]) -> tuple[ConsentText, ...]:
        return ()

    def receipt(self, particulars: Mapping[str, Answer]) -> ReceiptWords:
        raise NotImplementedError("nobody signs up to such a round")

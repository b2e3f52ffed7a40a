"""An invoice as EN 16931 sees it. Each field names its business term (BT) in the standard.

Amounts are whole cents; what has no fixed number of decimals (a quantity, a price) is a Decimal.
"""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum

CURRENCY = "EUR"  # BT-5
COUNTRY = "NL"  # BT-40, BT-55


class TypeCode(StrEnum):
    """BT-3, of UNTDID 1001."""

    INVOICE = "380"
    CREDIT_NOTE = "381"
    PREPAYMENT = "386"


class Heading(StrEnum):
    """Under what an amount falls in VAT: BT-118 and BT-151, of UNTDID 5305."""

    STANDARD = "S"
    ZERO = "Z"
    EXEMPT = "E"
    REVERSE_CHARGE = "AE"
    OUTSIDE = "O"  # and then nothing else on the invoice, and no VAT id


@dataclass(frozen=True)
class Party:
    """Seller (BG-4) or buyer (BG-7). An empty field is not known."""

    name: str  # BT-27, BT-44
    street: str  # BT-35, BT-50
    postcode: str  # BT-38, BT-53
    city: str  # BT-37, BT-52
    kvk: str  # BT-30, BT-47, in scheme 0106; for Peppol also BT-34, BT-49
    vat_id: str  # BT-31, BT-48
    contact: str = ""  # BT-41
    phone: str = ""  # BT-42
    email: str = ""  # BT-43


@dataclass(frozen=True)
class Line:
    """BG-25. The line's number (BT-126) is its place."""

    name: str  # BT-153
    description: str  # BT-154
    number: str  # BT-155
    quantity: Decimal  # BT-129; negative on a line that takes off
    unit: str  # BT-130, of UN/ECE Recommendation 20
    price: Decimal  # BT-146, without VAT; never negative
    net: int  # BT-131
    heading: Heading  # BT-151
    rate_bp: int  # BT-152, in basis points


@dataclass(frozen=True)
class VatTotal:
    """BG-23: all that falls under one heading and rate."""

    heading: Heading  # BT-118
    rate_bp: int  # BT-119
    base: int  # BT-116
    tax: int  # BT-117
    reason: str = ""  # BT-120
    reason_code: str = ""  # BT-121


@dataclass(frozen=True)
class Preceding:
    """BG-3: an earlier invoice, which this one corrects or completes."""

    number: str  # BT-25
    issued_on: date  # BT-26


@dataclass(frozen=True)
class Payment:
    """BG-16 and BG-17: a SEPA credit transfer."""

    iban: str  # BT-84
    account_name: str  # BT-85
    reference: str  # BT-83


@dataclass(frozen=True)
class Invoice:
    """One invoice or credit note. Lines add up to `net`; `net` and `vat` to `gross`."""

    type_code: TypeCode  # BT-3
    number: str  # BT-1
    issued_on: date  # BT-2
    due_on: date | None  # BT-9
    terms: str  # BT-20, where no day is named
    buyer_reference: str  # BT-10
    note: str  # BT-22
    seller: Party
    buyer: Party
    supplied_on: date | None  # BT-72
    lines: tuple[Line, ...]
    totals: tuple[VatTotal, ...]
    payment: Payment | None = None
    preceding: tuple[Preceding, ...] = field(default=())

    @property
    def net(self) -> int:
        """BT-106 and BT-109."""
        return sum(line.net for line in self.lines)

    @property
    def vat(self) -> int:
        """BT-110."""
        return sum(total.tax for total in self.totals)

    @property
    def gross(self) -> int:
        """BT-112 and BT-115: nothing of it has been paid before, as far as a paper can know."""
        return self.net + self.vat

    @property
    def can_travel_by_peppol(self) -> bool:
        """Whether it meets what Peppol BIS and NLCIUS ask above EN 16931, of Dutch parties."""
        addressed = all(
            party.kvk and party.street and party.postcode and party.city
            for party in (self.seller, self.buyer)
        )
        named = bool(self.preceding) or self.type_code != TypeCode.CREDIT_NOTE
        payable = self.payment is not None or self.gross <= 0
        return addressed and named and (payable or self.type_code == TypeCode.CREDIT_NOTE)

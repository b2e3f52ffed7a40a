"""The shapes of the frozen records that papers are made from: plain data that fits in JSON.

A record is made once, by the domain, and kept; a paper shows nothing that is not in its record.

* Money is whole cents. A price for one piece is whole millionths of a euro, so that 0.3333 fits.
* A VAT rate is in basis points (900 is 9 %); None is an amount without VAT.
* A date is "2026-12-04", a time of day "10:00". A language is "nl" or "en" (or "ar", "pl", "tr").
* An empty string means "not known" and leaves no empty line on the paper.
* `notes` are untranslated msgids, or text that somebody typed; both show as text.
"""

from typing import Literal, NotRequired, TypedDict


class Sender(TypedDict):
    """The network, as it was when the paper was made."""

    name: str
    street: str
    postcode: str
    city: str
    kvk: str
    vat_id: str
    email: str
    phone: str
    iban: str
    account_name: str
    vat_status: str


class Recipient(TypedDict):
    """The participant who gets the paper; `number` is the customer number."""

    name: str
    street: str
    postcode: str
    city: str
    number: str
    attention: NotRequired[str]
    kvk: NotRequired[str]
    vat_id: NotRequired[str]


class RoundLabel(TypedDict):
    title: str
    closed_on: NotRequired[str | None]


# "from" is a word of Python, so this one is written as a call.
Stop = TypedDict(
    "Stop",
    {
        "on": str,
        "from": NotRequired[str | None],
        "until": NotRequired[str | None],
        "place": str,
        "address": str,
        "at_home": NotRequired[bool],
    },
)
Stop.__doc__ = """When and where goods change hands: a collection or a delivery."""


class Explanation(TypedDict):
    """Why somebody gets another number than was asked for. All numbers are pieces, but `cases`.

    `reason` is a purchasing.allocation.Reason. `came` is needed for "less_came" only.
    """

    reason: str
    given: int
    wanted: int
    cases: int
    case_pieces: int
    came: NotRequired[int]


class Quantity(TypedDict):
    """So many thousandths of a unit, where a piece is not a unit: 512 of "kg"."""

    milli: int
    unit: str


class Line(TypedDict):
    """One line. `name` says what; delivery and deposit get their own word before it.

    `pieces` is negative for what is given back. `quantity` (half a kilo, say) is shown instead of
    `pieces` where goods were weighed. `unit_price` is with VAT on a paper with gross prices,
    without on one with net prices; 0 leaves the column empty. `reason` says why there is "extra"
    work, `instead_of` for what an article came as a substitute.
    """

    kind: Literal["article", "extra", "delivery", "fee", "deposit", "prepayment"]
    name: str
    unit: str
    pieces: int
    quantity: NotRequired[Quantity | None]
    unit_price: int
    gross: int
    net: int
    vat_bp: int | None
    explanation: NotRequired[Explanation | None]
    reason: NotRequired[str]
    number: NotRequired[str]
    instead_of: NotRequired[str]


class Gap(TypedDict):
    """An article of which nothing came: `pieces` (or `quantity`) were asked for."""

    name: str
    unit: str
    pieces: int
    quantity: NotRequired[Quantity | None]
    explanation: Explanation


class VatRow(TypedDict):
    vat_bp: int
    net: int
    vat: int
    gross: int


# "is" is a word of Python, so this one is written as a call.
Part = TypedDict(
    "Part",
    {
        "is": Literal["ahead", "rest"],
        "bp": NotRequired[int],
        "whole": NotRequired[int],
        "rest": NotRequired[int],
        "number": NotRequired[str],
        "on": NotRequired[str],
        "ahead": NotRequired[int],
    },
)
Part.__doc__ = """Of what a paper is only a part. Cents with VAT.

What is paid "ahead" is `bp` of the price: the `whole` order, and the `rest` that is to come. The
"rest" names the first paper by `number` and day, and what that asked for: `ahead`.
"""


class Payment(TypedDict):
    """How to pay: `reference` begins with RF, `epc` is the whole text of the QR code."""

    iban: str
    name: str
    reference: str
    epc: str


class Invoice(TypedDict):
    """A Factuur (`number`) or an Afrekening (`reference`) for one participant.

    `prices` says whether `unit_price` is with VAT ("gross", households) or without ("net",
    shops); where it is missing, a recipient with a KvK number gets net prices. Lines add up:
    gross over all lines is `total`; `vat` and `untaxed` add up to it as well.
    """

    kind: Literal["invoice", "settlement"]
    number: NotRequired[str]
    reference: NotRequired[str]
    language: str
    prices: NotRequired[Literal["gross", "net"]]
    issued_on: str
    due_on: str | None
    round: RoundLabel
    pickup: Stop | None
    sender: Sender
    recipient: Recipient
    lines: list[Line]
    missing: NotRequired[list[Gap]]
    part: NotRequired[Part]
    vat: list[VatRow]
    untaxed: int
    total: int
    payment: Payment | None
    notes: list[str]
    exempt_reason: str | None


class Contact(TypedDict):
    name: str
    phone: str
    email: str


class SupplierAddress(TypedDict):
    name: str
    attention: str
    street: str
    postcode: str
    city: str
    customer_number: str
    kvk: NotRequired[str]


class OrderLine(TypedDict):
    number: str
    name: str
    unit: str
    brand: str
    case_pieces: int
    cases: int
    pieces: int
    quantity: NotRequired[Quantity | None]
    case_price: int
    amount: int


class OrderSheet(TypedDict):
    """What is ordered from one supplier: cases and units, and no participant's name.

    All amounts are without VAT. `repeat` marks a sheet that may have gone out before.
    `answer_url` is the page where the supplier answers, shown with a QR code.
    """

    number: str
    language: str
    ordered_on: str
    round: RoundLabel
    deliver: Stop | None
    contact: Contact
    sender: Sender
    supplier: SupplierAddress
    lines: list[OrderLine]
    goods: int
    deposits: int
    delivery: int
    total: int
    repeat: bool
    notes: list[str]
    answer_url: NotRequired[str | None]


class PackedItem(TypedDict):
    """One article to divide; `crates` holds pairs of crate number and pieces."""

    name: str
    unit: str
    pieces: int
    quantity: NotRequired[Quantity | None]
    cases: int
    case_pieces: int
    crates: list[tuple[int, int]]


class Slip(TypedDict):
    """What goes in one crate; `lines` holds pieces and article, and `Quantity` where a piece is a
    part of a unit."""

    crate_no: int
    participant: str
    slot: NotRequired[str | None]
    lines: list[tuple[int, str] | tuple[int, str, Quantity]]
    pieces: int
    count: int


class PackingList(TypedDict):
    """The hand-out of one round, by article and by participant."""

    language: str
    round: RoundLabel
    delivery_on: str
    place: str
    sender: Sender
    items: list[PackedItem]
    slips: list[Slip]


class Said(TypedDict):
    """An untranslated sentence, and the values that go into it."""

    text: str
    values: dict[str, str]


class Party(TypedDict):
    """Who gets the list: a word for what it is (a msgid), its name, its licence."""

    word: NotRequired[str]
    name: str
    licence: Said


class RepeatedAnswer(TypedDict):
    """A question and its answer; both may be msgids."""

    label: str
    words: list[str]


class Receipt(TypedDict):
    """An Ontvangstbewijs: what one participant passed on, and to whom. It has no amounts."""

    kind: Literal["receipt"]
    number: str
    language: str
    issued_on: str
    received_on: str
    round: RoundLabel
    sender: Sender
    recipient: Recipient
    party: Party
    intro: Said
    warnings: list[Said]
    answers: list[RepeatedAnswer]
    steps: list[Said]
    leaving: list[Said]
    roles: list[Said]
    notes: list[str]


class ReferralCell(TypedDict):
    """Msgids, or what somebody typed."""

    words: NotRequired[list[str]]
    text: NotRequired[str]


class ReferralList(TypedDict):
    """Who signed up, for the party that the round names; `columns` are msgids."""

    kind: Literal["referral_list"]
    number: str
    language: str
    issued_on: str
    round: RoundLabel
    sender: Sender
    party: Party
    columns: list[str]
    rows: list[list[ReferralCell]]
    notes: list[str]

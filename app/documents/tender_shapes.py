"""The shapes of the records of a tender's papers; the rules of `shapes` hold here too."""

from typing import Literal, TypedDict

from app.documents.shapes import Recipient, RoundLabel, Sender


class CostRow(TypedDict):
    """One row of two yearly costs, in cents with VAT; `now` None where nobody knows it."""

    key: str
    label: str
    now: int | None
    new: int


class UnitPrice(TypedDict):
    """Millionths of a euro per unit; both words are msgids."""

    label: str
    price: int
    unit: str


class Use(TypedDict):
    """What is used in a year."""

    kwh: int
    m3: int | None
    fed_in: int


class ContractParty(TypedDict):
    name: str
    email: str
    phone: str


class Confirmation(TypedDict):
    """A Bevestiging: the contract that a participant makes with a supplier. It is no invoice.

    Rows add up to `new`, and to `now` where that is known line by line; `saving` is without the
    bonus and after the exit fee. `prices` are without energy tax.
    """

    kind: Literal["confirmation"]
    number: str
    language: str
    issued_on: str
    round: RoundLabel
    sender: Sender
    recipient: Recipient
    supplier: ContractParty
    accepted_on: str
    withdraw_until: str
    earns: str
    rows: list[CostRow]
    now: int | None
    new: int
    bonus: int
    exit_fee: int | None
    saving: int | None
    use: Use
    estimated: bool
    prices_with_vat: bool
    prices: list[UnitPrice]
    green: str
    term_months: int
    start_on: str
    fixed_until: str
    assumptions: list[str]
    notes: list[str]

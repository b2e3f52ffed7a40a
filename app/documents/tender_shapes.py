"""The shapes of the records of a tender's papers; the rules of `shapes` hold here too."""

from typing import Literal, TypedDict

from app.documents.shapes import Recipient, ReferralCell, RoundLabel, Sender


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


class LotLine(TypedDict):
    """One figure; `value` None is fewer than ten connections, and stays hidden."""

    segment: str
    figure: str
    detail: str
    unit: str
    value: int | None


class LotLabels(TypedDict):
    """The words (msgids) for what stands in the lines; what has none stands as it is."""

    segments: dict[str, str]
    figures: dict[str, str]
    details: dict[str, str]


class LotSheet(TypedDict):
    """A Kavelblad: what is put to tender, in sums. Moments are on the clock on the wall."""

    kind: Literal["lot_sheet"]
    number: str
    language: str
    issued_on: str
    round: RoundLabel
    sender: Sender
    bids_until: str
    offers_until: str
    start_on: str
    rule: str
    conditions: list[str]
    rows: list[LotLine]
    labels: LotLabels
    notes: list[str]


class StackedColumn(TypedDict):
    """A column of a list; on paper those of one `stack` (all are msgids) share a cell."""

    title: str
    stack: str
    labelled: bool


class SwitchList(TypedDict):
    """An Overstaplijst: who contracts with one supplier, and only what it needs for that."""

    kind: Literal["switch_list"]
    number: str
    language: str
    issued_on: str
    round: RoundLabel
    sender: Sender
    supplier: str
    columns: list[StackedColumn]
    rows: list[list[ReferralCell]]
    notes: list[str]

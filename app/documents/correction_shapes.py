"""The shapes of credit notes and supplements: an invoice's, of what changed; see `shapes`."""

from typing import Literal, NotRequired, TypedDict

from app.documents.shapes import (
    Gap,
    Line,
    Payment,
    Quantity,
    Recipient,
    RoundLabel,
    Sender,
    VatRow,
)


class Why(TypedDict):
    """Why a line was corrected: a purchasing.books.differences.Why, and its numbers or a text."""

    reason: str
    given: NotRequired[Quantity]
    before: NotRequired[Quantity]
    came: NotRequired[Quantity]
    ordered: NotRequired[Quantity]
    text: NotRequired[str]


class CorrectedLine(Line):
    """What changed of one line: pieces, quantity and amounts are differences."""

    correction: Why


class Correction(TypedDict):
    """A credit note (`total` is not above zero) or a supplement: an Invoice of what changed.

    `refers_to` is the number of the paper that is corrected, `refers_to_kind` what that is.
    What is given back is below zero everywhere: pieces, quantities, amounts, VAT. `vat` is the VAT
    of both papers together, less that of the first: it can differ by a cent from the VAT over
    these lines alone, and `notes` says so.
    """

    kind: Literal["credit_note", "supplement"]
    number: str
    language: str
    prices: NotRequired[Literal["gross", "net"]]
    issued_on: str
    due_on: str | None
    round: RoundLabel
    pickup: None
    sender: Sender
    recipient: Recipient
    lines: list[CorrectedLine]
    missing: list[Gap]
    vat: list[VatRow]
    untaxed: int
    total: int
    payment: Payment | None
    notes: list[str]
    exempt_reason: str | None
    refers_to: str
    refers_to_kind: Literal["invoice", "settlement"]
    refers_to_on: str

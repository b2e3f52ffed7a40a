"""The shapes of papers about payments: an account statement, a receipt for cash. See `shapes`."""

from typing import Literal, TypedDict

from app.documents.shapes import Recipient, Sender


class AccountLine(TypedDict):
    """One change of a balance; `what` is a purchasing.books.statements.Moved."""

    on: str
    what: str
    number: str
    text: str
    cents: int
    balance: int


class StillOpen(TypedDict):
    number: str
    due_on: str | None
    reference: str
    open: int


class AccountStatement(TypedDict):
    """A Rekeningoverzicht; balances above zero are owed to the network."""

    kind: Literal["account"]
    number: str
    language: str
    issued_on: str
    since: str
    sender: Sender
    recipient: Recipient
    opening: int
    closing: int
    lines: list[AccountLine]
    open: list[StillOpen]
    notes: list[str]


class PaidLine(TypedDict):
    """So much was paid of a bill, and so much of it is still open."""

    number: str
    cents: int
    open: int


class CashReceipt(TypedDict):
    """A Kwitantie: what was paid in cash, and for which bills. `credit` pays none yet."""

    kind: Literal["cash_receipt"]
    number: str
    language: str
    issued_on: str
    sender: Sender
    recipient: Recipient
    received_by: str
    total: int
    lines: list[PaidLine]
    credit: int
    notes: list[str]

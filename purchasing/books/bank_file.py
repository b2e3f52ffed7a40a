"""What a bank's file says, whatever its format: statements, and the lines on them. Pure."""

from dataclasses import dataclass, field
from datetime import date

from purchasing.money import Cents


@dataclass(frozen=True)
class Line:
    """One movement on the account; `cents` is what came in, or less than zero what went out.

    `iban` is the other side's account, as far as the bank names it; `bank_reference` and `part`
    (of a batch) tell lines apart, `end_to_end` and `reference` come from who paid. `entry_cents`
    is the whole entry that a part belongs to. `returned` says that an earlier payment is taken
    back. `place` is where it stands in the file: a row, or the number of the entry.
    """

    booked_on: date
    cents: Cents
    name: str = ""
    iban: str = ""
    text: str = ""
    reference: str = ""
    end_to_end: str = ""
    bank_reference: str = ""
    part: int = 0
    entry_cents: Cents = 0
    returned: bool = False
    reason: str = ""
    place: int = field(default=0, compare=False)


@dataclass(frozen=True)
class Statement:
    """What one account did in one period; balances in cents where the file tells them."""

    account: str
    number: str
    lines: tuple[Line, ...]
    opening: Cents | None = None
    closing: Cents | None = None

    @property
    def missing(self) -> Cents:
        """What the lines lack between the two balances; zero where either is not told."""
        if self.opening is None or self.closing is None:
            return 0
        return self.closing - self.opening - sum(line.cents for line in self.lines)


@dataclass(frozen=True)
class BankFile:
    """`format` is a key such as "camt.053"; lines of two formats may tell of one payment."""

    format: str
    statements: tuple[Statement, ...]

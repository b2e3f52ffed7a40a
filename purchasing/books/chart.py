"""The accounts as a bookkeeper knows them: a number, a name, and on which sheet they stand."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from purchasing.books import accounts
from purchasing.errors import N_


class Sheet(StrEnum):
    """Where an account stands, in the words of plain-text bookkeeping."""

    ASSETS = "assets"
    LIABILITIES = "liabilities"
    EQUITY = "equity"
    INCOME = "income"
    EXPENSES = "expenses"


@dataclass(frozen=True)
class Ledger:
    """`number` groups all accounts whose name begins with `prefix`; `name` is a msgid.

    `closes` says that a closed year brings it to zero. What a round holds does not close: it is
    charged, or will be.
    """

    prefix: str
    number: str
    name: str
    sheet: Sheet
    closes: bool = False

    @property
    def is_balance(self) -> bool:
        return self.sheet in (Sheet.ASSETS, Sheet.LIABILITIES, Sheet.EQUITY)


CHART = (
    Ledger("result:", "0500", N_("Results of closed years"), Sheet.EQUITY),
    Ledger(accounts.BANK, "1000", N_("Bank"), Sheet.ASSETS),
    Ledger(accounts.CASH, "1010", N_("Cash"), Sheet.ASSETS),
    Ledger(accounts.BETWEEN, "1090", N_("Between our own accounts"), Sheet.ASSETS),
    Ledger(accounts.ONLINE, "1095", N_("Paid online, on its way"), Sheet.ASSETS),
    Ledger("participant:", "1300", N_("Participants"), Sheet.ASSETS),
    Ledger(accounts.DEPOSITS_PAID, "1350", N_("Deposit paid to suppliers"), Sheet.ASSETS),
    Ledger("supplier:", "1600", N_("Suppliers"), Sheet.LIABILITIES),
    Ledger(accounts.DEPOSITS_HELD, "1650", N_("Deposit held of participants"), Sheet.LIABILITIES),
    Ledger(accounts.AHEAD, "1660", N_("Down payments of participants"), Sheet.LIABILITIES),
    Ledger(accounts.VINPUT, "1510", N_("VAT to get back"), Sheet.ASSETS),
    Ledger(f"{accounts.VOUTPUT}:", "1520", N_("VAT to pay"), Sheet.LIABILITIES),
    Ledger(accounts.UNMATCHED, "1900", N_("Read, and not decided whose"), Sheet.LIABILITIES),
    Ledger("round:", "7000", N_("Bought for rounds and charged"), Sheet.EXPENSES),
    Ledger(accounts.BANK_COSTS, "4500", N_("Costs of the bank"), Sheet.EXPENSES, closes=True),
    Ledger(accounts.WRITTEN_OFF, "4800", N_("Written off"), Sheet.EXPENSES, closes=True),
    Ledger(accounts.CARRIED, "4850", N_("Carried for rounds"), Sheet.EXPENSES, closes=True),
    Ledger(accounts.OTHER_COSTS, "4900", N_("Other costs"), Sheet.EXPENSES, closes=True),
    Ledger(accounts.FEES, "8000", N_("Contributions to the network"), Sheet.INCOME, closes=True),
    Ledger(accounts.OTHER_INCOME, "8900", N_("Other income"), Sheet.INCOME, closes=True),
)
UNKNOWN = Ledger("", "9999", N_("Other"), Sheet.EQUITY)


def ledger_of(account: str) -> Ledger:
    """The line of the chart an account belongs to; one that nobody thought of is "9999"."""
    for one in CHART:
        if account == one.prefix or (one.prefix.endswith(":") and account.startswith(one.prefix)):
            return one
    return UNKNOWN

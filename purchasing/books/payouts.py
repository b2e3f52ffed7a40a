"""What a payment provider pays out: many payments in one line of the bank, less its costs."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from purchasing.books import accounts, ledger
from purchasing.books.bank import BankLine, LineState
from purchasing.books.online_payments import OnlinePayment
from purchasing.money import Cents


@dataclass(frozen=True)
class ProviderKnown:
    """Accounts that payouts came from before, names of providers, and what is on its way."""

    ibans: frozenset[str] = frozenset()
    names: frozenset[str] = frozenset()
    on_its_way: Cents = 0

    def pays_out(self, name: str, iban: str, cents: Cents) -> bool:
        """Whether a line of the bank is most likely a payout: proposed, never booked by itself.

        By its account; the first time by its name, as long as it is not more than is on its way.
        """
        if cents <= 0:
            return False
        named = any(one in name.casefold() for one in self.names)
        return (bool(iban) and iban in self.ibans) or (named and cents <= self.on_its_way)


NO_PROVIDER = ProviderKnown()


def known(session: Session) -> ProviderKnown:
    """What tells a payout from other money; nothing where nobody ever paid online."""
    names = frozenset(session.scalars(select(OnlinePayment.provider).distinct()))
    if not names:
        return NO_PROVIDER
    query = select(BankLine.iban).where(
        BankLine.account == accounts.ONLINE,
        BankLine.state == LineState.BOOKED,
        BankLine.iban != "",
    )
    ibans = frozenset(session.scalars(query.distinct()))
    return ProviderKnown(ibans, names, ledger.balance(session, accounts.ONLINE))

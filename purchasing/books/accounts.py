"""The names of the accounts in the ledger, and whose they are."""

from __future__ import annotations

BANK = "bank"
CASH = "cash"
UNMATCHED = "unmatched"  # money that moved at the bank and has not been decided about
FEES = "fees"
WRITTEN_OFF = "written-off"
CARRIED = "carried"  # what nobody was charged after a delivery, for the network to carry
BANK_COSTS = "bank-costs"
OTHER_INCOME = "other-income"
OTHER_COSTS = "other-costs"
ONLINE = "online"  # paid online, and not paid out by the provider yet
BETWEEN = "between"  # on its way between accounts of our own: savings, the cash box

VINPUT = "vat:input"
VOUTPUT = "vat:output"  # and the rate behind a colon
DEPOSITS_PAID = "deposits:suppliers"  # suppliers give it back for what is returned to them
DEPOSITS_HELD = "deposits:participants"  # we give it back to who returns something
AHEAD = "ahead"  # of the price, asked for before the goods come

# What a treasurer may choose for a line that is of no participant and no supplier.
FREE_ACCOUNTS = (BANK_COSTS, OTHER_INCOME, OTHER_COSTS, BETWEEN, ONLINE)


def of_participant(participant_id: int) -> str:
    return f"participant:{participant_id}"


def of_supplier(supplier_id: int) -> str:
    return f"supplier:{supplier_id}"


def of_round(round_id: int) -> str:
    return f"round:{round_id}"


def owner_id(account: str, kind: str) -> int | None:
    """The id behind "participant:12" where `kind` is "participant"; None for another account."""
    named, _, number = account.partition(":")
    return int(number) if named == kind and number.isdecimal() else None

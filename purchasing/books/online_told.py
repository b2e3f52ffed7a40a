"""What a payment provider says about one payment, whoever it is. Pure."""

from dataclasses import dataclass
from enum import StrEnum

from purchasing.money import Cents

EURO = "EUR"


class Outcome(StrEnum):
    """How a payment stands in the end; what leads there differs between providers."""

    OPEN = "open"  # somebody may still pay, or the bank has not said yes
    PAID = "paid"
    ENDED = "ended"  # failed, called off or too late: it will never be paid


@dataclass(frozen=True)
class Told:
    """One answer of the provider. `back` is what went back of it in all, refunds and reversals.

    `checkout` is where to pay, as long as that can be done.
    """

    provider_id: str
    outcome: Outcome
    cents: Cents
    currency: str = EURO
    back: Cents = 0
    checkout: str = ""

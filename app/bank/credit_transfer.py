"""An order to the bank: SEPA credit transfers as pain.001.001.09, which every Dutch bank takes.

Names and texts are written in the letters that SEPA knows; addresses are left out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from xml.etree.ElementTree import Element, SubElement

from app.bank import sepa
from app.bank.sepa import LONGEST_NAME, LONGEST_NUMBER, LONGEST_TEXT, say, sepa_letters
from purchasing.money import Cents

KIND = "pain.001.001.09"
NAMESPACE = sepa.namespace(KIND)


@dataclass(frozen=True)
class Transfer:
    name: str
    iban: str
    cents: Cents
    text: str


@dataclass(frozen=True)
class Payer:
    name: str
    iban: str


def write(
    number: str,
    payer: Payer,
    transfers: Sequence[Transfer],
    *,
    execute_on: date,
    made_at: datetime,
) -> bytes:
    """One payment of our account to each of these, on a day. ValueError where there is none."""
    document = sepa.message(
        KIND, "CstmrCdtTrfInitn", number, payer.name, transfers, made_at=made_at
    )
    payment = sepa.payment(document[0], number, "TRF", transfers)
    say(payment, "PmtTpInf/SvcLvl/Cd", "SEPA")
    say(payment, "ReqdExctnDt/Dt", execute_on.isoformat())
    sepa.account(payment, "Dbtr", payer.name, payer.iban)
    for place, one in enumerate(transfers, start=1):
        _transfer(SubElement(payment, "CdtTrfTxInf"), f"{number}-{place}", one)
    return sepa.to_bytes(document)


def _transfer(transfer: Element, end_to_end: str, one: Transfer) -> None:
    say(transfer, "PmtId/EndToEndId", end_to_end[:LONGEST_NUMBER])
    sepa.instructed(SubElement(transfer, "Amt"), one.cents)
    say(transfer, "Cdtr/Nm", sepa_letters(one.name, LONGEST_NAME))
    say(transfer, "CdtrAcct/Id/IBAN", one.iban)
    say(transfer, "RmtInf/Ustrd", sepa_letters(one.text, LONGEST_TEXT))

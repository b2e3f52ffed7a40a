"""An order to the bank to collect: SEPA direct debits (core) as pain.008.001.08.

First, next and single collections stand in groups of their own, as the bank wants it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from xml.etree.ElementTree import Element, SubElement

from app.bank import sepa
from app.bank.sepa import LONGEST_NAME, LONGEST_NUMBER, LONGEST_TEXT, say, sepa_letters
from purchasing.money import Cents

KIND = "pain.008.001.08"
NAMESPACE = sepa.namespace(KIND)


@dataclass(frozen=True)
class Creditor:
    name: str
    iban: str
    creditor_id: str


@dataclass(frozen=True)
class Debit:
    """`sequence` is FRST, RCUR or OOFF."""

    name: str
    iban: str
    mandate: str
    signed_on: date
    sequence: str
    end_to_end: str
    cents: Cents
    text: str


def write(
    number: str,
    creditor: Creditor,
    debits: Sequence[Debit],
    *,
    collect_on: date,
    made_at: datetime,
) -> bytes:
    """All of these on a day, the same bytes each time. ValueError where there is none."""
    document = sepa.message(
        KIND, "CstmrDrctDbtInitn", number, creditor.name, debits, made_at=made_at
    )
    for sequence in sorted({one.sequence for one in debits}):
        some = [one for one in debits if one.sequence == sequence]
        group = sepa.payment(document[0], f"{number}-{sequence}", "DD", some)
        _head(group, creditor, sequence, collect_on)
        for one in some:
            _debit(SubElement(group, "DrctDbtTxInf"), one)
    return sepa.to_bytes(document)


def _head(group: Element, creditor: Creditor, sequence: str, collect_on: date) -> None:
    kind = SubElement(group, "PmtTpInf")
    say(kind, "SvcLvl/Cd", "SEPA")
    say(kind, "LclInstrm/Cd", "CORE")
    say(kind, "SeqTp", sequence)
    say(group, "ReqdColltnDt", collect_on.isoformat())
    sepa.account(group, "Cdtr", creditor.name, creditor.iban)
    scheme = SubElement(SubElement(SubElement(group, "CdtrSchmeId"), "Id"), "PrvtId")
    scheme = SubElement(scheme, "Othr")
    say(scheme, "Id", creditor.creditor_id)
    say(scheme, "SchmeNm/Prtry", "SEPA")


def _debit(debit: Element, one: Debit) -> None:
    say(debit, "PmtId/EndToEndId", one.end_to_end[:LONGEST_NUMBER])
    sepa.instructed(debit, one.cents)
    mandate = SubElement(SubElement(debit, "DrctDbtTx"), "MndtRltdInf")
    say(mandate, "MndtId", one.mandate)
    say(mandate, "DtOfSgntr", one.signed_on.isoformat())
    say(debit, "DbtrAgt/FinInstnId/Othr/Id", "NOTPROVIDED")
    say(debit, "Dbtr/Nm", sepa_letters(one.name, LONGEST_NAME))
    say(debit, "DbtrAcct/Id/IBAN", one.iban)
    say(debit, "RmtInf/Ustrd", sepa_letters(one.text, LONGEST_TEXT))

"""An order to the bank to collect: SEPA direct debits (core) as pain.008.001.08.

First, next and single collections stand in groups of their own, as the bank wants it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from xml.etree.ElementTree import Element, SubElement, tostring

from app.bank.credit_transfer import euros, say, sepa_letters
from purchasing.money import Cents

NAMESPACE = "urn:iso:std:iso:20022:tech:xsd:pain.008.001.08"


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
    if not debits:
        raise ValueError("an order to the bank collects something")
    root = Element("Document", xmlns=NAMESPACE)
    message = SubElement(root, "CstmrDrctDbtInitn")
    head = SubElement(message, "GrpHdr")
    say(head, "MsgId", number[:35])
    say(head, "CreDtTm", made_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"))
    _sums(head, debits)
    say(head, "InitgPty/Nm", sepa_letters(creditor.name, 70))
    for sequence in sorted({one.sequence for one in debits}):
        some = [one for one in debits if one.sequence == sequence]
        _group(SubElement(message, "PmtInf"), number, creditor, sequence, some, collect_on)
    return tostring(root, encoding="UTF-8", xml_declaration=True)


def _group(
    group: Element,
    number: str,
    creditor: Creditor,
    sequence: str,
    debits: Sequence[Debit],
    collect_on: date,
) -> None:
    say(group, "PmtInfId", f"{number}-{sequence}"[:35])
    say(group, "PmtMtd", "DD")
    say(group, "BtchBookg", "false")  # each on a line of its own, to be matched by itself
    _sums(group, debits)
    kind = SubElement(group, "PmtTpInf")
    say(kind, "SvcLvl/Cd", "SEPA")
    say(kind, "LclInstrm/Cd", "CORE")
    say(kind, "SeqTp", sequence)
    say(group, "ReqdColltnDt", collect_on.isoformat())
    say(group, "Cdtr/Nm", sepa_letters(creditor.name, 70))
    say(group, "CdtrAcct/Id/IBAN", creditor.iban)
    say(group, "CdtrAgt/FinInstnId/Othr/Id", "NOTPROVIDED")
    say(group, "ChrgBr", "SLEV")
    other = SubElement(SubElement(SubElement(group, "CdtrSchmeId"), "Id"), "PrvtId")
    other = SubElement(other, "Othr")
    say(other, "Id", creditor.creditor_id)
    say(other, "SchmeNm/Prtry", "SEPA")
    for one in debits:
        _debit(SubElement(group, "DrctDbtTxInf"), one)


def _debit(debit: Element, one: Debit) -> None:
    say(debit, "PmtId/EndToEndId", one.end_to_end[:35])
    amount = SubElement(debit, "InstdAmt", Ccy="EUR")
    amount.text = euros(one.cents)
    mandate = SubElement(SubElement(debit, "DrctDbtTx"), "MndtRltdInf")
    say(mandate, "MndtId", one.mandate)
    say(mandate, "DtOfSgntr", one.signed_on.isoformat())
    say(debit, "DbtrAgt/FinInstnId/Othr/Id", "NOTPROVIDED")
    say(debit, "Dbtr/Nm", sepa_letters(one.name, 70))
    say(debit, "DbtrAcct/Id/IBAN", one.iban)
    say(debit, "RmtInf/Ustrd", sepa_letters(one.text, 140))


def _sums(parent: Element, debits: Sequence[Debit]) -> None:
    say(parent, "NbOfTxs", str(len(debits)))
    say(parent, "CtrlSum", euros(sum(one.cents for one in debits)))

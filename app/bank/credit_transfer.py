"""An order to the bank: SEPA credit transfers as pain.001.001.09, which every Dutch bank takes.

Names and texts are written in the letters that SEPA knows; addresses are left out.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from xml.etree.ElementTree import Element, SubElement, tostring

from purchasing.money import Cents

NAMESPACE = "urn:iso:std:iso:20022:tech:xsd:pain.001.001.09"
_ALLOWED = re.compile(r"[^A-Za-z0-9/\-?:().,'+ ]")


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
    if not transfers:
        raise ValueError("an order to the bank pays somebody")
    root = Element("Document", xmlns=NAMESPACE)
    message = SubElement(root, "CstmrCdtTrfInitn")
    head = SubElement(message, "GrpHdr")
    say(head, "MsgId", number[:35])
    say(head, "CreDtTm", made_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"))
    _sums(head, transfers)
    say(head, "InitgPty/Nm", sepa_letters(payer.name, 70))
    _payment(SubElement(message, "PmtInf"), number, payer, transfers, execute_on)
    return tostring(root, encoding="UTF-8", xml_declaration=True)


def sepa_letters(text: str, longest: int) -> str:
    """ "Çelik & Zn." as "Celik + Zn.": accents go, what SEPA does not know becomes a blank."""
    plain = unicodedata.normalize("NFKD", text.replace("&", "+").replace("ı", "i"))
    plain = "".join(sign for sign in plain if not unicodedata.combining(sign))
    return " ".join(_ALLOWED.sub(" ", plain).split())[:longest].strip() or "-"


def _payment(
    payment: Element,
    number: str,
    payer: Payer,
    transfers: Sequence[Transfer],
    execute_on: date,
) -> None:
    say(payment, "PmtInfId", number[:35])
    say(payment, "PmtMtd", "TRF")
    say(payment, "BtchBookg", "false")  # each on a line of its own, to be matched by itself
    _sums(payment, transfers)
    say(payment, "PmtTpInf/SvcLvl/Cd", "SEPA")
    say(payment, "ReqdExctnDt/Dt", execute_on.isoformat())
    say(payment, "Dbtr/Nm", sepa_letters(payer.name, 70))
    say(payment, "DbtrAcct/Id/IBAN", payer.iban)
    say(payment, "DbtrAgt/FinInstnId/Othr/Id", "NOTPROVIDED")
    say(payment, "ChrgBr", "SLEV")
    for place, one in enumerate(transfers, start=1):
        transfer = SubElement(payment, "CdtTrfTxInf")
        say(transfer, "PmtId/EndToEndId", f"{number}-{place}"[:35])
        amount = SubElement(SubElement(transfer, "Amt"), "InstdAmt", Ccy="EUR")
        amount.text = euros(one.cents)
        say(transfer, "Cdtr/Nm", sepa_letters(one.name, 70))
        say(transfer, "CdtrAcct/Id/IBAN", one.iban)
        say(transfer, "RmtInf/Ustrd", sepa_letters(one.text, 140))


def _sums(parent: Element, transfers: Sequence[Transfer]) -> None:
    say(parent, "NbOfTxs", str(len(transfers)))
    say(parent, "CtrlSum", euros(sum(one.cents for one in transfers)))


def say(parent: Element, path: str, text: str) -> None:
    for name in path.split("/"):
        parent = SubElement(parent, name)
    parent.text = text


def euros(cents: Cents) -> str:
    return f"{cents // 100}.{cents % 100:02}"

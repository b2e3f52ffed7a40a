"""What all orders to a bank have in common: their frame, their sums, and the letters they know."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Protocol
from xml.etree.ElementTree import Element, SubElement, tostring

from purchasing.money import Cents

_ALLOWED = re.compile(r"[^A-Za-z0-9/\-?:().,'+ ]")
LONGEST_NUMBER, LONGEST_NAME, LONGEST_TEXT = 35, 70, 140


class Amount(Protocol):
    @property
    def cents(self) -> Cents: ...


def message(
    kind: str, root: str, number: str, party: str, amounts: Sequence[Amount], *, made_at: datetime
) -> Element:
    """The message of this ISO 20022 `kind` ("pain.001.001.09"), with its head filled in.

    ValueError where it would move nothing.
    """
    if not amounts:
        raise ValueError("an order to the bank moves something")
    document = Element("Document", xmlns=namespace(kind))
    order = SubElement(document, root)
    head = SubElement(order, "GrpHdr")
    say(head, "MsgId", number[:LONGEST_NUMBER])
    say(head, "CreDtTm", made_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"))
    sums(head, amounts)
    say(head, "InitgPty/Nm", sepa_letters(party, LONGEST_NAME))
    return document


def namespace(kind: str) -> str:
    return f"urn:iso:std:iso:20022:tech:xsd:{kind}"


def payment(order: Element, number: str, method: str, amounts: Sequence[Amount]) -> Element:
    """A new group of payments of one `method`, each on a line of its own, to be matched alone."""
    group = SubElement(order, "PmtInf")
    say(group, "PmtInfId", number[:LONGEST_NUMBER])
    say(group, "PmtMtd", method)
    say(group, "BtchBookg", "false")
    sums(group, amounts)
    return group


def account(group: Element, role: str, name: str, iban: str) -> None:
    """Whose account it is that the whole group is about; `role` is "Dbtr" or "Cdtr"."""
    say(group, f"{role}/Nm", sepa_letters(name, LONGEST_NAME))
    say(group, f"{role}Acct/Id/IBAN", iban)
    say(group, f"{role}Agt/FinInstnId/Othr/Id", "NOTPROVIDED")
    say(group, "ChrgBr", "SLEV")


def sums(parent: Element, amounts: Sequence[Amount]) -> None:
    say(parent, "NbOfTxs", str(len(amounts)))
    say(parent, "CtrlSum", euros(sum(one.cents for one in amounts)))


def instructed(parent: Element, cents: Cents) -> None:
    SubElement(parent, "InstdAmt", Ccy="EUR").text = euros(cents)


def say(parent: Element, path: str, text: str) -> None:
    """A new element of this text, in new elements of these names."""
    for name in path.split("/"):
        parent = SubElement(parent, name)
    parent.text = text


def to_bytes(document: Element) -> bytes:
    return tostring(document, encoding="UTF-8", xml_declaration=True)


def euros(cents: Cents) -> str:
    return f"{cents // 100}.{cents % 100:02}"


def sepa_letters(text: str, longest: int) -> str:
    """ "Çelik & Zn." as "Celik + Zn.": accents go, what SEPA does not know becomes a blank."""
    plain = unicodedata.normalize("NFKD", text.replace("&", "+").replace("ı", "i"))
    plain = "".join(sign for sign in plain if not unicodedata.combining(sign))
    return " ".join(_ALLOWED.sub(" ", plain).split())[:longest].strip() or "-"

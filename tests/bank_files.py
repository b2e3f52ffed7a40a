"""Small bank files of our own making: say who paid, get the bytes of the bank's file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from xml.sax.saxutils import escape

OURS = "NL91ABNA0417164300"  # the account of tests.builders.a_network
THEIRS = "NL20INGB0001234567"
DAY = date(2026, 3, 20)


@dataclass(frozen=True)
class Moved:
    """One movement; what went out has less than zero cents."""

    cents: int
    reference: str = ""
    text: str = ""
    name: str = "A. Voorbeeld"
    iban: str = THEIRS
    on: date = DAY
    bank_reference: str = ""
    end_to_end: str = ""
    returned: bool = False
    status: str = "BOOK"
    currency: str = "EUR"
    parts: tuple[Moved, ...] = ()


def camt(
    *moved: Moved,
    account: str = OURS,
    number: str = "2026-079",
    version: int = 8,
    opening: int | None = 100_000,
    closing: int | None = None,
    kind: str = "053",
) -> bytes:
    """A statement (or, as kind 054, a notice) whose balances add up unless told otherwise."""
    message, period = (
        ("BkToCstmrStmt", "Stmt") if kind == "053" else ("BkToCstmrDbtCdtNtfctn", "Ntfctn")
    )
    booked = sum(one.cents for one in moved if one.status == "BOOK")
    balances = ""
    if opening is not None and kind == "053":
        closing = opening + booked if closing is None else closing
        balances = _balance("OPBD", opening) + _balance("CLBD", closing)
    entries = "".join(_entry(one, version) for one in moved)
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.{kind}.001.{version:02}">\n'
        f"<{message}><GrpHdr><MsgId>M1</MsgId></GrpHdr><{period}><Id>{number}</Id>"
        f"<Acct><Id><IBAN>{account}</IBAN></Id><Ccy>EUR</Ccy></Acct>\n"
        f"{balances}{entries}</{period}></{message}></Document>\n"
    ).encode()


def _balance(kind: str, cents: int) -> str:
    return (
        f"<Bal><Tp><CdOrPrtry><Cd>{kind}</Cd></CdOrPrtry></Tp>{_amount(cents)}"
        "<Dt><Dt>2026-03-20</Dt></Dt></Bal>\n"
    )


def _amount(cents: int, currency: str = "EUR") -> str:
    word = "CRDT" if cents >= 0 else "DBIT"
    return f'<Amt Ccy="{currency}">{_euros(cents)}</Amt><CdtDbtInd>{word}</CdtDbtInd>'


def _euros(cents: int, sign: str = ".") -> str:
    return f"{abs(cents) // 100}{sign}{abs(cents) % 100:02}"


def _entry(one: Moved, version: int) -> str:
    status = f"<Sts>{one.status}</Sts>" if version < 8 else f"<Sts><Cd>{one.status}</Cd></Sts>"
    reversal = "<RvslInd>true</RvslInd>" if one.returned else ""
    own = f"<AcctSvcrRef>{one.bank_reference}</AcctSvcrRef>" if one.bank_reference else ""
    details = "".join(_details(part, version) for part in one.parts or (one,))
    return (
        f"<Ntry>{_amount(one.cents, one.currency)}{reversal}{status}"
        f"<BookgDt><Dt>{one.on}</Dt></BookgDt>{own}<NtryDtls>{details}</NtryDtls></Ntry>\n"
    )


def _details(one: Moved, version: int) -> str:
    role = "Dbtr" if one.cents >= 0 else "Cdtr"
    name = f"<Nm>{escape(one.name)}</Nm>"
    party = name if version < 8 else f"<Pty>{name}</Pty>"
    side = f"<{role}>{party}</{role}><{role}Acct><Id><IBAN>{one.iban}</IBAN></Id></{role}Acct>"
    text = f"<Ustrd>{escape(one.text)}</Ustrd>" if one.text else ""
    reference = (
        f"<Strd><CdtrRefInf><Ref>{one.reference}</Ref></CdtrRefInf></Strd>"
        if one.reference
        else ""
    )
    end_to_end = one.end_to_end or "NOTPROVIDED"
    return (
        f"<TxDtls><Refs><EndToEndId>{end_to_end}</EndToEndId></Refs>{_amount(one.cents)}"
        f"<RltdPties>{side}</RltdPties><RmtInf>{text}{reference}</RmtInf></TxDtls>"
    )


def ing_csv(*moved: Moved, account: str = OURS) -> bytes:
    """As ING writes it: the newest first, the reference inside the text."""
    titles = (
        '"Datum","Naam / Omschrijving","Rekening","Tegenrekening","Code","Af Bij",'
        '"Bedrag (EUR)","Mutatiesoort","Mededelingen"\n'
    )
    return (titles + "".join(_ing_row(one, account) for one in reversed(moved))).encode()


def _ing_row(one: Moved, account: str) -> str:
    said = f"Naam: {one.name} Omschrijving: {one.text} {one.reference} IBAN: {one.iban}"
    cells: Sequence[str] = (
        f"{one.on:%Y%m%d}",
        one.name,
        account,
        one.iban,
        "OV",
        "Bij" if one.cents >= 0 else "Af",
        _euros(one.cents, ","),
        "Overschrijving",
        said,
    )
    return ",".join(f'"{cell}"' for cell in cells) + "\n"


def mt940(*moved: Moved, account: str = OURS, opening: int = 100_000) -> bytes:
    """As Rabobank writes it, lines wrapped after 65 characters."""
    lines = "".join(_mt940_line(one) for one in moved)
    closing = opening + sum(one.cents for one in moved)
    return (
        f":940:\n:20:940S260320\n:25:{account} EUR\n:28C:26079\n"
        f":60F:{_side(opening)}260319EUR{_euros(opening, ',')}\n{lines}"
        f":62F:{_side(closing)}260320EUR{_euros(closing, ',')}\n"
    ).encode()


def _side(cents: int) -> str:
    return "C" if cents >= 0 else "D"


def _mt940_line(one: Moved) -> str:
    sign = _side(one.cents)
    mark = f"R{'D' if sign == 'C' else 'C'}" if one.returned else sign
    said = f"/TRTP/SEPA/IBAN/{one.iban}/NAME/{one.name}/REMI/{one.text or one.reference}"
    wrapped = "\n".join(said[at : at + 65] for at in range(0, len(said), 65))
    return f":61:{one.on:%y%m%d}{mark}{_euros(one.cents, ',')}NTRFNONREF\n:86:{wrapped}\n"

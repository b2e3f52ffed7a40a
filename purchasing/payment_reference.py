"""What a participant pays with: the RF reference on a paper, and the text inside its QR code."""

import re

from purchasing.money import Cents

PAYEE_NAME_LENGTH = 70
MOST_PAYABLE: Cents = 99_999_999_999
EPC_BYTES = 331


def rf_reference(digits: str) -> str:
    """The creditor reference (ISO 11649) of an invoice number: "RF", two check digits, the number.

    Takes 1 to 21 digits; leading zeros count. ValueError for anything else.
    """
    if not re.fullmatch(r"[0-9]{1,21}", digits):
        raise ValueError("a reference is made of 1 to 21 digits")
    return f"RF{98 - _mod_97(digits + 'RF00'):02d}{digits}"


def is_rf_reference(text: str) -> bool:
    """Whether this is an RF reference without a typing mistake; blanks and case do not matter."""
    compact = _compact(text)
    return bool(re.fullmatch(r"RF[0-9]{2}[A-Z0-9]{1,21}", compact)) and _checks(compact)


def references_in(text: str) -> list[str]:
    """Every RF reference of digits that may stand in a text, the longest first.

    People type blanks and points into it, and other figures may stand right behind it: so each
    beginning that checks is handed out, and who asks knows which of them exist.
    """
    solid = re.sub(r"[^0-9A-Z]", "", text.upper())
    found = []
    for start in re.finditer(r"RF(?=[0-9]{3})", solid):
        digits = re.match(r"[0-9]{3,23}", solid[start.end() :])
        body = digits[0] if digits else ""
        found += [
            f"RF{body[:end]}" for end in range(len(body), 2, -1) if _checks("RF" + body[:end])
        ]
    return found


def numbers_in(text: str) -> list[str]:
    """Paper numbers as people type them: "2026-0012", "2026 0012", "a-2026-0012"."""
    found = re.finditer(
        r"(?<![0-9])(A[- ]?)?(20[0-9]{2})[-/ ]?([0-9]{4,6})(?![0-9])", text.upper()
    )
    return [f"{'A-' if one[1] else ''}{one[2]}-{one[3]}" for one in found]


def in_fours(text: str) -> str:
    """An IBAN or a reference in groups of four, as people read and type it."""
    compact = _compact(text)
    return " ".join(compact[start : start + 4] for start in range(0, len(compact), 4))


def epc_payload(name: str, iban: str, cents: Cents, reference: str) -> str:
    """The text of a SEPA transfer QR code (EPC069-12 version 002, UTF-8, structured reference).

    `name` is the account holder's registered name, at most 70 characters: banks check it against
    the IBAN. BIC and purpose stay empty; nothing follows the reference. `cents` from 1 up.
    ValueError when a field breaks the standard, since a bank's app would then refuse the code.
    """
    account = _compact(iban)
    if not re.fullmatch(r"[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}", account) or not _checks(account):
        raise ValueError("not an IBAN")
    if not is_rf_reference(reference):
        raise ValueError("not an RF reference")
    if not 1 <= cents <= MOST_PAYABLE:
        raise ValueError("a QR code asks for 0.01 up to 999999999.99 euro")
    if not name.strip() or len(name) > PAYEE_NAME_LENGTH or not name.isprintable():
        raise ValueError("the name is one line of 1 to 70 characters")
    euros = f"EUR{cents // 100}.{cents % 100:02d}"
    lines = ("BCD", "002", "1", "SCT", "", name.strip(), account, euros, "", _compact(reference))
    payload = "\n".join(lines)
    if len(payload.encode()) > EPC_BYTES:
        raise ValueError("too long for a QR code")
    return payload


def _compact(text: str) -> str:
    return "".join(text.split()).upper()


def _checks(text: str) -> bool:
    return _mod_97(text[4:] + text[:4]) == 1


def _mod_97(text: str) -> int:
    """ISO 7064: letters count as 10 up to 35."""
    return int("".join(str(int(sign, 36)) for sign in text)) % 97

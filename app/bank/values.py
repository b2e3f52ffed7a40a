"""The small things in a bank's file: amounts, days, accounts; read strictly or refused."""

import re
from datetime import date, datetime

from stdnum import iban as iban_number

from app.bank.refusals import OtherCurrency, WrongAmount, WrongDate
from purchasing.money import MOST_CENTS, Cents

_AMOUNT = re.compile(r"([+-]?)([0-9]{1,13})(?:[.,]([0-9]{0,9}))?")
_IBAN_IN_TEXT = re.compile(r"\b[A-Z]{2}[0-9]{2}[A-Z]{4}[0-9]{10}\b")
MOST_LINES = 50_000  # of one file
LONGEST = 400  # characters of a name or a text that are kept


def cents(text: str, place: int) -> Cents:
    """ "12,5", "+50.00", "8.85000": one decimal sign, no thousands; nothing below a cent."""
    read = _AMOUNT.fullmatch(text.strip())
    fraction = (read[3] or "") if read else ""
    if read is None or fraction[2:].strip("0"):
        raise WrongAmount(text=text[:LONGEST], place=place)
    amount = int(read[2]) * 100 + int(fraction[:2].ljust(2, "0"))
    if amount > MOST_CENTS:
        raise WrongAmount(text=text[:LONGEST], place=place)
    return -amount if read[1] == "-" else amount


def day(text: str, pattern: str, place: int) -> date:
    """A day written like `pattern` of strptime. Raises WrongDate."""
    try:
        return datetime.strptime(text.strip(), pattern).date()  # noqa: DTZ007 a day has no zone
    except ValueError:
        raise WrongDate(text=text[:LONGEST], place=place) from None


def euros_only(currency: str, place: int) -> None:
    """Raises OtherCurrency; a bank that names no currency means euros."""
    if currency.strip() not in ("", "EUR"):
        raise OtherCurrency(currency=currency.strip()[:LONGEST], place=place)


def account(text: str) -> str:
    """An account without blanks and points, and without the currency behind it."""
    compact = re.sub(r"[\s.\"']", "", text).upper()
    return compact.removesuffix("EUR")


def iban_in(text: str) -> str:
    """The first valid Dutch IBAN that stands in a text, or nothing."""
    for found in _IBAN_IN_TEXT.findall(text.upper()):
        if iban_number.is_valid(found):
            return str(found)
    return ""


def one_line(text: str) -> str:
    """As people read it: single blanks, and no longer than a text can be of use."""
    return " ".join(text.split())[:LONGEST]

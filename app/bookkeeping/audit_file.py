"""The audit file of a year, XAF 4.0, as the Belastingdienst takes it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import date, timedelta
from xml.etree.ElementTree import Element, SubElement, tostring

from flask_babel import gettext

from purchasing.books.accounts import BANK
from purchasing.books.chart import ledger_of
from purchasing.books.journal import Booked, Journal
from purchasing.money import Cents

NAMESPACE = (
    "http://www.odb.belastingdienst.nl/Belastingdienst/BCPP/1.1/structures/XmlauditfileXAF_4.0"
)
SOFTWARE, VERSION = "Koopkracht", "1"
_KINDS = {"bank": "B", "cash": "C", "purchases": "P", "sales": "S", "memorial": "M"}
_COUNTRY = "NL"


def write(journal: Journal, made_on: date) -> bytes:
    """Valid against the schema of XAF 4.0; text is cut where the schema has no room for more."""
    root = Element("auditfile", xmlns=NAMESPACE)
    _header(SubElement(root, "header"), journal, made_on)
    company = SubElement(root, "company")
    _company(company, journal)
    _parties(SubElement(company, "customersSuppliers"), journal)
    _chart(SubElement(company, "generalLedger"), journal)
    _periods(SubElement(company, "periods"), journal)
    _opening(SubElement(company, "openingBalance"), journal)
    _transactions(SubElement(company, "transactions"), journal)
    return tostring(root, encoding="UTF-8", xml_declaration=True)


def _header(header: Element, journal: Journal, made_on: date) -> None:
    _say(header, "fiscalYear", str(journal.since.year))
    _say(header, "startDate", journal.since)
    _say(header, "endDate", journal.until)
    _say(header, "curCode", "EUR")
    _say(header, "dateCreated", made_on)
    _say(header, "softwareDesc", SOFTWARE)
    _say(header, "softwareVersion", VERSION)


def _company(company: Element, journal: Journal) -> None:
    us = journal.network
    if us.kvk:
        _say(company, "Commercenr", us.kvk, 100)
    _say(company, "companyName", us.name, 255)
    _say(company, "taxRegistrationCountry", _COUNTRY)
    _say(company, "taxRegIdent", us.vat_id, 30)
    address = SubElement(company, "streetAddress")
    for name, text, longest in (
        ("streetname", us.street, 100),
        ("city", us.city, 50),
        ("postalCode", us.postcode, 10),
    ):
        if text:
            _say(address, name, text, longest)
    _say(address, "country", _COUNTRY)


def _parties(parent: Element, journal: Journal) -> None:
    ending = _ending(journal)
    for account, party in sorted(journal.parties.items()):
        one = SubElement(parent, "customerSupplier")
        _say(one, "custSupID", party.number, 35)
        _say(one, "custSupName", party.name, 50)
        if party.kvk:
            _say(one, "commerceNr", party.kvk, 100)
        _say(one, "custSupTp", "C" if account.startswith("participant:") else "S")
        _amount(one, "opBalDesc", "opBalTp", journal.opening.get(account, 0))
        _amount(one, "clBalDesc", "clBalTp", ending[account])


def _ending(journal: Journal) -> Counter[str]:
    """What every account holds at the end."""
    ending = Counter(journal.opening)
    for one in journal.booked:
        for account, cents in one.lines:
            ending[account] += cents
    return ending


def _chart(parent: Element, journal: Journal) -> None:
    # The schema wants one account, also of an empty year.
    used = {ledger_of(account) for account in journal.accounts} or {ledger_of(BANK)}
    for ledger in sorted(used, key=lambda one: one.number):
        one = SubElement(parent, "ledgerAccount")
        _say(one, "accID", ledger.number)
        _say(one, "accDesc", gettext(ledger.name), 255)
        _say(one, "accTp", "B" if ledger.is_balance else "P")


def _periods(parent: Element, journal: Journal) -> None:
    for month in range(1, 13):
        first = date(journal.since.year, month, 1)
        last = (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
        one = SubElement(parent, "period")
        _say(one, "periodNumber", str(month))
        _say(one, "startDatePeriod", first)
        _say(one, "endDatePeriod", last)


def _opening(parent: Element, journal: Journal) -> None:
    _totals(parent, list(journal.opening.values()))
    for number, (account, cents) in enumerate(journal.opening.items(), start=1):
        one = SubElement(parent, "obLine")
        _say(one, "nr", str(number))
        _say(one, "accID", ledger_of(account).number)
        _amount(one, "amnt", "amntTp", cents)


def _transactions(parent: Element, journal: Journal) -> None:
    _totals(parent, [cents for one in journal.booked for _, cents in one.lines])
    for name, kind in _KINDS.items():
        booked = [one for one in journal.booked if one.journal == name]
        if not booked:
            continue
        element = SubElement(parent, "journal")
        _say(element, "jrnID", kind)
        _say(element, "desc", name)
        _say(element, "jrnTp", kind)
        for one in booked:
            _transaction(SubElement(element, "transaction"), one, journal)


def _transaction(parent: Element, one: Booked, journal: Journal) -> None:
    _say(parent, "nr", str(one.number))
    _say(parent, "desc", one.memo or one.key)
    _say(parent, "periodNumber", str(one.on.month))
    _say(parent, "trDt", one.on)
    for number, (account, cents) in enumerate(one.lines, start=1):
        line = SubElement(parent, "trLine")
        _say(line, "nr", str(number))
        _say(line, "accID", ledger_of(account).number)
        _say(line, "docRef", one.key, 255)
        _say(line, "effDate", one.on)
        if account in journal.rounds:
            _say(line, "desc", journal.rounds[account])
        _amount(line, "amnt", "amntTp", cents)
        if party := journal.parties.get(account):
            _say(line, "custSupID", party.number, 35)


def _totals(parent: Element, amounts: list[Cents]) -> None:
    _say(parent, "linesCount", str(len(amounts)))
    _say(parent, "totalDebit", _euros(sum(cents for cents in amounts if cents > 0)))
    _say(parent, "totalCredit", _euros(-sum(cents for cents in amounts if cents < 0)))


def _amount(parent: Element, name: str, side: str, cents: Cents) -> None:
    _say(parent, name, _euros(abs(cents)))
    _say(parent, side, "D" if cents >= 0 else "C")


def _say(parent: Element, name: str, value: str | date, longest: int = 9999) -> None:
    text = value.isoformat() if isinstance(value, date) else value
    SubElement(parent, name).text = _printable(text)[:longest]


def _printable(text: Iterable[str]) -> str:
    """Without the signs that XML has no place for."""
    return "".join(sign if sign >= " " else " " for sign in text if sign not in "\ufffe\uffff")


def _euros(cents: Cents) -> str:
    return f"{cents // 100}.{cents % 100:02}"

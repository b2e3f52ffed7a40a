"""The journal as plain text, for hledger and for beancount."""

import re
from collections.abc import Iterable
from datetime import date, timedelta

from purchasing.books.chart import ledger_of
from purchasing.books.journal import Journal
from purchasing.money import Cents

_HLEDGER_SIGNS = re.compile("[;|]")
_WORD = re.compile(r"[^A-Za-z0-9]+")


def hledger(journal: Journal, made_on: date) -> bytes:
    """Passes `hledger check`: accounts are declared, every transaction adds up."""
    names = {account: _hledger_account(journal, account) for account in journal.accounts}
    lines = [f"; {_tidy(journal.network.name)}, {journal.since} - {journal.until}"]
    lines += ["decimal-mark .", "commodity 1000.00 EUR", ""]
    lines += [f"account {name}" for name in sorted(set(names.values()))]
    if journal.opening:
        lines += ["", f"{journal.since} * opening balances"]
        lines += _lines(names, journal.opening.items())
    for one in journal.booked:
        lines += ["", f"{one.on} * ({one.number}) {_tidy(one.memo) or one.journal}"]
        lines += _lines(names, one.lines)
    return ("\n".join(lines) + "\n").encode()


def beancount(journal: Journal, made_on: date) -> bytes:
    """Passes `bean-check`: accounts are opened before they are used."""
    names = {account: _beancount_account(journal, account) for account in journal.accounts}
    opened = journal.since - timedelta(days=1)
    lines = [
        f'option "title" {_quoted(journal.network.name)}',
        'option "operating_currency" "EUR"',
    ]
    lines += ["", *(f"{opened} open {name} EUR" for name in sorted(set(names.values())))]
    if journal.opening:
        lines += ["", f'{opened} * "Opening balances"']
        lines += _lines(names, journal.opening.items())
    for one in journal.booked:
        lines += ["", f"{one.on} * {_quoted(one.memo or one.journal)} ^p{one.number}"]
        lines += _lines(names, one.lines)
    return ("\n".join(lines) + "\n").encode()


def _lines(names: dict[str, str], amounts: Iterable[tuple[str, Cents]]) -> list[str]:
    return [f"    {names[account]}  {_euros(cents)} EUR" for account, cents in amounts]


def _hledger_account(journal: Journal, account: str) -> str:
    """ "assets:participant:1001 Ada": the sheet, what it is, and whose."""
    party = journal.parties.get(account)
    own = f"{account.partition(':')[0]}:{party.number} {_tidy(party.name)}" if party else account
    return f"{ledger_of(account).sheet}:{own}"


def _beancount_account(journal: Journal, account: str) -> str:
    """ "Assets:Participant:N1001": each part begins with a capital, and has no blanks."""
    party = journal.parties.get(account)
    kind, _, rest = account.partition(":")
    parts = [ledger_of(account).sheet, kind]
    parts += [f"N{party.number}"] if party else ([f"N{rest}"] if rest else [])
    return ":".join(_WORD.sub("-", part).strip("-").capitalize() for part in parts)


def _tidy(text: str) -> str:
    """A description on one line, without what begins a comment or ends an account."""
    return " ".join(_HLEDGER_SIGNS.sub(" ", text).split())


def _quoted(text: str) -> str:
    plain = " ".join(text.split()).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{plain}"'


def _euros(cents: Cents) -> str:
    return f"{'-' if cents < 0 else ''}{abs(cents) // 100}.{abs(cents) % 100:02}"

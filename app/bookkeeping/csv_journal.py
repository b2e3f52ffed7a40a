"""The journal as a table: one row for each line of a posting, as Dutch spreadsheets open it."""

import csv
import io
from datetime import date

from flask_babel import gettext

from purchasing.books.chart import ledger_of
from purchasing.books.journal import Journal
from suppliers.writers.formulas import defused


def write(journal: Journal, made_on: date) -> bytes:
    """Debit is above zero, credit below; the balances before the first day come first."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=";", lineterminator="\r\n")
    writer.writerow(
        [
            gettext("Posting"),
            gettext("Date"),
            gettext("Journal"),
            gettext("Account"),
            gettext("Name of the account"),
            gettext("Of whom"),
            gettext("Words"),
            gettext("Amount"),
        ]
    )
    for account, cents in journal.opening.items():
        row = ["0", journal.since.isoformat(), "opening", *_account(journal, account), ""]
        writer.writerow([*row, _euros(cents)])
    for one in journal.booked:
        for account, cents in one.lines:
            row = [str(one.number), one.on.isoformat(), one.journal, *_account(journal, account)]
            writer.writerow([*row, defused(one.memo), _euros(cents)])
    return text.getvalue().encode("utf-8-sig")


def _account(journal: Journal, account: str) -> list[str]:
    ledger, party = ledger_of(account), journal.parties.get(account)
    whose = f"{party.number} {party.name}" if party else journal.rounds.get(account, "")
    return [ledger.number, gettext(ledger.name), defused(whose)]


def _euros(cents: int) -> str:
    return f"{'-' if cents < 0 else ''}{abs(cents) // 100},{abs(cents) % 100:02}"

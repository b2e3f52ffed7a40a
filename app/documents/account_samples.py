"""Made-up records of what was paid: an account statement and a receipt for cash."""

from typing import Any

from app.documents.account_shapes import AccountStatement, CashReceipt
from app.documents.samples import SENDER
from app.documents.shapes import Recipient

RECIPIENT: Recipient = {
    "name": "Familie Voorbeeld",
    "street": "Proefpad 9",
    "postcode": "2037 ZZ",
    "city": "Haarlem",
    "number": "1047",
}


def account(*, language: str = "nl", lines: int = 9, **changes: Any) -> AccountStatement:
    """A statement of so many lines; bills and payments by turns."""
    balance, shown = 0, []
    for at in range(lines):
        cents = 4725 + 135 * at if at % 2 == 0 else -(4725 + 135 * (at - 1))
        balance += cents
        what = "bill" if cents > 0 else ("cash" if at % 6 == 5 else "bank")
        bill = f"2026-{100 + at:04d}" if cents > 0 else ""
        shown.append(
            {
                "on": f"2026-{1 + at % 12:02d}-14",
                "what": what,
                "number": bill,
                "text": "Week 7: groente en droge waar" if bill else "",
                "cents": cents,
                "balance": balance,
            }
        )
    record: AccountStatement = {
        "kind": "account",
        "number": "R-2026-0003",
        "language": language,
        "issued_on": "2026-12-18",
        "since": "2026-01-01",
        "sender": SENDER,
        "recipient": RECIPIENT,
        "opening": 0,
        "closing": balance,
        "lines": shown,  # type: ignore[typeddict-item]
        "open": [
            {
                "number": "2026-0108",
                "due_on": "2026-12-28",
                "reference": "RF1620260108",
                "open": balance,
            }
        ],
        "notes": [],
    }
    return {**record, **changes}  # type: ignore[typeddict-item]


def cash_receipt(*, language: str = "nl", **changes: Any) -> CashReceipt:
    record: CashReceipt = {
        "kind": "cash_receipt",
        "number": "K-2026-0002",
        "language": language,
        "issued_on": "2026-12-12",
        "sender": SENDER,
        "recipient": RECIPIENT,
        "received_by": "A. Coördinator",
        "total": 6000,
        "lines": [{"number": "2026-0108", "cents": 5805, "open": 0}],
        "credit": 195,
        "notes": [],
    }
    return {**record, **changes}  # type: ignore[typeddict-item]

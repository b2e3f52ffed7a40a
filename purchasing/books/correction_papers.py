"""Credit notes and supplements: papers with a number of their own that refer to the first one.

Their record has the shape of an invoice's, and holds only what changed; what is given back is
below zero: pieces, amounts, VAT and total.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import insert
from sqlalchemy.orm import Session

from purchasing import numbers, sheets
from purchasing.books import invoicing, issuing
from purchasing.books.differences import Correction
from purchasing.books.issuing import Issue, Series
from purchasing.category import SettlementMode
from purchasing.errors import N_
from purchasing.money import Cents, spread_gross
from purchasing.papers import Paper, PaperKind
from purchasing.payment_reference import rf_reference
from purchasing.people import Participant
from purchasing.rounds import Round

Snapshot = dict[str, Any]
_CREDIT = Series("credit", "C-")
_CREDITS = {SettlementMode.SHARED: Series("credit-settlement", "AC-")}
OVER_ALL = N_("VAT is calculated over the first paper and this one together.")


def issue_corrections(
    session: Session,
    round_: Round,
    corrections: Sequence[Correction],
    first: Mapping[int, Paper],
    *,
    now: datetime,
) -> list[str]:
    """A credit note or a supplement for each, and the errand to print it; their numbers.

    `first` are the papers they refer to, by participant.
    """
    if not corrections:
        return []
    issue = issuing.issue_of(session, round_, (), now)
    people = invoicing.participants_of(session, [one.participant_id for one in corrections])
    numbered = _numbers(session, issue, corrections)
    rows = [
        _paper(issue, people[one.participant_id], one, number, first[one.participant_id])
        for one, number in zip(corrections, numbered, strict=True)
    ]
    session.execute(insert(Paper.__table__), rows)  # type: ignore[arg-type]
    for kind in (PaperKind.CREDIT_NOTE, PaperKind.SUPPLEMENT):
        of_kind = [row for row in rows if row["kind"] == kind]
        if of_kind:
            invoicing.ask_to_render(session, replace(issue, kind=kind), of_kind, people)
    return numbered


def _numbers(session: Session, issue: Issue, corrections: Sequence[Correction]) -> list[str]:
    """A number for each, in the order given; supplements count on with the invoices."""
    credits = _CREDITS.get(issue.round.settlement_mode, _CREDIT)
    found: dict[int, str] = {}
    for series, more in ((credits, False), (issue.series, True)):
        mine = [one for one in corrections if (one.total > 0) == more]
        if not mine:
            continue
        first = numbers.take(session, f"{series.key}:{issue.on.year}", len(mine))
        for index, one in enumerate(mine):
            found[one.participant_id] = f"{series.letter}{issue.on.year}-{first + index:04d}"
    return [found[one.participant_id] for one in corrections]


def _paper(
    issue: Issue, participant: Participant, one: Correction, number: str, first: Paper
) -> dict[str, Any]:
    asks = one.total > 0
    kind = PaperKind.SUPPLEMENT if asks else PaperKind.CREDIT_NOTE
    serial = number.rpartition("-")[2]
    reference = rf_reference(f"{issue.series.digit}{issue.on.year}{serial}") if asks else ""
    snapshot = _record(issue, participant, one, number, reference, first) | {"kind": str(kind)}
    return {
        "kind": kind,
        "number": number,
        "round_id": issue.round.id,
        "participant_id": participant.id,
        "language": participant.language,
        "issued_on": issue.on,
        "issued_at": issue.at,
        "due_on": issue.due_on if asks else None,
        "reference": reference,
        "total_cents": one.total,
        "snapshot": snapshot,
        "refers_to_id": first.id,
    }


def _record(
    issue: Issue,
    participant: Participant,
    one: Correction,
    number: str,
    reference: str,
    first: Paper,
) -> Snapshot:
    """The record of an invoice, of what changed, and what it refers to."""
    record = invoicing.record(issue, participant, list(one.lines), number, reference)
    gross = _gross_of(one)
    lines = [
        line | {"gross": gross[index], "explanation": None, "correction": one.reasons[index]}
        for index, line in enumerate(record["lines"])
    ]
    return record | {
        "due_on": record["due_on"] if one.total > 0 else None,
        "lines": lines,
        "vat": [
            {"vat_bp": r.vat_bp, "net": r.net, "vat": r.vat, "gross": r.gross} for r in one.rates
        ],
        "untaxed": one.untaxed,
        "total": one.total,
        "payment": sheets.payment(issue.network, one.total, reference),
        "missing": [],
        "pickup": None,
        "notes": [OVER_ALL] if one.vat_is_odd else [],
        "refers_to": first.number,
        "refers_to_kind": str(first.kind),
        "refers_to_on": first.issued_on.isoformat(),
    }


def _gross_of(one: Correction) -> dict[int, Cents]:
    """With VAT, line by line; an odd cent of VAT goes to the largest line of its rate."""
    gross = spread_gross({i: (c.vat_bp, c.cents) for i, c in enumerate(one.lines)})
    for rate in one.rates:
        mine = [i for i, c in enumerate(one.lines) if c.vat_bp == rate.vat_bp]
        largest = max(mine, key=lambda i: abs(one.lines[i].cents))
        gross[largest] += rate.gross - sum(gross[i] for i in mine)
    return gross

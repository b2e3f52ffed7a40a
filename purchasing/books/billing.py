"""When the participants of a round are asked for their money: at once, at delivery, or in two.

Who is asked for a part ahead gets two papers, each with a number and the VAT of its own: the tax
over a part that is paid ahead is due with that part. The second shows everything, and takes off
the first, which it names.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from purchasing.books import invoicing, settlement
from purchasing.category import ChargeDraft, Decision, ShareDraft
from purchasing.money import Cents, vat_per_rate
from purchasing.papers import Paper, PaperKind
from purchasing.prepayment import Split, split, taken_off
from purchasing.rounds import InvoiceAt, Round

Snapshot = dict[str, Any]


def bill_at_order(
    session: Session, round_: Round, decision: Decision, *, now: datetime
) -> frozenset[int]:
    """What is asked for when a round is ordered. Returns who gets a paper now, by id."""
    if round_.prepayment_bp:
        return _bill_ahead(session, round_, decision, now=now)
    if round_.invoice_at == InvoiceAt.CLOSING:
        bill(session, round_, decision.charges, decision.shares, now=now)
        return frozenset(charge.participant_id for charge in decision.charges)
    return frozenset()


def bill_at_delivery(
    session: Session,
    round_: Round,
    charges: Sequence[ChargeDraft],
    shares: Sequence[ShareDraft],
    *,
    asked: Sequence[ChargeDraft],
    came: Mapping[int, int],
    now: datetime,
) -> None:
    """What is asked for when the goods have come: `charges`, by what came.

    `asked` are the charges as they were decided: a part ahead was a part of them.
    """
    parts: Mapping[int, Snapshot] = {}
    if round_.prepayment_bp:
        taken = [line for one in _splits(round_, asked).values() for line in taken_off(one)]
        charges, parts = [*charges, *taken], _seconds(session, round_)
    bill(session, round_, charges, shares, now=now, parts=parts, came=came)


def bill(
    session: Session,
    round_: Round,
    charges: Sequence[ChargeDraft],
    shares: Sequence[ShareDraft],
    *,
    now: datetime,
    parts: Mapping[int, Snapshot] | None = None,
    came: Mapping[int, int] | None = None,
) -> None:
    """Book charges, and put them on papers. `came` are pieces, by article, if not as ordered."""
    settlement.book_charges(session, round_, charges, now=now)
    invoicing.issue_papers(session, round_, charges, shares, now=now, parts=parts or {}, came=came)


def _bill_ahead(
    session: Session, round_: Round, decision: Decision, *, now: datetime
) -> frozenset[int]:
    splits = _splits(round_, decision.charges)
    ahead = [charge for one in splits.values() for charge in one.ahead]
    settlement.book_charges(session, round_, ahead, now=now, part="ahead")
    invoicing.issue_papers(
        session,
        round_,
        ahead,
        decision.shares,
        now=now,
        kind=PaperKind.PREPAYMENT,
        parts={who: {"part": _first(round_, one)} for who, one in splits.items()},
    )
    return frozenset(charge.participant_id for charge in ahead)


def _splits(round_: Round, charges: Iterable[ChargeDraft]) -> dict[int, Split]:
    by_participant: dict[int, list[ChargeDraft]] = defaultdict(list)
    for charge in charges:
        by_participant[charge.participant_id].append(charge)
    part = round_.prepayment_bp
    return {who: split(lines, part) for who, lines in sorted(by_participant.items())}


def _first(round_: Round, one: Split) -> Snapshot:
    """Of what the first paper is a part, and what is still to come; cents with VAT."""
    ahead, rest = _gross(one.ahead), _gross(one.rest)
    return {"is": "ahead", "bp": round_.prepayment_bp, "whole": ahead + rest, "rest": rest}


def _seconds(session: Session, round_: Round) -> dict[int, Snapshot]:
    """The first paper that each second one names."""
    rows = session.execute(
        select(Paper.participant_id, Paper.number, Paper.issued_on, Paper.total_cents).where(
            Paper.round_id == round_.id, Paper.kind == PaperKind.PREPAYMENT
        )
    )
    return {
        who: {
            "part": {
                "is": "rest",
                "number": number,
                "on": on.isoformat(),
                "ahead": cents,
            }
        }
        for who, number, on, cents in rows
        if who is not None
    }


def _gross(charges: Iterable[ChargeDraft]) -> Cents:
    return vat_per_rate((charge.vat_bp, charge.cents) for charge in charges).gross

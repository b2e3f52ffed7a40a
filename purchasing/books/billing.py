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

from purchasing import ordering
from purchasing.books import invoicing, settlement
from purchasing.category import ChargeDraft, Decision, ShareDraft
from purchasing.money import Cents, vat_per_rate
from purchasing.papers import Paper, PaperKind
from purchasing.prepayment import Split, split
from purchasing.rounds import InvoiceAt, Round

Snapshot = dict[str, Any]


def bill_at_order(
    session: Session, round_: Round, decision: Decision, *, now: datetime
) -> frozenset[int]:
    """What is asked for when a round is ordered. Returns who gets a paper now, by id."""
    if round_.prepayment_bp:
        return _bill_ahead(session, round_, decision, now=now)
    if round_.invoice_at == InvoiceAt.CLOSING:
        _bill(session, round_, decision.charges, decision.shares, now=now)
        return frozenset(charge.participant_id for charge in decision.charges)
    return frozenset()


def bill_at_delivery(session: Session, round_: Round, *, now: datetime) -> None:
    """What is asked for when the goods have come; nothing where all was asked for before."""
    if not round_.bills_at_delivery:
        return
    charges = settlement.list_charges(session, round_.id)
    shares = ordering.list_shares(session, round_.id)
    if round_.prepayment_bp:
        _bill_rest(session, round_, charges, shares, now=now)
    else:
        _bill(session, round_, charges, shares, now=now)


def _bill(
    session: Session,
    round_: Round,
    charges: Sequence[ChargeDraft],
    shares: Sequence[ShareDraft],
    *,
    now: datetime,
    parts: Mapping[int, Snapshot] | None = None,
) -> None:
    settlement.book_charges(session, round_, charges, now=now)
    invoicing.issue_papers(session, round_, charges, shares, now=now, parts=parts or {})


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


def _bill_rest(
    session: Session,
    round_: Round,
    charges: Sequence[ChargeDraft],
    shares: Sequence[ShareDraft],
    *,
    now: datetime,
) -> None:
    rest = [charge for one in _splits(round_, charges).values() for charge in one.rest]
    _bill(session, round_, rest, shares, now=now, parts=_seconds(session, round_))


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

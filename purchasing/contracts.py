"""What comes of a tender when the time to choose is over: confirmations, lists, news.

The supplier contracts with each participant who accepted; the network does not. So a participant
gets a confirmation, which is no invoice, and the supplier the list of those who come.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from purchasing import contract_end, errands, news, numbers, sheets
from purchasing.invitations import tender_of
from purchasing.papers import Paper, PaperKind
from purchasing.people import Network, the_network
from purchasing.rounds import Round
from purchasing.tendering import Concluded, TenderCase
from purchasing.tenders import awards, offers, switching
from purchasing.tenders.offers import Offer

Snapshot = dict[str, Any]
# A contract made at a distance can be withdrawn from for 14 days. It is made when the round ends,
# for only then is it known that the bid stands, and at which price.
WITHDRAWAL = timedelta(days=14)


@dataclass(frozen=True)
class _Issue:
    """What all confirmations of one round have in common."""

    network: Network
    round: Round
    case: TenderCase
    at: datetime

    def local(self, moment: datetime) -> date:
        return moment.astimezone(ZoneInfo(self.network.timezone)).date()


def conclude(session: Session, round_: Round, *, now: datetime) -> None:
    """Confirm to each who accepted a bid that stands, and tell everybody how it ended."""
    if round_.no_deal:
        return
    signed = offers.contracts(session, round_)
    issue_confirmations(session, round_, signed, now=now)
    switching.issue_lists(session, round_, signed, actor="", now=now)
    who = {offer.participant_id for offer, _ in signed}
    news.tell_of_contracts(session, round_, who, now=now)
    contract_end.ask_reminders(session, round_, signed, now=now)


def issue_confirmations(
    session: Session, round_: Round, signed: Sequence[tuple[Offer, Concluded]], *, now: datetime
) -> list[Paper]:
    """A confirmation for each contract, numbered without gaps, and the errand to print it."""
    if not signed:
        return []
    issue = _Issue(the_network(session), round_, awards.bare_case(session, round_), now)
    year = issue.local(now).year
    first = numbers.take(session, f"confirmation:{year}", len(signed))
    papers = [
        _paper(issue, offer, concluded, f"S-{year}-{first + index:04d}")
        for index, (offer, concluded) in enumerate(signed)
    ]
    session.add_all(papers)
    session.flush()
    names = [offer.participant.name for offer, _ in signed]
    errands.ask_many(
        session,
        errands.Kind.RENDER,
        [(paper.id, name) for paper, name in zip(papers, names, strict=True)],
        priority=errands.Priority.PAPER,
        round_id=round_.id,
        now=now,
    )
    return papers


def _paper(issue: _Issue, offer: Offer, concluded: Concluded, number: str) -> Paper:
    return Paper(
        kind=PaperKind.CONFIRMATION,
        number=number,
        round_id=issue.round.id,
        participant_id=offer.participant_id,
        language=offer.participant.language,
        issued_on=issue.local(issue.at),
        issued_at=issue.at,
        snapshot=_snapshot(issue, offer, concluded, number),
    )


def _snapshot(issue: _Issue, offer: Offer, concluded: Concluded, number: str) -> Snapshot:
    on = issue.local(issue.at)
    accepted = issue.local(offer.decided_at or issue.at)
    contract = tender_of(issue.round).confirmation(
        offer.entry, offer.details or {}, concluded.content, issue.case
    )
    return {
        "kind": "confirmation",
        "number": number,
        "language": offer.participant.language,
        "issued_on": on.isoformat(),
        "round": {"title": issue.round.title},
        "sender": sheets.sender(issue.network),
        "recipient": sheets.recipient(offer.participant),
        "supplier": _supplier(offer),
        "accepted_on": accepted.isoformat(),
        "withdraw_until": (on + WITHDRAWAL).isoformat(),
        "earns": str(issue.round.particulars.get("earns", "")),
        "notes": [],
        **contract,
    }


def _supplier(offer: Offer) -> Snapshot:
    assert offer.bid is not None
    supplier = offer.bid.supplier
    return {"name": supplier.name, "email": supplier.email, "phone": supplier.phone}

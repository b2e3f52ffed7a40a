"""The switch list: who contracts with a supplier that won, handed over once per issue.

Like the list of an insurance round its rows are kept nowhere: they are made at the moment somebody
takes the list along, of those who accepted a bid that stands and whose answers are still there.
It is written down who took which issue along, and when.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ForeignKey, select
from sqlalchemy.orm import Mapped, Session, joinedload, mapped_column, relationship

from purchasing import handover, papers, sheets
from purchasing.base import Base
from purchasing.handover import Issue, ListChanged
from purchasing.invitations import tender_of
from purchasing.papers import PaperKind
from purchasing.people import Participant, the_network
from purchasing.rounds import Round
from purchasing.tendering import Concluded, Contact, SwitchColumn
from purchasing.tenders import offers
from purchasing.tenders.bids import SealedBid
from purchasing.tenders.offers import Offer

Snapshot = dict[str, Any]
Signed = Sequence[tuple[Offer, Concluded]]


class SwitchList(Issue, Base):
    """One issue of a bid's list."""

    __tablename__ = "switch_list"

    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"), index=True)
    bid_id: Mapped[int] = mapped_column(ForeignKey("sealed_bid.id"), index=True)

    bid: Mapped[SealedBid] = relationship()


def issue_lists(
    session: Session, round_: Round, signed: Signed, *, actor: str, now: datetime
) -> None:
    """A list for each bid that stands, in the order in which the bids came."""
    bids = {offer.bid.id: offer.bid for offer, _ in signed if offer.bid is not None}
    for bid in sorted(bids.values(), key=lambda bid: (bid.committed_at, bid.id)):
        _issue(session, round_, bid, actor=actor, now=now)


def issue_again(session: Session, bid: SealedBid, *, actor: str, now: datetime) -> SwitchList:
    """One more issue, after the one before it was taken. Raises ListNotTaken, NobodyOnTheList.

    Call it with the round's row taken, so that two do not issue at once.
    """
    before = [issue for issue in list_issues(session, bid.round_id) if issue.bid_id == bid.id]
    handover.refuse_if_empty(before)
    handover.refuse_while_one_waits(before)
    return _issue(session, session.get_one(Round, bid.round_id), bid, actor=actor, now=now)


def read_list(session: Session, issue: SwitchList) -> Snapshot:
    """The list as its PDF and table show it, to be printed before it is taken along.

    Raises ListTaken, NobodyOnTheList.
    """
    handover.refuse_if_taken(issue)
    round_ = session.get_one(Round, issue.round_id)
    rows = _rows(session, round_, issue)
    handover.refuse_if_empty(rows)
    return _snapshot(session, round_, issue, rows)


def take_along(
    session: Session,
    issue: SwitchList,
    *,
    printed: Snapshot | None = None,
    actor: str,
    now: datetime,
) -> Snapshot:
    """The list as its PDF and table show it; never again for this issue. Of two, one gets it.

    `printed` is what `read_list` gave before: it must still be what is on the list, so that
    nobody is handed over who left meanwhile. Raises ListTaken, NobodyOnTheList,
    ListChanged.
    """
    round_ = session.get_one(Round, issue.round_id)
    rows = _rows(session, round_, issue)
    handover.refuse_if_empty(rows)
    handover.take(session, issue, people=len(rows), actor=actor, now=now)
    record = _snapshot(session, round_, issue, rows)
    if printed is not None and printed != record:
        raise ListChanged
    return record


def list_issues(session: Session, round_id: int) -> list[SwitchList]:
    """All issues of a round's lists with their bids and suppliers; one query."""
    query = select(SwitchList).where(SwitchList.round_id == round_id)
    query = query.options(joinedload(SwitchList.bid).joinedload(SealedBid.supplier))
    return list(session.scalars(query.order_by(SwitchList.id)))


def waiting_list(session: Session, bid: SealedBid) -> SwitchList | None:
    """The issue of this bid that nobody has taken along yet."""
    return session.scalar(
        select(SwitchList)
        .where(SwitchList.bid_id == bid.id, SwitchList.taken_at.is_(None))
        .order_by(SwitchList.id)
    )


def _issue(
    session: Session, round_: Round, bid: SealedBid, *, actor: str, now: datetime
) -> SwitchList:
    number = handover.next_number(session, "switch", "W", now=now)
    issue = SwitchList(
        round_id=round_.id, bid_id=bid.id, number=number, issued_at=now, issued_by=actor
    )
    session.add(issue)
    session.flush()
    return issue


def _rows(session: Session, round_: Round, issue: SwitchList) -> list[list[Snapshot]]:
    """In the order of names, so that the order of signing up tells nothing.

    Only columns that the room declares are copied, whatever else it says of somebody.
    """
    tender = tender_of(round_)
    columns = tender.switch_columns()
    confirmed = _confirmations(session, round_)
    zone = ZoneInfo(the_network(session).timezone)
    mine = [
        (offer, concluded)
        for offer, concluded in offers.contracts(session, round_)
        if offer.bid_id == issue.bid_id and offer.basis is not None
    ]
    told = [
        tender.switch_row(
            offer.entry,
            offer.details or {},
            _contact(offer, confirmed.get(offer.participant_id, offer.key), zone),
            concluded.content,
            round_.particulars,
        )
        for offer, concluded in sorted(mine, key=lambda one: _by_name(one[0].participant))
    ]
    return [[_cell(column, row[column.key]) for column in columns] for row in told]


def _by_name(participant: Participant) -> tuple[str, int]:
    return participant.name.casefold(), participant.id


def _cell(column: SwitchColumn, value: str) -> Snapshot:
    return {"words": [value]} if column.words else {"text": value}


def _confirmations(session: Session, round_: Round) -> dict[int, str]:
    """The number of each one's confirmation, which both sides can name."""
    return {
        paper.participant_id: paper.number
        for paper in papers.list_for_round(session, round_.id)
        if paper.kind == PaperKind.CONFIRMATION and paper.participant_id is not None
    }


def _contact(offer: Offer, reference: str, zone: ZoneInfo) -> Contact:
    assert offer.decided_at is not None, "who accepted did so at a moment"
    who = offer.participant
    return Contact(
        reference=reference,
        name=who.name,
        street=who.street,
        postcode=who.postcode,
        city=who.city,
        email=who.email or _first_address(who),
        phone=who.phone,
        kvk=who.kvk,
        accepted_at=offer.decided_at.astimezone(zone),
        agreed_version=offer.agreed_version,
    )


def _first_address(who: Participant) -> str:
    """Of the people of a household that has no address of its own."""
    people = sorted((m.person for m in who.memberships if m.person.active), key=lambda p: p.id)
    return people[0].email if people else ""


def _snapshot(
    session: Session, round_: Round, issue: SwitchList, rows: list[list[Snapshot]]
) -> Snapshot:
    network = the_network(session)
    supplier = issue.bid.supplier
    zone = ZoneInfo(network.timezone)
    return {
        "kind": "switch_list",
        "number": issue.number,
        "language": supplier.language,
        "issued_on": issue.issued_at.astimezone(zone).date().isoformat(),
        "round": {"title": round_.title},
        "sender": sheets.sender(network),
        "supplier": supplier.name,
        "columns": [
            {"title": one.title, "stack": one.stack, "labelled": one.labelled}
            for one in tender_of(round_).switch_columns()
        ],
        "rows": rows,
        "notes": [],
    }

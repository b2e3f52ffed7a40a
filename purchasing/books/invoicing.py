"""From charges to numbered papers. The record is made here; the app lays it out and stores it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from purchasing import errands, numbers, sheets
from purchasing.books import issuing
from purchasing.books.issuing import Issue
from purchasing.category import ChargeDraft, ShareDraft
from purchasing.deliveries import answer_links
from purchasing.money import spread_gross, vat_per_rate
from purchasing.ordering import SupplierOrder
from purchasing.papers import Paper, PaperKind
from purchasing.payment_reference import rf_reference
from purchasing.people import Participant, VatStatus, the_network
from purchasing.rounds import Round

Snapshot = dict[str, Any]
Row = dict[str, Any]


def issue_papers(
    session: Session,
    round_: Round,
    charges: Sequence[ChargeDraft],
    shares: Sequence[ShareDraft],
    *,
    came: Mapping[int, int] | None = None,
    now: datetime,
    kind: PaperKind | None = None,
    parts: Mapping[int, Snapshot] = MappingProxyType({}),
) -> None:
    """An invoice or settlement for each participant that owes something, and their errands.

    Takes as many numbers as there are papers, from the year's series, without gaps. `parts` says
    by participant of what its paper is a part; `kind` is how it is known, if not as the whole.
    """
    by_participant: dict[int, list[ChargeDraft]] = defaultdict(list)
    for charge in charges:
        by_participant[charge.participant_id].append(charge)
    if not by_participant:
        return
    issue = issuing.issue_of(session, round_, shares, now, kind, parts, came)
    people = participants_of(session, by_participant)
    first = numbers.take(session, f"{issue.series.key}:{issue.on.year}", len(by_participant))
    papers = [
        _paper(issue, people[who], by_participant[who], first + index)
        for index, who in enumerate(sorted(by_participant))
    ]
    session.execute(insert(Paper.__table__), papers)  # type: ignore[arg-type]
    ask_to_render(session, issue, papers, people)


def issue_sheets(
    session: Session,
    round_: Round,
    orders: list[SupplierOrder],
    shares: Sequence[ShareDraft],
    *,
    now: datetime,
) -> None:
    """An order sheet for each supplier and the packing list, and their errands."""
    network = the_network(session)
    on = now.astimezone(ZoneInfo(network.timezone)).date()
    for order in orders:
        link = answer_links.make_link(session, round_, order, actor="", now=now)
        answer = link.id if link else None
        snapshot = sheets.order_sheet(network, round_, order, ordered_on=on, answer_link=answer)
        paper = sheet_of(round_, PaperKind.ORDER_SHEET, snapshot, on, now)
        paper.supplier_order_id, paper.total_cents = order.id, order.net_cents
        session.add(paper)
        session.flush()
        ask_sheet(session, paper, order.supplier.name, now)
    if any(order.lines for order in orders):
        _issue_packing_list(session, round_, orders, shares, now=now)


def _issue_packing_list(
    session: Session,
    round_: Round,
    orders: list[SupplierOrder],
    shares: Sequence[ShareDraft],
    *,
    now: datetime,
) -> None:
    network = the_network(session)
    on = now.astimezone(ZoneInfo(network.timezone)).date()
    cases = {line.item_id: line.cases for order in orders for line in order.lines}
    people = participants_of(session, {share.participant_id for share in shares})
    snapshot = sheets.packing_list(network, round_, shares, people, cases)
    paper = sheet_of(round_, PaperKind.PACKING_LIST, snapshot, on, now)
    session.add(paper)
    session.flush()
    ask_sheet(session, paper, "", now)


def sheet_of(round_: Round, kind: PaperKind, snapshot: Snapshot, on: date, now: datetime) -> Paper:
    return Paper(
        kind=kind,
        number=snapshot["number"],
        round_id=round_.id,
        language=snapshot["language"],
        issued_on=on,
        issued_at=now,
        snapshot=snapshot,
    )


def ask_sheet(session: Session, paper: Paper, recipient: str, now: datetime) -> None:
    is_order = paper.kind == PaperKind.ORDER_SHEET
    errands.ask(
        session,
        errands.Kind.RENDER,
        paper.id,
        priority=errands.Priority.SHEET if is_order else errands.Priority.PAPER,
        round_id=paper.round_id,
        recipient=recipient,
        now=now,
    )


def ask_to_render(
    session: Session,
    issue: Issue,
    papers: list[Row],
    people: Mapping[int, Participant],
) -> None:
    rows = session.execute(
        select(Paper.id, Paper.participant_id)
        .where(Paper.kind == issue.kind, Paper.number.in_([paper["number"] for paper in papers]))
        .order_by(Paper.id)
    )
    errands.ask_many(
        session,
        errands.Kind.RENDER,
        [(paper_id, people[who or 0].name) for paper_id, who in rows],
        priority=errands.Priority.PAPER,
        round_id=issue.round.id,
        now=issue.at,
    )


def participants_of(session: Session, ids: Collection[int]) -> dict[int, Participant]:
    query = select(Participant).where(Participant.id.in_(ids))
    return {participant.id: participant for participant in session.scalars(query)}


def _paper(issue: Issue, participant: Participant, charges: list[ChargeDraft], serial: int) -> Row:
    """A row of Paper. Of thousands at once the session need remember none."""
    year = issue.on.year
    number = f"{issue.series.letter}{year}-{serial:04d}"
    reference = rf_reference(f"{issue.series.digit}{year}{serial:04d}")
    snapshot = record(issue, participant, charges, number, reference)
    return {
        "kind": issue.kind,
        "number": number,
        "round_id": issue.round.id,
        "participant_id": participant.id,
        "language": participant.language,
        "issued_on": issue.on,
        "issued_at": issue.at,
        "due_on": issue.due_on,
        "reference": reference,
        "total_cents": snapshot["total"],
        "snapshot": snapshot,
    }


def record(
    issue: Issue,
    participant: Participant,
    charges: list[ChargeDraft],
    number: str,
    reference: str,
) -> Snapshot:
    totals = vat_per_rate((charge.vat_bp, charge.cents) for charge in charges)
    gross = spread_gross({i: (c.vat_bp, c.cents) for i, c in enumerate(charges)})
    notes = issue.round.category.vat_notes
    exempt = issue.printed_as == PaperKind.INVOICE and issue.network.vat_status == VatStatus.KOR
    closed_on = (issue.round.closed_at or issue.at).astimezone(ZoneInfo(issue.network.timezone))
    return {
        "kind": str(issue.printed_as),
        "number": number,
        "language": participant.language,
        "prices": "net" if participant.is_shop else "gross",
        "issued_on": issue.on.isoformat(),
        "due_on": issue.due_on.isoformat(),
        "round": {"title": issue.round.title, "closed_on": closed_on.date().isoformat()},
        "pickup": sheets.pickup(issue.round),
        "sender": sheets.sender(issue.network),
        "recipient": _recipient(participant),
        "lines": [
            issuing.line(issue, participant, charge, gross[index])
            for index, charge in enumerate(charges)
        ],
        "missing": list(issue.gaps.get(participant.id, ())),
        "vat": [
            {"vat_bp": rate.vat_bp, "net": rate.net, "vat": rate.vat, "gross": rate.gross}
            for rate in totals.rates
        ],
        "untaxed": totals.untaxed,
        "total": totals.gross,
        "payment": sheets.payment(issue.network, totals.gross, reference),
        "notes": [notes[rate.vat_bp] for rate in totals.rates if rate.vat_bp in notes],
        "exempt_reason": "kor" if exempt else None,
        **sheets.form_of(issue.round, issue.kind),
        **issue.parts.get(participant.id, {}),
    }


def _recipient(participant: Participant) -> Snapshot:
    return sheets.recipient(participant) | {"kvk": participant.kvk, "vat_id": participant.vat_id}

"""All that is kept of somebody, as plain data to take along: JSON, once the app has written it.

Moments are ISO in UTC, amounts whole cents. Of others there is nothing in it: who else acts for a
household, or changed its order, is that person's own.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from purchasing import papers, privacy
from purchasing.books import bill_replies, empties, knowing, reports, settlement, taken_along
from purchasing.books.settlement import Charge
from purchasing.commitments import Commitment, Want
from purchasing.deliveries import kept, share_replies
from purchasing.findings import KEEP_DAYS, SurveyFinding
from purchasing.ordering import AllocatedShare
from purchasing.papers import Paper
from purchasing.people import Participant, Person
from purchasing.rounds import Round, RoundItem
from purchasing.signups import Consent
from purchasing.surveys import SurveyLine, SurveyOffer
from purchasing.tenders.offers import Offer

Facts = dict[str, Any]
# Every table that names a person or a participant; a new one must be told here, or kept from all.
TOLD_OF_PARTICIPANTS = frozenset(
    {
        "allocation",
        "announced_share",
        "bill_paper",
        "bill_reply",
        "bill_share",
        "charge",
        "commitment",
        "consent",
        "damage_photo",
        "delivered_share",
        "given_answer",
        "hand_share",
        "item_report",
        "known_account",
        "mandate",
        "membership",
        "offer",
        "online_payment",
        "paper",
        "returned_deposit",
        "survey_finding",
        "survey_line",
        "survey_offer",
    }
)


def of_person(person: Person) -> Facts:
    """Who signs in, and as what."""
    return {
        "name": person.name,
        "email": person.email,
        "language": person.language,
        "may_sign_in": person.active,
        "since": _moment(person.created_at),
        "acts_as": [
            {"role": str(m.role), "for": m.participant.number if m.participant else None}
            for m in person.memberships
        ],
    }


def of_participant(session: Session, participant: Participant) -> Facts:
    """A household or shop: its details, its rounds, its papers, what was booked, its mails."""
    return {
        "number": participant.number,
        "kind": str(participant.kind),
        "name": participant.name,
        "street": participant.street,
        "postcode": participant.postcode,
        "city": participant.city,
        "email": participant.email,
        "phone": participant.phone,
        "language": participant.language,
        "kvk": participant.kvk,
        "vat_id": participant.vat_id,
        "takes_part": participant.active,
        "since": _moment(participant.created_at),
        "rounds": _rounds(session, participant.id),
        "papers": [
            _paper(paper) for paper in papers.list_for_participants(session, [participant.id])
        ],
        "bookings": [
            {"at": _moment(at), "about": memo, "cents": cents}
            for at, memo, cents in settlement.bookings_of(session, participant.id)
        ],
        "instalments": taken_along.instalments_of(session, participant.id),
        "empties": empties.facts_of(session, participant),
        "mandates": taken_along.mandates_of(session, participant.id),
        "paid_online": taken_along.online_of(session, participant.id),
        "pays_from": knowing.accounts_of(session, participant.id),
        "mails": _mails(session, participant.id),
    }


def path_of(paper: Paper) -> str:
    """Where a paper's PDF lies among the files that are taken along."""
    return f"papers/{paper.kind}-{paper.number}.pdf"


def _rounds(session: Session, participant_id: int) -> list[Facts]:
    """What was wanted, answered, agreed to, given and charged, by round; the newest first."""
    rows = session.execute(
        select(Commitment, Round)
        .join(Round, Round.id == Commitment.round_id)
        .where(Commitment.participant_id == participant_id)
        .options(selectinload(Commitment.wants))
        .order_by(Round.closes_at.desc(), Round.id)
    ).all()
    ids = [round_.id for _, round_ in rows]
    names = _article_names(session, ids)
    more = {
        "answers": _answers(session, participant_id),
        "consents": _by_round(_consents(session, participant_id)),
        "given": _by_round(_shares(session, participant_id, names)),
        "came": _by_round(kept.came(session, participant_id, names)),
        "given_by_hand": _by_round(kept.by_hand(session, participant_id, names)),
        "photos": _by_round(kept.photographed(session, participant_id, names)),
        "reported": _by_round(reports.facts_of(session, participant_id, names)),
        "billed": _by_round(bill_replies.facts_of(session, participant_id)),
        "charges": _by_round(_charges(session, participant_id, names)),
        "offers": _by_round(_offers(session, participant_id)),
        "survey_findings": _by_round(_findings(session, participant_id, names)),
        "survey_offers": _by_round(_survey_offers(session, participant_id, names)),
        "changes": _by_round(share_replies.facts_of(session, participant_id, ids)),
    }
    return [
        _round(commitment, round_, names)
        | {key: of.get(round_.id, []) for key, of in more.items()}
        for commitment, round_ in rows
    ]


def _round(commitment: Commitment, round_: Round, names: dict[int, str]) -> Facts:
    return {
        "round": round_.title,
        "closes_at": _moment(round_.closes_at),
        "state": str(round_.state),
        "changed_at": _moment(commitment.changed_at),
        "counts_since": _moment(commitment.ordered_at),
        "wants": [_want(want, names) for want in commitment.wants],
    }


def _want(want: Want, names: dict[int, str]) -> Facts:
    return {
        "article": names[want.item_id],
        "chosen": want.quantity,
        "chosen_extra": want.extra,
        "ordered": want.ordered_quantity,
        "ordered_extra": want.ordered_extra,
    }


def _article_names(session: Session, round_ids: list[int]) -> dict[int, str]:
    rows = session.execute(
        select(RoundItem.id, RoundItem.name).where(RoundItem.round_id.in_(round_ids))
    )
    return {item_id: name for item_id, name in rows}


def _answers(session: Session, participant_id: int) -> dict[int, list[Facts]]:
    return {
        held.round.id: [
            {
                "question": one.question.label,
                "answer": one.answer,
                "deleted_at": _moment(one.until),
                "kept_days_after_the_round": one.question.keep_days,
            }
            for one in held.answers
        ]
        for held in privacy.held_answers(session, [participant_id])
    }


def _consents(session: Session, participant_id: int) -> list[tuple[int, Facts]]:
    rows = session.scalars(
        select(Consent).where(Consent.participant_id == participant_id).order_by(Consent.id)
    )
    return [
        (
            row.round_id,
            {
                "recipient": row.recipient,
                "text": row.text_version,
                "given_at": _moment(row.given_at),
                "withdrawn_at": _moment(row.withdrawn_at),
            },
        )
        for row in rows
    ]


def _offers(session: Session, participant_id: int) -> list[tuple[int, Facts]]:
    mine = select(Offer).where(Offer.participant_id == participant_id)
    return [
        (
            row.round_id,
            {
                "supplier": row.bid.supplier.name if row.bid else "",
                "cents_a_year": row.cost_cents,
                "cents_a_year_now": row.now_cents,
                "choice": str(row.state),
                "chosen_at": _moment(row.decided_at),
                "text": row.agreed_version,
                "rests_on": row.basis or {},
                "given_with_it": row.details or {},
                "wants_a_reminder_before_it_ends": row.reminds,
            },
        )
        for row in session.scalars(mine.order_by(Offer.id))
    ]


def _findings(
    session: Session, participant_id: int, names: dict[int, str]
) -> list[tuple[int, Facts]]:
    mine = select(SurveyFinding).where(SurveyFinding.participant_id == participant_id)
    return [
        (
            row.round_id,
            {
                "article": names[row.item_id],
                "fits": row.quantity,
                "extra_cents_without_vat": row.extra_cents,
                "why": row.reason,
                "noted_at": _moment(row.noted_at),
                "why_is_kept_days_after_the_round": KEEP_DAYS,
            },
        )
        for row in session.scalars(mine.order_by(SurveyFinding.id))
    ]


def _survey_offers(
    session: Session, participant_id: int, names: dict[int, str]
) -> list[tuple[int, Facts]]:
    told = session.scalars(select(SurveyLine).where(SurveyLine.participant_id == participant_id))
    lines = _by_round(
        (
            row.round_id,
            {
                "article": names[row.item_id],
                "pieces": row.pieces,
                "extra_cents_without_vat": row.extra_cents,
                "wants_a_yes": row.raised,
            },
        )
        for row in told
    )
    mine = select(SurveyOffer).where(SurveyOffer.participant_id == participant_id)
    return [
        (
            row.round_id,
            {
                "at_most_cents": row.at_most_cents,
                "choice": str(row.choice),
                "chosen_at": _moment(row.decided_at),
                "lines": lines.get(row.round_id, []),
            },
        )
        for row in session.scalars(mine.order_by(SurveyOffer.id))
    ]


def _shares(
    session: Session, participant_id: int, names: dict[int, str]
) -> list[tuple[int, Facts]]:
    mine = select(AllocatedShare).where(AllocatedShare.participant_id == participant_id)
    return [
        (
            row.round_id,
            {
                "article": names[row.item_id],
                "wanted": row.wanted,
                "given": row.given,
                "why": str(row.reason),
            },
        )
        for row in session.scalars(mine.order_by(AllocatedShare.id))
    ]


def _charges(
    session: Session, participant_id: int, names: dict[int, str]
) -> list[tuple[int, Facts]]:
    mine = select(Charge).where(Charge.participant_id == participant_id)
    return [
        (
            row.round_id,
            {
                "what": str(row.kind),
                "article": names.get(row.item_id or 0, ""),
                "pieces": row.pieces,
                "cents": row.cents,
                "vat_basis_points": row.vat_bp,
            },
        )
        for row in session.scalars(mine.order_by(Charge.id))
    ]


def _by_round(rows: Iterable[tuple[int, Facts]]) -> dict[int, list[Facts]]:
    found: dict[int, list[Facts]] = {}
    for round_id, facts in rows:
        found.setdefault(round_id, []).append(facts)
    return found


def _paper(paper: Paper) -> Facts:
    return {
        "kind": str(paper.kind),
        "number": paper.number,
        "issued_on": paper.issued_on.isoformat(),
        "due_on": paper.due_on.isoformat() if paper.due_on else None,
        "reference": paper.reference,
        "cents": paper.total_cents,
        "file": path_of(paper) if paper.document else None,
    }


def _mails(session: Session, participant_id: int) -> list[Facts]:
    """Each mail or print that was asked for, and when it was done."""
    return [
        {"what": str(one.kind), "asked_at": _moment(one.asked_at), "done_at": _moment(one.done_at)}
        for one in privacy.errands_about(session, participant_id)
    ]


def _moment(value: datetime | None) -> str | None:
    return value.isoformat() if value else None

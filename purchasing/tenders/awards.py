"""The award: opened bids and answers in, an offer for each out, and the proof that it was fair.

What it was decided on is kept: the bids, the figures, and beside each offer the answers behind it.
So anybody who may see them computes the same award once more, until the answers are deleted.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from sqlalchemy import JSON, ForeignKey, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from purchasing import signups
from purchasing.base import Base
from purchasing.category import Answer
from purchasing.commitments import Commitment
from purchasing.invitations import tender_of
from purchasing.people import Participant, the_network
from purchasing.rounds import Round
from purchasing.tendering import Awarded, Entry, Figure, OfferDraft, Plain, TenderCase
from purchasing.tenders import bids
from purchasing.tenders.bids import SealedBid
from purchasing.tenders.figures import figures_of
from purchasing.tenders.offers import (
    AnswersForgotten,
    Offer,
    OffersNotOut,
    OfferState,
    entry_key,
    list_offers,
)


class Replayed(StrEnum):
    """What came of computing an award once more: `GONE` where the answers have been deleted."""

    SAME = "same"
    OTHER = "other"
    GONE = "gone"


class Award(Base):
    """How a round's bids were awarded: the outcome, the figures used, and what is published."""

    __tablename__ = "award"

    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"), unique=True)
    decided_at: Mapped[datetime]
    outcome: Mapped[str] = mapped_column(String(40))
    words: Mapped[str] = mapped_column(String(300))
    figures: Mapped[list[Plain]] = mapped_column(JSON)
    published: Mapped[Plain] = mapped_column(JSON)


def entries_of(session: Session, round_: Round) -> list[tuple[int, Entry]]:
    """Who takes part, in the order of signing up, each with the participant's id."""
    answers = signups.all_answers(session, round_)
    zone = ZoneInfo(the_network(session).timezone)
    rows = session.execute(
        select(Commitment.participant_id, Commitment.ordered_at, Participant.kind)
        .join(Participant, Participant.id == Commitment.participant_id)
        .where(Commitment.round_id == round_.id, Commitment.participant_id.in_(answers))
        .order_by(Commitment.ordered_at, Commitment.id)
    )
    return [
        (who, _entry(place, kind, at.astimezone(zone).date(), answers[who]))
        for place, (who, at, kind) in enumerate(rows, 1)
        if at is not None
    ]


def award(session: Session, round_: Round, *, now: datetime) -> Award:
    """Award the opened bids by the published rule, and write down each one's offer."""
    entries = entries_of(session, round_)
    opened = {bid.key: bid for bid in bids.opened_bids(session, round_.id)}
    case = TenderCase(
        particulars=round_.particulars,
        entries=tuple(entry for _, entry in entries),
        bids=tuple(bids.placed(bid) for bid in opened.values()),
        figures=figures_of(session, round_.category),
    )
    awarded = tender_of(round_).award(case)
    row = _award_row(round_, case, awarded, now)
    session.add(row)
    drafts = {draft.key: draft for draft in awarded.offers}
    session.add_all(
        _offer_row(round_, who, entry, drafts.get(entry.key, OfferDraft(entry.key)), opened)
        for who, entry in entries
    )
    round_.no_deal = awarded.no_deal
    session.flush()
    return row


def award_of(session: Session, round_id: int) -> Award | None:
    return session.scalar(select(Award).where(Award.round_id == round_id))


def case_of(session: Session, round_: Round) -> TenderCase:
    """What the award was decided on, from the opened bids and the answers kept with the offers.

    Raises OffersNotOut, AnswersForgotten.
    """
    made = award_of(session, round_.id)
    if made is None:
        raise OffersNotOut
    return TenderCase(
        particulars=round_.particulars,
        entries=tuple(offer.entry for offer in list_offers(session, round_.id)),
        bids=tuple(bids.placed(bid) for bid in bids.opened_bids(session, round_.id)),
        figures=tuple(Figure(**figure) for figure in made.figures),
    )


def bare_case(session: Session, round_: Round) -> TenderCase:
    """The same without anybody's answers: enough to explain one offer."""
    made = award_of(session, round_.id)
    if made is None:
        raise OffersNotOut
    return TenderCase(
        particulars=round_.particulars,
        entries=(),
        bids=tuple(bids.placed(bid) for bid in bids.opened_bids(session, round_.id)),
        figures=tuple(Figure(**figure) for figure in made.figures),
    )


def replay(session: Session, round_: Round) -> Awarded:
    """The award computed once more. Raises OffersNotOut, AnswersForgotten."""
    return tender_of(round_).award(case_of(session, round_))


def compare(session: Session, round_: Round) -> Replayed:
    """Whether the award that stands is what follows from bids and answers. Raises OffersNotOut."""
    try:
        again = replay(session, round_)
    except AnswersForgotten:
        return Replayed.GONE
    stands = tuple(as_awarded(offer) for offer in list_offers(session, round_.id))
    return Replayed.SAME if again.offers == stands else Replayed.OTHER


def as_awarded(offer: Offer) -> OfferDraft:
    """A stored offer as the award said it, to be compared with a replay."""
    return OfferDraft(
        key=offer.key,
        bid=offer.bid.key if offer.bid else None,
        cost=offer.cost_cents,
        now=offer.now_cents,
        worse_off=offer.worse_off,
    )


def _entry(place: int, kind: str, on: date, answers: Mapping[str, Answer]) -> Entry:
    return Entry(entry_key(place), place, kind == "shop", on, answers)


def _award_row(round_: Round, case: TenderCase, awarded: Awarded, now: datetime) -> Award:
    return Award(
        round_id=round_.id,
        decided_at=now,
        outcome=awarded.outcome,
        words=awarded.words,
        figures=[vars(figure) for figure in case.figures],
        published=awarded.published,
    )


def _offer_row(
    round_: Round, who: int, entry: Entry, draft: OfferDraft, opened: Mapping[str, SealedBid]
) -> Offer:
    return Offer(
        round_id=round_.id,
        participant_id=who,
        place=entry.place,
        answered_on=entry.answered_on,
        basis=dict(entry.answers),
        bid_id=opened[draft.bid].id if draft.bid else None,
        cost_cents=draft.cost,
        now_cents=draft.now,
        worse_off=draft.worse_off,
        state=OfferState.MADE if draft.bid else OfferState.NONE,
    )

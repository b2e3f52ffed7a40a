"""Offers: what the award means for each participant, and what each makes of it.

To take an offer is to say so before the announced moment; who says nothing stays where they are.
Who would be worse off is told so, and can take the offer only with a reason of their own. What
an offer rests on (the answers) is kept beside it, so that the award can be computed again, and is
deleted when its days are over.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    JSON,
    ForeignKey,
    Index,
    String,
    UniqueConstraint,
    bindparam,
    false,
    func,
    select,
)
from sqlalchemy.orm import Mapped, Session, joinedload, mapped_column, relationship

from purchasing import questions
from purchasing.answering import answer_once, fingerprint, first_answer
from purchasing.base import Base
from purchasing.category import Answer, ChargeDraft, ChargeKind, Decision
from purchasing.errors import N_, Refused
from purchasing.invitations import tender_of
from purchasing.people import Participant, VatStatus, the_network
from purchasing.questions import WrongAnswers
from purchasing.rounds import Round, RoundState
from purchasing.signups import ConsentMissing, ConsentReworded
from purchasing.tendering import (
    Concluded,
    Entry,
    Tendering,
)
from purchasing.tenders import bids
from purchasing.tenders.bids import SealedBid


class OfferState(StrEnum):
    NONE = "none"  # nothing to offer: staying is best, or there was no room
    MADE = "made"
    ACCEPTED = "accepted"
    DECLINED = "declined"


class NoOffer(Refused):
    message = N_("There is no offer for you in this round.")


class OffersNotOut(Refused):
    message = N_("There are no offers yet.")


class OfferTooLate(Refused):
    message = N_(
        "You could choose until %(offers_until)s. Your choice arrived on %(received_at)s."
    )


class OfferEnded(Refused):
    message = N_("This round has ended. Nothing can be chosen any more.")


class AnswersForgotten(Refused):
    message = N_("The answers behind this award have been deleted, so it cannot be recomputed.")


class Offer(Base):
    """What one participant was offered, and what became of it. Costs are cents a year."""

    __tablename__ = "offer"
    __table_args__ = (
        UniqueConstraint("round_id", "participant_id", name="uq_offer_once"),
        Index("ix_offer_bid_state", "bid_id", "state"),
    )

    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"))
    participant_id: Mapped[int] = mapped_column(ForeignKey("participant.id"), index=True)
    place: Mapped[int]
    answered_on: Mapped[date]
    basis: Mapped[dict[str, Answer] | None] = mapped_column(JSON(none_as_null=True))
    bid_id: Mapped[int | None] = mapped_column(ForeignKey("sealed_bid.id"))
    cost_cents: Mapped[int | None]
    now_cents: Mapped[int | None]
    worse_off: Mapped[bool] = mapped_column(default=False)
    state: Mapped[OfferState] = mapped_column(String(10))
    version: Mapped[int] = mapped_column(default=0)
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[str] = mapped_column(String(120), default="")
    agreed_version: Mapped[str] = mapped_column(String(20), default="")
    details: Mapped[dict[str, Answer] | None] = mapped_column(JSON(none_as_null=True))
    reminds: Mapped[bool] = mapped_column(default=False, server_default=false())

    participant: Mapped[Participant] = relationship()
    bid: Mapped[SealedBid | None] = relationship()

    @property
    def key(self) -> str:
        """What the award calls who got it."""
        return entry_key(self.place)

    @property
    def entry(self) -> Entry:
        """What it rests on. Raises AnswersForgotten."""
        if self.basis is None:
            raise AnswersForgotten
        return Entry(
            self.key, self.place, self.participant.is_shop, self.answered_on, dict(self.basis)
        )


def entry_key(place: int) -> str:
    return f"P{place:05d}"


def list_offers(session: Session, round_id: int) -> list[Offer]:
    """All offers of a round with whom and what they are of; one query, however many."""
    query = select(Offer).where(Offer.round_id == round_id)
    query = query.options(
        joinedload(Offer.participant), joinedload(Offer.bid).joinedload(SealedBid.supplier)
    )
    return list(session.scalars(query.order_by(Offer.place)))


def offer_of(session: Session, round_id: int, participant_id: int) -> Offer | None:
    return session.scalar(
        select(Offer).where(Offer.round_id == round_id, Offer.participant_id == participant_id)
    )


def list_open_offers(
    session: Session, participant_ids: Collection[int], *, now: datetime
) -> list[tuple[Round, Offer]]:
    """What these participants may still choose about, the first to end first."""
    query = (
        select(Round, Offer)
        .join(Offer, Offer.round_id == Round.id)
        .where(
            Offer.participant_id.in_(participant_ids),
            Offer.state != OfferState.NONE,
            Round.state == RoundState.OFFERED,
            Round.offers_until > now,
        )
        .order_by(Round.offers_until, Offer.id)
    )
    return [(round_, offer) for round_, offer in session.execute(query)]


def accepted_by_bid(session: Session, round_id: int) -> dict[int, int]:
    """How many have accepted each bid so far, by the bid's id."""
    rows = session.execute(
        select(Offer.bid_id, func.count(Offer.id))
        .where(Offer.round_id == round_id, Offer.state == OfferState.ACCEPTED)
        .group_by(Offer.bid_id)
    )
    return {bid_id: count for bid_id, count in rows if bid_id is not None}


def accept(
    session: Session,
    round_id: int,
    participant_id: int,
    answers: Mapping[str, object],
    *,
    agreed: str,
    reminds: bool = False,
    key: str,
    actor: str,
    now: datetime,
) -> dict[str, Any]:
    """Take the offer, or change the answers given with it, until the announced moment.

    `agreed` is the version of the consent's text that was ticked, or ""; `reminds` asks for a
    mail before the contract ends. Returns {"version": n}.
    Raises OffersNotOut, NoOffer, OfferTooLate, OfferEnded, WrongAnswers, ConsentMissing,
    ConsentReworded, FormReused.
    """
    told = sorted((name, str(value)) for name, value in answers.items())
    print_ = fingerprint("accept", round_id, participant_id, told, agreed, reminds)
    if (first := first_answer(session, key, print_)) is not None:
        return first
    offer = _hold(session, round_id, participant_id, now=now)
    assert offer.bid is not None
    details = _check_acceptance(session, offer, answers)
    consent = _tender(session, offer).acceptance_consent(offer.bid.supplier.name)
    if not agreed:
        raise ConsentMissing
    if agreed != consent.version:
        raise ConsentReworded
    _decide(offer, OfferState.ACCEPTED, actor=actor, now=now)
    offer.details, offer.agreed_version, offer.reminds = details, agreed, reminds
    session.flush()
    return answer_once(session, key, print_, {"version": offer.version}, now=now)


def decline(
    session: Session, round_id: int, participant_id: int, *, key: str, actor: str, now: datetime
) -> dict[str, Any]:
    """Stay where one is; also after having accepted, until the announced moment."""
    print_ = fingerprint("decline", round_id, participant_id)
    if (first := first_answer(session, key, print_)) is not None:
        return first
    offer = _hold(session, round_id, participant_id, now=now)
    _decide(offer, OfferState.DECLINED, actor=actor, now=now)
    offer.details, offer.agreed_version, offer.reminds = None, "", False
    session.flush()
    return answer_once(session, key, print_, {"version": offer.version}, now=now)


def conclusions(session: Session, round_: Round) -> tuple[Concluded, ...]:
    """What became of each winning bid, counting those who accepted."""
    made = list_offers(session, round_.id)
    offered = {o.key: o.bid.key for o in made if o.bid is not None}
    accepted = [o.key for o in made if o.state == OfferState.ACCEPTED]
    placed = [bids.placed(bid) for bid in bids.opened_bids(session, round_.id)]
    return tender_of(round_).conclude(placed, offered, accepted)


def contracts(session: Session, round_: Round) -> list[tuple[Offer, Concluded]]:
    """Who accepted a bid that stands, each with the bid at its final price."""
    stands = {one.bid: one for one in conclusions(session, round_) if one.stands}
    return [
        (offer, stands[offer.bid.key])
        for offer in list_offers(session, round_.id)
        if offer.state == OfferState.ACCEPTED and offer.bid and offer.bid.key in stands
    ]


def decision(session: Session, round_: Round) -> Decision:
    """What is charged: the network's own fee, if it asks one, of each who has a contract."""
    if not round_.fee_cents:
        return Decision()
    states_vat = the_network(session).vat_status == VatStatus.REGISTERED
    return Decision(
        charges=tuple(
            ChargeDraft(
                participant_id=offer.participant_id,
                kind=ChargeKind.FEE,
                cents=round_.fee_cents,
                vat_bp=round_.fee_vat_bp if states_vat else None,
                pieces=1,
            )
            for offer, _ in contracts(session, round_)
        )
    )


_OFFERED = (
    select(Round.state, Round.offers_until, Round.no_deal)
    .where(Round.id == bindparam("round_id"))
    .with_for_update(read=True)
)


def _hold(session: Session, round_id: int, participant_id: int, *, now: datetime) -> Offer:
    """The offer, ours to change; the round stays as it is until our transaction ends."""
    row = session.execute(_OFFERED, {"round_id": round_id}).one()
    if row.state in (RoundState.PLANNED, RoundState.OPEN, RoundState.CLOSED):
        raise OffersNotOut
    if row.state == RoundState.CANCELLED or row.no_deal:
        raise OfferEnded
    if row.offers_until is not None and now >= row.offers_until:
        raise OfferTooLate(offers_until=row.offers_until, received_at=now)
    if row.state != RoundState.OFFERED:
        raise OfferEnded
    offer = session.scalar(
        select(Offer)
        .where(Offer.round_id == round_id, Offer.participant_id == participant_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if offer is None or offer.bid is None:
        raise NoOffer
    return offer


def _tender(session: Session, offer: Offer) -> Tendering:
    return tender_of(session.get_one(Round, offer.round_id))


def _check_acceptance(
    session: Session, offer: Offer, answers: Mapping[str, object]
) -> dict[str, Answer]:
    tender = _tender(session, offer)
    asked = tender.acceptance_questions(offer.entry, worse_off=offer.worse_off)
    details = questions.read(asked, answers)
    if problems := tender.check_acceptance(offer.entry, details):
        raise WrongAnswers(problems)
    return details


def _decide(offer: Offer, state: OfferState, *, actor: str, now: datetime) -> None:
    offer.state, offer.version = state, offer.version + 1
    offer.decided_at, offer.decided_by = now, actor


def offered(session: Session, round_id: int) -> Sequence[Offer]:
    """The offers that can be taken."""
    return [o for o in list_offers(session, round_id) if o.state != OfferState.NONE]

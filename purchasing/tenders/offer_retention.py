"""How long the answers behind offers are kept, and their end."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.orm import Session

from purchasing.invitations import tender_of
from purchasing.rounds import Round, RoundState
from purchasing.tenders.offers import Offer, OfferState

HELD = Offer.basis.is_not(None) | Offer.details.is_not(None)


def forget(session: Session, round_id: int, participant_id: int) -> None:
    """Delete what an offer rests on, and what was given with its acceptance."""
    mine = Offer.round_id == round_id, Offer.participant_id == participant_id
    _change(session, *mine, basis=None, details=None)


def leave(session: Session, participant_id: int, *, now: datetime) -> None:
    """Stay where one is in every round that still lets choose, and delete all answers."""
    mine = Offer.participant_id == participant_id
    _stay(session, mine, now=now)
    _change(session, mine, basis=None, details=None, reminds=False)


def leave_round(session: Session, round_id: int, participant_id: int, *, now: datetime) -> None:
    """Stay where one is in one round while it lets choose, and delete what the offer rests on.

    Once a contract has followed nothing changes here: its answers are kept with the contract.
    """
    choosing = select(Round.id).where(Round.id == round_id, Round.state == RoundState.OFFERED)
    mine = Offer.participant_id == participant_id
    _stay(session, mine, Offer.round_id == round_id, now=now)
    _change(session, mine, Offer.round_id.in_(choosing), basis=None, details=None)


def _stay(session: Session, *which: ColumnElement[bool], now: datetime) -> None:
    choosing = select(Round.id).where(Round.state == RoundState.OFFERED)
    offered = Offer.round_id.in_(choosing), Offer.state != OfferState.NONE
    _change(session, *which, *offered, state=OfferState.DECLINED, decided_at=now)


def _change(session: Session, *which: ColumnElement[bool], **values: object) -> None:
    session.execute(
        update(Offer).where(*which).values(**values).execution_options(synchronize_session="fetch")
    )


def rounds_to_forget(session: Session, *, now: datetime) -> list[int]:
    """Rounds whose offers still hold answers that are kept no longer."""
    ended = select(Offer.round_id, Offer.state).join(Round, Offer.round_id == Round.id)
    held: dict[int, set[OfferState]] = defaultdict(set)
    for round_id, state in session.execute(
        ended.where(Round.ended_at.is_not(None), HELD).distinct()
    ):
        held[round_id].add(state)
    rounds = session.scalars(select(Round).where(Round.id.in_(held))).all() if held else []
    return [one.id for one in rounds if held[one.id].difference(_kept_states(one, now))]


def forget_round(session: Session, round_: Round, *, now: datetime) -> None:
    """Delete the answers behind a round's offers whose days are over.

    With a contract they are kept for the room's `contract_days`, else as long as any answer.
    """
    over = Offer.round_id == round_.id, Offer.state.not_in(_kept_states(round_, now))
    _change(session, *over, basis=None, details=None)


def _kept_states(round_: Round, now: datetime) -> tuple[OfferState, ...]:
    """The offers whose answers must still be kept, by their state."""
    ended = round_.ended_at
    shortest = min((q.keep_days for q in round_.category.questions()), default=0)
    if ended is None or now < ended + timedelta(shortest):
        return tuple(OfferState)
    if now < ended + timedelta(tender_of(round_).contract_days):
        return (OfferState.ACCEPTED,)
    return ()

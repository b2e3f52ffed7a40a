"""The survey of a round: what somebody found at each home, what it comes to, and who stays.

Between closing and the offer a coordinator writes down what fits. With the offer each reads what
was found, and what is to be paid at most; until the announced moment anybody may drop out, and
also before the offer. Who says nothing stays, but not with what the survey made dearer: nobody
pays more without having said yes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    BigInteger,
    ForeignKey,
    String,
    UniqueConstraint,
    insert,
    select,
)
from sqlalchemy.orm import Mapped, Session, mapped_column

from purchasing import ordering, surveyed
from purchasing.answering import answer_once, fingerprint, first_answer
from purchasing.base import Base, insert_if_absent
from purchasing.category import Decision
from purchasing.errors import N_, Refused
from purchasing.findings import NoSurvey, NotOrdered, findings_of, hold, ordered_by
from purchasing.rounds import Round, RoundState
from purchasing.surveyed import Finding, Line, ToldLine


class Choice(StrEnum):
    SILENT = "silent"
    IN = "in"
    OUT = "out"


class ChoiceNotYet(Refused):
    message = N_("There is nothing to choose yet in this round.")


class ChoiceTooLate(Refused):
    message = N_(
        "You could choose until %(offers_until)s. Your choice arrived on %(received_at)s."
    )


class ChoiceOver(Refused):
    message = N_("Nothing can be chosen any more in this round.")


class LeftBefore(Refused):
    message = N_("You dropped out before the prices were made, so there is no offer for you.")


class SurveyLine(Base):
    """What one participant was told of one article; see surveyed.ToldLine. Never changed."""

    __tablename__ = "survey_line"
    __table_args__ = (
        UniqueConstraint("round_id", "participant_id", "item_id", name="uq_survey_line_once"),
    )

    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"))
    participant_id: Mapped[int] = mapped_column(ForeignKey("participant.id"), index=True)
    item_id: Mapped[int] = mapped_column(ForeignKey("round_item.id"))
    pieces: Mapped[int]
    unit_price: Mapped[int] = mapped_column(BigInteger)
    extra_cents: Mapped[int]
    raised: Mapped[bool]

    @property
    def told(self) -> ToldLine:
        return ToldLine(
            self.participant_id,
            self.item_id,
            self.pieces,
            self.unit_price,
            self.extra_cents,
            self.raised,
        )


class SurveyOffer(Base):
    """What one participant pays at most, told once, and what they chose. Cents with VAT."""

    __tablename__ = "survey_offer"
    __table_args__ = (UniqueConstraint("round_id", "participant_id", name="uq_survey_offer_once"),)

    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"))
    participant_id: Mapped[int] = mapped_column(ForeignKey("participant.id"), index=True)
    at_most_cents: Mapped[int | None] = mapped_column(BigInteger)  # None until it is told
    choice: Mapped[Choice] = mapped_column(String(8), default=Choice.SILENT)
    version: Mapped[int] = mapped_column(default=0)
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[str] = mapped_column(String(120), default="")


# --- what it comes to --------------------------------------------------------------------------


def present(session: Session, round_: Round, *, now: datetime) -> None:
    """Work out what each is told, and keep it. For lifecycle.offer_survey."""
    found = findings_of(session, round_.id)
    told = surveyed.tell(
        ordering.demand_of(session, round_),
        {key: Finding(one.quantity, one.extra_cents) for key, one in found.items()},
        who_left(session, round_.id),
        round_.category.decide,
    )
    if told.lines:
        session.execute(
            insert(SurveyLine.__table__),  # type: ignore[arg-type]
            [{"round_id": round_.id, **vars(line)} for line in told.lines],
        )
    _keep(session, round_.id, told.at_most)


def _keep(session: Session, round_id: int, at_most: Mapping[int, int]) -> None:
    """What each pays at most; who had dropped out and come back has a row already."""
    before = {offer.participant_id: offer for offer in offers_of(session, round_id)}
    nothing = {"round_id": round_id, "choice": Choice.SILENT, "version": 0, "decided_by": ""}
    new = [
        nothing | {"participant_id": who, "at_most_cents": cents}
        for who, cents in sorted(at_most.items())
        if who not in before
    ]
    if new:
        session.execute(insert(SurveyOffer.__table__), new)  # type: ignore[arg-type]
    for who in before.keys() & at_most.keys():
        before[who].at_most_cents = at_most[who]
    session.flush()


def decision(
    session: Session, round_: Round, *, without_suppliers: frozenset[int] = frozenset()
) -> Decision:
    """What closing decides; after a survey, for what stays of what was told."""
    demand = ordering.demand_of(session, round_, without_suppliers=without_suppliers)
    if round_.state != RoundState.OFFERED:
        return round_.category.decide(demand)
    lines = [row.told for row in lines_of(session, round_.id)]
    return surveyed.settle(demand, lines, staying(session, round_.id), round_.category.decide)


def staying(session: Session, round_id: int) -> set[Line]:
    """The lines that stay if nobody says anything more."""
    offers = {offer.participant_id: offer for offer in offers_of(session, round_id)}
    return {
        (row.participant_id, row.item_id)
        for row in lines_of(session, round_id)
        if row.pieces and stays(row, offers[row.participant_id].choice)
    }


def stays(line: SurveyLine, choice: Choice) -> bool:
    return choice == Choice.IN or (choice == Choice.SILENT and not line.raised)


def lines_of(
    session: Session, round_id: int, participant_id: int | None = None
) -> Sequence[SurveyLine]:
    query = select(SurveyLine).where(SurveyLine.round_id == round_id)
    if participant_id is not None:
        query = query.where(SurveyLine.participant_id == participant_id)
    return session.scalars(query.order_by(SurveyLine.id)).all()


def offers_of(session: Session, round_id: int) -> Sequence[SurveyOffer]:
    query = select(SurveyOffer).where(SurveyOffer.round_id == round_id)
    return session.scalars(query.order_by(SurveyOffer.id)).all()


def offer_of(session: Session, round_id: int, participant_id: int) -> SurveyOffer | None:
    return session.scalar(
        select(SurveyOffer)
        .where(SurveyOffer.round_id == round_id, SurveyOffer.participant_id == participant_id)
        .execution_options(populate_existing=True)
    )


def count_choices(session: Session, round_id: int) -> dict[str, int]:
    """How many said what, by Choice."""
    counts = dict.fromkeys(map(str, Choice), 0)
    for offer in offers_of(session, round_id):
        counts[str(offer.choice)] += 1
    return counts


def who_left(session: Session, round_id: int) -> frozenset[int]:
    """Who has dropped out, by participant id."""
    out = SurveyOffer.round_id == round_id, SurveyOffer.choice == Choice.OUT
    return frozenset(session.scalars(select(SurveyOffer.participant_id).where(*out)))


# --- who stays ---------------------------------------------------------------------------------


def choose(
    session: Session,
    round_id: int,
    participant_id: int,
    *,
    stay: bool,
    key: str,
    actor: str,
    now: datetime,
) -> dict[str, Any]:
    """Stay in, with all that was told, or drop out; also the other way round, while it is time.

    Before anything was told, to stay is no yes to a price: it only takes a dropping out back.
    Returns {"version": n}. Raises NoSurvey, ChoiceNotYet, ChoiceTooLate, ChoiceOver, NotOrdered,
    LeftBefore, FormReused.
    """
    print_ = fingerprint("survey", round_id, participant_id, stay)
    if (first := first_answer(session, key, print_)) is not None:
        return first
    state = _state_in_time(session, round_id, now=now)
    if not ordered_by(session, round_id, participant_id):
        raise NotOrdered
    _offer_row(session, round_id, participant_id)
    offer = _locked(session, round_id, participant_id)
    if state == RoundState.OFFERED and offer.at_most_cents is None:
        raise LeftBefore
    yes = Choice.IN if state == RoundState.OFFERED else Choice.SILENT
    offer.choice, offer.version = yes if stay else Choice.OUT, offer.version + 1
    offer.decided_at, offer.decided_by = now, actor
    session.flush()
    return answer_once(session, key, print_, {"version": offer.version}, now=now)


def _state_in_time(session: Session, round_id: int, *, now: datetime) -> RoundState:
    row = hold(session, round_id)
    if not row.choose_days:
        raise NoSurvey
    if row.state in (RoundState.PLANNED, RoundState.OPEN):
        raise ChoiceNotYet
    if row.offers_until is not None and now >= row.offers_until:
        raise ChoiceTooLate(offers_until=row.offers_until, received_at=now)
    if row.state not in (RoundState.CLOSED, RoundState.OFFERED):
        raise ChoiceOver
    return RoundState(row.state)


def _offer_row(session: Session, round_id: int, participant_id: int) -> None:
    insert_if_absent(
        session,
        SurveyOffer,
        round_id=round_id,
        participant_id=participant_id,
        choice=Choice.SILENT,
        version=0,
        decided_by="",
    )


def _locked(session: Session, round_id: int, participant_id: int) -> SurveyOffer:
    return session.scalars(
        select(SurveyOffer)
        .where(SurveyOffer.round_id == round_id, SurveyOffer.participant_id == participant_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()

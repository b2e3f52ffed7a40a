"""What a participant says was missing or broken after the hand-out, and what was decided of it.

A report and its decision are rows of their own and never change. What is credited the network
carries, until a supplier makes it good.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, String, select
from sqlalchemy.orm import Mapped, Session, joinedload, mapped_column, relationship

from purchasing import errands
from purchasing.base import Base, insert_if_absent
from purchasing.books import accounts, corrections, ledger, settlement
from purchasing.books.differences import Why, correction, outcome_of
from purchasing.books.ledger import Booking
from purchasing.category import ChargeDraft, ChargeKind
from purchasing.commitments import Commitment
from purchasing.deliveries import photos
from purchasing.deliveries.photos import Picture
from purchasing.errors import N_, Refused
from purchasing.money import Cents, half_up
from purchasing.people import Participant
from purchasing.rounds import Round, RoundEvent, RoundItem, RoundState

REPORTED_IN = (RoundState.DELIVERED, RoundState.SETTLED)
MAY_REPORT = timedelta(days=7)  # after the goods came


class ItemReport(Base):
    """So many pieces were missing or broken, says who got them."""

    __tablename__ = "item_report"
    __table_args__ = (CheckConstraint("pieces > 0", name="pieces"),)

    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"), index=True)
    item_id: Mapped[int] = mapped_column(ForeignKey("round_item.id"))
    participant_id: Mapped[int] = mapped_column(ForeignKey("participant.id"), index=True)
    pieces: Mapped[int]
    text: Mapped[str] = mapped_column(String(300))
    at: Mapped[datetime]
    by: Mapped[str] = mapped_column(String(120))
    key: Mapped[str] = mapped_column(String(120), unique=True)

    item: Mapped[RoundItem] = relationship()
    participant: Mapped[Participant] = relationship()
    decision: Mapped[ReportDecision | None] = relationship(back_populates="report")


class ReportDecision(Base):
    """One decision about a report. `number` is the credit note's, where it was credited."""

    __tablename__ = "report_decision"

    report_id: Mapped[int] = mapped_column(ForeignKey("item_report.id"), unique=True)
    number: Mapped[str] = mapped_column(String(24))
    reason: Mapped[str] = mapped_column(String(200))
    at: Mapped[datetime]
    by: Mapped[str] = mapped_column(String(120))

    report: Mapped[ItemReport] = relationship(back_populates="decision")


class ReportTooLate(Refused):
    message = N_("You can tell us of this until seven days after the goods came. Call us.")


class NothingToReport(Refused):
    message = N_("You got at most %(pieces)s of it that you have not told us of.")


class SayWhat(Refused):
    message = N_("Say in a few words what was wrong.")


class SayWhy(Refused):
    message = N_("Say why. Who it is for gets to read it.")


class SettleFirst(Refused):
    message = N_("Settle the round first: then it can be credited.")


class DecidedBefore(Refused):
    message = N_("Somebody has decided about this already.")


def report(
    session: Session,
    round_: Round,
    item: RoundItem,
    participant_id: int,
    pieces: int,
    *,
    text: str,
    pictures: Sequence[Picture] = (),
    key: str,
    actor: str,
    now: datetime,
) -> bool:
    """Tell that pieces were missing or broken; the same key again changes nothing.

    Raises ReportTooLate, SayWhat, NothingToReport, TooManyPhotos.
    """
    if not may_report(session, [round_.id], now=now):
        raise ReportTooLate
    if not text.strip():
        raise SayWhat
    left = can_be_reported(session, round_, participant_id).get(item.id, 0)
    if not 0 < pieces <= left and not _is_known(session, key):
        raise NothingToReport(pieces=left)
    told = insert_if_absent(
        session,
        ItemReport,
        round_id=round_.id,
        item_id=item.id,
        participant_id=participant_id,
        pieces=pieces,
        text=text.strip()[:300],
        at=now,
        by=actor,
        key=key,
    )
    if told and pictures:
        report_id = session.scalars(select(ItemReport.id).where(ItemReport.key == key)).one()
        owner = {"round_id": round_.id, "item_id": item.id, "participant_id": participant_id}
        photos.take_of_report(session, report_id, owner, pictures, key=key, actor=actor, now=now)
    return told


def decide(
    session: Session,
    one: ItemReport,
    *,
    credit: bool,
    with_deposit: bool = True,
    reason: str,
    actor: str,
    now: datetime,
) -> None:
    """Credit what was reported, or not; who reported it hears why by mail.

    `with_deposit` gives its deposit back too, for who has no bottle or crate to hand in.
    Raises SayWhy, SettleFirst, DecidedBefore.
    """
    round_ = session.get_one(Round, one.round_id, with_for_update=True)
    session.refresh(one)
    if one.decision is not None:
        raise DecidedBefore
    if not reason.strip():
        raise SayWhy
    if credit and round_.state != RoundState.SETTLED:
        raise SettleFirst
    back = _back(session, one, with_deposit) if credit else []
    number = _credit(session, round_, one, back, reason.strip(), now=now) if credit else ""
    words = reason.strip()[:200]
    one.decision = ReportDecision(number=number, reason=words, at=now, by=actor)
    session.flush()
    if not credit:
        _tell(session, one, now=now)


def may_report(session: Session, round_ids: Collection[int], *, now: datetime) -> set[int]:
    """Those of these rounds whose goods came, and not longer ago than one may tell of it."""
    rows = session.scalars(
        select(RoundEvent.round_id)
        .join(Round, Round.id == RoundEvent.round_id)
        .where(
            RoundEvent.round_id.in_(round_ids),
            RoundEvent.move == "receive",
            RoundEvent.at > now - MAY_REPORT,
            Round.state.in_(REPORTED_IN),
        )
    )
    return set(rows)


def can_be_reported(session: Session, round_: Round, participant_id: int) -> dict[int, int]:
    """Pieces that a participant got and has not told of, by article."""
    shares = outcome_of(session, round_).arrival.shares
    got = {s.item_id: s.given for s in shares if s.participant_id == participant_id and s.given}
    for one in list_reports(session, round_.id, [participant_id]):
        got[one.item_id] = got.get(one.item_id, 0) - one.pieces
    return {item_id: pieces for item_id, pieces in got.items() if pieces > 0}


def list_reports(
    session: Session, round_id: int, participant_ids: Collection[int] | None = None
) -> list[ItemReport]:
    """What was reported in a round (by these), the oldest first."""
    query = select(ItemReport).where(ItemReport.round_id == round_id).order_by(ItemReport.id)
    if participant_ids is not None:
        query = query.where(ItemReport.participant_id.in_(participant_ids))
    load = joinedload(ItemReport.item), joinedload(ItemReport.participant)
    return list(session.scalars(query.options(*load, joinedload(ItemReport.decision))))


def facts_of(
    session: Session, participant_id: int, names: Mapping[int, str]
) -> list[tuple[int, dict[str, Any]]]:
    """What a participant told and what was decided of it, by round; `names` of articles."""
    mine = select(ItemReport).where(ItemReport.participant_id == participant_id)
    return [
        (
            one.round_id,
            {
                "article": names[one.item_id],
                "pieces": one.pieces,
                "what": one.text,
                "told_at": one.at.isoformat(),
                "credited_by": one.decision.number if one.decision else None,
                "why": one.decision.reason if one.decision else None,
            },
        )
        for one in session.scalars(mine.options(joinedload(ItemReport.decision)))
    ]


def _is_known(session: Session, key: str) -> bool:
    return session.scalar(select(ItemReport.id).where(ItemReport.key == key)) is not None


def _credit(
    session: Session,
    round_: Round,
    one: ItemReport,
    back: Sequence[ChargeDraft],
    reason: str,
    *,
    now: datetime,
) -> str:
    """A credit note for what is given back; its number. What it costs the network carries."""
    mine = one.participant_id
    before = _charges_of(session, one)
    told = {"reason": str(Why.BY_HAND), "text": reason}
    items = {item.id: item for item in round_.items}
    change = correction(mine, before, [*before, *back], items, lambda _: told)
    settlement.write_charges(session, round_, change.lines)
    first = corrections.first_papers(session, round_.id)
    (number,) = corrections.book(session, round_, [change], first, [f"reports:{one.id}"], now=now)
    paid = Booking(
        f"carried-report:{one.id}", f"{number} {round_.title}"[:200], _carried(round_, back)
    )
    ledger.post(session, [paid], round_id=round_.id, at=now)
    return number


def _carried(round_: Round, back: Iterable[ChargeDraft]) -> dict[str, Cents]:
    """What is lost to us: goods that the round was paid for, deposit that no supplier returns."""
    lost: dict[str, Cents] = defaultdict(int)
    for charge in back:
        deposit = charge.kind == ChargeKind.DEPOSIT
        account = accounts.DEPOSITS_PAID if deposit else accounts.of_round(round_.id)
        lost[account] += charge.cents
        lost[accounts.CARRIED] -= charge.cents
    return dict(lost)


def _charges_of(session: Session, one: ItemReport) -> list[ChargeDraft]:
    charges = settlement.list_charges(session, one.round_id)
    return [charge for charge in charges if charge.participant_id == one.participant_id]


def _back(session: Session, one: ItemReport, with_deposit: bool) -> list[ChargeDraft]:
    """The charges that take back the reported pieces: their part of the price, of the deposit."""
    kinds = [ChargeKind.ARTICLE, *([ChargeKind.DEPOSIT] if with_deposit else [])]
    charges = [charge for charge in _charges_of(session, one) if charge.item_id == one.item_id]
    found = (_part([c for c in charges if c.kind == kind], one.pieces) for kind in kinds)
    return [charge for charge in found if charge is not None]


def _part(charged: Sequence[ChargeDraft], pieces: int) -> ChargeDraft | None:
    """So many pieces of what was charged, the other way; None where nothing was."""
    held = sum(charge.pieces for charge in charged)
    if held <= 0:
        return replace(charged[0], cents=0, pieces=-pieces, milli=None) if charged else None
    cents = half_up(sum(charge.cents for charge in charged) * min(pieces, held), held)
    return replace(charged[0], cents=-cents, pieces=-pieces, milli=None)


def _tell(session: Session, one: ItemReport, *, now: datetime) -> None:
    """A mail that says why it is not credited; a credit note has a mail of its own."""
    query = select(Commitment.id).where(
        Commitment.round_id == one.round_id, Commitment.participant_id == one.participant_id
    )
    for commitment_id in session.scalars(query):
        errands.ask(
            session,
            errands.Kind.MAIL_NEWS,
            f"report-{one.id}:{commitment_id}",
            round_id=one.round_id,
            recipient=one.participant.name,
            now=now,
        )

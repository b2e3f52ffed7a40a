"""What a coordinator did with a supplier's answer: which lines are announced, and who is told.

A decision is append-only, one for each answer; the last one is in force. It holds all lines of
the order, so that it can be read alone. Nobody is charged here: the delivery does that.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, String, Text, func, select
from sqlalchemy.orm import Mapped, Session, joinedload, mapped_column, relationship, selectinload

from purchasing import errands
from purchasing.base import Base
from purchasing.commitments import Commitment
from purchasing.deliveries.answer_links import AlreadyThere, last_moment, mail_to_supplier
from purchasing.deliveries.resharing import Offered, offered_by
from purchasing.deliveries.supplier_answers import SupplierAnswer, latest_answer
from purchasing.errors import N_, Refused
from purchasing.ordering import SupplierOrder, SupplierOrderLine
from purchasing.rounds import Round, RoundState

LineTerms = tuple[int, int]  # pieces, and millionths per unit
InForce = dict[int, LineTerms]  # by line


class DecidedAlready(Refused):
    message = N_("Somebody has decided about this answer already.")


class NewerAnswer(Refused):
    message = N_("The supplier has answered again. Look at the newest answer first.")


class NoTimeToReply(Refused):
    message = N_("Give those affected a moment to reply: after now, and before the delivery.")


class AnswerDecision(Base):
    """One decision about one answer. `reply_until`: until then those affected may say no."""

    __tablename__ = "answer_decision"

    supplier_order_id: Mapped[int] = mapped_column(ForeignKey("supplier_order.id"), index=True)
    answer_id: Mapped[int] = mapped_column(ForeignKey("supplier_answer.id"), unique=True)
    reply_until: Mapped[datetime | None]
    note: Mapped[str] = mapped_column(Text)
    decided_at: Mapped[datetime]
    decided_by: Mapped[str] = mapped_column(String(120))

    answer: Mapped[SupplierAnswer] = relationship()
    order: Mapped[SupplierOrder] = relationship()
    lines: Mapped[list[AnnouncedLine]] = relationship(order_by="AnnouncedLine.id")


class AnnouncedLine(Base):
    """One line of the order as it is in force from a decision on."""

    __tablename__ = "announced_line"

    decision_id: Mapped[int] = mapped_column(ForeignKey("answer_decision.id"), index=True)
    line_id: Mapped[int] = mapped_column(ForeignKey("supplier_order_line.id"), index=True)
    pieces: Mapped[int]
    unit_price: Mapped[int] = mapped_column(BigInteger)


class AnnouncedShare(Base):
    """What a decision means for one participant: `before` pieces were theirs, `offered` are."""

    __tablename__ = "announced_share"

    decision_id: Mapped[int] = mapped_column(ForeignKey("answer_decision.id"), index=True)
    line_id: Mapped[int] = mapped_column(ForeignKey("supplier_order_line.id"))
    participant_id: Mapped[int] = mapped_column(ForeignKey("participant.id"), index=True)
    before: Mapped[int]
    offered: Mapped[int]
    unit_price: Mapped[int] = mapped_column(BigInteger)

    decision: Mapped[AnswerDecision] = relationship()
    line: Mapped[SupplierOrderLine] = relationship()


@dataclass(frozen=True)
class Announced:
    """What is expected of one line: pieces, and millionths per unit without VAT."""

    pieces: int
    unit_price: int


def announced_of(session: Session, order: SupplierOrder) -> dict[int, Announced]:
    """What is announced of an order, by line; empty while nothing is.

    As the last decision has it. Without one, as ordered if the supplier's last answer says so.
    """
    decided = _decided(session, [order.id]).get(order.id)
    if decided is None:
        answer = latest_answer(session, order.id)
        if answer is None or _said(answer) != _ordered(order):
            return {}
        decided = _ordered(order)
    return {line_id: Announced(*terms) for line_id, terms in decided.items()}


def decide(
    session: Session,
    answer: SupplierAnswer,
    *,
    accepted: Collection[int],
    reply_until: datetime | None,
    note: str,
    actor: str,
    now: datetime,
) -> AnswerDecision:
    """Take over the `accepted` lines of an answer; all others stay as they are in force.

    Those whose share or price changes are told, once, and may reply until `reply_until`; the
    supplier is told too. Raises DecidedAlready, NewerAnswer, AlreadyThere, NoTimeToReply.
    """
    order = _hold(session, answer)
    before = in_force(session, order)
    said = _said(answer)
    after = {line: said[line] if line in accepted else terms for line, terms in before.items()}
    shares = offered_by(session, order, after)
    if _asks(order, shares) and not _is_time(session, order, reply_until, now):
        raise NoTimeToReply
    decision = AnswerDecision(
        supplier_order_id=order.id,
        answer_id=answer.id,
        reply_until=reply_until if _asks(order, shares) else None,
        note=" ".join(note.split())[:500],
        decided_at=now,
        decided_by=actor,
        lines=[AnnouncedLine(line_id=k, pieces=p, unit_price=u) for k, (p, u) in after.items()],
    )
    told_before = _told_before(session, order)
    session.add(decision)
    session.flush()
    _tell(session, decision, _write(session, decision, shares, told_before), now=now)
    mail_to_supplier(session, f"decided:{decision.id}", order, now=now)
    return decision


def in_force(session: Session, order: SupplierOrder) -> InForce:
    """The terms of each line now: as last decided, else as ordered."""
    return _decided(session, [order.id]).get(order.id) or _ordered(order)


def list_decisions(session: Session, order_id: int) -> list[AnswerDecision]:
    """All decisions about an order, the oldest first."""
    query = select(AnswerDecision).where(AnswerDecision.supplier_order_id == order_id)
    loaded = query.options(selectinload(AnswerDecision.lines))
    return list(session.scalars(loaded.order_by(AnswerDecision.id)))


def list_waiting(session: Session) -> list[SupplierAnswer]:
    """The newest answers that differ from what is in force and wait for a coordinator.

    In a fixed number of queries, however many there are.
    """
    newest = select(func.max(SupplierAnswer.id)).group_by(SupplierAnswer.supplier_order_id)
    order = joinedload(SupplierAnswer.order)
    answers = session.scalars(
        select(SupplierAnswer)
        .join(SupplierOrder, SupplierOrder.id == SupplierAnswer.supplier_order_id)
        .join(Round, Round.id == SupplierOrder.round_id)
        .outerjoin(AnswerDecision, AnswerDecision.answer_id == SupplierAnswer.id)
        .where(
            SupplierAnswer.id.in_(newest.scalar_subquery()),
            Round.state == RoundState.ORDERED,
            AnswerDecision.id.is_(None),
        )
        .options(selectinload(SupplierAnswer.lines))
        .options(order.selectinload(SupplierOrder.lines))
        .options(order.joinedload(SupplierOrder.supplier))
        .order_by(SupplierAnswer.id)
    ).all()
    decided = _decided(session, [one.supplier_order_id for one in answers])
    return [
        one
        for one in answers
        if _said(one) != (decided.get(one.supplier_order_id) or _ordered(one.order))
    ]


def waits(session: Session, answer: SupplierAnswer) -> bool:
    """Whether this very answer needs a decision."""
    return any(one.id == answer.id for one in list_waiting(session))


def _said(answer: SupplierAnswer) -> InForce:
    return {line.line_id: (line.pieces, line.unit_price) for line in answer.lines}


def _ordered(order: SupplierOrder) -> InForce:
    return {line.id: (line.pieces, line.unit_price) for line in order.lines}


def _decided(session: Session, order_ids: Iterable[int]) -> dict[int, InForce]:
    """What the last decision about each of these orders says, of those that have one."""
    last = (
        select(func.max(AnswerDecision.id))
        .where(AnswerDecision.supplier_order_id.in_(list(order_ids)))
        .group_by(AnswerDecision.supplier_order_id)
    )
    rows = session.execute(
        select(
            AnswerDecision.supplier_order_id,
            AnnouncedLine.line_id,
            AnnouncedLine.pieces,
            AnnouncedLine.unit_price,
        )
        .join(AnnouncedLine, AnnouncedLine.decision_id == AnswerDecision.id)
        .where(AnswerDecision.id.in_(last.scalar_subquery()))
        .order_by(AnnouncedLine.id)
    )
    found: dict[int, InForce] = {}
    for order_id, line_id, pieces, unit_price in rows:
        found.setdefault(order_id, {})[line_id] = (pieces, unit_price)
    return found


def _hold(session: Session, answer: SupplierAnswer) -> SupplierOrder:
    """The order, ours until the transaction ends, if this answer may be decided about."""
    order = session.scalars(
        select(SupplierOrder).where(SupplierOrder.id == answer.supplier_order_id).with_for_update()
    ).one()
    newest = latest_answer(session, order.id)
    made = select(AnswerDecision.id).where(AnswerDecision.answer_id == answer.id)
    if session.scalar(made) is not None:
        raise DecidedAlready
    if newest is None or newest.id != answer.id:
        raise NewerAnswer
    if session.get_one(Round, order.round_id).state != RoundState.ORDERED:
        raise AlreadyThere
    return order


def _asks(order: SupplierOrder, shares: Sequence[Offered]) -> bool:
    """Whether somebody is offered less, or something dearer: then there must be time to reply."""
    ordered = {line.id: line.unit_price for line in order.lines}
    return any(one.asks(ordered[one.line_id]) for one in shares)


def _is_time(
    session: Session, order: SupplierOrder, until: datetime | None, now: datetime
) -> bool:
    round_ = session.get_one(Round, order.round_id)
    return until is not None and now < until <= last_moment(session, round_, now=now)


def _told_before(session: Session, order: SupplierOrder) -> Mapping[tuple[int, int], LineTerms]:
    """What each participant was told last, by line and participant."""
    rows = session.execute(
        select(
            AnnouncedShare.line_id,
            AnnouncedShare.participant_id,
            AnnouncedShare.offered,
            AnnouncedShare.unit_price,
        )
        .join(AnswerDecision, AnswerDecision.id == AnnouncedShare.decision_id)
        .where(AnswerDecision.supplier_order_id == order.id)
        .order_by(AnnouncedShare.id)
    )
    return {(line, who): (offered, price) for line, who, offered, price in rows}


def _write(
    session: Session,
    decision: AnswerDecision,
    shares: Sequence[Offered],
    told_before: Mapping[tuple[int, int], LineTerms],
) -> set[int]:
    """Keep what is otherwise than ordered or told before; returns who must be told now."""
    ordered = {line.id: line.unit_price for line in decision.order.lines}
    tell: set[int] = set()
    for one in shares:
        usual = (one.before, ordered[one.line_id])
        terms = (one.offered, one.unit_price)
        known = told_before.get((one.line_id, one.participant_id), usual)
        if terms == usual == known:
            continue
        session.add(AnnouncedShare(decision_id=decision.id, **vars(one)))
        if terms != known:
            tell.add(one.participant_id)
    session.flush()
    return tell


def _tell(session: Session, decision: AnswerDecision, who: set[int], *, now: datetime) -> None:
    rows = session.scalars(
        select(Commitment)
        .where(Commitment.round_id == decision.order.round_id, Commitment.participant_id.in_(who))
        .options(joinedload(Commitment.participant))
        .order_by(Commitment.id)
    )
    errands.ask_many(
        session,
        errands.Kind.MAIL_CHANGE,
        [(f"{decision.id}:{one.id}", one.participant.name) for one in rows],
        priority=errands.Priority.AWAITED,
        round_id=decision.order.round_id,
        now=now,
    )

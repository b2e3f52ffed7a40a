"""What participants say to less, or to another price: yes, no, or fewer. Append-only.

Who says nothing gets less than ordered, but never pays more: silence is a yes to fewer pieces,
and a no to a higher price.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, func, select
from sqlalchemy.orm import Mapped, Session, joinedload, mapped_column

from purchasing.answering import answer_once, fingerprint, first_answer
from purchasing.base import Base
from purchasing.deliveries.announcements import AnnouncedShare, AnswerDecision
from purchasing.errors import N_, Refused
from purchasing.money import parse_quantity
from purchasing.ordering import SupplierOrder, SupplierOrderLine
from purchasing.rounds import Round, RoundItem, RoundState

YES, NO, LESS = "yes", "no", "less"


class ReplyTooLate(Refused):
    message = N_("You could reply until %(until)s. Call us if something is not right.")


class NotYourChange(Refused):
    message = N_("This has changed in the meantime. Look at the page again.")


class NotSoManyOffered(Refused):
    message = N_("“%(text)s” cannot be: choose a number that is less than what is offered.")


class WrongReplies(Refused):
    """What is wrong, by the id of the share."""

    message = N_("Something in this reply is not right yet.")

    def __init__(self, problems: Mapping[int, Refused]) -> None:
        super().__init__()
        self.problems = dict(problems)


class ShareReply(Base):
    """So many of the offered pieces are wanted. The last reply of a share counts."""

    __tablename__ = "share_reply"

    share_id: Mapped[int] = mapped_column(ForeignKey("announced_share.id"), index=True)
    accepted: Mapped[int]
    at: Mapped[datetime]


@dataclass(frozen=True)
class Change:
    """One line that is otherwise for one participant. `replied` is None while silent."""

    share: AnnouncedShare
    item: RoundItem
    until: datetime | None
    replied: int | None

    @property
    def ordered_price(self) -> int:
        return self.share.line.unit_price

    @property
    def dearer(self) -> bool:
        return self.share.unit_price > self.ordered_price

    @property
    def asks(self) -> bool:
        """Whether there is something to say yes or no to."""
        less = self.share.offered < self.share.before
        return self.share.offered > 0 and (less or self.dearer)

    @property
    def accepted(self) -> int:
        """The pieces that count: as replied, else by what silence means."""
        if self.replied is not None:
            return self.replied
        return 0 if self.dearer else self.share.offered

    @property
    def declined(self) -> int:
        return self.share.offered - self.accepted


def changes_of(session: Session, order: SupplierOrder) -> list[Change]:
    """All that the decision in force changes for anybody."""
    return _changes(session, AnswerDecision.supplier_order_id == order.id)


def changes_for(session: Session, round_id: int, participant_id: int) -> list[Change]:
    """What is otherwise for one participant in one round, over all its suppliers."""
    mine = AnnouncedShare.participant_id == participant_id
    return _changes(session, SupplierOrder.round_id == round_id, mine)


def facts_of(
    session: Session, participant_id: int, round_ids: Iterable[int]
) -> list[tuple[int, dict[str, Any]]]:
    """What changed for a participant and what was replied, by round; None for silence."""
    return [
        (
            round_id,
            {
                "article": one.item.name,
                "pieces_before": one.share.before,
                "pieces_offered": one.share.offered,
                "price_millionths": one.share.unit_price,
                "pieces_replied": one.replied,
            },
        )
        for round_id in round_ids
        for one in changes_for(session, round_id, participant_id)
    ]


def declined_of(session: Session, order: SupplierOrder) -> dict[tuple[int, int], int]:
    """Pieces that are offered and not wanted, by (line, participant); the delivery heeds it."""
    return {
        (one.share.line_id, one.share.participant_id): one.declined
        for one in changes_of(session, order)
        if one.declined
    }


def list_open_changes(
    session: Session, participant_ids: Iterable[int], *, now: datetime
) -> list[tuple[Round, int, list[Change]]]:
    """Where one of these may still reply: the round, the participant, what is otherwise."""
    mine = AnnouncedShare.participant_id.in_(list(participant_ids))
    found: dict[tuple[int, int], list[Change]] = {}
    for one in _changes(session, mine, AnswerDecision.reply_until > now):
        key = (one.item.round_id, one.share.participant_id)
        found.setdefault(key, []).append(one)
    rounds = {round_id: session.get_one(Round, round_id) for round_id, _ in found}
    return [
        (rounds[round_id], who, changes)
        for (round_id, who), changes in found.items()
        if rounds[round_id].state == RoundState.ORDERED and any(one.asks for one in changes)
    ]


def reply(
    session: Session,
    round_id: int,
    participant_id: int,
    raw: Mapping[str, str],
    *,
    key: str,
    now: datetime,
) -> dict[str, Any]:
    """Keep what a participant says, share by share: `s<id>` yes, no or less, `q<id>` how many.

    Returns {"replies": n}; a replay gets the first answer. Raises ReplyTooLate, NotYourChange,
    WrongReplies, FormReused, SavedAlready.
    """
    print_ = fingerprint("share reply", round_id, participant_id, sorted(raw.items()))
    if (first := first_answer(session, key, print_)) is not None:
        return first
    round_ = session.scalars(
        select(Round)
        .where(Round.id == round_id)
        .with_for_update(read=True)
        .execution_options(populate_existing=True)
    ).one()
    asked = {one.share.id: one for one in changes_for(session, round_id, participant_id)}
    chosen = {int(k[1:]): raw[k] for k in raw if k[:1] == "s" and k[1:].isdecimal()}
    if not chosen or not chosen.keys() <= {one for one in asked if asked[one].asks}:
        raise NotYourChange
    _refuse_late([asked[share_id] for share_id in chosen], round_, now)
    for share_id, pieces in _read(asked, chosen, raw).items():
        session.add(ShareReply(share_id=share_id, accepted=pieces, at=now))
    session.flush()
    return answer_once(session, key, print_, {"replies": len(chosen)}, now=now)


def _refuse_late(changes: Iterable[Change], round_: Round, now: datetime) -> None:
    for one in changes:
        if one.until is None or now >= one.until or round_.state != RoundState.ORDERED:
            raise ReplyTooLate(until=one.until or now)


def _read(
    asked: Mapping[int, Change], chosen: Mapping[int, str], raw: Mapping[str, str]
) -> dict[int, int]:
    read: dict[int, int] = {}
    problems: dict[int, Refused] = {}
    for share_id, said in chosen.items():
        one = asked[share_id]
        try:
            read[share_id] = _pieces(one, said, raw.get(f"q{share_id}", "").strip()[:40])
        except Refused as refusal:
            problems[share_id] = refusal
    if problems:
        raise WrongReplies(problems)
    return read


def _pieces(one: Change, said: str, text: str) -> int:
    if said != LESS:
        return one.share.offered if said == YES else 0
    pieces = parse_quantity(text, one.item.piece_milli)
    if not 0 < pieces < one.share.offered:
        raise NotSoManyOffered(text=text)
    return pieces


def _changes(session: Session, *conditions: Any) -> list[Change]:
    """Shares of the decisions in force, with the last reply to the same terms."""
    last = select(func.max(AnswerDecision.id)).group_by(AnswerDecision.supplier_order_id)
    rows = session.execute(
        select(AnnouncedShare, RoundItem, AnswerDecision.reply_until)
        .join(AnswerDecision, AnswerDecision.id == AnnouncedShare.decision_id)
        .join(SupplierOrder, SupplierOrder.id == AnswerDecision.supplier_order_id)
        .join(SupplierOrderLine, SupplierOrderLine.id == AnnouncedShare.line_id)
        .join(RoundItem, RoundItem.id == SupplierOrderLine.item_id)
        .where(AnswerDecision.id.in_(last.scalar_subquery()), *conditions)
        .options(joinedload(AnnouncedShare.line))
        .order_by(RoundItem.position, RoundItem.id, AnnouncedShare.participant_id)
    ).all()
    replies = _replies(session, [share for share, _, _ in rows])
    return [Change(share, item, until, replies.get(_terms(share))) for share, item, until in rows]


def _replies(session: Session, shares: list[AnnouncedShare]) -> dict[tuple[int, ...], int]:
    """The last reply to each of these terms: said once, it holds while they stay the same."""
    rows = session.execute(
        select(AnnouncedShare, ShareReply.accepted)
        .join(ShareReply, ShareReply.share_id == AnnouncedShare.id)
        .where(
            AnnouncedShare.line_id.in_({share.line_id for share in shares}),
            AnnouncedShare.participant_id.in_({share.participant_id for share in shares}),
        )
        .order_by(ShareReply.id)
    )
    return {_terms(share): accepted for share, accepted in rows}


def _terms(share: AnnouncedShare) -> tuple[int, ...]:
    return (share.line_id, share.participant_id, share.offered, share.unit_price)

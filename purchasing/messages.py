"""A coordinator's own words to who takes part in a round, each told once and by mail."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, String, Text, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from purchasing import errands, news, reminders
from purchasing.base import Base
from purchasing.commitments import Commitment
from purchasing.errors import N_, Refused
from purchasing.rounds import Round

LONGEST = 4000


class Audience(StrEnum):
    """To whom. Who withdrew belongs to none of them."""

    TAKING_PART = "taking_part"  # who ordered or signed up, or chose something
    ORDERED = "ordered"
    DRAFT = "draft"  # who chose something that does not count yet


class NothingSaid(Refused):
    message = N_("Write something first.")


class NobodyThere(Refused):
    message = N_("There is nobody to send this to.")


class RoundMessage(Base):
    """What was sent, to how many. Without text it is the reminder in each one's own language."""

    __tablename__ = "round_message"

    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"), index=True)
    key: Mapped[str] = mapped_column(String(64), unique=True)
    audience: Mapped[Audience] = mapped_column(String(12))
    subject: Mapped[str] = mapped_column(String(120), default="")
    text: Mapped[str] = mapped_column(Text, default="")
    recipients: Mapped[int]
    sent_by: Mapped[str] = mapped_column(String(120))
    sent_at: Mapped[datetime]


def list_audience(session: Session, round_: Round, audience: Audience) -> list[Commitment]:
    """Who would get a message now, in a fixed number of queries."""
    drafts = {commitment_id for commitment_id, _ in reminders.with_a_draft(session, round_)}
    present = news.who_takes_part(session, round_)
    if audience == Audience.DRAFT:
        return [one for one in present if one.id in drafts]
    ordered = [one for one in present if one.ordered_at is not None]
    if audience == Audience.ORDERED:
        return ordered
    return [one for one in present if one.ordered_at is not None or one.id in drafts]


def send(
    session: Session,
    round_: Round,
    *,
    audience: Audience,
    subject: str,
    text: str,
    key: str,
    actor: str,
    now: datetime,
) -> RoundMessage:
    """Ask for one mail to each of `audience`. The same `key` again is the same message.

    Only to drafts one may send without words: they get the reminder. Raises NothingSaid,
    NobodyThere.
    """
    first = session.scalar(select(RoundMessage).where(RoundMessage.key == key))
    if first is not None:
        return first
    words = text.strip()[:LONGEST]
    if not words and audience != Audience.DRAFT:
        raise NothingSaid
    present = list_audience(session, round_, audience)
    if not present:
        raise NobodyThere
    message = RoundMessage(
        round_id=round_.id,
        key=key,
        audience=audience,
        subject=" ".join(subject.split())[:120],
        text=words,
        recipients=len(present),
        sent_by=actor,
        sent_at=now,
    )
    session.add(message)
    session.flush()  # two at once: the second finds its key taken, and nothing is sent twice
    errands.ask_many(
        session,
        errands.Kind.MAIL_MESSAGE,
        [(f"{message.id}:{one.id}", one.participant.name) for one in present],
        priority=errands.Priority.NEWS if words else errands.Priority.AWAITED,
        round_id=round_.id,
        now=now,
    )
    return message


def list_sent(session: Session, round_id: int) -> list[RoundMessage]:
    """What was sent about a round, the newest first."""
    query = select(RoundMessage).where(RoundMessage.round_id == round_id)
    return list(session.scalars(query.order_by(RoundMessage.id.desc())))

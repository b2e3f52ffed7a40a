"""A supplier answers an order by a link of its own, without an account, until the delivery."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import ForeignKey, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from purchasing import errands
from purchasing.base import Base
from purchasing.calendar import planned_utc
from purchasing.errors import N_, Refused
from purchasing.invitations import LinkRevoked
from purchasing.ordering import SupplierOrder
from purchasing.people import the_network
from purchasing.rounds import Round, RoundState

WITHOUT_A_DAY = timedelta(days=30)


class AnswerTooLate(Refused):
    message = N_("You could answer until %(until)s. Please call us.")


class AlreadyThere(Refused):
    message = N_("This order has been delivered already. Please call us.")


class NothingToAnswer(Refused):
    message = N_("This order has no lines that a supplier could answer to.")


class NoAddressToAnswer(Refused):
    message = N_("%(name)s has no mail address yet, and a link can only go by mail.")


class AnswerLink(Base):
    """One link for one order. A new one takes the place of the one before."""

    __tablename__ = "answer_link"

    supplier_order_id: Mapped[int] = mapped_column(ForeignKey("supplier_order.id"), index=True)
    made_at: Mapped[datetime]
    made_by: Mapped[str] = mapped_column(String(120))
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    revoked_by: Mapped[str] = mapped_column(String(120), default="")

    order: Mapped[SupplierOrder] = relationship()

    @property
    def last_moment(self) -> datetime:
        """What is said of it: the last minute, for midnight would read as a day later."""
        return self.expires_at - timedelta(minutes=1)


def make_link(
    session: Session, round_: Round, order: SupplierOrder, *, actor: str, now: datetime
) -> AnswerLink | None:
    """The link that goes out with an order; None where the order has no articles."""
    if not order.lines:
        return None
    link = AnswerLink(
        supplier_order_id=order.id,
        made_at=now,
        made_by=actor,
        expires_at=last_moment(session, round_, now=now),
    )
    session.add(link)
    session.flush()
    return link


def send_new_link(
    session: Session, order: SupplierOrder, *, actor: str, now: datetime
) -> AnswerLink:
    """Mail the supplier a new link; the one before no longer works.

    Raises AlreadyThere, NothingToAnswer, NoAddressToAnswer.
    """
    round_ = session.get_one(Round, order.round_id)
    if round_.state != RoundState.ORDERED:
        raise AlreadyThere
    if not order.supplier.email:
        raise NoAddressToAnswer(name=order.supplier.name)
    revoke_links(session, order, actor=actor, now=now)
    link = make_link(session, round_, order, actor=actor, now=now)
    if link is None:
        raise NothingToAnswer
    mail_to_supplier(session, f"link:{link.id}", order, now=now)
    return link


def revoke_links(session: Session, order: SupplierOrder, *, actor: str, now: datetime) -> None:
    """Let the links of an order no longer work. An answer that was given stands."""
    for link in list_links(session, order.id):
        if link.revoked_at is None:
            link.revoked_at, link.revoked_by = now, actor
    session.flush()


def list_links(session: Session, order_id: int) -> list[AnswerLink]:
    """All links of an order, the oldest first."""
    query = select(AnswerLink).where(AnswerLink.supplier_order_id == order_id)
    return list(session.scalars(query.order_by(AnswerLink.id)))


def standing_link(session: Session, order_id: int) -> AnswerLink | None:
    """The link that works, if any; whether its time is over is another question."""
    links = [link for link in list_links(session, order_id) if link.revoked_at is None]
    return links[-1] if links else None


def check_link(session: Session, link: AnswerLink, *, now: datetime) -> None:
    """Refuse with the reason why nobody can answer with this link now.

    Raises LinkRevoked, AnswerTooLate, AlreadyThere.
    """
    if link.revoked_at is not None:
        raise LinkRevoked
    if now >= link.expires_at:
        raise AnswerTooLate(until=link.expires_at)
    if session.get_one(Round, link.order.round_id).state != RoundState.ORDERED:
        raise AlreadyThere


def last_moment(session: Session, round_: Round, *, now: datetime) -> datetime:
    """The end of the delivery day on our clocks; never less than a day from now."""
    if round_.delivery_on is None:
        return now + WITHOUT_A_DAY
    zone = ZoneInfo(the_network(session).timezone)
    day_after = planned_utc(round_.delivery_on + timedelta(days=1), time(0), zone)
    return max(day_after, now + timedelta(days=1))


def mail_to_supplier(session: Session, ref: str, order: SupplierOrder, *, now: datetime) -> None:
    """One mail about the answer: "link", "copy" or "decided", and the id of its row."""
    errands.ask(
        session,
        errands.Kind.MAIL_ANSWER,
        ref,
        priority=errands.Priority.AWAITED,
        round_id=order.round_id,
        recipient=order.supplier.name,
        now=now,
    )

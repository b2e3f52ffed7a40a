"""Who may bid: a link of its own for each supplier in a round, which can be revoked."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, select
from sqlalchemy.orm import Mapped, Session, joinedload, mapped_column, relationship

from purchasing import errands
from purchasing.base import Base
from purchasing.catalogue import Supplier
from purchasing.errors import N_, Refused
from purchasing.rounds import Round, RoundState
from purchasing.tendering import Tendering


class NotForBids(Refused):
    message = N_("Nobody bids in this kind of round.")


class NoAddressToInvite(Refused):
    message = N_("%(name)s has no mail address yet, and a link can only go by mail.")


class SupplierNotActive(Refused):
    message = N_("%(name)s no longer delivers to us, so it cannot be invited.")


class InvitationsClosed(Refused):
    message = N_("Bids could be made until %(bids_until)s. Nobody can be invited any more.")


class LinkRevoked(Refused):
    message = N_("This link no longer works. Ask the network for a new one.")


class BidInvitation(Base):
    """A link of its own for one supplier in one round; it can be revoked."""

    __tablename__ = "bid_invitation"
    __table_args__ = (Index("ix_bid_invitation_round", "round_id", "supplier_id"),)

    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"))
    supplier_id: Mapped[int] = mapped_column(ForeignKey("supplier.id"), index=True)
    invited_at: Mapped[datetime]
    invited_by: Mapped[str] = mapped_column(String(120))
    revoked_at: Mapped[datetime | None]
    revoked_by: Mapped[str] = mapped_column(String(120), default="")

    round: Mapped[Round] = relationship()
    supplier: Mapped[Supplier] = relationship()


def invite(
    session: Session, round_: Round, supplier: Supplier, *, actor: str, now: datetime
) -> BidInvitation:
    """Let a supplier bid, by a link in a mail; invited twice, there is one invitation.

    The mail goes when there is something to bid on: now, or when the sign-up closes.
    Raises NotForBids, InvitationsClosed, SupplierNotActive, NoAddressToInvite.
    """
    tender_of(round_)
    if round_.bids_until is None or now >= round_.bids_until or _is_over(round_):
        raise InvitationsClosed(bids_until=round_.bids_until or round_.closes_at)
    if not supplier.active:
        raise SupplierNotActive(name=supplier.name)
    if not supplier.email:
        raise NoAddressToInvite(name=supplier.name)
    standing = standing_invitation(session, round_.id, supplier.id)
    if standing is not None:
        return standing
    invitation = BidInvitation(
        round_id=round_.id, supplier_id=supplier.id, invited_at=now, invited_by=actor
    )
    session.add(invitation)
    session.flush()
    if round_.state == RoundState.CLOSED:
        mail_supplier(session, errands.Kind.MAIL_INVITATION, invitation.id, round_, supplier, now)
    return invitation


def send_invitations(session: Session, round_: Round, *, now: datetime) -> None:
    """The sign-up has closed: everybody who was invited hears that bidding is open."""
    for invitation in list_invitations(session, round_.id):
        if invitation.revoked_at is None:
            kind = errands.Kind.MAIL_INVITATION
            mail_supplier(session, kind, invitation.id, round_, invitation.supplier, now)


def revoke(session: Session, invitation: BidInvitation, *, actor: str, now: datetime) -> None:
    """Let a link no longer work. A bid that was made with it stands."""
    if invitation.revoked_at is None:
        invitation.revoked_at, invitation.revoked_by = now, actor
        session.flush()


def list_invitations(session: Session, round_id: int) -> list[BidInvitation]:
    """All links of a round with their suppliers; one query."""
    query = select(BidInvitation).where(BidInvitation.round_id == round_id)
    query = query.options(joinedload(BidInvitation.supplier))
    return list(session.scalars(query.order_by(BidInvitation.id)))


def tender_of(round_: Round) -> Tendering:
    """What the round's category knows of tenders. Raises NotForBids."""
    if round_.category.tender is None:
        raise NotForBids
    return round_.category.tender


def mail_supplier(
    session: Session,
    kind: errands.Kind,
    ref: int,
    round_: Round,
    supplier: Supplier,
    now: datetime,
) -> None:
    """One mail to a supplier about a tender."""
    errands.ask(
        session,
        kind,
        ref,
        priority=errands.Priority.SHEET,
        round_id=round_.id,
        recipient=supplier.name,
        now=now,
    )


def standing_invitation(session: Session, round_id: int, supplier_id: int) -> BidInvitation | None:
    """The link of a supplier that has not been revoked."""
    return session.scalar(
        select(BidInvitation).where(
            BidInvitation.round_id == round_id,
            BidInvitation.supplier_id == supplier_id,
            BidInvitation.revoked_at.is_(None),
        )
    )


def _is_over(round_: Round) -> bool:
    return round_.state not in (RoundState.PLANNED, RoundState.OPEN, RoundState.CLOSED)

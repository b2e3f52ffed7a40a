"""Sealed bids: what lies sealed until all are opened together, and what it says then.

The hash of a bid is public at once; its text lies here sealed, with a key that the database does
not hold. Nothing shows it before the announced moment, also not to who coordinates. Then all are
opened in one transaction, checked against their hashes, and published, losers too.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import (
    JSON,
    ForeignKey,
    Index,
    LargeBinary,
    Select,
    String,
    Text,
    select,
    text,
    update,
)
from sqlalchemy.orm import Mapped, Session, joinedload, mapped_column, relationship

from purchasing import errands
from purchasing.answering import answer_once, fingerprint, first_answer
from purchasing.base import Base
from purchasing.catalogue import Supplier
from purchasing.errors import N_, Refused
from purchasing.invitations import BidInvitation, LinkRevoked, mail_supplier, tender_of
from purchasing.rounds import Round, RoundState
from purchasing.tendering import PlacedBid, Plain

Seal = Callable[[bytes], bytes]
NONCE_BYTES = 32


class BiddingNotOpen(Refused):
    message = N_("You can bid as soon as the sign-up has closed, on %(closes_at)s.")


class BidTooLate(Refused):
    message = N_("Bids could be made until %(bids_until)s. Yours arrived on %(received_at)s.")


class BidAlready(Refused):
    message = N_("You made a bid already, on %(committed_at)s. A bid is final.")


class NoBidsWanted(Refused):
    message = N_("This round was cancelled. No bids are wanted any more.")


class BidWithdrawn(Refused):
    message = N_("This bid has been withdrawn already.")


class StillSealed(Refused):
    message = N_("Bids stay sealed until %(bids_until)s.")


class ReasonNeeded(Refused):
    message = N_("Say why. It is published beside the bid.")


class BrokenSeal(Exception):
    """A bid is not what was committed to: the database or its key was tampered with."""


class SealedBid(Base):
    """One bid. `content` and `nonce` are there only when it has been opened."""

    __tablename__ = "sealed_bid"
    __table_args__ = (
        Index(
            "uq_sealed_bid_standing",
            "invitation_id",
            unique=True,
            sqlite_where=text("withdrawn_at IS NULL"),
            postgresql_where=text("withdrawn_at IS NULL"),
        ),
    )

    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"), index=True)
    invitation_id: Mapped[int] = mapped_column(ForeignKey("bid_invitation.id"))
    supplier_id: Mapped[int] = mapped_column(ForeignKey("supplier.id"), index=True)
    commitment: Mapped[str] = mapped_column(String(64), unique=True)
    committed_at: Mapped[datetime]
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    withdrawn_at: Mapped[datetime | None]
    withdrawn_reason: Mapped[str] = mapped_column(Text, default="")
    opened_at: Mapped[datetime | None]
    nonce: Mapped[str] = mapped_column(String(64), default="")
    content: Mapped[Plain | None] = mapped_column(JSON(none_as_null=True))

    supplier: Mapped[Supplier] = relationship()

    @property
    def key(self) -> str:
        """What the award calls it."""
        return f"B{self.id}"


def submit(
    session: Session,
    invitation: BidInvitation,
    raw: Mapping[str, str],
    *,
    nonce: bytes,
    seal: Seal,
    key: str,
    now: datetime,
) -> dict[str, Any]:
    """Seal a bid, publish its hash, and tell the supplier. It is final.

    Returns {"bid": id, "commitment": hash}; a replay of the same form gets the first answer.
    Raises WrongAnswers, LinkRevoked, BiddingNotOpen, BidTooLate, BidAlready, NoBidsWanted,
    FormReused.
    """
    told = sorted((name, str(value)) for name, value in raw.items())
    print_ = fingerprint("bid", invitation.id, told)
    if (first := first_answer(session, key, print_)) is not None:
        return first
    round_ = _hold_bidding(session, invitation, now=now)
    content = examine(round_, invitation, raw)
    bid = _sealed(round_, invitation, content, nonce, seal, now)
    session.add(bid)
    session.flush()
    mail_supplier(session, errands.Kind.MAIL_BID, bid.id, round_, invitation.supplier, now)
    return answer_once(
        session, key, print_, {"bid": bid.id, "commitment": bid.commitment}, now=now
    )


def examine(round_: Round, invitation: BidInvitation, raw: Mapping[str, str]) -> Plain:
    """What a form would bid, to be looked at before it is sealed. Raises WrongAnswers."""
    return tender_of(round_).read_bid(
        raw, round_ref=reference(round_), supplier=invitation.supplier.name
    )


def reference(round_: Round) -> str:
    """What binds a bid to its round."""
    return f"round-{round_.id}"


def check_bidding(session: Session, invitation: BidInvitation, *, now: datetime) -> None:
    """Refuse with the reason why this link cannot bid now; see `submit`."""
    round_ = invitation.round
    if invitation.revoked_at is not None:
        raise LinkRevoked
    if round_.state == RoundState.CANCELLED:
        raise NoBidsWanted
    made = bid_of(session, invitation)
    if made is not None:
        raise BidAlready(committed_at=made.committed_at)
    if round_.bids_until is None or now >= round_.bids_until:
        raise BidTooLate(bids_until=round_.bids_until or round_.closes_at, received_at=now)
    # Who came before it closed, and had to wait until it was, was too early all the same.
    if round_.state in (RoundState.PLANNED, RoundState.OPEN) or now < round_.closes_at:
        raise BiddingNotOpen(closes_at=round_.closes_at)
    if round_.state != RoundState.CLOSED:
        raise BidTooLate(bids_until=round_.bids_until, received_at=now)


def withdraw_bid(session: Session, bid: SealedBid, *, reason: str, now: datetime) -> None:
    """Take a bid out of the tender before it is opened; its hash and the reason stay published.

    The supplier may bid once more with the same link.
    """
    round_ = session.get_one(Round, bid.round_id, with_for_update=True)
    session.refresh(bid)
    if not reason.strip():
        raise ReasonNeeded
    if bid.withdrawn_at is not None:
        raise BidWithdrawn
    if round_.state != RoundState.CLOSED or round_.bids_until is None or now >= round_.bids_until:
        raise BidTooLate(bids_until=round_.bids_until or round_.closes_at, received_at=now)
    bid.withdrawn_at, bid.withdrawn_reason = now, reason.strip()
    session.flush()


def open_all(session: Session, round_: Round, *, unseal: Seal, now: datetime) -> list[SealedBid]:
    """Open every standing bid of a round, all in this transaction, and check each hash.

    Raises StillSealed, BrokenSeal.
    """
    if round_.bids_until is None or now < round_.bids_until:
        raise StillSealed(bids_until=round_.bids_until or round_.closes_at)
    standing = [bid for bid in list_bids(session, round_.id) if bid.withdrawn_at is None]
    for bid in standing:
        _open(round_, bid, unseal, now)
    session.flush()
    return standing


def placed(bid: SealedBid) -> PlacedBid:
    """An opened bid as the award takes it. Raises StillSealed."""
    if bid.content is None:
        raise StillSealed(bids_until=bid.committed_at)
    return PlacedBid(bid.key, bid.supplier.name, bid.committed_at, bid.content)


def committed_text(session: Session, bid: SealedBid) -> bytes:
    """What anybody can take the SHA-256 of to find the published hash. Raises StillSealed."""
    if bid.content is None:
        raise StillSealed(bids_until=bid.committed_at)
    round_ = session.get_one(Round, bid.round_id)
    return tender_of(round_).committed_text(bid.content, bytes.fromhex(bid.nonce))


def list_bids(session: Session, round_id: int) -> list[SealedBid]:
    """All bids of a round, withdrawn ones too, in the order in which they came; one query."""
    query = select(SealedBid).where(SealedBid.round_id == round_id)
    query = query.options(joinedload(SealedBid.supplier))
    return list(session.scalars(query.order_by(SealedBid.committed_at, SealedBid.id)))


def opened_bids(session: Session, round_id: int) -> list[SealedBid]:
    return [bid for bid in list_bids(session, round_id) if bid.content is not None]


def bid_of(session: Session, invitation: BidInvitation) -> SealedBid | None:
    """The one bid of this supplier, by whichever link it was made: a revoked link's stands."""
    return session.scalar(_bids_by(invitation).where(SealedBid.withdrawn_at.is_(None)))


def withdrawn_of(session: Session, invitation: BidInvitation) -> list[SealedBid]:
    """What this supplier bid before and was taken out of the tender, the oldest first."""
    query = _bids_by(invitation).where(SealedBid.withdrawn_at.is_not(None))
    return list(session.scalars(query.order_by(SealedBid.id)))


def _bids_by(invitation: BidInvitation) -> Select[SealedBid]:
    return select(SealedBid).where(
        SealedBid.round_id == invitation.round_id,
        SealedBid.supplier_id == invitation.supplier_id,
    )


def _hold_bidding(session: Session, invitation: BidInvitation, *, now: datetime) -> Round:
    """Make sure that this link may bid, and that it stays so until our transaction ends.

    The invitation's row is ours: two forms sent at once with one link make one bid.
    """
    session.execute(
        update(BidInvitation)
        .where(BidInvitation.id == invitation.id)
        .values(invited_at=BidInvitation.invited_at)
        .execution_options(synchronize_session=False)
    )
    round_ = session.scalars(
        select(Round)
        .where(Round.id == invitation.round_id)
        .with_for_update(read=True)
        .execution_options(populate_existing=True)
    ).one()
    session.refresh(invitation, ["revoked_at"])
    check_bidding(session, invitation, now=now)
    return round_


def _sealed(
    round_: Round,
    invitation: BidInvitation,
    content: Plain,
    nonce: bytes,
    seal: Seal,
    now: datetime,
) -> SealedBid:
    if len(nonce) != NONCE_BYTES:
        raise ValueError(f"a nonce has {NONCE_BYTES} bytes")
    letter = json.dumps({"content": content, "nonce": nonce.hex()}).encode()
    return SealedBid(
        round_id=round_.id,
        invitation_id=invitation.id,
        supplier_id=invitation.supplier_id,
        commitment=tender_of(round_).commitment(content, nonce),
        committed_at=now,
        sealed=seal(letter),
    )


def _open(round_: Round, bid: SealedBid, unseal: Seal, now: datetime) -> None:
    letter = json.loads(unseal(bid.sealed))
    content, nonce = letter["content"], letter["nonce"]
    if tender_of(round_).commitment(content, bytes.fromhex(nonce)) != bid.commitment:
        raise BrokenSeal(f"bid {bid.id} is not what was committed to")
    bid.content, bid.nonce, bid.opened_at = content, nonce, now

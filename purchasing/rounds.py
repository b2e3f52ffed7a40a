"""A round: what can be had from whom, at which promised terms, from when to when."""

from __future__ import annotations

from datetime import date, datetime, time
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    String,
    Text,
    UniqueConstraint,
    false,
    select,
)
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship, selectinload

from purchasing.base import Base
from purchasing.catalogue import Supplier
from purchasing.categories import CATEGORIES
from purchasing.category import Category, DeliveryShare, SettlementMode, SharingRule


class RoundState(StrEnum):
    PLANNED = "planned"
    OPEN = "open"
    CLOSED = "closed"
    OFFERED = "offered"
    ORDERED = "ordered"
    DELIVERED = "delivered"
    SETTLED = "settled"
    CANCELLED = "cancelled"


class ShortfallRule(StrEnum):
    """What happens at closing when the round, or a supplier in it, is below its minimum."""

    CANCEL = "cancel"
    EXTEND = "extend"
    WAIT = "wait"


class InvoiceAt(StrEnum):
    CLOSING = "closing"
    DELIVERY = "delivery"


class Round(Base):
    """Change `state` only through purchasing.lifecycle."""

    __tablename__ = "round"
    __table_args__ = (
        CheckConstraint("opens_at < closes_at", name="window"),
        CheckConstraint("minimum_cents >= 0 AND fee_cents >= 0", name="amounts"),
        CheckConstraint("prepayment_bp BETWEEN 0 AND 10000", name="prepayment"),
        CheckConstraint("choose_days BETWEEN 0 AND 60", name="choosing"),
        Index("ix_round_due", "state", "closes_at"),
    )

    title: Mapped[str] = mapped_column(String(120))
    description: Mapped[str] = mapped_column(Text, default="")
    category_key: Mapped[str] = mapped_column(String(20))
    state: Mapped[RoundState] = mapped_column(String(12), default=RoundState.PLANNED)
    settlement_mode: Mapped[SettlementMode] = mapped_column(String(12))
    published_at: Mapped[datetime | None]
    opens_at: Mapped[datetime]
    closes_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    bids_until: Mapped[datetime | None]  # of a tender: all bids are opened then
    offers_until: Mapped[datetime | None]  # of a tender or a survey: until then one may choose
    no_deal: Mapped[bool] = mapped_column(default=False, server_default=false())
    ended_at: Mapped[datetime | None]  # came to its last stop, or was cancelled
    delivery_on: Mapped[date | None]
    pickup_from: Mapped[time | None]
    pickup_until: Mapped[time | None]
    pickup_place: Mapped[str] = mapped_column(String(120), default="")
    pickup_address: Mapped[str] = mapped_column(String(160), default="")
    contact_name: Mapped[str] = mapped_column(String(120), default="")
    contact_phone: Mapped[str] = mapped_column(String(40), default="")
    minimum_cents: Mapped[int] = mapped_column(default=0)  # without VAT, over all suppliers
    fee_cents: Mapped[int] = mapped_column(default=0)  # of the network, per participant
    fee_vat_bp: Mapped[int] = mapped_column(default=2100)
    sharing_rule: Mapped[SharingRule] = mapped_column(String(16), default=SharingRule.PROPORTIONAL)
    delivery_share: Mapped[DeliveryShare] = mapped_column(String(12), default=DeliveryShare.EQUAL)
    shortfall_rule: Mapped[ShortfallRule] = mapped_column(String(12), default=ShortfallRule.WAIT)
    extend_days: Mapped[int] = mapped_column(default=3)
    extended: Mapped[int] = mapped_column(default=0)  # how often the rule has extended it
    order_at_close: Mapped[bool] = mapped_column(default=True)
    held: Mapped[bool] = mapped_column(default=False)  # fell short; a coordinator decides
    reminders: Mapped[int] = mapped_column(default=0)  # how many have gone out
    invoice_at: Mapped[InvoiceAt] = mapped_column(String(12), default=InvoiceAt.CLOSING)
    # What is asked of the price of articles when it is ordered; the rest is asked at delivery.
    prepayment_bp: Mapped[int] = mapped_column(default=0, server_default="0")
    # The days that each has to choose after a survey; 0: nobody comes to look.
    choose_days: Mapped[int] = mapped_column(default=0, server_default="0")
    cancel_reason: Mapped[str] = mapped_column(Text, default="")
    rhythm_id: Mapped[int | None] = mapped_column(ForeignKey("round_rhythm.id"), index=True)
    offer_version: Mapped[int] = mapped_column(default=0)  # grows when items or terms change
    created_by: Mapped[str] = mapped_column(String(120), default="")
    # What its category wants to know of it; see Category.particulars.
    particulars: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict, server_default="{}")

    suppliers: Mapped[list[RoundSupplier]] = relationship(
        back_populates="round", cascade="all, delete-orphan", order_by="RoundSupplier.id"
    )
    items: Mapped[list[RoundItem]] = relationship(
        back_populates="round", cascade="all, delete-orphan", order_by="RoundItem.position"
    )
    history: Mapped[list[RoundEvent]] = relationship(order_by="RoundEvent.id")

    @property
    def category(self) -> Category:
        """Its category, as it is in this very round."""
        room = CATEGORIES[self.category_key]
        return room.for_round(self.settlement_mode, self.particulars or {})

    @property
    def itinerary(self) -> tuple[str, ...]:
        """The moves of its category; a survey leads to an offer before anything is ordered."""
        moves = self.category.itinerary
        if not self.choose_days:
            return moves
        at = moves.index("order")
        return (*moves[:at], "offer", *moves[at:])

    @property
    def bills_at_delivery(self) -> bool:
        """Whether a paper follows when the goods have come: for all of it, or for the rest."""
        return bool(self.prepayment_bp) or self.invoice_at == InvoiceAt.DELIVERY

    @property
    def at_home(self) -> bool:
        """Whether the goods come to each participant, and nothing is collected."""
        return self.category.comes_home and not (self.pickup_place or self.pickup_address)

    def is_open(self, now: datetime) -> bool:
        """Whether orders count now, whatever the clock process has got round to."""
        return self.state == RoundState.OPEN and self.opens_at <= now < self.closes_at

    def is_overdue(self, now: datetime) -> bool:
        return self.state == RoundState.OPEN and now >= self.closes_at


class RoundSupplier(Base):
    """A supplier in a round, with its terms as promised then (cents without VAT)."""

    __tablename__ = "round_supplier"
    __table_args__ = (UniqueConstraint("round_id", "supplier_id", name="uq_round_supplier_once"),)

    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"))
    supplier_id: Mapped[int] = mapped_column(ForeignKey("supplier.id"), index=True)
    minimum_cents: Mapped[int] = mapped_column(default=0)
    free_delivery_cents: Mapped[int | None]
    delivery_cents: Mapped[int] = mapped_column(default=0)
    delivery_vat_bp: Mapped[int] = mapped_column(default=2100)

    round: Mapped[Round] = relationship(back_populates="suppliers")
    supplier: Mapped[Supplier] = relationship()


class RoundItem(Base):
    """An article as promised in a round. Refreshed until the round opens, frozen from then on.

    `unit_price` is in millionths of a euro per unit without VAT; a piece holds `piece_milli`
    thousandths of a unit, a case `case_pieces` pieces; `tiers` are [from pieces, unit price].
    """

    __tablename__ = "round_item"
    __table_args__ = (
        UniqueConstraint("round_id", "product_id", name="uq_round_item_once"),
        CheckConstraint("case_pieces > 0 AND piece_milli > 0", name="sizes"),
        CheckConstraint("unit_price >= 0 AND deposit_cents >= 0", name="amounts"),
    )

    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"), index=True)
    supplier_id: Mapped[int] = mapped_column(ForeignKey("supplier.id"))
    product_id: Mapped[int] = mapped_column(ForeignKey("product.id"), index=True)
    position: Mapped[int] = mapped_column(default=0)
    number: Mapped[str] = mapped_column(String(40))
    name: Mapped[str] = mapped_column(String(200))
    brand: Mapped[str] = mapped_column(String(80), default="")
    origin: Mapped[str] = mapped_column(String(80), default="")
    category: Mapped[str] = mapped_column(String(120), default="")
    note: Mapped[str] = mapped_column(String(300), default="")
    unit: Mapped[str] = mapped_column(String(40), default="")
    unit_price: Mapped[int] = mapped_column(BigInteger)
    case_pieces: Mapped[int] = mapped_column(default=1)
    piece_milli: Mapped[int] = mapped_column(default=1000)
    vat_bp: Mapped[int]
    deposit_cents: Mapped[int] = mapped_column(default=0)
    weighed: Mapped[bool] = mapped_column(default=False)
    tiers: Mapped[list[list[int]]] = mapped_column(JSON, default=list)

    round: Mapped[Round] = relationship(back_populates="items")


class RoundEvent(Base):
    """One line of a round's history: who moved it, when, from where to where."""

    __tablename__ = "round_event"

    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"), index=True)
    move: Mapped[str] = mapped_column(String(12))
    from_state: Mapped[RoundState] = mapped_column(String(12))
    to_state: Mapped[RoundState] = mapped_column(String(12))
    at: Mapped[datetime]
    actor: Mapped[str] = mapped_column(String(120))
    note: Mapped[str] = mapped_column(Text, default="")
    details: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)


class RoundRhythm(Base):
    """A round that comes back: planned from its delivery day, in the network's wall time.

    `template_round_id` is the round whose suppliers, articles and rules are taken over.
    """

    __tablename__ = "round_rhythm"

    title: Mapped[str] = mapped_column(String(120))
    template_round_id: Mapped[int]  # no foreign key: the round points back at its rhythm
    every_weeks: Mapped[int] = mapped_column(default=1)
    anchor_on: Mapped[date]  # a delivery day of the rhythm
    close_days_before: Mapped[int]
    close_at: Mapped[time]
    open_days_before: Mapped[int]
    open_at: Mapped[time]
    skipped: Mapped[list[str]] = mapped_column(JSON, default=list)  # delivery days, ISO
    ahead: Mapped[int] = mapped_column(default=2)  # how many rounds are planned in advance
    active: Mapped[bool] = mapped_column(default=True)


def list_rounds(session: Session, *states: RoundState) -> list[Round]:
    """Rounds in these states (all if none are named), the next to close first."""
    query = select(Round).order_by(Round.closes_at, Round.id)
    if states:
        query = query.where(Round.state.in_(states))
    return list(session.scalars(query))


def with_offer(session: Session, round_id: int) -> Round | None:
    """A round with its items and suppliers loaded, in a fixed number of queries."""
    return session.scalar(
        select(Round)
        .where(Round.id == round_id)
        .options(
            selectinload(Round.items),
            selectinload(Round.suppliers).selectinload(RoundSupplier.supplier),
        )
    )


def note(
    round_: Round,
    move: str,
    *,
    actor: str,
    now: datetime,
    before: RoundState | None = None,
    text: str = "",
    details: dict[str, str] | None = None,
) -> None:
    """Write a line into the round's history; without `before` its state did not change."""
    round_.history.append(
        RoundEvent(
            move=move,
            from_state=before or round_.state,
            to_state=round_.state,
            at=now,
            actor=actor,
            note=text,
            details=details or {},
        )
    )

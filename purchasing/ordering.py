"""What we ordered from each supplier, and what each participant gets of it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import fields
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import (
    BigInteger,
    ForeignKey,
    String,
    UniqueConstraint,
    insert,
    select,
)
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from purchasing import numbers, signups
from purchasing.base import Base
from purchasing.catalogue import Supplier
from purchasing.category import (
    Decision,
    Demand,
    ItemTerms,
    NamedLine,
    OrderDraft,
    OrderLine,
    SettlementMode,
    ShareDraft,
    SupplierTerms,
    Wanted,
)
from purchasing.commitments import Commitment, Want
from purchasing.people import VatStatus, the_network
from purchasing.rounds import Round, RoundItem
from purchasing.shares import AllocatedShare as AllocatedShare
from purchasing.shares import lost_before


class SupplierOrder(Base):
    """What is ordered from one supplier in one round; cents without VAT."""

    __tablename__ = "supplier_order"
    __table_args__ = (UniqueConstraint("round_id", "supplier_id", name="uq_supplier_order_once"),)

    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"), index=True)
    supplier_id: Mapped[int] = mapped_column(ForeignKey("supplier.id"), index=True)
    number: Mapped[str] = mapped_column(String(24), unique=True)
    ordered_at: Mapped[datetime]
    goods_cents: Mapped[int] = mapped_column(BigInteger)
    deposit_cents: Mapped[int] = mapped_column(BigInteger)
    delivery_cents: Mapped[int]
    delivery_vat_bp: Mapped[int]
    vat_cents: Mapped[int] = mapped_column(BigInteger)

    supplier: Mapped[Supplier] = relationship()
    lines: Mapped[list[SupplierOrderLine]] = relationship(order_by="SupplierOrderLine.id")
    named: Mapped[list[SupplierOrderNamedLine]] = relationship(
        order_by="SupplierOrderNamedLine.id"
    )

    @property
    def net_cents(self) -> int:
        return self.goods_cents + self.deposit_cents + self.delivery_cents


class SupplierOrderLine(Base):
    __tablename__ = "supplier_order_line"

    supplier_order_id: Mapped[int] = mapped_column(ForeignKey("supplier_order.id"), index=True)
    item_id: Mapped[int] = mapped_column(ForeignKey("round_item.id"))
    cases: Mapped[int]
    pieces: Mapped[int]
    unit_price: Mapped[int] = mapped_column(BigInteger)  # millionths per unit, after tiers
    net_cents: Mapped[int] = mapped_column(BigInteger)
    deposit_cents: Mapped[int] = mapped_column(BigInteger)

    item: Mapped[RoundItem] = relationship()


class OrderChange(Base):
    """By how much an order became another than it was placed: what came, say. Below zero is less.

    `key` says what changed it; the same thing changes it once.
    """

    __tablename__ = "order_change"

    supplier_order_id: Mapped[int] = mapped_column(ForeignKey("supplier_order.id"), index=True)
    goods_cents: Mapped[int] = mapped_column(BigInteger)
    deposit_cents: Mapped[int] = mapped_column(BigInteger)
    delivery_cents: Mapped[int] = mapped_column(BigInteger)
    vat_cents: Mapped[int] = mapped_column(BigInteger)
    key: Mapped[str] = mapped_column(String(80), unique=True)
    at: Mapped[datetime]

    @property
    def net_cents(self) -> int:
        return self.goods_cents + self.deposit_cents + self.delivery_cents


class SupplierOrderNamedLine(Base):
    """A line that is no article of the round; see purchasing.category.NamedLine."""

    __tablename__ = "supplier_order_named_line"

    supplier_order_id: Mapped[int] = mapped_column(ForeignKey("supplier_order.id"), index=True)
    name: Mapped[str] = mapped_column(String(120))
    pieces: Mapped[int]
    each_cents: Mapped[int] = mapped_column(BigInteger)
    net_cents: Mapped[int] = mapped_column(BigInteger)
    tax_cents: Mapped[int] = mapped_column(BigInteger)


def demand_of(
    session: Session, round_: Round, *, without_suppliers: frozenset[int] = frozenset()
) -> Demand:
    """The demand that counts in a round: what was ordered, at the promised terms."""
    network = the_network(session)
    resale = round_.settlement_mode == SettlementMode.RESALE
    return Demand(
        items=tuple(_item_terms(item) for item in round_.items),
        wants=_wants(session, round_),
        suppliers=tuple(_supplier_terms(round_)),
        minimum_cents=round_.minimum_cents,
        sharing_rule=round_.sharing_rule,
        delivery_share=round_.delivery_share,
        states_vat=resale and network.vat_status == VatStatus.REGISTERED,
        fee_cents=round_.fee_cents,
        fee_vat_bp=round_.fee_vat_bp,
        without_suppliers=without_suppliers,
        answers=signups.all_answers(session, round_) if round_.category.questions() else {},
    )


def record(
    session: Session, round_: Round, decision: Decision, *, now: datetime
) -> list[SupplierOrder]:
    """Write down what was decided: who gets what, and an order for each supplier.

    A supplier that gets nothing to deliver gets no order, unless it wants to be told so.
    """
    if decision.shares:
        session.execute(
            insert(AllocatedShare.__table__),  # type: ignore[arg-type]
            [{"round_id": round_.id, **vars(share)} for share in decision.shares],
        )
    signups.record_heads(session, round_, decision.headcounts)
    drafts = _to_be_sent(round_, decision)
    if not drafts:
        return []
    year = now.astimezone(ZoneInfo(the_network(session).timezone)).year
    first = numbers.take(session, f"order:{year}", len(drafts))
    orders = [
        _order_row(round_, draft, f"B-{year}-{first + index:04d}", now)
        for index, draft in enumerate(drafts)
    ]
    session.add_all(orders)
    session.flush()
    _write_lines(session, SupplierOrderLine, orders, [draft.lines for draft in drafts])
    _write_lines(session, SupplierOrderNamedLine, orders, [draft.named for draft in drafts])
    return orders


def list_orders(session: Session, round_id: int) -> list[SupplierOrder]:
    query = select(SupplierOrder).where(SupplierOrder.round_id == round_id)
    return list(session.scalars(query.order_by(SupplierOrder.id)))


def list_changes(session: Session, round_id: int) -> list[OrderChange]:
    """How the orders of a round changed after they were placed."""
    query = (
        select(OrderChange)
        .join(SupplierOrder, SupplierOrder.id == OrderChange.supplier_order_id)
        .where(SupplierOrder.round_id == round_id)
    )
    return list(session.scalars(query.order_by(OrderChange.id)))


def list_shares(session: Session, round_id: int) -> list[ShareDraft]:
    """Who got what in a round, as it was decided."""
    columns = [getattr(AllocatedShare, field.name) for field in fields(ShareDraft)]
    query = select(*columns).where(AllocatedShare.round_id == round_id)
    rows = session.execute(query.order_by(AllocatedShare.item_id, AllocatedShare.participant_id))
    return [ShareDraft(*row) for row in rows]


def list_gaps(
    session: Session, round_id: int, participant_ids: Collection[int]
) -> list[tuple[ShareDraft, RoundItem]]:
    """What these participants asked for in a round and get nothing of, by article."""
    columns = [getattr(AllocatedShare, field.name) for field in fields(ShareDraft)]
    rows = session.execute(
        select(RoundItem, *columns)
        .join(RoundItem, RoundItem.id == AllocatedShare.item_id)
        .where(
            AllocatedShare.round_id == round_id,
            AllocatedShare.participant_id.in_(participant_ids),
            AllocatedShare.wanted > 0,
            AllocatedShare.given == 0,
        )
        .order_by(RoundItem.position, RoundItem.id)
    )
    return [(ShareDraft(*share), item) for item, *share in rows]


def _write_lines(
    session: Session,
    kind: type[Base],
    orders: Sequence[SupplierOrder],
    lines_of: Sequence[Sequence[OrderLine | NamedLine]],
) -> None:
    rows = [
        {"supplier_order_id": order.id, **vars(line)}
        for order, lines in zip(orders, lines_of, strict=True)
        for line in lines
    ]
    if rows:
        session.execute(insert(kind.__table__), rows)  # type: ignore[arg-type]


def _to_be_sent(round_: Round, decision: Decision) -> list[OrderDraft]:
    drafts = {draft.supplier_id: draft for draft in decision.orders if draft.lines or draft.named}
    for terms in round_.suppliers:
        if terms.supplier.wants_zero_order and terms.supplier_id not in drafts:
            drafts[terms.supplier_id] = OrderDraft.of_nothing(terms.supplier_id)
    return [drafts[supplier_id] for supplier_id in sorted(drafts)]


def _order_row(round_: Round, draft: OrderDraft, number: str, now: datetime) -> SupplierOrder:
    return SupplierOrder(
        round_id=round_.id,
        supplier_id=draft.supplier_id,
        number=number,
        ordered_at=now,
        goods_cents=draft.goods_cents,
        deposit_cents=draft.deposit_cents,
        delivery_cents=draft.delivery_cents,
        delivery_vat_bp=draft.delivery_vat_bp,
        vat_cents=draft.vat_cents,
    )


def _item_terms(item: RoundItem) -> ItemTerms:
    return ItemTerms(
        id=item.id,
        supplier_id=item.supplier_id,
        unit_price=item.unit_price,
        case_pieces=item.case_pieces,
        piece_milli=item.piece_milli,
        vat_bp=item.vat_bp,
        deposit_cents=item.deposit_cents,
        weighed=item.weighed,
        tiers=tuple((start, price) for start, price in item.tiers),
    )


def _supplier_terms(round_: Round) -> list[SupplierTerms]:
    return [
        SupplierTerms(
            supplier_id=terms.supplier_id,
            minimum_cents=terms.minimum_cents,
            free_delivery_cents=terms.free_delivery_cents,
            delivery_cents=terms.delivery_cents,
            delivery_vat_bp=terms.delivery_vat_bp,
        )
        for terms in round_.suppliers
    ]


def _wants(session: Session, round_: Round) -> tuple[Wanted, ...]:
    rows = session.execute(
        select(
            Commitment.participant_id,
            Want.item_id,
            Want.ordered_quantity,
            Want.ordered_extra,
            Want.queue,
        )
        .join(Commitment, Commitment.id == Want.commitment_id)
        .where(Want.round_id == round_.id, Want.ordered_quantity > 0)
    )
    lost = lost_before(session, round_)
    return tuple(
        Wanted(
            participant_id=who,
            item_id=item_id,
            quantity=quantity,
            extra=extra,
            queue=tuple((at, pieces) for at, pieces in queue),
            lost_before=lost.get(who, 0),
        )
        for who, item_id, quantity, extra, queue in rows
    )

"""How a round stands: what was ordered, what was only chosen, and what closing would decide."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime

from sqlalchemy import Row, func, select
from sqlalchemy.orm import Session

from purchasing import surveys
from purchasing.allocation import Fill, preview
from purchasing.category import Decision, Shortfall, Wanted
from purchasing.demand import Commitment, OrderState, Want
from purchasing.money import Cents, Millionths, amount
from purchasing.ordering import demand_of
from purchasing.people import Participant, ParticipantKind
from purchasing.rounds import Round, RoundItem, RoundState, RoundSupplier

WIDTH = 100  # percent


@dataclass
class ItemStanding:
    """One article, in pieces: `chosen` is what drafts would add to what was ordered."""

    item: RoundItem
    ordered: int = 0
    extra: int = 0
    chosen: int = 0

    @property
    def fill(self) -> Fill:
        return preview(self.ordered, self.extra, self.item.case_pieces)

    @property
    def crate(self) -> tuple[int, int, int]:
        """The open case: places that are ordered, chosen, and filled by extras."""
        fill, size = self.fill, self.item.case_pieces
        if not fill.in_open_case and fill.cases_full and not self.chosen:
            return size, 0, 0
        chosen = max(0, min(self.chosen, size - fill.in_open_case))
        return (
            fill.in_open_case,
            chosen,
            min(fill.extras_that_help, size - fill.in_open_case - chosen),
        )

    @property
    def next_tier(self) -> tuple[int, Millionths] | None:
        """From how many pieces in all the next lower price holds, and that price."""
        ahead = [(start, price) for start, price in self.item.tiers if start > self.ordered]
        return min(ahead) if ahead else None


@dataclass
class ParticipantStanding:
    """One participant in a round; amounts in cents without VAT, before tiers and cases."""

    id: int
    name: str
    is_shop: bool
    changed_at: datetime
    ordered_cents: Cents = 0
    chosen_cents: Cents = 0
    pieces: int = 0
    differs: bool = False

    @property
    def state(self) -> OrderState:
        if self.pieces:
            return OrderState.CHANGED if self.differs else OrderState.ORDERED
        return OrderState.DRAFT if self.differs else OrderState.NOTHING


@dataclass
class SupplierStanding:
    """Goods of one supplier in full cases: now, and if all drafts were ordered. Cents net."""

    terms: RoundSupplier
    now: Cents
    then: Cents
    deliveries: Cents


@dataclass
class Standing:
    items: list[ItemStanding]
    participants: list[ParticipantStanding]
    suppliers: list[SupplierStanding]
    decision: Decision
    with_drafts: Decision
    minimum: Cents
    goods: Cents = field(init=False)
    goods_then: Cents = field(init=False)

    def __post_init__(self) -> None:
        self.goods = sum(order.goods_cents for order in self.decision.orders)
        self.goods_then = sum(order.goods_cents for order in self.with_drafts.orders)

    @property
    def drafters(self) -> list[ParticipantStanding]:
        """Who chose something that does not count yet."""
        return [one for one in self.participants if one.differs]

    @property
    def buyers(self) -> list[ParticipantStanding]:
        return [one for one in self.participants if one.pieces]

    @property
    def shops(self) -> int:
        return sum(one.is_shop for one in self.buyers)

    @property
    def households(self) -> int:
        return len(self.buyers) - self.shops

    @property
    def ordered_cents(self) -> Cents:
        return sum(one.ordered_cents for one in self.participants)

    @property
    def chosen_cents(self) -> Cents:
        """What the drafts would add."""
        return sum(one.chosen_cents - one.ordered_cents for one in self.drafters)

    @property
    def missing(self) -> Cents:
        """What the round still lacks; the largest of the minimums that are not reached."""
        return max((short.missing_cents for short in self.decision.shortfalls), default=0)

    @property
    def missing_then(self) -> Cents:
        return max((short.missing_cents for short in self.with_drafts.shortfalls), default=0)

    @property
    def shortfalls(self) -> tuple[Shortfall, ...]:
        return self.decision.shortfalls

    def percent(self, cents: Cents) -> float:
        """Where an amount stands on the bar, which is as wide as the largest of them."""
        whole = max(self.minimum, self.goods, self.goods_then, 1)
        return round(WIDTH * max(0, cents) / whole, 1)


def standing_of(session: Session, round_: Round) -> Standing:
    """Everything about a round's demand; five queries, whatever its size.

    After a survey it is decided about what stays if nobody says anything more.
    """
    rows = _wants(session, round_.id)
    demand = demand_of(session, round_)
    surveyed = round_.state == RoundState.OFFERED
    decision = surveys.decision(session, round_) if surveyed else round_.category.decide(demand)
    drafts = replace(demand, wants=tuple(_as_if_ordered(rows)))
    with_drafts = round_.category.decide(drafts) if _differ(rows) and not surveyed else decision
    return Standing(
        items=_items(round_, rows),
        participants=_participants(round_, rows),
        suppliers=_suppliers(round_, decision, with_drafts),
        decision=decision,
        with_drafts=with_drafts,
        minimum=round_.minimum_cents,
    )


@dataclass(frozen=True)
class Mailed:
    """How many participants a mail about this round would reach."""

    all: int
    ordered: int


def mailed(session: Session, round_id: int) -> Mailed:
    counted = select(func.count(Commitment.id), func.count(Commitment.ordered_at))
    everybody, ordered = session.execute(counted.where(Commitment.round_id == round_id)).one()
    return Mailed(everybody, ordered)


def _wants(session: Session, round_id: int) -> list[Row]:
    query = (
        select(
            Participant.id.label("participant_id"),
            Participant.name,
            Participant.kind,
            Commitment.changed_at,
            Want.item_id,
            Want.quantity,
            Want.extra,
            Want.ordered_quantity,
            Want.ordered_extra,
        )
        .join(Commitment, Commitment.id == Want.commitment_id)
        .join(Participant, Participant.id == Commitment.participant_id)
        .where(Want.round_id == round_id)
        .order_by(Participant.name, Participant.id, Want.item_id)
    )
    return list(session.execute(query))


def _is_changed(row: Row) -> bool:
    return (row.quantity, row.extra) != (row.ordered_quantity, row.ordered_extra)


def _differ(rows: Iterable[Row]) -> bool:
    return any(map(_is_changed, rows))


def _as_if_ordered(rows: Iterable[Row]) -> Iterable[Wanted]:
    return (
        Wanted(row.participant_id, row.item_id, row.quantity, row.extra)
        for row in rows
        if row.quantity
    )


def _items(round_: Round, rows: Iterable[Row]) -> list[ItemStanding]:
    items = {item.id: ItemStanding(item) for item in round_.items}
    for row in rows:
        standing = items[row.item_id]
        standing.ordered += row.ordered_quantity
        standing.extra += row.ordered_extra
        standing.chosen += row.quantity - row.ordered_quantity
    return list(items.values())


def _participants(round_: Round, rows: Iterable[Row]) -> list[ParticipantStanding]:
    items = {item.id: item for item in round_.items}
    found: dict[int, ParticipantStanding] = {}
    for row in rows:
        one = found.setdefault(
            row.participant_id,
            ParticipantStanding(
                row.participant_id,
                row.name,
                row.kind == ParticipantKind.SHOP,
                row.changed_at,
            ),
        )
        item = items[row.item_id]
        one.ordered_cents += amount(item.unit_price, row.ordered_quantity * item.piece_milli)
        one.chosen_cents += amount(item.unit_price, row.quantity * item.piece_milli)
        one.pieces += row.ordered_quantity
        one.differs = one.differs or _is_changed(row)
    return list(found.values())


def _suppliers(round_: Round, now: Decision, then: Decision) -> list[SupplierStanding]:
    goods_now, goods_then = _goods(now), _goods(then)
    delivery = {order.supplier_id: order.delivery_cents for order in now.orders}
    return [
        SupplierStanding(
            terms,
            goods_now[terms.supplier_id],
            goods_then[terms.supplier_id],
            delivery.get(terms.supplier_id, 0),
        )
        for terms in round_.suppliers
    ]


def _goods(decision: Decision) -> dict[int, Cents]:
    goods: dict[int, Cents] = defaultdict(int)
    for order in decision.orders:
        goods[order.supplier_id] = order.goods_cents
    return goods

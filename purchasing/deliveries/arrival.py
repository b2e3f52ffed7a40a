"""What came instead of what was ordered: shared out again, and what that costs. Pure, to the cent.

Guarantees, for every delivery:

* an article that came as ordered stays as it was decided, to the cent, for everybody;
* nobody gets more than was wanted with the extras, nor all together more than came;
* charges and what the network carries add up to the orders as they came and the fees;
* nobody pays more because a neighbour got less: where papers are out already (`charged`) what
  delivery cost stays as it was charged. Whoever gets nothing pays nothing; that part the network
  carries.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from purchasing import pooling
from purchasing.category import (
    ChargeDraft,
    ChargeKind,
    Decision,
    Demand,
    OrderDraft,
    OrderLine,
    ShareDraft,
)
from purchasing.deliveries.pile import Came, Pile, Place
from purchasing.money import Cents, share_out, vat_of


@dataclass(frozen=True)
class Arrival:
    """What each gets of what came, what is owed for it, and what is left.

    `carried` is what nobody is charged (cents, as the charges are): delivery for who got nothing,
    or a cent that cannot be divided. `left_over` are pieces that nobody had asked for, by item;
    they are not in the orders. `weights` are thousandths of a unit where something was weighed.
    """

    shares: tuple[ShareDraft, ...]
    orders: tuple[OrderDraft, ...]
    charges: tuple[ChargeDraft, ...]
    carried: Cents = 0
    left_over: Mapping[int, int] = field(default_factory=dict)
    weights: Mapping[Place, int] = field(default_factory=dict)


def share_again(
    demand: Demand,
    decided: Decision,
    came: Mapping[int, Came],
    *,
    charged: bool,
    given: Mapping[Place, Came] | None = None,
    at_most: Mapping[Place, int] | None = None,
) -> Arrival:
    """Divide what came by the round's rule; `given` is what somebody decided for one participant.

    `came` holds the items of which it is known; the others came as ordered. `charged` says that
    the decided charges are on papers already. `at_most` is what somebody still wants of it.
    """
    pile = Pile(demand, decided, came, given or {}, at_most or {})
    if not pile.changed:
        return Arrival(decided.shares, decided.orders, decided.charges)
    orders = tuple(pile.order(order) for order in decided.orders)
    charges = _kept(pile, orders) if charged else _anew(pile, orders)
    asked = sum(_whole(order, pile) for order in orders)
    paid = sum(charge.cents for charge in charges if charge.kind != ChargeKind.FEE)
    return Arrival(
        shares=tuple(pile.shares()),
        orders=orders,
        charges=tuple(sorted(charges, key=pooling.in_paper_order)),
        carried=asked - paid,
        left_over={i: left for i in sorted(pile.lines) if (left := pile.left_over(i))},
        weights=dict(pile.weights),
    )


def _whole(order: OrderDraft, pile: Pile) -> Cents:
    """What an order asks, in the same kind of cents as the charges."""
    return order.net_cents + (0 if pile.states_vat else order.vat_cents)


def _anew(pile: Pile, orders: tuple[OrderDraft, ...]) -> list[ChargeDraft]:
    """All charges as if it had been ordered like this."""
    charges: list[ChargeDraft] = []
    for order in orders:
        bill = [charge for line in order.lines for charge in _goods(pile, order, line)]
        bill += pooling.delivery_charges(order, bill, pile.demand.delivery_share)
        charges += bill if pile.states_vat else pooling.with_vat_inside(bill)
        charges += [charge for line in order.lines for charge in _deposits(pile, order, line)]
    charges += [
        charge
        for charge in pile.decided.charges
        if charge.kind == ChargeKind.EXTRA
        and (charge.item_id not in pile.changed or pile.keeps(charge))
    ]
    demand = replace(pile.demand, states_vat=pile.states_vat)
    return charges + pooling.fee_charges(demand, charges)


def _kept(pile: Pile, orders: tuple[OrderDraft, ...]) -> list[ChargeDraft]:
    """The charges as they stand, but for the articles that came otherwise."""
    stays = [
        charge
        for charge in pile.decided.charges
        if charge.item_id not in pile.changed or pile.keeps(charge)
    ]
    charges = [charge for charge in stays if charge.item_id is not None]
    for placed, order in zip(pile.decided.orders, orders, strict=True):
        goods = [
            charge
            for line in order.lines
            if line.item_id in pile.changed
            for charge in _goods(pile, order, line)
        ]
        charges += goods if pile.states_vat else _vat_inside(pile, placed, order, goods)
        charges += [
            charge
            for line in order.lines
            if line.item_id in pile.changed
            for charge in _deposits(pile, order, line)
        ]
    return charges + _shared_costs(pile, stays, charges)


def _shared_costs(
    pile: Pile, stays: Iterable[ChargeDraft], goods: Iterable[ChargeDraft]
) -> list[ChargeDraft]:
    """Delivery and fee of who still gets something; a fee for who gets something only now."""
    of_supplier = {(charge.participant_id, charge.supplier_id) for charge in goods}
    takes_part = {charge.participant_id for charge in goods}
    kept = [
        charge
        for charge in stays
        if charge.item_id is None
        and (
            charge.participant_id in takes_part
            if charge.supplier_id is None
            else (charge.participant_id, charge.supplier_id) in of_supplier
        )
    ]
    paying = {charge.participant_id for charge in pile.decided.charges}
    new = [charge for charge in goods if charge.participant_id not in paying]
    demand = replace(pile.demand, states_vat=pile.states_vat)
    return kept + pooling.fee_charges(demand, new)


def _goods(pile: Pile, order: OrderDraft, line: OrderLine) -> list[ChargeDraft]:
    measure = pile.measure(line.item_id)
    if not measure:
        return []
    item = pile.items[line.item_id]
    return [
        ChargeDraft(
            participant_id=who,
            kind=ChargeKind.ARTICLE,
            cents=cents,
            vat_bp=item.vat_bp,
            supplier_id=order.supplier_id,
            item_id=line.item_id,
            pieces=pile.given[line.item_id][who],
            unit_price=line.unit_price,
            milli=pile.weights.get((line.item_id, who)),
        )
        for who, cents in share_out(line.net_cents, measure).items()
    ]


def _deposits(pile: Pile, order: OrderDraft, line: OrderLine) -> list[ChargeDraft]:
    each = pile.items[line.item_id].deposit_cents
    return [
        ChargeDraft(
            participant_id=who,
            kind=ChargeKind.DEPOSIT,
            cents=pieces * each,
            vat_bp=None,
            supplier_id=order.supplier_id,
            item_id=line.item_id,
            pieces=pieces,
        )
        for who, pieces in sorted(pile.given[line.item_id].items())
        if pieces and each
    ]


def _vat_inside(
    pile: Pile, placed: OrderDraft, order: OrderDraft, goods: list[ChargeDraft]
) -> list[ChargeDraft]:
    """The changed articles with VAT: what was charged for them, and what the bill changed by.

    So all that did not change keeps its cents, also where VAT is rounded over the whole bill.
    """
    before, after = (pooling.net_per_rate(one, pile.items) for one in (placed, order))
    charged: list[ChargeDraft] = []
    for rate in sorted({pile.items[line.item_id].vat_bp for line in order.lines}):
        change = _gross(after, rate) - _gross(before, rate)
        was = sum(
            charge.cents
            for charge in pile.decided.charges
            if charge.kind == ChargeKind.ARTICLE
            and charge.item_id in pile.changed
            and charge.supplier_id == order.supplier_id
            and pile.items[charge.item_id].vat_bp == rate
        )
        change += _delivery_gone(placed, order, rate)
        bill = [charge for charge in goods if charge.vat_bp == rate]
        weights = {index: charge.cents for index, charge in enumerate(bill)}
        whole = share_out(max(was + change, 0), weights) if any(weights.values()) else {}
        charged += [
            replace(charge, cents=whole.get(index, 0), vat_bp=None)
            for index, charge in enumerate(bill)
        ]
    return charged


def _gross(nets: Mapping[int, Cents], rate: int) -> Cents:
    return nets.get(rate, 0) + vat_of(nets.get(rate, 0), rate)


def _delivery_gone(placed: OrderDraft, order: OrderDraft, rate: int) -> Cents:
    """What delivery cost at this rate, where none is paid any more: it is no goods."""
    if rate != placed.delivery_vat_bp or placed.delivery_cents == order.delivery_cents:
        return 0
    return placed.delivery_cents + vat_of(placed.delivery_cents, rate)

"""From the demand of a round to cases, orders and charges. Pure, and exact to the cent.

Guarantees, for every demand:

* the order of the demand never changes the outcome;
* per supplier, the articles' and delivery's charges add up to its order, to the cent;
* with `states_vat` charges are shares of what the supplier asks without VAT; without it they
  are shares of the whole bill, VAT included;
* deposits carry no VAT, and whoever gets nothing pays nothing.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace

from purchasing.allocation import Allocation, Reason, Share, Want, allocate, tier_price
from purchasing.category import (
    ChargeDraft,
    ChargeKind,
    Decision,
    DeliveryShare,
    Demand,
    ItemTerms,
    OrderDraft,
    OrderLine,
    ShareDraft,
    Shortfall,
    SupplierTerms,
    Wanted,
)
from purchasing.money import Cents, amount, share_out, vat_of

Shares = Mapping[int, Allocation[int]]


def pool(demand: Demand) -> Decision:
    """What closing decides for articles in cases."""
    items = {item.id: item for item in demand.items}
    allocations = _allocate(demand, items)
    suppliers = sorted(demand.suppliers, key=lambda terms: terms.supplier_id)
    drafts = [_order(terms, items, allocations) for terms in suppliers]
    shortfalls = _shortfalls(demand, suppliers, drafts)
    orders = tuple(d for d in drafts if d.supplier_id not in demand.without_suppliers)
    kept = {line.item_id for order in orders for line in order.lines}
    return Decision(
        shares=tuple(_share_drafts(items, allocations, kept, demand.without_suppliers)),
        orders=orders,
        charges=tuple(_charges(demand, items, orders, allocations)),
        shortfalls=shortfalls,
    )


def _allocate(demand: Demand, items: Mapping[int, ItemTerms]) -> dict[int, Allocation[int]]:
    wanted: dict[int, list[Want[int]]] = defaultdict(list)
    for want in sorted(demand.wants, key=lambda want: (want.item_id, want.participant_id)):
        wanted[want.item_id].append(_as_want(want))
    return {
        item_id: allocate(wants, case=items[item_id].case_pieces, rule=demand.sharing_rule)
        for item_id, wants in wanted.items()
    }


def _as_want(want: Wanted) -> Want[int]:
    return Want(
        who=want.participant_id,
        quantity=want.quantity,
        extra=want.extra,
        queue=want.queue,
        lost_before=want.lost_before,
    )


def _order(
    terms: SupplierTerms, items: Mapping[int, ItemTerms], allocations: Shares
) -> OrderDraft:
    lines = tuple(
        _order_line(items[item_id], allocation)
        for item_id, allocation in allocations.items()
        if items[item_id].supplier_id == terms.supplier_id and allocation.pieces
    )
    goods = sum(line.net_cents for line in lines)
    delivery = terms.delivery_cents if lines and not _delivers_free(terms, goods) else 0
    draft = OrderDraft(
        supplier_id=terms.supplier_id,
        lines=lines,
        goods_cents=goods,
        deposit_cents=sum(line.deposit_cents for line in lines),
        delivery_cents=delivery,
        delivery_vat_bp=terms.delivery_vat_bp,
        vat_cents=0,
    )
    nets = net_per_rate(draft, items)
    return replace(draft, vat_cents=sum(vat_of(net, rate) for rate, net in nets.items()))


def _delivers_free(terms: SupplierTerms, goods: Cents) -> bool:
    return terms.free_delivery_cents is not None and goods >= terms.free_delivery_cents


def _order_line(item: ItemTerms, allocation: Allocation[int]) -> OrderLine:
    unit_price = tier_price(item.tiers, item.unit_price, allocation.pieces)
    return OrderLine(
        item_id=item.id,
        cases=allocation.cases,
        pieces=allocation.pieces,
        unit_price=unit_price,
        net_cents=amount(unit_price, allocation.pieces * item.piece_milli),
        deposit_cents=allocation.pieces * item.deposit_cents,
    )


def net_per_rate(order: OrderDraft, items: Mapping[int, ItemTerms]) -> dict[int, Cents]:
    """What an order asks without VAT, by the rate that comes on top."""
    nets: dict[int, Cents] = defaultdict(int)
    for line in order.lines:
        nets[items[line.item_id].vat_bp] += line.net_cents
    nets[order.delivery_vat_bp] += order.delivery_cents
    return nets


def _shortfalls(
    demand: Demand, suppliers: Iterable[SupplierTerms], drafts: Iterable[OrderDraft]
) -> tuple[Shortfall, ...]:
    """Minimums not reached, in goods without VAT, deposit and delivery.

    Where somebody orders, a supplier of whom nobody wants anything holds up nothing.
    """
    reached = {draft.supplier_id: draft.goods_cents for draft in drafts}
    supplier_of = {item.id: item.supplier_id for item in demand.items}
    asked = {supplier_of[want.item_id] for want in demand.wants if want.quantity} or set(reached)
    short = [
        Shortfall(terms.supplier_id, terms.minimum_cents, reached[terms.supplier_id])
        for terms in suppliers
        if terms.supplier_id in asked - demand.without_suppliers
        and reached[terms.supplier_id] < terms.minimum_cents
    ]
    whole = sum(c for s, c in reached.items() if s not in demand.without_suppliers)
    if whole < demand.minimum_cents:
        short.append(Shortfall(None, demand.minimum_cents, whole))
    return tuple(short)


def _share_drafts(
    items: Mapping[int, ItemTerms],
    allocations: Shares,
    kept: set[int],
    left_out: frozenset[int],
) -> Iterable[ShareDraft]:
    for item_id, allocation in allocations.items():
        dropped = items[item_id].supplier_id in left_out
        for share in allocation.shares:
            yield ShareDraft(
                participant_id=share.who,
                item_id=item_id,
                wanted=share.wanted,
                extra=share.extra,
                given=share.given if item_id in kept else 0,
                reason=Reason.SUPPLIER_SHORT if dropped else share.reason,
                cases=0 if dropped else allocation.cases,
                case_pieces=items[item_id].case_pieces,
            )


def _charges(
    demand: Demand,
    items: Mapping[int, ItemTerms],
    orders: tuple[OrderDraft, ...],
    allocations: Shares,
) -> list[ChargeDraft]:
    charges: list[ChargeDraft] = []
    for order in orders:
        bill = _goods(order, items, allocations)
        bill += delivery_charges(order, bill, demand.delivery_share)
        charges += bill if demand.states_vat else with_vat_inside(bill)
        charges += _deposits(order, items, allocations)
    charges += fee_charges(demand, charges)
    return sorted(charges, key=in_paper_order)


def in_paper_order(charge: ChargeDraft) -> tuple[int, int, int, int]:
    """By participant: articles, delivery, fee, deposit."""
    kinds = (
        *(ChargeKind.ARTICLE, ChargeKind.EXTRA, ChargeKind.DELIVERY),
        *(ChargeKind.FEE, ChargeKind.DEPOSIT),
    )
    supplier, item = charge.supplier_id or 0, charge.item_id or 0
    return charge.participant_id, kinds.index(charge.kind), supplier, item


def _receivers(allocation: Allocation[int]) -> list[Share[int]]:
    return [share for share in allocation.shares if share.given]


def _goods(
    order: OrderDraft, items: Mapping[int, ItemTerms], allocations: Shares
) -> list[ChargeDraft]:
    charges = []
    for line in order.lines:
        given = {share.who: share.given for share in _receivers(allocations[line.item_id])}
        for who, cents in share_out(line.net_cents, given).items():
            charges.append(
                ChargeDraft(
                    participant_id=who,
                    kind=ChargeKind.ARTICLE,
                    cents=cents,
                    vat_bp=items[line.item_id].vat_bp,
                    supplier_id=order.supplier_id,
                    item_id=line.item_id,
                    pieces=given[who],
                    unit_price=line.unit_price,
                )
            )
    return charges


def delivery_charges(
    order: OrderDraft, goods: list[ChargeDraft], rule: DeliveryShare
) -> list[ChargeDraft]:
    if not order.delivery_cents:
        return []
    weights: dict[int, int] = defaultdict(int)
    for charge in goods:
        weights[charge.participant_id] += charge.cents
    if rule == DeliveryShare.EQUAL or not any(weights.values()):
        weights = dict.fromkeys(weights, 1)
    ranked = {who: weights[who] for who in sorted(weights)}
    return [
        ChargeDraft(
            participant_id=who,
            kind=ChargeKind.DELIVERY,
            cents=cents,
            vat_bp=order.delivery_vat_bp,
            supplier_id=order.supplier_id,
            pieces=1,
        )
        for who, cents in share_out(order.delivery_cents, ranked).items()
    ]


def with_vat_inside(bill: list[ChargeDraft]) -> list[ChargeDraft]:
    """The same bill with the supplier's VAT in each charge, rate by rate, and no rate named."""
    by_rate: dict[int | None, list[ChargeDraft]] = defaultdict(list)
    for charge in bill:
        by_rate[charge.vat_bp].append(charge)
    paid: list[ChargeDraft] = []
    for rate, charges in by_rate.items():
        net = sum(charge.cents for charge in charges)
        weights = {index: charge.cents for index, charge in enumerate(charges)}
        whole = share_out(net + vat_of(net, rate or 0), weights)
        paid += [replace(c, cents=whole[i], vat_bp=None) for i, c in enumerate(charges)]
    return paid


def _deposits(
    order: OrderDraft, items: Mapping[int, ItemTerms], allocations: Shares
) -> list[ChargeDraft]:
    return [
        ChargeDraft(
            participant_id=share.who,
            kind=ChargeKind.DEPOSIT,
            cents=share.given * items[line.item_id].deposit_cents,
            vat_bp=None,
            supplier_id=order.supplier_id,
            item_id=line.item_id,
            pieces=share.given,
        )
        for line in order.lines
        if line.deposit_cents
        for share in _receivers(allocations[line.item_id])
    ]


def fee_charges(demand: Demand, charges: list[ChargeDraft]) -> list[ChargeDraft]:
    if not demand.fee_cents:
        return []
    return [
        ChargeDraft(
            participant_id=who,
            kind=ChargeKind.FEE,
            cents=demand.fee_cents,
            vat_bp=demand.fee_vat_bp if demand.states_vat else None,
            pieces=1,
        )
        for who in sorted({charge.participant_id for charge in charges})
    ]

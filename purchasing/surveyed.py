"""What a survey makes of the demand of a round, and what each then pays at most. Pure.

Somebody looks at each home after closing: what was ordered fits there, or in another number, at
an extra cost, or not at all. What that comes to is told to each, who may then drop out.

Guarantee: nobody pays more than was told, whoever else drops out. Prices stay at the tier that
was told, and each one's part of a delivery stays what it was. Only the cents of dividing can
differ, so the most that is told is rounded up to whole euros.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from purchasing.allocation import queue_up
from purchasing.category import DeliveryShare, Demand, ItemTerms, SupplierTerms, Wanted
from purchasing.decision import ChargeDraft, ChargeKind, Decision, NamedLine, OrderDraft
from purchasing.errors import N_
from purchasing.money import Cents, vat_of, vat_per_rate

EXTRA_WORK = N_("Extra work after the survey")
EURO: Cents = 100
CENTS_OF_DIVIDING: Cents = 6  # the most that two ways to divide one amount can differ

Decide = Callable[[Demand], Decision]
Line = tuple[int, int]  # the ids of a participant and of an article


@dataclass(frozen=True)
class Finding:
    """How many pieces fit, and what is to be paid besides; cents without VAT."""

    quantity: int
    extra_cents: Cents = 0


@dataclass(frozen=True)
class ToldLine:
    """What one participant is told of one article.

    `pieces` may be 0; `unit_price` is in millionths per unit and `extra_cents` in cents, both
    without VAT. `raised`: the survey made it dearer or larger, so it wants a yes.
    """

    participant_id: int
    item_id: int
    pieces: int
    unit_price: int
    extra_cents: Cents
    raised: bool

    @property
    def key(self) -> Line:
        return self.participant_id, self.item_id


@dataclass(frozen=True)
class Told:
    """`at_most`: what each participant pays at most for all lines, VAT and fees included."""

    lines: tuple[ToldLine, ...]
    at_most: Mapping[int, Cents]


def tell(
    demand: Demand, findings: Mapping[Line, Finding], gone: Collection[int], decide: Decide
) -> Told:
    """What to offer each who has not dropped out already; nothing found means as ordered."""
    found = replace(demand, wants=tuple(_found(demand.wants, findings, gone)))
    extras = {line: one.extra_cents for line, one in findings.items() if one.extra_cents}
    decision = decide(found)
    before, after = _outcome(decide(demand)), _outcome(decision)
    lines = tuple(
        _line(want, extras.get(_key(want), 0), before, after)
        for want in sorted(demand.wants, key=_key)
        if want.participant_id not in gone
    )
    return Told(lines, _at_most(_with_extras(demand, decision, lines), lines))


def settle(
    demand: Demand, told: Sequence[ToldLine], staying: Collection[Line], decide: Decide
) -> Decision:
    """What is ordered for the lines that stay, at what was told."""
    offered = _as_told(demand, told)
    whole = decide(replace(offered, without_suppliers=frozenset()))
    wants = tuple(want for want in offered.wants if _key(want) in staying)
    free = replace(offered, wants=wants, suppliers=_delivering(offered, {}))
    parts = _delivery_parts(demand.delivery_share, whole, decide(free))
    decision = decide(replace(free, suppliers=_delivering(offered, parts)))
    return _with_extras(demand, decision, told)


def _found(
    wants: Iterable[Wanted], findings: Mapping[Line, Finding], gone: Collection[int]
) -> Iterator[Wanted]:
    for want in wants:
        finding = findings.get(_key(want))
        if want.participant_id in gone or (finding is not None and not finding.quantity):
            continue
        fits = finding is None or finding.quantity == want.quantity
        yield want if fits or finding is None else _of(want, finding.quantity)


def _of(want: Wanted, quantity: int) -> Wanted:
    """The same want in another number, without extras, and with the same place in line."""
    latest = want.queue[-1][0] if want.queue else 0
    queue = queue_up(want.queue, quantity=quantity, at=latest)
    return replace(want, quantity=quantity, extra=0, queue=tuple(queue))  # type: ignore[arg-type]


@dataclass(frozen=True)
class _Outcome:
    """What was decided, to look things up in."""

    pieces: Mapping[Line, int]
    prices: Mapping[int, int]  # by article
    suppliers: Mapping[int, int]  # by article
    deliveries: Mapping[tuple[int, int | None], Cents]  # by participant and supplier


def _outcome(decision: Decision) -> _Outcome:
    lines = [(order.supplier_id, line) for order in decision.orders for line in order.lines]
    return _Outcome(
        pieces={(share.participant_id, share.item_id): share.given for share in decision.shares},
        prices={line.item_id: line.unit_price for _, line in lines},
        suppliers={line.item_id: supplier for supplier, line in lines},
        deliveries={
            (charge.participant_id, charge.supplier_id): charge.cents
            for charge in decision.charges
            if charge.kind == ChargeKind.DELIVERY
        },
    )


def _line(want: Wanted, extra: Cents, before: _Outcome, after: _Outcome) -> ToldLine:
    pieces = after.pieces.get(_key(want), 0)
    if not pieces:
        return ToldLine(want.participant_id, want.item_id, 0, 0, 0, raised=False)
    return ToldLine(
        participant_id=want.participant_id,
        item_id=want.item_id,
        pieces=pieces,
        unit_price=after.prices[want.item_id],
        extra_cents=extra,
        raised=bool(extra) or _is_dearer(want, pieces, before, after),
    )


def _is_dearer(want: Wanted, pieces: int, before: _Outcome, after: _Outcome) -> bool:
    """More than was ordered, or at a higher price, or with a larger part of the delivery."""
    if pieces > want.quantity + want.extra:
        return True
    if after.prices[want.item_id] > before.prices.get(want.item_id, 0):
        return True
    part = want.participant_id, after.suppliers[want.item_id]
    return after.deliveries.get(part, 0) > before.deliveries.get(part, 0) + 1


def _as_told(demand: Demand, told: Iterable[ToldLine]) -> Demand:
    """The demand in the numbers and at the prices that were told, with no tiers any more."""
    pieces = {line.key: line.pieces for line in told if line.pieces}
    prices = {line.item_id: line.unit_price for line in told if line.pieces}
    return replace(
        demand,
        items=tuple(_at(item, prices) for item in demand.items),
        wants=tuple(_of(w, pieces[_key(w)]) for w in demand.wants if _key(w) in pieces),
    )


def _at(item: ItemTerms, prices: Mapping[int, int]) -> ItemTerms:
    return replace(item, unit_price=prices.get(item.id, item.unit_price), tiers=())


def _delivering(demand: Demand, costs: Mapping[int, Cents]) -> tuple[SupplierTerms, ...]:
    return tuple(
        replace(
            terms, delivery_cents=costs.get(terms.supplier_id, 0), free_delivery_cents=None
        )
        for terms in demand.suppliers
    )  # fmt: skip


def _delivery_parts(rule: DeliveryShare, whole: Decision, left: Decision) -> dict[int, Cents]:
    """Of each supplier's delivery, the part of those who stay."""
    told, stays = _weights(rule, whole), _weights(rule, left)
    return {
        order.supplier_id: order.delivery_cents
        * stays.get(order.supplier_id, 0)
        // told[order.supplier_id]
        for order in whole.orders
        if told.get(order.supplier_id)
    }


def _weights(rule: DeliveryShare, decision: Decision) -> dict[int, int]:
    """By supplier: how many get something, or for how much."""
    if rule == DeliveryShare.BY_AMOUNT:
        return {order.supplier_id: order.goods_cents for order in decision.orders}
    heads: dict[int, set[int]] = defaultdict(set)
    for charge in decision.charges:
        if charge.kind == ChargeKind.ARTICLE and charge.supplier_id is not None:
            heads[charge.supplier_id].add(charge.participant_id)
    return {supplier: len(who) for supplier, who in heads.items()}


def _with_extras(demand: Demand, decision: Decision, told: Iterable[ToldLine]) -> Decision:
    """The same, with the extra work of each line that is ordered."""
    rates = {item.id: item.vat_bp for item in demand.items}
    extras = {line.key: line.extra_cents for line in told if line.extra_cents}
    charges: list[ChargeDraft] = []
    works: dict[int, list[tuple[Cents, Cents]]] = defaultdict(list)  # net and VAT, by supplier
    for charge in decision.charges:
        charges.append(charge)
        extra = extras.get((charge.participant_id, charge.item_id or 0))
        if charge.kind != ChargeKind.ARTICLE or extra is None or charge.supplier_id is None:
            continue
        vat = vat_of(extra, rates[charge.item_id or 0])
        works[charge.supplier_id].append((extra, vat))
        charges.append(
            replace(
                charge,
                kind=ChargeKind.EXTRA,
                cents=extra if charge.vat_bp is not None else extra + vat,
                pieces=1,
                unit_price=0,
                name=EXTRA_WORK,
            )
        )
    orders = tuple(_with_work(order, works[order.supplier_id]) for order in decision.orders)
    return replace(decision, charges=tuple(charges), orders=orders)


def _with_work(order: OrderDraft, works: Sequence[tuple[Cents, Cents]]) -> OrderDraft:
    if not works:
        return order
    net, vat = sum(net for net, _ in works), sum(vat for _, vat in works)
    return replace(
        order,
        goods_cents=order.goods_cents + net,
        vat_cents=order.vat_cents + vat,
        named=(*order.named, NamedLine(EXTRA_WORK, len(works), net // len(works), net, vat)),
    )


def _at_most(decision: Decision, lines: Iterable[ToldLine]) -> dict[int, Cents]:
    owed: dict[int, list[ChargeDraft]] = {line.participant_id: [] for line in lines}
    for charge in decision.charges:
        owed[charge.participant_id].append(charge)
    return {who: _rounded_up(charges) for who, charges in owed.items()}


def _rounded_up(charges: Sequence[ChargeDraft]) -> Cents:
    if not charges:
        return 0
    whole = vat_per_rate((charge.vat_bp, charge.cents) for charge in charges).gross
    return -(-(whole + CENTS_OF_DIVIDING * len(charges)) // EURO) * EURO


def _key(want: Wanted) -> Line:
    return want.participant_id, want.item_id

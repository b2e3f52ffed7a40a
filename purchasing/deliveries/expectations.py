"""What is known of a delivery: counted, else announced by the supplier, else as it was ordered.

Who said no to what was announced, or nothing to a higher price, gets no more than was agreed to.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from purchasing import ordering
from purchasing.deliveries import announcements, counting, share_replies, substitutes
from purchasing.deliveries.pile import Came, Place
from purchasing.deliveries.supplier_answers import SupplierAnswer
from purchasing.ordering import SupplierOrder, SupplierOrderLine
from purchasing.rounds import Round


@dataclass(frozen=True)
class Expected:
    """`came` by article, where it is not as ordered; `at_most` what each still wants of it."""

    came: dict[int, Came]
    at_most: dict[Place, int]


def expected_of(session: Session, round_: Round) -> Expected:
    """What is known now of all orders of a round."""
    counted = counting.came_of(session, round_.id)
    expected = Expected(dict(counted), {})
    shares = [(s.item_id, s.participant_id) for s in ordering.list_shares(session, round_.id)]
    for order in _answered(session, round_.id):
        announced = announcements.announced_of(session, order)
        if not announced:
            continue
        items = {line.id: line for line in order.lines}
        dearer = set()
        for line_id, one in announced.items():
            line = items[line_id]
            known = counted.get(line.item_id) or Came(one.pieces)
            if one.unit_price != line.unit_price:
                known = replace(known, unit_price=one.unit_price)
            if one.unit_price > line.unit_price:
                dearer.add(line.item_id)
            if known != Came(line.pieces):
                expected.came[line.item_id] = known
        changes = share_replies.changes_of(session, order)
        expected.at_most.update(_agreed(changes, dearer, shares))
    return _with_substitutes(session, round_, expected)


def _with_substitutes(session: Session, round_: Round, expected: Expected) -> Expected:
    """What came instead costs what was said of it, never more than is asked already."""
    instead = substitutes.in_force(session, round_.id)
    if not instead:
        return expected
    for item_id, line in _lines(session, round_, instead).items():
        known = expected.came.get(item_id) or Came(line.pieces)
        asked = line.unit_price if known.unit_price is None else known.unit_price
        if instead[item_id].unit_price < asked:
            expected.came[item_id] = replace(known, unit_price=instead[item_id].unit_price)
    return expected


def _lines(
    session: Session, round_: Round, item_ids: Iterable[int]
) -> dict[int, SupplierOrderLine]:
    query = (
        select(SupplierOrderLine)
        .join(SupplierOrder, SupplierOrder.id == SupplierOrderLine.supplier_order_id)
        .where(
            SupplierOrder.round_id == round_.id,
            SupplierOrderLine.item_id.in_(item_ids),
        )
    )
    return {line.item_id: line for line in session.scalars(query)}


def _answered(session: Session, round_id: int) -> list[SupplierOrder]:
    """The orders that their suppliers answered; mostly there are none."""
    query = select(SupplierOrder).where(
        SupplierOrder.round_id == round_id,
        SupplierOrder.id.in_(select(SupplierAnswer.supplier_order_id)),
    )
    return list(session.scalars(query.order_by(SupplierOrder.id)))


def _agreed(
    changes: Iterable[share_replies.Change], dearer: set[int], shares: Iterable[Place]
) -> dict[Place, int]:
    """What each agreed to, where somebody said no, or a price is higher: silence is a no then."""
    agreed = {place: 0 for place in shares if place[0] in dearer}
    for one in changes:
        place = one.item.id, one.share.participant_id
        if one.declined or place[0] in dearer:
            agreed[place] = one.accepted
    return agreed

"""What each participant is left with when less comes of a line: the round's own rule, again."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy.orm import Session

from purchasing import ordering
from purchasing.allocation import Want, allocate
from purchasing.category import Demand
from purchasing.ordering import SupplierOrder, SupplierOrderLine
from purchasing.rounds import Round


@dataclass(frozen=True)
class Offered:
    """Of one line: `before` pieces were a participant's, `offered` are now, at this price."""

    line_id: int
    participant_id: int
    before: int
    offered: int
    unit_price: int

    def asks(self, ordered_price: int) -> bool:
        """Whether there is something to say yes or no to: less than before, or dearer."""
        return self.offered > 0 and (self.offered < self.before or self.unit_price > ordered_price)


def offered_by(
    session: Session, order: SupplierOrder, terms: Mapping[int, tuple[int, int]]
) -> list[Offered]:
    """Everybody's share of each line of an order, if this comes: (pieces, price) by line id.

    Nobody gets more than before: a piece that the rule would move stays with whom it was.
    """
    round_ = session.get_one(Round, order.round_id)
    demand = ordering.demand_of(session, round_)
    before: dict[int, dict[int, int]] = defaultdict(dict)
    for share in ordering.list_shares(session, round_.id):
        if share.given:
            before[share.item_id][share.participant_id] = share.given
    return [
        Offered(line.id, who, held, min(held, left.get(who, 0)), terms[line.id][1])
        for line in order.lines
        for left in [_left(demand, line, before[line.item_id], terms[line.id][0])]
        for who, held in sorted(before[line.item_id].items())
    ]


def _left(
    demand: Demand, line: SupplierOrderLine, before: Mapping[int, int], pieces: int
) -> Mapping[int, int]:
    """Who gets how many of so many pieces; as before where all come."""
    if pieces >= line.pieces:
        return before
    wants = [
        Want(want.participant_id, want.quantity, want.extra, want.queue, want.lost_before)
        for want in demand.wants
        if want.item_id == line.item_id
    ]
    division = allocate(
        wants, case=line.item.case_pieces, rule=demand.sharing_rule, received=pieces
    )
    return {share.who: share.given for share in division.shares}

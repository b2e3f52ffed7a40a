"""The goods of a round as they lie there: which article came otherwise, who gets what, its weight.

Pure; `arrival` makes charges of it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from purchasing import pooling
from purchasing.allocation import Queue, Reason, Share, Want, allocate
from purchasing.category import (
    ChargeDraft,
    ChargeKind,
    Decision,
    Demand,
    ItemTerms,
    OrderDraft,
    OrderLine,
    ShareDraft,
)
from purchasing.money import Cents, amount, share_out, split_gross, vat_of

Place = tuple[int, int]  # item, participant


@dataclass(frozen=True)
class Came:
    """So many pieces of an article came; `milli` is what they weighed, in thousandths of a unit.

    Without a weight they count for what a piece is said to hold.
    """

    pieces: int
    milli: int | None = None
    unit_price: int | None = None  # millionths, where it is another than was ordered at


class Pile:
    """The goods of one round on the table: which article came otherwise, and who gets what."""

    def __init__(
        self,
        demand: Demand,
        decided: Decision,
        came: Mapping[int, Came],
        given: Mapping[Place, Came],
        at_most: Mapping[Place, int],
    ) -> None:
        self.demand, self.decided, self.came = demand, decided, came
        self.at_most = at_most
        self.items: dict[int, ItemTerms] = {item.id: item for item in demand.items}
        self.lines = {line.item_id: line for order in decided.orders for line in order.lines}
        self.wanted = {(want.item_id, want.participant_id): want for want in demand.wants}
        self.fixed = dict(given)
        for item_id in self.lines:
            self.fixed |= self._no_more_than_came(item_id, given)
        self.states_vat = any(charge.vat_bp is not None for charge in decided.charges)
        self.changed = {item_id for item_id in self.lines if self._is_changed(item_id)}
        self.given: dict[int, dict[int, int]] = defaultdict(dict)
        self.weights: dict[Place, int] = {}
        self._reasons: dict[Place, Reason] = {}
        for share in decided.shares:
            self.given[share.item_id][share.participant_id] = share.given
        for item_id in sorted(self.changed):
            self._share(item_id)
            self._weigh(item_id)

    def _is_changed(self, item_id: int) -> bool:
        line, came = self.lines[item_id], self.came.get(item_id)
        other = came is not None and (came.milli is not None or came.pieces != line.pieces)
        dearer = self.price(line) != line.unit_price
        return other or dearer or any(item == item_id for item, _ in (*self.fixed, *self.at_most))

    def price(self, line: OrderLine) -> int:
        """Millionths per unit, as it is asked in the end."""
        came = self.came.get(line.item_id)
        return line.unit_price if came is None or came.unit_price is None else came.unit_price

    def pieces(self, item_id: int) -> int:
        """How many came."""
        came = self.came.get(item_id)
        return self.lines[item_id].pieces if came is None else came.pieces

    def left_over(self, item_id: int) -> int:
        if item_id not in self.changed:
            return 0
        return max(0, self.pieces(item_id) - sum(self.given[item_id].values()))

    def _share(self, item_id: int) -> None:
        """By the rule; who was given something by hand keeps that, and the others the rest."""
        fixed = {who: one.pieces for (item, who), one in self.fixed.items() if item == item_id}
        rest = self.pieces(item_id) - sum(fixed.values())
        others = {who: g for who, g in self.given[item_id].items() if who not in fixed}
        said = any(item == item_id for item, _ in self.at_most)
        if said or self.pieces(item_id) != self.lines[item_id].pieces:
            ruled = self._by_rule(item_id, self.pieces(item_id), without=())
            others = {who: pieces for who, pieces in ruled.items() if who not in fixed}
        if sum(others.values()) > rest:
            others = self._by_rule(item_id, rest, without=fixed)
        self.given[item_id] = {**others, **fixed}

    def _no_more_than_came(self, item_id: int, given: Mapping[Place, Came]) -> dict[Place, Came]:
        """What was given by hand; where a later count says that fewer came, these by the rule."""
        by_hand = {who: one for (item, who), one in given.items() if item == item_id}
        if sum(one.pieces for one in by_hand.values()) <= self.pieces(item_id):
            return {}
        wants = [
            Want(who, one.pieces, 0, *self._place_in_line(item_id, who))
            for who, one in by_hand.items()
        ]
        case, rule = self.items[item_id].case_pieces, self.demand.sharing_rule
        cut = allocate(wants, case=case, rule=rule, received=max(self.pieces(item_id), 0))
        return {
            (item_id, one.who): Came(one.given)
            for one in cut.shares
            if one.given != by_hand[one.who].pieces
        }

    def _by_rule(self, item_id: int, pieces: int, *, without: Iterable[int]) -> dict[int, int]:
        skipped = set(without)
        wants = [
            self._want(share)
            for share in self.decided.shares
            if share.item_id == item_id and share.participant_id not in skipped
        ]
        case = self.items[item_id].case_pieces
        allocation = allocate(
            wants, case=case, rule=self.demand.sharing_rule, received=max(pieces, 0)
        )
        for share in allocation.shares:
            self._reasons[item_id, share.who] = self._reason(item_id, share)
        return {share.who: share.given for share in allocation.shares}

    def _want(self, share: ShareDraft) -> Want[int]:
        """What was decided about, with its place in line."""
        queue, lost = self._place_in_line(share.item_id, share.participant_id)
        most = self.at_most.get((share.item_id, share.participant_id))
        wanted = share.wanted if most is None else min(share.wanted, most)
        extra = share.extra if most is None else min(share.extra, most - wanted)
        return Want(share.participant_id, wanted, extra, queue, lost)

    def _place_in_line(self, item_id: int, who: int) -> tuple[Queue, int]:
        asked = self.wanted.get((item_id, who))
        return (asked.queue, asked.lost_before) if asked else ((), 0)

    def _reason(self, item_id: int, share: Share[int]) -> Reason:
        if share.given < share.wanted and self.pieces(item_id) < self.lines[item_id].pieces:
            return Reason.LESS_CAME
        return share.reason

    def _weigh(self, item_id: int) -> None:
        """Who was weighed apart keeps that weight; the rest of it goes by pieces."""
        came, item = self.came.get(item_id), self.items[item_id]
        apart = {
            who: one.milli
            for (i, who), one in self.fixed.items()
            if i == item_id and one.milli is not None
        }
        given = {who: g for who, g in sorted(self.given[item_id].items()) if g}
        others = {who: pieces for who, pieces in given.items() if who not in apart}
        if came is None or came.milli is None:
            weights = {who: pieces * item.piece_milli for who, pieces in others.items()}
        else:
            total = came.milli * sum(given.values()) // max(came.pieces, 1)
            rest = max(total - sum(apart.values()), 0)
            weights = share_out(rest, others) if others else {}
        if apart or (came is not None and came.milli is not None):
            both = weights | {who: milli for who, milli in apart.items() if who in given}
            self.weights |= {(item_id, who): both[who] for who in sorted(both)}

    def measure(self, item_id: int) -> dict[int, int]:
        """Thousandths of a unit that each gets."""
        step = self.items[item_id].piece_milli
        return {
            who: self.weights.get((item_id, who), pieces * step)
            for who, pieces in sorted(self.given[item_id].items())
            if pieces
        }

    def order(self, order: OrderDraft) -> OrderDraft:
        """The order as it came; delivery is paid where anything came at all."""
        if not any(line.item_id in self.changed for line in order.lines):
            return order
        lines = tuple(self._line(line) for line in order.lines)
        draft = replace(
            order,
            lines=lines,
            deposit_cents=sum(line.deposit_cents for line in lines),
            delivery_cents=order.delivery_cents if any(line.pieces for line in lines) else 0,
        )
        work, vat_of_work = self._work_gone(order.supplier_id)
        goods = sum(line.net_cents for line in lines) - sum(one.net_cents for one in order.lines)
        return replace(
            draft,
            goods_cents=order.goods_cents + goods - work,
            vat_cents=order.vat_cents + self._vat(draft) - self._vat(order) - vat_of_work,
        )

    def _vat(self, order: OrderDraft) -> Cents:
        nets = pooling.net_per_rate(order, self.items)
        return sum(vat_of(net, rate) for rate, net in nets.items())

    def keeps(self, charge: ChargeDraft) -> bool:
        """Whether work at a home, for an article that came otherwise, is still done."""
        who = self.given[charge.item_id or 0].get(charge.participant_id, 0)
        return charge.kind == ChargeKind.EXTRA and who > 0

    def _work_gone(self, supplier_id: int) -> tuple[Cents, Cents]:
        """Work at homes that get nothing any more: without VAT, and its VAT."""
        gone = [
            charge
            for charge in self.decided.charges
            if charge.kind == ChargeKind.EXTRA
            and charge.supplier_id == supplier_id
            and charge.item_id in self.changed
            and not self.keeps(charge)
        ]
        net = vat = 0
        for charge in gone:
            rate = self.items[charge.item_id or 0].vat_bp
            own = charge.cents if self.states_vat else split_gross(charge.cents, rate)[0]
            net, vat = net + own, vat + vat_of(own, rate)
        return net, vat

    def _line(self, line: OrderLine) -> OrderLine:
        if line.item_id not in self.changed:
            return line
        pieces = sum(self.given[line.item_id].values())
        return replace(
            line,
            pieces=pieces,
            unit_price=self.price(line),
            net_cents=amount(self.price(line), sum(self.measure(line.item_id).values())),
            deposit_cents=pieces * self.items[line.item_id].deposit_cents,
        )

    def shares(self) -> Iterable[ShareDraft]:
        """What each gets, and why, in the order in which it was decided."""
        for share in self.decided.shares:
            place = share.item_id, share.participant_id
            given = self.given[share.item_id].get(share.participant_id, 0)
            reason = share.reason if given == share.given else self._reasons.get(place)
            yield replace(share, given=given, reason=reason or _told(share, given))


def _told(share: ShareDraft, given: int) -> Reason:
    """Why, where it was decided by hand."""
    return Reason.LESS_CAME if given < share.wanted else Reason.MORE_CAME

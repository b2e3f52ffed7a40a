"""What each participant owes more or less than was charged, line by line, and why.

VAT is taken over what is owed in all, less what was stated before: so all papers of a round
together state the VAT of what was bought, and no credit note gives back more than was asked.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from sqlalchemy.orm import Session

from purchasing import ordering, sheets
from purchasing.books import settlement
from purchasing.category import ChargeDraft, ChargeKind, Decision, ShareDraft
from purchasing.deliveries import counting, expectations, hand_shares, substitutes
from purchasing.deliveries.arrival import Arrival, share_again
from purchasing.deliveries.hand_shares import HandShare
from purchasing.deliveries.pile import Place
from purchasing.money import Cents, RateTotal, VatTotals, vat_per_rate
from purchasing.rounds import Round, RoundItem

Snapshot = dict[str, Any]
Key = tuple[ChargeKind, int | None, int | None, int | None, str]


class Why(StrEnum):
    """Why a line of a correction is there."""

    LESS_CAME = "less_came"
    MORE_CAME = "more_came"
    WEIGHED = "weighed"
    BY_HAND = "by_hand"  # somebody decided, and said why
    AS_SAID = "as_said"  # they did not want what the supplier could still bring, or its price
    OTHER_PRICE = "other_price"
    SUBSTITUTE = "substitute"  # something else came, for less
    NOTHING_LEFT = "nothing_left"  # delivery or fee of who gets nothing
    BILLED_LESS = "billed_less"  # the supplier's bill is lower than what was charged
    AGREED = "agreed"  # the supplier's bill is higher, and they said yes to their part
    BILL_BACK = "bill_back"  # the bill that this came from was taken back


@dataclass(frozen=True)
class Correction:
    """What one participant is charged more (or less, below zero) than before, and why.

    `rates` and `untaxed` are the foot of its paper; `reasons` go by the place in `lines`.
    """

    participant_id: int
    lines: tuple[ChargeDraft, ...]
    rates: tuple[RateTotal, ...]
    untaxed: Cents
    reasons: tuple[Snapshot, ...]

    @property
    def total(self) -> Cents:
        """With VAT; below zero goes back to the participant."""
        return sum(rate.gross for rate in self.rates) + self.untaxed

    @property
    def vat_is_odd(self) -> bool:
        """Whether its VAT is not what one would take over its own lines."""
        own = vat_per_rate((line.vat_bp, line.cents) for line in self.lines).rates
        return {(r.vat_bp, r.vat) for r in own if r.net or r.vat} != {
            (r.vat_bp, r.vat) for r in self.rates
        }


@dataclass(frozen=True)
class Outcome:
    """What came of a round, shared out, beside what was decided before."""

    decided: Decision
    arrival: Arrival
    items: Mapping[int, RoundItem] = field(default_factory=dict)
    by_hand: Mapping[Place, HandShare] = field(default_factory=dict)
    at_most: Mapping[Place, int] = field(default_factory=dict)
    instead: Mapping[int, str] = field(default_factory=dict)  # what came for an article

    @property
    def came(self) -> dict[int, int]:
        """Pieces, by article, where they are not what was ordered."""
        before, left = pieces_of(self.decided), self.arrival.left_over
        after = {i: n + left.get(i, 0) for i, n in pieces_of(self.arrival).items()}
        return {item_id: n for item_id, n in after.items() if n != before[item_id]}

    def pairs(self) -> list[tuple[ShareDraft, ShareDraft]]:
        """What each was to get of what, and what each gets."""
        return list(zip(self.decided.shares, self.arrival.shares, strict=True))


def outcome_of(session: Session, round_: Round) -> Outcome:
    """Share out what came, as it is known now."""
    decided = Decision(
        shares=tuple(ordering.list_shares(session, round_.id)),
        orders=counting.as_placed(session, round_.id),
        charges=tuple(settlement.list_charges(session, round_.id)),
    )
    by_hand = hand_shares.given_by_hand(session, round_.id)
    expected = expectations.expected_of(session, round_)
    arrival = share_again(
        ordering.demand_of(session, round_),
        decided,
        expected.came,
        charged=not round_.bills_at_delivery,
        given=hand_shares.by_hand(by_hand),
        at_most=expected.at_most,
    )
    items = {item.id: item for item in round_.items}
    instead = substitutes.names_of(session, round_.id)
    return Outcome(decided, arrival, items, by_hand, expected.at_most, instead)


def corrections_of(outcome: Outcome) -> list[Correction]:
    """What each participant is charged more or less than before; who is not is left out."""
    before, after = (
        by_participant(charges) for charges in (outcome.decided.charges, outcome.arrival.charges)
    )
    told = _Told(outcome)
    found = []
    for who in sorted(before.keys() | after.keys()):
        one = correction(who, before[who], after[who], outcome.items, told.reason)
        if one.lines:
            found.append(one)
    return found


def correction(
    who: int,
    before: Sequence[ChargeDraft],
    after: Sequence[ChargeDraft],
    items: Mapping[int, RoundItem],
    reason: Callable[[ChargeDraft], Snapshot],
) -> Correction:
    """Make `before` into `after` for one participant; `reason` tells why of a line."""
    lines = differences(before, after, items)
    was, owed = (vat_per_rate((c.vat_bp, c.cents) for c in some) for some in (before, after))
    return Correction(
        participant_id=who,
        lines=tuple(lines),
        rates=tuple(_rates(was, owed)),
        untaxed=owed.untaxed - was.untaxed,
        reasons=tuple(reason(line) for line in lines),
    )


def differences(
    before: Iterable[ChargeDraft],
    after: Iterable[ChargeDraft],
    items: Mapping[int, RoundItem],
) -> list[ChargeDraft]:
    """What is to be charged besides, so that `before` becomes `after`; in the order of papers."""
    old, new = _summed(before, items), _summed(after, items)
    found = []
    for key in [*old, *(key for key in new if key not in old)]:
        was, now = old.get(key), new.get(key)
        either = now or was
        assert either is not None
        nothing = replace(either, cents=0, pieces=0, milli=None)
        one = _added(now or nothing, was or nothing, -1, items)
        if one.cents or one.pieces:
            found.append(one)
    return found


def by_participant(charges: Iterable[ChargeDraft]) -> dict[int, list[ChargeDraft]]:
    found: dict[int, list[ChargeDraft]] = defaultdict(list)
    for charge in charges:
        found[charge.participant_id].append(charge)
    return found


def pieces_of(decided: Decision | Arrival) -> dict[int, int]:
    """How many pieces the orders count, by article."""
    return {line.item_id: line.pieces for order in decided.orders for line in order.lines}


def _rates(was: VatTotals, owed: VatTotals) -> Iterable[RateTotal]:
    stated = {rate.vat_bp: rate for rate in was.rates}
    due = {rate.vat_bp: rate for rate in owed.rates}
    nothing = RateTotal(0, 0, 0)
    for rate in sorted(stated.keys() | due.keys()):
        old, new = stated.get(rate, nothing), due.get(rate, nothing)
        change = RateTotal(rate, new.net - old.net, new.vat - old.vat)
        if change.net or change.vat:
            yield change


def _key(charge: ChargeDraft) -> Key:
    return charge.kind, charge.supplier_id, charge.item_id, charge.vat_bp, charge.name


def _summed(
    charges: Iterable[ChargeDraft], items: Mapping[int, RoundItem]
) -> dict[Key, ChargeDraft]:
    """One charge for each thing that is charged, with what corrected it before."""
    found: dict[Key, ChargeDraft] = {}
    for charge in charges:
        key = _key(charge)
        found[key] = _added(charge, found[key], 1, items) if key in found else charge
    return found


def _added(
    one: ChargeDraft, other: ChargeDraft, sign: int, items: Mapping[int, RoundItem]
) -> ChargeDraft:
    """Both together (or `one` less `other`); weighed where either is."""
    weighed = one.milli is not None or other.milli is not None
    milli = _measure(one, items) + sign * _measure(other, items) if weighed else None
    return replace(
        one,
        cents=one.cents + sign * other.cents,
        pieces=one.pieces + sign * other.pieces,
        milli=milli,
    )


def _measure(charge: ChargeDraft, items: Mapping[int, RoundItem]) -> int:
    if charge.milli is not None:
        return charge.milli
    item = items.get(charge.item_id or 0)
    return charge.pieces * (item.piece_milli if item else 1000)


class _Told:
    """The reasons of a delivery, in numbers; a paper says them in words."""

    def __init__(self, outcome: Outcome) -> None:
        self.outcome = outcome
        self.before = {(s.item_id, s.participant_id): s.given for s in outcome.decided.shares}
        self.after = {(s.item_id, s.participant_id): s.given for s in outcome.arrival.shares}
        self.ordered, self.came = pieces_of(outcome.decided), outcome.came

    def reason(self, line: ChargeDraft) -> Snapshot:
        item_id = line.item_id
        if item_id is None:
            return {"reason": str(Why.NOTHING_LEFT)}
        place = item_id, line.participant_id
        was, given = self.before.get(place, 0), self.after.get(place, 0)
        decided = self.outcome.by_hand.get(place)
        if decided is not None and decided.reason and decided.pieces == given:
            return {"reason": str(Why.BY_HAND), "text": decided.reason}
        if was == given:
            weighed = place in self.outcome.arrival.weights
            return self._weighed(place) if weighed else self._price(item_id)
        if given < was and self.outcome.at_most.get(place, was) <= given:
            return {"reason": str(Why.AS_SAID)}
        item, ordered = self.outcome.items[item_id], self.ordered[item_id]
        return {
            "reason": str(Why.LESS_CAME if given < was else Why.MORE_CAME),
            "given": so_many(given, item),
            "before": so_many(was, item),
            "came": so_many(self.came.get(item_id, ordered), item),
            "ordered": so_many(ordered, item),
        }

    def _price(self, item_id: int) -> Snapshot:
        if item_id in self.outcome.instead:
            return {"reason": str(Why.SUBSTITUTE), "text": self.outcome.instead[item_id]}
        return {"reason": str(Why.OTHER_PRICE)}

    def _weighed(self, place: Place) -> Snapshot:
        item = self.outcome.items[place[0]]
        about = self.before.get(place, 0) * item.piece_milli
        unit = sheets.unit_word(item)
        return {
            "reason": str(Why.WEIGHED),
            "given": {"milli": self.outcome.arrival.weights.get(place, about), "unit": unit},
            "before": {"milli": about, "unit": unit},
        }


def so_many(pieces: int, item: RoundItem) -> Snapshot:
    """A number of pieces, in units where a piece is no unit."""
    return sheets.quantity(pieces, item) or {"milli": pieces * 1000, "unit": ""}

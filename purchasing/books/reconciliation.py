"""One round in the books: what suppliers ask, what participants are charged, and the difference.

It must be nothing. Where it is not, it stands at the part it comes from: goods, delivery, deposit,
or what was booked later (a correction, say).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session, joinedload

from purchasing.books import accounts, ledger, settlement
from purchasing.books.ledger import Entry, Posting
from purchasing.books.open_items import PaidPart
from purchasing.books.settlement import Asked
from purchasing.decision import ChargeDraft, ChargeKind
from purchasing.money import Cents
from purchasing.ordering import SupplierOrder, list_changes
from purchasing.papers import Paper
from purchasing.rounds import Round, RoundState

# Kinds of postings that stand in the parts.
NOT_LATER = (
    *("order", "came", "charges", "corrections", "reports"),
    *("bill", "bill-back", "bill-passed", "bill-agreed", "bill-ended"),
)


class Part(StrEnum):
    GOODS = "goods"
    DELIVERY = "delivery"
    GOODS_AND_DELIVERY = "goods_and_delivery"  # where VAT is inside the prices, with it
    DEPOSIT = "deposit"


@dataclass(frozen=True)
class PartSum:
    """One part of a round: what suppliers ask for it, and what participants are charged."""

    part: Part
    ordered: Cents
    charged: Cents

    @property
    def difference(self) -> Cents:
        return self.charged - self.ordered


@dataclass(frozen=True)
class Later:
    """What was booked for the round that is no order, no charge and no correction of them.

    `carried`: by the network, beside what participants are charged.
    """

    memo: str
    cents: Cents
    carried: bool


@dataclass(frozen=True)
class RoundBooks:
    """All sums of one round in cents; `left_over` is what its account in the ledger still holds.

    `vat_ordered` and `vat_charged` stand beside the sums where the network states VAT.
    """

    orders: tuple[SupplierOrder, ...]
    parts: tuple[PartSum, ...]
    fees: Cents
    vat_ordered: Cents
    vat_charged: Cents
    later: tuple[Later, ...]
    left_over: Cents
    charged_at_all: bool
    asked: Cents
    paid: Cents

    @property
    def difference(self) -> Cents:
        """Charged, less ordered, with what was booked later: nothing when all is well."""
        return sum(part.difference for part in self.parts) - sum(one.cents for one in self.later)

    @property
    def is_exact(self) -> bool:
        return self.charged_at_all and self.difference == 0 and self.left_over == 0


def books_of(session: Session, round_: Round) -> RoundBooks:
    orders = session.scalars(
        select(SupplierOrder)
        .where(SupplierOrder.round_id == round_.id)
        .options(joinedload(SupplierOrder.supplier))
        .order_by(SupplierOrder.id)
    ).all()
    charges = settlement.list_charges(session, round_.id)
    asks: list[Asked] = [*orders, *list_changes(session, round_.id)]
    apart = settlement.states_vat(charges)
    booked = ledger.totals_of_round(session, round_.id)
    asked, paid = _papers(session, round_.id)
    return RoundBooks(
        orders=tuple(orders),
        parts=tuple(_apart(asks, charges) if apart else _together(asks, charges)),
        fees=_sum(charges, ChargeKind.FEE),
        vat_ordered=sum(one.vat_cents for one in asks) if apart else 0,
        vat_charged=-sum(c for account, c in booked.items() if account.startswith("vat:output:")),
        later=tuple(_later(session, round_.id)),
        left_over=ledger.balance(session, accounts.of_round(round_.id)),
        charged_at_all=(
            round_.state == RoundState.SETTLED
            or _is_charged(booked)
            or not sum(one.net_cents for one in asks)
        ),
        asked=asked,
        paid=paid,
    )


def _is_charged(booked: dict[str, Cents]) -> bool:
    """Not while part of it was asked ahead, and the rest is still to come."""
    billed = any(accounts.owner_id(account, "participant") is not None for account in booked)
    return billed and not booked.get(accounts.AHEAD)


def _apart(orders: Sequence[Asked], charges: Sequence[ChargeDraft]) -> list[PartSum]:
    """Without VAT, part by part."""
    goods = sum(order.goods_cents for order in orders)
    delivery = sum(order.delivery_cents for order in orders)
    return [
        PartSum(Part.GOODS, goods, _goods(charges)),
        PartSum(Part.DELIVERY, delivery, _sum(charges, ChargeKind.DELIVERY)),
        _deposit(orders, charges),
    ]


def _together(orders: Sequence[Asked], charges: Sequence[ChargeDraft]) -> list[PartSum]:
    """With VAT inside, which a supplier states over goods and delivery together."""
    ordered = sum(o.goods_cents + o.delivery_cents + o.vat_cents for o in orders)
    charged = _goods(charges) + _sum(charges, ChargeKind.DELIVERY)
    return [PartSum(Part.GOODS_AND_DELIVERY, ordered, charged), _deposit(orders, charges)]


def _deposit(orders: Sequence[Asked], charges: Sequence[ChargeDraft]) -> PartSum:
    held = sum(order.deposit_cents for order in orders)
    return PartSum(Part.DEPOSIT, held, _sum(charges, ChargeKind.DEPOSIT))


def _goods(charges: Sequence[ChargeDraft]) -> Cents:
    """All that is neither delivery, nor deposit, nor our own fee."""
    others = (ChargeKind.DELIVERY, ChargeKind.DEPOSIT, ChargeKind.FEE)
    return sum(charge.cents for charge in charges if charge.kind not in others)


def _sum(charges: Sequence[ChargeDraft], kind: ChargeKind) -> Cents:
    return sum(charge.cents for charge in charges if charge.kind == kind)


def _later(session: Session, round_id: int) -> list[Later]:
    """With deposit that no supplier returns: there the round's account has no part in it."""
    mine = Entry.account == accounts.of_round(round_id)
    deposit = and_(Entry.account == accounts.DEPOSITS_PAID, Posting.round_id == round_id)
    rows = session.execute(
        select(Posting.memo, func.sum(Entry.cents), Posting.key)
        .join(Posting, Posting.id == Entry.posting_id)
        .where(
            or_(mine, deposit),
            *(~Posting.key.startswith(f"{kind}:") for kind in NOT_LATER),
        )
        .group_by(Posting.id, Posting.memo, Posting.key)
        .order_by(Posting.id)
    )
    return [Later(memo, int(cents), key.startswith("carried")) for memo, cents, key in rows]


def _papers(session: Session, round_id: int) -> tuple[Cents, Cents]:
    """What the papers of the round ask, and what was paid of it."""
    mine = Paper.round_id == round_id, Paper.participant_id.is_not(None)
    asked = session.scalar(select(func.sum(Paper.total_cents)).where(*mine))
    paid = session.scalar(
        select(func.sum(PaidPart.cents)).join(Paper, Paper.id == PaidPart.paper_id).where(*mine)
    )
    return int(asked or 0), int(paid or 0)

"""What one participant chose in a round, and what it would cost: reckoned as an invoice is.

Net per line, VAT per rate over the total, deposits untaxed. What delivery costs each is known
only at closing, so it is not in the total.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from app.ordering.offers import Article, Sums, fill_of
from purchasing.demand import Commitment, OrderState, Want
from purchasing.money import Cents, Millionths, VatTotals, amount, spread_gross, vat_per_rate
from purchasing.rounds import Round

WHOLE = 1000  # thousandths of a unit
FEE = 0  # stands beside article ids, which begin at 1


class Chosen(NamedTuple):
    """A participant's want of one article, in pieces: on the screen, and as ordered."""

    quantity: int = 0
    extra: int = 0
    ordered: int = 0
    ordered_extra: int = 0

    @property
    def is_ordered(self) -> bool:
        return (self.quantity, self.extra) == (self.ordered, self.ordered_extra)


NOTHING = Chosen()


@dataclass(frozen=True)
class Basket:
    """All that is chosen. `lines` are what to print for each article, adding up to the total."""

    chosen: Mapping[int, Chosen]
    lines: Mapping[int, Cents]  # with VAT, without deposit, by article id
    totals: VatTotals
    pieces: int

    @cached_property
    def state(self) -> OrderState:
        """The one word for the state of this order."""
        wants = self.chosen.values()
        if any(want.ordered for want in wants):
            same = all(want.is_ordered for want in wants)
            return OrderState.ORDERED if same else OrderState.CHANGED
        return OrderState.DRAFT if any(want.quantity for want in wants) else OrderState.NOTHING

    @cached_property
    def is_empty(self) -> bool:
        return not any(want.quantity for want in self.chosen.values())

    def of(self, article_id: int) -> Chosen:
        return self.chosen.get(article_id, NOTHING)


# Of tables, not of entities: it is asked with every line that is saved.
_wants, _commitments = Want.__table__.c, Commitment.__table__.c
_MINE = (
    _wants.item_id,
    _wants.quantity,
    _wants.extra,
    _wants.ordered_quantity,
    _wants.ordered_extra,
)
_CHOSEN_BY_ONE = (
    select(*_MINE)
    .join(Commitment.__table__, _commitments.id == _wants.commitment_id)
    .where(
        _commitments.round_id == bindparam("round_id"),
        _commitments.participant_id == bindparam("participant_id"),
    )
)
_CHOSEN = (
    select(_commitments.round_id, _commitments.participant_id, *_MINE)
    .join_from(Commitment.__table__, Want.__table__, _commitments.id == _wants.commitment_id)
    .where(
        _commitments.round_id.in_(bindparam("round_ids", expanding=True)),
        _commitments.participant_id.in_(bindparam("participant_ids", expanding=True)),
    )
)
Wants = dict[int, Chosen]


def chosen_by(session: Session, round_id: int, participant_id: int) -> Wants:
    """A participant's wants in a round, by article id; one query."""
    values = {"round_id": round_id, "participant_id": participant_id}
    rows = session.execute(_CHOSEN_BY_ONE, values)
    return {item_id: Chosen(*want) for item_id, *want in rows}


def chosen_by_all(
    session: Session, round_ids: Collection[int], participant_ids: Collection[int]
) -> dict[tuple[int, int], Wants]:
    """The same for several, by round and participant; one query."""
    values = {"round_ids": list(round_ids), "participant_ids": list(participant_ids)}
    found: dict[tuple[int, int], Wants] = {}
    for round_id, participant_id, item_id, *want in session.execute(_CHOSEN, values):
        found.setdefault((round_id, participant_id), {})[item_id] = Chosen(*want)
    return found


def with_mine(all_together: Sums, mine: Chosen) -> Sums:
    """What all would have ordered if my draft counted."""
    return Sums(
        all_together.quantity - mine.ordered + mine.quantity,
        all_together.extra - mine.ordered_extra + mine.extra,
    )


def price_now(article: Article, sums: Sums) -> Millionths:
    """The unit price if the round closed now, for `sums` of all."""
    if not article.tiers:
        return article.unit_price
    return article.price(fill_of(article, sums).cases * article.case_pieces)


def basket_of(
    round_: Round,
    articles: tuple[Article, ...],
    sums: Mapping[int, Sums],
    chosen: Mapping[int, Chosen],
    *,
    states_vat: bool,
    ordered_only: bool = False,
) -> Basket:
    """What is chosen (or `ordered_only`) and what it costs at the prices of this moment."""
    nets: dict[int, tuple[int | None, Cents]] = {}
    deposits = pieces = 0
    for article in (one for one in articles if one.id in chosen):
        mine = chosen[article.id]
        quantity = mine.ordered if ordered_only else mine.quantity
        if not quantity:
            continue
        wanted = Chosen(quantity, 0, mine.ordered, 0)
        price = price_now(article, with_mine(sums.get(article.id, Sums()), wanted))
        nets[article.id] = (article.vat_bp, amount(price, quantity * article.piece_milli))
        deposits += quantity * article.deposit_cents
        pieces += quantity if article.piece_milli == WHOLE else 1  # 1.5 kg is one thing
    if nets and round_.fee_cents:
        nets[FEE] = (round_.fee_vat_bp if states_vat else None, round_.fee_cents)
    totals = vat_per_rate([*nets.values(), (None, deposits)])
    return Basket(chosen, spread_gross(nets), totals, pieces)

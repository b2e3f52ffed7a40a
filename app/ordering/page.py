"""What the pages of one order have in common: the round, for whom, the articles, the basket."""

from dataclasses import dataclass, replace

from flask import request
from sqlalchemy import bindparam, exists, select
from sqlalchemy.orm import Session

from app import auth
from app.devices import Buyer
from app.ordering.basket import Basket, Wants, basket_of, chosen_by
from app.ordering.offers import Article, Sums, articles_of, delivery_of, sums_of
from app.ui import network
from purchasing.category import SettlementMode
from purchasing.demand import Commitment, OrderState
from purchasing.money import with_vat
from purchasing.people import VatStatus, vat_status
from purchasing.rounds import Round


@dataclass(frozen=True)
class OrderingPage:
    """Read in a fixed number of queries, however many articles or participants there are."""

    round: Round
    participant: Buyer
    articles: tuple[Article, ...]
    sums: dict[int, Sums]
    basket: Basket
    delivers_for: int  # what delivery may cost all together, in cents without VAT
    can_repeat: bool = False

    @property
    def only_mine(self) -> bool:
        return bool(request.values.get("mine"))

    @property
    def search(self) -> str:
        return request.values.get("q", "").strip()

    @property
    def for_another(self) -> bool:
        """Whether a coordinator orders for somebody else."""
        return self.participant.id not in {p.id for p in auth.my_participants()}

    @property
    def fee_gross(self) -> int:
        """The contribution to the network, with its VAT where that is named."""
        fee = self.round.fee_cents
        return with_vat(fee, self.round.fee_vat_bp) if states_vat(self.round) else fee

    @property
    def deposits(self) -> int:
        mine = self.basket.of
        return sum(mine(line.id).ordered * line.deposit_cents for line in self.lines)

    @property
    def lines(self) -> list[Article]:
        """The articles that are in the basket."""
        return [article for article in self.articles if article.id in self.basket.lines]


def open_page(
    session: Session, round_: Round, participant: Buyer, *, ordered_only: bool = False
) -> OrderingPage:
    """The page's contents as they are now; `ordered_only` leaves drafts out of the basket."""
    sums = sums_of(session, round_.id)
    chosen = chosen_by(session, round_.id, participant.id)
    vat = states_vat(round_)
    page = _page(session, round_, participant, sums, chosen, vat, ordered_only=ordered_only)
    empty = page.basket.state == OrderState.NOTHING
    return replace(page, can_repeat=empty and _ordered_before(session, round_, participant))


def open_line(
    session: Session, round_: Round, participant: Buyer, article: Article
) -> OrderingPage:
    """The same for one line and the bar: of others' orders it reads only what these show.

    How much all together ordered of an article matters where that is shown, and where the price
    of something in the basket depends on it.
    """
    chosen = chosen_by(session, round_.id, participant.id)
    tiered = {one.id for one in articles_of(session, round_) if one.tiers and one.id in chosen}
    sums = sums_of(session, round_.id, tiered | {article.id})
    vat = _states_vat(round_, vat_status(session))  # nothing else of the network is shown
    return _page(session, round_, participant, sums, chosen, vat)


def _page(
    session: Session,
    round_: Round,
    participant: Buyer,
    sums: dict[int, Sums],
    chosen: Wants,
    vat: bool,
    *,
    ordered_only: bool = False,
) -> OrderingPage:
    articles = articles_of(session, round_)
    basket = basket_of(
        round_,
        articles,
        sums,
        chosen,
        states_vat=vat,
        ordered_only=ordered_only,
    )
    return OrderingPage(
        round=round_,
        participant=participant,
        articles=articles,
        sums=sums,
        basket=basket,
        delivers_for=delivery_of(session, round_),
    )


def states_vat(round_: Round) -> bool:
    """Whether papers of this round will name VAT."""
    us = network()
    return _states_vat(round_, us.vat_status if us else None)


def _states_vat(round_: Round, ours: VatStatus | None) -> bool:
    return ours == VatStatus.REGISTERED and round_.settlement_mode == SettlementMode.RESALE


_EARLIER = select(
    exists().where(
        Commitment.participant_id == bindparam("participant_id"),
        Commitment.ordered_at.is_not(None),
        Commitment.round_id != bindparam("round_id"),
        Round.id == Commitment.round_id,
        Round.category_key == bindparam("category_key"),
    )
)


def _ordered_before(session: Session, round_: Round, participant: Buyer) -> bool:
    values = {"participant_id": participant.id, "round_id": round_.id}
    return bool(session.scalar(_EARLIER, values | {"category_key": round_.category_key}))

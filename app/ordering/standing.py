"""How a round stands: what is ordered by all together, and what is still missing."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session, selectinload

from app.ordering.offers import Article, Articles, Sums, articles_of_all, fill_of, sums_of_all
from purchasing.demand import Commitment
from purchasing.money import Cents, amount
from purchasing.people import Participant, ParticipantKind
from purchasing.rounds import Round, RoundSupplier

HANDSOME = range(6, 25)  # cases of so many pieces can be drawn large


@dataclass(frozen=True)
class Standing:
    """A round as it would be ordered if it closed now; cents without VAT."""

    articles: Articles
    sums: Mapping[int, Sums]
    suppliers: tuple[RoundSupplier, ...]
    goods: Mapping[int, Cents]  # by supplier id
    minimum: Cents  # of the round
    households: int
    shops: int

    @property
    def reached(self) -> Cents:
        return sum(self.goods.values())

    @property
    def missing(self) -> Cents:
        """What the round itself still lacks."""
        return max(0, self.minimum - self.reached)

    @property
    def short(self) -> list[tuple[RoundSupplier, Cents]]:
        """The suppliers below their minimum, and by how much."""
        lacks = [(s, s.minimum_cents - self.goods.get(s.supplier_id, 0)) for s in self.suppliers]
        return [(supplier, cents) for supplier, cents in lacks if cents > 0]

    @property
    def participants(self) -> int:
        return self.households + self.shops

    @property
    def has_minimum(self) -> bool:
        return bool(self.minimum or any(s.minimum_cents for s in self.suppliers))

    @property
    def progress(self) -> tuple[Cents, Cents]:
        """What is reached of what is needed, over the round's or else the suppliers' minimums."""
        if self.minimum:
            return min(self.reached, self.minimum), self.minimum
        needed = sum(s.minimum_cents for s in self.suppliers)
        return needed - sum(cents for _, cents in self.short), needed

    @property
    def lacking(self) -> Cents:
        reached, needed = self.progress
        return needed - reached

    def nearly_full(self) -> tuple[Article, Sums] | None:
        """The open case that lacks least, of those that can be drawn large."""
        open_cases = [
            (fill_of(article, sums).missing, article, sums)
            for article in self.articles
            if (sums := self.sums.get(article.id)) and article.case_pieces in HANDSOME
        ]
        best = min((c for c in open_cases if c[0]), key=_emptiness, default=None)
        return (best[1], best[2]) if best else None


def standings(session: Session, rounds: Collection[Round]) -> dict[int, Standing]:
    """How each of these rounds stands, by its id; a fixed number of queries."""
    ids = [round_.id for round_ in rounds]
    if not ids:
        return {}
    articles, sums = articles_of_all(session, rounds), sums_of_all(session, ids)
    suppliers, counts = _suppliers(session, ids), _counts(session, ids)
    return {
        round_.id: Standing(
            articles=articles[round_.id],
            sums=sums.get(round_.id, {}),
            suppliers=tuple(suppliers.get(round_.id, ())),
            goods=goods_now(articles[round_.id], sums.get(round_.id, {})),
            minimum=round_.minimum_cents,
            households=counts.get((round_.id, ParticipantKind.HOUSEHOLD), 0),
            shops=counts.get((round_.id, ParticipantKind.SHOP), 0),
        )
        for round_ in rounds
    }


def goods_now(articles: Articles, sums: Mapping[int, Sums]) -> dict[int, Cents]:
    """What would be ordered from each supplier now: full cases, at the tier that is reached."""
    goods: dict[int, Cents] = {}
    for article in articles:
        if (together := sums.get(article.id)) is not None:
            pieces = fill_of(article, together).cases * article.case_pieces
            net = amount(article.price(pieces), pieces * article.piece_milli)
            goods[article.supplier_id] = goods.get(article.supplier_id, 0) + net
    return goods


def _emptiness(case: tuple[int, Article, Sums]) -> float:
    return case[0] / case[1].case_pieces


def _suppliers(session: Session, ids: list[int]) -> dict[int, list[RoundSupplier]]:
    query = select(RoundSupplier).where(RoundSupplier.round_id.in_(ids)).order_by(RoundSupplier.id)
    found: dict[int, list[RoundSupplier]] = {}
    for terms in session.scalars(query.options(selectinload(RoundSupplier.supplier))):
        found.setdefault(terms.round_id, []).append(terms)
    return found


def _counts(session: Session, ids: list[int]) -> dict[tuple[int, str], int]:
    rows = session.execute(
        select(Commitment.round_id, Participant.kind, func.count())
        .join(Participant, Participant.id == Commitment.participant_id)
        .where(Commitment.round_id.in_(ids), Commitment.ordered_at.is_not(None))
        .group_by(Commitment.round_id, Participant.kind)
    )
    return {(round_id, kind): count for round_id, kind, count in rows}

"""Orders that can hardly be meant: 60 typed for 6. They are not refused, but asked about once.

What a household and a shop usually order differs; both bounds lie far above it.
"""

from dataclasses import dataclass

from app.ordering.basket import Chosen, basket_of
from app.ordering.offers import Article
from app.ordering.page import OrderingPage, states_vat
from purchasing.money import Cents


@dataclass(frozen=True)
class Bounds:
    """From here on we ask: cents with VAT of a line and in all, and pieces of one article."""

    line: Cents
    total: Cents
    pieces: int


HOUSEHOLD = Bounds(line=150_00, total=300_00, pieces=100)
SHOP = Bounds(line=1_500_00, total=3_000_00, pieces=1_000)


def is_unusual(page: OrderingPage) -> bool:
    """Whether to ask before this draft is ordered. What was ordered before is not asked again."""
    return bool(unusual_lines(page)) or _is_much_in_all(page)


def unusual_lines(page: OrderingPage) -> list[Article]:
    """The articles of which surprisingly much was chosen, and more than is ordered already."""
    return [article for article in page.lines if _is_much(page, article)]


def _is_much(page: OrderingPage, article: Article) -> bool:
    mine, bounds = page.basket.of(article.id), _bounds(page)
    most = mine.quantity + mine.extra
    if most <= mine.ordered + mine.ordered_extra:
        return False
    cost = page.basket.lines[article.id] * most // mine.quantity
    return most >= bounds.pieces or cost >= bounds.line


def _is_much_in_all(page: OrderingPage) -> bool:
    bound = _bounds(page).total
    return page.basket.totals.gross >= bound > _ordered_already(page)


def _ordered_already(page: OrderingPage) -> Cents:
    ordered = {i: Chosen(c.ordered, 0, c.ordered) for i, c in page.basket.chosen.items()}
    vat = states_vat(page.round)
    return basket_of(page.round, page.articles, page.sums, ordered, states_vat=vat).totals.gross


def _bounds(page: OrderingPage) -> Bounds:
    return SHOP if page.participant.is_shop else HOUSEHOLD

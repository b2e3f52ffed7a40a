"""The order grid: one row for each article, drawn once and kept while nothing in it changes.

A row that the reader chose nothing from looks the same for everybody, so it is kept ready; a
page with 300 articles renders only the rows with something of one's own in it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import cast

from flask import current_app
from flask_babel import get_locale
from markupsafe import Markup

from app.basket import Basket, Chosen, price_now, with_mine
from app.offers import MOST_ROWS, Article, Sums, fill_of, store
from purchasing.allocation import Fill, next_tier
from purchasing.money import Cents, Millionths
from purchasing.rounds import Round

OFFERED_EXTRAS = 2
MOST_OFFERED = 6  # an extra larger than this nobody means


@dataclass(frozen=True)
class Row:
    """All that is in one row; everything else follows from it."""

    round_id: int
    article: Article
    sums: Sums  # of all, as ordered
    mine: Chosen
    for_shop: bool
    line: Cents | None = None
    typed: str | None = None  # what could not be read, kept as it was typed
    error: str = ""
    note: str = ""

    @cached_property
    def together(self) -> Sums:
        """Of all, with my draft in it."""
        return with_mine(self.sums, self.mine)

    @cached_property
    def fill(self) -> Fill:
        return fill_of(self.article, self.together)

    @cached_property
    def price(self) -> Millionths:
        return price_now(self.article, self.together)

    @property
    def is_mine(self) -> bool:
        return bool(self.mine.quantity or self.mine.ordered)

    @property
    def is_full(self) -> bool:
        """Whether firm demand fills its cases to the last piece."""
        return bool(self.together.quantity) and not self.fill.in_open_case

    @property
    def crate(self) -> tuple[int, int, int]:
        """Of the case that is being filled: ordered, chosen but not ordered, offered as extra."""
        case, total = self.article.case_pieces, self.together.quantity
        draft = max(0, self.mine.quantity - self.mine.ordered)
        begin = total - case if self.is_full else total - self.fill.in_open_case
        ordered = min(max(total - draft - begin, 0), case)
        return ordered, total - begin - ordered, self.fill.extras_that_help

    @property
    def next_tier(self) -> tuple[int, Millionths] | None:
        """From how many pieces it gets cheaper, and what a unit costs then."""
        tiers = self.article.tiers
        if not tiers:
            return None
        return next_tier(tiers, self.fill.cases * self.article.case_pieces)

    @property
    def asks_for_more(self) -> bool:
        """Whether the question "may it be more?" makes sense here."""
        if not (self.mine.quantity and self.article.has_cases):
            return False
        return bool(self.fill.in_open_case or self.mine.extra)

    @property
    def extras(self) -> list[int]:
        """The answers to that question, in pieces."""
        others = fill_of(self.article, with_mine(self.sums, Chosen(self.mine.quantity)))
        missing = others.missing
        offered = {extra for extra in range(OFFERED_EXTRAS + 1) if extra <= missing}
        offered |= {missing} if missing <= MOST_OFFERED else set()
        return sorted(offered | {0, self.mine.extra})


def rows_of(
    round_: Round,
    articles: Iterable[Article],
    sums: Mapping[int, Sums],
    basket: Basket,
    *,
    for_shop: bool,
    problems: Mapping[int, tuple[str, str]],
) -> list[Row]:
    """A row for each article; `problems` are (typed, sentence) by article id."""
    nothing = Sums()
    rows = []
    for article in articles:
        typed, error = problems.get(article.id, (None, ""))
        rows.append(
            Row(
                round_id=round_.id,
                article=article,
                sums=sums.get(article.id, nothing),
                mine=basket.of(article.id),
                for_shop=for_shop,
                line=basket.lines.get(article.id),
                typed=typed,
                error=error,
            )
        )
    return rows


def draw(row: Row, round_: Round) -> Markup:
    """The row as it is sent. One of which nothing was chosen is drawn once for all."""
    language = str(get_locale())
    if row.is_mine or row.error or row.note:
        return _render(row)
    key = (round_.offer_version, row.round_id, row.article.id, language, row.for_shop, row.sums)
    return store("rows", MOST_ROWS).get(key, lambda: _render(row))


def _render(row: Row) -> Markup:
    template = current_app.jinja_env.get_template("order/row.html")
    return cast(Markup, template.module.row(row))  # type: ignore[attr-defined]

"""The order grid: one row for each article, drawn once and kept while nothing in it changes.

A page with 300 articles renders only what changed since somebody looked last.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import cast

from flask import current_app
from flask_babel import get_locale
from markupsafe import Markup

from app.ordering.basket import Basket, Chosen, price_now, with_mine
from app.ordering.offers import Article, Sums, fill_of, store
from purchasing.allocation import Fill, next_tier
from purchasing.money import Cents, Millionths
from purchasing.rounds import Round

OFFERED_EXTRAS = 2
MOST_OFFERED = 6  # an extra larger than this nobody means
MOST_LOOKS = 100  # rounds, languages, kinds of reader
MOST_DRAWINGS = 5_000  # of one look
NOBODY = Sums()


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


class Grid:
    """Draws the rows of one page. What it drew before, with the same in it, it takes from memory.

    A row from which the reader chose nothing looks the same for everybody; it is drawn for the
    first reader, and again when somebody orders of that article.
    """

    def __init__(
        self, round_: Round, sums: Mapping[int, Sums], basket: Basket, *, for_shop: bool
    ) -> None:
        self._round_id = round_.id
        self._sums, self._basket, self._for_shop = sums, basket, for_shop
        look = (round_.id, round_.offer_version, for_shop, str(get_locale()))
        self._kept: dict[object, Markup] = store("rows", MOST_LOOKS).get(look, dict)

    def draw(self, article: Article, problem: tuple[str, str] | None = None) -> Markup:
        """The row of an article; `problem` is what was typed and why it cannot be."""
        sums = self._sums.get(article.id, NOBODY)
        mine = self._basket.of(article.id)
        line = self._basket.lines.get(article.id)
        if problem is not None:
            typed, error = problem
            return _render(self._row(article, sums, mine, line, typed=typed, error=error))
        key = (article.id, sums, mine, line)
        drawn = self._kept.get(key)
        if drawn is None:
            if len(self._kept) >= MOST_DRAWINGS:
                self._kept.clear()
            drawn = self._kept[key] = _render(self._row(article, sums, mine, line))
        return drawn

    def _row(
        self, article: Article, sums: Sums, mine: Chosen, line: Cents | None, **problem: str
    ) -> Row:
        return Row(self._round_id, article, sums, mine, self._for_shop, line, **problem)


def draw(template: str, macro: str, *facts: object) -> Markup:
    """What a macro makes of these facts alone: no context is made for it, as a page needs one."""
    module = current_app.jinja_env.get_template(template).module
    return cast(Markup, getattr(module, macro)(*facts))


def _render(row: Row) -> Markup:
    return draw("order/row.html", "row", row)

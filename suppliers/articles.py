"""An article of a price list in our own whole numbers, and how it differs from what we have."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import astuple, dataclass, fields
from decimal import ROUND_HALF_UP, Decimal
from math import gcd
from typing import Any

from purchasing.catalogue import Product
from purchasing.errors import N_
from suppliers.readers.pricelist import Problem, Row

DESCRIPTION = ("name", "brand", "origin", "category", "note", "unit", "ean", "available")
TERMS = (
    "unit_price",
    "case_milli",
    "piece_milli",
    "vat_bp",
    "deposit_cents",
    "weighed",
    "tiers",
)
MEASURES = ("kg", "l", "g", "ml")
UNIT = 1000  # a whole unit, in thousandths
HALF_UNIT = 500
SMALLEST_PIECE = 50  # nobody orders goods by the gram
MOST_PRICE = 2_000_000_000  # millionths; beyond it a decimal sign is missing
MOST_CASE = 100_000_000
JUMP_BP = 2000  # a price that moved by more than a fifth deserves a look

TOO_DEAR = N_("A price above € 2,000 per unit is not taken. Is a decimal sign missing?")
TOO_LARGE_CASE = N_("A case of this size is not taken.")
NO_CASE = N_("A case must hold something.")
NUMBER_TOO_LONG = N_("An article number has at most 40 characters.")
NUMBER_TWICE = N_(
    "This article number stands in the list twice. The first time is on row %(row)d."
)


@dataclass(frozen=True, slots=True)
class Article:
    """One row of a list. Fields are those of Product and Price; `line` is its row in the file.

    `unit_price` in millionths of a euro, `vat_bp` in basis points, `case_milli` and `piece_milli`
    in thousandths of the unit, `tiers` as [from pieces, unit price].
    """

    line: int
    number: str
    name: str
    brand: str
    origin: str
    category: str
    note: str
    unit: str
    ean: str
    available: bool
    unit_price: int
    case_milli: int
    piece_milli: int
    vat_bp: int
    deposit_cents: int
    weighed: bool
    tiers: list[list[int]]

    @property
    def description(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in DESCRIPTION}

    @property
    def terms(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in TERMS}

    def as_json(self) -> list[Any]:
        return list(astuple(self))


FIELDS = tuple(field.name for field in fields(Article))


@dataclass(frozen=True, slots=True)
class Held:
    """A product as we have it. `terms` is None where it has no price."""

    product_id: int
    number: str
    description: Mapping[str, Any]
    terms: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True)
class Change:
    """What a list changes in one product: {field: (old, new)}."""

    article: Article
    held: Held
    fields: Mapping[str, tuple[Any, Any]]

    @property
    def changes_terms(self) -> bool:
        return any(name in TERMS for name in self.fields)

    @property
    def jump_bp(self) -> int | None:
        """How far the price moved, in basis points, where that is more than a fifth."""
        old, new = self.fields.get("unit_price", (None, None))
        if not old:
            return None
        moved = round(Decimal(new - old) * 10_000 / old)
        return moved if abs(moved) > JUMP_BP else None


@dataclass(frozen=True, slots=True)
class Difference:
    new: tuple[Article, ...]
    changed: tuple[Change, ...]
    gone: tuple[Held, ...]
    unchanged: int

    def counts(self) -> dict[str, int]:
        changed = self.changed
        return {
            "new": len(self.new),
            "changed": len(changed),
            "gone": len(self.gone),
            "unchanged": self.unchanged,
            "price_jumps": sum(change.jump_bp is not None for change in changed),
            "vat_changes": sum("vat_bp" in change.fields for change in changed),
            "case_changes": sum("case_milli" in change.fields for change in changed),
        }


def articles_of(rows: Sequence[Row]) -> tuple[list[Article], list[Problem]]:
    """The rows in our own numbers, and the rows that cannot be taken, each with its reason."""
    articles: dict[str, Article] = {}
    problems = []
    for row in rows:
        problem = _problem(row, articles)
        if problem is not None:
            problems.append(problem)
        else:
            articles[row.number] = _article(row)
    return list(articles.values()), problems


def compare(
    articles: Iterable[Article], held: Mapping[str, Held], *, complete: bool
) -> Difference:
    """What applying these articles would change; `held` is by article number.

    Only a `complete` list says that what is not in it is gone.
    """
    new, changed, seen, unchanged = [], [], set(), 0
    for article in articles:
        seen.add(article.number)
        before = held.get(article.number)
        if before is None:
            new.append(article)
        elif differing := _differing(article, before):
            changed.append(Change(article, before, differing))
        else:
            unchanged += 1
    missing = (before for number, before in held.items() if number not in seen)
    gone = [before for before in missing if complete and before.description["available"]]
    return Difference(tuple(new), tuple(changed), tuple(gone), unchanged)


def piece_of(case_milli: int, *, weighed: bool) -> int:
    """The least that one participant can order, in thousandths of the unit; divides the case.

    Counted goods go by the unit. Weighed goods and broken cases go by the half where that comes
    out, else by the largest part that does; where that would be a crumb, by the whole case.
    """
    if not weighed and case_milli % UNIT == 0:
        return UNIT
    part = gcd(case_milli, HALF_UNIT)
    return part if part >= SMALLEST_PIECE else case_milli


def _problem(row: Row, articles: Mapping[str, Article]) -> Problem | None:
    if len(row.number) > _length("number"):
        return Problem(row.line, "number", row.number, NUMBER_TOO_LONG)
    if (first := articles.get(row.number)) is not None:
        return Problem(row.line, "number", row.number, NUMBER_TWICE, {"row": first.line})
    prices = [row.price, row.deposit, *(price for _, price in row.tiers)]
    if max(prices) * 1_000_000 > MOST_PRICE:
        return Problem(row.line, "price", str(max(prices)), TOO_DEAR)
    if _whole(row.case_size * UNIT) <= 0:
        return Problem(row.line, "case_size", str(row.case_size), NO_CASE)
    if row.case_size * UNIT > MOST_CASE:
        return Problem(row.line, "case_size", str(row.case_size), TOO_LARGE_CASE)
    piece_milli = piece_of(_whole(row.case_size * UNIT), weighed=row.weighed)
    if row.deposit * piece_milli / UNIT * 1_000_000 > MOST_PRICE:  # of one piece, a whole case say
        return Problem(row.line, "deposit", str(row.deposit), TOO_DEAR)
    return None


def _article(row: Row) -> Article:
    case_milli = _whole(row.case_size * UNIT)
    piece_milli = piece_of(case_milli, weighed=row.weighed)
    texts = {name: getattr(row, name) for name in DESCRIPTION if name != "available"}
    if row.unit in MEASURES and not row.weighed:
        texts["unit"] = f"1 {row.unit}"  # a bag of one kilo, not a price per kilo
    return Article(
        line=row.line,
        number=row.number,
        available=row.available,
        unit_price=_whole(row.price * 1_000_000),
        case_milli=case_milli,
        piece_milli=piece_milli,
        vat_bp=_whole(row.vat * 100),
        deposit_cents=_whole(row.deposit * 100 * piece_milli / UNIT),
        weighed=row.weighed,
        tiers=[[_pieces(start, piece_milli), _whole(p * 1_000_000)] for start, p in row.tiers],
        **{name: _short(text, _length(name)) for name, text in texts.items()},
    )


def _differing(article: Article, held: Held) -> dict[str, tuple[Any, Any]]:
    old = {**held.description, **(held.terms or dict.fromkeys(TERMS))}
    new = {**article.description, **article.terms}
    return {name: (old[name], new[name]) for name in new if old[name] != new[name]}


def _pieces(units: Decimal, piece_milli: int) -> int:
    """A tier begins at the first whole piece that reaches it."""
    milli = _whole(units * UNIT)
    return max(1, -(-milli // piece_milli))


def _whole(number: Decimal) -> int:
    return int(number.to_integral_value(ROUND_HALF_UP))


def _short(text: str, length: int) -> str:
    return text if len(text) <= length else text[: length - 1] + "…"


_LENGTHS = {
    name: Product.__table__.columns[name].type.length  # type: ignore[attr-defined]
    for name in ("number", *DESCRIPTION)
    if name != "available"
}


def _length(name: str) -> int:
    return int(_LENGTHS[name])

"""What a round has on offer, with the facts that are the same for everybody, kept in memory.

An offer is frozen when its round opens; `offer_version` grows with every change before that. So
a page with 300 articles reads them once, and not for every visitor.
"""

import re
from collections import OrderedDict
from collections.abc import Callable, Collection, Hashable
from dataclasses import dataclass
from threading import Lock
from typing import Any, NamedTuple, TypeVar, cast

from flask import current_app
from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session

from purchasing.allocation import Fill, preview, tier_price
from purchasing.demand import Want
from purchasing.money import Cents, Millionths, half_up
from purchasing.rounds import Round, RoundItem, RoundSupplier

Kept = TypeVar("Kept")
MOST_OFFERS = 200

FIELDS = (
    "id", "supplier_id", "number", "name", "brand", "origin", "category", "note", "unit",
    "unit_price", "case_pieces", "piece_milli", "vat_bp", "deposit_cents", "weighed", "tiers",
)  # fmt: skip
PACKS = {
    "sack": r"zak|baal|bag|sack|net\b",
    "bottle": r"fles|flacon|bottle|jerrycan|\b(liter|l|ml|cl)\b",
    "tin": r"blik|tin\b|\bcan\b|pot\b|glas|jar|emmer|bus\b",
    "box": r"doos|krat|kist|box|tray|case|bak\b",
}
MEASURES = {"kg": ("kg", 1), "g": ("kg", 1000), "gr": ("kg", 1000), "gram": ("kg", 1000)}
MEASURES |= {"l": ("l", 1), "liter": ("l", 1), "cl": ("l", 100), "ml": ("l", 1000)}


@dataclass(frozen=True, slots=True)
class Article:
    """One article of a round; prices in millionths of a euro per unit, without VAT."""

    id: int
    supplier_id: int
    number: str
    name: str
    brand: str
    origin: str
    category: str
    note: str
    unit: str
    unit_price: Millionths
    case_pieces: int
    piece_milli: int
    vat_bp: int
    deposit_cents: Cents
    weighed: bool
    tiers: tuple[tuple[int, Millionths], ...]

    @property
    def has_cases(self) -> bool:
        return self.case_pieces > 1

    @property
    def pack(self) -> str:
        """Which mark is drawn beside it."""
        if self.weighed:
            return "scale"
        unit = self.unit.lower()
        return next((mark for mark, words in PACKS.items() if re.search(words, unit)), "pack")

    def has_words(self, search: str) -> bool:
        """Whether every word of `search` stands in its name, brand, kind or number."""
        text = f"{self.name} {self.brand} {self.category} {self.number}".casefold()
        return all(word in text for word in search.casefold().split())

    def price(self, pieces: int) -> Millionths:
        """The unit price when so many pieces are bought in all."""
        return tier_price(self.tiers, self.unit_price, pieces)

    def gross(self, price: Millionths) -> Millionths:
        """A unit price with VAT, for showing."""
        return half_up(price * (10_000 + self.vat_bp), 10_000)

    def measure(self) -> tuple[str, int] | None:
        """("kg", thousandths of it in a unit) where the unit says so: "zak 2,5 kg"."""
        read = re.search(
            r"(?i)(?:^|[\s(])(\d+(?:[.,]\d{1,3})?)?\s?(kg|gram|gr|g|liter|l|cl|ml)\b", self.unit
        )
        if read is None:
            return None
        measure, part = MEASURES[read[2].lower()]
        whole, _, rest = (read[1] or "1").replace(",", ".").partition(".")
        milli = int(whole) * 1000 + int(rest.ljust(3, "0") or "0")
        return (measure, milli // part) if milli // part else None


class Sums(NamedTuple):
    """What all participants together ordered of one article, in pieces."""

    quantity: int = 0
    extra: int = 0


Articles = tuple[Article, ...]


class Store:
    """The last so many things that were made, shared by all requests of this process."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._things: OrderedDict[Hashable, Any] = OrderedDict()
        self._lock = Lock()

    def __contains__(self, key: Hashable) -> bool:
        return key in self._things

    def get(self, key: Hashable, make: Callable[[], Kept]) -> Kept:
        with self._lock:
            if key in self._things:
                self._things.move_to_end(key)
                return cast(Kept, self._things[key])
        made = make()
        with self._lock:
            self._things[key] = made
            while len(self._things) > self._most:
                self._things.popitem(last=False)
        return made


def store(name: str, most: int) -> Store:
    """A store of this application: two of them in one process never share."""
    stores: dict[str, Store] = current_app.extensions.setdefault("koopkracht-stores", {})
    return stores.setdefault(name, Store(most))


_ARTICLES = (
    select(RoundItem.round_id, *(getattr(RoundItem, name) for name in FIELDS))
    .where(RoundItem.round_id.in_(bindparam("round_ids", expanding=True)))
    .order_by(RoundItem.round_id, RoundItem.position, RoundItem.id)
)
# Of the table, not of entities: they are asked with every line that is saved.
_wants = Want.__table__.c
_TOGETHER = (_wants.item_id, func.sum(_wants.ordered_quantity), func.sum(_wants.ordered_extra))
_SUMS = (
    select(*_TOGETHER)
    .where(_wants.round_id == bindparam("round_id"), _wants.ordered_quantity > 0)
    .group_by(_wants.item_id)
)
_SUMS_OF_SOME = _SUMS.where(_wants.item_id.in_(bindparam("item_ids", expanding=True)))
_SUMS_OF_ALL = (
    select(_wants.round_id, *_TOGETHER)
    .where(
        _wants.round_id.in_(bindparam("round_ids", expanding=True)), _wants.ordered_quantity > 0
    )
    .group_by(_wants.round_id, _wants.item_id)
)
_DELIVERY = select(func.coalesce(func.sum(RoundSupplier.delivery_cents), 0)).where(
    RoundSupplier.round_id == bindparam("round_id")
)


def articles_of(session: Session, round_: Round) -> Articles:
    """The articles of a round in their order; one query, the first time only."""
    return articles_of_all(session, [round_])[round_.id]


def articles_of_all(session: Session, rounds: Collection[Round]) -> dict[int, Articles]:
    """The articles of each of these rounds, by its id; one query for all that are not kept."""
    kept = store("offers", MOST_OFFERS)
    keys = {round_.id: _version(round_) for round_ in rounds}
    missing = [id_ for id_, key in keys.items() if key not in kept]
    read: dict[int, list[Article]] = {round_id: [] for round_id in missing}
    if missing:
        for row in session.execute(_ARTICLES, {"round_ids": missing}):
            facts = dict(row._mapping) | {"tiers": tuple((a, b) for a, b in row.tiers)}
            read[facts.pop("round_id")].append(Article(**facts))
    return {
        id_: kept.get(key, lambda id_=id_: tuple(read.get(id_, ())))  # type: ignore[misc]
        for id_, key in keys.items()
    }


def delivery_of(session: Session, round_: Round) -> Cents:
    """What delivery may cost all together, without VAT; one query, the first time only."""
    kept = store("deliveries", MOST_OFFERS)
    return kept.get(
        _version(round_), lambda: int(session.scalar(_DELIVERY, {"round_id": round_.id}) or 0)
    )


def _version(round_: Round) -> Hashable:
    return round_.id, round_.offer_version, round_.opens_at


def sums_of(
    session: Session, round_id: int, item_ids: Collection[int] | None = None
) -> dict[int, Sums]:
    """What was ordered of each article of a round (or of some) by all together; one query."""
    values: dict[str, object] = {"round_id": round_id}
    if item_ids is None:
        rows = session.execute(_SUMS, values)
    else:
        rows = session.execute(_SUMS_OF_SOME, values | {"item_ids": list(item_ids)})
    return {item_id: Sums(quantity, extra) for item_id, quantity, extra in rows}


def sums_of_all(session: Session, round_ids: Collection[int]) -> dict[int, dict[int, Sums]]:
    """The same for several rounds, by round and article; one query."""
    sums: dict[int, dict[int, Sums]] = {}
    for round_id, item_id, quantity, extra in session.execute(
        _SUMS_OF_ALL, {"round_ids": list(round_ids)}
    ):
        sums.setdefault(round_id, {})[item_id] = Sums(quantity, extra)
    return sums


def fill_of(article: Article, sums: Sums) -> Fill:
    """How full the cases of an article are."""
    return preview(sums.quantity, sums.extra, article.case_pieces)

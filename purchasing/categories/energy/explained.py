"""One bid for one participant, as it is shown: what it costs now and then, row by row.

The rows of both years add up to their totals to the cent; what rounding leaves is in the fixed
costs. `now` is None where nobody can tell what is paid now.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from purchasing.categories.energy.bids import GREEN_WORDS, Bid, Tier, next_tier
from purchasing.categories.energy.connection import SizeHint, size_hint
from purchasing.categories.energy.costs import (
    ASSUMPTION_WORDS,
    Assumption,
    LineKind,
    YearlyCost,
)
from purchasing.categories.energy.profile import SEGMENT_WORDS, Profile
from purchasing.categories.energy.rates import Rates
from purchasing.categories.energy.saving import BASIS_WORDS, Comparison, compare
from purchasing.categories.energy.terms import MONTHS, TariffOffer
from purchasing.errors import N_
from purchasing.money import Cents

ROWS: tuple[tuple[str, str, tuple[LineKind, ...]], ...] = (
    ("grid", N_("Grid operator"), (LineKind.GRID,)),
    (
        "tax",
        N_("Energy tax, less the tax credit"),
        (LineKind.TAX_POWER, LineKind.TAX_GAS, LineKind.TAX_CREDIT),
    ),
    ("gas", N_("Gas"), (LineKind.DELIVERY_GAS,)),
    ("power", N_("Electricity"), (LineKind.DELIVERY_POWER,)),
    ("feed_in", N_("Feeding in"), (LineKind.FEED_IN, LineKind.FEED_IN_COST)),
    ("fixed", N_("Fixed costs of the supplier"), (LineKind.FIXED,)),
)
SAME_EVERYWHERE = ("grid", "tax")


@dataclass(frozen=True, slots=True)
class Row:
    """Cents a year with VAT."""

    key: str
    label: str
    now: Cents | None
    new: Cents

    @property
    def difference(self) -> Cents | None:
        return None if self.now is None else self.new - self.now


@dataclass(frozen=True, slots=True)
class Understood:
    """What was made of somebody's answers, and what stands out in it."""

    profile: Profile
    size_hint: SizeHint | None

    @property
    def segment_words(self) -> str:
        return SEGMENT_WORDS[self.profile.segment]


@dataclass(frozen=True, slots=True)
class Explained:
    """All that a page or paper says of this bid for this participant."""

    profile: Profile
    bid: Bid
    comparison: Comparison
    rows: tuple[Row, ...]
    start: date
    accepted: int
    next_tier: Tier | None
    size_hint: SizeHint | None

    @property
    def tariff(self) -> TariffOffer:
        return self.bid.tariff

    @property
    def basis_words(self) -> str:
        """What the saving is measured against (msgid)."""
        return BASIS_WORDS[self.comparison.basis]

    @property
    def green_words(self) -> str:
        return GREEN_WORDS[self.bid.green]

    @property
    def assumption_words(self) -> tuple[str, ...]:
        """What the figures rest on (msgids)."""
        now = self.comparison.now
        found = self.comparison.new.assumptions | (now.assumptions if now else frozenset())
        return tuple(ASSUMPTION_WORDS[one] for one in Assumption if one in found)

    @property
    def fixed_until(self) -> date | None:
        return last_day(self.start, self.bid.tariff.term_months)

    @property
    def missing_for_tier(self) -> int | None:
        """How many more must accept before it costs everybody less."""
        return self.next_tier.customers - self.accepted if self.next_tier else None


def explain(
    profile: Profile,
    bid: Bid,
    *,
    start: date,
    rates: Rates,
    market: TariffOffer | None,
    accepted: int = 0,
) -> Explained:
    comparison = compare(
        profile.usage,
        profile.connection,
        profile.contract,
        bid.tariff,
        start=start,
        rates=rates,
        market=market,
        band_bp=profile.band_bp,
    )
    return Explained(
        profile=profile,
        bid=bid,
        comparison=comparison,
        rows=tuple(_rows(comparison)),
        start=start,
        accepted=accepted,
        next_tier=next_tier(bid, accepted),
        size_hint=_size_hint(profile, start, rates),
    )


def understand(profile: Profile, *, start: date, rates: Rates) -> Understood:
    return Understood(profile, _size_hint(profile, start, rates))


def _size_hint(profile: Profile, start: date, rates: Rates) -> SizeHint | None:
    used, fed_in = profile.usage.power, profile.usage.fed_in
    return size_hint(profile.connection, used, fed_in, year=start.year, rates=rates)


def last_day(start: date, months: int) -> date | None:
    """The last day of a fixed term; None where there is none."""
    if not months:
        return None
    year, month = divmod(start.month - 1 + months, MONTHS)
    first = date(start.year + year, month + 1, 1)
    following = date(first.year + (first.month == MONTHS), first.month % MONTHS + 1, 1)
    longest = (following - first).days
    return first + timedelta(days=min(start.day, longest) - 2)


def _rows(comparison: Comparison) -> Iterable[Row]:
    now = comparison.now
    for key, label, kinds in ROWS:
        new_cents = _sum(comparison.new, key, kinds)
        now_cents = None if now is None else _sum(now, key, kinds)
        if new_cents or now_cents:
            yield Row(key, label, now_cents, new_cents)


def _sum(cost: YearlyCost, key: str, kinds: tuple[LineKind, ...]) -> Cents:
    rounding = cost.rounding if key == "fixed" else 0
    return sum(cost.of(kind) for kind in kinds) + rounding

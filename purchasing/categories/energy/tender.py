"""A whole tender from usage and opened bids to the award, in one plain text that can be replayed.

This is the glass box: whoever has the text of a tender recomputes every cost and the award. It
names nobody: an entrant is a key, a place in line, and the numbers that decide.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from purchasing.categories.energy.award import award
from purchasing.categories.energy.award_case import (
    MOST_SUPPLIERS,
    Applicant,
    Award,
    AwardCase,
    BidTerms,
    Rule,
)
from purchasing.categories.energy.bids import SubmittedBid
from purchasing.categories.energy.connection import Connection
from purchasing.categories.energy.plain import from_canonical
from purchasing.categories.energy.profile import Profile, Segment
from purchasing.categories.energy.rates import RateRow, Rates
from purchasing.categories.energy.saving import (
    Basis,
    basis_of,
    exit_fee,
    present_cost,
    present_total,
)
from purchasing.categories.energy.tariff import (
    Part,
    anniversary,
    parts,
    public_lines,
    scale,
    supplier_lines,
)
from purchasing.categories.energy.terms import Contract, TariffOffer, Usage
from purchasing.money import Cents, Millionths, half_up

LOW_USE_KWH = 1_500


@dataclass(frozen=True, slots=True)
class Entrant:
    """One participant, or one example home of the rule `lowest_reference`."""

    key: str
    place: int
    segment: Segment
    usage: Usage
    connection: Connection
    contract: Contract | None = None


@dataclass(frozen=True, slots=True)
class Tender:
    """All that decides. Costs are over the twelve months from `start`."""

    rule: Rule
    start: date
    entrants: tuple[Entrant, ...]
    bids: tuple[SubmittedBid, ...]
    rates: tuple[RateRow, ...]
    examples: tuple[Entrant, ...] = ()
    most_suppliers: int = MOST_SUPPLIERS


def entrant(key: str, place: int, profile: Profile) -> Entrant:
    """What of a profile the award may know."""
    return Entrant(
        key, place, profile.segment, profile.usage, profile.connection, profile.contract
    )


def hold(tender: Tender) -> Award:
    """The award of this tender."""
    return award(case_of(tender))


def replay_tender(text: bytes | str) -> Award:
    """The award of a tender written by `plain.canonical`."""
    return hold(from_canonical(Tender, text))


def case_of(tender: Tender) -> AwardCase:
    """Every cost worked out: what the award is decided on."""
    rates = Rates(tender.rates)
    days = _days(tender)
    market = market_of(submitted.bid.tariff for submitted in tender.bids)
    examples: dict[Segment, dict[str, Cents]] = {}
    for example in tender.examples:
        sums = examples.setdefault(example.segment, {})
        for bid, cost in _costs(example, days, rates).items():
            sums[bid] = sums.get(bid, 0) + cost
    return AwardCase(
        rule=tender.rule,
        applicants=tuple(
            _applicant(e, days, tender.start, rates, market) for e in tender.entrants
        ),
        bids=tuple(
            BidTerms(
                key=submitted.key,
                supplier=submitted.bid.supplier,
                segments=submitted.bid.segments,
                committed_at=submitted.committed_at,
                minimum=submitted.bid.minimum,
                maximum=submitted.bid.maximum,
            )
            for submitted in tender.bids
        ),
        most_suppliers=tender.most_suppliers,
        references=examples,
    )


@dataclass(frozen=True, slots=True)
class Days:
    """The twelve months, per bid with the segments it is for; `bare` without a tariff."""

    bare: list[Part]
    unit: int
    bids: dict[str, tuple[frozenset[Segment], list[Part]]]


def _days(tender: Tender) -> Days:
    end = anniversary(tender.start)
    bare = parts(TariffOffer(), tender.start, end)
    bids = {
        submitted.key: (submitted.bid.segments, parts(submitted.bid.tariff, tender.start, end))
        for submitted in tender.bids
    }
    return Days(bare, scale(bare), bids)


def market_of(tariffs: Iterable[TariffOffer]) -> TariffOffer | None:
    """The lowest of each rate that was bid: stands in for a supplier's prices of today.

    The lowest gives the highest exit fee: rather too careful than a saving that is none.
    """
    every = list(tariffs)
    if not every:
        return None
    return TariffOffer(
        single=_lowest(tariff.single for tariff in every),
        normal=_lowest(tariff.normal for tariff in every),
        low=_lowest(tariff.low for tariff in every),
        gas=_lowest(tariff.gas for tariff in every),
    )


def _lowest(rates: Iterable[Millionths | None]) -> Millionths | None:
    return min((rate for rate in rates if rate is not None), default=None)


def _applicant(
    who: Entrant, days: Days, start: date, rates: Rates, market: TariffOffer | None
) -> Applicant:
    fee = exit_fee(who.contract, who.usage, leaves=start, rates=rates, market=market)
    now = None
    if basis_of(who.contract, fee) in (Basis.RATES, Basis.BILL):
        present = present_cost(who.usage, who.connection, who.contract, start=start, rates=rates)
        now = present_total(who.contract, present)
    leaving = fee.cents or 0
    return Applicant(
        key=who.key,
        segment=who.segment,
        place=who.place,
        costs={bid: cost + leaving for bid, cost in _costs(who, days, rates).items()},
        now=now,
        low_use=who.usage.power < LOW_USE_KWH,
    )


def _costs(who: Entrant, days: Days, rates: Rates) -> dict[str, Cents]:
    """What each bid on this segment costs, to the cent what `yearly_cost` says: taxes once."""
    public = sum(line.gross for line in public_lines(who.usage, who.connection, days.bare, rates))
    costs: dict[str, Cents] = {}
    for key, (segments, stretch) in days.bids.items():
        if who.segment in segments:
            lines = supplier_lines(who.usage, who.connection, stretch, rates)
            costs[key] = half_up(public + sum(line.gross for line in lines), days.unit)
    return costs

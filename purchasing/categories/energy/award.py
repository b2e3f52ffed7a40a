"""The award: who is offered which bid, by the rule that was published before the bids.

Deterministic: the order of applicants and bids makes no difference, and names mean nothing but
for telling two places in line apart that are the same. `replay` recomputes an award from JSON.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from purchasing.categories.energy.award_case import (
    Applicant,
    Award,
    AwardCase,
    BidTerms,
    Offer,
    Outcome,
    Placing,
    Rule,
)
from purchasing.categories.energy.bids import SubmittedBid, tariff_at
from purchasing.categories.energy.lowest import place_lowest
from purchasing.categories.energy.personal_best import place_personal_best
from purchasing.categories.energy.plain import from_canonical
from purchasing.categories.energy.terms import TariffOffer
from purchasing.money import Cents

FEWEST = 10  # a share of fewer people than this is not published


def award(case: AwardCase) -> Award:
    """Place everybody by the rule, then tell those for whom staying is cheaper how much it is.

    They get the cheapest winner with room left, marked `worse_off`; they never count towards a
    minimum. Room is counted in offers, so that acceptances never exceed it.
    """
    if not case.bids:
        return Award(Outcome.NO_BIDS)
    if not any(applicant.costs for applicant in case.applicants):
        return Award(Outcome.NOBODY)
    place = place_personal_best if case.rule is Rule.PERSONAL_BEST else place_lowest
    placing = place(case)
    if not placing.bids:
        return _no_deal(case, placing)
    placed = placing.bids | _marked(case, placing.bids)
    winners = sorted(_bids(case, placed.values()), key=lambda bid: bid.standing)
    people = sorted(case.applicants, key=lambda applicant: applicant.key)
    return Award(
        outcome=Outcome.AWARDED,
        offers=tuple(_offer(a, placed[a.key]) for a in people if a.key in placed),
        winners=tuple(bid.key for bid in winners),
        dropped=tuple(sorted(placing.dropped)),
        without_offer=tuple(a.key for a in people if a.key not in placed),
    )


def replay(text: bytes | str) -> Award:
    """The award of a case written by `plain.canonical`."""
    return award(from_canonical(AwardCase, text))


def _no_deal(case: AwardCase, placing: Placing) -> Award:
    some_gain = any(a.harmless(bid) for a in case.applicants for bid in a.costs)
    outcome = Outcome.MINIMUM_NOT_REACHED if some_gain else Outcome.ALL_WORSE
    everybody = tuple(sorted(applicant.key for applicant in case.applicants))
    return Award(outcome, dropped=tuple(sorted(placing.dropped)), without_offer=everybody)


def _bids(case: AwardCase, keys: Iterable[str]) -> list[BidTerms]:
    found = set(keys)
    return [bid for bid in case.bids if bid.key in found]


def _marked(case: AwardCase, placed: Mapping[str, str]) -> dict[str, str]:
    """The cheapest winner with room for each who would lose by every winner, in line."""
    winners = sorted(_bids(case, placed.values()), key=lambda bid: bid.standing)
    taken = Counter(placed.values())
    marked: dict[str, str] = {}
    for person in sorted(case.applicants, key=lambda applicant: applicant.standing):
        own = [bid for bid in winners if bid.key in person.costs]
        if person.key in placed or any(person.harmless(bid.key) for bid in own):
            continue
        free = [bid for bid in own if bid.maximum is None or taken[bid.key] < bid.maximum]
        if free:
            best = min(free, key=lambda bid: person.costs[bid.key])
            marked[person.key] = best.key
            taken[best.key] += 1
    return marked


def _offer(applicant: Applicant, bid: str) -> Offer:
    return Offer(
        applicant=applicant.key,
        bid=bid,
        cost=applicant.costs[bid],
        now=applicant.now,
        worse_off=not applicant.harmless(bid),
    )


# --- after it --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Figures:
    """What is published of an award. None: fewer than ten people, or nobody's saving is known."""

    offers: int
    known: int | None
    better_off: int | None
    median_saving: Cents | None
    worst_saving: Cents | None
    low_use_known: int | None
    low_use_better_off: int | None


def figures(case: AwardCase, made: Award) -> Figures:
    """Savings of those who said what they pay now, over all offers."""
    frugal = {applicant.key for applicant in case.applicants if applicant.low_use}
    savings = sorted(offer.saving for offer in made.offers if offer.saving is not None)
    low = [o.saving for o in made.offers if o.saving is not None and o.applicant in frugal]
    told, low_told = len(savings) >= FEWEST, len(low) >= FEWEST
    return Figures(
        offers=len(made.offers),
        known=len(savings) if told else None,
        better_off=sum(saving > 0 for saving in savings) if told else None,
        median_saving=savings[(len(savings) - 1) // 2] if told else None,
        worst_saving=savings[0] if told else None,
        low_use_known=len(low) if low_told else None,
        low_use_better_off=sum(saving > 0 for saving in low) if low_told else None,
    )


@dataclass(frozen=True, slots=True)
class Conclusion:
    """What became of a winner: how many accepted, whether it stands, and the final price."""

    bid: str
    accepted: int
    stands: bool
    tariff: TariffOffer


def conclude(
    bids: Iterable[SubmittedBid], made: Award, accepted: Collection[str]
) -> tuple[Conclusion, ...]:
    """Count the acceptances of each winner. Only they decide about the minimum and the tier.

    `accepted`: keys of applicants with an offer; ValueError if one has none.
    """
    by_key = {submitted.key: submitted.bid for submitted in bids}
    offered = {offer.applicant: offer.bid for offer in made.offers}
    if strangers := set(accepted) - offered.keys():
        raise ValueError(f"no offer was made to {sorted(strangers)}")
    counts = Counter(offered[key] for key in set(accepted))
    return tuple(
        Conclusion(
            bid=key,
            accepted=counts[key],
            stands=0 < counts[key] >= by_key[key].minimum,
            tariff=tariff_at(by_key[key], counts[key]),
        )
        for key in made.winners
    )

"""What an award is decided on and what it says: plain, frozen, and without a name in it.

Costs are whole cents over the first twelve months, with VAT and without any bonus: what the bid
costs this applicant, plus what leaving the present contract costs.
"""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from purchasing.categories.energy.profile import Segment
from purchasing.errors import N_
from purchasing.money import Cents

MOST_SUPPLIERS = 3


class Rule(StrEnum):
    """How the winners are found; published before the first bid."""

    PERSONAL_BEST = "personal_best"
    LOWEST_TOTAL = "lowest_total"
    LOWEST_REFERENCE = "lowest_reference"


RULE_WORDS = {
    Rule.PERSONAL_BEST: N_(
        "Everybody is offered the cheapest bid for their own use, among a few suppliers: "
        "those with whom the group as a whole saves most."
    ),
    Rule.LOWEST_TOTAL: N_(
        "In each segment the bid with the lowest sum over all participants wins. "
        "When it is full, the next one follows."
    ),
    Rule.LOWEST_REFERENCE: N_(
        "In each segment the bid that is cheapest for the published example homes wins. "
        "When it is full, the next one follows."
    ),
}


class Outcome(StrEnum):
    AWARDED = "awarded"
    NO_BIDS = "no_bids"
    NOBODY = "nobody"  # nobody takes part in a segment that was bid on
    MINIMUM_NOT_REACHED = "minimum_not_reached"
    ALL_WORSE = "all_worse"  # everybody is better off staying


OUTCOME_WORDS = {
    Outcome.AWARDED: N_("There is an offer."),
    Outcome.NO_BIDS: N_("No deal: there were no bids."),
    Outcome.NOBODY: N_("No deal: nobody takes part in what was bid on."),
    Outcome.MINIMUM_NOT_REACHED: N_("No deal: no bid reaches its smallest number of customers."),
    Outcome.ALL_WORSE: N_("No deal: for everybody staying is cheaper than any bid."),
}


@dataclass(frozen=True, slots=True)
class Applicant:
    """One participant. `place` is the place in line; `now` what staying costs, None if unknown.

    `costs` names every bid on the applicant's segment.
    """

    key: str
    segment: Segment
    place: int
    costs: dict[str, Cents]
    now: Cents | None = None
    low_use: bool = False

    def harmless(self, bid: str) -> bool:
        """Whether this bid is not known to cost more than staying."""
        return self.now is None or self.costs[bid] <= self.now

    @property
    def standing(self) -> tuple[int, str]:
        return self.place, self.key


@dataclass(frozen=True, slots=True)
class BidTerms:
    """What of a bid, besides its price, the award looks at. `maximum` None: no limit."""

    key: str
    supplier: str
    segments: frozenset[Segment]
    committed_at: datetime
    minimum: int = 0
    maximum: int | None = None

    @property
    def standing(self) -> tuple[datetime, str]:
        """Between equals the earlier commitment wins."""
        return self.committed_at, self.key


@dataclass(frozen=True, slots=True)
class AwardCase:
    """Everything the award follows from. `references`: the example homes' costs per segment."""

    rule: Rule
    applicants: tuple[Applicant, ...]
    bids: tuple[BidTerms, ...]
    most_suppliers: int = MOST_SUPPLIERS
    references: dict[Segment, dict[str, Cents]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.most_suppliers < 1:
            raise ValueError("at least one supplier must be allowed")
        for keys in ([a.key for a in self.applicants], [b.key for b in self.bids]):
            if len(set(keys)) < len(keys):
                raise ValueError("two with the same key")
        for applicant in self.applicants:
            bids = {bid.key for bid in self.bids if applicant.segment in bid.segments}
            if applicant.costs.keys() != bids:
                raise ValueError(f"{applicant.key} needs a cost for each bid on its segment")


@dataclass(frozen=True, slots=True)
class Offer:
    """What one applicant is offered. `worse_off`: staying is cheaper, and the offer says so."""

    applicant: str
    bid: str
    cost: Cents
    now: Cents | None
    worse_off: bool

    @property
    def saving(self) -> Cents | None:
        return None if self.now is None else self.now - self.cost


@dataclass(frozen=True, slots=True)
class Award:
    """Who is offered what. Sorted by applicant; winners by commitment.

    `dropped`: bids that would have been taken up but by fewer than their minimum.
    """

    outcome: Outcome
    offers: tuple[Offer, ...] = ()
    winners: tuple[str, ...] = ()
    dropped: tuple[str, ...] = ()
    without_offer: tuple[str, ...] = ()

    @property
    def no_deal(self) -> bool:
        return self.outcome is not Outcome.AWARDED


@dataclass(frozen=True, slots=True)
class Placing:
    """What a rule decides before the rest is told: bid by applicant, and who fell short."""

    bids: dict[str, str]
    dropped: frozenset[str] = frozenset()

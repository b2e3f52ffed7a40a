"""A supplier's sealed bid: what it holds, what it must hold, and its commitment.

The SHA-256 over the bid's canonical text and a secret nonce is public at once; the bid itself is
opened with all others, and everybody can check then that nothing was changed. A bid is final: a
tier only ever takes something off, and counts those who accepted.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from hmac import compare_digest
from itertools import pairwise

from purchasing.categories.energy.plain import canonical
from purchasing.categories.energy.profile import Segment
from purchasing.categories.energy.reading import Missing, NotRight
from purchasing.categories.energy.terms import Discount, TariffOffer
from purchasing.errors import N_, Refused
from purchasing.money import Cents, Millionths

NONCE_BYTES = 32
MOST_CUSTOMERS = 100_000
MOST_MONTHS = 60
MOST_POWER: Millionths = 2_000_000
MOST_GAS: Millionths = 6_000_000
MOST_FIXED: Cents = 500_000


class GreenLabel(StrEnum):
    GREY = "grey"
    EUROPEAN = "european"  # green, from anywhere in Europe
    DUTCH = "dutch"  # green, from Dutch sun and wind


GREEN_WORDS = {
    GreenLabel.GREY: N_("not green"),
    GreenLabel.EUROPEAN: N_("green, from Europe"),
    GreenLabel.DUTCH: N_("green, from the Netherlands"),
}


class Condition(StrEnum):
    """What a decent supplier agrees to; the network asks, the bid answers, everybody sees it."""

    PRICE_FIXED = "price_fixed"
    NO_DEPOSIT = "no_deposit"
    OWN_ADVANCE = "own_advance"
    TRANSFER_FREE = "transfer_free"
    PAPER_FREE = "paper_free"
    PHONE = "phone"
    PAYMENT_PLAN = "payment_plan"
    NO_REFUSAL = "no_refusal"
    NO_SILENT_RENEWAL = "no_silent_renewal"


CONDITION_WORDS = {
    Condition.PRICE_FIXED: N_("The price stays the same for the whole term."),
    Condition.NO_DEPOSIT: N_("No deposit is asked."),
    Condition.OWN_ADVANCE: N_("Customers may set their own monthly amount, within reason."),
    Condition.TRANSFER_FREE: N_("Paying by transfer costs nothing extra."),
    Condition.PAPER_FREE: N_("A bill on paper costs nothing extra."),
    Condition.PHONE: N_("There is somebody on the phone on working days."),
    Condition.PAYMENT_PLAN: N_("Who cannot pay at once gets a payment plan."),
    Condition.NO_REFUSAL: N_(
        "Nobody of the group is refused for where they live or how they pay."
    ),
    Condition.NO_SILENT_RENEWAL: N_("After the term the contract can be ended any day."),
}


@dataclass(frozen=True, slots=True)
class Tier:
    """From so many customers who accepted, this comes off the base rates."""

    customers: int
    off: Discount


@dataclass(frozen=True, slots=True)
class Bid:
    """One price for one or more segments. `maximum` None: as many as come.

    `round_ref` and `supplier` bind the commitment to its round and its sender.
    """

    round_ref: str
    supplier: str
    segments: frozenset[Segment]
    tariff: TariffOffer
    green: GreenLabel = GreenLabel.GREY
    minimum: int = 0
    maximum: int | None = None
    tiers: tuple[Tier, ...] = ()
    conditions: frozenset[Condition] = frozenset()

    def __post_init__(self) -> None:
        if min(self.minimum, self.maximum or 0, self.tariff.term_months) < 0:
            raise ValueError("a bid has no negative numbers")


@dataclass(frozen=True, slots=True)
class SubmittedBid:
    """A bid as it lies in the round: `key` names it, `committed_at` decides between equals."""

    key: str
    bid: Bid
    committed_at: datetime


class RateMissing(Missing):
    message = N_("This price is needed for the segments you bid on.")


class OutOfProportion(Refused):
    message = N_("This is too high to be right. Prices are in euros, without VAT and tax.")


class NoSegment(Refused):
    message = N_("Choose at least one segment to bid on.")


class MoreLowerThanUpper(Refused):
    message = N_("The most customers you take cannot be fewer than the fewest.")


class TooMany(Refused):
    message = N_("This is more than %(most)s.")


class TiersOutOfOrder(Refused):
    message = N_("Each tier asks for more customers and takes more off than the one before.")


class TierTooDeep(Refused):
    message = N_("A tier cannot take off more than the whole price.")


def check_bid(bid: Bid) -> None:
    """Refuse a bid that is incomplete or cannot be meant: NotRight, by field of the form."""
    problems: dict[str, Refused] = {}
    if not bid.segments:
        problems["segments"] = NoSegment()
    problems |= {name: refusal for name, refusal in _rate_problems(bid)}
    if bid.maximum is not None and bid.maximum < max(1, bid.minimum):
        problems["maximum"] = MoreLowerThanUpper()
    for name, value, most in (
        ("minimum", bid.minimum, MOST_CUSTOMERS),
        ("maximum", bid.maximum or 0, MOST_CUSTOMERS),
        ("term_months", bid.tariff.term_months, MOST_MONTHS),
    ):
        if value > most:
            problems[name] = TooMany(most=most)
    problems |= _tier_problems(bid)
    if problems:
        raise NotRight(problems)


def needed_rates(segments: frozenset[Segment]) -> tuple[str, ...]:
    """The rates a bid on these segments must name, as fields of `TariffOffer`.

    Single and double meters are in every segment; gas is in all but "electricity only".
    """
    gas = ("gas",) if segments - {Segment.POWER} else ()
    return ("single", "normal", "low", *gas)


def _rate_problems(bid: Bid) -> list[tuple[str, Refused]]:
    """Delivery cannot be free of charge; the other amounts can be zero."""
    problems: list[tuple[str, Refused]] = []
    for name in needed_rates(bid.segments):
        if not getattr(bid.tariff, name):
            problems.append((name, RateMissing()))
    most = {"gas": MOST_GAS} | dict.fromkeys(("fixed_power", "fixed_gas", "bonus"), MOST_FIXED)
    for name in (
        "single",
        "normal",
        "low",
        "gas",
        "fixed_power",
        "fixed_gas",
        "feed_in",
        "feed_in_cost",
        "bonus",
    ):
        if (getattr(bid.tariff, name) or 0) > most.get(name, MOST_POWER):
            problems.append((name, OutOfProportion()))
    return problems


def _tier_problems(bid: Bid) -> dict[str, Refused]:
    if not bid.tiers:
        return {}
    off = [tier.off for tier in bid.tiers]
    values = [(d.power, d.gas, d.fixed) for d in (Discount(), *off)]
    rising = all(min(b[i] - a[i] for i in range(3)) >= 0 and a != b for a, b in pairwise(values))
    heads = [0, *(tier.customers for tier in bid.tiers)]
    if not rising or any(a >= b for a, b in pairwise(heads)):
        return {"tiers": TiersOutOfOrder()}
    tariff, deepest = bid.tariff, off[-1]
    power = [rate for rate in (tariff.single, tariff.normal, tariff.low) if rate is not None]
    too_deep = deepest.power > min(power, default=0) or deepest.gas > (tariff.gas or 0)
    if too_deep or deepest.fixed > tariff.fixed_power:
        return {"tiers": TierTooDeep()}
    return {}


def tariff_at(bid: Bid, accepted: int) -> TariffOffer:
    """What everybody pays when so many accepted: the base rates less the highest tier reached.

    More acceptances never raise anybody's price. The offer states the base: it can only fall.
    """
    reached = [tier for tier in bid.tiers if tier.customers <= accepted]
    return replace(bid.tariff, discount=reached[-1].off) if reached else bid.tariff


def next_tier(bid: Bid, accepted: int) -> Tier | None:
    """The tier not yet reached, for "12 more and it costs less"; None at the top."""
    return next((tier for tier in bid.tiers if tier.customers > accepted), None)


def missing_conditions(bid: Bid, asked: frozenset[Condition]) -> tuple[Condition, ...]:
    """What the network asks and the bid does not promise, in order."""
    return tuple(c for c in Condition if c in asked and c not in bid.conditions)


def committed_text(bid: Bid, nonce: bytes) -> bytes:
    """What the hash is taken of. The nonce, 32 secret random bytes, comes from the caller."""
    if len(nonce) != NONCE_BYTES:
        raise ValueError(f"a nonce has {NONCE_BYTES} bytes")
    return canonical(bid) + nonce


def commitment(bid: Bid, nonce: bytes) -> str:
    """The hash to publish."""
    return sha256(committed_text(bid, nonce)).hexdigest()


def is_what_was_committed(bid: Bid, nonce: bytes, published: str) -> bool:
    """Whether an opened bid is the one whose hash was published."""
    return len(nonce) == NONCE_BYTES and compare_digest(commitment(bid, nonce), published)

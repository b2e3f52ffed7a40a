"""What a supplier is asked when it bids, and what its bid says, line by line."""

from collections.abc import Iterable

from purchasing.categories.energy.bid_form import STEPS, TIERS
from purchasing.categories.energy.bids import (
    CONDITION_WORDS,
    GREEN_WORDS,
    Bid,
    Condition,
    GreenLabel,
    Tier,
)
from purchasing.categories.energy.profile import SEGMENT_WORDS, Segment
from purchasing.errors import N_
from purchasing.questions import Option, Question, QuestionKind
from purchasing.tendering import BidLine, BidPart, Holds

PER_KWH = N_("Euro per kWh, without VAT and energy tax. Write it like this: 0.12345")
PER_M3 = N_("Euro per m³, without VAT and energy tax.")
PER_YEAR = N_("Euro per year, without VAT.")
FROM_KWH, A_YEAR = N_("from so many kWh:"), N_("a year:")
OPEN = N_("Leave it open if there is none.")


def bid_form() -> tuple[BidPart, ...]:
    return (
        BidPart("for", N_("For whom?"), (SEGMENTS,)),
        BidPart("power", N_("Electricity"), POWER),
        BidPart("gas", N_("Gas"), GAS, N_("Not needed where you bid on electricity only.")),
        BidPart("feed", N_("Feeding in"), FEED_IN, N_("Needed for homes that feed in and shops.")),
        BidPart(
            "steps",
            N_("Costs of feeding in, by steps"),
            tuple(_steps()),
            N_("A step begins at so many kWh a year, and costs so many euros a year."),
            folded=True,
        ),
        BidPart("terms", N_("Terms"), TERMS),
        BidPart(
            "tiers",
            N_("A lower price when more people accept"),
            tuple(_tiers()),
            N_("A tier takes something off your prices. More customers never cost anybody more."),
            folded=True,
        ),
        BidPart(
            "promises",
            N_("What do you promise?"),
            (_conditions(),),
            N_("Everybody sees which of these you promise, and which you do not."),
        ),
    )


def bid_lines(bid: Bid) -> Iterable[BidLine]:
    tariff, steps = bid.tariff, bid.tariff.feed_in_steps
    yield BidLine(N_("For"), Holds.WORDS, [SEGMENT_WORDS[s] for s in Segment if s in bid.segments])
    for label, rate in (
        (N_("Electricity, single meter"), tariff.single),
        (N_("Electricity, normal hours"), tariff.normal),
        (N_("Electricity, low hours"), tariff.low),
        (N_("Gas, per m³"), tariff.gas),
        (N_("Paid for power fed in"), tariff.feed_in),
        (N_("Costs per kWh fed in"), tariff.feed_in_cost or None),
    ):
        yield BidLine(label, Holds.RATE, rate)
    for label, cents in (
        (N_("Fixed costs a year, electricity"), tariff.fixed_power),
        (N_("Fixed costs a year, gas"), tariff.fixed_gas),
        (N_("Bonus, with VAT"), tariff.bonus or None),
    ):
        yield BidLine(label, Holds.CENTS, cents)
    yield BidLine(N_("Months at a fixed price"), Holds.COUNT, tariff.term_months)
    yield BidLine(N_("Kind of power"), Holds.WORDS, [GREEN_WORDS[bid.green]])
    yield BidLine(N_("Fewest customers"), Holds.COUNT, bid.minimum or None)
    yield BidLine(N_("Most customers"), Holds.COUNT, bid.maximum)
    yield BidLine(N_("Lower price"), Holds.STEPS, [_tier(tier) for tier in bid.tiers])
    yield BidLine(
        N_("Costs of feeding in, by steps"),
        Holds.STEPS,
        [[BidLine(FROM_KWH, Holds.COUNT, at), BidLine(A_YEAR, Holds.CENTS, c)] for at, c in steps],
    )
    promised = [CONDITION_WORDS[c] for c in Condition if c in bid.conditions]
    yield BidLine(N_("Promises"), Holds.WORDS, promised)


def _tier(tier: Tier) -> list[BidLine]:
    off = tier.off
    lines = (
        BidLine(N_("from so many customers:"), Holds.COUNT, tier.customers),
        BidLine(N_("off a kWh:"), Holds.RATE, off.power),
        BidLine(N_("off a m³:"), Holds.RATE, off.gas),
        BidLine(N_("off a year:"), Holds.CENTS, off.fixed),
    )
    return [line for line in lines if line.value]


def _text(key: str, label: str, hint: str = "", *, required: bool = False) -> Question:
    return Question(key, label, hint=hint, required=required, longest=20)


def _steps() -> Iterable[Question]:
    for n in range(1, STEPS + 1):
        yield _text(f"step_{n}_from", N_("From how many kWh a year?"))
        yield _text(f"step_{n}_cost", N_("Costs a year, in euros"))


def _tiers() -> Iterable[Question]:
    for n in range(1, TIERS + 1):
        yield _text(f"tier_{n}_customers", N_("From how many customers?"))
        yield _text(f"tier_{n}_power", N_("Off electricity, euro per kWh"))
        yield _text(f"tier_{n}_gas", N_("Off gas, euro per m³"))
        yield _text(f"tier_{n}_fixed", N_("Off the fixed costs, euro a year"))


def _conditions() -> Question:
    options = tuple(Option(c.value, CONDITION_WORDS[c]) for c in Condition)
    label = N_("Tick what you promise")
    return Question("conditions", label, QuestionKind.CHOICES, required=False, options=options)


SEGMENTS = Question(
    "segments",
    N_("Which segments do you bid on?"),
    QuestionKind.CHOICES,
    required=False,
    options=tuple(Option(segment.value, words) for segment, words in SEGMENT_WORDS.items()),
)
POWER = (
    _text("single", N_("Single meter"), PER_KWH, required=True),
    _text("normal", N_("Double meter, normal hours"), required=True),
    _text("low", N_("Double meter, low hours"), required=True),
    _text("fixed_power", N_("Fixed costs of electricity"), PER_YEAR, required=True),
)
GAS = (
    _text("gas", N_("Price of gas"), PER_M3),
    _text("fixed_gas", N_("Fixed costs of gas"), PER_YEAR),
)
FEED_IN = (
    _text("feed_in", N_("What you pay for power fed in"), N_("Euro per kWh.")),
    _text("feed_in_cost", N_("What feeding in costs"), N_("Euro per kWh, if you ask for it.")),
)
TERMS = (
    _text("term_months", N_("For how many months is the price fixed?"), N_("Usually 12.")),
    _text("bonus", N_("Bonus"), N_("Euro with VAT. It does not count in the award.")),
    Question(
        "green",
        N_("Kind of power"),
        QuestionKind.CHOICE,
        options=tuple(Option(label.value, GREEN_WORDS[label]) for label in GreenLabel),
    ),
    _text("minimum", N_("Fewest customers you need"), OPEN),
    _text("maximum", N_("Most customers you take"), OPEN),
)

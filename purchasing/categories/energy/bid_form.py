"""The bid as a supplier fills it in: raw answers in, a checked bid out.

Prices are in euros without VAT and energy tax, per kWh, per m³ or per year; the bonus with VAT.
"""

from collections.abc import Mapping

from purchasing.categories.energy.bids import (
    MOST_FIXED,
    MOST_GAS,
    MOST_POWER,
    Bid,
    Condition,
    GreenLabel,
    OutOfProportion,
    Tier,
    check_bid,
    needed_rates,
)
from purchasing.categories.energy.profile import Segment
from purchasing.categories.energy.reading import Answers, NotRight, rate, whole
from purchasing.categories.energy.terms import MONTHS, Discount, TariffOffer
from purchasing.money import parse_cents

TIERS = 3
STEPS = 6


def read_bid(raw: Mapping[str, str], *, round_ref: str, supplier: str) -> Bid:
    """The bid in these answers. Raises NotRight with all that is wrong, by question.

    Segments and conditions are ticked one by one (`segment_power`, `condition_phone`, …), or
    named together (`segments`: "power,shop").
    Tiers and steps are numbered: `tier_1_customers`, `tier_1_power`, `step_1_from`, `step_1_cost`.
    """
    answers = Answers({**raw, **_ticked(raw)})
    segments = frozenset(s for s in Segment if answers.yes(f"segment_{s.value}"))
    tariff = _tariff(answers, segments)
    green = answers.choice("green", GreenLabel, GreenLabel.GREY)
    maximum = answers.read("maximum", whole)
    bid = Bid(
        round_ref=round_ref,
        supplier=supplier,
        segments=segments,
        tariff=tariff,
        green=green or GreenLabel.GREY,
        minimum=answers.read("minimum", whole) or 0,
        maximum=maximum,
        tiers=_tiers(answers),
        conditions=frozenset(c for c in Condition if answers.yes(f"condition_{c.value}")),
    )
    try:
        check_bid(bid)
    except NotRight as refused:
        for key, problem in refused.problems.items():
            answers.refuse(key, problem)
    answers.check()
    return bid


def _ticked(raw: Mapping[str, str]) -> dict[str, str]:
    """What was named together, as if it were ticked one by one. Nothing else can be named."""
    known = {"segments": ("segment", Segment), "conditions": ("condition", Condition)}
    return {
        f"{word}_{name}": "y"
        for key, (word, choices) in known.items()
        for name in raw.get(key, "").split(",")
        if name in set(choices)
    }


def _tariff(answers: Answers, segments: frozenset[Segment]) -> TariffOffer:
    power = {name: answers.read(name, rate(MOST_POWER)) for name in ("single", "normal", "low")}
    gas_needed = "gas" in needed_rates(segments)
    fixed_gas = answers.read("fixed_gas", parse_cents, needed=gas_needed)
    term = answers.read("term_months", whole)
    return TariffOffer(
        single=power["single"],
        normal=power["normal"],
        low=power["low"],
        gas=answers.read("gas", rate(MOST_GAS)),
        fixed_power=answers.read("fixed_power", parse_cents, needed=True) or 0,
        fixed_gas=fixed_gas or 0,
        feed_in=_needed_to_feed_in(answers, segments),
        feed_in_cost=answers.read("feed_in_cost", rate(MOST_POWER)) or 0,
        feed_in_steps=_steps(answers),
        bonus=answers.read("bonus", parse_cents) or 0,
        term_months=MONTHS if term is None else term,
    )


def _needed_to_feed_in(answers: Answers, segments: frozenset[Segment]) -> int:
    needed = bool(segments & {Segment.FEED_IN, Segment.SHOP})
    return answers.read("feed_in", rate(MOST_POWER), needed=needed) or 0


def _steps(answers: Answers) -> tuple[tuple[int, int], ...]:
    """The cost of feeding in by steps; a step begins at so many kWh and costs so much a year."""
    steps: dict[int, int] = {}
    for n in range(1, STEPS + 1):
        begins = answers.read(f"step_{n}_from", whole, needed=bool(answers.text(f"step_{n}_cost")))
        cost = answers.read(f"step_{n}_cost", parse_cents, needed=begins is not None)
        if cost is not None and cost > MOST_FIXED:
            answers.refuse(f"step_{n}_cost", OutOfProportion())
        if begins is not None and cost is not None:
            steps[begins] = cost
    return tuple(sorted(steps.items()))


def _tiers(answers: Answers) -> tuple[Tier, ...]:
    tiers: list[Tier] = []
    for n in range(1, TIERS + 1):
        begun = any(answers.text(f"tier_{n}_{what}") for what in ("power", "gas", "fixed"))
        customers = answers.read(f"tier_{n}_customers", whole, needed=begun)
        if customers is None:
            continue
        off = Discount(
            power=answers.read(f"tier_{n}_power", rate(MOST_POWER)) or 0,
            gas=answers.read(f"tier_{n}_gas", rate(MOST_GAS)) or 0,
            fixed=answers.read(f"tier_{n}_fixed", parse_cents) or 0,
        )
        tiers.append(Tier(customers, off))
    return tuple(tiers)

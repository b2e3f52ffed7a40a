"""The room in its licensed mode: the round is run by or for a party whose AFM number is on record.

That party states its premiums; who signs up asks for policies at those premiums, or lower ones.
We still ask no more than in the other mode: everything a policy needs is asked by that party.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from purchasing.categories.insurance import premiums, questions, words
from purchasing.categories.insurance.premiums import PREFIX, Premium
from purchasing.categories.insurance.room import Room
from purchasing.category import (
    Answer,
    ChargeDraft,
    ChargeKind,
    Decision,
    Demand,
    NamedLine,
    OrderDraft,
    Party,
    Question,
    TariffLine,
)
from purchasing.errors import N_, Refused
from purchasing.headcounts import heads
from purchasing.money import Millionths

MILLIONTHS_PER_CENT: Millionths = 10_000
HINT = N_("A year, without tax. Such as 120,00 or, with steps, 120; 10: 110,50; 25: 99")


@dataclass(frozen=True)
class Licensed(Room):
    """The room for one round, with what that round says of itself."""

    told: Mapping[str, Answer]
    notice = words.LICENSED_NOTICE
    forms = {"invoice": "premium_invoice", "order_sheet": "premium_order"}  # noqa: RUF012

    def particulars(self) -> tuple[Question, ...]:
        return (*questions.LICENSED_PARTICULARS, *PREMIUM_QUESTIONS)

    def check_particulars(self, particulars: Mapping[str, Answer]) -> Mapping[str, Refused]:
        problems = dict(questions.check_particulars(particulars))
        asked = [q.key for q in PREMIUM_QUESTIONS]
        for key in asked:
            try:
                premiums.read(str(particulars[key])) if key in particulars else None
            except Refused as refusal:
                problems[key] = refusal
        if not set(asked) & set(particulars):
            problems[asked[0]] = premiums.NoPremium()
        return problems

    def questions(self) -> tuple[Question, ...]:
        """The same as ever; only what has a premium can be chosen."""
        products = tuple(premium.product for premium in self._premiums())
        return tuple(
            replace(q, label=ASKED, short=SHORT, options=products) if q.key == "products" else q
            for q in questions.QUESTIONS
        )

    def party(self, particulars: Mapping[str, Answer]) -> Party | None:
        contact = str(particulars.get("recipient_contact", ""))
        return Party(
            name=str(particulars.get("recipient", "")),
            email=contact if "@" in contact else "",
            licence=str(particulars.get("afm_number", "")),
        )

    def tariff(self) -> tuple[TariffLine, ...]:
        return tuple(_tariff_line(premium) for premium in self._premiums())

    def decide(self, demand: Demand) -> Decision:
        """A policy for each who asked for one; all pay the premium of the step they reach."""
        wanted = {
            premium: sorted(
                who
                for who, given in demand.answers.items()
                if premium.product.key in _products(given)
            )
            for premium in self._premiums()
        }
        lines = tuple(_line(premium, len(who)) for premium, who in wanted.items() if who)
        total = sum(line.net_cents + line.tax_cents for line in lines)
        supplier_id = min(terms.supplier_id for terms in demand.suppliers)
        return Decision(
            orders=(OrderDraft(supplier_id, (), total, 0, 0, 0, 0, named=lines),),
            charges=tuple(
                charge
                for person in sorted(demand.answers)
                for premium, who in wanted.items()
                if person in who
                for charge in _charges(premium, person, len(who), supplier_id)
            ),
            headcounts=heads(self.questions(), demand.answers.values()),
            listed=tuple(sorted(demand.answers)),
        )

    def order_columns(self) -> tuple[str, ...]:
        """Totals by product: who asked for them stands on the list, which is handed over once."""
        return ("policy", "policies", "premium", "premiums", "premium_tax", "with_tax")

    def _premiums(self) -> tuple[Premium, ...]:
        return premiums.stated(self.told)


ASKED, SHORT = N_("Which insurance do you ask for?"), N_("Insurance")
PREMIUM_QUESTIONS = tuple(
    Question(
        PREFIX + product.key,
        product.label,
        required=False,
        longest=80,
        section=N_("What does it cost?"),
        hint="" if position else HINT,
    )
    for position, product in enumerate(premiums.SOLD)
)


def _products(given: Mapping[str, object]) -> list[str]:
    chosen = given.get("products", [])
    return chosen if isinstance(chosen, list) else []


def _tariff_line(premium: Premium) -> TariffLine:
    return TariffLine(
        name=premium.product.label,
        asked=premium.product.asked,
        steps=tuple((start, cents + premium.tax(cents)) for start, cents in premium.steps),
    )


def _line(premium: Premium, people: int) -> NamedLine:
    each = premium.at(people)
    return NamedLine(
        name=premium.product.label,
        pieces=people,
        each_cents=each,
        net_cents=people * each,
        tax_cents=people * premium.tax(each),
    )


def _charges(premium: Premium, person: int, people: int, supplier_id: int) -> list[ChargeDraft]:
    each = premium.at(people)
    amounts = ((ChargeKind.PREMIUM, each), (ChargeKind.TAX, premium.tax(each)))
    return [
        ChargeDraft(
            person,
            kind,
            cents,
            None,
            supplier_id,
            pieces=1,
            unit_price=cents * MILLIONTHS_PER_CENT,
            name=premium.product.label,
        )
        for kind, cents in amounts
        if cents
    ]

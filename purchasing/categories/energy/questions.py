"""All that this room asks: of a participant, of a round, and of who accepts an offer.

Bank account, date of birth and the meter's password are never asked; the supplier has its own
form for what it needs. Numbers are asked as text: people copy them from a bill, with dots and
commas, and `sign_up` reads them.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any

from purchasing.categories.energy.averages import DWELLING_WORDS
from purchasing.categories.energy.award_case import MOST_SUPPLIERS, RULE_WORDS, Rule
from purchasing.categories.energy.bids import CONDITION_WORDS
from purchasing.categories.energy.connection import GasSize, PowerSize
from purchasing.categories.energy.present import PricesAre
from purchasing.categories.energy.profile import Heating, Meter, Product, Source
from purchasing.categories.energy.reading import NotRight, ean
from purchasing.categories.energy.saving import AcceptReason
from purchasing.categories.energy.sign_up import SameCode, read_profile
from purchasing.categories.energy.terms import ContractKind
from purchasing.errors import N_, Refused
from purchasing.money import parse_cents
from purchasing.questions import Answer, Asked, ConsentText, Option, Question, QuestionKind, Said

KEPT = 28  # days after the round; who has a contract: see CONTRACT_DAYS
CONTRACT_DAYS = 120
NUMBER_LENGTH = 20


def _choice(
    key: str, label: str, options: Mapping[Any, str], *, required: bool = False, **more: Any
) -> Question:
    offered = tuple(Option(option.value, words) for option, words in options.items())
    return Question(
        key,
        label,
        QuestionKind.CHOICE,
        options=offered,
        required=required,
        keep_days=KEPT,
        **more,
    )


def _number(key: str, label: str, **more: Any) -> Question:
    return Question(
        key,
        label,
        required=False,
        longest=NUMBER_LENGTH,
        keep_days=KEPT,
        **more,
    )


PRODUCT_WORDS = {
    Product.POWER: N_("Electricity only"),
    Product.POWER_AND_GAS: N_("Electricity and gas"),
}
HEATING_WORDS = {
    Heating.BOILER: N_("A boiler of my own"),
    Heating.BLOCK: N_("One boiler for the whole building"),
    Heating.DISTRICT: N_("District heating"),
    Heating.HEPUMP: N_("A heat pump"),
    Heating.NONE: N_("None of these"),
}
METER_WORDS = {
    Meter.SMART: N_("Smart: it is read from afar"),
    Meter.DIGITAL: N_("Digital, but not read from afar"),
    Meter.FERRARIS: N_("Old, with a turning disc"),
}
SOURCE_WORDS = {
    Source.BILL: N_("From my yearly bill"),
    Source.METER: N_("From my meter, or the app of my supplier"),
    Source.ESTIMATE: N_("A guess"),
}
CONTRACT_WORDS = {
    ContractKind.FIXED: N_("Fixed: one price until a certain day"),
    ContractKind.VARIABLE: N_("Variable: the price changes now and then"),
    ContractKind.DYNAMIC: N_("Dynamic: the price changes every hour"),
}
PRICES_WORDS = {
    PricesAre.WITH_VAT: N_("With VAT, without energy tax"),
    PricesAre.ALL_IN: N_("With VAT and energy tax"),
    PricesAre.BARE: N_("Without VAT and without energy tax"),
}
REASON_WORDS = {
    AcceptReason.GREEN: N_("I want green power"),
    AcceptReason.SERVICE: N_("I want better service"),
    AcceptReason.CERTAINTY: N_("I want a fixed price"),
}
GAS_WORDS = {size: size.value for size in GasSize} | {GasSize.G4: "G4, G6"}
POWER_WORDS = {size: size.value for size in PowerSize}

QUESTIONS = (
    Question("postcode", N_("Postcode"), longest=10, keep_days=KEPT, known="postcode"),
    Question("house_number", N_("House number"), longest=8, keep_days=KEPT, known="house_number"),
    Question("addition", N_("Addition"), required=False, longest=8, keep_days=KEPT),
    _choice(
        "product",
        N_("What do you want a price for?"),
        PRODUCT_WORDS,
        required=True,
        short=N_("Energy"),
        counted=True,
    ),
    _choice("heating", N_("How is your home heated?"), HEATING_WORDS, short=N_("Heating")),
    _number(
        "kwh",
        N_("Electricity in a year, in kWh"),
        short=N_("Electricity (kWh)"),
        hint=N_("It is on your yearly bill. With two meter readings: fill in the next two."),
    ),
    _number("kwh_normal", N_("Electricity in normal hours, in kWh"), short=N_("Normal (kWh)")),
    _number("kwh_low", N_("Electricity in low hours, in kWh"), short=N_("Low (kWh)")),
    _number("gas_m3", N_("Gas in a year, in m³"), short=N_("Gas (m³)")),
    _choice(
        "dwelling_type",
        N_("I do not know. My home is:"),
        DWELLING_WORDS,
        short=N_("Kind of home"),
        asked=Asked.HOUSEHOLDS,
        hint=N_("Then we take the average of such homes in Haarlem. That is less exact."),
    ),
    _choice("use_from", N_("Where do these numbers come from?"), SOURCE_WORDS, short=N_("Source")),
    _number(
        "feed_in",
        N_("Power you feed in in a year, in kWh"),
        short=N_("Fed in (kWh)"),
        hint=N_("Only if you have solar panels."),
    ),
    _number("feed_in_low", N_("Of which in low hours, in kWh"), short=N_("Fed in, low (kWh)")),
    _number(
        "panels_kw",
        N_("Or: how large are your solar panels, in kW?"),
        short=N_("Panels (kW)"),
    ),
    _choice("power_size", N_("Electricity connection"), POWER_WORDS, short=N_("Connection")),
    _choice("gas_size", N_("Gas meter"), GAS_WORDS, short=N_("Gas meter")),
    _choice("meter", N_("Electricity meter"), METER_WORDS, short=N_("Meter")),
    Question(
        "dwelling",
        N_("Does somebody live behind this meter?"),
        QuestionKind.YES_NO,
        required=False,
        asked=Asked.SHOPS,
        short=N_("Dwelling"),
        hint=N_("Then you get the tax credit."),
        keep_days=KEPT,
    ),
    _choice(
        "contract",
        N_("Which contract do you have now?"),
        CONTRACT_WORDS,
        short=N_("Present contract"),
    ),
    Question(
        "contract_end",
        N_("Last day of a fixed contract"),
        QuestionKind.DATE,
        required=False,
        short=N_("Ends on"),
        keep_days=KEPT,
    ),
    _number(
        "yearly_amount",
        N_("What you paid in the last year, in euros"),
        short=N_("Yearly bill (€)"),
        hint=N_("The total of your yearly bill, if you do not have the prices at hand."),
    ),
    _choice("prices_are", N_("The prices below are"), PRICES_WORDS, short=N_("Prices")),
    _number("rate_single", N_("Electricity, € per kWh"), short=N_("€ per kWh")),
    _number("rate_normal", N_("Electricity in normal hours, € per kWh"), short=N_("€ normal")),
    _number("rate_low", N_("Electricity in low hours, € per kWh"), short=N_("€ low")),
    _number("rate_gas", N_("Gas, € per m³"), short=N_("€ per m³")),
    _number("fixed_power_month", N_("Fixed costs of electricity, € a month"), short=N_("€ fixed")),
    _number("fixed_gas_month", N_("Fixed costs of gas, € a month"), short=N_("€ fixed, gas")),
    _number("rate_feed_in", N_("What you get for power fed in, € per kWh"), short=N_("€ fed in")),
    _number("cost_feed_in", N_("What feeding in costs, € per kWh"), short=N_("€ to feed in")),
    _number(
        "exit_fee",
        N_("What leaving costs, in euros"),
        short=N_("Exit fee (€)"),
        hint=N_("Ask your supplier if you do not know."),
    ),
)

PARTICULARS = (
    Question(
        "start_on",
        N_("From which day do the new contracts deliver?"),
        QuestionKind.DATE,
        short=N_("Delivery from"),
        public=True,
    ),
    Question(
        "rule",
        N_("How are the winners found?"),
        QuestionKind.CHOICE,
        short=N_("Rule"),
        options=tuple(Option(rule.value, RULE_WORDS[rule]) for rule in Rule),
        usual=Rule.PERSONAL_BEST.value,
        public=True,
    ),
    Question(
        "most_suppliers",
        N_("At most how many suppliers win?"),
        QuestionKind.NUMBER,
        short=N_("Most suppliers"),
        hint=N_("Three is usual. It counts for the first rule only."),
        usual=3,
        public=True,
    ),
    Question(
        "conditions",
        N_("What must a supplier promise?"),
        QuestionKind.CHOICES,
        short=N_("Promises"),
        required=False,
        options=tuple(Option(c.value, words) for c, words in CONDITION_WORDS.items()),
        usual=[c.value for c in CONDITION_WORDS],
        public=True,
    ),
    Question(
        "earns",
        N_("What does the network earn by this, and from whom?"),
        short=N_("Earnings"),
        longest=200,
        hint=N_("Everybody reads this, also on their confirmation."),
        public=True,
    ),
)


class StartTooEarly(Refused):
    message = N_("Choose a day in this century.")


class SuppliersOutOfRange(Refused):
    message = N_("Choose a number from 1 to %(most)s.")


def check_particulars(particulars: Mapping[str, Answer]) -> Mapping[str, Refused]:
    problems: dict[str, Refused] = {}
    if date.fromisoformat(str(particulars["start_on"])).year < 2024:
        problems["start_on"] = StartTooEarly()
    if not 1 <= int(str(particulars["most_suppliers"])) <= 2 * MOST_SUPPLIERS:
        problems["most_suppliers"] = SuppliersOutOfRange(most=2 * MOST_SUPPLIERS)
    return problems


def as_typed(answers: Mapping[str, Answer]) -> dict[str, str]:
    """Answers as `sign_up` reads them."""
    words = {True: "yes", False: "no"}
    return {
        key: words[answer] if isinstance(answer, bool) else str(answer)
        for key, answer in answers.items()
    }


def check_answers(
    answers: Mapping[str, Answer], *, shop: bool, today: date
) -> Mapping[str, Refused]:
    try:
        read_profile(as_typed(answers), shop=shop, today=today)
    except NotRight as refused:
        return refused.problems
    return {}


# --- accepting ---------------------------------------------------------------------------------

REASON = Question(
    "reason",
    N_("Staying is cheaper for you. Why do you take this offer all the same?"),
    QuestionKind.CHOICE,
    short=N_("Reason"),
    options=tuple(Option(reason.value, words) for reason, words in REASON_WORDS.items()),
)
EAN_POWER = _number(
    "ean_power",
    N_("EAN code of your electricity"),
    hint=N_("18 digits, on your bill. Leave it open if you cannot find it."),
    short=N_("EAN power"),
)
EAN_GAS = _number("ean_gas", N_("EAN code of your gas"), short=N_("EAN gas"))
ADVANCE = _number(
    "advance",
    N_("The amount you want to pay each month, in euros"),
    hint=N_("Leave it open if you do not mind."),
    short=N_("Monthly (€)"),
)


def acceptance_questions(*, gas: bool, worse_off: bool) -> tuple[Question, ...]:
    reason = (REASON,) if worse_off else ()
    return (*reason, EAN_POWER, *((EAN_GAS,) if gas else ()), ADVANCE)


def check_acceptance(answers: Mapping[str, Answer]) -> Mapping[str, Refused]:
    problems: dict[str, Refused] = {}
    codes: list[str] = []
    for key in ("ean_power", "ean_gas"):
        try:
            codes += [ean(str(answers[key]))] if key in answers else []
        except Refused as refusal:
            problems[key] = refusal
    if not problems and len(codes) == 2 and codes[0] == codes[1]:
        problems["ean_gas"] = SameCode()
    if "advance" in answers:
        problems |= _check_advance(str(answers["advance"]))
    return problems


def _check_advance(text: str) -> dict[str, Refused]:
    try:
        parse_cents(text)
    except Refused as refusal:
        return {"advance": refusal}
    return {}


# --- consents ----------------------------------------------------------------------------------

SIGN_UP_VERSION = "2026-1"
SIGN_UP_TEXT = N_(
    "I agree that the network uses these answers to ask suppliers for a price and to work out my "
    "own offer. Suppliers see totals only. I can withdraw at any time."
)
ACCEPT_VERSION = "2026-1"
ACCEPT_TEXT = N_(
    "I want a contract with %(supplier)s on the terms above. I agree that %(supplier)s gets my "
    "name, address, mail address or phone number, and what is needed to switch. I have 14 days "
    "to withdraw."
)


def sign_up_consent() -> ConsentText:
    return ConsentText("tender", "tender", SIGN_UP_VERSION, Said(SIGN_UP_TEXT))


def acceptance_consent(supplier: str) -> ConsentText:
    return ConsentText(
        "accept", supplier, ACCEPT_VERSION, Said(ACCEPT_TEXT, {"supplier": supplier})
    )

"""How the house speaks to this room: answers and bids come as plain data, and go back as such."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import date

from purchasing.categories.energy import award as awarding
from purchasing.categories.energy import bid_asked, bids, plain, questions
from purchasing.categories.energy.award import award, figures
from purchasing.categories.energy.award_case import (
    OUTCOME_WORDS,
    RULE_WORDS,
    Award,
    Offer,
    Outcome,
    Rule,
)
from purchasing.categories.energy.bid_form import read_bid
from purchasing.categories.energy.bids import Bid, SubmittedBid
from purchasing.categories.energy.confirmed import confirmation
from purchasing.categories.energy.examples import EXAMPLES, example_costs
from purchasing.categories.energy.explained import (
    Explained,
    Understood,
    explain,
    last_day,
    understand,
)
from purchasing.categories.energy.lots import LABELS, lot_entry, lot_rows, lot_sheet
from purchasing.categories.energy.present import PRICES
from purchasing.categories.energy.profile import Profile
from purchasing.categories.energy.rates import ROWS, RateKind, RateRow, Rates
from purchasing.categories.energy.reading import NotRight
from purchasing.categories.energy.sign_up import read_profile
from purchasing.categories.energy.switching import SWITCH_COLUMNS, switch_row
from purchasing.categories.energy.tender import Tender, case_of, entrant, market_of
from purchasing.errors import N_, Refused
from purchasing.questions import Answer, ConsentText, Question, WrongAnswers
from purchasing.tendering import (
    Awarded,
    BidLine,
    BidPart,
    Concluded,
    Contact,
    Entry,
    ExampleCost,
    Figure,
    FigureKind,
    OfferDraft,
    PlacedBid,
    Plain,
    SwitchColumn,
    TenderCase,
)

YEAR_ROUND = 12
MILLIONTHS, CENTS, BASIS_POINTS = 1_000_000, 100, 100
FIGURE_KINDS = (
    FigureKind(RateKind.VAT, N_("VAT"), N_("per cent"), BASIS_POINTS),
    FigureKind(
        RateKind.TAX_POWER, N_("Energy tax on electricity"), N_("euro per kWh"), MILLIONTHS
    ),
    FigureKind(RateKind.TAX_GAS, N_("Energy tax on gas"), N_("euro per m³"), MILLIONTHS),
    FigureKind(RateKind.TAX_CREDIT, N_("Tax credit"), N_("euro a year, without VAT"), CENTS),
    FigureKind(
        RateKind.GRID_POWER, N_("Grid operator, electricity"), N_("euro a year, with VAT"), CENTS
    ),
    FigureKind(RateKind.GRID_GAS, N_("Grid operator, gas"), N_("euro a year, with VAT"), CENTS),
    FigureKind(RateKind.NETTING, N_("Netting of power fed in"), N_("1 is yes, 0 is no")),
    FigureKind(
        RateKind.FEED_IN_FLOOR,
        N_("Least compensation for power fed in"),
        N_("per cent of the bare price"),
        BASIS_POINTS,
    ),
    FigureKind(
        RateKind.FEED_IN_NEVER_COSTS,
        N_("Feeding in never costs more than it earns"),
        N_("1 is yes, 0 is no"),
    ),
)


class EnergyTender:
    """See purchasing.tendering.Tendering for what each promises."""

    contract_days = questions.CONTRACT_DAYS

    def lots(self, entries: Collection[Entry], particulars: Mapping[str, Answer]) -> Plain:
        sheet = lot_sheet(lot_entry(_profile(entry)) for entry in entries)
        rule = Rule(str(particulars["rule"]))
        return {
            "start_on": str(particulars["start_on"]),
            "rule": RULE_WORDS[rule],
            "conditions": [
                bids.CONDITION_WORDS[condition] for condition in asked_conditions(particulars)
            ],
            "rows": [plain.to_plain(row) for row in lot_rows(sheet)],
            "labels": {name: dict(words) for name, words in LABELS.items()},
        }

    def bid_form(self) -> tuple[BidPart, ...]:
        return bid_asked.bid_form()

    def bid_lines(self, content: Plain) -> tuple[BidLine, ...]:
        return tuple(bid_asked.bid_lines(as_bid(content)))

    def example_costs(
        self, content: Plain, particulars: Mapping[str, Answer], figures: Sequence[Figure]
    ) -> tuple[ExampleCost, ...]:
        return tuple(example_costs(as_bid(content), _start(particulars), _rates(figures)))

    def read_bid(self, raw: Mapping[str, str], *, round_ref: str, supplier: str) -> Plain:
        try:
            bid = read_bid(raw, round_ref=round_ref, supplier=supplier)
        except NotRight as refused:
            raise WrongAnswers(refused.problems) from refused
        return as_content(bid)

    def committed_text(self, content: Plain, nonce: bytes) -> bytes:
        return bids.committed_text(as_bid(content), nonce)

    def commitment(self, content: Plain, nonce: bytes) -> str:
        return bids.commitment(as_bid(content), nonce)

    def award(self, case: TenderCase) -> Awarded:
        decided = case_of(_tender(case))
        made = award(decided)
        offers = {offer.applicant: offer for offer in made.offers}
        return Awarded(
            outcome=made.outcome,
            words=OUTCOME_WORDS[made.outcome],
            no_deal=made.no_deal,
            offers=tuple(_draft(entry.key, offers) for entry in case.entries),
            winners=made.winners,
            published={
                "figures": plain.to_plain(figures(decided, made)),
                "winners": list(made.winners),
                "dropped": list(made.dropped),
            },
        )

    def conclude(
        self, bids: Sequence[PlacedBid], offered: Mapping[str, str], accepted: Collection[str]
    ) -> tuple[Concluded, ...]:
        placed = {bid.key: _submitted(bid) for bid in bids}
        made = Award(
            Outcome.AWARDED,
            offers=tuple(Offer(who, bid, 0, None, False) for who, bid in offered.items()),
            winners=tuple(key for key in placed if key in set(offered.values())),
        )
        return tuple(
            Concluded(
                bid=one.bid,
                accepted=one.accepted,
                stands=one.stands,
                content=as_content(replace(placed[one.bid].bid, tariff=one.tariff)),
            )
            for one in awarding.conclude(placed.values(), made, accepted)
        )

    def understand(
        self, entry: Entry, particulars: Mapping[str, Answer], figures: Sequence[Figure]
    ) -> Understood:
        rates = _rates(figures)
        return understand(_profile(entry, rates), start=_start(particulars), rates=rates)

    def explain(
        self, entry: Entry, content: Plain, case: TenderCase, *, accepted: int = 0
    ) -> Explained:
        rates = _rates(case.figures)
        return explain(
            _profile(entry, rates),
            as_bid(content),
            start=_start(case.particulars),
            rates=rates,
            market=market_of(_submitted(bid).bid.tariff for bid in case.bids),
            accepted=accepted,
        )

    def costs(self, entry: Entry, case: TenderCase) -> Mapping[str, int]:
        [alone] = case_of(_tender(replace(case, entries=(entry,)))).applicants
        return alone.costs

    def acceptance_questions(self, entry: Entry, *, worse_off: bool) -> tuple[Question, ...]:
        gas = _profile(entry).connection.gas is not None
        return questions.acceptance_questions(gas=gas, worse_off=worse_off)

    def check_acceptance(
        self, entry: Entry, answers: Mapping[str, Answer]
    ) -> Mapping[str, Refused]:
        return questions.check_acceptance(answers)

    def acceptance_consent(self, supplier: str) -> ConsentText:
        return questions.acceptance_consent(supplier)

    def switch_columns(self) -> tuple[SwitchColumn, ...]:
        return SWITCH_COLUMNS

    def switch_row(
        self,
        entry: Entry,
        details: Mapping[str, Answer],
        contact: Contact,
        content: Plain,
        particulars: Mapping[str, Answer],
    ) -> Mapping[str, str]:
        return switch_row(_profile(entry), details, contact, _start(particulars))

    def confirmation(
        self, entry: Entry, details: Mapping[str, Answer], content: Plain, case: TenderCase
    ) -> Plain:
        told = self.explain(entry, content, case)
        return confirmation(told, _rates(case.figures).year(told.start.year).vat_bp)

    def ends_on(self, content: Plain, particulars: Mapping[str, Answer]) -> date | None:
        return last_day(_start(particulars), as_bid(content).tariff.term_months)

    def figures(self) -> tuple[Figure, ...]:
        return tuple(
            Figure(
                row.kind, row.from_year, row.value, row.source, row.above, row.group, row.estimated
            )
            for row in ROWS
        )

    def figure_kinds(self) -> tuple[FigureKind, ...]:
        return FIGURE_KINDS


def as_bid(content: Plain) -> Bid:
    """A bid again from its plain form. ValueError, TypeError or KeyError if it is none."""
    return plain.from_plain(Bid, content)


def as_content(bid: Bid) -> Plain:
    return dict(plain.to_plain(bid))


def asked_conditions(particulars: Mapping[str, Answer]) -> tuple[bids.Condition, ...]:
    """What the round asks every supplier to promise."""
    asked = particulars.get("conditions")
    return tuple(c for c in bids.Condition if isinstance(asked, list) and c.value in asked)


def _start(particulars: Mapping[str, Answer]) -> date:
    return date.fromisoformat(str(particulars["start_on"]))


def _rates(of: Collection[Figure]) -> Rates:
    return Rates(_rows(of))


def _rows(of: Collection[Figure]) -> tuple[RateRow, ...]:
    return tuple(
        RateRow(f.from_year, RateKind(f.kind), f.value, f.source, f.above, f.group, f.estimated)
        for f in of
    )


def _profile(entry: Entry, rates: Rates | None = None) -> Profile:
    """What was answered, read as on the day it was given.

    Prices that cannot be right by figures that came since (less than the tax alone) count as not
    told: they were taken then, and must not keep anybody else from an offer.
    """
    typed = questions.as_typed(entry.answers)
    known = {} if rates is None else {"rates": rates}
    try:
        return read_profile(typed, shop=entry.shop, today=entry.answered_on, **known)
    except NotRight:
        told = {key: text for key, text in typed.items() if key not in PRICES}
        return read_profile(told, shop=entry.shop, today=entry.answered_on, **known)


def _submitted(bid: PlacedBid) -> SubmittedBid:
    return SubmittedBid(bid.key, as_bid(bid.content), bid.committed_at)


def _tender(case: TenderCase) -> Tender:
    rates = _rates(case.figures)
    return Tender(
        rule=Rule(str(case.particulars["rule"])),
        start=_start(case.particulars),
        entrants=tuple(
            entrant(entry.key, entry.place, _profile(entry, rates)) for entry in case.entries
        ),
        bids=tuple(_submitted(bid) for bid in case.bids),
        rates=rates.rows,
        examples=EXAMPLES,
        most_suppliers=int(str(case.particulars["most_suppliers"])),
    )


def _draft(key: str, offers: Mapping[str, Offer]) -> OfferDraft:
    offer = offers.get(key)
    if offer is None:
        return OfferDraft(key)
    return OfferDraft(key, offer.bid, offer.cost, offer.now, offer.worse_off)

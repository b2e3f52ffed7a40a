"""Energy by tender: neighbours ask suppliers for one price, and each contracts for themselves.

Reselling power and gas to small users needs a licence, so there is one mode only: the supplier
bills each participant, and our paper is a confirmation. The map; everything here is pure:

    sign_up     raw answers -> profile.Profile      (reading, present: text to numbers and dates;
                                                     averages: CBS Haarlem, for an estimate)
    connection  sizes, what they carry, and the hint that a shop's is too large
    terms       Usage, TariffOffer, Contract        the words of everything below
    rates       what state and grid operator ask per calendar year: dated rows with their source
    tariff      twelve months in lines, exact       (costs: the lines as they are shown)
    saving      offer beside present contract, exit fee, band, and "no harm"
    lots        the anonymous lot sheet per segment; fewer than ten stay hidden
    bids        a sealed bid, its checks, its hash, its tiers      (bid_form: from raw answers;
                bid_asked: what the form asks, and what a bid says line by line)
    award       who is offered what, by the published rule; figures; what acceptances make of it
                (award_case: what goes in and comes out; personal_best with assignment; lowest)
    tender      from usage and opened bids to the award, in one text that anybody can replay
    examples    invented homes and a shop, and what a bid costs them
    explained   one bid for one participant, row by row
    confirmed   what a confirmation says of a contract
    switching   what a supplier who won needs of each who accepted
    questions   all that is asked: at the sign-up, of a round, and of who accepts
    tendering   how the house speaks to this room: plain data in, plain data out
    plain       frozen dataclasses as canonical JSON, and back
    goods       the room's other category: panels, insulation, lamps, pellets; no tender

Units: whole kWh and m³ a year; rates in millionths of a euro and fixed amounts in cents a year,
without VAT and tax; costs and savings in cents with VAT. Sources: the reference on energy and
insurance that the project keeps, and the pages named beside each rate.
"""

from collections.abc import Mapping
from datetime import date

from purchasing.categories.energy import questions
from purchasing.categories.energy.goods import EnergyGoods
from purchasing.categories.energy.tendering import EnergyTender
from purchasing.category import (
    Answer,
    ConsentText,
    Decision,
    Demand,
    NothingAsked,
    Question,
    SettlementMode,
)
from purchasing.errors import N_, Refused
from purchasing.headcounts import heads


class Energy(NothingAsked):
    key = "energy"
    name = N_("Energy")
    mark = "bolt"
    itinerary = ("open", "close", "offer", "order")
    settlement_modes = (SettlementMode.DIRECT,)
    sells_articles = False
    notice = N_(
        "Signing up costs nothing and binds you to nothing. If you do nothing, you keep the "
        "contract you have."
    )
    tender = EnergyTender()

    def particulars(self) -> tuple[Question, ...]:
        return questions.PARTICULARS

    def check_particulars(self, particulars: Mapping[str, Answer]) -> Mapping[str, Refused]:
        return questions.check_particulars(particulars)

    def questions(self) -> tuple[Question, ...]:
        return questions.QUESTIONS

    def check_answers(
        self, answers: Mapping[str, Answer], *, shop: bool, today: date
    ) -> Mapping[str, Refused]:
        return questions.check_answers(answers, shop=shop, today=today)

    def consents(self, particulars: Mapping[str, Answer]) -> tuple[ConsentText, ...]:
        return (questions.sign_up_consent(),)

    def decide(self, demand: Demand) -> Decision:
        """Heads per kind of energy. What anybody gets is decided by the bids."""
        return Decision(headcounts=heads(questions.QUESTIONS, demand.answers.values()))

    def sheet_columns(self) -> tuple[str, ...]:
        return tuple(column.key for column in self.tender.switch_columns())


categories = (Energy(), EnergyGoods())

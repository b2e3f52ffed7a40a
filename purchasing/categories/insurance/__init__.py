"""Insurance: an interest list. We bring people and a licensed party together, and stop there.

Dutch law (Wft 2:80; AFM 2014) leaves a network without a licence little room: it may pass on who
wants to be called about what, and nothing more. So this room asks for product kinds, one way to
reach somebody, and a language. It knows no premium, compares nothing, advises nothing and earns
nothing; whoever wants to add a question must read that law first.

    products    what people may be interested in
    questions   all that may be asked, of participants and of a round
    words       what they agree to, and what their receipt says
"""

from collections.abc import Mapping
from datetime import date

from purchasing.categories.insurance import questions, words
from purchasing.category import (
    Answer,
    ConsentText,
    Decision,
    Demand,
    NothingAsked,
    Question,
    ReceiptWords,
    SettlementMode,
)
from purchasing.errors import N_, Refused
from purchasing.headcounts import heads


class Insurance(NothingAsked):
    key = "insurance"
    name = N_("Insurance")
    mark = "umbrella"
    itinerary = ("open", "close", "order")
    settlement_modes = (SettlementMode.REFERRAL,)
    sells_articles = False
    notice = words.NOTICE

    def particulars(self) -> tuple[Question, ...]:
        return questions.PARTICULARS

    def check_particulars(self, particulars: Mapping[str, Answer]) -> Mapping[str, Refused]:
        return questions.check_particulars(particulars)

    def questions(self) -> tuple[Question, ...]:
        return questions.QUESTIONS

    def check_answers(
        self, answers: Mapping[str, Answer], *, shop: bool, today: date
    ) -> Mapping[str, Refused]:
        return questions.check_answers(answers)

    def consents(self, particulars: Mapping[str, Answer]) -> tuple[ConsentText, ...]:
        return (words.consent(particulars),)

    def receipt(self, particulars: Mapping[str, Answer]) -> ReceiptWords:
        return words.receipt(particulars)

    def decide(self, demand: Demand) -> Decision:
        """A receipt for each who signed up, and heads per kind. Nobody ever owes anything."""
        return Decision(
            receipts=tuple(sorted(demand.answers)),
            headcounts=heads(questions.QUESTIONS, demand.answers.values()),
        )

    def sheet_columns(self) -> tuple[str, ...]:
        return ("participant", "products", "channel", "contact", "language")


category = Insurance()

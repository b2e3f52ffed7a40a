"""What both modes of the room have in common: its name, its road, and how answers are checked."""

from collections.abc import Mapping
from datetime import date

from purchasing.categories.insurance import questions, words
from purchasing.category import (
    Answer,
    ConsentText,
    NothingAsked,
    Question,
    ReceiptWords,
    SettlementMode,
)
from purchasing.errors import N_, Refused


class Room(NothingAsked):
    key = "insurance"
    name = N_("Insurance")
    mark = "umbrella"
    itinerary = ("open", "close", "order")
    settlement_modes = (SettlementMode.REFERRAL, SettlementMode.LICENSED)
    sells_articles = False

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

    def sheet_columns(self) -> tuple[str, ...]:
        return ("participant", "products", "channel", "contact", "language")

"""Insurance: an interest list. We bring people and a licensed party together, and stop there.

Dutch law (Wft 2:80; AFM 2014) leaves a network without a licence little room: it may pass on who
wants to be called about what, and nothing more. So this room asks for product kinds, one way to
reach somebody, and a language. It knows no premium, compares nothing, advises nothing and earns
nothing; whoever wants to add a question must read that law first.

Only where the network's own details carry the AFM number of a licensed party, itself or a partner,
may a round be run for that party: then it states premiums, and people ask for policies.

    room        what both modes have in common
    licensed    the other mode; premiums: by product and headcount, and the tax over them
    products    what people may be interested in
    questions   all that may be asked, of participants and of a round
    words       what they agree to, and what their receipt says
"""

from collections.abc import Mapping

from purchasing.categories.insurance import questions, words
from purchasing.categories.insurance.licensed import Licensed
from purchasing.categories.insurance.room import Room
from purchasing.category import Answer, Category, Decision, Demand, Question, SettlementMode
from purchasing.errors import Refused
from purchasing.headcounts import heads


class Insurance(Room):
    notice = words.NOTICE

    def for_round(self, mode: SettlementMode, particulars: Mapping[str, Answer]) -> Category:
        return Licensed(particulars) if mode == SettlementMode.LICENSED else self

    def particulars(self) -> tuple[Question, ...]:
        return questions.PARTICULARS

    def check_particulars(self, particulars: Mapping[str, Answer]) -> Mapping[str, Refused]:
        return questions.check_particulars(particulars)

    def decide(self, demand: Demand) -> Decision:
        """A receipt for each who signed up, and heads per kind. Nobody ever owes anything."""
        return Decision(
            receipts=tuple(sorted(demand.answers)),
            headcounts=heads(questions.QUESTIONS, demand.answers.values()),
        )


categories = (Insurance(),)

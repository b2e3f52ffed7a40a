"""Food: articles in cases; we order, receive, share out and send the papers."""

from purchasing.category import Decision, Demand, NothingAsked, SettlementMode
from purchasing.errors import N_
from purchasing.pooling import pool


class Food(NothingAsked):
    key = "food"
    name = N_("Groceries")
    mark = "basket"
    itinerary = ("open", "close", "order", "receive", "settle")
    settlement_modes = (SettlementMode.RESALE, SettlementMode.SHARED)
    sells_articles = True

    def decide(self, demand: Demand) -> Decision:
        return pool(demand)

    def sheet_columns(self) -> tuple[str, ...]:
        return ("number", "name", "unit", "cases", "pieces", "case_price", "amount")


categories = (Food(),)

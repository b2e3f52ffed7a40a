"""Goods that save energy: panels, insulation, lamps and pellets, bought as food is.

A law of its own applies to paying ahead: a household may be asked for half the price at most
(art. 7:26 of the Dutch Civil Code). The VAT rate is the article's: 0 % for panels on a home,
21 % for most else. Roofs differ, so an installer may come and look before anything is ordered.
"""

from types import MappingProxyType

from purchasing.category import Decision, Demand, NothingAsked, SettlementMode
from purchasing.errors import N_
from purchasing.pooling import pool

HALF = 5_000


class EnergyGoods(NothingAsked):
    key = "energy_goods"
    name = N_("Panels and insulation")
    mark = "sun"
    itinerary = ("open", "close", "order", "receive", "settle")
    settlement_modes = (SettlementMode.RESALE, SettlementMode.SHARED)
    sells_articles = True
    most_prepaid_bp = HALF
    vat_notes = MappingProxyType(
        {0: N_("The zero rate of VAT is that of solar panels on or near a home.")}
    )

    vat_warnings = MappingProxyType(
        {
            0: N_(
                "The zero rate of VAT is only for solar panels on or near a home. A shop without "
                "a dwelling pays the usual rate: offer the panels at that rate too, and look at "
                "who ordered which before you order."
            )
        }
    )
    comes_home = True
    surveys = True

    def decide(self, demand: Demand) -> Decision:
        return pool(demand)

    def sheet_columns(self) -> tuple[str, ...]:
        return ("number", "name", "unit", "cases", "pieces", "case_price", "amount")

"""What a dwelling in Haarlem uses on average, for who does not know: CBS, per kind of dwelling.

Source: Statistics Netherlands (CBS), StatLine 81528NED, Haarlem (GM0392), year 2024 (provisional),
table of 2025-09-17. Gas in m³; power in kWh as supplied by the grid, which for a home without
panels is what it uses (`net` is what is left after everybody's feed-in, panels or not). CBS does
not name the code of apartments in this file; it follows from the size of the figures.
"""

from dataclasses import dataclass
from enum import StrEnum

from purchasing.errors import N_

SOURCE = "CBS 81528NED, Haarlem 2024"
FED_IN_PER_KW = 600  # kWh a year: some 900 made, a third of it used at once. A rule of thumb.


class Dwelling(StrEnum):
    APARTMENT = "apartment"
    TERRACED = "terraced"
    CORNER = "corner"
    SEMI_DETACHED = "semi_detached"
    DETACHED = "detached"
    RENTED = "rented"
    OWNED = "owned"
    ANY = "any"


DWELLING_WORDS = {
    Dwelling.APARTMENT: N_("Flat"),
    Dwelling.TERRACED: N_("Terraced house"),
    Dwelling.CORNER: N_("Corner house"),
    Dwelling.SEMI_DETACHED: N_("Semi-detached house"),
    Dwelling.DETACHED: N_("Detached house"),
    Dwelling.RENTED: N_("A rented home, of any kind"),
    Dwelling.OWNED: N_("A home of your own, of any kind"),
    Dwelling.ANY: N_("I would rather not say"),
}


@dataclass(frozen=True, slots=True)
class Average:
    gas_m3: int
    supplied_kwh: int
    net_kwh: int


HAARLEM_2024 = {
    Dwelling.APARTMENT: Average(630, 1_820, 1_770),
    Dwelling.TERRACED: Average(920, 2_420, 1_940),
    Dwelling.CORNER: Average(1_080, 2_610, 2_070),
    Dwelling.SEMI_DETACHED: Average(1_420, 3_430, 2_690),
    Dwelling.DETACHED: Average(1_620, 4_150, 3_230),
    Dwelling.RENTED: Average(680, 1_810, 1_700),
    Dwelling.OWNED: Average(910, 2_470, 2_040),
    Dwelling.ANY: Average(800, 2_160, 1_880),
}

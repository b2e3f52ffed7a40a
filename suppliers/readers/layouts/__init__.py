"""All layouts that are known, in the order in which they are tried."""

from suppliers.readers.layout import Layout
from suppliers.readers.layouts import (
    bdtotaal,
    bioromeo,
    bnn,
    foodcoop_nl,
    foodsoft,
    nieuwe_band,
    terrasana,
    willem_drees,
)

LAYOUTS: tuple[Layout, ...] = (
    bnn.LAYOUT,
    nieuwe_band.XML,
    nieuwe_band.CSV,
    terrasana.LAYOUT,
    bdtotaal.LAYOUT,
    willem_drees.LAYOUT,
    bioromeo.LAYOUT,
    foodcoop_nl.LAYOUT,
    foodsoft.FIVE,
    foodsoft.CLASSIC,
)

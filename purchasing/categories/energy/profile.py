"""What a participant told us at the sign-up, frozen. It is read and checked by `sign_up.py`."""

from dataclasses import dataclass
from enum import StrEnum

from purchasing.categories.energy.averages import FED_IN_PER_KW, HAARLEM_2024, Dwelling
from purchasing.categories.energy.connection import Connection
from purchasing.categories.energy.terms import Contract, Usage
from purchasing.errors import N_
from purchasing.money import BasisPoints


class Product(StrEnum):
    POWER = "power"
    POWER_AND_GAS = "power_gas"


class Heating(StrEnum):
    BOILER = "boiler"
    BLOCK = "block"
    DISTRICT = "district"
    HEPUMP = "heat_pump"
    NONE = "none"


class Meter(StrEnum):
    SMART = "smart"
    DIGITAL = "digital"  # not read from afar
    FERRARIS = "ferraris"  # with a turning disc


class Segment(StrEnum):
    """What suppliers bid on: everybody is in exactly one."""

    POWER = "power"
    POWER_AND_GAS = "power_gas"
    FEED_IN = "feed_in"
    SHOP = "shop"


SEGMENT_WORDS = {
    Segment.POWER: N_("Electricity only"),
    Segment.POWER_AND_GAS: N_("Electricity and gas"),
    Segment.FEED_IN: N_("Homes that feed in"),
    Segment.SHOP: N_("Shops"),
}


class Source(StrEnum):
    """Where the yearly use comes from; it decides how wide the band of an offer is."""

    BILL = "bill"
    METER = "meter"
    ESTIMATE = "estimate"


BAND_BP = {Source.BILL: 500, Source.METER: 500, Source.ESTIMATE: 3_000}


@dataclass(frozen=True, slots=True)
class Address:
    postcode: str
    house_number: int
    addition: str = ""


@dataclass(frozen=True, slots=True)
class Profile:
    """One household or shop. Empty strings are answers not given."""

    address: Address
    connection: Connection
    usage: Usage
    source: Source
    heating: Heating = Heating.BOILER
    meter: Meter = Meter.SMART
    contract: Contract | None = None
    ean_power: str = ""
    ean_gas: str = ""
    trade_name: str = ""
    kvk: str = ""

    @property
    def segment(self) -> Segment:
        if self.connection.business:
            return Segment.SHOP
        if self.usage.fed_in:
            return Segment.FEED_IN
        return Segment.POWER if self.usage.gas is None else Segment.POWER_AND_GAS

    @property
    def is_estimated(self) -> bool:
        return self.source is Source.ESTIMATE

    @property
    def band_bp(self) -> BasisPoints:
        """How far the yearly use may be off, either way."""
        return BAND_BP[self.source]


def estimate(dwelling: Dwelling, *, gas: bool, panels_kw: int = 0) -> Usage:
    """What such a home in Haarlem uses on average. See `averages` for the source."""
    average = HAARLEM_2024[dwelling]
    return Usage(
        kwh=average.supplied_kwh,
        gas=average.gas_m3 if gas else None,
        feed_in=panels_kw * FED_IN_PER_KW,
    )

"""Made-up papers of a tender, beside those of `samples`."""

from typing import Any

from app.documents.samples import SENDER
from app.documents.signup_samples import RECIPIENT
from app.documents.tender_shapes import Confirmation, CostRow, UnitPrice

ROWS: list[CostRow] = [
    {"key": "grid", "label": "Grid operator", "now": 77000, "new": 77000},
    {
        "key": "tax",
        "label": "Energy tax, less the tax credit",
        "now": 16087,
        "new": 16087,
    },
    {"key": "gas", "label": "Gas", "now": 42108, "new": 39204},
    {"key": "power", "label": "Electricity", "now": 30710, "new": 27980},
    {
        "key": "fixed",
        "label": "Fixed costs of the supplier",
        "now": 19844,
        "new": 14400,
    },
]
PRICES: list[UnitPrice] = [
    {"label": "Electricity", "price": 148_830, "unit": "per kWh"},
    {"label": "Gas", "price": 490_050, "unit": "per m³"},
    {"label": "Fixed costs", "price": 143_990_000, "unit": "per year"},
]


def confirmation(*, language: str = "nl", **changes: Any) -> Confirmation:
    """A confirmation as the energy room words it. `changes` replace fields of the record."""
    record: Confirmation = {
        "kind": "confirmation",
        "number": "S-2026-0107",
        "language": language,
        "issued_on": "2026-12-04",
        "round": {"title": "Energie, winter 2026"},
        "sender": SENDER,
        "recipient": RECIPIENT,
        "supplier": {
            "name": "Proefstroom Energie B.V.",
            "email": "klant@proefstroom.example",
            "phone": "020 000 00 00",
        },
        "accepted_on": "2026-12-01",
        "withdraw_until": "2026-12-18",
        "earns": "Niets: wij krijgen geen geld van de leverancier.",
        "rows": ROWS,
        "now": 185749,
        "new": 174671,
        "bonus": 0,
        "exit_fee": 0,
        "saving": 11078,
        "use": {"kwh": 1880, "m3": 800, "fed_in": 0},
        "estimated": False,
        "prices_with_vat": True,
        "prices": PRICES,
        "green": "green, from the Netherlands",
        "term_months": 12,
        "start_on": "2027-02-01",
        "fixed_until": "2028-01-31",
        "assumptions": ["Use is spread evenly over the days, across 1 January."],
        "notes": [],
    }
    return {**record, **changes}  # type: ignore[typeddict-item]

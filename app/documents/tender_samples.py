"""Made-up papers of a tender, beside those of `samples`."""

from typing import Any

from app.documents.samples import SENDER
from app.documents.signup_samples import RECIPIENT
from app.documents.tender_shapes import (
    Confirmation,
    CostRow,
    LotLine,
    LotSheet,
    StackedColumn,
    SwitchList,
    UnitPrice,
)

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


LABELS: Any = {
    "segments": {
        "": "All together",
        "power": "Electricity only",
        "power_gas": "Electricity and gas",
        "shop": "Shops",
    },
    "figures": {
        "connections": "Connections",
        "single": "Electricity, single meter",
        "gas": "Gas",
        "contract_ends": "Present contract ends in",
        "power_sizes": "Size of the electricity connection",
    },
    "details": {
        "connections": "Connections",
        "total": "Together",
        "quartile_1": "A quarter has at most",
        "median": "Half has at most",
        "quartile_3": "Three quarters have at most",
        "none": "none, or not told",
        "other": "other",
    },
}


def lot_sheet(*, language: str = "nl", **changes: Any) -> LotSheet:
    """A lot sheet of sixty homes and a few shops. `changes` replace fields of the record."""
    record: LotSheet = {
        "kind": "lot_sheet",
        "number": "T-2026-0003",
        "language": language,
        "issued_on": "2026-11-20",
        "round": {"title": "Energie, winter 2026"},
        "sender": SENDER,
        "bids_until": "2026-11-27T12:00",
        "offers_until": "2026-12-11T20:00",
        "start_on": "2027-02-01",
        "rule": (
            "Everybody is offered the cheapest bid for their own use, among a few suppliers: "
            "those with whom the group as a whole saves most."
        ),
        "conditions": [
            "The price stays the same for the whole term.",
            "No deposit is asked.",
        ],
        "rows": [
            _figure("", "connections", "", None),
            _figure("", "single", "total", 118_300, "kWh"),
            _figure("", "gas", "total", None, "m³"),
            *_segment("power", 28, 31_400, (900, 1_200, 1_500), None),
            *_segment("power_gas", 42, 86_900, (1_500, 1_900, 2_600), (35_700, 600, 800, 1_000)),
            _figure("shop", "connections", "", None),
        ],
        "labels": LABELS,
        "notes": [],
    }
    return {**record, **changes}  # type: ignore[typeddict-item]


def _segment(
    name: str,
    people: int,
    kwh: int,
    quartiles: tuple[int, int, int],
    gas: tuple[int, int, int, int] | None,
) -> list[LotLine]:
    lines = [_figure(name, "connections", "", people)]
    lines += _quantity(name, "single", "kWh", people, kwh, quartiles)
    if gas:
        lines += _quantity(name, "gas", "m³", people, gas[0], gas[1:])
    lines += [
        _figure(name, "contract_ends", "2027-01", people - 12),
        _figure(name, "contract_ends", "none", 12),
        _figure(name, "power_sizes", "3x25A", people),
    ]
    return lines


def _quantity(
    name: str, figure: str, unit: str, people: int, total: int, quartiles: tuple[int, ...]
) -> list[LotLine]:
    details = ("quartile_1", "median", "quartile_3")
    return [
        _figure(name, figure, "connections", people),
        _figure(name, figure, "total", total, unit),
        *(_figure(name, figure, d, v, unit) for d, v in zip(details, quartiles, strict=True)),
    ]


def _figure(segment: str, figure: str, detail: str, value: int | None, unit: str = "") -> LotLine:
    return {
        "segment": segment,
        "figure": figure,
        "detail": detail,
        "unit": unit,
        "value": value,
    }


COLUMNS = (
    ("Reference", "Who", False),
    ("Name", "Who", False),
    ("Postcode", "Delivery to", False),
    ("House number", "Delivery to", True),
    ("Post to", "Delivery to", True),
    ("Mail address", "How to reach", False),
    ("Phone", "How to reach", False),
    ("Energy", "What", False),
    ("Monthly (€)", "What", True),
    ("EAN power", "EAN codes", True),
    ("EAN gas", "EAN codes", True),
    ("Delivery from", "When", True),
    ("Present contract ends", "When", True),
    ("Accepted on", "Agreed", False),
    ("Text agreed to", "Agreed", True),
)


def switch_list(*, language: str = "nl", people: int = 24, **changes: Any) -> SwitchList:
    """A list of so many people. `changes` replace fields of the record."""
    names = ("Familie Verzonnen", "A. Voorbeeld", "Łucja Proef", "S. el Fictief")
    columns: list[StackedColumn] = [
        {"title": title, "stack": stack, "labelled": labelled}
        for title, stack, labelled in COLUMNS
    ]
    record: SwitchList = {
        "kind": "switch_list",
        "number": "W-2026-0002",
        "language": language,
        "issued_on": "2026-12-11",
        "round": {"title": "Energie, winter 2026"},
        "sender": SENDER,
        "supplier": "Proefstroom Energie B.V.",
        "columns": columns,
        "rows": [_person(at, names[at % len(names)]) for at in range(people)],
        "notes": [],
    }
    return {**record, **changes}  # type: ignore[typeddict-item]


def _person(at: int, name: str) -> list[Any]:
    gas = at % 3
    return [
        {"text": f"S-2026-{100 + at:04}"},
        {"text": name},
        {"text": "2037 ZZ"},
        {"text": str(at + 1)},
        {"text": "" if at % 5 else "Postbus 1, 2000 AA Haarlem"},
        {"text": f"bewoner{at}@voorbeeld.example"},
        {"text": "023 000 00 00"},
        {"words": ["Electricity and gas" if gas else "Electricity only"]},
        {"text": "150" if at % 2 else ""},
        {"text": "871685900000000017"},
        {"text": "871685900000000024" if gas else ""},
        {"text": "2027-02-01"},
        {"text": "2027-01-31"},
        {"text": "2026-12-01 19:04"},
        {"text": "2026-1"},
    ]

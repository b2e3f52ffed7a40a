"""A tender: the award, and the cost engine."""

import json
import sys
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any

from app.bench.measure import heading, in_a_process, peak_megabytes, spread, timed
from purchasing.categories import CATEGORIES
from purchasing.category import Answer
from purchasing.tendering import Entry, PlacedBid, TenderCase, Tendering

SIZES = (500, 1_000, 2_000, 5_000)
BIDS = 6
REPEATS = 3
RUNS = 2_000
START = date(2026, 6, 1)
PARTICULARS: dict[str, Answer] = {
    "start_on": START.isoformat(),
    "rule": "personal_best",
    "most_suppliers": 3,
    "earns": "",
}


def run(quick: bool = False) -> None:
    sizes, repeats = (SIZES[:2], 1) if quick else (SIZES, REPEATS)
    heading(f"Awarding a tender: {BIDS} bids, half of them with room for few; three may win")
    for size in sizes:
        found = [in_a_process("app.bench.tender", size) for _ in range(repeats)]
        print(f"{size:6d} participants  award   {spread([one['award'] for one in found])}")
        print(f"{size:6d} participants  memory  {max(one['memory'] for one in found):.0f} MB")
    rates = [in_a_process("app.bench.tender", "costs")["each"] for _ in range(repeats)]
    heading("The cost engine: one bid explained for one home, now and new, with its band")
    print(f"  each  {spread([rate * 1000 for rate in rates], 'ms', 2)}")
    print(f"  runs  {spread([1 / rate for rate in rates], 'a second', 0)}")


def a_case(people: int, seed: int = 2036) -> TenderCase:
    """So many homes around the averages of Haarlem, and six bids of which three are scarce."""
    dice = Random(seed)  # noqa: S311 - meter readings, not secrets
    tender = _tender()
    return TenderCase(
        particulars=PARTICULARS,
        entries=tuple(_entry(place, dice) for place in range(1, people + 1)),
        bids=tuple(_bid(tender, number, people, dice) for number in range(BIDS)),
        figures=tender.figures(),
    )


def measure(people: int) -> dict[str, float]:
    case, tender = a_case(people), _tender()
    seconds = timed(lambda: tender.award(case))
    return {"award": seconds, "memory": peak_megabytes()}


def measure_costs() -> dict[str, float]:
    """Seconds that one explanation takes."""
    case, tender = a_case(100), _tender()
    content = case.bids[0].content
    entries = [case.entries[at % 100] for at in range(RUNS)]

    def explain_all() -> None:
        for entry in entries:
            tender.explain(entry, content, case)

    return {"each": timed(explain_all) / RUNS}


def _tender() -> Tendering:
    """The first room whose rounds are put to tender."""
    found = next(room.tender for room in CATEGORIES.values() if room.tender is not None)
    assert found is not None
    return found


def _entry(place: int, dice: Random) -> Entry:
    answers: dict[str, Any] = {
        "postcode": "2036 AB",
        "house_number": str(place % 900 + 1),
        "product": "power_gas",
        "kwh": str(dice.randrange(900, 4_500)),
        "gas_m3": str(dice.randrange(300, 2_000)),
        "contract": "variable",
        "prices_are": "bare",
        "rate_single": f"{dice.uniform(0.11, 0.17):.5f}",
        "rate_gas": f"{dice.uniform(0.38, 0.50):.5f}",
        "fixed_power_month": "7",
        "fixed_gas_month": "7",
    }
    return Entry(f"P{place:05d}", place, False, START - timedelta(days=60), answers)


def _bid(tender: Tendering, number: int, people: int, dice: Random) -> PlacedBid:
    supplier, power = f"Supplier {number + 1}", dice.uniform(0.10, 0.13)
    form = {
        **{f"segment_{name}": "y" for name in ("power", "power_gas", "feed_in", "shop")},
        **{name: f"{power:.5f}" for name in ("single", "normal", "low")},
        "gas": f"{dice.uniform(0.34, 0.42):.5f}",
        "fixed_power": str(dice.randrange(40, 130)),
        "fixed_gas": str(dice.randrange(40, 130)),
        "feed_in": "0.03",
        "minimum": str(people // 50),
        "maximum": str(people // 4) if number % 2 else "",
    }
    content = tender.read_bid(form, round_ref="bench", supplier=supplier)
    at = datetime(2026, 4, 1, 12, number, tzinfo=UTC)
    return PlacedBid(f"B{number}", supplier, at, content)


if __name__ == "__main__":
    what = sys.argv[1]
    print(json.dumps(measure_costs() if what == "costs" else measure(int(what))))

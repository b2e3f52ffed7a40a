"""The lot sheet: what is put to tender, per segment, without anything that points to a person.

What is shown stands for at least ten connections each, and so does the difference between any
two figures of the sheet: where a sum with its visible parts would uncover a smaller group, the
sum is hidden too, or the smallest visible part goes with the hidden ones. None is "fewer than
ten". Quartiles are rounded, for each is one household's figure.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from purchasing.categories.energy.connection import GasSize, PowerSize
from purchasing.categories.energy.profile import SEGMENT_WORDS, Profile, Segment
from purchasing.categories.energy.terms import ContractKind, Usage
from purchasing.errors import N_
from purchasing.money import half_up

FEWEST = 10
OTHER = "other"  # what is too small to stand alone
NO_END = "none"  # no fixed term, or not told


class Quantity(StrEnum):
    SINGLE = "single"  # kWh on a meter with one register
    NORMAL = "normal"
    LOW = "low"
    GAS = "gas"  # m³
    FEED_IN = "feed_in"


QUANTITY_WORDS = {
    Quantity.SINGLE: N_("Electricity, single meter"),
    Quantity.NORMAL: N_("Electricity, normal hours"),
    Quantity.LOW: N_("Electricity, low hours"),
    Quantity.GAS: N_("Gas"),
    Quantity.FEED_IN: N_("Power fed in"),
}
LABELS = {
    "segments": {
        "": N_("All together"),
        **{segment.value: words for segment, words in SEGMENT_WORDS.items()},
    },
    "figures": {
        "connections": N_("Connections"),
        **{quantity.value: words for quantity, words in QUANTITY_WORDS.items()},
        "contract_ends": N_("Present contract ends in"),
        "power_sizes": N_("Size of the electricity connection"),
        "gas_sizes": N_("Size of the gas connection"),
    },
    "details": {
        "connections": N_("Connections"),
        "total": N_("Together"),
        "quartile_1": N_("A quarter has at most"),
        "median": N_("Half has at most"),
        "quartile_3": N_("Three quarters have at most"),
        OTHER: N_("other"),
        NO_END: N_("none, or not told"),
    },
}
UNIT = {quantity: "m³" if quantity is Quantity.GAS else "kWh" for quantity in Quantity}
STEP = {quantity: 50 if quantity is Quantity.GAS else 100 for quantity in Quantity}


@dataclass(frozen=True, slots=True)
class LotEntry:
    """All that a lot sheet is made of: one connection, nobody's. `ends` is a month, "2027-03"."""

    segment: Segment
    usage: Usage
    power_size: PowerSize
    gas_size: GasSize | None
    ends: str


@dataclass(frozen=True, slots=True)
class Figures:
    """One quantity in one segment: connections that have it, whole units, rounded quartiles."""

    quantity: Quantity
    connections: int | None
    total: int | None
    quartiles: tuple[int, int, int] | None


Counts = tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class SegmentSheet:
    """One segment. With fewer than ten connections only its name is told."""

    segment: Segment
    connections: int | None
    figures: tuple[Figures, ...] = ()
    contract_ends: Counts = ()
    power_sizes: Counts = ()
    gas_sizes: Counts = ()


@dataclass(frozen=True, slots=True)
class LotSheet:
    segments: tuple[SegmentSheet, ...]
    connections: int | None
    totals: tuple[tuple[Quantity, int | None], ...]


@dataclass(frozen=True, slots=True)
class LotRow:
    """A line of the sheet as a table: `detail` is a month, a size, a quartile or empty."""

    segment: str
    figure: str
    detail: str
    unit: str
    value: int | None


def lot_entry(profile: Profile) -> LotEntry:
    """What of a profile may go into a lot. Of an address, a name or a code: nothing."""
    contract = profile.contract
    fixed = contract is not None and contract.kind is ContractKind.FIXED and contract.ends
    return LotEntry(
        segment=profile.segment,
        usage=profile.usage,
        power_size=profile.connection.power,
        gas_size=profile.connection.gas,
        ends=f"{fixed:%Y-%m}" if fixed else NO_END,
    )


def lot_sheet(entries: Iterable[LotEntry]) -> LotSheet:
    """The sheet of a round. The order of the entries makes no difference."""
    all_of_them = list(entries)
    lots = {segment: [e for e in all_of_them if e.segment is segment] for segment in Segment}
    segments = tuple(_segment(segment, lot) for segment, lot in lots.items())
    hidden = sum(len(lots[sheet.segment]) for sheet in segments if sheet.connections is None)
    return LotSheet(
        segments=segments,
        connections=len(all_of_them) if _safe(hidden) else None,
        totals=tuple((q, _total(q, lots.values(), segments)) for q in Quantity),
    )


def lot_rows(sheet: LotSheet) -> list[LotRow]:
    """The sheet as one table, for CSV and PDF: every figure a row, all segments first."""
    rows = [LotRow("", "connections", "", "", sheet.connections)]
    rows += [LotRow("", q.value, "total", UNIT[q], total) for q, total in sheet.totals]
    for segment in sheet.segments:
        name = segment.segment.value
        rows.append(LotRow(name, "connections", "", "", segment.connections))
        for figures in segment.figures:
            rows += _figure_rows(name, figures)
        for figure in ("contract_ends", "power_sizes", "gas_sizes"):
            counts: Counts = getattr(segment, figure)
            rows += [LotRow(name, figure, label, "", count) for label, count in counts]
    return rows


def _figure_rows(name: str, figures: Figures) -> list[LotRow]:
    quantity, unit = figures.quantity.value, UNIT[figures.quantity]
    quartiles = figures.quartiles or (None, None, None)
    return [
        LotRow(name, quantity, "connections", "", figures.connections),
        LotRow(name, quantity, "total", unit, figures.total),
        *(
            LotRow(name, quantity, label, unit, value)
            for label, value in zip(("quartile_1", "median", "quartile_3"), quartiles, strict=True)
        ),
    ]


def _safe(count: int) -> bool:
    """Whether a group of this size may be told: nobody in it, or enough to hide in."""
    return count == 0 or count >= FEWEST


def _segment(segment: Segment, lot: Sequence[LotEntry]) -> SegmentSheet:
    if len(lot) < FEWEST:
        return SegmentSheet(segment, None if lot else 0)
    return SegmentSheet(
        segment=segment,
        connections=len(lot),
        figures=tuple(_figures(quantity, lot) for quantity in Quantity),
        contract_ends=_folded(entry.ends for entry in lot),
        power_sizes=_folded(entry.power_size.value for entry in lot),
        gas_sizes=_folded(entry.gas_size.value if entry.gas_size else NO_END for entry in lot),
    )


def _figures(quantity: Quantity, lot: Sequence[LotEntry]) -> Figures:
    """Connections are told only if those without this quantity are none or ten as well."""
    amounts = _amounts(quantity, lot)
    if not _safe(len(amounts)):
        return Figures(quantity, None, None, None)
    told = len(amounts) if _safe(len(lot) - len(amounts)) else None
    return Figures(quantity, told, sum(amounts), _quartiles(amounts, STEP[quantity]))


def _amounts(quantity: Quantity, lot: Iterable[LotEntry]) -> list[int]:
    """What each connection that has this quantity has of it, sorted."""
    amounts = (_amount(quantity, entry.usage) for entry in lot)
    return sorted(amount for amount in amounts if amount is not None)


def _amount(quantity: Quantity, usage: Usage) -> int | None:
    """None where the meter has no such register: a zero counts, so that the counts agree."""
    double = usage.kwh_low is not None
    return {
        Quantity.SINGLE: None if double else usage.kwh,
        Quantity.NORMAL: usage.kwh if double else None,
        Quantity.LOW: usage.kwh_low,
        Quantity.GAS: usage.gas,
        Quantity.FEED_IN: usage.fed_in or None,
    }[quantity]


def _quartiles(amounts: Sequence[int], step: int) -> tuple[int, int, int] | None:
    """By nearest rank, rounded to whole steps."""
    if not amounts:
        return None
    first, median, third = (
        half_up(amounts[(len(amounts) * part + 3) // 4 - 1], step) * step for part in (1, 2, 3)
    )
    return first, median, third


def _total(
    quantity: Quantity, lots: Iterable[Sequence[LotEntry]], segments: Iterable[SegmentSheet]
) -> int | None:
    """The sum over all segments, if what the segments hide of it is nobody's or ten people's."""
    whole = hidden = 0
    for lot, sheet in zip(lots, segments, strict=True):
        amounts = _amounts(quantity, lot)
        shown = any(f.quantity is quantity and f.total is not None for f in sheet.figures)
        whole += sum(amounts)
        hidden += 0 if shown else len(amounts)
    return whole if _safe(hidden) else None


def _folded(labels: Iterable[str]) -> Counts:
    """Counts per label, the small ones together; their sum is ten or more, or there are none."""
    counts = Counter(labels)
    shown = {label: count for label, count in counts.items() if count >= FEWEST}
    rest = counts.total() - sum(shown.values())
    while not _safe(rest) and shown:
        smallest = min(shown, key=lambda label: (shown[label], label))
        rest += shown.pop(smallest)
    folded = sorted(shown.items())
    return (*folded, (OTHER, rest)) if rest else tuple(folded)

"""Foodsoft, the food co-ops' program: its article list, the classic one and that of version 5."""

import re
from decimal import Decimal
from itertools import pairwise

from purchasing.errors import N_
from suppliers.readers import units
from suppliers.readers.layout import Draft, Layout
from suppliers.readers.numbers import NotANumber, decimal
from suppliers.readers.vat import LOW

OTHER_UNIT = N_(
    "The price is per a unit that cannot be computed from the case (articles: %(count)d, first in "
    "row %(row)d); it is read as the price of the whole case."
)

_AVAILABLE = ("avail.", "available", "leverb.", "verf.", "disp.", "disponible", "mevcut")
_NUMBER = ("order number", "number", "artikelnummer", "bestelnummer", "bestellnummer", "nr.")
_NAME = ("name", "naam", "nom", "nombre", "ad")
_VAT = ("vat", "tax", "btw", "mwst", "mwst.", "tva", "iva", "kdv")
_DEPOSIT = ("deposit", "statiegeld", "pfand", "consigne", "depósito", "depozito")
_CASE = (
    "unit quantity", "colligrootte", "gebindegröße", "gebinde", "quantité par unité",
)  # fmt: skip
_YES = ("yes", "ja", "oui", "sí", "si", "evet", "true", "1")

_RATIO = re.compile(r"(?P<quantity>[0-9]*[.,]?[0-9]+)\s*(?P<unit>.+)")
_BETWEEN_RATIOS = re.compile(r"(?<!\\), ")
_MEASURES = {  # what is measured, and how much of it, by the unit's name
    "gram": ("mass", 1), "gramm": ("mass", 1), "gramme": ("mass", 1), "g": ("mass", 1),
    "kilogram": ("mass", 1000), "kilogramm": ("mass", 1000), "kg": ("mass", 1000),
    "millilitre": ("volume", 1), "milliliter": ("volume", 1), "ml": ("volume", 1),
    "litre": ("volume", 1000), "liter": ("volume", 1000), "l": ("volume", 1000),
}  # fmt: skip


def _refine_five(draft: Draft) -> None:
    """Price and case per unit of the group's order.

    A list made before version 5 has no supplier's unit: its own text is the unit the price is
    of, and the first ratio says how many of these are in a case.
    """
    steps = _ratios(draft["ratios"])
    if not draft["order_unit"]:
        if steps:
            draft.put("case_size", steps[0][0])
        return
    sizes = _sizes(draft["order_unit"], steps)
    piece = draft["group_unit"] or draft["order_unit"]
    in_case = _how_many(piece, sizes)
    draft["unit"] = draft["unit"] or _describe(piece, steps)
    draft.put("case_size", in_case or Decimal(1))
    priced = _how_many(draft["price_unit"] or draft["order_unit"], sizes)
    if priced is None or in_case is None:
        draft.remark(OTHER_UNIT)
    for name in ("price", "deposit"):
        amount = draft.amount(name)
        if amount is not None and draft[name]:
            draft.put(name, amount * (priced or 1) / (in_case or 1))


def _ratios(text: str) -> list[tuple[Decimal, str]]:
    """ "10 Piece, 230 gram": ten pieces, each of 230 gram."""
    steps = []
    for part in _BETWEEN_RATIOS.split(text):
        match = _RATIO.fullmatch(part.replace("\\,", ",").strip())
        if match:
            try:
                steps.append((decimal(match["quantity"], "."), match["unit"].strip()))
            except NotANumber:
                continue
    return [(quantity, unit) for quantity, unit in steps if quantity]


def _sizes(order_unit: str, steps: list[tuple[Decimal, str]]) -> dict[str, Decimal]:
    """How many of each unit are in one unit of the supplier."""
    sizes, size = {order_unit.lower(): Decimal(1)}, Decimal(1)
    for quantity, unit in steps:
        size *= quantity
        sizes.setdefault(unit.lower(), size)
    return sizes


def _how_many(unit: str, sizes: dict[str, Decimal]) -> Decimal | None:
    wanted = unit.lower()
    if wanted in sizes:
        return sizes[wanted]
    kind, amount = _MEASURES.get(wanted, ("", 0))
    for known, size in sizes.items():
        other_kind, other_amount = _MEASURES.get(known, ("", 0))
        if kind and kind == other_kind:
            return size * other_amount / amount
    return None


def _describe(piece: str, steps: list[tuple[Decimal, str]]) -> str:
    """A piece that is so many grams is better called by its weight."""
    for (_, unit), (quantity, content) in pairwise(steps):
        if unit.lower() == piece.lower():
            return units.join(f"{quantity.normalize():f}", content)
    return units.tidy(piece)


FIVE = Layout(
    key="foodsoft-5",
    name="Foodsoft 5",
    titles={0: _AVAILABLE, 1: _NUMBER, 2: _NAME, 12: _VAT, 13: _DEPOSIT},
    columns={
        "status": 0,
        "number": 1,
        "name": 2,
        "order_unit": 3,
        "unit": 4,
        "ratios": 5,
        "group_unit": 9,
        "price": 10,
        "price_unit": 11,
        "vat": 12,
        "deposit": 13,
        "note": 14,
        "category": 15,
        "origin": 16,
        "brand": 17,
    },
    usual_sign=".",
    vat_missing=LOW,
    there=_YES,
    refine=_refine_five,
)

CLASSIC = Layout(
    key="foodsoft",
    name="Foodsoft (classic)",
    titles={
        0: ("status", *_AVAILABLE),
        1: _NUMBER,
        2: _NAME,
        8: _VAT,
        9: _DEPOSIT,
        10: _CASE,
    },
    columns={
        "status": 0,
        "number": 1,
        "name": 2,
        "note": 3,
        "brand": 4,
        "origin": 5,
        "unit": 6,
        "price": 7,
        "vat": 8,
        "deposit": 9,
        "case_size": 10,
        "tier1_quantity": 11,
        "tier1_price": 12,
        "category": 13,
    },
    usual_sign=".",
    gone=("x",),
)

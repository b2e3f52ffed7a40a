"""Willem & Drees, fruit and vegetables of the season: two lists, by the case and by the piece."""

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal

from purchasing.errors import N_
from suppliers.readers.layout import Draft, Layout
from suppliers.readers.units import PIECE
from suppliers.readers.vat import LOW

DISAGREES = N_(
    "The price of the case is not the price of its units (articles: %(count)d, first in row "
    "%(row)d). The price of the unit is taken."
)

_NOT_FILLED_IN = ("", "0", "-")
_OWN_NAME = re.compile(r"^W&D\s+")
_GRADE = re.compile(r"\b(?:basis\s*ras|ras\s+[0-9]+)\s*")
_ORGANIC = re.compile(r"\bbiologische?\s+")
_SAYS_NOTHING = re.compile(r"\b(?:los|stuks?)\b")


def _heading(texts: Mapping[str, str], cells: Sequence[str]) -> str | None:
    """Headings stand in the second and third column, a narrower one further to the right."""
    if texts.get("name"):
        return None if texts.get("unit") else ""
    return next((cell.strip() for cell in reversed(cells[1:3]) if cell.strip(" *")), "")


def _refine(draft: Draft) -> None:
    note = ["biologisch"] if _ORGANIC.search(draft["name"]) else []
    draft["name"] = _name(draft["name"], draft["kind"])
    packing = draft["packing"]
    if (
        packing not in _NOT_FILLED_IN
        and not _SAYS_NOTHING.search(packing)
        and packing not in draft["name"]
    ):
        note.append(packing)
    if draft["number"].startswith("los"):  # fetched from the grower on order
        note.append("(extra leverdag)")
    draft["note"] = "; ".join(note)
    _compare_prices(draft)
    _unit(draft)


def _name(name: str, kind: str) -> str:
    """The variety belongs to the name, in front of what stands in brackets."""
    bare = _ORGANIC.sub("", _GRADE.sub("", _OWN_NAME.sub("", name))).strip()
    if kind in _NOT_FILLED_IN:
        return bare
    head, bracket, tail = bare.partition(" (")
    return f"{head} {kind}{bracket}{tail}"


def _unit(draft: Draft) -> None:
    """A bare number is a count of pieces; zero means that only the whole case can be had."""
    if draft["unit"] == "0":
        draft["unit"] = f"{draft['case_size']} {PIECE}"
        draft["case_size"] = "1"
        draft["price"] = draft["case_price"] or draft["price"]
    elif draft["unit"].isdigit():
        draft["unit"] = PIECE


def _compare_prices(draft: Draft) -> None:
    unit, case, size = (draft.amount(name) for name in ("price", "case_price", "case_size"))
    if unit and case and size and abs(unit * size - case) > Decimal("0.01") * (size + 1):
        draft.remark(DISAGREES)


LAYOUT = Layout(
    key="willem-drees",
    name="Willem & Drees",
    columns={
        "number": ("art.nr", "art.nr."),
        "name": ("omschrijving",),
        "kind": ("soort",),
        "unit": ("eenheid",),
        "packing": ("verpakking",),
        "case_size": ("aantal eenheden per kist",),
        "price": ("prijs per eenheid", "inkoopprijs bij w&d", "inkoopprijs"),
        "case_price": ("prijs per kist / doos", "prijs per kist"),
        "ean": ("ean code",),
    },
    needs=("number", "name", "kind", "case_size", "price"),
    complete=True,
    usual_sign=",",
    vat_missing=LOW,
    heading=_heading,
    refine=_refine,
)

"""The template of the Dutch food co-ops, for small suppliers near by."""

from collections.abc import Mapping, Sequence

from suppliers.readers.layout import Layout

_EXPLANATION = "uniek productn"  # how the second line begins, which explains the columns


def _heading(texts: Mapping[str, str], cells: Sequence[str]) -> str | None:
    explains = texts.get("number", "").lower().startswith(_EXPLANATION)
    return "" if explains or not texts.get("name") else None


LAYOUT = Layout(
    key="foodcoop-nl",
    name="Foodcoop NL",
    columns={
        "number": ("bestelnr.",),
        "name": ("productnaam",),
        "unit": ("eenheid",),
        "case_size": ("colligrootte",),
        "price": ("netto prijs",),
        "vat": ("btw",),
        "deposit": ("statiegeld",),
        "brand": ("producent",),
        "origin": ("herkomst",),
        "category": ("categorie",),
        "note": ("keurmerk(en)",),
    },
    needs=("number", "name", "unit", "case_size", "price", "vat", "deposit"),
    usual_sign=",",
    heading=_heading,
)

"""De Nieuwe Band and Odin, wholesalers in Marum and Geldermalsen: an XML list, and a CSV."""

from suppliers.readers.layout import Draft, Layout
from suppliers.readers.vat import LEVELS

_GROUPS = {  # their main groups ("indeling")
    "1": "Verswaren",
    "2": "Basisproducten",
    "3": "Ontbijt en lunch",
    "4": "Warme maaltijd",
    "5": "Sappen en dranken",
    "6": "Warme dranken",
    "7": "Versnaperingen",
    "8": "Persoonlijke verzorging",
    "9": "Natuurtherapeutisch",
    "10": "Non-food",
}


def _name_the_group(draft: Draft) -> None:
    draft["category"] = draft["category"] or _GROUPS.get(draft["group"], "")


XML = Layout(
    key="nieuwe-band-xml",
    name="De Nieuwe Band / Odin (XML)",
    root="xmlproduct",
    item="product",
    columns={
        "number": ("bestelnummer",),
        "name": ("omschrijving",),
        "content": ("inhoud",),
        "unit": ("eenheid",),
        "case_size": ("sve",),
        "price": ("inkoopprijs",),
        "vat": ("btw",),
        "deposit": ("statiegeld",),
        "brand": ("merk",),
        "origin": ("herkomst",),
        "category": ("trefwoord",),
        "group": ("indeling",),
        "note": ("kwaliteit",),
        "ean": ("eancode",),
        "weighed": ("wichtartikel",),
        "status": ("status",),
    },
    needs=("number", "name", "price"),
    complete=True,
    sign=".",
    gone=("gesaneerd",),
    refine=_name_the_group,
)

CSV = Layout(
    key="nieuwe-band-csv",
    name="De Nieuwe Band (CSV)",
    columns={
        "number": ("art.nr.",),
        "name": ("omschrijving",),
        "content": ("inhoud",),
        "unit": ("eenheid",),
        "case_size": ("aantal",),
        "price": ("inkoopprijs",),
        "vat": ("btw",),
        "deposit": ("statiegeld",),
        "brand": ("merk",),
        "origin": ("land",),
        "category": ("trefwoord",),
        "note": ("kwaliteit",),
        "ean": ("ean",),
    },
    needs=("number", "name", "content", "case_size", "category", "price", "deposit"),
    complete=True,
    usual_sign=".",
    vat_codes=LEVELS,
)

"""TerraSana, an importer of macrobiotic food: headings stand between the articles."""

import re
from collections.abc import Mapping, Sequence

from suppliers.readers.layout import Layout

_NEW = re.compile(r'\s*"?NIEUW\b.*$', re.IGNORECASE)  # “… "NIEUW" 2011” behind a heading
_CAPITALS_THEN_A_REMARK = re.compile(r"^([^a-z]+?)\s+[a-z].*$")


def _heading(texts: Mapping[str, str], cells: Sequence[str]) -> str | None:
    if texts.get("name") or texts.get("brand"):
        return None
    title = _NEW.sub("", " ".join(texts.get("number", "").split()))
    return _CAPITALS_THEN_A_REMARK.sub(r"\1", title)


LAYOUT = Layout(
    key="terrasana",
    name="TerraSana",
    columns={
        "number": ("artcode",),
        "name": ("omschrijving nederlands",),
        "content": ("p",),
        "unit": ("e",),
        "case_size": ("v",),
        "price": ("detail",),
        "vat": ("btw",),
        "brand": ("merk",),
        "note": ("kwal",),
        "ean": ("ean",),
    },
    needs=("number", "name", "content", "unit", "case_size", "price"),
    complete=True,
    usual_sign=".",
    heading=_heading,
)

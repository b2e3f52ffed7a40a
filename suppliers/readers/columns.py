"""Lists that nobody described: which column is which, guessed from the titles or told."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from purchasing.errors import N_
from suppliers.readers.grid import Grid
from suppliers.readers.layout import FIELDS, Draft, Layout, plain_title
from suppliers.readers.refusals import ColumnMissing, WrongMapping
from suppliers.readers.table import HEADER_WITHIN, Found
from suppliers.readers.vat import LEVELS, LOW, understand

KEY = "columns"
GUESSED = N_("This layout is not known; the columns were guessed from their titles. Check them.")
NO_COLUMNS = N_("No columns with a name and a price were found. Say which column is which.")

# Per field the words of its title in Dutch, English and German, the most telling first.
_WORDS: dict[str, tuple[str, ...]] = {
    "number": (
        "artikelnummer", "artikelnr", "artikel nr", "artnr", "art nr", "art", "bestelnummer",
        "bestelnr", "artikelcode", "artikel code", "artcode", "productcode", "product code",
        "article number", "item number",
        "order number", "product number", "sku", "artikel-nr", "bestellnummer", "best nr",
        "nummer", "number", "code", "nr",
    ),
    "name": (
        "omschrijving", "artikelomschrijving", "productomschrijving", "productnaam",
        "artikelnaam", "benaming", "naam", "product", "artikel", "description", "product name",
        "name", "item", "bezeichnung", "artikelbezeichnung", "produktname", "produkt",
    ),
    "unit": (
        "eenheid", "verkoopeenheid", "unit", "einheit", "verpakking", "maat", "gewicht", "um",
    ),
    "content": ("inhoud", "netto inhoud", "content", "contents", "inhalt", "hoeveelheid"),
    "case_size": (
        "colligrootte", "colli grootte", "aantal per colli", "aantal per doos", "per doos",
        "stuks per doos", "doosinhoud", "besteleenheid", "verpakkingseenheid", "aantal", "sve",
        "ovv", "ve", "colli", "case size", "units per case", "pack size", "box size",
        "gebindegröße", "gebindegroesse", "gebinde", "doos",
    ),
    "price": (
        "inkoopprijs", "nettoprijs", "netto prijs", "prijs per eenheid", "prijs per stuk",
        "eenheidsprijs", "stukprijs", "prijs", "net price", "unit price", "purchase price",
        "price", "nettopreis", "einkaufspreis", "einzelpreis", "preis", "detail", "ek",
    ),
    "case_price": (
        "prijs per colli", "prijs per kist", "prijs per doos", "colloprijs", "colliprijs",
        "doosprijs", "kistprijs", "case price", "box price", "pack price", "gebindepreis",
    ),
    "vat": ("btw", "btw tarief", "btw percentage", "vat", "vat rate", "tax", "mwst", "ust",
            "steuersatz"),
    "deposit": ("statiegeld", "emballage", "deposit", "pfand"),
    "brand": ("merk", "producent", "fabrikant", "teler", "brand", "manufacturer", "producer",
              "hersteller", "marke"),
    "origin": ("herkomst", "land van herkomst", "land", "origin", "country", "herkunft"),
    "category": ("categorie", "productgroep", "artikelgroep", "hoofdgroep", "subgroep",
                 "rubriek", "groep", "trefwoord", "category", "group", "kategorie",
                 "warengruppe"),
    "note": ("kwaliteit", "keurmerk", "opmerking", "opm", "quality", "note", "remark",
             "qualität", "bemerkung"),
    "ean": ("ean", "eancode", "ean code", "barcode", "gtin"),
}  # fmt: skip
_NOT_OUR_PRICE = re.compile(
    r"\b(?:advies|consument|verkoop|winkel|vkp|cvp|vk\b|incl|retail|gross|brutt?o|uvp|oude?\b)",
    re.IGNORECASE,
)  # fmt: skip
_NOT_A_WORD = re.compile(r"[^\w-]+")
_SHORT_WORDS = ("btw", "ean", "vat")
_NOT_FOR_SALE = ("x", "nee", "no", "nein", "0", "false", "uit", "gesaneerd")
_COUNT = re.compile(r"([0-9]+(?:[.,][0-9]+)?)\s*(?:x|st|stuks?)\b.*", re.IGNORECASE)


def propose(grid: Grid) -> dict[str, Any]:
    """A mapping guessed from the best header line; {} if no line has both a name and a price.

    A mapping is plain data, fit for JSON: field → title or position (from 0) of its column,
    with `header_row` (the number of the line, 0 if there is none), and if wanted `price_is`
    ("unit" or "case"), `vat_default` (a rate for articles without one) and `decimal` ("," ".").
    """
    best: dict[str, Any] = {}
    best_score = 0.0
    for number, cells in grid.lines[:HEADER_WITHIN]:
        score, chosen = _guess(cells)
        if score > best_score and "name" in chosen and {"price", "case_price"} & chosen.keys():
            best, best_score = {"header_row": number, **chosen}, score
    if best and "price" not in best:
        best = {**best, "price": best["case_price"], "price_is": "case"}
    best.pop("case_price", None)
    return best


def found(grid: Grid, mapping: Mapping[str, Any]) -> Found:
    """The layout that a mapping describes, found in this grid. Raises Unreadable."""
    _check(mapping)
    header = _header_place(grid, mapping)
    titles = grid.lines[header][1] if header >= 0 else []
    columns = {
        name: _position(titles, mapping[name])
        for name in FIELDS
        if mapping.get(name) not in (None, "")
    }
    if mapping.get("price_is") == "case" and "price" in columns:
        columns["case_price"] = columns.pop("price")
    rate = mapping.get("vat_default")
    default = understand(str(rate), LEVELS) if rate not in (None, "") else None
    layout = Layout(
        key=KEY,
        name=KEY,
        columns=columns,
        sign=str(mapping.get("decimal") or ""),
        vat_codes=LEVELS,
        vat_missing=default.percent if default else (None if "vat" in columns else LOW),
        gone=_NOT_FOR_SALE,
        heading=_heading,
        refine=_refine,
    )
    return Found(grid, layout, header, columns)


def _heading(texts: Mapping[str, str], cells: Sequence[str]) -> str | None:
    """A line with a single text and nothing else is a heading."""
    filled = sum(1 for cell in cells if cell.strip())
    if filled == 1:
        return texts.get("name") or texts.get("number") or ""
    return None if texts.get("name") or texts.get("number") else ""


def _refine(draft: Draft) -> None:
    size = _COUNT.fullmatch(draft["case_size"])  # "6 x 1 L" is a case of six
    if size:
        draft["case_size"] = size[1]


def _guess(cells: Sequence[str]) -> tuple[float, dict[str, str]]:
    """Give every column at most one field and every field at most one column, best first."""
    rated = sorted(
        (
            (_score(plain_title(cell), name), -at, name)
            for at, cell in enumerate(cells)
            if cell.strip() and len(cell) <= 60
            for name in _WORDS
        ),
        reverse=True,
    )
    chosen: dict[str, str] = {}
    taken: set[int] = set()
    total = 0.0
    for score, at, name in rated:
        if score > 0 and name not in chosen and at not in taken:
            title = cells[-at]
            unique = sum(1 for cell in cells if plain_title(cell) == plain_title(title)) == 1
            chosen[name] = title.strip() if unique else -at  # type: ignore[assignment]
            taken.add(at)
            total += score
    return total, chosen


def _score(title: str, name: str) -> float:
    """Two points for the word itself, fewer for beginning with it, fewer for holding it."""
    if name in ("price", "case_price") and _NOT_OUR_PRICE.search(title):
        return 0.0
    plain = _NOT_A_WORD.sub(" ", title).strip()
    best = 0.0
    for rank, word in enumerate(_WORDS[name]):
        if plain == word:
            return 2.0 - rank / 100
        if len(word) > 3 or word in _SHORT_WORDS:
            if plain.startswith(word):
                best = max(best, 1.5 - rank / 100)
            elif f" {word}" in plain:
                best = max(best, 1.0 - rank / 100)
    return best


def _check(mapping: Mapping[str, Any]) -> None:
    wrong = [name for name in ("name", "price") if mapping.get(name) in (None, "")]
    if mapping.get("price_is", "unit") not in ("unit", "case"):
        wrong.append("price_is")
    if (mapping.get("decimal") or "") not in ("", ",", "."):
        wrong.append("decimal")
    if not isinstance(mapping.get("header_row", 0), int):
        wrong.append("header_row")
    rate = mapping.get("vat_default")
    if rate not in (None, "") and understand(str(rate), LEVELS) is None:
        wrong.append("vat_default")
    if wrong:
        raise WrongMapping(field=wrong[0])


def _header_place(grid: Grid, mapping: Mapping[str, Any]) -> int:
    """Where the header stands: on its line, or where its titles moved to; -1 for no header."""
    row = int(mapping.get("header_row", 0))
    if row <= 0:
        return -1
    titles = {
        plain_title(at) for name in FIELDS if isinstance(at := mapping.get(name), str) and at
    }
    expected = sum(1 for number, _ in grid.lines if number <= row) - 1
    places: list[int] = [expected, *range(min(len(grid.lines), HEADER_WITHIN))]
    for place in places:
        if place >= 0 and titles <= {plain_title(cell) for cell in grid.lines[place][1]}:
            return place
    return expected


def _position(titles: Sequence[str], column: object) -> int:
    if isinstance(column, int):
        return column
    wanted = plain_title(str(column))
    for at, title in enumerate(titles):
        if plain_title(title) == wanted:
            return at
    raise ColumnMissing(column=str(column))

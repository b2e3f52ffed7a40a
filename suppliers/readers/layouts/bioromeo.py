"""BioRomeo, growers in the Noordoostpolder: what is in a case stands in the article's name."""

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple

from purchasing.errors import N_
from suppliers.readers import units
from suppliers.readers.layout import Draft, Layout
from suppliers.readers.vat import LOW

DISAGREES = N_(
    "The price per unit does not fit the price of the case (articles: %(count)d, first in row "
    "%(row)d). The price of the case is taken."
)

_A = r"(?P<amount>[0-9]{1,6}(?:[.,][0-9]{1,3})?)"
_U = r"(?P<unit>kg|kilo|gram|gr|g|ltr|liter|l|ml|stuks?|st|bos(?:jes?|sen)?|bol)\b\.?"
_N = r"(?P<count>[0-9]{1,6})"
_START = r"(?<![0-9.,])(?<![0-9]-)"  # not in the middle of a number, not the end of a range
_PACKED = tuple(
    re.compile(_START + pattern, re.IGNORECASE)
    for pattern in (
        rf"{_N}\s*x\s*{_A}\s*{_U}",  # 6 x 0,75 ltr
        rf"{_A}\s*{_U}\s*x\s*{_N}",  # 125 gram x 8
        rf"{_N}\s*(?:stuks?|st)\s+[aà]\s+{_A}\s*{_U}",  # 1 st a 4 kg
        r"(?P<choice>[0-9]{1,3}(?:, ?[0-9]{1,3}){0,5} of [0-9]{1,3} ?st)\b\.?",  # 6, 10 of 30 st
        rf"{_A}\s*{_U}",  # 15 kg, 10 bosjes
        rf"\bper\s+{_U}",
        r"\b(?P<unit>bos(?:jes?|sen)?|bol)\b",  # peterselie bos
    )
)
_DASH = re.compile(r"(?<!\s)\s+-(?:\s+|$)")
_NOTHING_BETWEEN = re.compile(r"\(\s*\)")
_QUALITY = re.compile(r"(?<![\s,.])[\s,.]*\b(BIO|Demeter)\b")


class Packed(NamedTuple):
    """What "6 x 0,75 ltr" says: six times 0.75 ltr. A piece is an amount of one without weight."""

    times: Decimal
    amount: Decimal
    unit: str
    choice: str = ""

    @property
    def in_pieces(self) -> bool:
        return self.unit in ("st", "bos", "bol")

    def measure(self) -> str:
        whole = f"{self.amount.normalize():f} {self.unit}"
        return self.unit if self.amount == 1 else whole


def _heading(texts: Mapping[str, str], cells: Sequence[str]) -> str | None:
    priced = texts.get("unit_price") or texts.get("case_price")
    return None if priced and texts.get("name") else texts.get("name", "")


def _refine(draft: Draft) -> None:
    draft["key"] = draft["name"]  # tells a case of ten from a single one
    quality = _QUALITY.search(draft["name"])
    name, packed = _take_out(_QUALITY.sub("", draft["name"]))
    if packed and packed.unit == units.PIECE and not packed.choice:
        name, inner = _take_out(name)
        if inner:
            pieces = packed.times * packed.amount
            packed = inner._replace(times=pieces if inner.times == 1 else inner.times)
            if inner.in_pieces:
                packed = Packed(Decimal(1), pieces, inner.unit)
    draft["name"] = name
    draft["note"] = _note(draft, quality[1] if quality else "")
    draft["price"] = draft["case_price"] or draft["unit_price"]
    if packed:
        _price(draft, packed)


def _take_out(name: str) -> tuple[str, Packed | None]:
    for pattern in _PACKED:
        match = list(pattern.finditer(name))[-1:]
        if match:
            rest = name[: match[0].start()] + name[match[0].end() :]
            rest = _DASH.sub(" ", _NOTHING_BETWEEN.sub("", rest))
            return rest.strip(" ,."), _understand(match[0].groupdict())
    return name.strip(" ,."), None


def _understand(said: Mapping[str, str | None]) -> Packed:
    if said.get("choice"):
        return Packed(Decimal(1), Decimal(1), units.PIECE, str(said["choice"]))
    unit = units.tidy(f"1 {said['unit']}").removeprefix("1 ")
    amount = (said.get("amount") or "1").replace(",", ".")
    if amount.startswith("0") and "." not in amount:  # "075 ltr"
        amount = f"0.{amount[1:]}"
    unit = units.PIECE if unit == "stuk" else unit
    return Packed(Decimal(said.get("count") or 1), Decimal(amount), unit)


def _price(draft: Draft, packed: Packed) -> None:
    """Pieces are sold one by one if their price says so; a sack of 15 kg is one unit."""
    each, whole = draft.amount("unit_price"), draft.amount("case_price")
    draft["unit"], draft["case_size"] = packed.choice or packed.measure(), "1"
    if packed.choice or each is None or whole is None:
        return
    count = packed.times * packed.amount if packed.in_pieces else packed.times
    if packed.in_pieces and _same(each * count, whole):
        draft["unit"], draft["price"] = packed.unit, draft["unit_price"]
        draft["case_size"] = str(count)
    elif not packed.in_pieces:
        draft["case_size"] = str(count)
        draft.put("price", whole / count if count else whole)
    known = (each, each * count, each * packed.amount, each * packed.amount * count)
    thousandth = each * packed.amount * count / 1000  # a price per kilo, an amount in grams
    if not any(_same(one, whole) for one in (*known, thousandth)):
        draft.remark(DISAGREES)


def _same(computed: Decimal, printed: Decimal) -> bool:
    return abs(computed - printed) <= Decimal("0.01")


def _note(draft: Draft, quality: str) -> str:
    season = " t/m ".join(part for part in (draft["from"], draft["until"]) if part)
    remark = f"({draft['remark']})" if draft["remark"] else ""
    if season:
        return " ".join(part for part in (f"Beschikbaar: {season}", remark) if part)
    skal = f"Skal {draft['skal']}" if draft["skal"] else ""
    demeter = f"Demeter {draft['demeter']}" if draft["demeter"] else ""
    return "; ".join(part for part in (quality, skal, demeter, remark) if part)


LAYOUT = Layout(
    key="bioromeo",
    name="BioRomeo",
    columns={
        "number": ("artnr.", "artnr"),
        "name": ("biologische geteeld gewas", "biologisch geteeld gewas", "product"),
        "from": ("van mnd",),
        "until": ("t/m mnd",),
        "skal": ("skal",),
        "demeter": ("demeter",),
        "unit_price": ("prijs per eenh.",),
        "case_price": ("prijs per colli",),
        "order": ("bestelling",),
        "remark": ("opm.",),
    },
    needs=("name", "unit_price", "case_price", "order"),
    complete=True,
    usual_sign=",",
    vat_missing=LOW,
    fixed={"origin": "Noordoostpolder, NL"},
    heading=_heading,
    refine=_refine,
)

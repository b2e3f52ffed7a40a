"""From an article's texts to a row: the one place where they are checked."""

import hashlib
from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal

from purchasing.errors import N_
from suppliers.readers import units, vat
from suppliers.readers.grid import MAX_CELL, MAX_WORDS
from suppliers.readers.layout import Draft, Layout
from suppliers.readers.numbers import ENORMOUS, Figure, NotANumber, decimal
from suppliers.readers.pricelist import Problem, Row

MAX_PRICE = Decimal(100_000)  # euros per unit
MAX_CASE = Decimal(100_000)  # units
MILLIONTH = Decimal("0.000001")
THOUSANDTH = Decimal("0.001")
CENT = Decimal("0.01")
LENGTHS = {"name": 200, "brand": 80, "origin": 80, "category": 120, "note": 300}
MAX_NUMBER = MAX_UNIT = 40
LONG_TEXTS = ("note", "remark", "name2", "name3")
TIERS = 5

NO_NAME = N_("This article has no name.")
NO_PRICE = N_("This article has no price.")
TOO_LONG = N_("This text is longer than %(limit)d characters.")
NO_VAT = N_("This article has no VAT rate.")
UNKNOWN_VAT = N_("This VAT rate is not known; 0, 9 or 21 percent was expected.")
NO_CASE = N_("A case must hold more than nothing.")
OLD_VAT = N_(
    "VAT of %(named)s %% is read as the rate of today: %(rate)s %% (articles: %(count)d)."
)
VTAKEN = N_("No VAT rate is named; %(rate)s %% is taken (articles: %(count)d).")
FREE = N_("The price is zero (articles: %(count)d, first in row %(row)d).")
SHORTENED = N_("Texts that are too long were cut off (texts: %(count)d, first in row %(row)d).")

_YES = frozenset(("1", "j", "ja", "y", "yes", "true", "x"))
_CODE_POINTS = dict.fromkeys([*range(32), *range(127, 161), *range(0x2000, 0x200B), 0x2028,
                              0x2029, 0x202F, 0x205F, 0x3000], " ")  # fmt: skip
_INVISIBLE = dict.fromkeys([0xAD, *range(0x200B, 0x2010), *range(0x202A, 0x202F),
                            *range(0x2060, 0x2070), 0xFEFF], None)  # fmt: skip
_TIDY: Mapping[int, str | None] = {**_CODE_POINTS, **_INVISIBLE}


def clean(text: str) -> str:
    """No control characters, nothing invisible, no strange spaces, none around it."""
    if isinstance(text, Figure):
        return text
    return (text if text.isprintable() else text.translate(_TIDY)).strip()


class Checked:
    """The fields of one draft, each read strictly; what is wrong is gathered in `problems`."""

    def __init__(self, draft: Draft, layout: Layout, titles: Mapping[str, str]) -> None:
        self.draft = draft
        self.layout = layout
        self.problems: list[Problem] = []
        self._titles = titles

    def fits(self) -> bool:
        """No text is so long that it cannot be meant; looked at before anything else is done."""
        for name, text in self.draft.texts.items():
            limit = MAX_CELL if name in LONG_TEXTS else MAX_WORDS
            if len(text) > limit:
                self._problem(name, TOO_LONG, limit=limit)
        return not self.problems

    def row(self) -> Row | None:
        """The row, or None when a problem was found."""
        draft = self.draft
        unit = self._short("unit", units.join(draft["content"], draft["unit"]), MAX_UNIT)
        case_size = self._case_size()
        row = Row(
            number=self._number(unit),
            name=self._name(),
            unit=unit,
            case_size=case_size,
            price=self._price(case_size),
            vat=self._vat(),
            deposit=self._deposit(),
            available=self._available(),
            brand=self._text("brand"),
            origin=self._text("origin"),
            category=self._text("category"),
            note=self._text("note"),
            ean=_ean(draft["ean"]),
            weighed=draft["weighed"].lower() in _YES or _by_weight(unit, case_size),
            tiers=self._tiers(),
            line=draft.line,
        )
        return None if self.problems else row

    def _problem(self, name: str, message: str, **details: object) -> None:
        value = self.draft[name][:80]
        column = self._titles.get(name, name)
        self.problems.append(Problem(self.draft.line, column, value, message, details))

    def _number(self, unit: str) -> str:
        number = self._short("number", self.draft["number"], MAX_NUMBER)
        if number:
            return number
        source = self.draft["key"] or f"{self.draft['name']}|{unit}"
        words = " ".join(source.casefold().split())
        return ":" + hashlib.sha256(words.encode()).hexdigest()[:12]

    def _name(self) -> str:
        if not self.draft["name"]:
            self._problem("name", NO_NAME)
        return self._text("name")

    def _text(self, name: str) -> str:
        text, limit = self.draft[name], LENGTHS[name]
        if len(text) <= limit:
            return str(text)
        self.draft.remark(SHORTENED)
        return text[: limit - 1].rstrip() + "…"

    def _short(self, name: str, text: str, limit: int) -> str:
        if len(text) > limit:
            self._problem(name, TOO_LONG, limit=limit)
        return str(text)

    def _read(self, name: str, largest: Decimal, step: Decimal) -> Decimal | None:
        try:
            amount = decimal(self.draft[name], self.draft.sign)
        except NotANumber as error:
            self._problem(name, error.message)
            return None
        if amount > largest:
            self._problem(name, ENORMOUS)
            return None
        return amount.quantize(step, ROUND_HALF_UP)

    def _case_size(self) -> Decimal:
        if not self.draft["case_size"]:
            return Decimal(1)
        size = self._read("case_size", MAX_CASE, THOUSANDTH)
        if size == 0:
            self._problem("case_size", NO_CASE)
        return _plain(size) if size else Decimal(1)

    def _price(self, case_size: Decimal) -> Decimal:
        if not self.draft["price"] and self.draft["case_price"]:
            price = self._read("case_price", MAX_PRICE * case_size, MILLIONTH)
            price = price / case_size if price is not None else None
        elif self.draft["price"]:
            price = self._read("price", MAX_PRICE, MILLIONTH)
        else:
            self._problem("price", NO_PRICE)
            return Decimal(0)
        if price == 0:
            self.draft.remark(FREE)
        return (price or Decimal(0)).quantize(MILLIONTH, ROUND_HALF_UP)

    def _vat(self) -> Decimal:
        text = self.draft["vat"]
        if not text and self.layout.vat_missing is not None:
            self.draft.remarks.add(VTAKEN, rate=int(self.layout.vat_missing))
            return self.layout.vat_missing
        found = vat.understand(text, self.layout.vat_codes) if text else None
        if found is None:
            self._problem("vat", UNKNOWN_VAT if text else NO_VAT)
            return Decimal(0)
        if found.named:
            self.draft.remarks.add(OLD_VAT, named=found.named, rate=int(found.percent))
        return found.percent

    def _deposit(self) -> Decimal:
        if not self.draft["deposit"]:
            return Decimal(0)
        return self._read("deposit", MAX_PRICE, CENT) or Decimal(0)

    def _available(self) -> bool:
        status = self.draft["status"].lower()
        if self.layout.there:
            return status in self.layout.there
        return status not in self.layout.gone

    def _tiers(self) -> tuple[tuple[Decimal, Decimal], ...]:
        tiers = []
        for step in range(1, TIERS + 1):
            if not self.draft[f"tier{step}_quantity"] or not self.draft[f"tier{step}_price"]:
                continue
            quantity = self._read(f"tier{step}_quantity", MAX_CASE, THOUSANDTH)
            price = self._read(f"tier{step}_price", MAX_PRICE, MILLIONTH)
            if quantity and price:
                tiers.append((_plain(quantity), price))
        return tuple(sorted(tiers))


def _plain(number: Decimal) -> Decimal:
    """Without trailing zeros, and never as 1E+1."""
    whole = number.to_integral_value()
    return whole if whole == number else number.normalize()


def _by_weight(unit: str, case_size: Decimal) -> bool:
    """A case of 4.5 times one kilo is a cheese: what it weighs is known at delivery."""
    return unit in ("kg", "1 kg") and case_size != case_size.to_integral_value()


def _ean(text: str) -> str:
    digits = text.replace(" ", "")
    return digits if digits.isascii() and digits.isdigit() and 8 <= len(digits) <= 14 else ""

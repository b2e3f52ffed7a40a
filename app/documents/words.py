"""Words and figures in the reader's language: translations, dates, times and amounts."""

import io
import re
import unicodedata
from collections.abc import Mapping
from datetime import date, time
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any

from babel import Locale
from babel.dates import format_date
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_currency, format_decimal, format_percent
from babel.support import NullTranslations, Translations
from markupsafe import Markup, escape

TRANSLATIONS = Path(__file__).parent.parent / "translations"
_PLACES = {"nl": "nl_NL", "en": "en_GB", "ar": "ar", "pl": "pl_PL", "tr": "tr_TR"}
_WEEKDAY = {"nl": "EEEE d MMMM y", "en": "EEEE d MMMM y"}
_MONTH = re.compile(r"\d{4}-\d{2}")
_CLOCK = {"nl": "{0.hour}.{0.minute:02}"}
_MINUS = "\N{MINUS SIGN}"
_NBSP = "\N{NO-BREAK SPACE}"
_CENT, _TEN_THOUSANDTH = Decimal("0.01"), Decimal("0.0001")


class Words:
    """One language's words, dates and figures, all with Western digits and a true minus."""

    def __init__(self, language: str) -> None:
        self.language = language if language in _PLACES else "en"
        self.locale = Locale.parse(_PLACES[self.language])
        self.direction: str = self.locale.text_direction
        self.translations = _catalogue(self.language)
        self.gettext = self.translations.ugettext
        self.ngettext = self.translations.ungettext

    def amount(self, cents: int) -> str:
        """Cents as "1.234,56", for under a head that says €."""
        return self._decimal(Decimal(cents) / 100, "#,##0.00")

    def signed(self, cents: int) -> str:
        """A difference as "−48,60" or "+12,00"."""
        return f"+{self.amount(cents)}" if cents > 0 else self.amount(cents)

    def euro(self, cents: int) -> str:
        """Cents as "€ 1.234,56", or the way the language has it, never broken over lines."""
        text = format_currency(
            Decimal(cents) / 100, "EUR", locale=self.locale, numbering_system="latn"
        )
        return _tidy(text).replace(" ", _NBSP)

    def price(self, millionths: int) -> str:
        """A unit price: in cents where that is exact, else with up to four decimals."""
        euros = (Decimal(millionths) / 1_000_000).quantize(_TEN_THOUSANDTH, ROUND_HALF_UP)
        exact = euros == euros.quantize(_CENT)
        return self._decimal(euros, "#,##0.00" if exact else "#,##0.00##")

    def number(self, count: int) -> str:
        return self._decimal(Decimal(count), "#,##0")

    def quantity(self, measured: Mapping[str, Any] | None) -> str:
        """ "1,5 kg" of what is not sold by the piece; nothing for what is."""
        if not measured:
            return ""
        units = Decimal(measured["milli"]) / 1000
        return f"{self._decimal(units, '#,##0.###')} {measured['unit']}".strip()

    def percent(self, basis_points: int) -> str:
        return _tidy(
            format_percent(
                Decimal(basis_points) / 10_000,
                format=None if basis_points % 100 == 0 else "#,##0.0#%",
                locale=self.locale,
                numbering_system="latn",
            )
        )

    def day(self, text: str) -> str:
        """ "2026-12-04" as "4 december 2026"."""
        return _tidy(format_date(date.fromisoformat(text), "long", locale=self.locale))

    def weekday(self, text: str) -> str:
        """ "2026-12-12" as "zaterdag 12 december 2026"."""
        form = _WEEKDAY.get(self.language, "full")
        return _tidy(format_date(date.fromisoformat(text), form, locale=self.locale))

    def month(self, text: str) -> str:
        """ "2027-01" as "januari 2027"; what is no month stays as it is."""
        if not _MONTH.fullmatch(text):
            return text
        return _tidy(format_date(date.fromisoformat(f"{text}-01"), "LLLL y", locale=self.locale))

    def clock(self, text: str) -> str:
        """ "10:00" as "10.00" in Dutch and "10:00" elsewhere."""
        return _CLOCK.get(self.language, "{0.hour}:{0.minute:02}").format(time.fromisoformat(text))

    def _decimal(self, value: Decimal, form: str) -> str:
        return _tidy(format_decimal(value, form, locale=self.locale, numbering_system="latn"))

    def isolate(self, text: object) -> Markup:
        """Keep a name or figure from turning its surroundings round, where that could happen.

        A <bdi> costs time in layout, so text in one direction throughout goes without.
        """
        words = str(text)
        turned = _is_right_to_left(words)
        if not words or (self.direction == "ltr" and not turned):
            return escape(words)
        mark = Markup(' dir="rtl"') if turned else ""
        return Markup("<bdi{}>{}</bdi>").format(mark, words)


def _is_right_to_left(text: str) -> bool:
    return any(unicodedata.bidirectional(letter) in {"R", "AL"} for letter in text)


def _tidy(text: str) -> str:
    """Babel's hyphen becomes a minus; its direction marks are left to the markup."""
    for mark in "\N{LEFT-TO-RIGHT MARK}\N{RIGHT-TO-LEFT MARK}\N{ARABIC LETTER MARK}":
        text = text.replace(mark, "")
    return text.replace("-", _MINUS)


def _catalogue(language: str) -> NullTranslations:
    """The compiled catalogue, or the written one where that is newer or nobody compiled it."""
    written = TRANSLATIONS / language / "LC_MESSAGES" / "messages.po"
    compiled = written.with_suffix(".mo")
    if compiled.exists() and _age(compiled) >= _age(written):
        return Translations(io.BytesIO(compiled.read_bytes()))
    if not written.exists():
        return NullTranslations()
    buffer = io.BytesIO()
    write_mo(buffer, read_po(io.BytesIO(written.read_bytes()), locale=language))
    buffer.seek(0)
    return Translations(buffer)


def _age(path: Path) -> float:
    return path.stat().st_mtime if path.exists() else 0.0


@lru_cache(maxsize=8)
def words(language: str) -> Words:
    """The words of one language, read once in a process."""
    return Words(language)

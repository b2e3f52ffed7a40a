"""Languages: which one, and how money, days and refusals read in it."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from decimal import Decimal
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_datetime, format_time
from babel.numbers import format_currency, format_decimal, format_percent
from babel.support import NullTranslations
from flask import Flask, g, has_request_context, request, session
from flask_babel import get_domain, get_locale, gettext
from jinja2 import pass_context
from jinja2.runtime import Context
from markupsafe import Markup, escape

from app.away import if_there
from app.extensions import babel, db
from purchasing.errors import N_, Refused
from purchasing.people import Network

LANGUAGES = {"nl": "Nederlands", "en": "English"}
DEFAULT = "nl"
LOCALES = {language: Locale.parse(language) for language in LANGUAGES}

# Where sentences stand and how they are marked: for the tests, and for `./dev translate`.
MESSAGE_FOLDERS = ("app", "purchasing", "suppliers")
MESSAGE_METHODS = [("**.py", "python"), ("templates/**", "jinja2")]
MESSAGE_KEYWORDS: dict[str, Any] = {
    "_": None,
    "N_": None,
    "gettext": None,
    "lazy_gettext": None,
    "_l": None,
    "ngettext": (1, 2),
    "lazy_ngettext": (1, 2),
}

STATE_WORDS = {
    "planned": N_("planned"),
    "open": N_("open"),
    "closed": N_("closed"),
    "offered": N_("offered"),
    "ordered": N_("ordered"),
    "delivered": N_("delivered"),
    "settled": N_("settled"),
    "cancelled": N_("cancelled"),
}
MOVE_WORDS = {
    "publish": N_("publish"),
    "open": N_("open"),
    "close": N_("close"),
    "offer": N_("make an offer"),
    "order": N_("order"),
    "receive": N_("receive"),
    "settle": N_("settle"),
    "cancel": N_("cancel"),
    "extend": N_("extend"),
    "hold": N_("wait for a coordinator"),
}


def choose_language() -> str:
    """The one picked here, else the person's own, else the reader's, else the browser's.

    A page that a supplier opens by a link says in `g.reader_language` for whom it is.
    """
    if not has_request_context():
        return DEFAULT
    if (picked := session.get("language")) in LANGUAGES:
        return str(picked)
    asker = g.get("asker")
    if asker is not None and asker.language in LANGUAGES:
        return str(asker.language)
    if (reader := g.get("reader_language")) in LANGUAGES:
        return str(reader)
    return request.accept_languages.best_match(list(LANGUAGES)) or DEFAULT


def _chosen_locale() -> Locale:
    """The same one in every request: what was made for it is found again at once."""
    return LOCALES[choose_language()]


def zone() -> ZoneInfo:
    """The network's time zone; all that people read and type is in it."""
    if "zone" not in g:
        g.zone = ZoneInfo(if_there(_zone_of_network) or "Europe/Amsterdam")
    return g.zone


def _zone_of_network() -> str | None:
    if us := g.get("network"):
        return str(us.timezone)
    return db.session.scalar(db.select(Network.timezone).limit(1))


def money(cents: int) -> str:
    """ "€ 8,95" in the reader's language."""
    return _money(cents, _locale())


@lru_cache(maxsize=4_096)
def _money(cents: int, locale: Locale) -> str:
    told = format_currency(Decimal(cents) / 100, "EUR", locale=locale)
    return told.replace("-", "\N{MINUS SIGN}")  # a hyphen is shorter, and may end a line


def plain_amount(cents: int) -> str:
    """ "-8,95": as a spreadsheet of the reader's language takes it for a number."""
    text = f"{Decimal(cents) / 100:.2f}"
    return text if str(_locale()) == "en" else text.replace(".", ",")


def rate(unit_price: int) -> str:
    """A unit price in millionths: two decimals where that is exact, else as many as needed."""
    exact = Decimal(unit_price) / 1_000_000
    pattern = "¤#,##0.00####" if str(_locale()) == "en" else "¤ #,##0.00####"
    return format_currency(exact, "EUR", pattern, locale=_locale(), currency_digits=False)


def number(value: int | float | Decimal) -> str:
    return format_decimal(value, locale=_locale())


def percent(basis_points: int) -> str:
    return format_percent(Decimal(basis_points) / 10_000, "#,##0.##%", locale=_locale())


def local(moment: datetime) -> datetime:
    return moment.astimezone(zone())


def moment(value: datetime | None) -> str:
    """ "donderdag 3 december, 20.00 uur"; the year only where it is not this one."""
    if value is None:
        return ""
    at = local(value)
    return gettext("%(day)s, %(time)s", day=day(at.date()), time=clock_time(at.time()))


def deadline(value: datetime) -> str:
    """When a round closes: to the minute, or to the second where a coordinator closed it."""
    return moment_exact(value) if value.second or value.microsecond else moment(value)


def moment_exact(value: datetime) -> str:
    """To the second, for who came too late."""
    at = local(value)
    return gettext("%(day)s, %(time)s", day=day(at.date()), time=f"{at:%H:%M:%S}")


def day(value: date | None) -> str:
    if value is None:
        return ""
    this_year = value.year == datetime.now(UTC).year
    return format_date(value, "EEEE d MMMM" if this_year else "EEEE d MMMM y", locale=_locale())


def short_date(value: date) -> str:
    """Without weekday and year, where there is little room: "9 december"."""
    return format_date(value, "d MMMM", locale=_locale())


def short_day(value: date) -> dict[str, str]:
    """The three words of a calendar leaf."""
    words = {"weekday": "EEEEEE", "day": "d", "month": "MMM"}
    return {k: format_date(value, v, locale=_locale()).rstrip(".") for k, v in words.items()}


def clock_time(value: time) -> str:
    """ "20.00 uur"."""
    return gettext("%(time)s hours", time=bare_time(value))


def bare_time(value: time) -> str:
    """ "20.00", where a word for it follows."""
    pattern = "HH.mm" if str(_locale()) == "nl" else "HH:mm"
    return format_time(value, pattern, locale=_locale())


def stamp(value: datetime | None) -> str:
    """Short, for tables: "3 dec 20:00"."""
    return format_datetime(local(value), "d MMM HH:mm", locale=_locale()) if value else ""


def amounts_apart(text: str) -> Markup:
    """Keep a number or code in its own order in a page that runs from right to left."""
    return Markup('<bdi dir="ltr">{}</bdi>').format(escape(text))


def sentence(refusal: Refused) -> str:
    """A refusal in the reader's language, its values put into words."""
    words = {key: _worded(key, value) for key, value in refusal.details.items()}
    return stop_once(gettext(refusal.message, **words), words)


def stop_once(said: str, words: Mapping[str, object]) -> str:
    """End a sentence in one full stop where a name in it has one of its own: "from Zon B.V."."""
    for word in words.values():
        if isinstance(word, str) and word.endswith("."):
            name = escape(word) if isinstance(said, Markup) else word
            said = said.replace(f"{name}.", name)
    return said


def _worded(key: str, value: object) -> object:
    if isinstance(value, datetime):
        return moment_exact(value) if key == "received_at" else deadline(value)
    if isinstance(value, date):
        return day(value)
    if isinstance(value, time):
        return clock_time(value)
    if key == "state":
        return gettext(STATE_WORDS.get(str(value), str(value)))
    if key == "move":
        return gettext(MOVE_WORDS.get(str(value), str(value)))
    if isinstance(value, int):
        return _whole(key, value)
    return number(value) if isinstance(value, Decimal) else value


def _whole(key: str, value: int) -> object:
    if key.endswith("_cents"):
        return money(value)
    return percent(value) if key.endswith("_bp") else _Count(value)


class _Count(int):
    """A whole number that reads as in the reader's language, and still fits where %d stands."""

    def __str__(self) -> str:
        return number(int(self))


def _locale() -> Locale:
    return get_locale() or LOCALES[DEFAULT]


def _speak_quickly(app: Flask) -> None:
    """Let templates keep the words of each language at hand.

    Flask-Babel looks up domain, language and catalogue for every word on a page, and Jinja asks
    through five functions where one will do: together a quarter of an order page.
    """
    catalogues: dict[Locale | None, NullTranslations] = {}

    def words() -> NullTranslations:
        locale = get_locale()
        kept = catalogues.get(locale)
        if kept is None:
            kept = catalogues[locale] = get_domain().get_translations()
        return kept

    @pass_context
    def speak(context: Context, text: str, /, **inserted: object) -> str:
        return _filled_in(context, words().ugettext(text), inserted)

    @pass_context
    def count(context: Context, one: str, more: str, number: int, /, **inserted: object) -> str:
        inserted.setdefault("num", number)
        return _filled_in(context, words().ungettext(one, more, number), inserted)

    app.jinja_env.globals.update(_=speak, gettext=speak, ngettext=count)


def _filled_in(context: Context, said: str, inserted: Mapping[str, object]) -> str:
    """A sentence with names and numbers in it; in a page they are escaped."""
    text = Markup(said) if context.eval_ctx.autoescape else said  # noqa: S704 - our own sentence
    return stop_once(text % inserted, inserted) if "%" in said else text


def register(app: Flask) -> None:
    babel.init_app(app, locale_selector=_chosen_locale, default_locale=DEFAULT)
    filters: dict[str, Any] = {
        "money": money,
        "rate": rate,
        "number": number,
        "percent": percent,
        "moment": moment,
        "moment_exact": moment_exact,
        "iso_day": lambda text: day(date.fromisoformat(text)),
        "deadline": deadline,
        "day": day,
        "short_date": short_date,
        "short_day": short_day,
        "clock_time": clock_time,
        "bare_time": bare_time,
        "stamp": stamp,
        "ltr": amounts_apart,
    }
    app.jinja_env.filters.update(filters)
    _speak_quickly(app)

    @app.context_processor
    def languages() -> dict[str, object]:
        locale = _locale()
        return {
            "languages": LANGUAGES,
            "language": locale.language,
            "direction": locale.text_direction,
            "STATE_WORDS": STATE_WORDS,
            "MOVE_WORDS": MOVE_WORDS,
        }

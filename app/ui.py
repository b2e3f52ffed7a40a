"""What every template may use: addresses of our assets, the network, and a key for each form."""

import secrets
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import quote

from flask import Flask, current_app, g, request, url_for
from flask_babel import get_domain, get_locale, gettext, ngettext

from app import assets
from app.auth import my_participants, now
from app.away import if_there
from app.documents.gaps import why
from app.extensions import db
from app.i18n import local, number, short_day
from purchasing.money import cents_of
from purchasing.people import Network, find_network
from purchasing.rounds import Round


def form_key() -> str:
    """A key for one change: the same form sent twice is answered once."""
    return secrets.token_urlsafe(18)


def asset(name: str) -> str:
    """The address of a stylesheet or script, with its content in it."""
    return url_for("assets.show", digest=assets.load(name).digest, name=name)


def network() -> Network | None:
    """The network, once per request; None while there is none."""
    if "network" not in g:
        g.network = if_there(lambda: find_network(db.session()))
    return g.network


def has_page(endpoint: str) -> bool:
    """Whether there is such a page; the menu shows no dead ends."""
    return endpoint in current_app.view_functions


def leaf_words(value: date) -> dict[str, str]:
    """Weekday, day and month for a calendar leaf; of a moment, its day on our clock."""
    return short_day(local(value).date() if isinstance(value, datetime) else value)


def here() -> str:
    """The page being looked at, to come back to."""
    return request.full_path.rstrip("?") if request.method == "GET" else url_for("home.index")


def in_units(pieces: int, piece_milli: int = 1000) -> str:
    """So many pieces in the unit of the price, as one types it: 3 half kilos are "1,5"."""
    if piece_milli == 1000:  # most are, and this is asked for many times on a page
        return str(pieces)
    text = f"{(Decimal(pieces * piece_milli) / 1000).normalize():f}"
    return text if str(get_locale()) == "en" else text.replace(".", ",")


def missing_words(gap: Mapping[str, Any]) -> tuple[str, str]:
    """Of an article that did not come: how much was asked for, and why; `gap` is a sheets.gap."""
    measured = gap["quantity"]

    def count(pieces: int) -> str:
        if not measured:
            return number(pieces)
        units = Decimal(pieces * measured["milli"]) / gap["pieces"] / 1000
        return f"{number(units)} {measured['unit']}".strip()

    return count(gap["pieces"]), why(gap, count, get_domain().get_translations())


def days_left(moment: datetime) -> str:
    """How long until then, in days of our calendar."""
    days = (local(moment).date() - local(now()).date()).days
    if days <= 0:
        return gettext("Today is the last day.")
    return ngettext("%(num)s more day.", "%(num)s more days.", days)


def share_address(round_: Round) -> str:
    """A link that opens WhatsApp with a text about this round."""
    page = current_app.config["BASE_URL"].rstrip("/") + url_for("rounds.show", round_id=round_.id)
    text = gettext("Buy with us: %(title)s. %(page)s", title=round_.title, page=page)
    return f"https://wa.me/?text={quote(text)}"


def register(app: Flask) -> None:
    app.jinja_env.globals.update(
        form_key=form_key,
        asset=asset,
        network=network,
        has_page=has_page,
        here=here,
        leaf_words=leaf_words,
        days_left=days_left,
        in_units=in_units,
        missing_words=missing_words,
        share_address=share_address,
        my_participants=my_participants,
        now=now,
        cents_of=cents_of,
    )
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True

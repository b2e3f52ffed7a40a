"""What every template may use: addresses of our assets, the network, and a key for each form."""

import secrets
from datetime import date, datetime

from flask import Flask, current_app, g, request, url_for
from sqlalchemy.exc import NoResultFound, SQLAlchemyError

from app import assets
from app.extensions import db
from app.i18n import local, short_day
from purchasing.people import Network, the_network


def form_key() -> str:
    """A key for one change: the same form sent twice is answered once."""
    return secrets.token_urlsafe(18)


def asset(name: str) -> str:
    """The address of a stylesheet or script, with its content in it."""
    return url_for("assets.show", digest=assets.load(name).digest, name=name)


def network() -> Network | None:
    """The network, once per request; None while there is none, or no database."""
    if "network" not in g:
        try:
            g.network = the_network(db.session())
        except (NoResultFound, SQLAlchemyError):  # an error page must not need the database
            g.network = None
    return g.network  # type: ignore[no-any-return]


def has_page(endpoint: str) -> bool:
    """Whether there is such a page; the menu shows no dead ends."""
    return endpoint in current_app.view_functions


def leaf_words(value: date) -> dict[str, str]:
    """Weekday, day and month for a calendar leaf; of a moment, its day on our clock."""
    return short_day(local(value).date() if isinstance(value, datetime) else value)


def here() -> str:
    """The page being looked at, to come back to."""
    return request.full_path.rstrip("?") if request.method == "GET" else url_for("home.index")


def register(app: Flask) -> None:
    app.jinja_env.globals.update(
        form_key=form_key,
        asset=asset,
        network=network,
        has_page=has_page,
        here=here,
        leaf_words=leaf_words,
    )
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True

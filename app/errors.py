"""A refusal from the domain becomes a sentence; whatever else goes wrong becomes a clear page."""

import errno
import logging

from flask import Flask, current_app, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import OperationalError
from werkzeug.exceptions import HTTPException, SecurityError
from werkzeug.wrappers import Response

from app import auth, away
from app.documents.archives.contract import StoreAway
from app.extensions import db
from app.i18n import sentence
from app.links import own_path_of
from purchasing.errors import Refused

log = logging.getLogger(__name__)

A_YEAR = 365 * 24 * 60 * 60
DISK = {errno.ENOSPC, errno.EROFS, errno.EDQUOT, errno.EIO}


def register(app: Flask) -> None:
    app.register_error_handler(Refused, show_refusal)
    app.register_error_handler(CSRFError, show_expired_form)
    app.register_error_handler(HTTPException, show_problem)
    app.register_error_handler(OperationalError, show_busy)
    app.register_error_handler(StoreAway, show_store_away)
    app.register_error_handler(OSError, show_full_disk)
    app.after_request(_protect)


def show_refusal(refusal: Refused) -> Response:
    """Say no on the page the visitor came from; nothing of the request is kept."""
    db.session.rollback()
    flash(sentence(refusal), "error")
    return redirect(came_from())


def came_from() -> str:
    """The page of ours that the visitor came from, or the home page.

    Never the page that is asked for now: after a refused form a browser still says it came from
    there, and a page that is refused too would lead to itself for ever.
    """
    path = own_path_of(request.referrer)
    here = request.method == "GET" and path == request.full_path.rstrip("?")
    return url_for("home.index") if here else path


def show_expired_form(_error: CSRFError) -> tuple[str, int]:
    db.session.rollback()
    return _page(400, _words(400)), 400


def show_problem(problem: HTTPException) -> tuple[str, int] | Response:
    db.session.rollback()
    if isinstance(problem, SecurityError):
        return Response("This site has another name.\n", 400, content_type="text/plain")
    if problem.response is not None:
        return problem.response  # type: ignore[return-value]
    code = problem.code or 500
    return _page(code, _words(code)), code


def show_busy(_error: OperationalError) -> tuple[str, int]:
    db.session.rollback()
    return _page(503, _words(503)), 503


def show_store_away(error: StoreAway) -> tuple[str, int]:
    """A paper cannot be had or kept just now; it is where it was."""
    log.error("Papers: %s", error)
    db.session.rollback()
    told = gettext(
        "We cannot get at the papers and photos just now. Nothing was changed. Try again in a"
        " few minutes."
    )
    return _page(503, told), 503


def show_full_disk(error: OSError) -> tuple[str, int]:
    """A disk that takes nothing more is told as such; whatever else it is is a fault of ours."""
    if error.errno not in DISK:
        raise error
    log.error("The disk takes nothing more: %s", error.strerror)
    db.session.rollback()
    return _page(503, _words(503)), 503


def _words(code: int) -> str:
    only_looked = request.method in auth.READING
    return {
        400: gettext(
            "This form can no longer be used. Open the page again and send it once more."
        ),
        403: gettext("This page is for coordinators."),
        404: gettext("This page does not exist, or it is not yours to see."),
        413: gettext("This file is too large."),
        429: gettext("That was a bit too often. Wait a quarter of an hour and try again."),
        503: _busy(only_looked=only_looked),
    }.get(code) or _broken(only_looked=only_looked)


def _busy(*, only_looked: bool) -> str:
    """Who saved something and is led on to a page that fails must not read that it was lost."""
    if only_looked:
        return gettext(
            "The database is busy or its disk is full. What you saved before is kept. Try again."
        )
    return gettext("The database is busy or its disk is full. Nothing was saved. Try again.")


def _broken(*, only_looked: bool) -> str:
    if only_looked:
        return gettext(
            "Something went wrong on our side. What you saved before is kept. Try again."
        )
    return gettext("Something went wrong on our side. Nothing was saved. Try again.")


def _page(code: int, text: str) -> str:
    away.do_without()
    return render_template("error.html", code=code, text=text)


def _protect(response: Response) -> Response:
    policy = (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
        "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )
    response.headers.setdefault("Content-Security-Policy", policy)
    response.headers["X-Content-Type-Options"] = "nosniff"
    if current_app.config["SESSION_COOKIE_SECURE"]:
        response.headers["Strict-Transport-Security"] = f"max-age={A_YEAR}"
    response.headers.setdefault("Referrer-Policy", "same-origin")
    if request.endpoint not in {"static", "health.healthz"}:
        response.headers.setdefault("Cache-Control", "no-store, private")
    return response

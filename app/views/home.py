"""The front page: what is open now and what comes; and the language in which to read it."""

from flask import Blueprint, redirect, render_template, request, session
from werkzeug.wrappers import Response

from app.auth import EVERYBODY, now, open_to
from app.extensions import db
from app.i18n import LANGUAGES
from app.links import own_path
from app.ordering.standing import standings
from purchasing.rounds import Round, RoundState, list_rounds

blueprint = Blueprint("home", __name__)


@blueprint.get("/")
@open_to(EVERYBODY)
def index() -> str:
    rounds = list_rounds(db.session(), RoundState.PLANNED, RoundState.OPEN)
    open_now = [round_ for round_ in rounds if round_.is_open(now())]
    standing = standings(db.session(), open_now)
    crates = [found for s in standing.values() if (found := s.nearly_full())]
    return render_template(
        "home/index.html",
        open_now=open_now,
        coming=[round_ for round_ in rounds if _is_coming(round_)],
        standing=standing,
        crate=crates[0] if crates else None,
    )


@blueprint.post("/language")
@open_to(EVERYBODY)
def speak() -> Response:
    """Read on in another language."""
    if (language := request.form.get("language", "")) in LANGUAGES:
        session["language"] = language
    return redirect(own_path(request.form.get("next")), 303)


def _is_coming(round_: Round) -> bool:
    """Announced, and not open yet."""
    announced = round_.published_at is not None
    return announced and round_.state == RoundState.PLANNED and now() < round_.closes_at

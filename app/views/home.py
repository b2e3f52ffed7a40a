"""The front page: what is open now; and the language in which to read it."""

from flask import Blueprint, redirect, render_template, request, session
from werkzeug.wrappers import Response

from app.auth import EVERYBODY, current_person, now, open_to
from app.extensions import db
from app.i18n import LANGUAGES
from app.links import own_path
from purchasing.rounds import RoundState, list_rounds

blueprint = Blueprint("home", __name__)


@blueprint.get("/")
@open_to(EVERYBODY)
def index() -> str:
    return render_template("home/index.html", rounds=list_rounds(db.session(), RoundState.OPEN))


@blueprint.post("/language")
@open_to(EVERYBODY)
def speak() -> Response:
    """Read on in another language."""
    if (language := request.form.get("language", "")) in LANGUAGES:
        session["language"] = language
    return redirect(own_path(request.form.get("next")), 303)

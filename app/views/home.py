"""The front page: what is open now."""

from flask import Blueprint, render_template

from app.auth import EVERYBODY, open_to
from app.extensions import db
from purchasing.rounds import RoundState, list_rounds

blueprint = Blueprint("home", __name__)


@blueprint.get("/")
@open_to(EVERYBODY)
def index() -> str:
    return render_template("home/index.html", rounds=list_rounds(db.session(), RoundState.OPEN))

"""Pages of plain text: how it works, privacy, terms, accessibility."""

from flask import Blueprint, render_template

from app.auth import EVERYBODY, open_to

blueprint = Blueprint("pages", __name__)


@blueprint.get("/how-it-works")
@open_to(EVERYBODY)
def how() -> str:
    return render_template("pages/how.html")


@blueprint.get("/privacy")
@open_to(EVERYBODY)
def privacy() -> str:
    return render_template("pages/privacy.html")


@blueprint.get("/terms")
@open_to(EVERYBODY)
def terms() -> str:
    return render_template("pages/terms.html")


@blueprint.get("/accessibility")
@open_to(EVERYBODY)
def accessibility() -> str:
    return render_template("pages/accessibility.html")

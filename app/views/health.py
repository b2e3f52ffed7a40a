"""Is the service up?"""

from flask import Blueprint

from app.auth import EVERYBODY, open_to

blueprint = Blueprint("health", __name__)


@blueprint.get("/healthz")
@open_to(EVERYBODY)
def healthz() -> str:
    return "ok"

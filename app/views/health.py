"""Is the service up, is it ready, and how is it? For probes and scrapers, not for people."""

import hmac

from flask import Blueprint, abort, current_app, request
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.wrappers import Response

from app import metrics, vital_signs
from app.auth import EVERYBODY, now, open_to
from app.extensions import db

blueprint = Blueprint("health", __name__)
PROMETHEUS = "text/plain; version=0.0.4"


@blueprint.get("/healthz")
@open_to(EVERYBODY)
def healthz() -> str:
    return "ok"


@blueprint.get("/readyz")
@open_to(EVERYBODY)
def readyz() -> tuple[dict[str, object], int]:
    """200 while all goes by itself; else 503 and, in a word each, what does not."""
    try:
        faults = list(vital_signs.take(db.session(), now=now()).faults())
    except SQLAlchemyError:
        db.session.rollback()
        faults = ["database"]
    return {"ready": not faults, "faults": faults}, 503 if faults else 200


@blueprint.get("/metrics")
@open_to(EVERYBODY)
def figures() -> Response:
    """Off until METRICS_TOKEN is set; then for who sends it as a bearer token."""
    token = str(current_app.config["METRICS_TOKEN"])
    if not token:
        abort(404)
    sent = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if not hmac.compare_digest(sent.encode(), token.encode()):
        abort(404)
    return Response(metrics.text(db.session(), now=now()), content_type=PROMETHEUS)

"""Stylesheet and scripts; their addresses name their content, so they are fetched once."""

from flask import Blueprint, Response, abort, request

from app import assets
from app.auth import EVERYBODY, open_to

blueprint = Blueprint("assets", __name__)
FOR_A_YEAR = "public, max-age=31536000, immutable"


@blueprint.get("/assets/<digest>/<name>")
@open_to(EVERYBODY)
def show(digest: str, name: str) -> Response:
    try:
        asset = assets.load(name)
    except KeyError:
        abort(404)
    if asset.digest != digest:
        abort(404)
    packed = bool(request.accept_encodings["gzip"])
    response = Response(asset.packed if packed else asset.content, mimetype=asset.media_type)
    response.headers["Cache-Control"] = FOR_A_YEAR
    response.headers["Vary"] = "Accept-Encoding"
    if packed:
        response.headers["Content-Encoding"] = "gzip"
    return response

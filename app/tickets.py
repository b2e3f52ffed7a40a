"""Signed links that need no account: each names one thing, for one purpose.

The signature is all that such an address proves. What it may do, and until when, is asked of the
thing itself, each time: a link can be revoked, and its time runs out.
"""

from flask import current_app
from itsdangerous import BadSignature, URLSafeSerializer
from werkzeug.wrappers import Response


def ticket(purpose: str, thing_id: int) -> str:
    """What goes into the address."""
    return _signer(purpose).dumps(thing_id)


def read(purpose: str, text: str) -> int | None:
    """The id of the thing; None if this is no ticket of ours for this purpose."""
    try:
        thing_id = _signer(purpose).loads(text)
    except BadSignature:
        return None
    return thing_id if isinstance(thing_id, int) else None


def keep_private(response: Response) -> Response:
    """The address is the key: nobody indexes the page, and it hands its address to no other."""
    response.headers["X-Robots-Tag"] = "noindex"
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


def _signer(purpose: str) -> URLSafeSerializer:
    return URLSafeSerializer(current_app.config["SECRET_KEY"], salt=f"ticket-{purpose}")

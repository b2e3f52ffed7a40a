"""What every template may use: hashed addresses of our assets, and a key for each form."""

import secrets

from flask import Flask


def form_key() -> str:
    """A key for one change: the same form sent twice is answered once."""
    return secrets.token_urlsafe(18)


def register(app: Flask) -> None:
    app.jinja_env.globals["form_key"] = form_key
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True

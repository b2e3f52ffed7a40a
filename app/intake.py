"""What no page of ours ever asks is answered before a view looks: giant numbers, signs of nothing.

A database column holds neither, and the one would say so less politely than the other.
"""

from collections.abc import Iterator

from flask import Flask, abort, request
from werkzeug.routing import IntegerConverter

MOST_ID = 2**31 - 1
NOTHING = "\x00"


class RowId(IntegerConverter):
    """A number in an address; a giant one counts as the highest there can be, which no row has."""

    def to_python(self, value: str) -> int:
        return min(int(super().to_python(value)), MOST_ID)


def register(app: Flask) -> None:
    """Must come before the views, whose addresses it reads."""
    app.url_map.converters["int"] = RowId

    @app.before_request
    def refuse_what_cannot_be() -> None:
        if request.values.get("for", 0, int) > MOST_ID:
            abort(404)
        if any(NOTHING in text for text in _texts()):
            abort(400)


def _texts() -> Iterator[str]:
    for name, values in request.values.lists():
        yield name
        yield from values
    for file in request.files.values():
        yield file.filename or ""

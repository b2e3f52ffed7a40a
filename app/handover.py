"""Lists that are handed over: a PDF and a table in one file, made now and kept nowhere."""

import io
import zipfile
from collections.abc import Callable
from contextlib import closing
from typing import Any

from flask import Response, current_app
from flask_babel import force_locale, gettext

from app.documents.press import Job, Press
from suppliers import writers
from suppliers.ordersheet import OrderSheet, Translate

ToTable = Callable[[Any, Translate], OrderSheet]


def pack(kind: str, record: dict[str, Any], table: ToTable) -> bytes:
    """Both files of a list, the PDF printed in a process of its own."""
    with closing(Press(min(1, int(current_app.config["PRESS_WORKERS"])))) as press:
        [printed] = press.render_many([Job(0, kind, record)])
    if printed.pdf is None:
        raise RuntimeError(printed.error)
    with force_locale(record["language"]):
        rows = table(record, gettext)
    files = io.BytesIO()
    with zipfile.ZipFile(files, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr(f"{record['number']}.pdf", printed.pdf)
        packed.writestr(rows.filename("csv"), writers.WRITERS["csv"](rows))
    return files.getvalue()


def download(content: bytes, filename: str, mimetype: str) -> Response:
    response = Response(content, mimetype=mimetype)
    response.headers["Content-Disposition"] = f'attachment; filename="{filename}"'
    return response

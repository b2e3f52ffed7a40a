"""Lists that are handed over: a PDF and tables in one file, made now and kept nowhere.

Printing takes a second for two dozen people and many for hundreds. So it is done between two
short transactions: one reads the list, and one notes that it was taken along.
"""

import io
import zipfile
from collections.abc import Callable
from contextlib import closing
from typing import Any

from flask import Response, current_app
from flask_babel import force_locale, gettext

from app.database import reading
from app.documents.press import Job, Press
from app.extensions import db
from suppliers import writers
from suppliers.ordersheet import OrderSheet, Translate

Record = dict[str, Any]
ToTable = Callable[[Any, Translate], OrderSheet]


def hand_over(
    kind: str, *, read: Callable[[], Record], note: Callable[[Record], object], table: ToTable
) -> Response:
    """Print a list while nobody waits for us, and only then note that it was taken along.

    `read` gives the list and writes nothing; `note` is given it once it is printed, and refuses
    where somebody was faster. What could not be printed has not been taken along.
    """
    db.session.rollback()
    with reading():
        record = read()
        db.session.rollback()
    content = pack(kind, record, table)
    note(record)
    db.session.commit()
    return download(content, f"{record['number']}.zip", "application/zip")


def pack(kind: str, record: Record, table: ToTable) -> bytes:
    """The files of a list, the PDF printed in a process of its own.

    A program reads the CSV. Who opens it by hand takes the workbook: there a code of eighteen
    digits, or a phone number that begins with a nought, stays what it is.
    """
    with closing(Press(min(1, int(current_app.config["PRESS_WORKERS"])))) as press:
        [printed] = press.render_many([Job(0, kind, record)])
    if printed.pdf is None:
        raise RuntimeError(printed.error)
    with force_locale(record["language"]):
        rows = table(record, gettext)
    files = io.BytesIO()
    with zipfile.ZipFile(files, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr(f"{record['number']}.pdf", printed.pdf)
        for suffix, write in writers.WRITERS.items():
            packed.writestr(rows.filename(suffix), write(rows))
    return files.getvalue()


def download(content: bytes, filename: str, mimetype: str) -> Response:
    response = Response(content, mimetype=mimetype)
    response.headers["Content-Disposition"] = f'attachment; filename="{filename}"'
    return response

"""The highest number of each series, in a file of its own beside the database.

A backup that is put back does not know which numbers went out after it was taken; this file does.
It only grows, and a line is on the disk before the transaction that took the number commits: a
mark may stand higher than what was issued, and never lower.
"""

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from flask import Flask, current_app, has_app_context
from sqlalchemy import event
from sqlalchemy.orm import Session

from app import durable
from app.duties import real_time
from purchasing.numbers import RAISED

Marks = dict[str, int]


def register(_app: Flask) -> None:
    """Note the numbers of every transaction, whichever session it is in."""
    for name, what in (("before_commit", _note), ("after_rollback", _forget)):
        if not event.contains(Session, name, what):
            event.listen(Session, name, what)


def read(file: Path) -> Marks:
    """The highest number noted of each series. A line that is none is passed over."""
    marks: Marks = {}
    with suppress(FileNotFoundError):
        for line in file.read_text(encoding="utf-8", errors="replace").splitlines():
            _moment, _, rest = line.partition(" ")
            key, _, last = rest.rpartition(" ")
            if key and last.isdecimal():
                marks[key] = max(marks.get(key, 0), int(last))
    return marks


def write(file: Path, marks: Mapping[str, int]) -> None:
    """Note these, and let them reach the disk."""
    moment = real_time().isoformat(timespec="seconds")
    lines = "".join(f"{moment} {key} {last}\n" for key, last in marks.items())
    file.parent.mkdir(parents=True, exist_ok=True)
    durable.append(file, lines.encode())


def highest(*known: Mapping[str, int]) -> Marks:
    """Of each series the highest that is known."""
    marks: Marks = {}
    for one in known:
        for key, last in one.items():
            marks[key] = max(marks.get(key, 0), last)
    return marks


def _note(session: Session) -> None:
    marks = session.info.pop(RAISED, None)
    if marks and has_app_context():
        write(Path(current_app.config["NUMBERS_FILE"]), marks)


def _forget(session: Session) -> None:
    session.info.pop(RAISED, None)

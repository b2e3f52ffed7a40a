"""Every change is answered once: by the key of its form, a replay gets the first answer."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, String, bindparam, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from purchasing.base import Base, insert_if_absent
from purchasing.errors import N_, Refused


class FormReused(Refused):
    message = N_("This form was sent before with other contents. Open the page again.")


class SavedAlready(Refused):
    message = N_("This change has been saved already.")


class AnsweredChange(Base):
    """The first answer to a change, by the key of its form."""

    __tablename__ = "answered_change"

    key: Mapped[str] = mapped_column(String(64), unique=True)
    fingerprint: Mapped[str] = mapped_column(String(64))
    answer: Mapped[dict[str, Any]] = mapped_column(JSON)
    at: Mapped[datetime]


_changes = AnsweredChange.__table__.c
_ANSWERED = select(_changes.fingerprint, _changes.answer).where(_changes.key == bindparam("key_"))


def fingerprint(*parts: object) -> str:
    """The same for the same change; two forms with one key and other contents differ."""
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def first_answer(session: Session, key: str, print_: str) -> dict[str, Any] | None:
    first = session.execute(_ANSWERED, {"key_": key}).one_or_none()
    if first is None:
        return None
    if first.fingerprint != print_:
        raise FormReused
    return dict(first.answer)


def answer_once(
    session: Session, key: str, print_: str, answer: dict[str, Any], *, now: datetime
) -> dict[str, Any]:
    inserted = insert_if_absent(
        session, AnsweredChange, key=key, fingerprint=print_, answer=answer, at=now
    )
    if not inserted:  # the same form, twice at once: the other one was quicker and has it
        raise SavedAlready
    return answer

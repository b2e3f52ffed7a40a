"""Signing in by a mailed code, so that a stranger can neither guess one nor use yours up.

A code may be tried a few times in the browser that asked for it, and a few times in others, and
the one does not count for the other. Who opens the link in the mail has proved to read that
mailbox: its tries are not counted. When many codes were asked for a mailbox within the hour,
further ones work behind their link only, and one mail in five minutes is enough. So nobody is
shut out by what strangers do, and what they may guess in an hour stays the same.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from flask import current_app
from sqlalchemy import ForeignKey, Select, String, false, func, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from app import limits
from purchasing.base import Base
from purchasing.errors import N_, Refused
from purchasing.people import Person, find_person

CODE_LIFE = timedelta(minutes=15)
TRIES_WHERE_ASKED = 5
TRIES_ELSEWHERE = 3
GUESSABLE_PER_HOUR = 5  # codes for one mailbox; further ones need the link
ONE_MAIL_PER = timedelta(minutes=5)  # then; what was mailed since still works
PER_HOUR_FROM_HERE = 30  # for one remote address, which a whole community centre may share


class AskedTooOften(Exception):
    """Too many codes were asked for from one remote address."""


class WrongCode(Refused):
    message = N_(
        "This code is not right. Open the link in the newest mail and type the code there, "
        "or ask for a new one."
    )


class CodeExpired(Refused):
    message = N_(
        "This code no longer works. Open the link in the newest mail, or ask for a new code."
    )


class SignInRequest(Base):
    """A code that was mailed; the code itself stands nowhere. To a stranger nothing is sent."""

    __tablename__ = "sign_in_request"

    email: Mapped[str] = mapped_column(String(254), index=True)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    address: Mapped[str] = mapped_column(String(64), default="", index=True)
    code_hash: Mapped[str] = mapped_column(String(64), default="")
    asked_at: Mapped[datetime]
    tries: Mapped[int] = mapped_column(default=0)  # in the browser that asked
    tries_elsewhere: Mapped[int] = mapped_column(default=0, server_default="0")
    link_only: Mapped[bool] = mapped_column(default=False, server_default=false())
    used_at: Mapped[datetime | None]

    person: Mapped[Person | None] = relationship()

    def may_be_tried(self, *, here: bool, opened: bool) -> bool:
        """Whether a code may be typed: `here` it was asked for, `opened` its link was."""
        if opened:
            return True
        left = self.tries < TRIES_WHERE_ASKED if here else self.tries_elsewhere < TRIES_ELSEWHERE
        return left and not self.link_only


def ask_for_code(
    session: Session, email: str, *, address: str, at: datetime
) -> SignInRequest | None:
    """Note that a code was asked for; None where the mail of minutes ago must do.

    `address` is where the request came from; nothing is counted where it is empty, as for an
    operator. Known or not, the answer is the same. Raises AskedTooOften.
    """
    if address:
        _wait_for_turn(session, email, address, at)
    lately = select(func.count(SignInRequest.id)).where(
        SignInRequest.asked_at > at - timedelta(hours=1)
    )
    if address and _count(session, lately, address=address) >= PER_HOUR_FROM_HERE:
        raise AskedTooOften
    link_only = bool(address) and _count(session, lately, email=email) >= GUESSABLE_PER_HOUR
    if link_only and _alive(session, email, since=at - ONE_MAIL_PER):
        return None
    person = find_person(session, email)
    known = person if person and person.active else None
    row = SignInRequest(
        email=email,
        person_id=known.id if known else None,
        address=address,
        asked_at=at,
        link_only=link_only,
    )
    session.add(row)
    session.flush()
    return row


def sign_in(
    session: Session,
    email: str,
    code: str,
    *,
    asked: Collection[int] = (),
    opened: int | None = None,
    at: datetime,
) -> Person:
    """Use a code, once. `asked` are the requests of this browser, `opened` that of its link.

    Raises WrongCode, CodeExpired. Tries are counted by the caller's commit, so commit also when
    this raises.
    """
    rows = [
        row
        for row in _alive(session, email, since=at - CODE_LIFE)
        if row.may_be_tried(here=row.id in asked, opened=row.id == opened)
    ]
    if not rows:
        raise CodeExpired
    typed = "".join(code.split()).encode()
    right = [row for row in rows if hmac.compare_digest(code_of(row).encode(), typed)]
    if not right or right[0].person is None:
        _count_try([row for row in rows if row.id != opened], asked)
        raise WrongCode
    right[0].used_at = at
    return right[0].person


def code_of(row: SignInRequest) -> str:
    """The six digits of a request, derived from our secret, so that no table holds them."""
    return f"{int.from_bytes(_digest('sign-in', row)[:8]) % 1_000_000:06d}"


def key_of(row: SignInRequest) -> str:
    """What the link in the mail carries: nobody can guess it who does not read the mail."""
    return _digest("sign-in-link", row).hex()[:32]


def opened_with(session: Session, request_id: int | None, key: str) -> int | None:
    """The id of the request, if this is the key in its mail."""
    row = session.get(SignInRequest, request_id) if request_id else None
    right = row is not None and hmac.compare_digest(key_of(row).encode(), key.encode())
    return request_id if right else None


def end_all(session: Session, *, at: datetime) -> None:
    """Let no code that was asked for until now sign anybody in."""
    session.execute(
        update(SignInRequest).where(SignInRequest.used_at.is_(None)).values(used_at=at)
    )


def _count_try(rows: Sequence[SignInRequest], asked: Collection[int]) -> None:
    for row in rows:
        if row.id in asked:
            row.tries += 1
        else:
            row.tries_elsewhere += 1


def _wait_for_turn(session: Session, email: str, address: str, at: datetime) -> None:
    """Many who ask at once must not each count what was there before the others."""
    limits.one_at_a_time(session, "asks for codes", address, at=at)
    limits.one_at_a_time(session, "codes for", email, at=at)


def _alive(session: Session, email: str, *, since: datetime) -> Sequence[SignInRequest]:
    """The unused codes of a mailbox, the newest first, held until our transaction ends."""
    query = select(SignInRequest).where(
        SignInRequest.email == email,
        SignInRequest.used_at.is_(None),
        SignInRequest.asked_at >= since,
    )
    held = query.order_by(SignInRequest.id.desc()).with_for_update()
    # as they are now that we hold them, also where one was read before: others guessed meanwhile
    return session.scalars(held.execution_options(populate_existing=True)).all()


def _count(session: Session, lately: Select[int], **which: str) -> int:
    return session.scalar(lately.filter_by(**which)) or 0


def _digest(purpose: str, row: SignInRequest) -> bytes:
    secret = current_app.config["SECRET_KEY"].encode()
    text = f"{purpose}:{row.id}:{row.email}:{row.asked_at:%Y%m%d%H%M%S%f}"
    return hmac.new(secret, text.encode(), hashlib.sha256).digest()

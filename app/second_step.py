"""A second step at signing in: a code that changes, from an app on one's own phone (RFC 6238).

Who can read somebody's mail can then still not sign in as them. The secret is kept sealed, a code
is taken once, and ten codes on paper help who has lost the phone. Each try counts, right or wrong.
"""

import hashlib
import secrets
from collections.abc import Iterator
from datetime import datetime

import pyotp
from sqlalchemy import BigInteger, ForeignKey, LargeBinary, String, delete, func, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from app import limits, seals, trail
from purchasing.base import Base
from purchasing.errors import N_, Refused
from purchasing.people import Person
from purchasing.tenders.bids import BrokenSeal

ISSUER = "Koopkracht"
SECONDS = 30  # that a code holds
DRIFT = 1  # so many codes before and after are taken: a phone's clock is not ours
TRIES = 5  # in a quarter of an hour, for one person
RESCUE_CODES = 10


class WrongSecondCode(Refused):
    message = N_("This code is not right. Type the one that your app shows now.")


class SetAlready(Refused):
    message = N_("Your second step is on already.")


class SecondStep(Base):
    """One person's; it counts once it was confirmed with a first code."""

    __tablename__ = "second_step"

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), unique=True)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    confirmed_at: Mapped[datetime | None]
    last_step: Mapped[int] = mapped_column(BigInteger, default=0)  # of the last code taken


class RescueCode(Base):
    """A code that works once, without the phone; of it only a hash is kept."""

    __tablename__ = "rescue_code"

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    code_hash: Mapped[str] = mapped_column(String(64), unique=True)
    used_at: Mapped[datetime | None]


def find(session: Session, person_id: int) -> SecondStep | None:
    return session.scalar(select(SecondStep).where(SecondStep.person_id == person_id))


def begun(session: Session, person_id: int) -> SecondStep | None:
    """What is on, or waits for its first code; not what can be read no more, and never was on."""
    found = find(session, person_id)
    if found is None or found.confirmed_at is not None:
        return found
    try:
        secret_of(found)
    except BrokenSeal:
        return None
    return found


def is_on(session: Session, person_id: int) -> bool:
    """Whether this person is asked for a second code."""
    found = find(session, person_id)
    return found is not None and found.confirmed_at is not None


def rescue_codes_left(session: Session, person_id: int) -> int:
    unused = RescueCode.person_id == person_id, RescueCode.used_at.is_(None)
    return session.scalar(select(func.count(RescueCode.id)).where(*unused)) or 0


def begin(session: Session, person: Person) -> None:
    """A new secret, which counts for nothing until it is confirmed. Raises SetAlready."""
    found = find(session, person.id)
    if found is not None and found.confirmed_at is not None:
        raise SetAlready
    sealed = seals.seal(pyotp.random_base32().encode())
    if found is None:
        found = SecondStep(person_id=person.id, sealed=sealed)
        session.add(found)
    found.sealed, found.last_step = sealed, 0


def secret_of(step: SecondStep) -> str:
    """To be typed into the app by hand. Raises BrokenSeal where the key is another."""
    return seals.unseal(step.sealed).decode()


def address_of(step: SecondStep, person: Person) -> str:
    """What the square holds that the app reads."""
    return pyotp.TOTP(secret_of(step)).provisioning_uri(name=person.email, issuer_name=ISSUER)


def confirm(session: Session, person_id: int, code: str, *, at: datetime) -> list[str]:
    """Turn it on with a first code; the rescue codes, shown once.

    Raises WrongSecondCode, SetAlready, limits.TooOften.
    """
    limits.count(session, f"second step of {person_id}", most=TRIES, at=at)
    step = _held(session, person_id)
    if step is None:
        raise WrongSecondCode
    if step.confirmed_at is not None:
        raise SetAlready
    if not _takes(step, code, at):
        raise WrongSecondCode
    step.confirmed_at = at
    codes = list(_new_codes())
    session.add_all(RescueCode(person_id=person_id, code_hash=_hash(one)) for one in codes)
    return codes


def check(session: Session, person_id: int, code: str, *, at: datetime) -> None:
    """Take a code of the app or a rescue code, once. Raises WrongSecondCode, limits.TooOften."""
    limits.count(session, f"second step of {person_id}", most=TRIES, at=at)
    step = _held(session, person_id)
    if step is None or step.confirmed_at is None:
        raise WrongSecondCode
    if not _takes(step, code, at) and not _takes_rescue(session, person_id, code, at):
        raise WrongSecondCode


def turn_off(session: Session, person_id: int) -> bool:
    """Forget the secret and the rescue codes; whether there was something to forget."""
    session.execute(delete(RescueCode).where(RescueCode.person_id == person_id))
    gone = session.execute(delete(SecondStep).where(SecondStep.person_id == person_id))
    if not gone.rowcount:  # type: ignore[attr-defined]
        return False
    trail.note(session, "person", person_id, "second step off")
    return True


def _held(session: Session, person_id: int) -> SecondStep | None:
    """Nobody else takes a code of this person until our commit."""
    query = select(SecondStep).where(SecondStep.person_id == person_id).with_for_update()
    return session.scalar(query.execution_options(populate_existing=True))


def _takes(step: SecondStep, code: str, at: datetime) -> bool:
    """Whether it is a code of now that was not used; older ones than the last are over.

    Where the key of the seals was lost no code is right any more, but rescue codes are.
    """
    try:
        secret = secret_of(step)
    except BrokenSeal:
        return False
    totp, now = pyotp.TOTP(secret, interval=SECONDS), int(at.timestamp()) // SECONDS
    for one in range(max(now - DRIFT, step.last_step + 1), now + DRIFT + 1):
        if secrets.compare_digest(totp.at(one * SECONDS).encode(), _plain(code).encode()):
            step.last_step = one
            return True
    return False


def _takes_rescue(session: Session, person_id: int, code: str, at: datetime) -> bool:
    used = session.execute(
        update(RescueCode)
        .where(
            RescueCode.person_id == person_id,
            RescueCode.code_hash == _hash(_plain(code)),
            RescueCode.used_at.is_(None),
        )
        .values(used_at=at)
        .execution_options(synchronize_session=False)
    )
    return bool(used.rowcount)  # type: ignore[attr-defined]


def _new_codes() -> Iterator[str]:
    for _ in range(RESCUE_CODES):
        yield f"{secrets.randbelow(10**10):010d}"


def _plain(code: str) -> str:
    """Without the blanks and dashes that people type between the figures."""
    return "".join(sign for sign in code if sign.isdecimal())[:12]


def _hash(code: str) -> str:
    return hashlib.sha256(code.encode()).hexdigest()

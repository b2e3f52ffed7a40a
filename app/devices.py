"""The browsers that are signed in, and who asks through one: plain facts, read once a request.

These facts are no rows of the session. A commit in the middle of a request does not make it read
them again, and what is read of somebody cannot be changed by accident.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

from sqlalchemy import ForeignKey, Row, String, bindparam, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from purchasing.base import Base
from purchasing.people import Membership, Participant, ParticipantKind, Person, Role

# Of who works for the network, and of members.
IDLE = {True: timedelta(hours=12), False: timedelta(days=30)}
LONGEST = {True: timedelta(days=7), False: timedelta(days=90)}
STAFF = frozenset({Role.COORDINATOR, Role.ADMINISTRATOR})


class Device(Base):
    """A browser that is signed in. The cookie holds a token; here is its hash."""

    __tablename__ = "device"

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    label: Mapped[str] = mapped_column(String(120), default="")
    signed_in_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]

    person: Mapped[Person] = relationship()


@dataclass(frozen=True, slots=True)
class Buyer:
    """A household or shop that somebody may order for."""

    id: int
    number: int
    kind: ParticipantKind
    name: str
    email: str
    language: str
    active: bool

    @property
    def is_shop(self) -> bool:
        return self.kind == ParticipantKind.SHOP


@dataclass(frozen=True)
class Asker:
    """The person who asks, as it was when the request came in."""

    id: int
    name: str
    email: str
    language: str
    roles: frozenset[Role]
    buyers: tuple[Buyer, ...]  # also those that are no longer active
    signed_in_at: datetime
    seen_at: datetime

    @cached_property
    def is_staff(self) -> bool:
        """Whether it sees the coordinators' pages."""
        return bool(self.roles & STAFF)

    @cached_property
    def observes(self) -> bool:
        """Whether it reads along without working here: rounds, sums and books."""
        return Role.OBSERVER in self.roles and not self.is_staff

    def is_past(self, at: datetime) -> bool:
        """Whether this browser was signed in, or left alone, for too long."""
        idle, age = at - self.seen_at, at - self.signed_in_at
        works_here = self.is_staff or self.observes
        return idle > IDLE[works_here] or age > LONGEST[works_here]


# Every request begins with one of these: built once, and of tables, without the cost of entities.
_devices, _memberships = Device.__table__.c, Membership.__table__.c
_people, _participants = Person.__table__.c, Participant.__table__.c
_BUYER = tuple(
    _participants[name] for name in ("id", "number", "kind", "name", "email", "language", "active")
)
_ASKER = (
    select(
        *(_people[name] for name in ("id", "name", "email", "language")),
        _devices.signed_in_at,
        _devices.seen_at,
        _memberships.role,
        *_BUYER,
    )
    .join_from(Device.__table__, Person.__table__, _people.id == _devices.person_id)
    .outerjoin(Membership.__table__, _memberships.person_id == _people.id)
    .outerjoin(Participant.__table__, _participants.id == _memberships.participant_id)
    .where(
        _devices.token_hash == bindparam("token_hash"), _devices.ended_at.is_(None), _people.active
    )
    .order_by(_memberships.id)
)
_BUYER_BY_ID = select(*_BUYER).where(_participants.id == bindparam("participant_id"))
_SEEN = (
    update(Device)
    .where(Device.token_hash == bindparam("hash_"))
    .values(seen_at=bindparam("at"))
    .execution_options(synchronize_session=False)
)


def find_asker(session: Session, token_hash: str) -> Asker | None:
    """Who holds the signed-in browser with this token; one query."""
    rows = session.execute(_ASKER, {"token_hash": token_hash}).all()
    return _asker(rows) if rows else None


def find_buyer(session: Session, participant_id: int) -> Buyer | None:
    row = session.execute(_BUYER_BY_ID, {"participant_id": participant_id}).one_or_none()
    return Buyer(*row) if row else None


def note_seen(session: Session, token_hash: str, *, at: datetime) -> None:
    """Remember that this browser was used."""
    session.execute(_SEEN, {"hash_": token_hash, "at": at})


def end_all(session: Session, *, at: datetime) -> int:
    """Sign everybody out, wherever they are signed in; returns how many browsers that were."""
    open_ones = select(Device.id).where(Device.ended_at.is_(None))
    ended = session.scalars(open_ones).all()
    session.execute(update(Device).where(Device.ended_at.is_(None)).values(ended_at=at))
    return len(ended)


def _asker(rows: Sequence[Row[*tuple[Any, ...]]]) -> Asker:
    id_, name, email, language, signed_in_at, seen_at = rows[0][:6]
    roles = frozenset(Role(row.role) for row in rows if row.role is not None)
    buyers = tuple(Buyer(*row[-len(_BUYER) :]) for row in rows if row[-1] is not None)
    return Asker(id_, name, email, language, roles, buyers, signed_in_at, seen_at)

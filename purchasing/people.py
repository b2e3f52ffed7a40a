"""The network, the households and shops that take part in it, and who acts for them."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship
from stdnum.exceptions import ValidationError
from stdnum.nl import btw

from purchasing import numbers
from purchasing.base import Base
from purchasing.errors import N_, Refused

FIRST_PARTICIPANT_NUMBER = 1001
KVK_DIGITS = 8
AFM_DIGITS = 8
LONGEST_VAT_ID = 40  # with blanks and points


class VatStatus(StrEnum):
    """How the network stands to VAT; it decides which papers it may write."""

    REGISTERED = "registered"  # states VAT on invoices
    KOR = "kor"  # small-business scheme: invoices without VAT
    NONE = "none"  # no VAT number: neighbours share costs


class ParticipantKind(StrEnum):
    HOUSEHOLD = "household"
    SHOP = "shop"


class Role(StrEnum):
    MEMBER = "member"
    COORDINATOR = "coordinator"
    ADMINISTRATOR = "administrator"
    OBSERVER = "observer"  # reads rounds, sums and books along, of no household, changes nothing


class NotAKvkNumber(Refused):
    message = N_("“%(value)s” is not a Chamber of Commerce number: it has 8 digits.")


class NotAnAfmNumber(Refused):
    message = N_("An AFM number has 8 digits. You find it in the register of the AFM.")


class NotAVatId(Refused):
    message = N_("“%(value)s” is not a Dutch VAT id, such as NL123456782B90.")


class AddressTaken(Refused):
    message = N_("Somebody already signs in with %(email)s.")


class LastAdministrator(Refused):
    message = N_("This is the last administrator. Appoint another one first.")


class Network(Base):
    """The association whose installation this is. There is one row."""

    __tablename__ = "network"

    name: Mapped[str] = mapped_column(String(120))
    street: Mapped[str] = mapped_column(String(120), default="")
    postcode: Mapped[str] = mapped_column(String(12), default="")
    city: Mapped[str] = mapped_column(String(80), default="")
    email: Mapped[str] = mapped_column(String(254), default="")
    phone: Mapped[str] = mapped_column(String(40), default="")
    phone_hours: Mapped[str] = mapped_column(String(120), default="")
    kvk: Mapped[str] = mapped_column(String(12), default="")
    vat_id: Mapped[str] = mapped_column(String(20), default="")
    # Of the licensed party, itself or a partner, for whom it may run rounds; empty: for nobody.
    afm_number: Mapped[str] = mapped_column(String(8), default="", server_default="")
    vat_status: Mapped[VatStatus] = mapped_column(String(12), default=VatStatus.NONE)
    iban: Mapped[str] = mapped_column(String(34), default="")
    account_name: Mapped[str] = mapped_column(String(70), default="")
    payment_days: Mapped[int] = mapped_column(default=14)
    reminder_days: Mapped[int] = mapped_column(default=0)  # of who is late; 0: never
    reminded_on: Mapped[date | None]
    # Into how many parts a household may divide a bill; 0: not.
    instalments_most: Mapped[int] = mapped_column(default=0, server_default="0")
    creditor_id: Mapped[str] = mapped_column(String(35), default="", server_default="")
    debit_notice_days: Mapped[int] = mapped_column(default=5, server_default="5")
    pickup_place: Mapped[str] = mapped_column(String(120), default="")
    pickup_address: Mapped[str] = mapped_column(String(160), default="")
    language: Mapped[str] = mapped_column(String(5), default="nl")
    timezone: Mapped[str] = mapped_column(String(40), default="Europe/Amsterdam")


class Participant(Base):
    """A household or a shop that takes part; it orders, collects and pays."""

    __tablename__ = "participant"

    number: Mapped[int] = mapped_column(unique=True)
    kind: Mapped[ParticipantKind] = mapped_column(String(12), default=ParticipantKind.HOUSEHOLD)
    name: Mapped[str] = mapped_column(String(120))
    street: Mapped[str] = mapped_column(String(120), default="")
    postcode: Mapped[str] = mapped_column(String(12), default="")
    city: Mapped[str] = mapped_column(String(80), default="")
    email: Mapped[str] = mapped_column(String(254), default="")
    phone: Mapped[str] = mapped_column(String(40), default="")
    language: Mapped[str] = mapped_column(String(5), default="nl")
    kvk: Mapped[str] = mapped_column(String(12), default="")
    vat_id: Mapped[str] = mapped_column(String(20), default="")
    active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime]
    erased_at: Mapped[datetime | None]  # nobody is known by this number any more

    memberships: Mapped[list[Membership]] = relationship(back_populates="participant")

    @property
    def is_shop(self) -> bool:
        return self.kind == ParticipantKind.SHOP


class Person(Base):
    """Who signs in, by a code sent to `email` (kept in lower case)."""

    __tablename__ = "person"

    email: Mapped[str] = mapped_column(String(254), unique=True)
    name: Mapped[str] = mapped_column(String(120))
    language: Mapped[str] = mapped_column(String(5), default="nl")
    active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime]
    erased_at: Mapped[datetime | None]

    memberships: Mapped[list[Membership]] = relationship(
        back_populates="person", cascade="all, delete-orphan", order_by="Membership.id"
    )

    @property
    def roles(self) -> frozenset[Role]:
        return frozenset(Role(membership.role) for membership in self.memberships)

    @property
    def participants(self) -> list[Participant]:
        """The households and shops this person may order for."""
        return [m.participant for m in self.memberships if m.participant is not None]


class Membership(Base):
    """For whom a person acts, and as what. A role in the network itself has no participant."""

    __tablename__ = "membership"
    __table_args__ = (
        UniqueConstraint("person_id", "participant_id", "role", name="uq_membership_once"),
        CheckConstraint("(role = 'member') = (participant_id IS NOT NULL)", name="for_whom"),
    )

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    participant_id: Mapped[int | None] = mapped_column(ForeignKey("participant.id"), index=True)
    role: Mapped[Role] = mapped_column(String(16), default=Role.MEMBER)

    person: Mapped[Person] = relationship(back_populates="memberships")
    participant: Mapped[Participant | None] = relationship(back_populates="memberships")


_NETWORK = select(Network).order_by(Network.id).limit(1)
_networks = Network.__table__.c
_VAT_STATUS = select(_networks.vat_status).order_by(_networks.id).limit(1)


def the_network(session: Session) -> Network:
    """The network of this installation. Raises NoResultFound before it has been set up."""
    return session.scalars(_NETWORK).one()


def find_network(session: Session) -> Network | None:
    """The same; None before it has been set up."""
    return session.scalars(_NETWORK).one_or_none()


def vat_status(session: Session) -> VatStatus | None:
    """Of the network, without reading all of it; None before it has been set up."""
    found = session.scalar(_VAT_STATUS)
    return VatStatus(found) if found else None


def check_kvk(value: str) -> str:
    """`value` as 8 digits, or empty. Raises NotAKvkNumber."""
    digits = "".join(value.split())
    if digits and not (digits.isascii() and digits.isdigit() and len(digits) == KVK_DIGITS):
        raise NotAKvkNumber(value=value)
    return digits


def check_afm_number(value: str) -> str:
    """`value` as 8 digits, or empty. Raises NotAnAfmNumber."""
    digits = "".join(value.split())
    if digits and not (digits.isascii() and digits.isdigit() and len(digits) == AFM_DIGITS):
        raise NotAnAfmNumber
    return digits


def check_vat_id(value: str) -> str:
    """`value` as NL…B.., checked by its check digits, or empty. Raises NotAVatId."""
    if not value.strip():
        return ""
    if len(value) > LONGEST_VAT_ID:
        raise NotAVatId(value=value[:LONGEST_VAT_ID])
    try:
        return "NL" + btw.validate(value).removeprefix("NL")
    except ValidationError:
        raise NotAVatId(value=value) from None


def enrol(
    session: Session,
    *,
    kind: ParticipantKind,
    name: str,
    now: datetime,
    kvk: str = "",
    vat_id: str = "",
    **details: str,
) -> Participant:
    """A new household or shop, with the next number. Raises NotAKvkNumber, NotAVatId."""
    participant = Participant(
        number=numbers.take(session, "participant", start=FIRST_PARTICIPANT_NUMBER),
        kind=kind,
        name=name,
        kvk=check_kvk(kvk),
        vat_id=check_vat_id(vat_id),
        created_at=now,
        **details,
    )
    session.add(participant)
    return participant


def find_person(session: Session, email: str) -> Person | None:
    return session.scalar(select(Person).where(Person.email == email.strip().lower()))


def admit(
    session: Session, *, email: str, name: str, now: datetime, language: str = "nl"
) -> Person:
    """A new person who may sign in. Raises AddressTaken."""
    if find_person(session, email):
        raise AddressTaken(email=email)
    person = Person(email=email.strip().lower(), name=name, language=language, created_at=now)
    session.add(person)
    return person


def appoint(person: Person, role: Role, participant: Participant | None = None) -> None:
    """Give `person` a role, unless it already has it."""
    held = {(m.role, m.participant) for m in person.memberships}
    if (role, participant) not in held:
        person.memberships.append(Membership(role=role, participant=participant))


def dismiss(session: Session, membership: Membership) -> None:
    """Take a role back. Raises LastAdministrator."""
    if membership.role == Role.ADMINISTRATOR:
        others = (
            select(func.count(Membership.id))
            .join(Person, Person.id == Membership.person_id)
            .where(
                Membership.role == Role.ADMINISTRATOR,
                Membership.id != membership.id,
                Person.active,
            )
        )
        if not session.scalar(others):
            raise LastAdministrator
    membership.person.memberships.remove(membership)

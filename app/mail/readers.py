"""Who reads a mail: in which language, and at which addresses."""

from collections.abc import Collection
from dataclasses import dataclass
from email.headerregistry import Address

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.i18n import DEFAULT, LANGUAGES
from app.mail.errors import NoAddress
from purchasing.catalogue import Supplier
from purchasing.errors import N_
from purchasing.people import Membership, Network, Participant, Person, Role

NO_ADDRESS = N_("No mail address: hand the paper over, or add an address and try again.")
NO_SUPPLIER_ADDRESS = N_(
    "This supplier has no mail address: send the order sheet another way, or add an address."
)
NOT_AN_ADDRESS = N_("This mail address cannot be right: correct it and try again.")


@dataclass(frozen=True)
class Reader:
    """`name` as in a greeting; `to` at least one address."""

    name: str
    language: str
    to: tuple[Address, ...]


def of_participant(session: Session, participant: Participant) -> Reader:
    """The household's or shop's own address, else those of its people. Raises NoAddress."""
    found = {participant.email: participant.name} if participant.email else {}
    if not found:
        people = session.scalars(
            select(Person)
            .join(Membership)
            .where(Membership.participant_id == participant.id, Person.active)
            .order_by(Person.id)
        )
        found = {person.email: person.name for person in people}
    return _reader(participant.name, participant.language, found, NO_ADDRESS)


def without_address(session: Session, participants: Collection[Participant]) -> list[Participant]:
    """Who of these has no mail address, neither of its own nor of its people; one query."""
    silent = [one for one in participants if not one.email]
    reached = set(
        session.scalars(
            select(Membership.participant_id)
            .join(Person)
            .where(Membership.participant_id.in_([one.id for one in silent]), Person.active)
        )
    )
    return [one for one in silent if one.id not in reached]


def of_supplier(supplier: Supplier) -> Reader:
    name = supplier.attention or supplier.name
    found = {supplier.email: supplier.name} if supplier.email else {}
    return _reader(name, supplier.language, found, NO_SUPPLIER_ADDRESS)


def of_person(person: Person) -> Reader:
    return _reader(person.name, person.language, {person.email: person.name}, NO_ADDRESS)


def of_coordinators(session: Session, network: Network) -> Reader:
    """All who coordinate, else the network's own address."""
    people = session.scalars(
        select(Person)
        .join(Membership)
        .where(Membership.role.in_((Role.COORDINATOR, Role.ADMINISTRATOR)), Person.active)
        .order_by(Person.id)
    )
    found = {person.email: person.name for person in people}
    if not found and network.email:
        found = {network.email: network.name}
    return _reader(network.name, network.language, found, NO_ADDRESS)


def mailbox(name: str, email: str) -> Address:
    """An address for a header, its name on one line. Raises NoAddress."""
    local, at, domain = email.strip().rpartition("@")
    if not (at and local.isascii() and local.isprintable()):
        raise NoAddress(NOT_AN_ADDRESS)
    try:
        plain = f"{local}@{domain.encode('idna').decode('ascii')}"
        return Address(one_line(name), addr_spec=plain)
    except Exception as error:  # the parser of headers has many ways to say no
        raise NoAddress(NOT_AN_ADDRESS) from error


def one_line(text: str) -> str:
    """Text fit for a header: no line ends, no control characters."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def _reader(name: str, language: str, found: dict[str, str], without: str) -> Reader:
    if not found:
        raise NoAddress(without)
    return Reader(
        name=name,
        language=language if language in LANGUAGES else DEFAULT,
        to=tuple(mailbox(who, email) for email, who in found.items()),
    )

"""Valid things of every kind; say only what matters to the test."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlalchemy.orm import Session

from purchasing import demand, lifecycle, numbers, planning, signups
from purchasing.books import ledger
from purchasing.catalogue import Price, Product, Supplier
from purchasing.demand import Choice
from purchasing.papers import Paper, PaperKind
from purchasing.payment_reference import rf_reference
from purchasing.people import (
    Network,
    Participant,
    ParticipantKind,
    Person,
    Role,
    VatStatus,
    admit,
    appoint,
    enrol,
)
from purchasing.rounds import Round, RoundState

NOON = datetime(2026, 3, 6, 12, tzinfo=UTC)
DAY = timedelta(days=1)
ACTOR = "the test"


def a_network(session: Session, **details: Any) -> Network:
    """The network, VAT-registered and with a bank account."""
    values = {
        "name": "Samen Testwijk",
        "street": "Proefplein 1",
        "postcode": "2036 XX",
        "city": "Haarlem",
        "email": "hulp@testwijk.example",
        "phone": "023 000 00 00",
        "kvk": "12345678",
        "vat_id": "NL123456782B90",
        "vat_status": VatStatus.REGISTERED,
        "iban": "NL91ABNA0417164300",
        "pickup_place": "Buurthuis",
    }
    network = Network(**values | details)
    session.add(network)
    session.flush()
    return network


def a_household(session: Session, name: str = "Huishouden", **details: Any) -> Participant:
    values = {"street": "Teststraat 1", "postcode": "2037 ZZ", "city": "Haarlem"}
    details = values | {"email": f"{name.lower()}@example.org"} | details
    household = enrol(
        session, kind=ParticipantKind.HOUSEHOLD, name=name, now=NOON - 30 * DAY, **details
    )
    session.flush()
    return household


def a_shop(session: Session, name: str = "Winkel", **details: Any) -> Participant:
    values = {"kvk": "87654321", "vat_id": "NL123456782B90", "city": "Haarlem"}
    details = values | {"email": f"{name.lower()}@example.org"} | details
    shop = enrol(session, kind=ParticipantKind.SHOP, name=name, now=NOON - 30 * DAY, **details)
    session.flush()
    return shop


def a_person(
    session: Session,
    name: str = "Ada",
    *participants: Participant,
    role: Role | None = None,
    language: str = "nl",
) -> Person:
    """Somebody who signs in as <name>@example.org, for these participants or in this role."""
    email = f"{name.lower()}@example.org"
    person = admit(session, email=email, name=name, language=language, now=NOON - 30 * DAY)
    for participant in participants:
        appoint(person, Role.MEMBER, participant)
    if role is not None:
        appoint(person, role)
    session.flush()
    return person


def a_supplier(session: Session, name: str = "Groothandel Test", **details: Any) -> Supplier:
    supplier = Supplier(**{"name": name, "email": "bestel@groothandel.example"} | details)
    session.add(supplier)
    session.flush()
    return supplier


def a_product(
    session: Session, supplier: Supplier, name: str = "Rijst", *, number: str = "", **terms: Any
) -> Product:
    """A product with a price: € 1 per unit, in cases of 6, at 9 % unless told otherwise."""
    category, unit = terms.pop("category", "Droge waar"), terms.pop("unit", "zak 1 kg")
    product = Product(
        supplier_id=supplier.id,
        number=number or f"N{name}",
        name=name,
        category=category,
        unit=unit,
    )
    session.add(product)
    session.flush()
    values = {"unit_price": 1_000_000, "case_milli": 6000, "vat_bp": 900}
    session.add(Price(product_id=product.id, valid_from=NOON - 60 * DAY, **values | terms))
    session.flush()
    return product


def a_round(
    session: Session, *products: Product, state: RoundState = RoundState.OPEN, **details: Any
) -> Round:
    """A food round that closes at NOON, brought to `state` by its own moves."""
    values = {
        "title": "Proefronde",
        "category_key": "food",
        "settlement_mode": "resale",
        "opens_at": NOON - 7 * DAY,
        "closes_at": NOON,
        "delivery_on": date(2026, 3, 14),
        "pickup_place": "Buurthuis",
        "offer_version": 0,
    }
    round_ = Round(**values | details)
    session.add(round_)
    session.flush()
    planning.offer(session, round_, products, now=round_.opens_at - DAY)
    session.flush()
    if state == RoundState.PLANNED:
        return round_
    lifecycle.publish(session, round_, actor=ACTOR, now=round_.opens_at - DAY)
    lifecycle.open_round(session, round_, actor=ACTOR, now=round_.opens_at)
    session.flush()
    return round_


def an_order(
    session: Session,
    round_: Round,
    participant: Participant,
    wants: dict[str, int | tuple[int, int]],
    *,
    at: datetime = NOON - DAY,
    key: str = "",
    placed: bool = True,
) -> None:
    """Order by article name: {"Rijst": 3} or {"Rijst": (3, 1)} with one extra."""
    by_name = {item.name: item.id for item in round_.items}
    choices = {
        by_name[name]: Choice(*(want if isinstance(want, tuple) else (want, 0)))
        for name, want in wants.items()
    }
    key = key or f"{round_.id}-{participant.id}-{at.isoformat()}"
    demand.choose(session, round_.id, participant.id, choices, key=f"c{key}", actor=ACTOR, now=at)
    if placed:
        demand.place(session, round_.id, participant.id, key=f"p{key}", actor=ACTOR, now=at)
    session.flush()


def a_bill(
    session: Session,
    participant: Participant,
    cents: int,
    *,
    on: date = date(2026, 3, 6),
    due_on: date | None = None,
) -> Paper:
    """An invoice of so much (a credit note where it is below zero), booked as owed."""
    serial = numbers.take(session, f"invoice:{on.year}")
    paper = Paper(
        kind=PaperKind.INVOICE,
        number=f"{on.year}-{serial:04d}",
        participant_id=participant.id,
        language=participant.language,
        issued_on=on,
        issued_at=NOON,
        due_on=due_on or on + 14 * DAY,
        reference=rf_reference(f"{on.year}{serial:04d}"),
        total_cents=cents,
        snapshot={"language": participant.language},
    )
    session.add(paper)
    amounts = {f"participant:{participant.id}": cents, "fees": -cents}
    bill = ledger.Booking(f"bill:{paper.number}", f"Rekening {paper.number}", amounts)
    ledger.post(session, [bill], round_id=None, at=datetime.combine(on, time(12), UTC))
    session.flush()
    return paper


PARTY = {
    "recipient": "Proefadvies B.V.",
    "afm_number": "12000000",
    "recipient_contact": "lijst@proefadvies.example",
    "remuneration": "Een vast bedrag van de verzekeraar.",
    "consent_version": "2026-1",
}


def an_interest_round(
    session: Session, *, state: RoundState = RoundState.OPEN, **details: Any
) -> Round:
    """A round of interest in insurance that closes at NOON, brought to `state` by its moves."""
    particulars = PARTY | details.pop("particulars", {})
    values = {
        "title": "Woonverzekering",
        "category_key": "insurance",
        "settlement_mode": "referral",
        "delivery_on": None,
        "particulars": particulars,
    }
    round_ = a_round(session, state=RoundState.PLANNED, **values | details)
    if state != RoundState.PLANNED:
        lifecycle.publish(session, round_, actor=ACTOR, now=round_.opens_at - DAY)
        lifecycle.open_round(session, round_, actor=ACTOR, now=round_.opens_at)
    if state in (RoundState.CLOSED, RoundState.ORDERED):
        lifecycle.close(session, round_, actor=ACTOR, now=NOON)
    if state == RoundState.ORDERED:
        lifecycle.order(session, round_, actor=ACTOR, now=NOON)
    session.flush()
    return round_


def a_premium_round(session: Session, **details: Any) -> Round:
    """A licensed round: the contents of the home cost 120 a year, from two people on 110.

    The network's details must carry the AFM number of its party: `PARTY["afm_number"]`.
    """
    told = {"consent_version": "2026-L1", "premium_contents": "120; 2: 110"}
    values = {"settlement_mode": "licensed", "title": "Woonverzekering met de buurt"}
    particulars = told | details.pop("particulars", {})
    return an_interest_round(session, particulars=particulars, **values | details)


def a_sign_up(
    session: Session,
    round_: Round,
    participant: Participant,
    *,
    at: datetime = NOON - DAY,
    key: str = "",
    **answers: Any,
) -> None:
    """Sign up, for the contents of the home (or a shop's glass) unless told otherwise."""
    usual = {
        "products": ["glass" if participant.is_shop else "contents"],
        "channel": "mail",
        "contact": f"{participant.number}@example.org",
        "language": "nl",
    }
    signups.sign_up(
        session,
        round_.id,
        participant.id,
        usual | answers,
        agreed={c.key: c.version for c in round_.category.consents(round_.particulars)},
        key=key or f"s{round_.id}-{participant.id}-{at.isoformat()}",
        actor=ACTOR,
        now=at,
    )
    session.flush()

"""A network of any size with a full round, made in bulk; the same for the same seed."""

import hashlib
from datetime import UTC, datetime, timedelta
from random import Random

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from app.devices import Device
from purchasing import lifecycle, planning
from purchasing.catalogue import Price, Product, Supplier
from purchasing.demand import Commitment, Want
from purchasing.people import (
    Network,
    Participant,
    ParticipantKind,
    Role,
    VatStatus,
    admit,
    appoint,
)
from purchasing.rounds import Round

OPENS = datetime(2026, 3, 2, 8, tzinfo=UTC)
CLOSES = OPENS + timedelta(days=4)
FAR_AWAY = datetime(2099, 12, 31, tzinfo=UTC)
SUPPLIERS = 3
CASES = (1, 4, 6, 8, 10, 12)


def settle_in(session: Session, participants: int, *, shops: int = 0) -> list[int]:
    """A network with so many households, and their ids."""
    session.add(
        Network(
            name="Bench",
            city="Haarlem",
            vat_status=VatStatus.REGISTERED,
            vat_id="NL123456782B90",
            iban="NL91ABNA0417164300",
        )
    )
    rows = [
        {
            "number": 1001 + index,
            "kind": ParticipantKind.SHOP if index < shops else ParticipantKind.HOUSEHOLD,
            "name": f"Huishouden {index + 1}",
            "street": "Benchstraat 1",
            "postcode": "2036 XX",
            "city": "Haarlem",
            "email": f"h{index + 1}@example.org",
            "created_at": OPENS,
        }
        for index in range(participants)
    ]
    session.execute(insert(Participant), rows)
    return list(session.scalars(select(Participant.id).order_by(Participant.id)))


def stock_shelves(session: Session, articles: int, *, seed: int = 1) -> list[Product]:
    """Suppliers with so many articles between them."""
    chance = Random(seed)  # noqa: S311 - figures, not secrets
    suppliers = [
        Supplier(name=f"Leverancier {n + 1}", delivery_cents=1500, email=f"l{n}@example.org")
        for n in range(SUPPLIERS)
    ]
    session.add_all(suppliers)
    session.flush()
    products = [
        Product(
            supplier_id=suppliers[n % SUPPLIERS].id,
            number=f"{n:05d}",
            name=f"Artikel {n} van gemiddelde lengte",
            category=f"Soort {n % 12}",
            unit="zak 1 kg",
        )
        for n in range(articles)
    ]
    session.add_all(products)
    session.flush()
    session.add_all(_price(product, chance) for product in products)
    session.flush()
    return products


def open_round(
    session: Session, products: list[Product], *, closes_at: datetime = CLOSES
) -> Round:
    """A round with all these articles, open since OPENS."""
    round_ = Round(
        title="Bench",
        category_key="food",
        settlement_mode="resale",
        opens_at=OPENS,
        closes_at=closes_at,
        delivery_on=closes_at.date() + timedelta(days=7),
        pickup_place="Buurthuis",
        offer_version=0,
    )
    session.add(round_)
    session.flush()
    planning.offer(session, round_, products, now=OPENS)
    lifecycle.publish(session, round_, actor="bench", now=OPENS - timedelta(hours=1))
    lifecycle.open_round(session, round_, actor="bench", now=OPENS)
    session.flush()
    return round_


def fill(
    session: Session, round_: Round, participants: list[int], each: int, seed: int = 2
) -> None:
    """Let every participant order `each` different articles."""
    chance = Random(seed)  # noqa: S311 - figures, not secrets
    session.execute(
        insert(Commitment),
        [
            {
                "round_id": round_.id,
                "participant_id": who,
                "version": 1,
                "changed_at": OPENS,
                "ordered_at": OPENS,
            }
            for who in participants
        ],
    )
    commitments = session.scalars(
        select(Commitment.id).where(Commitment.round_id == round_.id).order_by(Commitment.id)
    ).all()
    items = [item.id for item in round_.items]
    session.execute(
        insert(Want),
        [
            _want(round_.id, commitment, item, chance)
            for commitment in commitments
            for item in chance.sample(items, min(each, len(items)))
        ],
    )


def signed_in(session: Session, participant_id: int) -> str:
    """A person of this household on a device that is signed in; its token."""
    token = f"bench-token-{participant_id}"
    now = datetime.now(UTC)
    person = admit(
        session, email=f"p{participant_id}@example.org", name=f"P{participant_id}", now=now
    )
    appoint(person, Role.MEMBER, session.get_one(Participant, participant_id))
    session.flush()
    session.add(
        Device(
            person_id=person.id,
            token_hash=hashlib.sha256(token.encode()).hexdigest(),
            signed_in_at=now,
            seen_at=now,
        )
    )
    return token


def _price(product: Product, chance: Random) -> Price:
    return Price(
        product_id=product.id,
        valid_from=OPENS - timedelta(days=30),
        unit_price=chance.randrange(400_000, 9_000_000, 10_000),
        case_milli=1000 * chance.choice(CASES),
        vat_bp=chance.choice((900, 900, 900, 2100)),
        deposit_cents=chance.choice((0, 0, 0, 0, 25)),
    )


def _want(round_id: int, commitment: int, item: int, chance: Random) -> dict[str, object]:
    quantity, extra = chance.choice((1, 1, 1, 2, 2, 3, 6)), chance.choice((0, 0, 0, 1, 2))
    stamp = int(OPENS.timestamp() * 1_000_000) + chance.randrange(10**11)
    return {
        "commitment_id": commitment,
        "round_id": round_id,
        "item_id": item,
        "quantity": quantity,
        "extra": extra,
        "ordered_quantity": quantity,
        "ordered_extra": extra,
        "queue": [[stamp, quantity]],
    }

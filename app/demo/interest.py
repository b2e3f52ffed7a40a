"""A round of interest in insurance: who wants to be called about what, for a licensed party."""

from datetime import datetime, timedelta
from random import Random

from sqlalchemy.orm import Session

from app.demo.week import COORDINATOR
from purchasing import lifecycle, signups
from purchasing.people import Participant, the_network
from purchasing.rounds import Round, RoundState

PARTY = {
    "recipient": "Proefadvies Verzekeringen B.V.",
    "afm_number": "12000000",
    "recipient_contact": "lijst@proefadvies.example",
    "remuneration": "Een vast bedrag per uur, van wie een advies vraagt.",
    "consent_version": "2026-1",
}
HOMES = ("contents", "liability", "travel", "legal", "building")
SHOPS = ("business_liability", "inventory", "cyber")


def open_round(session: Session, *, opens_at: datetime, closes_at: datetime) -> Round:
    """An insurance round, published and open."""
    round_ = Round(
        title="Woonverzekering",
        description="Samen een adviseur vragen die uw taal spreekt.",
        category_key="insurance",
        settlement_mode="referral",
        state=RoundState.PLANNED,
        opens_at=opens_at,
        closes_at=closes_at,
        contact_name=COORDINATOR,
        contact_phone=the_network(session).phone,
        particulars=PARTY,
        offer_version=0,
        created_by=COORDINATOR,
    )
    session.add(round_)
    session.flush()
    lifecycle.publish(session, round_, actor=COORDINATOR, now=opens_at - timedelta(days=1))
    lifecycle.open_round(session, round_, actor=COORDINATOR, now=opens_at)
    return round_


def sign_up(
    session: Session, round_: Round, participants: list[Participant], *, at: datetime, seed: int
) -> int:
    """Let each say what it is interested in; returns how many did."""
    random = Random(seed)  # noqa: S311
    for participant in participants:
        kinds = SHOPS if participant.is_shop else HOMES
        signups.sign_up(
            session,
            round_.id,
            participant.id,
            {
                "products": random.sample(kinds, random.choice((1, 1, 2))),
                "channel": "mail",
                "contact": participant.email or f"{participant.number}@example.org",
                "language": participant.language,
            },
            agreed={"recipient": PARTY["consent_version"]},
            key=f"demo-{round_.id}-{participant.id}",
            actor=participant.name,
            now=at,
        )
    return len(participants)

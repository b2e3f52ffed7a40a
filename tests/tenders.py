"""A tender for energy, its sign-ups and its bids; say only what matters to the test."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from purchasing import invitations, lifecycle, signups
from purchasing.catalogue import Supplier
from purchasing.invitations import BidInvitation
from purchasing.people import Participant
from purchasing.rounds import Round
from purchasing.rounds import RoundState as S
from purchasing.tenders import bids, offers
from purchasing.tenders.bids import SealedBid
from purchasing.tenders.offers import Offer
from tests.builders import ACTOR, DAY, NOON, a_round, a_supplier

BIDS_UNTIL = NOON + 7 * DAY
OFFERS_UNTIL = NOON + 28 * DAY
PARTICULARS = {
    "start_on": "2026-06-01",
    "rule": "personal_best",
    "most_suppliers": 3,
    "conditions": ["price_fixed"],
    "earns": "Niets.",
}
HOME = {
    "postcode": "2036 AB",
    "house_number": "12",
    "product": "power_gas",
    "kwh": "1880",
    "gas_m3": "800",
    "use_from": "bill",
    "contract": "variable",
    "prices_are": "bare",
    "rate_single": "0,135",
    "rate_gas": "0,435",
    "fixed_power_month": "6,83",
    "fixed_gas_month": "6,83",
}
FLAT = {"product": "power", "kwh": "1000", "gas_m3": "", "rate_gas": "", "fixed_gas_month": ""}
# The tariffs of the worked example: A has low fixed costs, B low rates.
BID_A = {"single": "0.123", "gas": "0.405", "fixed_power": "59.50", "fixed_gas": "59.50"}
BID_B = {"single": "0.105", "gas": "0.350", "fixed_power": "120", "fixed_gas": "120"}
DEAR = {"single": "0.30", "gas": "0.90", "fixed_power": "200", "fixed_gas": "200"}


def seal(letter: bytes) -> bytes:
    """Stands in for the key: turned round, so that it can be told from the open letter."""
    return letter[::-1]


def a_tender(session: Session, *, state: S = S.OPEN, **details: Any) -> Round:
    """A round that closes at NOON, whose bids open a week later, brought to OPEN or CLOSED."""
    particulars = PARTICULARS | details.pop("particulars", {})
    values = {
        "title": "Energie 2026",
        "category_key": "energy",
        "settlement_mode": "direct",
        "delivery_on": None,
        "bids_until": BIDS_UNTIL,
        "offers_until": OFFERS_UNTIL,
        "particulars": particulars,
    }
    round_ = a_round(session, state=S.PLANNED, **values | details)
    if state != S.PLANNED:
        lifecycle.publish(session, round_, actor=ACTOR, now=round_.opens_at - DAY)
        lifecycle.open_round(session, round_, actor=ACTOR, now=round_.opens_at)
    if state == S.CLOSED:
        close(session, round_)
    session.flush()
    return round_


def joins(
    session: Session,
    round_: Round,
    participant: Participant,
    *,
    at: datetime = NOON - DAY,
    **answers: str,
) -> None:
    """Sign up with the bill of an average home, unless told otherwise."""
    given = {key: value for key, value in (HOME | answers).items() if value}
    if participant.is_shop:
        given = {"power_size": "3x25A"} | given
    signups.sign_up(
        session,
        round_.id,
        participant.id,
        given,
        agreed={"tender": "2026-1"},
        key=f"join-{round_.id}-{participant.id}-{at.isoformat()}",
        actor=ACTOR,
        now=at,
    )
    session.flush()


def close(session: Session, round_: Round, *, at: datetime = NOON) -> None:
    lifecycle.close(session, round_, actor=ACTOR, now=at)
    session.flush()


def an_invitation(
    session: Session, round_: Round, name: str = "Noord", *, at: datetime | None = None
) -> BidInvitation:
    supplier: Supplier = a_supplier(session, name, email=f"{name.lower()}@energie.example")
    return invitations.invite(session, round_, supplier, actor=ACTOR, now=at or round_.closes_at)


def bid_form(prices: dict[str, str] = BID_A, **fields: str) -> dict[str, str]:
    """A bid on every segment, as a supplier fills it in."""
    rates = {"normal": prices["single"], "low": prices["single"], "feed_in": "0.03"}
    segments = {f"segment_{name}": "y" for name in ("power", "power_gas", "feed_in", "shop")}
    return segments | rates | {"term_months": "12"} | prices | fields


def bids_on(
    session: Session,
    round_: Round,
    name: str = "Noord",
    prices: dict[str, str] = BID_A,
    *,
    at: datetime | None = None,
    invitation: BidInvitation | None = None,
    **fields: str,
) -> SealedBid:
    """A supplier is invited, and bids."""
    link = invitation or an_invitation(session, round_, name)
    at = at or round_.closes_at + timedelta(hours=1)
    answer = bids.submit(
        session,
        link,
        bid_form(prices, **fields),
        nonce=name.encode().ljust(32, b"."),
        seal=seal,
        key=f"bid-{link.id}-{at.isoformat()}",
        now=at,
    )
    session.flush()
    return session.get_one(SealedBid, answer["bid"])


def opens_bids(session: Session, round_: Round, *, at: datetime = BIDS_UNTIL) -> None:
    lifecycle.offer(session, round_, unseal=seal, actor=ACTOR, now=at)
    session.flush()


def accepts(
    session: Session,
    round_: Round,
    participant: Participant,
    *,
    at: datetime = BIDS_UNTIL + DAY,
    agreed: str = "2026-1",
    reminds: bool = False,
    **answers: str,
) -> Offer:
    offers.accept(
        session,
        round_.id,
        participant.id,
        answers,
        agreed=agreed,
        reminds=reminds,
        key=f"accept-{participant.id}-{at.isoformat()}-{len(answers)}",
        actor=ACTOR,
        now=at,
    )
    offer = offers.offer_of(session, round_.id, participant.id)
    assert offer is not None
    return offer


def concludes(session: Session, round_: Round, *, at: datetime = OFFERS_UNTIL) -> None:
    lifecycle.order(session, round_, actor=ACTOR, now=at)
    session.flush()

"""An energy tender from sign-up to contracts: 60 households, 6 shops, four suppliers who bid.

Use is drawn around the averages of Haarlem (CBS, StatLine 81528NED, 2024); suppliers and prices
are invented. Its three moments are seconds apart, so that one can watch.
"""

import secrets
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from random import Random

from sqlalchemy import select
from sqlalchemy.orm import Session

from app import seals
from app.demo.week import COORDINATOR
from purchasing import invitations, lifecycle, signups
from purchasing.catalogue import Supplier
from purchasing.people import Participant, the_network
from purchasing.rounds import Round, RoundState
from purchasing.tenders import bids, offers
from purchasing.tenders.offers import Offer, OfferState

BIDS_TAKE, CHOOSING_TAKES = timedelta(seconds=12), timedelta(seconds=24)
HOMES = (  # kWh and m³ a year: flats, terraced and corner houses, flats on district heating
    *[(1_820, 630)] * 6,
    *[(2_420, 920)] * 4,
    *[(2_610, 1_080)] * 2,
    *[(1_810, 0)] * 3,
)
SHOPS = ((9_000, 0), (14_000, 2_200), (22_000, 3_500))
BIDS: dict[str, Mapping[str, str]] = {
    "Polderstroom Proef": {
        "single": "0,118",
        "gas": "0,402",
        "fixed_power": "65",
        "fixed_gas": "65",
    },
    "Noordzon Proef": {
        "single": "0,104",
        "gas": "0,352",
        "fixed_power": "118",
        "fixed_gas": "118",
    },
    "Kennemer Proef": {
        "single": "0,123",
        "gas": "0,396",
        "fixed_power": "48",
        "fixed_gas": "48",
        "maximum": "25",
    },
    "Duinlicht Proef": {
        "single": "0,128",
        "gas": "0,430",
        "fixed_power": "72",
        "fixed_gas": "72",
        "green": "dutch",
        "tier_1_customers": "10",
        "tier_1_power": "0,006",
    },
}
ASKED = ("price_fixed", "no_deposit", "transfer_free", "phone")


def open_round(
    session: Session,
    *,
    opens_at: datetime,
    closes_at: datetime,
    ends: tuple[datetime, datetime] | None = None,
) -> Round:
    """A tender, published and open; its suppliers are invited.

    `ends` says until when one may bid, and until when one may choose.
    """
    opening = closes_at + BIDS_TAKE
    bids_until, offers_until = ends or (opening, opening + CHOOSING_TAKES)
    round_ = Round(
        title="Samen energie inkopen",
        description="Samen een prijs vragen voor stroom en gas. U kiest zelf of u overstapt.",
        category_key="energy",
        settlement_mode="direct",
        state=RoundState.PLANNED,
        opens_at=opens_at,
        closes_at=closes_at,
        bids_until=bids_until,
        offers_until=offers_until,
        contact_name=COORDINATOR,
        contact_phone=the_network(session).phone,
        particulars=_particulars(closes_at.date()),
        offer_version=0,
        created_by=COORDINATOR,
    )
    session.add(round_)
    session.flush()
    lifecycle.publish(session, round_, actor=COORDINATOR, now=opens_at - timedelta(days=1))
    lifecycle.open_round(session, round_, actor=COORDINATOR, now=opens_at)
    for name in BIDS:
        supplier = _supplier(session, name)
        invitations.invite(session, round_, supplier, actor=COORDINATOR, now=opens_at)
    return round_


def _supplier(session: Session, name: str) -> Supplier:
    """The one of this name, which may have bid before."""
    known = session.scalar(select(Supplier).where(Supplier.name == name))
    if known is not None:
        return known
    supplier = Supplier(name=name, email=f"inkoop@{name.split()[0].lower()}.example")
    session.add(supplier)
    session.flush()
    return supplier


def sign_up(
    session: Session, round_: Round, participants: list[Participant], *, at: datetime, seed: int
) -> int:
    """Let each say what it uses and has now; returns how many did."""
    dice = Random(seed)  # noqa: S311 - meter readings, not secrets
    for place, participant in enumerate(participants):
        signups.sign_up(
            session,
            round_.id,
            participant.id,
            _answers(participant, dice, at.date()),
            agreed={"tender": "2026-1"},
            key=f"demo-{round_.id}-{participant.id}",
            actor=participant.name,
            now=at + timedelta(minutes=place),
        )
    return len(participants)


def bid(session: Session, round_: Round, *, now: datetime) -> int:
    """The four suppliers bid, each by its own link; returns how many did."""
    links = invitations.list_invitations(session, round_.id)
    for link in links:
        bids.submit(
            session,
            link,
            _bid_form(BIDS[link.supplier.name]),
            nonce=secrets.token_bytes(bids.NONCE_BYTES),
            seal=seals.seal,
            key=f"demo-bid-{link.id}",
            now=now,
        )
    return len(links)


def choose(session: Session, round_: Round, *, now: datetime, seed: int) -> tuple[int, int]:
    """Two in three who save take their offer; some say no, some say nothing.

    Returns how many accepted and how many declined.
    """
    dice = Random(seed)  # noqa: S311
    accepted = declined = 0
    for offer in offers.offered(session, round_.id):
        if offer.state != OfferState.MADE:
            continue
        if _saves(offer) and dice.random() < 0.7:
            _accept(session, round_, offer, now)
            accepted += 1
        elif dice.random() < 0.3:
            key = f"demo-no-{offer.id}"
            who = offer.participant
            offers.decline(session, round_.id, who.id, key=key, actor=who.name, now=now)
            declined += 1
    return accepted, declined


def _particulars(closes_on: date) -> dict[str, object]:
    first = date(closes_on.year + closes_on.month // 12, closes_on.month % 12 + 1, 1)
    return {
        "start_on": (first + timedelta(days=32)).replace(day=1).isoformat(),
        "rule": "personal_best",
        "most_suppliers": 3,
        "conditions": list(ASKED),
        "earns": "Samen Schalkwijk verdient hier niets aan.",
    }


def _answers(participant: Participant, dice: Random, today: date) -> dict[str, object]:
    answers: dict[str, object] = {
        "postcode": participant.postcode,
        "house_number": participant.street.split()[-1],
    }
    kwh, gas = _use(participant, dice)
    answers |= {"product": "power_gas" if gas else "power", "kwh": str(kwh), "use_from": "bill"}
    if gas:
        answers["gas_m3"] = str(gas)
    if participant.is_shop:
        return answers | {"power_size": "3x35A" if kwh > 12_000 else "3x25A"}
    if dice.random() < 0.2:
        answers["feed_in"] = str(dice.randrange(800, 2_200, 50))
    if dice.random() < 0.75:
        answers |= _present(dice, today, gas=bool(gas))
    return answers


def _use(participant: Participant, dice: Random) -> tuple[int, int]:
    usual = dice.choice(SHOPS if participant.is_shop else HOMES)
    kwh, gas = (int(amount * dice.uniform(0.6, 1.5)) // 10 * 10 for amount in usual)
    return kwh, gas


def _present(dice: Random, today: date, *, gas: bool) -> dict[str, object]:
    """What somebody has now: some dear and variable, some good and fixed for a while yet."""
    power = dice.uniform(0.105, 0.165)
    present: dict[str, object] = {
        "contract": "variable",
        "prices_are": "bare",
        "rate_single": f"{power:.5f}".replace(".", ","),
        "fixed_power_month": "7,00",
    }
    if gas:
        price = f"{power * 3.2:.5f}".replace(".", ",")
        present |= {"rate_gas": price, "fixed_gas_month": "7,00"}
    if dice.random() < 0.25:
        ends = today + timedelta(days=dice.randrange(20, 300))
        present |= {"contract": "fixed", "contract_end": ends.isoformat(), "exit_fee": "0"}
    return present


def _bid_form(prices: Mapping[str, str]) -> dict[str, str]:
    """A bid on every segment: day and night cost the same."""
    segments = {f"segment_{name}": "y" for name in ("power", "power_gas", "feed_in", "shop")}
    promises = {f"condition_{name}": "y" for name in ASKED}
    usual = {"feed_in": "0,03", "term_months": "12", "minimum": "3"}
    double = {"normal": prices["single"], "low": prices["single"]}
    return segments | promises | usual | double | dict(prices)


def _saves(offer: Offer) -> bool:
    known = offer.now_cents is not None and offer.cost_cents is not None
    return not offer.worse_off and (not known or (offer.now_cents or 0) > (offer.cost_cents or 0))


def _accept(session: Session, round_: Round, offer: Offer, now: datetime) -> None:
    who = offer.participant
    offers.accept(
        session,
        round_.id,
        who.id,
        {},
        agreed="2026-1",
        key=f"demo-yes-{offer.id}",
        actor=who.name,
        now=now,
    )

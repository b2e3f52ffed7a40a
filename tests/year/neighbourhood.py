"""Who lives in the neighbourhood, what can be had there, and the rounds that are made."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from purchasing import invitations, planning
from purchasing.books import mandates
from purchasing.catalogue import Product, Supplier
from purchasing.people import Role, VatStatus
from purchasing.rounds import Round, RoundRhythm, ShortfallRule
from tests.bank_files import THEIRS
from tests.builders import (
    ACTOR,
    DAY,
    PARTY,
    a_household,
    a_network,
    a_person,
    a_product,
    a_shop,
    a_supplier,
)
from tests.tenders import PARTICULARS

HOME = ZoneInfo("Europe/Amsterdam")
START = datetime(2027, 9, 30, 9, tzinfo=UTC)  # two changes of the clocks and a 29 February ahead
END = datetime(2028, 11, 1, tzinfo=UTC)
OPENS, CLOSES = time(8), time(20)  # of the round that comes back each week
CREDITOR = "NL79ZZZ999999990000"
NAMES = ("Ada", "Ben", "Cas", "Dina")
SHOPS = ("Eethuis", "Fruitkar")
KINDS = ("food", "food", "ahead", "energy", "energy_goods", "interest", "premium")


@dataclass
class Neighbourhood:
    """The ids of all that was there in the beginning."""

    people: list[int]
    shops: set[int]
    mandates: set[int]  # who lets us collect
    products: list[int]
    energy: list[int]  # suppliers
    status: VatStatus


def settle_down(session: Session, dice: Random) -> Neighbourhood:
    status = dice.choice(list(VatStatus))
    a_network(
        session,
        vat_status=status,
        reminder_days=7,
        creditor_id=CREDITOR,
        debit_notice_days=5,
        afm_number=PARTY["afm_number"],
    )
    a_person(session, "Coor", role=Role.COORDINATOR)
    shops = [a_shop(session, name) for name in SHOPS]
    people = [a_household(session, name) for name in NAMES] + shops
    trusting = (people[0], people[1], shops[0])
    for person in trusting:
        mandates.give(session, person, account=THEIRS, holder="Buur", now=START)
    energy = [
        a_supplier(session, name, email=f"{name.lower()}@energie.example")
        for name in ("Noord", "Zuid", "Zon")
    ]
    products = _articles(session, dice)
    return Neighbourhood(
        [one.id for one in people],
        {one.id for one in shops},
        {one.id for one in trusting},
        [one.id for one in products],
        [one.id for one in energy],
        status,
    )


def _articles(session: Session, dice: Random) -> list[Product]:
    minimum = dice.choice([0, 0, 8_00])
    farm = a_supplier(session, "Boerderij", minimum_cents=minimum, delivery_cents=7_50)
    mill = a_supplier(session, "Molen", email="bestel@molen.example", delivery_vat_bp=900)
    return [
        a_product(session, farm, "Rijst", unit_price=1_230_000),
        a_product(session, farm, "Linzen", unit_price=2_345_678, case_milli=4000, vat_bp=2100),
        a_product(session, mill, "Meel", unit_price=999_999, case_milli=2000, deposit_cents=25),
        a_product(
            session, mill, "Haver", unit_price=900_001, tiers=[[6, 800_001]], case_milli=1000
        ),
    ]


def plan_weekly(session: Session, template: Round) -> RoundRhythm:
    """Delivered on Saturdays; closes Thursday at eight in the evening, opens on Saturday."""
    rhythm = RoundRhythm(
        title="Elke week",
        template_round_id=template.id,
        every_weeks=1,
        anchor_on=date(2027, 10, 2),
        close_days_before=2,
        close_at=CLOSES,
        open_days_before=7,
        open_at=OPENS,
        skipped=[],
        ahead=2,
    )
    session.add(rhythm)
    session.flush()
    return rhythm


def a_new_round(
    session: Session, there: Neighbourhood, kind: str, dice: Random, *, now: datetime
) -> Round:
    """A planned round that opens within two days, and stays open for up to six."""
    opens_at = now + timedelta(hours=dice.choice([1, 20, 48]))
    closes_at = opens_at + timedelta(hours=dice.choice([1, 26, 72, 144]))
    details = _RULES[kind](there, dice, closes_at)
    values: dict[str, Any] = {
        "title": f"Ronde {kind}",
        "opens_at": opens_at,
        "closes_at": closes_at,
        "pickup_place": "Buurthuis",
        "offer_version": 0,
    }
    round_ = Round(**values | details)
    session.add(round_)
    session.flush()
    if round_.category.sells_articles:
        found = [session.get_one(Product, product) for product in there.products]
        planning.offer(session, round_, found, now=now)
    if kind == "energy":
        for supplier in there.energy[: dice.randint(0, 3)]:
            row = session.get_one(Supplier, supplier)
            invitations.invite(session, round_, row, actor=ACTOR, now=now)
    session.flush()
    return round_


def _of_goods(there: Neighbourhood, dice: Random, closes_at: datetime) -> dict[str, Any]:
    shared = there.status == VatStatus.NONE or dice.random() < 0.5
    return {
        "category_key": "food",
        "settlement_mode": "shared" if shared else "resale",
        "delivery_on": closes_at.astimezone(HOME).date() + 2 * DAY,
        "shortfall_rule": dice.choice(list(ShortfallRule)),
        "minimum_cents": dice.choice([0, 0, 0, 20_00]),
        "sharing_rule": dice.choice(["proportional", "first_come", "rotate"]),
        "delivery_share": dice.choice(["equal", "by_amount"]),
        "invoice_at": dice.choice(["closing", "delivery"]),
        "order_at_close": dice.random() < 0.8,
        "fee_cents": dice.choice([0, 150]),
        "extend_days": dice.randint(0, 2),
    }


def _of_energy_goods(there: Neighbourhood, dice: Random, closes_at: datetime) -> dict[str, Any]:
    goods = _of_goods(there, dice, closes_at)
    return goods | {
        "category_key": "energy_goods",
        "choose_days": dice.choice([0, 5]),
        "prepayment_bp": dice.choice([0, 2_500, 5_000]),
    }


def _of_goods_ahead(there: Neighbourhood, dice: Random, closes_at: datetime) -> dict[str, Any]:
    goods = _of_goods(there, dice, closes_at)
    return goods | {
        "category_key": "energy_goods",
        "prepayment_bp": dice.choice([2_500, 5_000]),
    }


def _of_energy(there: Neighbourhood, dice: Random, closes_at: datetime) -> dict[str, Any]:
    rule = dice.choice(["personal_best", "lowest_total"])
    start = (closes_at + 60 * DAY).date().isoformat()
    return {
        "category_key": "energy",
        "settlement_mode": "direct",
        "delivery_on": None,
        "bids_until": closes_at + timedelta(days=dice.choice([1, 7])),
        "offers_until": closes_at + timedelta(days=dice.choice([9, 21])),
        "particulars": PARTICULARS | {"start_on": start, "rule": rule},
        "fee_cents": dice.choice([0, 1_000]),
    }


def _of_interest(there: Neighbourhood, dice: Random, closes_at: datetime) -> dict[str, Any]:
    return {
        "category_key": "insurance",
        "settlement_mode": "referral",
        "delivery_on": None,
        "particulars": PARTY,
    }


def _of_premium(there: Neighbourhood, dice: Random, closes_at: datetime) -> dict[str, Any]:
    told = {"consent_version": "2026-L1", "premium_contents": "120; 2: 110"}
    return {
        "category_key": "insurance",
        "settlement_mode": "licensed",
        "delivery_on": None,
        "particulars": PARTY | told,
    }


_RULES = {
    "food": _of_goods,
    "ahead": _of_goods_ahead,
    "energy": _of_energy,
    "energy_goods": _of_energy_goods,
    "interest": _of_interest,
    "premium": _of_premium,
}

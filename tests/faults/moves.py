"""Rounds of every kind, each just before one of its moves, and the move itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from sqlalchemy import select
from sqlalchemy.orm import Session

from purchasing import findings, lifecycle
from purchasing.clock import What
from purchasing.deliveries import counting
from purchasing.findings import Found
from purchasing.ordering import list_orders
from purchasing.people import Network, Participant
from purchasing.rounds import InvoiceAt, Round, ShortfallRule
from purchasing.rounds import RoundState as S
from tests import tenders
from tests.builders import (
    ACTOR,
    DAY,
    NOON,
    PARTY,
    a_household,
    a_premium_round,
    a_product,
    a_round,
    a_sign_up,
    a_supplier,
    an_interest_round,
    an_order,
)
from tests.tenders import BIDS_UNTIL, OFFERS_UNTIL

LATER = NOON + 2 * DAY


@dataclass(frozen=True)
class Move:
    """One move of one kind of round, and by which duty of the clock it comes about, if by any."""

    category: str
    name: str
    begin: Callable[[Session], Round]
    make: Callable[..., None]
    at: datetime
    duty: What | None = None
    how: str = ""

    def __str__(self) -> str:
        return " ".join(part for part in (self.category, self.name, self.how) if part)


def announced(begin: Callable[..., Round], session: Session) -> Round:
    round_ = begin(session, state=S.PLANNED)
    lifecycle.publish(session, round_, actor=ACTOR, now=round_.opens_at - DAY)
    return round_


def food(session: Session, **details) -> Round:
    """Two neighbours share a case; one of the two suppliers asks for its delivery."""
    products = [
        a_product(session, a_supplier(session, "Boerderij", delivery_cents=501), "Rijst"),
        a_product(session, a_supplier(session, "Molen"), "Meel"),
    ]
    round_ = a_round(session, *products, **details)
    if round_.state == S.OPEN:
        for name in ("Ada", "Ben"):
            an_order(session, round_, a_household(session, name), {"Rijst": 3, "Meel": 3})
    return round_


def closed(begin: Callable[..., Round], session: Session, **details) -> Round:
    round_ = begin(session, **details)
    lifecycle.close(session, round_, actor=ACTOR, now=NOON)
    return round_


def ordered(begin: Callable[..., Round], session: Session, **details) -> Round:
    round_ = closed(begin, session, **details)
    lifecycle.order(session, round_, actor=ACTOR, now=NOON)
    return round_


def received(begin: Callable[..., Round], session: Session, **details) -> Round:
    """Of every article one piece less came than was ordered."""
    round_ = ordered(begin, session, **details)
    for order in list_orders(session, round_.id):
        for line in order.lines:
            about = {"seen": 0, "key": f"count {line.id}", "actor": ACTOR, "now": LATER}
            counting.count(session, round_, line, line.pieces - 1, **about)
    lifecycle.receive(session, round_, actor=ACTOR, now=LATER)
    return round_


def goods(session: Session, **details) -> Round:
    panel = a_product(session, a_supplier(session), "Paneel", case_milli=1000, vat_bp=0)
    round_ = a_round(session, panel, category_key="energy_goods", **details)
    if round_.state == S.OPEN:
        an_order(session, round_, a_household(session, "Ada"), {"Paneel": 8})
    return round_


def looked_at(session: Session) -> Round:
    """Closed, and somebody went to see what fits."""
    round_ = closed(goods, session, choose_days=7)
    found = {round_.items[0].id: Found(7, 1_250, "Schaduw")}
    findings.note_findings(session, round_, 1, found, actor=ACTOR, now=NOON)
    return round_


def chosen(session: Session) -> Round:
    round_ = looked_at(session)
    lifecycle.offer_survey(session, round_, actor=ACTOR, now=NOON)
    return round_


def tender(session: Session, **details) -> Round:
    round_ = tenders.a_tender(session, **details)
    if round_.state == S.OPEN:
        tenders.joins(session, round_, a_household(session, "Ada"))
        tenders.joins(session, round_, a_household(session, "Ben"), **tenders.FLAT)
        tenders.an_invitation(session, round_, at=NOON - DAY)
    return round_


def bidden(session: Session) -> Round:
    round_ = closed(tender, session)
    for name, prices in (("Zuid", tenders.BID_A), ("West", tenders.BID_B)):
        tenders.bids_on(session, round_, name, prices)
    return round_


def accepted(session: Session) -> Round:
    round_ = bidden(session)
    tenders.opens_bids(session, round_)
    ada = session.scalars(select(Participant).where(Participant.name == "Ada")).one()
    tenders.accepts(session, round_, ada)
    return round_


def interest(session: Session, **details) -> Round:
    round_ = an_interest_round(session, **details)
    if round_.state == S.OPEN:
        a_sign_up(session, round_, a_household(session, "Ada"))
    return round_


def premiums(session: Session, **details) -> Round:
    session.get_one(Network, 1).afm_number = PARTY["afm_number"]
    round_ = a_premium_round(session, **details)
    for name in ("Ada", "Ben"):
        a_sign_up(session, round_, a_household(session, name))
    return round_


def falling_short(session: Session, **details) -> Round:
    return food(session, minimum_cents=100_000, **details)


# --- the moves ---------------------------------------------------------------------------------

ORDER, CLOSE, OPEN = lifecycle.order, lifecycle.close, lifecycle.open_round
RECEIVE, SETTLE, HOLD = lifecycle.receive, lifecycle.settle, lifecycle.hold
OFFER = partial(lifecycle.offer, unseal=tenders.seal)
CANCEL = partial(lifecycle.cancel, reason="Ziek")
OPENING, OVER = NOON - 7 * DAY, NOON + 7 * DAY
AT_DELIVERY = {"invoice_at": InvoiceAt.DELIVERY}
OFF = {"shortfall_rule": ShortfallRule.CANCEL}
EXTENDED = {"shortfall_rule": ShortfallRule.EXTEND, "extend_days": 1}
MOVES = [
    Move("food", "open", partial(announced, food), OPEN, OPENING, What.OPEN),
    Move("food", "close", food, CLOSE, NOON, What.CLOSE),
    Move("food", "order", partial(closed, food), ORDER, NOON, What.ORDER),
    Move("food", "receive", partial(ordered, food), RECEIVE, LATER),
    Move("food", "settle", partial(received, food), SETTLE, LATER),
    Move("food", "receive", partial(ordered, food, **AT_DELIVERY), RECEIVE, LATER, how="unpaid"),
    Move("food", "settle", partial(received, food, **AT_DELIVERY), SETTLE, LATER, how="unpaid"),
    Move("food", "close", partial(falling_short, **EXTENDED), CLOSE, NOON, What.CLOSE, "later"),
    Move("food", "order", partial(closed, falling_short), HOLD, NOON, What.ORDER, "held"),
    Move("food", "order", partial(closed, falling_short, **OFF), ORDER, NOON, What.ORDER, "off"),
    Move("food", "cancel", food, CANCEL, NOON - DAY),
    Move("energy_goods", "open", partial(announced, goods), OPEN, OPENING, What.OPEN),
    Move("energy_goods", "close", goods, CLOSE, NOON, What.CLOSE),
    Move("energy_goods", "offer", looked_at, lifecycle.offer_survey, NOON),
    Move("energy_goods", "order", chosen, ORDER, OVER, What.CONCLUDE),
    Move("energy_goods", "receive", partial(ordered, goods), RECEIVE, LATER),
    Move("energy_goods", "settle", partial(received, goods), SETTLE, LATER),
    Move("energy", "open", partial(announced, tender), OPEN, OPENING, What.OPEN),
    Move("energy", "close", tender, CLOSE, NOON, What.CLOSE),
    Move("energy", "offer", bidden, OFFER, BIDS_UNTIL, What.OFFER),
    Move("energy", "order", accepted, ORDER, OFFERS_UNTIL, What.CONCLUDE),
    Move("insurance", "open", partial(announced, interest), OPEN, OPENING, What.OPEN),
    Move("insurance", "close", interest, CLOSE, NOON, What.CLOSE),
    Move("insurance", "order", partial(closed, interest), ORDER, NOON, What.ORDER),
    Move("insurance", "order", partial(closed, premiums), ORDER, NOON, What.ORDER, "premiums"),
]

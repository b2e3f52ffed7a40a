"""What somebody does about money, a delivery or a tender with one button, and what it works on.

Each is what a page makes of it: one verb, one transaction. Pressed again it counts once, by the
key of its form or because there is nothing left to do.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.bank import read
from purchasing import lifecycle, privacy, surveys
from purchasing.billed import Billed, BilledRate
from purchasing.books import (
    cash,
    collecting,
    deciding,
    intake,
    ledger,
    mandates,
    online,
    paying,
    supplier_bills,
    years,
)
from purchasing.books.bank import BankLine
from purchasing.books.bill_comparing import compare
from purchasing.books.collections import Collection
from purchasing.books.ledger import Booking
from purchasing.books.online_payments import OnlinePayment
from purchasing.books.online_told import Outcome, Told
from purchasing.deliveries import (
    announcements,
    answer_links,
    counting,
    share_replies,
    substitutes,
    supplier_answers,
)
from purchasing.deliveries.supplier_answers import SupplierAnswer
from purchasing.errands import Errand, ErrandState
from purchasing.invitations import BidInvitation
from purchasing.money import vat_of
from purchasing.ordering import SupplierOrder, SupplierOrderLine, list_orders
from purchasing.payment_reference import rf_reference
from purchasing.people import Network, Participant
from purchasing.rounds import Round
from purchasing.tenders import bids, offers
from tests import builders, tenders
from tests.bank_files import THEIRS, Moved, camt
from tests.builders import (
    ACTOR,
    DAY,
    NOON,
    a_bill,
    a_household,
    a_product,
    a_round,
    a_sign_up,
    a_supplier,
    an_interest_round,
)
from tests.faults.asked import COLLECTED_ON, CREDITOR, DUE
from tests.faults.moves import LATER, bidden, chosen, closed, food, ordered, tender

KEY = "the key of a form"
SAYS: dict[str, Any] = {"actor": ACTOR, "now": NOON}
NEW_YEAR = datetime(2027, 1, 5, 9, tzinfo=UTC)
MOVED = Moved(-200, text="kosten", on=NOON.date())


@dataclass(frozen=True)
class Button:
    """`begin` makes what there is before it is pressed; `press` knows it by what it gave."""

    name: str
    begin: Callable[[Session], object]
    press: Callable[[Session], object]

    def __str__(self) -> str:
        return self.name


# --- what there is before ----------------------------------------------------------------------


def a_debtor(session: Session) -> None:
    """Ada owes a bill, and agreed that it is collected."""
    session.get_one(Network, 1).creditor_id = CREDITOR
    ada = a_household(session, "Ada")
    mandates.give(session, ada, account=THEIRS, holder="A. de Vries", now=NOON)
    a_bill(session, ada, 1250, due_on=DUE)


def being_collected(session: Session) -> None:
    a_debtor(session)
    collecting.collect(session, {1}, collect_on=COLLECTED_ON, **SAYS)


def a_bank_line(session: Session) -> None:
    a_debtor(session)
    _take_in(session)


def a_creditor(session: Session) -> None:
    mill = a_supplier(session, "Molen", iban=THEIRS)
    amounts = {f"supplier:{mill.id}": -5000, "round:1": 5000}
    ledger.post(session, [Booking("o1", "", amounts)], round_id=None, at=NOON)


def decided_books(session: Session) -> None:
    a_bank_line(session)
    _decide(session)


def to_be_paid_online(session: Session) -> None:
    a_household(session, "Ada")
    a_bill(session, _ada(session), 1250)


def begun_online(session: Session) -> None:
    to_be_paid_online(session)
    _begin_online(session)


def under_way_online(session: Session) -> None:
    begun_online(session)
    _be_answered_online(session)


def an_order(session: Session) -> None:
    ordered(food, session)


def a_settled_round(session: Session) -> None:
    round_ = ordered(food, session)
    lifecycle.receive(session, round_, actor=ACTOR, now=LATER)
    lifecycle.settle(session, round_, actor=ACTOR, now=LATER)


def an_answer(session: Session) -> None:
    """The supplier of the rice wants more for it."""
    an_order(session)
    _answer(session)


def a_decision(session: Session) -> None:
    an_answer(session)
    _decide_answer(session)


def a_closed_tender(session: Session) -> None:
    closed(tender, session)


def opened_bids(session: Session) -> None:
    tenders.opens_bids(session, bidden(session))


def an_open_round(session: Session) -> None:
    a_household(session, "Ada")
    a_round(session, a_product(session, a_supplier(session)))


def an_open_interest(session: Session) -> None:
    a_household(session, "Ada")
    an_interest_round(session)


def told_of_a_survey(session: Session) -> None:
    chosen(session)


def somebody_who_left(session: Session) -> None:
    """Ada ordered once, and all that she ordered is over."""
    a_settled_round(session)
    session.execute(update(Errand).values(state=ErrandState.DONE))  # all is printed


# --- what is pressed ---------------------------------------------------------------------------


def _ada(session: Session) -> Participant:
    return session.scalars(select(Participant).where(Participant.name == "Ada")).one()


def _collect(session: Session) -> None:
    collecting.collect(session, {1}, collect_on=COLLECTED_ON, **SAYS)


def _refuse_collected(session: Session) -> None:
    (line,) = session.get_one(Collection, 1).lines
    collecting.note_refusal(session, line, reason="AC04", **SAYS)


def _call_off_collection(session: Session) -> None:
    collecting.call_off(session, session.get_one(Collection, 1), **SAYS)


def _take_in(session: Session) -> None:
    """One line pays the bill, another says nothing."""
    paid = Moved(1250, reference=rf_reference("20260001"), on=NOON.date())
    intake.take_in(session, read(camt(paid, MOVED)), file_name="x", **SAYS)


def _line(session: Session) -> BankLine:
    return session.scalars(select(BankLine).where(BankLine.cents == MOVED.cents)).one()


def _decide(session: Session) -> None:
    deciding.decide(session, _line(session), account="bank-costs", **SAYS)


def _take_back(session: Session) -> None:
    deciding.take_back(session, _line(session), **SAYS)


def _close_year(session: Session) -> None:
    years.close(session, 2026, actor=ACTOR, now=NEW_YEAR)


def _pay_suppliers(session: Session) -> None:
    paying.make_order(session, {1}, execute_on=NOON.date() + DAY, **SAYS)


def _take_cash(session: Session) -> None:
    cash.receive(session, _ada(session), 2000, key=KEY, **SAYS)


def _begin_online(session: Session) -> None:
    online.begin(session, _ada(session), None, provider="mollie", key=KEY, now=NOON)


def _be_answered_online(session: Session) -> None:
    told = Told("tr_1234", Outcome.OPEN, 1250, checkout="https://mollie.example/")
    online.answered(session, session.get_one(OnlinePayment, 1), told, now=NOON)


def _hear_news(session: Session) -> None:
    online.news(session, "tr_1234", now=NOON)


def _hear_paid(session: Session) -> None:
    """More went through than Ada owed in the meantime: some of it went back."""
    told = Told("tr_1234", Outcome.PAID, 1250, back=250)
    online.hear(session, 1, told, now=NOON)


def _answer(session: Session) -> None:
    order = list_orders(session, 1)[0]
    link = answer_links.standing_link(session, order.id)
    assert link is not None
    line = order.lines[0].id
    said = {"answer": "some", "note": "", f"c{line}": "1", f"p{line}": "1,05"}
    supplier_answers.answer(session, link, said, key=KEY, now=NOON)


def _decide_answer(session: Session) -> None:
    answer = session.get_one(SupplierAnswer, 1)
    accepted = {line.line_id for line in answer.lines}
    about = {"accepted": accepted, "reply_until": NOON + DAY, "note": ""}
    announcements.decide(session, answer, **about, **SAYS)


def _reply(session: Session) -> None:
    ada = _ada(session)
    asked = [one for one in share_replies.changes_for(session, 1, ada.id) if one.asks]
    raw = {f"s{one.share.id}": "no" for one in asked}
    share_replies.reply(session, 1, ada.id, raw, key=f"{KEY} of hers", now=NOON)


def _count(session: Session) -> None:
    line = session.get_one(SupplierOrderLine, 1)
    about = {"seen": 0, "key": KEY, "actor": ACTOR, "now": LATER}
    counting.count(session, session.get_one(Round, 1), line, line.pieces - 1, **about)


def _substitute(session: Session) -> None:
    line = session.get_one(SupplierOrderLine, 1)
    about = {"unit_price": None, "key": KEY, "actor": ACTOR, "now": LATER}
    substitutes.substitute(session, session.get_one(Round, 1), line, "Zilvervliesrijst", **about)


def _enter_bill(session: Session) -> None:
    """The supplier asks a euro more than was agreed, which the network carries."""
    order = session.get_one(SupplierOrder, 1)
    goods, delivery = 700, 501
    rates = tuple(
        BilledRate(rate, net, vat_of(net, rate)) for rate, net in ((900, goods), (2100, delivery))
    )
    total = sum(rate.net_cents + rate.vat_cents for rate in rates)
    billed = Billed("F-1", NOON.date(), None, goods, delivery, 0, rates, total)
    outcomes = {one.part: "accepted" for one in compare(session, order, billed)}
    supplier_bills.enter(session, order, billed, outcomes, **SAYS)


def _bid(session: Session) -> None:
    link = session.scalars(select(BidInvitation)).first()
    assert link is not None
    about = {"nonce": b"." * 32, "seal": tenders.seal, "key": KEY, "now": NOON}
    bids.submit(session, link, tenders.bid_form(), **about)


def _accept_offer(session: Session) -> None:
    about = {"agreed": "2026-1", "reminds": True, "key": KEY, "actor": ACTOR}
    offers.accept(session, 1, _ada(session).id, {}, **about, now=tenders.BIDS_UNTIL + DAY)


def _order(session: Session) -> None:
    builders.an_order(session, session.get_one(Round, 1), _ada(session), {"Rijst": 6}, key=KEY)


def _sign_up(session: Session) -> None:
    a_sign_up(session, session.get_one(Round, 1), _ada(session), key=KEY)


def _leave(session: Session) -> None:
    surveys.choose(session, 1, _ada(session).id, stay=False, key=KEY, **SAYS)


def _erase(session: Session) -> None:
    privacy.erase_participant(session, session.get_one(Participant, 1), **SAYS)


BUTTONS = [
    Button("order", an_open_round, _order),
    Button("sign up", an_open_interest, _sign_up),
    Button("leave a survey", told_of_a_survey, _leave),
    Button("have oneself erased", somebody_who_left, _erase),
    Button("collect bills", a_debtor, _collect),
    Button("note that the bank refused one", being_collected, _refuse_collected),
    Button("call a collection off", being_collected, _call_off_collection),
    Button("read a bank file", a_debtor, _take_in),
    Button("decide a line of the bank", a_bank_line, _decide),
    Button("take a decision back", decided_books, _take_back),
    Button("close a year", decided_books, _close_year),
    Button("pay suppliers", a_creditor, _pay_suppliers),
    Button("take cash", a_debtor, _take_cash),
    Button("begin an online payment", to_be_paid_online, _begin_online),
    Button("have an online payment made", begun_online, _be_answered_online),
    Button("hear that there is news of it", under_way_online, _hear_news),
    Button("hear that it was paid", under_way_online, _hear_paid),
    Button("answer an order", an_order, _answer),
    Button("decide an answer", an_answer, _decide_answer),
    Button("reply to a change", a_decision, _reply),
    Button("count what came", an_order, _count),
    Button("note what came instead", an_order, _substitute),
    Button("enter a bill", a_settled_round, _enter_bill),
    Button("bid", a_closed_tender, _bid),
    Button("accept an offer", opened_bids, _accept_offer),
]

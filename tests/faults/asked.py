"""An errand of every kind, asked for as the house asks for it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import partial

from flask import current_app
from sqlalchemy import select
from sqlalchemy.orm import Session

from app import codes
from app.bank import read
from app.errands import PressRoom
from app.online import Order, provider
from purchasing import errands, lifecycle, messages, reminders
from purchasing.books import collecting, intake, late, mandates, online
from purchasing.books.collections import Collection
from purchasing.deliveries import announcements, answer_links, supplier_answers
from purchasing.deliveries.supplier_answers import SupplierAnswer
from purchasing.errands import Errand, Kind, Priority
from purchasing.messages import Audience
from purchasing.ordering import list_orders
from purchasing.papers import Paper
from purchasing.people import Network, Role
from purchasing.rounds import Round
from tests import tenders
from tests.bank_files import THEIRS, Moved, camt
from tests.builders import (
    ACTOR,
    DAY,
    NOON,
    a_bill,
    a_household,
    a_person,
    a_product,
    a_round,
    a_supplier,
    an_order,
)
from tests.faults.moves import bidden, closed, falling_short, food, interest, ordered, tender

CREDITOR = "NL79ZZZ999999990000"
DUE = NOON.date() - 10 * DAY
COLLECTED_ON = date(2026, 3, 23)


def a_draft(session: Session) -> None:
    """Ada chose, and did not order."""
    round_ = a_round(session, a_product(session, a_supplier(session)))
    an_order(session, round_, a_household(session, "Ada"), {"Rijst": 3}, placed=False)


def somebody_late(session: Session) -> None:
    """The bank was read, and a bill was not paid."""
    session.get_one(Network, 1).reminder_days = 7
    a_bill(session, a_household(session, "Ada"), 1250, on=DUE - 14 * DAY, due_on=DUE)
    statement = read(camt(Moved(1, text="iets", on=NOON.date())))
    intake.take_in(session, statement, file_name="x", actor=ACTOR, now=NOON)


def _printed(session: Session) -> None:
    ordered(food, session)
    session.commit()
    PressRoom(current_app._get_current_object(), now=lambda: NOON).run_due()


def _held(session: Session) -> None:
    round_ = closed(falling_short, session)
    lifecycle.hold(session, round_, actor=ACTOR, now=NOON)


def _cancelled(session: Session) -> None:
    lifecycle.cancel(session, food(session), reason="Ziek", actor=ACTOR, now=NOON - DAY)


def _reminded(session: Session) -> None:
    a_draft(session)
    reminders.remind(session, session.get_one(Round, 1), now=NOON - DAY)


def _late(session: Session) -> None:
    somebody_late(session)
    late.remind(session, session.get_one(Network, 1), now=NOON)


def _told(session: Session) -> None:
    about = {"audience": Audience.ORDERED, "subject": "Vanavond", "text": "Om acht uur."}
    messages.send(session, food(session), **about, key="k" * 10, actor=ACTOR, now=NOON - DAY)


def _collected(session: Session) -> Collection:
    session.get_one(Network, 1).creditor_id = CREDITOR
    ada = a_household(session, "Ada")
    mandates.give(session, ada, account=THEIRS, holder="A. de Vries", now=NOON)
    a_bill(session, ada, 1250, due_on=DUE)
    about = {"collect_on": COLLECTED_ON, "actor": ACTOR, "now": NOON}
    return collecting.collect(session, {ada.id}, **about)


def _not_collected(session: Session) -> None:
    (line,) = _collected(session).lines
    collecting.note_refusal(session, line, reason="AC04", actor=ACTOR, now=NOON)


def _answered(session: Session) -> SupplierAnswer:
    """The supplier of the rice brings none."""
    order = list_orders(session, ordered(food, session).id)[0]
    link = answer_links.standing_link(session, order.id)
    assert link is not None
    said = {"answer": "some", "note": "", f"c{order.lines[0].id}": "0"}
    given = supplier_answers.answer(session, link, said, key="k" * 10, now=NOON)
    return session.get_one(SupplierAnswer, given["answer"])


def _decided(session: Session) -> None:
    answer = _answered(session)
    about = {"accepted": {line.line_id for line in answer.lines}, "reply_until": NOON + DAY}
    announcements.decide(session, answer, **about, note="", actor=ACTOR, now=NOON)


def _opened(session: Session) -> None:
    tenders.opens_bids(session, bidden(session))


def _asked_for_a_code(session: Session) -> None:
    ada = a_person(session, "Ada", role=Role.COORDINATOR)
    row = codes.ask_for_code(session, ada.email, address="", at=NOON)
    assert row is not None
    about = {"priority": Priority.AWAITED, "recipient": row.email, "now": NOON}
    errands.ask(session, Kind.MAIL_SIGN_IN, row.id, **about)


def _gone_to_pay(session: Session) -> None:
    """Ada went off to pay, and the provider says that there is news."""
    ada = a_household(session, "Ada")
    bill = a_bill(session, ada, 1250)
    about = {"provider": "mollie", "key": "k" * 10, "now": NOON}
    payment = online.begin(session, ada, session.get_one(Paper, bill.id), **about)
    ask = provider(current_app.config)
    assert ask is not None
    told = ask.create(Order("k" * 10, payment.cents, "Rekening", "http://localhost/", ""))
    online.answered(session, payment, told, now=NOON)
    online.news(session, told.provider_id, now=NOON)


ASKED: dict[Kind, Callable[[Session], object]] = {
    Kind.RENDER: partial(ordered, food),
    Kind.MAIL_SHEET: _printed,
    Kind.MAIL_PAPER: _printed,
    Kind.MAIL_ORDER_PLACED: food,
    Kind.MAIL_SIGNED_UP: interest,
    Kind.MAIL_INVITATION: partial(closed, tender),
    Kind.MAIL_BID: bidden,
    Kind.MAIL_RESULT: _opened,
    Kind.MAIL_ANSWER: _answered,
    Kind.MAIL_CHANGE: _decided,
    Kind.MAIL_NEWS: _cancelled,
    Kind.MAIL_REMINDER: _reminded,
    Kind.MAIL_PAYMENT: _late,
    Kind.MAIL_COLLECTION: _collected,
    Kind.MAIL_NOT_COLLECTED: _not_collected,
    Kind.MAIL_MESSAGE: _told,
    Kind.MAIL_COORDINATORS: _held,
    Kind.MAIL_SIGN_IN: _asked_for_a_code,
    Kind.HEAR_PAYMENT: _gone_to_pay,
}


def ask_for(session: Session, kind: Kind) -> Errand:
    """One errand of this kind is due, and no other."""
    ASKED[kind](session)
    session.flush()
    asked = session.scalars(select(Errand).order_by(Errand.id)).all()
    first = next(errand for errand in asked if errand.kind == kind)
    for errand in asked:
        if errand is not first:
            session.delete(errand)
    session.commit()
    return first

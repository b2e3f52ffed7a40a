"""A round of last month, lived to its end: answered, delivered short, settled, billed and paid.

All of it by the verbs that people use, with the moments at which they would have used them.
"""

from collections import defaultdict
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from app import bank
from app.demo import payments, week
from app.demo.payments import Move
from app.demo.watch import euro, say
from app.extensions import db
from purchasing import lifecycle
from purchasing.billed import Billed, BilledLine, BilledRate, Outcome
from purchasing.books import (
    bill_comparing,
    deciding,
    intake,
    open_items,
    paying,
    reconciliation,
    reports,
    supplier_bills,
)
from purchasing.books.bank import BankLine, LineState
from purchasing.deliveries import announcements, answer_links, counting, supplier_answers
from purchasing.deliveries.supplier_answers import SupplierAnswer
from purchasing.money import vat_of
from purchasing.ordering import SupplierOrder, SupplierOrderLine, list_orders
from purchasing.papers import Paper, PaperKind
from purchasing.people import Participant, the_network
from purchasing.rounds import Round, RoundItem

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
ACTOR = week.COORDINATOR
TOO_DEAR = 360  # cents that one supplier bills too much


def live_it(participants: list[Participant], *, now: datetime, seed: int, folder: Path) -> int:
    """The whole life of that round, and what came of it; returns its id."""
    session = db.session()
    closes_at = (now - 3 * week.WEEK).replace(minute=0, second=0, microsecond=0)
    title = f"Groente, fruit en voorraad, week {week.week_of(closes_at)}"
    round_ = week.open_round(session, title, opens_at=closes_at - 5 * DAY, closes_at=closes_at)
    week.order(session, round_, participants, until=closes_at - HOUR, seed=seed)
    lifecycle.close(session, round_, actor="clock", now=closes_at)
    lifecycle.order(session, round_, actor="clock", now=closes_at)
    session.commit()
    grower, *others = sorted(list_orders(session, round_.id), key=lambda one: len(one.lines))
    _answer_with_less(session, grower, now=closes_at + HOUR)
    delivered = closes_at + 4 * DAY
    _receive(session, round_, others, now=delivered)
    _report_what_broke(session, round_, now=delivered + 2 * HOUR)
    _bill(session, others[0], now=delivered + 2 * DAY)
    _pay(session, participants, folder / "bank-vorige-maand.csv", now=delivered + 9 * DAY)
    _tell(session, round_)
    return round_.id


def _answer_with_less(session: Session, order: SupplierOrder, *, now: datetime) -> None:
    """The grower has a case less of its first article; it is agreed to, and people are told."""
    link = answer_links.standing_link(session, order.id)
    assert link is not None, "an order has a link to answer by"
    line = _largest(order)
    raw = {"answer": "some", "note": "Er was nachtvorst.", f"c{line.id}": str(line.cases - 1)}
    given = supplier_answers.answer(session, link, raw, key="last-month", now=now)
    answer = session.get_one(SupplierAnswer, given["answer"])
    announcements.decide(
        session,
        answer,
        accepted={one.line_id for one in answer.lines},
        reply_until=now + DAY,
        note="De tuinder heeft minder. U betaalt wat u krijgt.",
        actor=ACTOR,
        now=now + HOUR,
    )
    session.commit()


def _receive(
    session: Session, round_: Round, orders: list[SupplierOrder], *, now: datetime
) -> None:
    """At the door: of one article two pieces fewer than were ordered. Then it is settled."""
    lifecycle.receive(session, round_, actor=ACTOR, now=now)
    for order in orders:
        line = _largest(order)
        key = f"last-month-{order.id}"
        counting.count(
            session, round_, line, line.pieces - 2, seen=0, key=key, actor=ACTOR, now=now
        )
    lifecycle.settle(session, round_, actor=ACTOR, now=now + HOUR)
    session.commit()


def _report_what_broke(session: Session, round_: Round, *, now: datetime) -> None:
    """A household finds one piece broken at home, and gets it credited."""
    for participant_id in sorted(_invoiced(session, round_)):
        if left := reports.can_be_reported(session, round_, participant_id):
            item = next(one for one in round_.items if one.id in left)
            _report(session, round_, item, participant_id, now=now)
            break
    [one] = reports.list_reports(session, round_.id)
    why = "Op de foto te zien."
    reports.decide(session, one, credit=True, reason=why, actor=ACTOR, now=now + HOUR)
    session.commit()


def _report(
    session: Session, round_: Round, item: RoundItem, participant_id: int, *, now: datetime
) -> None:
    text, key, actor = "Kapot in de doos.", "last-month", "thuis"
    reports.report(
        session, round_, item, participant_id, 1, text=text, key=key, actor=actor, now=now
    )


def _bill(session: Session, order: SupplierOrder, *, now: datetime) -> None:
    """The supplier bills one article too dear; we do not pay that."""
    billed = _billed(session, order, now)
    found = bill_comparing.compare(session, order, billed)
    outcomes = {one.part: Outcome.DISPUTED for one in found}
    supplier_bills.enter(session, order, billed, outcomes, actor=ACTOR, now=now)
    session.commit()


def _billed(session: Session, order: SupplierOrder, now: datetime) -> Billed:
    expected = bill_comparing.expected_of(session, order)
    rates = {line.item.number: line.item.vat_bp for line in order.lines}
    dear = _largest(order).item.number
    lines = [
        BilledLine(number, name, cents + TOO_DEAR * (number == dear))
        for number, (name, cents) in expected.lines.items()
    ]
    nets: dict[int, int] = defaultdict(int)
    for line in lines:
        nets[rates[line.number]] += line.net_cents
    if expected.delivery_cents:
        nets[order.delivery_vat_bp] += expected.delivery_cents
    told = tuple(BilledRate(rate, net, vat_of(net, rate)) for rate, net in sorted(nets.items()))
    goods = sum(line.net_cents for line in lines)
    total = goods + expected.delivery_cents + expected.deposit_cents
    return Billed(
        number="F-2036-118",
        issued_on=now.date(),
        due_on=(now + 14 * DAY).date(),
        goods_cents=goods,
        delivery_cents=expected.delivery_cents,
        deposit_cents=expected.deposit_cents,
        rates=told,
        total_cents=total + sum(rate.vat_cents for rate in told),
        lines=tuple(lines),
        order_number=order.number,
    )


def _pay(session: Session, participants: list[Participant], file: Path, *, now: datetime) -> None:
    """Everybody has paid what was open, and so have we; the bank's file says so."""
    us = the_network(session)
    who = {one.id: one for one in participants}
    open_ones = open_items.list_open(session, participant_ids=list(who))
    owed = open_items.balances_of(session, list(who))
    first = {item.participant_id: item.reference for item in reversed(open_ones) if item.open > 0}
    moves = [
        payments.move_of(who[one], owed[one], reference)
        for one, reference in first.items()
        if owed[one] > 0
    ]
    ours = _pay_suppliers(session, now=now - DAY)
    file.write_bytes(payments.bank_file(us.iban, [*moves, *ours], now.date()))
    told = bank.read(file.read_bytes())
    intake.take_in(session, told, file_name=file.name, actor=ACTOR, now=now)
    proposed = select(BankLine).where(BankLine.state == LineState.PROPOSED)
    for line in session.scalars(proposed).all():
        deciding.accept(session, line, actor=ACTOR, now=now)
    session.commit()


def _pay_suppliers(session: Session, *, now: datetime) -> list[Move]:
    owed = [one.supplier.id for one in paying.list_payable(session)]
    on = (now + DAY).date()
    order = paying.make_order(session, owed, execute_on=on, actor=ACTOR, now=now)
    session.commit()
    return [Move(one.name, one.iban, -one.cents, one.text) for one in order.lines]


def _tell(session: Session, round_: Round) -> None:
    books = reconciliation.books_of(session, round_)
    kinds = [paper.kind for paper in session.scalars(_papers(round_))]
    say(f"“{round_.title}”: settled and paid.")
    say(
        f"  {kinds.count(PaperKind.INVOICE)} invoices; two articles came short and one broke: "
        f"{kinds.count(PaperKind.CREDIT_NOTE)} credit notes, "
        f"{kinds.count(PaperKind.SUPPLEMENT)} supplements"
    )
    say(
        f"  asked {euro(books.asked)}, paid {euro(books.paid)}; of a supplier's bill "
        f"{euro(TOO_DEAR)} is disputed; difference {euro(books.difference)}"
    )


def _invoiced(session: Session, round_: Round) -> set[int]:
    papers = session.scalars(_papers(round_).where(Paper.kind == PaperKind.INVOICE))
    return {one.participant_id for one in papers if one.participant_id is not None}


def _papers(round_: Round) -> Select[Paper]:
    return select(Paper).where(Paper.round_id == round_.id)


def _largest(order: SupplierOrder) -> SupplierOrderLine:
    return max(order.lines, key=lambda line: line.pieces)

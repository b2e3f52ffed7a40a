"""Today: what needs a coordinator, the most urgent first, each with one button."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import render_template, url_for
from flask_babel import gettext, ngettext
from sqlalchemy import func, select

from app import i18n, vital_signs
from app.auth import now, open_to
from app.extensions import db
from app.heartbeat import clock_age
from app.views.coordinator.found import STAFF, room
from purchasing import referral
from purchasing.books import disputes
from purchasing.books.bank import BankLine, LineState
from purchasing.catalogue import CatalogueImport
from purchasing.categories import CATEGORIES
from purchasing.deliveries import announcements
from purchasing.deliveries.answer_form import Verdict
from purchasing.errands import Errand, ErrandState
from purchasing.rounds import Round, RoundState

blueprint = room("today", "")
SOON = timedelta(hours=48)
RECENT = timedelta(days=14)
OLD_CLOCK = timedelta(minutes=2)
ALIVE = (
    RoundState.PLANNED,
    RoundState.OPEN,
    RoundState.CLOSED,
    RoundState.OFFERED,
    RoundState.ORDERED,
    RoundState.DELIVERED,
)


@dataclass(frozen=True)
class Task:
    """One thing that needs somebody. `mark` is drawn beside it; `urgent` gets the colour."""

    title: str
    text: str
    button: str
    href: str
    mark: str = "clock"
    urgent: bool = False


@blueprint.get("/")
@open_to(*STAFF)
def index() -> str:
    age = clock_age()
    moment = now()
    alive = list(
        db.session.scalars(
            select(Round).where(Round.state.in_(ALIVE)).order_by(Round.closes_at, Round.id)
        )
    )
    tasks = [
        *(_to_decide(round_) for round_ in alive if _waits(round_, moment)),
        *_answers(),
        *_stuck(),
        *_payments(),
        *_disputes(),
        *(_to_hand_over(r) for r in referral.list_waiting(db.session())),
        *(_to_receive(r) for r in alive if _is_due(r, moment)),
        *(_to_settle(r) for r in alive if r.state == RoundState.DELIVERED),
        *_wrong_lists(moment),
        *(_to_publish(r) for r in alive if _is_draft(r)),
    ]
    return render_template(
        "coordinator/today.html",
        tasks=tasks,
        closing=[r for r in alive if r.is_open(moment) and r.closes_at <= moment + SOON],
        open_later=[r for r in alive if r.is_open(moment) and r.closes_at > moment + SOON],
        tendered=[category for category in CATEGORIES.values() if category.tender],
        clock_stands_still=age is None or age > OLD_CLOCK,
        clock_looked_at=moment - age if age is not None else None,
        mail_stands_still=vital_signs.mail_waits(db.session(), now=moment) > vital_signs.ERRAND,
    )


def _waits(round_: Round, moment: datetime) -> bool:
    if round_.choose_days and round_.state == RoundState.CLOSED:
        return True
    until = round_.offers_until or moment
    if round_.choose_days and (round_.state != RoundState.OFFERED or moment < until):
        return False
    ready = RoundState.OFFERED if round_.choose_days else RoundState.CLOSED
    return round_.state == ready and (round_.held or not round_.order_at_close)


def _is_due(round_: Round, moment: datetime) -> bool:
    day = i18n.local(moment).date()
    if round_.state != RoundState.ORDERED or "receive" not in round_.itinerary:
        return False
    return (round_.delivery_on or day) <= day


def _is_draft(round_: Round) -> bool:
    return round_.state == RoundState.PLANNED and round_.published_at is None


def _show(round_: Round) -> str:
    return url_for("coordinator_rounds.show", round_id=round_.id)


def _to_decide(round_: Round) -> Task:
    text = gettext("The least amount was not reached. Order all the same, or cancel.")
    ready = gettext("The round is closed. Look once more, and order.")
    if round_.choose_days and round_.state == RoundState.CLOSED:
        look = gettext("Write down at each home what fits, and send the offers.")
        page = url_for("coordinator_survey.index", round_id=round_.id)
        return Task(round_.title, look, gettext("To the survey"), page, "person")
    return Task(
        round_.title,
        text if round_.held else ready,
        gettext("Decide"),
        _show(round_),
        "warn",
        True,
    )


def _to_receive(round_: Round) -> Task:
    return Task(
        round_.title,
        gettext("The delivery comes on %(day)s.", day=i18n.day(round_.delivery_on))
        if round_.delivery_on
        else gettext("Has all come? Then say so here."),
        gettext("Look at the delivery"),
        _show(round_),
        "truck",
    )


def _to_hand_over(round_: Round) -> Task:
    return Task(
        round_.title,
        gettext("The list of who takes part is ready."),
        gettext("The list to hand over"),
        url_for("coordinator_signups.show_list", round_id=round_.id),
        "person",
    )


def _to_settle(round_: Round) -> Task:
    text = gettext("The goods are there, and nothing has been invoiced yet.")
    done = gettext("The goods are there. Settle the round when all is handed out.")
    rest = gettext("The goods are there. The bills for the rest go out when you settle the round.")
    if round_.bills_at_delivery:
        done = rest if round_.prepayment_bp else text
    return Task(round_.title, done, gettext("Settle"), _show(round_), "bill")


def _to_publish(round_: Round) -> Task:
    return Task(
        round_.title,
        gettext("This round has not been published: nobody sees it yet."),
        gettext("Check and publish"),
        url_for("coordinator_plan.check", round_id=round_.id),
        "day",
    )


def _stuck() -> list[Task]:
    """Mails and PDFs that stand still."""
    rows = db.session.execute(
        select(Errand.state, func.count(Errand.id))
        .where(Errand.state.in_((ErrandState.UNCERTAIN, ErrandState.DEAD)))
        .group_by(Errand.state)
    )
    counts = {state: count for state, count in rows}
    tasks = []
    if count := counts.get(ErrandState.UNCERTAIN, 0):
        title = ngettext("%(num)s order is uncertain", "%(num)s orders are uncertain", count)
        text = gettext("It may have reached the supplier, or not. Ask, and say so here.")
        tasks.append(_errand_task(title, text, ErrandState.UNCERTAIN))
    if count := counts.get(ErrandState.DEAD, 0):
        title = ngettext(
            "%(num)s mail or paper did not go out.",
            "%(num)s mails or papers did not go out.",
            count,
        )
        text = gettext("See why, put it right, and try again.")
        tasks.append(_errand_task(title, text, ErrandState.DEAD))
    return tasks


def _errand_task(title: str, text: str, state: ErrandState) -> Task:
    href = url_for("coordinator_errands.index", state=state)
    return Task(title, text, gettext("Look what is wrong"), href, "mail", True)


def _answers() -> list[Task]:
    """Answers of suppliers that differ from what was ordered, and wait for a decision."""
    return [
        Task(
            answer.order.supplier.name,
            gettext("This supplier cannot deliver order %(number)s as it is.", number=number)
            if answer.verdict == Verdict.NONE
            else gettext("This supplier delivers order %(number)s otherwise.", number=number),
            gettext("Look and decide"),
            url_for("coordinator_answers.show", order_id=answer.supplier_order_id),
            "truck",
            True,
        )
        for answer in announcements.list_waiting(db.session())
        for number in [answer.order.number]
    ]


def _disputes() -> list[Task]:
    """Bills of suppliers of which something is disputed, and not paid."""
    return [
        Task(
            bill.order.supplier.name,
            gettext(
                "Of bill %(number)s %(amount)s is disputed, and not paid.",
                number=bill.number,
                amount=i18n.money(sum(one.cents for one in parts)),
            ),
            gettext("Look at the bill"),
            url_for("coordinator_bills.show", order_id=bill.supplier_order_id),
            "bill",
        )
        for bill, parts in disputes.list_open(db.session())
    ]


def _payments() -> list[Task]:
    """Lines of the bank that wait for somebody."""
    waiting = (LineState.PROPOSED, LineState.UNKNOWN)
    count = db.session.scalar(select(func.count(BankLine.id)).where(BankLine.state.in_(waiting)))
    if not count:
        return []
    title = ngettext("%(num)s payment waits for you", "%(num)s payments wait for you", count)
    text = gettext("Most need one tap: whose is it?")
    href = url_for("coordinator_payments.index")
    return [Task(title, text, gettext("Look at the payments"), href, "bill")]


def _wrong_lists(moment: datetime) -> list[Task]:
    """The newest list of each supplier, where it was read lately and not applied."""
    newest = (
        select(func.max(CatalogueImport.id))
        .group_by(CatalogueImport.supplier_id)
        .scalar_subquery()
    )
    rows = db.session.execute(
        select(CatalogueImport.id, CatalogueImport.filename, CatalogueImport.counts).where(
            CatalogueImport.id.in_(newest),
            CatalogueImport.applied_at.is_(None),
            CatalogueImport.read_at > moment - RECENT,
        )
    )
    return [
        Task(
            filename,
            ngettext(
                "%(num)s row of this price list cannot be read. It is not in force.",
                "%(num)s rows of this price list cannot be read. It is not in force.",
                counts["errors"],
            )
            if counts.get("errors")
            else gettext("This price list was read, and is not in force yet."),
            gettext("Look at the list"),
            url_for("coordinator_catalogue.show", import_id=import_id),
            "box",
        )
        for import_id, filename, counts in rows
    ]

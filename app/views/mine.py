"""My page: one card for each thing that needs me, what is open, and my papers."""

from dataclasses import dataclass
from datetime import date, timedelta

from flask import Blueprint, render_template
from sqlalchemy import func, select

from app import auth
from app.auth import now, open_to
from app.devices import Buyer
from app.extensions import db
from app.i18n import local
from app.online import pays_online
from app.ordering.basket import Basket, basket_of, chosen_by_all
from app.ordering.page import states_vat
from app.ordering.standing import Standing, standings
from app.pages.signup import mine_in
from app.pages.survey import open_surveys
from purchasing import papers
from purchasing.books import bill_replies, collecting, online, reports
from purchasing.books.bank import BankStatement
from purchasing.books.bill_replies import Question
from purchasing.books.open_items import OpenItem, list_open
from purchasing.books.open_items import balances_of as ledger_balances
from purchasing.deliveries import share_replies
from purchasing.deliveries.share_replies import Change
from purchasing.demand import Commitment, OrderState
from purchasing.people import Role
from purchasing.rounds import Round, RoundState, list_rounds
from purchasing.tenders import offers

blueprint = Blueprint("mine", __name__)
TO_PAY = timedelta(days=30)  # an invoice stays on top until so long after its day


@dataclass(frozen=True)
class Order:
    """What one participant has in one open round."""

    round: Round
    participant: Buyer
    basket: Basket

    @property
    def is_draft(self) -> bool:
        return self.basket.state in (OrderState.DRAFT, OrderState.CHANGED)


@blueprint.get("/mine")
@open_to(Role.MEMBER, Role.COORDINATOR)
def index() -> str:
    people = auth.my_participants()
    ids = [participant.id for participant in people]
    open_now = [r for r in list_rounds(db.session(), RoundState.OPEN) if r.is_open(now())]
    standing = standings(db.session(), open_now)
    my_papers = papers.list_for_participants(db.session(), ids) if ids else []
    today = local(now()).date()
    return render_template(
        "mine/index.html",
        people=people,
        open_now=open_now,
        standing=standing,
        orders=_orders(open_now, people, standing),
        signed_up=mine_in(db.session(), open_now, people),
        collect=_to_collect(ids, today),
        to_pay=_to_pay(ids, today),
        collected=collecting.under_way(db.session()) if ids else {},
        going=online.open_for(db.session(), ids) if ids and pays_online() else {},
        pays_online=pays_online(),
        reportable=_reportable(people),
        offers=offers.list_open_offers(db.session(), ids, now=now()),
        surveys=open_surveys(db.session(), ids, now=now()),
        changes=_changes(people),
        billed=_billed(people),
        papers=my_papers,
        balances=_balances(people),
    )


def _orders(
    rounds: list[Round], people: list[Buyer], standing: dict[int, Standing]
) -> list[Order]:
    """What was chosen or ordered in open rounds; what is not ordered yet comes first."""
    found = chosen_by_all(db.session(), [r.id for r in rounds], [p.id for p in people])
    orders = [
        Order(
            round_,
            participant,
            basket_of(
                round_,
                standing[round_.id].articles,
                standing[round_.id].sums,
                wants,
                states_vat=states_vat(round_),
            ),
        )
        for round_ in rounds
        for participant in people
        if (wants := found.get((round_.id, participant.id)))
    ]
    some = [order for order in orders if order.basket.state != OrderState.NOTHING]
    return sorted(some, key=lambda order: not order.is_draft)


def _to_collect(ids: list[int], today: date) -> list[Round]:
    """Rounds in which something was ordered that has not been handed out yet."""
    mine = select(Commitment.round_id).where(
        Commitment.participant_id.in_(ids), Commitment.ordered_at.is_not(None)
    )
    query = select(Round).where(
        Round.id.in_(mine),
        Round.state.in_((RoundState.ORDERED, RoundState.DELIVERED)),
        Round.delivery_on >= today,
    )
    query = query.order_by(Round.delivery_on, Round.id)
    return list(db.session.scalars(query)) if ids else []


def _to_pay(ids: list[int], today: date) -> list[OpenItem]:
    """Bills of which something is open, as far as we know.

    Where the bank is not read we never hear of a payment, so a bill stays only for a while.
    """
    if not ids:
        return []
    heard_until = db.session.scalar(select(func.max(BankStatement.last_on)))
    return [
        item
        for item in list_open(db.session(), participant_ids=ids)
        if item.open > 0
        and item.due_on is not None
        and (today <= item.due_on + TO_PAY or (heard_until and heard_until >= item.due_on))
    ]


def _reportable(people: list[Buyer]) -> list[tuple[Round, Buyer]]:
    """Rounds whose goods came some days ago: is something missing or broken?"""
    mine = {one.id: one for one in people}
    rows = db.session.execute(
        select(Round, Commitment.participant_id)
        .join(Commitment, Commitment.round_id == Round.id)
        .where(
            Commitment.participant_id.in_(mine),
            Commitment.ordered_at.is_not(None),
            Round.state.in_(reports.REPORTED_IN),
        )
        .order_by(Round.id)
    ).all()
    recent = reports.may_report(db.session(), [r.id for r, _ in rows], now=now()) if rows else ()
    return [(round_, mine[who]) for round_, who in rows if round_.id in recent]


def _changes(people: list[Buyer]) -> list[tuple[Round, Buyer, list[Change]]]:
    """Where a supplier cannot deliver as ordered, and one may still say yes, no or fewer."""
    mine = {one.id: one for one in people}
    found = share_replies.list_open_changes(db.session(), mine, now=now())
    return [(round_, mine[who], changes) for round_, who, changes in found]


def _billed(people: list[Buyer]) -> list[tuple[Question, Buyer]]:
    """Where a supplier billed more, and one may still say yes or no."""
    mine = {one.id: one for one in people}
    found = bill_replies.list_open(db.session(), mine, now=now()) if mine else []
    return [(one, mine[one.participant_id]) for one in found]


def _balances(people: list[Buyer]) -> list[tuple[Buyer, int]]:
    """What each owes in all; below zero is in their favour."""
    owed = ledger_balances(db.session(), [one.id for one in people])
    return [(one, owed.get(one.id, 0)) for one in people]
